// The auditor's part that reads heartbeats: they are judged when all of their frame has been read.
#include "wire/auditor.hpp"
#include "wire/json_member.hpp"

namespace tickcast::wire {

bool auditor::heartbeat(std::string_view text) {
  ++counted_.heartbeats;
  std::int64_t t = 0;
  if (!json_integer(json_member(text, "t"), t)) return wrong("heartbeat: its \"t\" is no whole number of microseconds");
  json_walk channels{json_member(text, "n").raw};
  while (channels.next()) {
    const auto c = channel_named(channels.key());
    if (!c) continue;
    json_walk numbers{channels.value().raw};
    while (numbers.next()) {
      const std::string name = std::string{name_of(*c)} + " " + std::string{numbers.key()};
      sequence n = 0;
      if (!json_count(numbers.value(), n)) return wrong("heartbeat: the number of " + name + " is none");
      bool found = false;
      std::string fault;
      if (is_bars(*c)) {
        for (period p : all_periods) beats(bars_of(p), numbers.key(), n, t, found, fault);
      } else {
        beats(*c, numbers.key(), n, t, found, fault);
      }
      if (!found) return wrong("heartbeat: " + name + " is not subscribed");
      if (!fault.empty()) return wrong(fault + " of " + name);
    }
  }
  return true;
}

void auditor::beats(channel c, std::string_view symbol, sequence n, std::int64_t t, bool& known, std::string& fault) {
  stream* const of = find(c, symbol);
  if (!of) return;
  known = true;
  if (!of->view) fault = of->cover.heartbeat(n, t);
  beats_.push_back({std::string{label_of(c)}.append(1, ' ').append(symbol), of, n});
}

bool auditor::beats_over() {
  for (const beat& b : beats_) {
    const std::string fault = b.of->view ? b.of->view->heartbeat_over(b.n) : b.of->cover.heartbeat_over();
    if (!fault.empty()) return wrong(fault + " of " + b.name);
  }
  return true;
}

}  // namespace tickcast::wire
