#include "feed/sequencer.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

constexpr std::size_t reserved_symbols_max = 1 << 20;

std::uint64_t bit_of(std::size_t shard) { return std::uint64_t{1} << shard; }

}  // namespace

sequencer::sequencer(wire::symbol_table& symbols, wire::inbox& inbox, std::vector<wire::lane*> lanes,
                     std::size_t history_bytes)
    : symbols_(symbols), directory_(symbols), inbox_(inbox), budget_{history_bytes / sizeof(wire::record)} {
  if (lanes.size() > shards_max) throw std::length_error("more than 64 shards");
  // Reserved, not touched: growing by copying would stop the market for milliseconds.
  streams_.reserve(std::min(symbols.limit(), reserved_symbols_max));
  for (wire::lane* lane : lanes) {
    outboxes_.push_back(std::make_unique<outbox>());
    outboxes_.back()->lane = lane;
  }
}

sequencer::~sequencer() = default;

void sequencer::restore(journal& from) {
  const std::int64_t start_ns = arrival::now().mono_ns;
  std::size_t ticks = 0;
  journal_reader past = from.past(budget_.left * sizeof(wire::record));
  journal_step step{};
  while ((step = past.next()) == journal_step::block) ticks += take_back(past);
  if (step == journal_step::damaged) throw journal_error(past.sentence());
  journal_ = &from;
  if (from.resume()) {
    spdlog::info("journal: epoch {} goes on; {} symbols and {} ticks were read in {} ms", from.epoch(), symbols_.size(), ticks,
                 (arrival::now().mono_ns - start_ns) / 1'000'000);
  } else {
    begin_journal_file();
    spdlog::info("journal: epoch {} begins", from.epoch());
  }
}

// Returns how many ticks there were.
std::size_t sequencer::take_back(const journal_reader& past) {
  if (past.kind() == block_kind::symbols) {
    for (std::size_t i = symbols_.size(); i < past.names().size(); ++i)
      if (!symbols_.append(past.names()[i]))
        throw journal_error(fmt::format("journal: it names more symbols than max_symbols = {} allows; raise it to {}",
                                        symbols_.limit(), past.names().size()));
    directory_.refresh();
  }
  if (past.kind() != block_kind::state && past.kind() != block_kind::ticks) return 0;
  std::size_t ticks = 0;
  past.each_tick([&](const wire::tick& t, const wire::notes& notes) {
    ++ticks;
    if (index_of(t.symbol) >= symbols_.size()) return;  // its name is lost
    stream& to = stream_of(t.symbol, wire::channel_of(t.kind));
    if (t.n <= to.last) return;  // a file begins with what the one before it ended with
    if (t.n != to.last + 1) to.kept.restart();
    to.last = t.n;
    wire::tick kept = t;
    kept.arrived_ns = 0;  // its age says nothing about this process
    to.kept.push(kept, notes, budget_);
  });
  return ticks;
}

