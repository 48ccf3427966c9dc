#include "feed/sequencer.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

constexpr std::size_t reserved_symbols_max = 1 << 20;
// From so many ticks on, answers share a copy of them, if it is not much more than what they ask for: a client that is
// slow to take its part keeps the whole sheet.
constexpr std::size_t shared_least = 64, shared_waste = 4;
constexpr std::size_t request_cost = 64;  // what a request costs by itself, in ticks

std::uint64_t bit_of(std::size_t shard) { return std::uint64_t{1} << shard; }

}  // namespace

sequencer::sequencer(wire::symbol_table& symbols, wire::inbox& inbox, std::vector<wire::lane*> lanes,
                     std::size_t history_bytes, const bar_settings& bars)
    : symbols_(symbols), directory_(symbols), inbox_(inbox), budget_{history_bytes / sizeof(wire::record)}, lent_max_(std::max(lent_share * budget_.left, answer_ticks_max)),
      conditions_(bars.conditions), candles_(symbols, bars, *this) {
  if (lanes.size() > shards_max) throw std::length_error("more than 64 shards");
  for (wire::lane* lane : lanes) outboxes_.push_back(std::make_unique<dispatch>(*lane));
}

sequencer::~sequencer() = default;

void sequencer::restore(journal& from, const std::function<void()>& bars) {
  const std::int64_t start_ns = arrival::now().mono_ns;
  std::size_t ticks = 0;
  take_names(from.names());  // all of them, whatever an older file has lost
  if (bars) bars();
  journal_reader past = from.past(budget_.left * sizeof(wire::record));
  journal_step step{};
  while ((step = past.next()) == journal_step::block) ticks += take_back(past);
  if (step == journal_step::damaged) throw journal_error(past.sentence());
  journal_ = &from;
  if (from.resume()) {
    for (std::size_t i = from.names().size(); i < symbols_.size(); ++i)  // those that only bars have told of
      from.name(wire::symbol_id{static_cast<std::uint32_t>(i)}, symbols_.name(wire::symbol_id{static_cast<std::uint32_t>(i)}));
    spdlog::info("journal: epoch {} goes on; {} symbols and {} ticks were read in {} ms", from.epoch(), symbols_.size(), ticks,
                 (arrival::now().mono_ns - start_ns) / 1'000'000);
  } else {
    begin_journal_file();
    spdlog::info("journal: epoch {} begins", from.epoch());
  }
}

void sequencer::take_names(const std::vector<std::string>& names) {
  for (std::size_t i = symbols_.size(); i < names.size(); ++i) {
    // Its ticks are there, and its place in the table; its name went with a block that could not be read.
    const std::string lost = fmt::format("LOST.{}", i);
    if (!symbols_.append(names[i].empty() ? lost : names[i]))
      throw journal_error(fmt::format("journal: it names more symbols than max_symbols = {} allows; raise it to {}",
                                      symbols_.limit(), names.size()));
  }
  directory_.refresh();
}

// Returns how many ticks there were.
std::size_t sequencer::take_back(const journal_reader& past, const arrival& at) {
  if (past.kind() == block_kind::symbols) take_names(past.names());
  if (past.kind() != block_kind::state && past.kind() != block_kind::ticks) return 0;
  std::size_t ticks = 0;
  past.each_tick([&](const wire::tick& t, const wire::notes& notes) {
    ++ticks;
    if (t.kind == wire::record_kind::book) return take_back_book(t, notes);
    stream* const to = stream_before(t);
    if (!to) return;
    to->last = t.n;
    // What a file begins with is the last trade, not the bar that it was in.
    if (t.kind == wire::record_kind::trade && past.kind() == block_kind::ticks)
      candles_.restore(t, at.mono_ns - (at.unix_ns - t.arrived_ns));
    wire::tick kept = t;
    kept.arrived_ns = 0;  // its age says nothing about this process
    to->kept.push(kept, notes, budget_);
  });
  return ticks;
}

