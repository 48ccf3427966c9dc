// What the clients of a schedule say and how they read; and what is held against them when they go.
#include <cstdio>
#include <iostream>

#include "schedule.hpp"

namespace tickcast {

std::string schedule::command(peer& p) {
  witness::asked a;
  a.id = std::to_string(++p.commands);
  a.channel = chance(60) ? wire::channel::trades : wire::channel::quotes;
  std::string text = "{\"id\":" + a.id + ",\"op\":";
  const auto add_symbols = [&](bool may_open) {
    text += ",\"symbols\":[";
    if (chance(15)) {
      a.all = true;
      text += "\"*\"";
    } else {
      const auto known = static_cast<std::int64_t>(symbols_.size());
      for (std::int64_t i = between(1, 3); i > 0; --i) {
        std::string s = name_of(between(0, known - 1));
        if (may_open && chance(20)) s = "O" + std::to_string(between(1, 3));
        text += '"' + s + (i > 1 ? "\"," : "\"");
        a.symbols.push_back(std::move(s));
      }
    }
    text += "],\"channel\":\"" + std::string{wire::name_of(a.channel)} + '"';
  };
  // From where the connection before had come, or from somewhere; only of what this one does not have yet.
  const auto add_resume = [&] {
    if (chance(40)) return;
    std::string numbers;
    std::vector<std::string> symbols = a.symbols;
    if (a.all)
      for (std::int64_t i = static_cast<std::int64_t>(symbols_.size()); i > 0; --i) symbols.push_back(name_of(i - 1));
    for (const std::string& s : symbols) {
      const auto before = p.remembered.find({a.channel, s});
      if (p.judge.watches({a.channel, s}) || a.resumed.contains(s) || (before == p.remembered.end() && chance(80))) continue;
      const auto last = static_cast<std::int64_t>(truth_.of(a.channel, s).size());
      const auto from = before != p.remembered.end() ? before->second : static_cast<wire::sequence>(between(0, last));
      const bool known = !s.starts_with("O") || truth_.of(a.channel, s).size() > 0;
      if (known) a.resumed[s] = from, numbers += (numbers.empty() ? "\"" : ",\"") + s + "\":" + std::to_string(from);
    }
    if (numbers.empty()) return;
    text += R"(,"resume":{"epoch":")" + (chance(90) ? epoch_ : "an old one") + R"(","n":{)" + numbers + "}}";
    if (a.how.mode == wire::delivery_mode::latest) p.judge.may_span = true;
  };
  if (chance(60)) {
    a.op = wire::operation::subscribe;
    text += "\"subscribe\"";
    add_symbols(p.at.scene.all.open_symbols);
    if (chance(50)) {
      a.how.mode = wire::delivery_mode::latest;
      a.how.interval_ms = one_of<std::uint32_t>({0, 5, 50, 137, 500, 1500});
      text += ",\"mode\":\"latest\",\"interval_ms\":" + std::to_string(a.how.interval_ms);
    } else {
      text += ",\"mode\":\"every\"";
    }
    using wire::slow_policy;
    a.how.on_slow = p.forgiving ? one_of({slow_policy::latest, slow_policy::gap})
                                : one_of({slow_policy::evict, slow_policy::latest, slow_policy::gap});
    static constexpr const char* names[] = {"evict", "latest", "gap"};
    text += std::string{",\"on_slow\":\""} + names[static_cast<int>(a.how.on_slow)] + '"';
    a.snapshot = chance(70);
    if (!a.snapshot) text += ",\"snapshot\":false";
    if (chance(30)) text += ",\"history\":" + std::to_string(between(1, 30));
    add_resume();
  } else if (chance(70)) {
    a.op = wire::operation::unsubscribe;
    text += "\"unsubscribe\"";
    add_symbols(false);
  } else {
    a.op = chance(50) ? wire::operation::ping : wire::operation::list;
    text += a.op == wire::operation::ping ? "\"ping\"" : "\"list\"";
  }
  p.judge.commanded(std::move(a));
  return text + '}';
}

void schedule::say(std::shared_ptr<peer>& p, int commands) {
  p->text = command(*p);
  if (commands > 1) {
    p->text = '[' + p->text;
    for (int i = 1; i < commands; ++i) p->text += ',' + command(*p);
    p->text += ']';
  }
  if (told_) std::cout << p.get() << " > " << p->text << '\n';
  p->audit.commanded(p->text);
  p->reading = p->talk->message(p->text, false);
  collect(p->at, p);
}

void schedule::socket_of(std::shared_ptr<peer>& p) {
  if (p->way.closed) return;
  if (std::exchange(p->way.reading_on, false)) {
    p->reading = p->talk->proceed();
    collect(p->at, p);
  }
  if (p->reading && p->judge.unanswered() < 10 && chance(15)) say(p, chance(70) ? 1 : static_cast<int>(between(2, 5)));
  if (p->way.stuck) {
    if (now() - p->stuck_since > 5'000'000'000) p->judge.may_span = true;
    if (chance(15)) p->way.take(chance(40) ? fanout::fake_transport::unlimited : static_cast<std::size_t>(between(1, 3000)));
  } else if (chance(8)) {
    p->way.stuck = true;
    p->stuck_since = now();
  } else if (chance(5)) {
    p->way.room = static_cast<std::size_t>(between(1, 2000));
    p->stuck_since = now();
  }
  collect(p->at, {});
}

void schedule::judge(peer& p) {
  p.judge.may_span |= disorder_;
  p.judge.may_lose = p.at.upstream.dropped_total() > 0;
  const auto binary = std::exchange(p.way.binary, {});
  const auto frames = std::exchange(p.way.frames, {});
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto text = p.script.read(frames[i], binary[i]);
    if (!text) {
      if (fault_.empty()) fault_ = p.script.fault();
      continue;
    }
    binary_ += binary[i];
    if (told_) std::cout << &p << (binary[i] ? " <# " : " < ") << *text << '\n';
    p.judge.see(*text);
    p.audit.see(*text, now() / 1000, frames[i].size());
    if (frames[i].size() > 16 * 1024 && text->find("},{") != text->npos && fault_.empty())
      fault_ = "a frame of " + std::to_string(frames[i].size()) + " bytes is more than one record";
  }
  if (fault_.empty()) fault_ = p.judge.fault;
  if (fault_.empty()) fault_ = p.audit.violation();
  if (fault_.empty() && p.way.overrun) fault_ = "sent while blocked";
}

void schedule::part(std::shared_ptr<peer>& p, totals& sum) {
  judge(*p);
  const witness& w = p->judge;
  sum.live += w.live, sum.merges += w.merges, sum.gaps += w.gaps, sum.snapshots += w.snapshots, sum.degraded += w.degraded;
  sum.resumed += w.resumed, sum.bars += w.bars, sum.spans += w.spans, sum.overflows += w.overflows;
  if (!p->way.closed) return;
  const fanout::limits& l = bounds_;
  if (p->way.code == wire::close_code::slow_consumer) {
    ++sum.evicted;
    std::size_t messages = 0, bytes = 0;
    double age = 0;
    const int read = std::sscanf(p->way.why.c_str(), "slow consumer: %zu messages, %zu bytes queued, the oldest for %lf s",
                                 &messages, &bytes, &age);
    const bool passed = bytes > l.backlog_bytes || age >= std::chrono::duration<double>(l.backlog_age).count() - 0.051;
    if (fault_.empty() && (read != 3 || !passed)) fault_ = "evicted within the bounds: " + p->way.why;
    if (fault_.empty() && p->forgiving) fault_ = "evicted though none of its streams says so: " + p->way.why;
  } else if (p->way.code == wire::close_code::stalled) {
    ++sum.stalled;
    if (fault_.empty() && now() - p->way.progress < fanout::in_ns(l.stall)) fault_ = "stalled too early: " + p->way.why;
  } else if (fault_.empty()) {
    fault_ = "closed: " + p->way.why;
  }
}

}  // namespace tickcast
