// The sequencer's part in views of the trades: bars and statistics are not kept as ticks are, since what they are can be had
// from the bars at any time.
#include "feed/sequencer.hpp"

#include <algorithm>

namespace tickcast::feed {
namespace {

constexpr std::size_t bar_records = 2;  // a bar and its note
constexpr std::size_t alone_max = 64;   // from so many bars on, answers share a copy

}  // namespace

void sequencer::told(const wire::tick& t, const wire::notes& notes) {
  pass_on(stream_of(t.symbol, wire::channel_of(t.kind)), t, notes);
}

bool sequencer::take_back(const wire::bar& b, const arrival& at) { return candles_.take_back(b, at); }

void sequencer::close_due(std::int64_t mono_ns) {
  candles_.close_due(mono_ns);
  commit();
}

// A copy of what was asked for, long ones one for all who ask in one turn.
wire::excerpt sequencer::newest_bars(wire::symbol_id symbol, std::size_t bars, reply& to) {
  const wire::channel channel = to.answer->channel;
  const auto copy = [&](const std::shared_ptr<lent>& made) {
    const std::size_t first = made->ticks.size();
    candles_.copy_last(symbol, channel, bars, made->ticks);
    made->count();
    return wire::excerpt{{made, &made->ticks}, first, made->ticks.size() - first};
  };
  wire::excerpt taken;
  if (bars < alone_max) {
    taken = copy(to.own);
  } else {
    common& all = shared_[index_of(channel)][index_of(symbol)];
    if (all.ticks < bars) {
      all.ticks = bars;
      all.copy = copy(std::make_shared<lent>(lent_));
    }
    taken = all.copy.newest(std::min(bars, all.copy.records() / bar_records));
  }
  to.records += taken.records();
  return taken;
}

// There is nothing to go on from: the state is all there is to know.
void sequencer::open_view(wire::stream_state& state, const stream& from, std::size_t bars, reply& to) {
  watch(state.symbol, to.answer->channel, from, !to.wild);
  state.last = candles_.last(state.symbol, to.answer->channel);
  state.ticks = newest_bars(state.symbol, bars, to);
}

void sequencer::watch(wire::symbol_id symbol, wire::channel channel, const stream& of, bool named) {
  candles_.watch(symbol, channel, of.wanted_by != 0, named);
}

}  // namespace tickcast::feed
