#include "feed/journal_source.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "wire/book_tick.hpp"

namespace tickcast::feed {
namespace {

constexpr int ticks_per_turn = 1024;

}  // namespace

journal_source::journal_source(std::string name, recorded_settings settings, boost::asio::io_context& io, sequencer& to)
    : played_source(std::move(name), settings.speed, ticks_per_turn, io, to), settings_(std::move(settings)) {}

void journal_source::start() {
  reader_.emplace(settings_.directory);
  begin();
}

bool journal_source::pull(const arrival&) {
  event_.notes.clear();
  for (;;) {
    if (!ticks_ || next_record_ == reader_->records().size()) {
      if (!next_block()) return false;
      continue;
    }
    const wire::record& r = reader_->records()[next_record_++];
    if (r.kind() == wire::record_kind::note) {
      event_.notes.gather(r.note);
      continue;
    }
    const std::size_t symbol = index_of(r.tick.symbol);
    if (symbol >= reader_->names().size() || reader_->names()[symbol].empty()) {  // a repair has lost its name
      counts_.bad_input.add();
      event_.notes.clear();
      continue;
    }
    if (state_ && r.tick.kind != wire::record_kind::book) {
      event_.notes.clear();
      continue;
    }
    event_.tick = r.tick;
    if (r.tick.kind == wire::record_kind::book) take_levels();
    event_.stamped = true;
    arrived_ns_ = r.tick.arrived_ns;
    return true;
  }
}

bool journal_source::next_block() {
  ticks_ = false;
  next_record_ = 0;
  const journal_step step = reader_->next();
  if (step == journal_step::damaged) spdlog::error("feed {}: {}", name(), reader_->sentence());
  if (step != journal_step::block) return false;
  if (std::exchange(epoch_, reader_->epoch()) != reader_->epoch()) ids_.clear();
  if (reader_->begins_epoch()) played_ = false;
  // What is in front of the first ticks is where books begin; the heads of later files say what is known by then.
  state_ = reader_->kind() == block_kind::state && !played_;
  played_ |= reader_->kind() == block_kind::ticks;
  ticks_ = state_ || reader_->kind() == block_kind::ticks;
  return true;
}

void journal_source::take_levels() {
  event_.whole = event_.tick.book.part == wire::book_part::whole;
  event_.levels.clear();
  wire::each_level(event_.tick, event_.notes.bytes(), [this](const wire::level_step& s) { event_.levels.push_back(s.change); });
  event_.notes.clear();
}

void journal_source::publish(const arrival& at) {
  const std::size_t symbol = index_of(event_.tick.symbol);
  if (symbol >= ids_.size()) ids_.resize(reader_->names().size());
  std::optional<wire::symbol_id>& id = ids_[symbol];
  if (!id) id = to_.resolve(reader_->names()[symbol]);
  event_.name = {};
  if (id)
    event_.tick.symbol = *id;
  else
    event_.name = reader_->names()[symbol];  // the table is full; the sequencer counts that
  give(event_, at);
}

// The books that an epoch begins with come with what follows them.
std::optional<std::int64_t> journal_source::recorded_ns() const {
  return state_ ? std::nullopt : std::optional{arrived_ns_};
}

bool journal_source::go_on() {
  spdlog::info("feed {} ended: {} ticks", name(), counts_.ticks.value());
  return false;
}

void journal_source::close() { reader_.reset(); }

}  // namespace tickcast::feed
