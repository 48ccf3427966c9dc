// Any bytes, beside boost::json: the same texts accepted, the same values read.
#include "wire/json_reader.hpp"

#include <boost/json/src.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/wire/json_judge.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static tickcast::wire::json_judge judge;
  const auto difference = judge.judge({reinterpret_cast<const char*>(data), size});
  if (difference.empty()) return 0;
  std::fprintf(stderr, "differs from boost::json: %s\n", difference.c_str());
  std::abort();
}
