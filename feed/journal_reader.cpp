#include "feed/journal_reader.hpp"

#include <utility>

#include "feed/journal_directory.hpp"
#include "wire/book_tick.hpp"
#include "wire/json_reader.hpp"

namespace tickcast::feed {
namespace {

constexpr const char* other_version = "another version of tickcast wrote this";
constexpr std::size_t names_lost_max = 1 << 20;  // by one hole: bounds what a file can make its reader allocate

bool is_decimal(std::int8_t exponent) {
  return exponent >= -wire::decimal_exponent_limit && exponent <= wire::decimal_exponent_limit;
}

bool is_tick(const wire::tick& t) {
  if (t.n == 0 || !is_decimal(t.price_exponent) || !is_decimal(t.size_exponent)) return false;
  switch (t.kind) {
    case wire::record_kind::trade: return t.side <= wire::trade_side::sell && wire::is_utf8(venue_of(t.trade));
    case wire::record_kind::quote: return true;
    case wire::record_kind::status: return t.status.state <= wire::market_state::closed;
    case wire::record_kind::book: return t.book.part <= wire::book_part::more;
    default: return false;
  }
}

}  // namespace

journal_reader::journal_reader(std::string directory) : journal_reader(directory, journal_files(directory)) {
  if (files_.empty()) throw journal_error(fmt::format("journal: there is none in {}", directory_));
}

journal_reader::journal_reader(std::string directory, std::vector<std::uint32_t> files)
    : directory_(std::move(directory)), files_(std::move(files)) {}

journal_step journal_reader::next() {
  for (;;) {
    if (!reading_) {
      if (at_ == files_.size()) return journal_step::end;
      if (!open_next()) return journal_step::damaged;
    }
    const found got = reading_->read(next_offset_, block_);
    if (got == found::end && next_offset_ > 0) {
      reading_.reset();
      ++at_;
      continue;
    }
    if (got != found::block) return stop(got);
    if (const char* wrong = judge(block_)) return fail(wrong);
    take();
    return journal_step::block;
  }
}

bool journal_reader::open_next() {
  if (at_ > 0 && exact_ && files_[at_] != files_[at_ - 1] + 1) {
    damage_ = {files_[at_ - 1] + 1, 0, "the file is missing"};
    return false;
  }
  try {
    reading_.emplace(journal_path(directory_, files_[at_]));
  } catch (const journal_error& error) {
    damage_ = {files_[at_], 0, error.what()};
    return false;
  }
  next_offset_ = 0;
  head_left_ = 0;
  forgiving_ = false;
  return true;
}

// There is no whole block where the next one should be.
journal_step journal_reader::stop(found why) {
  const auto fits = [this](const block_head& head) { return head.file == files_[at_]; };
  if (at_ + 1 < files_.size() || reading_->find(next_offset_ + journal_line, fits))
    return fail(why == found::bad ? "the block here cannot be read" : "the file ends inside of a block");
  tail_ = {files_[at_], next_offset_, reading_->size() - next_offset_, why == found::cut};
  at_ = files_.size();
  reading_.reset();
  return journal_step::end;
}

journal_step journal_reader::fail(std::string what) {
  damage_ = {files_[at_], next_offset_, std::move(what)};
  return journal_step::damaged;
}

bool journal_reader::foreign() const { return damage_.what == other_version; }

std::string journal_reader::sentence() const {
  if (foreign())
    return fmt::format("journal: {}: {}; go on with that version, or record in another directory",
                       journal_path(directory_, damage_.file), damage_.what);
  return fmt::format("journal: {} is damaged at offset {}: {}; \"tickcast journal repair {}\" saves what can be read",
                     journal_path(directory_, damage_.file), damage_.offset, damage_.what, directory_);
}

bool journal_reader::skip_damage(loss& lost) {
  lost = {};
  exact_ = false;
  const bool complete = std::exchange(complete_, false);
  if (!reading_) {  // a file that is not there, or cannot be opened
    if (damage_.file == files_[at_]) ++at_;
    if (expected_) ++*expected_;  // its head had a number
    return at_ < files_.size();
  }
  const std::uint64_t from = next_offset_;
  const auto fits = [&](const block_head& head) {
    if (head.file != files_[at_]) return false;
    if (from > 0) return head.epoch == epoch_ && (!expected_ || head.number >= *expected_);
    return head.number > (head.epoch == epoch_ && expected_ ? *expected_ : 1);  // the file's head had a number too
  };
  const bool forgiving = std::exchange(forgiving_, true);
  for (auto at = reading_->find(from, fits); at; at = reading_->find(*at + journal_line, fits)) {
    if (reading_->read(*at, block_) != found::block) continue;
    const bool follows = from > 0 && expected_ == block_.head.number;  // what is in between was none of it
    forgiving_ = forgiving || !follows;
    if (judge(block_)) continue;
    if (follows) complete_ = complete;
    lost.bytes = *at - from;
    next_offset_ = *at;
    return true;
  }
  lost.bytes = reading_->size() - from;
  reading_.reset();
  if (from == 0 && expected_) ++*expected_;
  return ++at_ < files_.size();
}

const char* journal_reader::judge(const journal_block& block) const {
  const block_head& head = block.head;
  if (head.file != files_[at_]) return "the block here belongs to another file";
  if ((head.kind == block_kind::head) != (block.offset == 0)) return "the block here belongs to another place";
  const bool same = head.epoch == epoch_;
  if (!same && exact_ && expected_ && head.kind != block_kind::head) return "the block here belongs to another epoch";
  const std::uint64_t due = same && expected_ ? *expected_ : 1;
  if (head.number < due) return "the block here is an old one";
  if (exact_ && expected_ && head.number > due && head.kind != block_kind::lost)
    return "blocks are missing in front of this one";
  switch (head.kind) {
    case block_kind::head:
    case block_kind::resumed:
      if (head.count != 1) break;
      return as_line<opening>(block.records[0]).version == journal_version ? nullptr : other_version;
    case block_kind::symbols: return judge_names();
    case block_kind::state:
    case block_kind::ticks: return judge_ticks();
    case block_kind::lost:
      if (head.count == 1) return nullptr;
      break;
    case block_kind::seal:
      if (head.count == 0) return nullptr;
      break;
  }
  return "the block here says what cannot be";
}

const char* journal_reader::judge_names() const {
  std::size_t known = names_.size();
  for (const wire::record& r : block_.records) {
    const auto n = as_line<naming>(r);
    const std::string_view text{n.text, std::min<std::size_t>(n.length, sizeof n.text)};
    if (text.size() != n.length || !wire::is_symbol(text)) return "a symbol here is none";
    if (n.symbol > known && (!forgiving_ || n.symbol - known > names_lost_max)) return "symbols are missing here";
    if (n.symbol < names_.size() && !names_[n.symbol].empty() && names_[n.symbol] != text)
      return "a symbol here has two names";
    known = std::max<std::size_t>(known, n.symbol + std::size_t{1});
  }
  return nullptr;
}

const char* journal_reader::judge_ticks() const {
  wire::notes gathered;
  std::size_t notes = 0;
  wire::symbol_id of{};
  for (const wire::record& r : block_.records) {
    if (r.kind() == wire::record_kind::note) {
      const wire::note& n = r.note;
      if (n.length > wire::note_bytes || ++notes > wire::notes_max || (notes > 1 && n.symbol != of))
        return "a note here is none";
      of = n.symbol;
      gathered.gather(n);
      continue;
    }
    if (!is_tick(r.tick)) return "a tick here is none";
    const std::size_t symbol = index_of(r.tick.symbol);
    if ((symbol >= names_.size() || names_[symbol].empty()) && !forgiving_) return "a tick here is of no symbol";
    if (r.tick.kind == wire::record_kind::book && wire::book_tick_fault(r.tick, gathered.bytes())) return "a book here is none";
    if (notes == 0) continue;
    bool good = of == r.tick.symbol;
    wire::each_note(gathered.bytes(), [&](wire::note_tag tag, std::string_view text) {
      good = good && (tag == wire::note_tag::levels || wire::is_utf8(text));
    });
    if (!good) return "a note here is none";
    gathered.clear();
    notes = 0;
  }
  return notes == 0 ? nullptr : "a note here is of no tick";
}

void journal_reader::take() {
  const block_head& head = block_.head;
  if (head.epoch != epoch_) {
    epoch_ = head.epoch;
    names_.clear();
    complete_ = false;
  }
  next_offset_ = block_.end();
  expected_ = head.number + 1;
  exact_ = true;
  if (head.kind == block_kind::head || head.kind == block_kind::resumed) opening_ = as_line<opening>(block_.records[0]);
  if (head.kind == block_kind::head) {
    head_left_ = opening_.head_blocks;
    if (head_left_ == 0) forgiving_ = true;
  }
  if (head.kind == block_kind::lost) {
    forgiving_ = true;
    complete_ = false;
    head_left_ = 0;
  }
  if (head_left_ > 0 && --head_left_ == 0) complete_ = true;
  if (head.kind != block_kind::symbols) return;
  for (const wire::record& r : block_.records) {
    const auto n = as_line<naming>(r);
    if (n.symbol >= names_.size()) names_.resize(n.symbol + std::size_t{1});
    names_[n.symbol].assign(n.text, n.length);
  }
}

}  // namespace tickcast::feed
