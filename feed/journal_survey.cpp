#include "feed/journal_survey.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "feed/journal_directory.hpp"

namespace tickcast::feed {
namespace {

// Reads a journal to its end, over whatever is wrong with it.
class surveyor {
 public:
  explicit surveyor(const std::string& directory) : directory_(directory), reader_(directory) {}

  journal_survey run() {
    for (bool more = true; more;) {
      const journal_step step = reader_.next();
      if (step == journal_step::end) break;
      if (step == journal_step::block) {
        see();
      } else {
        more = skip();
      }
    }
    made_.tail = reader_.tail();
    made_.symbols = reader_.names().size();
    made_.more_may_be_lost = !made_.files.empty() && !reader_.complete() && !(made_.holes.empty() && made_.repaired.empty());
    return std::move(made_);
  }

 private:
  bool skip() {
    if (reader_.foreign()) throw journal_error(reader_.sentence());
    journal_hole hole{reader_.damage().file, reader_.damage().offset, 0, reader_.damage().what, edge_, std::nullopt};
    loss lost;
    const bool more = reader_.skip_damage(lost);
    hole.bytes = lost.bytes;
    made_.holes.push_back(std::move(hole));
    edge_.reset();
    return more;
  }

  void see() {
    if (!edge_ || edge_->epoch != reader_.epoch()) {
      if (!made_.holes.empty() && !edge_) made_.holes.back().after = {reader_.epoch(), reader_.number(), reader_.file()};
      if (last_epoch_ != reader_.epoch() || made_.epochs == 0) {
        ++made_.epochs;
        last_.clear();
        whole_ = reader_.begins_epoch();
        last_epoch_ = reader_.epoch();
      }
    }
    edge_ = {reader_.epoch(), reader_.number(), reader_.file()};
    if (made_.files.empty() || made_.files.back().number != reader_.file()) {
      std::error_code error;
      const auto bytes = std::filesystem::file_size(journal_path(directory_, reader_.file()), error);
      made_.files.push_back({reader_.file(), error ? 0 : bytes, 0, reader_.epoch(), 0, 0});
    }
    if (reader_.kind() == block_kind::lost)
      made_.repaired.push_back(
          {reader_.file(), reader_.offset(), as_line<loss>(reader_.records()[0]).bytes, {}, std::nullopt, std::nullopt});
    if (reader_.kind() == block_kind::state || reader_.kind() == block_kind::ticks) see_ticks();
  }

  void see_ticks() {
    journal_survey::file& in = made_.files.back();
    reader_.each_tick([&](const wire::tick& t, const wire::notes&) {
      const wire::channel channel = wire::channel_of(t.kind);
      const std::size_t symbol = index_of(t.symbol);
      wire::sequence& last = last_[symbol][index_of(channel)];
      if (t.n > last + 1 && (last > 0 || whole_)) {
        const bool named = symbol < reader_.names().size() && !reader_.names()[symbol].empty();
        made_.lost.push_back({named ? reader_.names()[symbol] : "(a symbol whose name is lost)", channel, last + 1, t.n - 1});
      }
      last = std::max(last, t.n);
      if (reader_.kind() == block_kind::state) return;
      ++in.ticks;
      ++made_.ticks;
      if (in.first_ns == 0) in.first_ns = t.arrived_ns;
      in.last_ns = t.arrived_ns;
    });
  }

  const std::string& directory_;
  journal_reader reader_;
  journal_survey made_;
  std::optional<journal_hole::edge> edge_;  // the block before; nothing: a hole
  epoch_id last_epoch_ = 0;
  bool whole_ = false;  // the epoch was seen from its first block on
  std::map<std::size_t, std::array<wire::sequence, wire::channel_count>> last_;
};

// A file that is written anew: what is good of the old one, and a note for each hole.
class rewriting {
 public:
  explicit rewriting(std::string path)
      : path_(std::move(path)), old_(path_, std::ios::binary), new_(path_ + ".new", std::ios::binary | std::ios::trunc) {}

  void copy_to(std::uint64_t offset) {
    std::array<char, 1 << 16> part;
    while (at_ < offset) {
      old_.read(part.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(part.size(), offset - at_)));
      const std::streamsize got = old_.gcount();
      if (got <= 0) break;
      new_.write(part.data(), got);
      at_ += static_cast<std::uint64_t>(got);
    }
  }
  void leave_out(std::uint64_t bytes) {
    at_ += bytes;
    old_.clear();
    old_.seekg(static_cast<std::streamoff>(at_));
  }
  template <class Line>
  void add(block_kind kind, const journal_hole::edge& at, const Line& line) {
    const block_head head = sealed(kind, at.epoch, at.number, at.file, &line, 1);
    new_.write(reinterpret_cast<const char*>(&head), sizeof head);
    new_.write(reinterpret_cast<const char*>(&line), sizeof line);
  }