void sequencer::begin_journal_file() {
  journal_->begin_file(symbols_);
  std::vector<wire::record> last;
  for (wire::channel c : wire::all_channels) {
    const auto& streams = streams_[index_of(c)];
    for (std::uint32_t i = 0; i < streams.size(); ++i) {
      last.clear();
      if (c == wire::channel::book) {
        keep_book(wire::symbol_id{i}, streams[i].last, last);
      } else {
        streams[i].kept.copy_last(1, last);
        journal_->keep(last);
      }
    }
  }
  journal_->end_head();
}

std::optional<wire::symbol_id> sequencer::resolve(std::string_view name) {
  if (const auto known = directory_.find(name)) return known;
  if (directory_.stale()) {  // named before this sequencer was made
    directory_.refresh();
    if (const auto known = directory_.find(name)) return known;
  }
  if (!wire::is_symbol(name)) return std::nullopt;
  const auto added = symbols_.append(name);
  if (added) {
    directory_.refresh();
    if (journal_) journal_->name(*added, name);
  }
  return added;
}

sequencer::stream& sequencer::stream_of(wire::symbol_id symbol, wire::channel channel) {
  const std::size_t at = index_of(symbol);
  auto& streams = streams_[index_of(channel)];
  if (at >= streams.size()) {
    // Reserved, not touched: growing by copying would stop the market for milliseconds.
    if (streams.empty()) streams.reserve(std::min(symbols_.limit(), reserved_symbols_max));
    const std::size_t before = streams.size();
    streams.resize(symbols_.size());
    // Whoever takes `*` has these open from their first tick on.
    for (std::size_t i = before; i < streams.size(); ++i) streams[i].wanted_by = wanted_all_[index_of(channel)];
  }
  return streams[at];
}

verdict sequencer::publish(const event& from, const arrival& at) {
  wire::symbol_id symbol = from.tick.symbol;
  if (!from.name.empty()) {
    const auto known = resolve(from.name);
    if (!known) {
      if (!wire::is_symbol(from.name)) return verdict::bad_symbol;
      refused_.add();
      return verdict::table_full;
    }
    symbol = *known;
  } else if (index_of(symbol) >= symbols_.size()) {
    return verdict::bad_symbol;
  }

  if (from.tick.kind == wire::record_kind::book) return publish_book(symbol, from, at);
  const bool trade = from.tick.kind == wire::record_kind::trade;
  if (trade) candles_.fetch(symbol);
  stream& to = stream_of(symbol, wire::channel_of(from.tick.kind));
  wire::tick numbered = from.tick;
  numbered.symbol = symbol;
  numbered.n = to.last + 1;
  numbered.arrived_ns = at.mono_ns;
  if (!from.stamped) numbered.venue_ns = at.unix_ns;
  if (trade && !from.notes.empty() && !conditions_.none()) numbered.trade.flags |= conditions_.of(from.notes);
  if (journal_) journal_->append(numbered, from.notes, at.unix_ns);
  hand_out(to, numbered, from.notes);
  if (trade) candles_.trade(numbered, at.mono_ns);
  return verdict::taken;
}

void sequencer::republish(const wire::tick& t, const wire::notes& notes, std::int64_t mono_ns) {
  stream* const to = stream_before(t);
  if (!to) return;
  if (t.kind == wire::record_kind::book) {
    order_book& book = book_of(t.symbol);
    if (t.n != to->last + 1) book.forget();
    book.take(t, notes.bytes());
  }
  hand_out(*to, t, notes);
  if (t.kind == wire::record_kind::trade) candles_.trade(t, mono_ns);
}

// The stream that a recorded tick goes on, ready for its number; null: it has it already, or the name is lost.
sequencer::stream* sequencer::stream_before(const wire::tick& t) {
  if (index_of(t.symbol) >= symbols_.size()) return nullptr;
  stream& to = stream_of(t.symbol, wire::channel_of(t.kind));
  if (t.n <= to.last) return nullptr;  // a file begins with what the one before it ended with
  if (t.n != to.last + 1) to.kept.restart();
  return &to;
}

