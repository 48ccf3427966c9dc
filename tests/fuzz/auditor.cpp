// Anything at all as a conversation: lines that begin with '>' are commands, the others frames. It must not crash, its
// first violation must stay, and what it says must be a sentence of text.
#include "wire/auditor.hpp"

#include <cstdlib>

using namespace tickcast::wire;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view script{reinterpret_cast<const char*>(data), size};
  reference known{4096};
  auditor audit{&known, "connection 1", size % 2 == 1};
  // Most inputs would end at the welcome.
  audit.see(R"([{"e":"welcome","v":1,"epoch":"e","channels":["trades","quotes"]}])");
  while (!script.empty()) {
    const std::string_view line = script.substr(0, script.find('\n'));
    script.remove_prefix(std::min(script.size(), line.size() + 1));
    if (line.starts_with('>')) {
      audit.commanded(line.substr(1));
      continue;
    }
    const std::string before = audit.violation();
    const bool good = audit.see(line);
    require(good == audit.violation().empty());
    require(before.empty() || before == audit.violation());
    require(audit.violation().size() < 2000 && is_utf8(audit.violation()));
  }
  audit.owed();
  audit.closed(size % 5000, "");
  audit.finish();
  return 0;
}
