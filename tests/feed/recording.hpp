#pragma once
// What the tests of the journal share: a directory of their own, a market that is recorded, and what a journal holds as
// lines of text.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "feed/journal.hpp"
#include "market.hpp"

namespace tickcast::feed {

// Gone after the test.
class place {
 public:
  place() {
    char name[] = "/tmp/tickcast-journal-XXXXXX";
    EXPECT_NE(::mkdtemp(name), nullptr);
    path_ = name;
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() { std::filesystem::remove_all(path_); }
  std::string directory(const std::string& name = "journal") const { return path_ / name; }

  // The directory as a process leaves it that is killed now.
  std::string killed(const std::string& name) const {
    std::filesystem::remove_all(path_ / name);
    std::filesystem::copy(directory(), path_ / name);
    return directory(name);
  }

 private:
  std::filesystem::path path_;
};

inline journal_settings in(const std::string& directory) {
  journal_settings made;
  made.directory = directory;
  return made;
}

// A market and its journal, from construction on as a server has them.
struct recorded : market {
  explicit recorded(journal_settings settings, std::size_t symbol_limit = 1000)
      : market(1, 65536, symbol_limit), recorder(std::make_unique<journal>(std::move(settings))) {
    to.restore(*recorder);
  }
  explicit recorded(const std::string& directory) : recorded(in(directory)) {}
  ~recorded() {
    to.commit();
    recorder->close();
  }

  // The recent ticks of a stream: "n price id;" each, after the number of the last.
  std::string kept(const std::string& name, wire::channel channel = wire::channel::trades) {
    auto asked = request_of(wire::request_kind::open, 0, channel, {by_name(name)});
    asked->history = 100'000;
    inbox.ask(std::move(asked));
    to.serve_inbox();
    const auto got = hear();
    const wire::answer& reply = *got.back().answer;
    std::string text = std::to_string(reply.streams.at(0).last) + ":";
    reply.streams.at(0).ticks.each([&](const wire::tick& t, std::string_view notes) {
      text += " " + std::to_string(t.n) + " " + price_of(t);
      wire::each_note(notes, [&](wire::note_tag tag, std::string_view id) {
        if (tag == wire::note_tag::id) text += id;
      });
      text += ";";
    });
    return text;
  }

  std::unique_ptr<journal> recorder;
};

inline wire::notes with_id(std::string_view id) {
  wire::notes made;
  EXPECT_TRUE(made.add(wire::note_tag::id, id));
  return made;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}
inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// What a reader comes to: a word for each block, the ticks by name and number, and how it ends.
inline std::string told(journal_reader& reader) {
  std::string text;
  journal_step step{};
  while ((step = reader.next()) == journal_step::block) {
    switch (reader.kind()) {
      case block_kind::head: text += "head"; break;
      case block_kind::resumed: text += "resumed"; break;
      case block_kind::symbols: text += "symbols"; break;
      case block_kind::state: text += "state"; break;
      case block_kind::ticks: text += "ticks"; break;
      case block_kind::lost: text += "lost"; break;
      case block_kind::seal: text += "seal"; break;
    }
    if (reader.kind() == block_kind::state || reader.kind() == block_kind::ticks)
      reader.each_tick([&](const wire::tick& t, const wire::notes&) {
        text += " " + reader.names()[index_of(t.symbol)] + std::to_string(t.n);
      });
    text += "; ";
  }
  if (step == journal_step::damaged) return text + "damaged at " + std::to_string(reader.damage().offset);
  return text + (reader.tail().bytes > 0 ? "end, and " + std::to_string(reader.tail().bytes) + " bytes" : "end");
}
inline std::string told(const std::string& directory) {
  journal_reader reader{directory};
  return told(reader);
}

// Three batches: the last is one block of two ticks at the end of the one file.
inline std::string three_batches(const place& here) {
  recorded r{here.directory()};
  r.trade("A", 1), r.trade("B", 2);
  r.to.commit();
  r.trade("A", 3);
  r.to.commit();
  r.trade("A", 4), r.trade("B", 5);
  r.to.commit();
  return here.killed("killed");
}

}  // namespace tickcast::feed