void sequencer::hand_out(stream& to, const wire::tick& numbered, const wire::notes& notes) {
  to.last = numbered.n;
  to.kept.push(numbered, notes, budget_);
  pass_on(to, numbered, notes);
}

void sequencer::pass_on(stream& to, const wire::tick& numbered, const wire::notes& notes) {
  const std::uint64_t taken_by = to.wanted_by & ~to.torn_by;
  for (std::uint64_t left = taken_by; left; left &= left - 1) {
    const auto shard = static_cast<std::size_t>(std::countr_zero(left));
    if (!outboxes_[shard]->fits(notes)) {
      put(shard);
      if (to.torn_by & bit_of(shard)) continue;  // the rest of the batch had no room, and this stream was in it
    }
    outboxes_[shard]->append(numbered, notes);
  }
  pending_ |= taken_by;
}

void sequencer::put(std::size_t shard) {
  if (journal_) journal_->flush();  // nobody hears of a number that the journal lacks
  for (const wire::record& left : outboxes_[shard]->put())
    if (left.kind() != wire::record_kind::note) tear(shard, left.tick);
}

void sequencer::commit() {
  for (; pending_; pending_ &= pending_ - 1) put(static_cast<std::size_t>(std::countr_zero(pending_)));
  if (journal_) {
    journal_->flush();
    if (journal_->full()) begin_journal_file();
  }
  mend();
  serve_inbox();
}

// ---- answers ----

bool sequencer::serve_inbox() {
  bool any = false;
  // No more at once than one large answer: the market goes on in between.
  for (std::size_t done = 0; done < answer_ticks_max;) {
    const auto asked = inbox_.next();
    if (!asked) break;
    any = true;
    if (journal_) journal_->flush();  // an answer tells of numbers too
    done += request_cost + asked->streams.size();
    if (asked->shard >= outboxes_.size()) continue;
    if (asked->kind == wire::request_kind::open) {
      done += open(*asked);
    } else {
      close(*asked);
    }
  }
  unshare();
  return any;
}

// Returns how many ticks it took.
std::size_t sequencer::open(const wire::request& asked) {
  put(asked.shard);  // what was sequenced before the answer stands before it
  if (torn(asked)) mend(asked.shard, asked.channel, SIZE_MAX);
  reply to{asked.channel, lent_};
  to.answer->number = asked.number;
  const std::size_t streams = asked.all ? symbols_.size() : asked.streams.size();
  to.answer->streams.reserve(streams);
  if (lent_->load(std::memory_order_relaxed) > lent_max_) to.ticks_max = answer_ticks_tight;
  const std::size_t share = to.ticks_max / std::max<std::size_t>(1, streams);
  const std::size_t history = std::min<std::size_t>(asked.history, std::max<std::size_t>(1, share));
  to.wild = asked.all;
  if (asked.all) {
    wanted_all_[index_of(asked.channel)] |= bit_of(asked.shard);
    if (wire::is_view(asked.channel)) candles_.watch_new(asked.channel, true);
    std::unordered_map<std::uint32_t, wire::sequence> after;
    for (const wire::wanted& which : asked.streams)
      if (which.after) after.emplace(index_of(which.symbol), *which.after);
    for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
      const auto from = after.find(i);
      const auto goes_on = from == after.end() ? std::nullopt : std::optional{from->second};
      to.answer->streams.push_back(open_stream({wire::symbol_id{i}, {}, goes_on}, asked.shard, history, to));
    }
  } else {
    for (const wire::wanted& which : asked.streams)
      to.answer->streams.push_back(open_stream(which, asked.shard, history, to));
  }
  to.own->count();
  outboxes_[asked.shard]->put(std::move(to.answer));
  return to.records;
}

