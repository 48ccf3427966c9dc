# Writes OUT, a header that names the commit of SOURCE, and only when it has changed: run at every build.
cmake_minimum_required(VERSION 3.25)
set(TICKCAST_COMMIT unknown)
find_program(GIT git)
if(DEFINED ENV{TICKCAST_COMMIT})  # where the sources are, and git is not: in a container
  set(TICKCAST_COMMIT $ENV{TICKCAST_COMMIT})
elseif(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --abbrev=12 --dirty --exclude=*
    OUTPUT_VARIABLE described ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(NOT failed AND described)
    set(TICKCAST_COMMIT ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#pragma once\n#define TICKCAST_COMMIT \"@TICKCAST_COMMIT@\"\n" @ONLY)
