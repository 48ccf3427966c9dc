# The chart page inside the binary: `embed_page(TARGET)` builds web/ by npm whenever its sources change and assembles
# what it left in web/dist into TARGET (`.incbin`, so nothing is parsed by the compiler).
function(embed_page target)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "npm is missing: the chart page in web/ is built with it. Install Debian's nodejs and npm, "
      "or run deploy/setup.sh, which installs all that is needed.")
  endif()
  set(web ${CMAKE_SOURCE_DIR}/web)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/page)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/page/*)
  file(GLOB client CONFIGURE_DEPENDS ${web}/client/*.ts ${web}/client/*.js)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(
    OUTPUT ${out}/assets.S ${out}/fanout/page_assets.hpp
    COMMAND ${CMAKE_COMMAND} -D NPM=${NPM} -D WEB=${web} -D OUT=${out} -P ${script}
    DEPENDS ${sources} ${client} ${web}/build.mjs ${web}/package.json ${web}/package-lock.json ${script}
    COMMENT "Building the chart page (npm, in web/)" VERBATIM)
  target_sources(${target} PRIVATE ${out}/assets.S ${out}/fanout/page_assets.hpp)
  set_source_files_properties(${out}/assets.S PROPERTIES COMPILE_OPTIONS "-Wno-unused-command-line-argument")
  target_include_directories(${target} PRIVATE ${out})
endfunction()
