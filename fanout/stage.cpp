#include "fanout/stage.hpp"

#include <algorithm>
#include <memory>

#include "fanout/outbox.hpp"
#include "wire/answer.hpp"

namespace tickcast::fanout {

stage::stage(const service& what, wire::lane& lane, wire::inbox& inbox, std::uint32_t index,
             const clock& time)
    : all(what, time), streams(all, inbox, index), lane_(lane), records_(what.limits.turn_records) {
  all.topics = &streams;
}

std::size_t stage::turn(std::size_t records, std::int64_t now_ns) {
  const std::size_t taken = lane_.take({records_.data(), std::min(records, records_.size())});
  carry_out(taken);
  all.wheel.advance(now_ns);
  streams.send_ready(now_ns);
  flush_touched(all.turn, now_ns);
  streams.release();
  all.turn.forget();
  return taken;
}

void stage::carry_out(std::size_t taken) {
  for (std::size_t i = 0; i < taken; ++i) {
    const wire::record& r = records_[i];
    switch (r.kind()) {
      case wire::record_kind::note: notes_.gather(r.note); break;
      case wire::record_kind::answer: streams.answer(std::unique_ptr<wire::answer>{r.reply.block}); break;
      default:
        streams.publish(r.tick, notes_.bytes());
        if (!notes_.empty()) notes_.clear();
    }
  }
}

}  // namespace tickcast::fanout
