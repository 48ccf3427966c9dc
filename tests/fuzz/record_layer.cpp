// A peer that has the key and no manners: pieces of [kind, length, bytes], each a well sealed record of those bytes, or
// the bytes as they are. What is read is no more than was sent, the end is the end, and answers are few.
#include "fanout/record_layer.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/fanout/hand_record.hpp"

namespace {

using namespace tickcast;
using fanout::record_layer;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const fanout::record_suite& suite = *fanout::record_suite::of(static_cast<std::uint16_t>(0x1301 + data[0] % 3));
  const std::size_t room = 1 + data[1];
  record_layer reader{suite, fanout::made_up_secrets(2, 1)};
  fanout::traffic_key key{suite, fanout::made_up_secrets(1, 2).ours};
  std::string_view input{reinterpret_cast<const char*>(data + 2), size - 2};
  std::string into(room, ' ');
  wire::text answers;
  std::size_t sent = 0, read = 0;
  bool over = false;
  while (input.size() >= 2) {
    const std::uint8_t kind = static_cast<std::uint8_t>(input[0]);
    const std::string_view bytes = input.substr(2, static_cast<std::uint8_t>(input[1]));
    input.remove_prefix(2 + bytes.size());
    reader.add(kind % 4 ? fanout::hand_record(suite, key, bytes) : std::string{bytes});
    if (kind % 4 == 3) key.update(suite);  // as after a key update
    sent += bytes.size();
    for (;;) {
      std::size_t got = 0;
      const auto taken = reader.take(into, got, answers);
      require(got <= into.size() && (taken == record_layer::taken::data) == (got > 0), "data is there when it says so");
      require(!over || taken == record_layer::taken::closed || taken == record_layer::taken::broken, "the end is the end");
      read += got;
      over |= taken == record_layer::taken::closed || taken == record_layer::taken::broken;
      if (taken != record_layer::taken::data) break;
    }
  }
  require(read <= sent, "no more is read than was sent");
  require(answers.size() <= size * 27, "an answer a record at most");
  return 0;
}
