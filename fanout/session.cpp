#include "fanout/session.hpp"

#include <spdlog/spdlog.h>

#include "wire/message.hpp"

namespace tickcast::fanout {
namespace {

// What a client took for a symbol, as it wrote it, cut to something an answer can hold.
std::string shown_name(std::string_view name) {
  std::size_t end = std::min<std::size_t>(name.size(), 2 * wire::symbol_max);
  while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return std::string{name.substr(0, end)};
}

// How long a client may take for one answer of the past, in ages that a live message may reach: a large one over a slow
// line is minutes, and for ever is too long.
constexpr std::int64_t answer_ages = 60;

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

}  // namespace

session::session(commons& all, transport& carrier, wire::encoding as)
    : all_(all), carrier_(carrier), outbox_(subscribed_, as),
      commands_(all.limits.commands_per_s, all.limits.burst, all.clock.mono_ns()), opened_ns_(all.clock.mono_ns()), heard_ns_(opened_ns_) {
  outbox_.attach(*this, carrier.lines());
}

session::~session() { closing(); }

void session::opened() {
  const limits& l = all_.limits;
  wire::add_welcome(outbox_.control(),
                    {all_.version, fmt::format("{:016x}", all_.dice()), all_.epoch, all_.clock.unix_us(),
                     std::chrono::duration<double>(l.ping).count(), l.symbols_per_session, l.commands_per_s, l.burst, l.frame_bytes});
  said();
}

// ---- commands ----

bool session::message(std::string_view text, bool binary) {
  if (over_) return false;
  if (binary) {
    end(wire::close_code::unsupported, "binary frames are not understood; send JSON as text");
    return false;
  }
  wire::json_value value;
  if (!wire::json_parse(text, value)) {
    run_garbage();
  } else if (value.is(wire::json_kind::array)) {
    walk_.emplace(value.raw);
    return proceed();
  } else {
    run(value);
  }
  return reading();
}

bool session::proceed() {
  while (walk_ && reading()) {
    if (walk_->next()) {
      run(walk_->value());
    } else {
      walk_.reset();
    }
  }
  return reading();
}

bool session::allowed(std::string_view id, wire::operation op) {
  commanded_ = true;
  if (commands_.take(all_.clock.mono_ns())) {
    strikes_ = 0;
    return true;
  }
  const limits& l = all_.limits;
  refuse({id, wire::error_code::rate_limited,
          fmt::format("more than {} commands a second (burst {}); slow down, this one was not carried out",
                      l.commands_per_s, l.burst),
          op});
  if (++strikes_ >= l.rate_strikes)
    end(wire::close_code::too_many_commands,
        fmt::format("{} commands in a row beyond {} a second", strikes_, l.commands_per_s));
  return false;
}

// Not JSON at all: it costs a command nevertheless.
void session::run_garbage() {
  if (allowed({}, wire::operation::unknown))
    refuse({{}, wire::error_code::bad_json, "the frame is not valid JSON; send one object, or an array of them",
            wire::operation::unknown});
}

void session::run(const wire::json_value& value) {
  const auto read = wire::read_command(value);
  if (const auto* error = std::get_if<wire::command_error>(&read)) {
    if (allowed(error->id, error->op)) refuse(*error);
  } else {
    const auto& c = std::get<wire::command>(read);
    if (allowed(c.id, c.op)) carry_out(c);
  }
}

void session::refuse(const wire::command_error& e) {
  all_.tally.commands_failed[static_cast<std::size_t>(e.op)].add();
  wire::add_error(outbox_.control(), e);
  said();
}

// What was said before still goes out, as far as the socket takes it.
void session::end(wire::close_code code, std::string_view reason) {
  if (over_) return;
  outbox_.flush(carrier_, all_, all_.clock.mono_ns());
  spdlog::info("closed {} ({}): {} {}", carrier_.client().address, carrier_.client().user_agent, static_cast<int>(code), reason);
  over_ = true;
  carrier_.close(code, reason);
}

void session::carry_out(const wire::command& c) {
  switch (c.op) {
    case wire::operation::subscribe: return subscribe(c);
    case wire::operation::unsubscribe: return unsubscribe(c);
    case wire::operation::list: list(c); break;
    case wire::operation::ping: wire::add_pong(outbox_.control(), c.id, all_.clock.unix_us()), said(); break;
    case wire::operation::echo: wire::add_echo(outbox_.control(), c.id, c.data), said(); break;
    default:
      return refuse({c.id, wire::error_code::bad_command, "this server needs no token; go on without auth", c.op});
  }
  all_.tally.commands_ok[static_cast<std::size_t>(c.op)].add();
}

void session::subscribe(const wire::command& c) {
  subscribing w;
  w.id = c.id;
  w.channel = c.channel;
  w.how = c.delivery;
  w.snapshot = c.snapshot && c.history > 0;
  w.all = c.all;
  const bool past = c.channel == wire::channel::trades || wire::is_bars(c.channel);  // of others the state is all there is
  const std::uint32_t history = c.snapshot ? std::min(c.history, past ? c.history : 1) : 0;
  std::unordered_map<std::string_view, wire::sequence> after;
  const bool same_epoch = c.resume_epoch == all_.epoch;
  for (const auto& [name, n] : c.resume_from) after.emplace(name, same_epoch ? n : wire::of_another_epoch);
  std::vector<wire::wanted> streams;
  std::unordered_set<std::string_view> seen;
  std::size_t added = 0;
  for (std::string_view name : c.symbols) {
    if (!seen.insert(name).second) continue;
    const auto id = wire::is_symbol(name) ? all_.topics->find(name) : std::nullopt;
    if (id) {
      const auto from = after.find(name);
      streams.push_back({*id, {}, from == after.end() ? std::nullopt : std::optional{from->second}});
      w.asked.emplace_back(name);
      added += !subscribed_.contains(key_of(c.channel, *id));
    } else if (all_.open_symbols && wire::is_symbol(name)) {
      streams.push_back({{}, std::string{name}, {}});
      w.asked.emplace_back(name);
      ++added;
    } else {
      w.failed.push_back(shown_name(name));
    }
  }
  // `*` covers all there are, so naming some of them adds nothing to it.
  const share* const mine = shares_.find(c.channel);
  const std::size_t before = mine ? mine->streams : 0;
  if (!(mine && mine->all) && added && before + added > all_.limits.symbols_per_session)
    return refuse({c.id, wire::error_code::too_many_symbols,
                   fmt::format("{} symbols here and {} more would be over the limit of {} a channel; unsubscribe from "
                               "some first, or take [\"*\"]",
                               before, added, all_.limits.symbols_per_session),
                   c.op});
  if (streams.empty() && !c.all)
    return refuse({c.id, wire::error_code::unknown_symbol,
                   "none of the symbols is known; subscribe to [\"*\"] to see which there are", c.op});
  for (const auto& [name, n] : after)
    if (const auto id = all_.topics->find(name)) {
      w.resumed.insert(wire::index_of(*id));
      if (c.all) streams.push_back({*id, {}, n});  // the rest of `*` begins anew
    }
  waiting_ = std::make_unique<subscribing>(std::move(w));
  waiting_->number = all_.topics->ask(*this, c.channel, std::move(streams), history, c.all);
}

void session::unsubscribe(const wire::command& c) {
  std::vector<wire::symbol_id> gone;
  if (c.every_period) {
    for (wire::period p : wire::all_periods) take_back(wire::bars_of(p), c, gone);
    std::sort(gone.begin(), gone.end());
    gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
  } else {
    take_back(c.channel, c, gone);
  }
  if (!c.all && gone.empty())
    return refuse({c.id, wire::error_code::unknown_symbol,
                   "none of these symbols is subscribed on this channel; send list to see what is", c.op});
  wire::text& to = outbox_.control();
  wire::open_answer(to, "unsubscribed", c.id);
  to.add(',');
  if (c.every_period) {
    to.add(R"("channel":"bars")");
  } else {
    wire::add_channel(to, c.channel);
  }
  to.add(R"(,"symbols":[)");
  wire::comma between;
  for (wire::symbol_id s : gone) {
    between.put(to);
    to.add_quoted(all_.symbols.name(s));
  }
  to.add("]}");
  said();
  all_.topics->release();
  if (!outbox_.waiting().empty())
    outbox_.unsubscribed([&](wire::channel of, wire::symbol_id s) {
      return wire::name_of(of) == wire::name_of(c.channel) && !subscribed_.contains(key_of(of, s));
    });
  all_.tally.commands_ok[static_cast<std::size_t>(c.op)].add();
}

// The streams of one channel that the command names go; their symbols are added to `gone`.
void session::take_back(wire::channel from, const wire::command& c, std::vector<wire::symbol_id>& gone) {
  share& of = shares_[from];
  const auto leave = [&](wire::symbol_id s) {
    const auto mine = subscribed_.find(key_of(from, s));
    if (mine == subscribed_.end()) return;  // never asked for, or named twice
    all_.topics->leave(outbox_, mine->second);
    subscribed_.erase(mine);
    --of.streams;
    gone.push_back(s);
    if (!of.all || c.all) return;
    if (!of.left_out) of.left_out = std::make_unique<std::unordered_set<std::uint32_t>>();
    of.left_out->insert(wire::index_of(s));
  };
  if (!c.all) {
    for (std::string_view name : c.symbols)
      if (const auto id = all_.topics->find(name)) leave(*id);
    return;
  }
  std::vector<wire::symbol_id> all;
  for (const auto& [key, s] : subscribed_)
    if (channel_of(key) == from) all.push_back(symbol_of(key));
  std::sort(all.begin(), all.end());
  for (wire::symbol_id s : all) leave(s);
  of.all.reset();
  of.left_out.reset();
  all_.topics->leave_all(*this, from);
}

void session::list(const wire::command& c) {
  add_subscriptions(outbox_.control(), c.id, all_.symbols, subscribed_, shares_);
  said();
}

// ---- liveness ----

void session::heard(bool pong) {
  heard_ns_ = all_.clock.mono_ns();
  if (pong) pinged_ns_ = 0;
}

void session::heartbeat() {
  if (subscribed_.empty()) return;
  heartbeat_from_ = add_heartbeat(outbox_.control(), all_, subscribed_, heartbeat_from_);
  said();
}

void session::tend(std::int64_t now_ns) {
  if (over_) return;
  const limits& l = all_.limits;
  if (carrier_.blocked() && now_ns - carrier_.progress_ns() >= in_ns(l.stall)) return evict(eviction::stalled, now_ns);
  // A queue grows old also while nothing new comes.
  if (outbox_.press(all_, now_ns) == verdict::evict)
    return evict(outbox_.overdue(l, now_ns).value_or(eviction::backlog_age), now_ns);
  if (holding_ && now_ns - held_ns_ >= answer_ages * in_ns(l.backlog_age)) return evict(eviction::backlog_age, now_ns);
  if (!commanded_ && now_ns - opened_ns_ >= in_ns(l.idle))
    return end(wire::close_code::idle, fmt::format("no command within {:g} s of opening", seconds(in_ns(l.idle))));
  if (pinged_ns_ && !holding_ && now_ns - pinged_ns_ >= in_ns(l.pong))
    return end(wire::close_code::no_pong, fmt::format("no pong for {:g} s", seconds(in_ns(l.pong))));
  if (!pinged_ns_ && !holding_ && now_ns - heard_ns_ >= in_ns(l.ping)) {
    pinged_ns_ = now_ns;
    carrier_.ping();
  }
  if (outbox_.idle() && now_ns - outbox_.sent_ns() >= in_ns(l.heartbeat)) {
    outbox_.rest();
    heartbeat();
  }
}

std::int64_t session::next_ns(std::int64_t now_ns) const {
  const limits& l = all_.limits;
  std::int64_t next = now_ns + 1'000'000'000;  // pressure may begin at any time; its deadlines are then found soon
  const auto by = [&](std::int64_t at) { next = std::min(next, at); };
  by(pinged_ns_ ? pinged_ns_ + in_ns(l.pong) : heard_ns_ + in_ns(l.ping));
  if (!commanded_) by(opened_ns_ + in_ns(l.idle));
  if (!subscribed_.empty()) by(outbox_.sent_ns() + in_ns(l.heartbeat));
  by(now_ns + in_ns(std::min(l.stall, l.backlog_age)) / 4);
  return std::max(next, now_ns + 10'000'000);
}

// ---- pressure ----

void session::flush(std::int64_t now_ns) {
  if (over_) return outbox_.clear(all_);
  if (outbox_.flush(carrier_, all_, now_ns) == verdict::evict)
    evict(outbox_.overdue(all_.limits, now_ns).value_or(eviction::backlog_bytes), now_ns);
  go_on_if_taken();
}

void session::writable() { flush(all_.clock.mono_ns()); }

void session::evict(eviction why, std::int64_t now_ns) {
  if (over_) return;
  const backlog& queue = outbox_.waiting();
  const double age = queue.oldest_ns() ? seconds(now_ns - queue.oldest_ns()) : 0;
  const double still = seconds(std::max<std::int64_t>(0, now_ns - carrier_.progress_ns()));  // it may have moved in this turn
  const std::string figures = fmt::format("{} messages, {} bytes queued, the oldest for {:.1f} s", queue.messages(),
                                          outbox_.queued_bytes() + queue.asked_bytes(), age);
  all_.tally.evictions[static_cast<std::size_t>(why)].add();
  spdlog::warn("evicted {} ({}): {}; {}; its socket took nothing for {:.1f} s", carrier_.client().address,
               carrier_.client().user_agent, eviction_names[static_cast<std::size_t>(why)], figures, still);
  over_ = true;
  if (why == eviction::stalled) {
    carrier_.close(wire::close_code::stalled, fmt::format("the socket took no byte for {:.1f} s", still));
  } else {
    carrier_.close(wire::close_code::slow_consumer, "slow consumer: " + figures);
  }
}

void session::drain(std::int64_t retry_ms) {
  if (over_) return;
  wire::add_bye(outbox_.control(), retry_ms);
  said();
  flush(all_.clock.mono_ns());
}

void session::closing() {
  over_ = true;
  if (waiting_) all_.topics->abandon(waiting_->number);
  waiting_.reset();
  walk_.reset();
  for (wire::channel c : wire::all_channels) all_.topics->leave_all(*this, c);
  for (auto& [key, s] : subscribed_) all_.topics->leave(outbox_, s);
  subscribed_.clear();
  shares_.clear();
  all_.topics->release();
  outbox_.clear(all_);
}

}  // namespace tickcast::fanout
