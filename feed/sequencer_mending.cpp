// The sequencer's part that gives shards later what their full lanes had no room for: what was missed is noted stream by
// stream, and told from what is still kept, when there is room again or somebody asks.
#include "feed/sequencer.hpp"

#include <algorithm>
#include <bit>

namespace tickcast::feed {
namespace {

std::uint64_t bit_of(std::size_t shard) { return std::uint64_t{1} << shard; }

}  // namespace

void sequencer::tear(std::size_t shard, const wire::tick& missed) {
  const wire::channel channel = wire::channel_of(missed.kind);
  stream& of = stream_of(missed.symbol, channel);
  auto& torn = outboxes_[shard]->torn(channel);
  const bool revised = wire::is_bars(channel) && missed.state == wire::bar_state::revised;
  const std::int64_t start_ns = !wire::is_bars(channel) ? 0
                                : revised               ? candles_.open_from(missed.symbol, channel)
                                                        : missed.venue_ns;
  if (!(of.torn_by & bit_of(shard))) {
    of.torn_by |= bit_of(shard);
    torn_ |= bit_of(shard);
    torn.push_back({missed.symbol, missed.n, start_ns});
  } else if (wire::is_bars(channel) && !revised) {
    // Behind a revised bar that was missed, in the same batch: the end of one that was open then.
    const auto known = std::find_if(torn.rbegin(), torn.rend(), [&](const torn_stream& t) { return t.symbol == missed.symbol; });
    known->start_ns = std::min(known->start_ns, start_ns);
  }
}

void sequencer::mend() {
  for (std::uint64_t left = torn_; left; left &= left - 1) {
    const auto shard = static_cast<std::size_t>(std::countr_zero(left));
    if (outboxes_[shard]->behind()) continue;
    for (wire::channel channel : wire::all_channels) mend(shard, channel, mend_ticks_max);
  }
  unshare();
}

void sequencer::mend(std::size_t shard, wire::channel channel, std::size_t records_max) {
  dispatch& way = *outboxes_[shard];
  auto& torn = way.torn(channel);
  reply to{channel, lent_};
  for (; !torn.empty() && to.records < records_max; torn.pop_front()) {
    stream& from = stream_of(torn.front().symbol, channel);
    if (!(from.torn_by & bit_of(shard))) continue;  // closed in the meantime
    from.torn_by &= ~bit_of(shard);
    wire::stream_state& state = to.answer->streams.emplace_back();
    state.symbol = torn.front().symbol;
    if (wire::is_view(channel)) {
      mend_view(torn.front(), state, to);
      continue;
    }
    state.last = from.last;
    if (channel == wire::channel::book && (from.kept.empty() || from.kept.oldest() > torn.front().first)) {
      state.book = book_of(state.symbol).copy(state.last);
      to.records += state.book->levels.bytes() / sizeof(wire::record);
    } else {
      state.ticks = newest(state.symbol, from, from.last + 1 - torn.front().first, to);
    }
  }
  to.own->count();
  if (!to.answer->streams.empty()) way.put(std::move(to.answer));
  const bool whole = std::all_of(wire::all_channels.begin(), wire::all_channels.end(),
                                 [&way](wire::channel c) { return way.torn(c).empty(); });
  if (whole) torn_ &= ~bit_of(shard);
}

// Whether what is asked for includes a stream that is torn: its part of the answer must not come before what it misses.
bool sequencer::torn(const wire::request& asked) const {
  if (!(torn_ & bit_of(asked.shard))) return false;
  if (asked.all) return true;
  return std::any_of(asked.streams.begin(), asked.streams.end(), [&](const wire::wanted& which) {
    const auto symbol = which.name.empty() ? std::optional{which.symbol} : directory_.find(which.name);
    const auto& streams = streams_[index_of(asked.channel)];
    return symbol && index_of(*symbol) < streams.size() && streams[index_of(*symbol)].torn_by & bit_of(asked.shard);
  });
}

// What ended in the meantime, and the state as it is.
void sequencer::mend_view(const torn_stream& torn, wire::stream_state& state, reply& to) {
  const std::size_t first = to.own->ticks.size();
  state.last = candles_.last(torn.symbol, to.answer->channel);
  state.lost = candles_.copy_missed(torn.symbol, to.answer->channel, torn.start_ns, torn.first, to.own->ticks);
  state.ticks = {{to.own, &to.own->ticks}, first, to.own->ticks.size() - first};
  to.records += state.ticks.records();
}

}  // namespace tickcast::feed