  // The old one is kept as PATH.damaged.
  void finish() {
    copy_to(UINT64_MAX);
    new_.close();
    const wire::owned_fd written{::open((path_ + ".new").c_str(), O_RDONLY | O_CLOEXEC)};
    if (!new_ || written.get() < 0 || ::fsync(written.get()) != 0)
      throw journal_error(fmt::format("journal: cannot write {}.new: {}", path_, std::strerror(errno)));
    // There is one of this name at every moment, whatever may happen in between; where there are links.
    std::error_code no_links;
    std::filesystem::create_hard_link(path_, aside(path_), no_links);
    if (no_links) put_aside(path_);
    std::filesystem::rename(path_ + ".new", path_);
  }

  static void put_aside(const std::string& path) {
    if (std::filesystem::exists(path)) std::filesystem::rename(path, aside(path));
  }

 private:
  static std::string aside(const std::string& path) {
    std::string kept = path + ".damaged";
    for (int again = 2; std::filesystem::exists(kept); ++again) kept = fmt::format("{}.damaged.{}", path, again);
    return kept;
  }

  const std::string path_;
  std::ifstream old_;
  std::ofstream new_;
  std::uint64_t at_ = 0;
};

// What takes the place of a hole, so that the blocks behind it follow those before it. Returns the last block there is
// then; nothing when so little is left that there is no saying what the file was. `more`: another hole follows, in the
// next file, and says for both what is lost.
std::optional<journal_hole::edge> bridge(rewriting& to, const journal_hole& hole,
                                         const std::optional<journal_hole::edge>& before, bool more) {
  using edge = journal_hole::edge;
  const loss lost{hole.bytes, {}};
  std::optional<edge> last = before;
  if (hole.offset == 0) {
    const bool rest = hole.after && hole.after->file == hole.file;  // something of this file is left
    if (rest && before && before->epoch != hole.after->epoch)
      last = edge{hole.after->epoch, 1, hole.file};  // it began an epoch
    else if (before)
      last = edge{before->epoch, before->number + 1, hole.file};
    else if (hole.after && hole.after->number > 1)
      last = edge{hole.after->epoch, hole.after->number - 1, hole.file};
    else
      return std::nullopt;
    opening made{};
    made.version = journal_version;
    to.add(block_kind::head, *last, made);
  }
  if (more) return last;
  if (hole.after && last && hole.after->epoch == last->epoch) {
    if (hole.after->number <= last->number + 1) return last;
    last->number = hole.after->number - 1;
  } else {
    ++last->number;
  }
  last->file = hole.file;
  to.add(block_kind::lost, *last, lost);
  return last;
}

// Writes each damaged file anew.
void rewrite(const journal_directory& locked, const journal_survey& found) {
  std::optional<journal_hole::edge> before;
  for (auto hole = found.holes.begin(); hole != found.holes.end();) {
    const std::string path = locked.path_of(hole->file);
    rewriting anew{path};
    const std::uint32_t file = hole->file;
    bool known = true;
    for (; hole != found.holes.end() && hole->file == file; ++hole) {
      if (hole->before) before = hole->before;
      anew.copy_to(hole->offset);
      anew.leave_out(hole->bytes);
      const auto next = std::next(hole);
      const auto last = bridge(anew, *hole, before, next != found.holes.end() && !next->before);
      if (!last) known = false;
      before = last;
    }
    if (known) {
      anew.finish();
    } else {
      std::filesystem::remove(path + ".new");
      rewriting::put_aside(path);
    }
  }
}

}  // namespace

journal_survey survey_journal(const std::string& directory) { return surveyor{directory}.run(); }

journal_survey repair_journal(const std::string& directory) {
  journal_files(directory);  // it is there, and is not made by asking
  journal_directory locked{directory};
  const journal_survey found = survey_journal(locked.path());
  // What takes the place of one hole may show that what is behind it does not follow either, so it is looked at again.
  constexpr int rounds_max = 17;
  journal_survey now = found;
  for (int round = 0; round < rounds_max && !now.holes.empty(); ++round) {
    rewrite(locked, now);
    if (journal_files(directory).empty()) break;
    now = survey_journal(locked.path());
  }
  locked.sync();
  return found;
}

}  // namespace tickcast::feed
