// Any bytes as a binary frame: nothing is read beyond them, and what could be read is JSON.
#include "wire/transcript.hpp"

#include <cstdlib>

#include "wire/json_reader.hpp"

using namespace tickcast::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frame{reinterpret_cast<const char*>(data), size};
  std::string_view left = frame;
  sbe_message m;
  text json;
  while (!left.empty()) {
    const std::size_t before = left.size();
    if (decode_sbe(left, m)) break;
    if (left.size() >= before) std::abort();
    json.clear();
    encode_json(json, "S", m);
    json_value value;
    if (!json_parse(json.view(), value) || !is_utf8(json.view())) std::abort();
  }
  transcript whole;
  whole.read(R"([{"e":"symbol","s":"A","id":0},{"e":"symbol","s":"B","id":1},{"e":"symbol","s":"C","id":7}])", false);
  if (const auto text = whole.read(frame, true)) {
    json_value value;
    if (!json_parse(*text, value)) std::abort();
  } else if (whole.fault().empty()) {
    std::abort();
  }
  return 0;
}
