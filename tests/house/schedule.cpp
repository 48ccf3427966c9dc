#include "schedule.hpp"

namespace tickcast {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::string text_of(const witness::states& states) {
  std::string all;
  for (const witness::state& s : states)
    all += " " + s.symbol + ":" + std::to_string(s.last) + (s.recovered ? "+" : "-") + std::to_string(s.ticks);
  return all;
}

}  // namespace

schedule::schedule(std::uint64_t seed, bool told)
    : random_(seed), told_(told), frugal_(chance(50)), disorder_(chance(20)), truth_(frugal_ ? 8 : 4096) {
  fanout::limits& l = bounds_;
  l.commands_per_s = l.burst = 1e9;
  l.ping = l.pong = l.idle = 1h;
  l.heartbeat = milliseconds{between(20, 500)};
  l.backlog_bytes = static_cast<std::size_t>(one_of({6000, 12'000, 40'000, 1'048'576}));
  l.backlog_age = milliseconds{one_of({60, 300, 1000, 10'000})};
  l.stall = milliseconds{one_of({100, 1000, 10'000})};
  const bool open_symbols = chance(30);
  const auto lane_capacity = static_cast<std::size_t>(one_of({8, 30, 100, 4096}));
  std::vector<wire::lane*> lanes;
  for (std::uint32_t i = 0; i < 2; ++i) {
    floors_.push_back(std::make_unique<floor>(
        fanout::service{bounds_, symbols_, epoch_, version_, origins_, open_symbols}, lane_capacity, i, now_ns_));
    lanes.push_back(&floors_.back()->upstream);
  }
  sequencer_ = std::make_unique<feed::sequencer>(symbols_, inbox_, lanes, frugal_ ? 0 : feed::history_bytes_default);
  for (std::int64_t i = between(1, 4); i > 0; --i) sequencer_->resolve("S" + std::to_string(i));
  for (std::int64_t i = between(1, 5); i > 0; --i) peers_.push_back(arrive());
}

void schedule::pass_ns(std::int64_t ns) {
  now_ns_ += ns;
  for (auto& f : floors_) f->scene.all.clock.set(now_ns_);
}

// ---- the market ----

void schedule::trade(wire::symbol_id s, wire::tick t, const std::string& id) {
  feed::event e;
  t.symbol = s;
  t.venue_ns = (now_ns_ - (disorder_ && chance(10) ? between(0, 3'000'000'000) : 0)) / 1000 * 1000;
  t.arrived_ns = now_ns_;
  e.tick = t;
  e.stamped = true;
  if (!id.empty()) e.notes.add(wire::note_tag::id, id);
  if (sequencer_->publish(e, {now_ns_, now_ns_}) != feed::verdict::taken) fault_ = "a tick was refused";
  truth_.add(symbols_.name(s), {t, id, 1 + (id.empty() ? 0 : (id.size() + 2 + wire::note_bytes - 1) / wire::note_bytes)});
}

void schedule::trade_some() {
  if (chance(2)) sequencer_->resolve("N" + std::to_string(++newcomers_));
  std::int64_t count = chance(10) ? between(10, 80) : between(0, 6);
  for (; count > 0; --count) {
    const wire::symbol_id s{static_cast<std::uint32_t>(between(0, static_cast<std::int64_t>(symbols_.size()) - 1))};
    price_ = std::max<std::int64_t>(1, price_ + between(-9, 9));
    wire::tick t{};
    if (chance(40)) {
      t.kind = wire::record_kind::quote;
      t.price_exponent = -2;
      t.quote = {price_, 3, price_ + between(0, 3), 5};
      trade(s, t, {});
    } else {
      t.kind = wire::record_kind::trade;
      t.price_exponent = static_cast<std::int8_t>(one_of({-2, -2, -4, 0}));
      t.size_exponent = static_cast<std::int8_t>(one_of({0, 0, -3}));
      t.trade = {price_, disorder_ && chance(3) ? 4'000'000'000'000'000'000 : between(0, 500), {}, 0};
      trade(s, t, chance(10) ? "id" + std::to_string(price_) : "");
    }
  }
}

// ---- between the sequencer and the shards ----

// What is in the shard's inbox now was asked for by `from` (closes by nobody in particular).
void schedule::collect(floor& f, const std::shared_ptr<peer>& from) {
  while (auto r = f.asked.next()) f.requests.emplace_back(std::move(r), from);
}

// Hands one request on, and writes down what the answer will have to say.
void schedule::forward(floor& f) {
  auto [r, from] = std::move(f.requests.front());
  f.requests.pop_front();
  if (r->kind == wire::request_kind::open) {
    witness::states expected;
    const auto expect = [&](const std::string& name, std::optional<wire::sequence> after) {
      const wire::sequence last = truth_.of(r->channel, name).size(), oldest = truth_.oldest(r->channel, name);
      const bool recovered = after && *after <= last && *after + 1 >= oldest && (last > 0 || *after == 0);
      const wire::sequence ticks = recovered ? last - *after : std::min<wire::sequence>(after ? std::max(1u, r->history) : r->history, last + 1 - oldest);
      expected.push_back({name, last, recovered, static_cast<std::size_t>(ticks)});
    };
    for (std::uint32_t i = 0; r->all && i < symbols_.size(); ++i) {
      const auto named = std::find_if(r->streams.begin(), r->streams.end(), [i](const auto& w) { return wire::index_of(w.symbol) == i; });
      expect(name_of(i), named == r->streams.end() ? std::nullopt : named->after);
    }
    if (!r->all)
      for (const wire::wanted& w : r->streams) expect(w.name.empty() ? name_of(wire::index_of(w.symbol)) : w.name, w.after);
    f.answers[r->number] = {from, std::move(expected)};
  }
  inbox_.ask(std::move(r));
}

void schedule::serve_some(int percent) {
  // Several may be served in one turn of the sequencer; a symbol that one of them opens is known to the next.
  for (auto& f : floors_)
    while (!f->requests.empty() && chance(percent)) {
      const auto& streams = f->requests.front().first->streams;
      const bool opens = std::any_of(streams.begin(), streams.end(), [](const wire::wanted& w) { return !w.name.empty(); });
      forward(*f);
      if (opens || chance(50)) sequencer_->serve_inbox();
    }
  sequencer_->serve_inbox();
}

void schedule::pump(floor& f) {
  wire::record r;
  for (std::int64_t count = chance(90) ? 1 << 20 : between(0, 20); count > 0 && f.upstream.take({&r, 1}) > 0; --count) {
    if (r.kind() == wire::record_kind::answer && r.reply.block->number != wire::no_ticket) {
      auto& [from, expected] = f.answers[r.reply.block->number];
      witness::states said;
      for (const wire::stream_state& s : r.reply.block->streams) {
        std::size_t ticks = 0;
        s.ticks.each([&](const wire::tick&, std::string_view) { ++ticks; });
        said.push_back({std::string{symbols_.name(s.symbol)}, s.last, s.recovered, ticks});
      }
      if (said != expected && fault_.empty())
        fault_ = "the sequencer answers" + text_of(said) + " where it should answer" + text_of(expected);
      if (const auto p = from.lock()) p->judge.answered(std::move(said));
      f.answers.erase(r.reply.block->number);
    }
    f.lane.put({&r, 1});
  }
}

void schedule::turn(floor& f) {
  // Fewer turns than seconds: more edges than intervals.
  if (now() - f.turned_ns > 950'000'000)
    for (auto& p : peers_)
      if (&p->at == &f) p->judge.may_span = true;
  f.turned_ns = now();
  while (f.scene.turn(chance(80) ? ~std::size_t{0} : static_cast<std::size_t>(between(0, 20)), now()) > 0 && chance(90)) {
  }
}

// ---- the schedule ----

void schedule::step() {
  if (chance(80)) trade_some();
  if (chance(80)) sequencer_->commit();
  serve_some(60);
  for (auto& p : peers_) socket_of(p);
  for (auto& f : floors_) {
    if (f->standing > 0 && --f->standing > 0) continue;
    if (chance(3)) f->standing = static_cast<int>(between(5, 40));
    if (chance(85)) pump(*f), turn(*f);
    collect(*f, {});
  }
  pass_ns(one_of({0, 0, 1, 3, 10, 40, 300}) * between(0, 1'000'000) + (chance(2) ? 700'000'000 : 0));
}

void schedule::end(totals& sum) {
  const auto come_to_rest = [&](int rounds) {
    for (; rounds > 0; --rounds) {
      sequencer_->commit();
      serve_some(100);
      for (auto& f : floors_) pump(*f), turn(*f), collect(*f, {});
      for (auto& p : peers_)
        if (!p->way.closed && std::exchange(p->way.reading_on, false)) {
          p->reading = p->talk->proceed();
          collect(p->at, p);
        }
    }
  };
  for (auto& p : peers_)
    if (!p->way.closed) p->way.take();
  come_to_rest(40);
  for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
    wire::tick t{};
    t.kind = wire::record_kind::trade;
    t.price_exponent = -2;
    t.trade = {price_, 1, {}, 0};
    trade(wire::symbol_id{i}, t, {});
    t.kind = wire::record_kind::quote;
    t.quote = {price_, 3, price_ + 1, 5};
    trade(wire::symbol_id{i}, t, {});
  }
  for (int i = 0; i < 100; ++i) {  // long enough for the longest interval with the most stretches
    come_to_rest(3);
    pass_ns(450'000'000);
  }
  come_to_rest(20);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < symbols_.size(); ++i) names.push_back(name_of(static_cast<std::int64_t>(i)));
  for (auto& p : peers_) {
    judge(*p);
    if (!p->way.closed) p->judge.finish(names), p->audit.finish();
    part(p, sum);
  }
  for (const auto& f : floors_)
    for (wire::channel c : wire::all_channels)
      sum.recovered += static_cast<std::size_t>(f->scene.all.tally.recovered[wire::index_of(c)].read());
}

std::string schedule::run(totals& sum) {
  for (std::int64_t steps = between(20, 150); steps > 0 && fault_.empty(); --steps) {
    step();
    for (auto& p : peers_) {
      judge(*p);
      const bool leaves = chance(1);
      if (!leaves && !(p->way.closed && chance(30))) continue;
      sum.left += leaves;
      part(p, sum);
      p->talk->closing();
      collect(p->at, {});
      auto remembered = p->judge.heard();
      p = arrive();
      p->remembered = std::move(remembered);
    }
  }
  if (fault_.empty()) end(sum);
  sum.binary += binary_;
  peers_.clear();
  return fault_;
}

}  // namespace tickcast