void sequencer::begin_journal_file() {
  journal_->begin_file(symbols_);
  std::vector<wire::record> last;
  for (const auto& channels : streams_) {
    for (const stream& each : channels) {
      last.clear();
      each.kept.copy_last(1, last);
      journal_->keep(last);
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
  if (at >= streams_.size()) {
    const std::size_t before = streams_.size();
    streams_.resize(symbols_.size());
    // Whoever takes `*` has these open from their first tick on.
    for (std::size_t i = before; i < streams_.size(); ++i)
      for (std::size_t c = 0; c < wire::channel_count; ++c) streams_[i][c].wanted_by = wanted_all_[c];
  }
  return streams_[at][index_of(channel)];
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

  stream& to = stream_of(symbol, wire::channel_of(from.tick.kind));
  wire::tick numbered = from.tick;
  numbered.symbol = symbol;
  numbered.n = ++to.last;
  numbered.arrived_ns = at.mono_ns;
  if (!from.stamped) numbered.venue_ns = at.unix_ns;
  to.kept.push(numbered, from.notes, budget_);
  if (journal_) journal_->append(numbered, from.notes, at.unix_ns);
  for (std::uint64_t left = to.wanted_by; left; left &= left - 1)
    append(*outboxes_[static_cast<std::size_t>(std::countr_zero(left))], numbered, from.notes);
  pending_ |= to.wanted_by;
  return verdict::taken;
}

void sequencer::append(outbox& to, const wire::tick& tick, const wire::notes& notes) {
  const std::size_t needed = 1 + (notes.bytes().size() + wire::note_bytes - 1) / wire::note_bytes;
  if (to.size + needed > batch_records) put(to);
  if (needed > 1) notes.split(tick.symbol, [&](const wire::note& n) { to.records[to.size++] = wire::record{n}; });
  to.records[to.size++] = wire::record{tick};
}

void sequencer::put(outbox& from) {
  if (from.size == 0) return;
  if (journal_) journal_->flush();  // nobody hears of a number that the journal lacks
  std::size_t fits = std::min(from.size, from.lane->room());
  if (fits < from.size) {
    // Notes are nothing without their tick: the cut goes in front of them.
    while (fits > 0 && from.records[fits - 1].kind() == wire::record_kind::note) --fits;
    from.lane->dropped(from.size - fits);
  }
  from.lane->put({from.records.data(), fits});
  from.lane->ring();
  from.size = 0;
}

void sequencer::commit() {
  for (; pending_; pending_ &= pending_ - 1) put(*outboxes_[static_cast<std::size_t>(std::countr_zero(pending_))]);
  if (journal_) {
    journal_->flush();
    if (journal_->full()) begin_journal_file();
  }
  serve_inbox();
}

bool sequencer::serve_inbox() {
  bool any = false;
  while (const auto asked = inbox_.next()) {
    any = true;
    if (journal_) journal_->flush();  // an answer tells of numbers too
    if (asked->shard >= outboxes_.size()) continue;
    asked->kind == wire::request_kind::open ? open(*asked) : close(*asked);
  }
  return any;
}

void sequencer::open(const wire::request& asked) {
  outbox& to = *outboxes_[asked.shard];
  put(to);  // what was sequenced before the answer stands before it
  auto reply = std::make_unique<wire::answer>();
  reply->number = asked.number;
  reply->channel = asked.channel;
  const std::size_t streams = asked.all ? symbols_.size() : asked.streams.size();
  reply->streams.reserve(streams);
  const std::size_t share = answer_ticks_max / std::max<std::size_t>(1, streams);
  const std::size_t history = std::min<std::size_t>(asked.history, std::max<std::size_t>(1, share));
  if (asked.all) {
    wanted_all_[index_of(asked.channel)] |= bit_of(asked.shard);
    for (std::uint32_t i = 0; i < symbols_.size(); ++i)
      reply->streams.push_back(open_stream({wire::symbol_id{i}, {}, {}}, asked.shard, history, *reply));
  } else {
    for (const wire::wanted& which : asked.streams)
      reply->streams.push_back(open_stream(which, asked.shard, history, *reply));
  }
  const wire::record carrier{reply.release()};
  to.lane->put({&carrier, 1});
  to.lane->ring();
}

wire::stream_state sequencer::open_stream(const wire::wanted& which, std::uint32_t shard, std::size_t history,
                                          wire::answer& reply) {
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

  stream& from = stream_of(state.symbol, reply.channel);
  from.wanted_by |= bit_of(shard);
  state.last = from.last;
  state.first = static_cast<std::uint32_t>(reply.records.size());
  // All or nothing: every number after the one named is still here, or it gets what a newcomer gets.
  state.recovered = which.after && *which.after <= from.last && *which.after + 1 >= from.kept.oldest() &&
                    (!from.kept.empty() || from.last == *which.after) &&
                    reply.records.size() + (from.last - *which.after) <= answer_ticks_max;
  from.kept.copy_last(state.recovered ? from.last - *which.after : history, reply.records);
  state.count = static_cast<std::uint32_t>(reply.records.size()) - state.first;
  return state;
}

void sequencer::close(const wire::request& asked) {
  if (asked.all) wanted_all_[index_of(asked.channel)] &= ~bit_of(asked.shard);
  for (const wire::wanted& which : asked.streams) {
    if (index_of(which.symbol) >= streams_.size()) continue;
    stream_of(which.symbol, asked.channel).wanted_by &= ~bit_of(asked.shard);
  }
}

bool sequencer::crowded() const {
  return std::any_of(outboxes_.begin(), outboxes_.end(),
                     [](const auto& out) { return out->lane->depth() > out->lane->capacity() / 2; });
}

}  // namespace tickcast::feed
