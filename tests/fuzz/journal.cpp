// Any bytes as the two files of a journal, with their checksums made right or left as they are. Besides not failing:
// nothing is read that a tick or a symbol could not be, and what was repaired is whole.
#include "feed/journal_survey.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

#include "feed/journal_directory.hpp"
#include "wire/book_tick.hpp"
#include "wire/json_reader.hpp"

namespace {

using namespace tickcast;
using namespace tickcast::feed;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Memory, not a disk: a repair waits for what it has written.
const std::string& directory() {
  static const std::string& made = []() -> const std::string& {
    spdlog::set_level(spdlog::level::off);
    const auto* name = new std::string{"/dev/shm/tickcast-fuzz-" + std::to_string(::getpid())};  // outlives the exit
    std::filesystem::create_directories(*name);
    std::atexit([] { std::filesystem::remove_all(directory()); });
    return *name;
  }();
  return made;
}

enum class care : std::uint8_t { none, sums, numbers };

// Makes blocks of what stands where blocks would: with `sums` their checksums are right, with `numbers` they follow
// each other too.
std::string made_right(std::string bytes, std::uint32_t file, care how, std::uint64_t& number) {
  if (how == care::none) return bytes;
  for (std::size_t at = 0; at + journal_line <= bytes.size();) {
    block_head head;
    std::memcpy(&head, bytes.data() + at, sizeof head);
    const std::size_t room = bytes.size() / journal_line - at / journal_line - 1;
    const std::size_t count = std::min<std::size_t>(head.count % 8, room);
    auto kind = static_cast<block_kind>(static_cast<unsigned>(head.kind) % 8);
    if (how == care::numbers) {
      head.number = ++number;
      head.epoch = 7;
      if (at == 0) kind = block_kind::head;
      if (at == 0 && count > 0) std::memcpy(bytes.data() + at + journal_line, &journal_version, sizeof journal_version);
    }
    head = sealed(kind, head.epoch, head.number, file, bytes.data() + at + journal_line, count);
    std::memcpy(bytes.data() + at, &head, sizeof head);
    at += journal_line * (1 + count);
  }
  return bytes;
}

void check_all() {
  journal_reader reader{directory()};
  for (;;) {
    const journal_step step = reader.next();
    if (step == journal_step::end) return;
    if (step == journal_step::damaged) {
      require(reader.foreign() || reader.sentence().find("tickcast journal repair") != std::string::npos, "damage names its remedy");
      loss lost;
      if (!reader.skip_damage(lost)) return;
      continue;
    }
    for (const std::string& name : reader.names()) require(name.empty() || wire::is_symbol(name), "a name is a symbol");
    if (reader.kind() != block_kind::state && reader.kind() != block_kind::ticks) continue;
    reader.each_tick([](const wire::tick& t, const wire::notes& notes) {
      switch (t.kind) {
        case wire::record_kind::trade:
        case wire::record_kind::quote: break;
        case wire::record_kind::status: require(t.status.state <= wire::market_state::closed, "a status is one that there is"); break;
        case wire::record_kind::book: require(!wire::book_tick_fault(t, notes.bytes()), "a book's levels are some"); break;
        default: require(false, "a tick is a trade, a quote, a book or a status");
      }
      require(t.n > 0, "it has a number");
      if (t.kind == wire::record_kind::trade) require(wire::is_utf8(wire::venue_of(t.trade)), "a venue is UTF-8");
      wire::each_note(notes.bytes(), [](wire::note_tag tag, std::string_view text) {
        require(tag == wire::note_tag::levels || wire::is_utf8(text), "notes are UTF-8");
      });
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input{reinterpret_cast<const char*>(data + 2), size - 2};
  const std::size_t cut = std::min<std::size_t>(data[1] * journal_line / 4, input.size());
  const auto how = static_cast<care>(data[0] % 3);
  for (const auto& entry : std::filesystem::directory_iterator{directory()}) std::filesystem::remove(entry);
  std::uint64_t number = 0;
  std::uint32_t file = 1;
  for (const std::string_view part : {input.substr(0, cut), input.substr(cut)}) {
    const std::string bytes = made_right(std::string{part}, file, how, number);
    std::ofstream{journal_path(directory(), file), std::ios::binary}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ++file;
  }
  check_all();
  try {
    survey_journal(directory());
  } catch (const journal_error&) {  // of a version that is not known
    return 0;
  }
  repair_journal(directory());
  if (journal_files(directory()).empty()) return 0;
  const journal_survey repaired = survey_journal(directory());
  for (const journal_hole& hole : repaired.holes)
    std::fprintf(stderr, "file %u, offset %zu: %s\n", hole.file, static_cast<std::size_t>(hole.offset), hole.what.c_str());
  require(repaired.holes.empty(), "what was repaired is whole");
  check_all();
  return 0;
}