wire::stream_state sequencer::open_stream(const wire::wanted& which, std::uint32_t shard, std::size_t history, reply& to) {
  wire::stream_state state;
  state.symbol = which.symbol;
  if (!which.name.empty()) {
    const auto named = resolve(which.name);
    state.opened = named.has_value();
    if (named) state.symbol = *named;
  } else {
    state.opened = index_of(which.symbol) < symbols_.size();
  }
  if (!state.opened) return state;

  stream& from = stream_of(state.symbol, to.answer->channel);
  from.wanted_by |= bit_of(shard);
  if (wire::is_view(to.answer->channel)) {
    open_view(state, from, which.after ? std::max<std::size_t>(history, 1) : history, to);
    return state;
  }
  state.last = from.last;
  // All or nothing: every number after the one named is still here, or it gets what a newcomer gets, a snapshot at least.
  state.recovered = which.after && *which.after <= from.last && *which.after + 1 >= from.kept.oldest() &&
                    (!from.kept.empty() || from.last == *which.after) &&
                    to.records + (from.last - *which.after) <= to.ticks_max;
  const bool is_book = to.answer->channel == wire::channel::book;
  if (is_book && state.last > 0) state.book = book_of(state.symbol).copy(state.last);
  if (is_book && !state.recovered) return state;
  const std::size_t shown = which.after ? std::max<std::size_t>(history, 1) : history;
  state.ticks = newest(state.symbol, from, state.recovered ? from.last - *which.after : shown, to);
  return state;
}

// The same ticks of the same stream, asked for several times in one turn, are copied once.
wire::excerpt sequencer::newest(wire::symbol_id symbol, const stream& from, std::size_t ticks, reply& to) {
  if (from.kept.empty()) return {};
  ticks = std::min<std::size_t>(ticks, from.last + 1 - from.kept.oldest());
  if (ticks == 0) return {};
  const auto part_of = [](const std::shared_ptr<lent>& made, std::size_t first) {
    return wire::excerpt{{made, &made->ticks}, first, made->ticks.size() - first};
  };
  const auto copy = [&](std::size_t of) {
    const auto made = std::make_shared<lent>(lent_);
    from.kept.copy_last(of, made->ticks);
    made->count();
    return part_of(made, 0);
  };
  wire::excerpt taken;
  if (ticks < shared_least) {
    const std::size_t first = to.own->ticks.size();
    from.kept.copy_last(ticks, to.own->ticks);
    taken = part_of(to.own, first);
  } else {
    common& all = shared_[index_of(to.answer->channel)][index_of(symbol)];
    if (all.ticks < ticks) {
      // At least twice as much as before, so that ever older requests do not copy the same ticks again and again.
      all.ticks = std::min<std::size_t>(std::max(ticks, 2 * all.ticks), from.last + 1 - from.kept.oldest());
      all.copy = copy(all.ticks);
    }
    taken = ticks * shared_waste < all.ticks ? copy(ticks) : all.copy.newest(ticks);
  }
  to.records += taken.records();
  return taken;
}

void sequencer::unshare() {
  for (auto& streams : shared_)
    if (!streams.empty()) streams.clear();
}

void sequencer::close(const wire::request& asked) {
  if (asked.all) wanted_all_[index_of(asked.channel)] &= ~bit_of(asked.shard);
  const bool view = wire::is_view(asked.channel);
  if (view) candles_.watch_new(asked.channel, wanted_all_[index_of(asked.channel)] != 0);
  for (const wire::wanted& which : asked.streams) {
    if (index_of(which.symbol) >= streams_[index_of(asked.channel)].size()) continue;
    stream& of = stream_of(which.symbol, asked.channel);
    of.wanted_by &= ~bit_of(asked.shard);
    of.torn_by &= ~bit_of(asked.shard);
    if (view) watch(which.symbol, asked.channel, of, false);
  }
}

bool sequencer::crowded(std::int64_t mono_ns) {
  bool any = false;
  for (const auto& out : outboxes_) any |= out->crowded(mono_ns);
  return any;
}

}  // namespace tickcast::feed
