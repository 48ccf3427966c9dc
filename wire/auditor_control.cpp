// The auditor's half that reads control messages: what they say is held against the commands, and becomes what the
// streams are owed from here on.
#include <charconv>

#include "wire/auditor.hpp"
#include "wire/json_member.hpp"

namespace tickcast::wire {
namespace {

using first = acknowledged::first;

double number_of(const json_value& value, double otherwise) {
  double out = otherwise;
  if (value.is(json_kind::number)) std::from_chars(value.raw.data(), value.raw.data() + value.raw.size(), out);
  return out;
}

// The channel that a message names, of bars by its period.
std::optional<channel> channel_in(std::string_view text) {
  const auto period = period_named(json_member(text, "period").plain());
  return channel_named(json_member(text, "channel").plain(), period.value_or(period_default));
}

// Each item of a list, until `visit` says that it is enough. False: it is none.
template <class Visit>
bool each_item(const json_value& list, Visit visit) {
  if (!list.is(json_kind::array)) return false;
  json_walk walk{list.raw};
  while (walk.next())
    if (!visit(walk.value())) return true;
  return walk.ok();
}

}  // namespace

// ---- what the client says ----

void auditor::commanded(std::string_view frame) {
  commanding_ = true;
  const auto take = [&](const json_value& value) {
    asked& a = asked_.emplace_back();
    const auto read = read_command(value);
    if (const auto* error = std::get_if<command_error>(&read)) {
      a.sound = false;
      a.id = error->id;
      a.op = error->op;
      return true;
    }
    const auto& c = std::get<command>(read);
    a.op = c.op;
    a.id = c.id;
    a.channel = c.channel;
    a.every_period = c.every_period;
    a.all = c.all;
    a.delivery = c.delivery;
    a.begins = !c.snapshot ? first::live : c.history == 0 ? first::perhaps : first::snapshot;
    a.symbols.insert(c.symbols.begin(), c.symbols.end());
    a.epoch = c.resume_epoch;
    for (const auto& [name, n] : c.resume_from) a.resumed.emplace(name, n);
    return true;
  };
  json_value value;
  if (!json_parse(frame, value)) {
    asked_.emplace_back().sound = false;
  } else if (!value.is(json_kind::array)) {
    take(value);
  } else {
    each_item(value, take);
  }
}

// ---- what the server says ----

bool auditor::control(std::string_view kind, std::string_view text, bool& known) {
  if (kind == "welcome") return welcomed(text);
  if (kind == "heartbeat") return heartbeat(text);
  if (kind == "rate") return rate(text);
  if (kind == "symbol") return named(text);
  if (kind == "bye") return bye_ = true;
  for (std::string_view answer :
       {"subscribed", "unsubscribed", "subscriptions", "authenticated", "pong", "echo", "error"})
    if (kind == answer) return answered(kind, text);
  known = false;
  return true;
}

bool auditor::welcomed(std::string_view text) {
  if (welcome_) return wrong("welcome: a second one");
  if (std::int64_t v = 0; !json_integer(json_member(text, "v"), v) || v != 1) return wrong("welcome: its \"v\" is not 1");
  terms_of_session terms;
  terms.epoch = json_text(text, "epoch");
  if (terms.epoch.empty()) return wrong("welcome: it names no epoch");
  const bool listed = each_item(json_member(text, "channels"), [&](const json_value& name) {
    terms.channels.emplace_back(name.plain());
    return true;
  });
  if (!listed) return wrong("welcome: it lists no channels");
  if (const json_value limits = json_member(text, "limits"); limits.is(json_kind::object)) {
    sequence symbols = 0;
    if (json_count(json_member(limits.raw, "symbols"), symbols)) terms.symbols = symbols;
    if (terms.symbols == 0) return wrong("welcome: its limits allow no symbol");
    terms.commands_per_s = number_of(json_member(limits.raw, "commands_per_s"), terms.commands_per_s);
    terms.burst = number_of(json_member(limits.raw, "burst"), terms.burst);
  }
  welcome_ = std::move(terms);
  return true;
}

bool auditor::answered(std::string_view kind, std::string_view text) {
  ++counted_.answers;
  std::optional<asked> by;
  if (commanding_) {
    if (asked_.empty()) return wrong("answers: nobody asked for this one");
    by = std::move(asked_.front());
    asked_.pop_front();
    const std::string_view id = json_member(text, "id").raw;
    const bool written_plainly = id.find('\\') == id.npos && by->id.find('\\') == std::string::npos;
    if (written_plainly && id != by->id)
      return wrong("answers: the next one is that to id " + (by->id.empty() ? "none" : by->id));
  }
  if (kind == "error")
    return (!json_text(text, "code").empty() && !json_text(text, "message").empty()) ||
           wrong("answers: an error without a code or without a message");
  struct answer_of {
    std::string_view kind;
    operation op;
  };
  for (const answer_of& each : {answer_of{"subscribed", operation::subscribe}, {"unsubscribed", operation::unsubscribe},
                                {"subscriptions", operation::list}, {"authenticated", operation::auth},
                                {"pong", operation::ping}, {"echo", operation::echo}})
    if (by && by->sound && kind == each.kind && by->op != each.op)
      return wrong("answers: this is none to " + std::string{name_of(by->op)});
  const asked* const command = by && by->sound ? &*by : nullptr;
  if (kind == "subscribed") return subscribed(text, command);
  if (kind == "unsubscribed") return unsubscribed(text, command);
  if (kind == "subscriptions") return !command || listed(text);
  return true;
}

bool auditor::subscribed(std::string_view text, const asked* by) {
  const auto c = channel_in(text);
  if (by && c != by->channel) return wrong("ack: it is of another channel than the command");
  if (!c) return true;
  const std::string_view mode = json_member(text, "mode").plain();
  sequence interval = 0;
  if (mode != "every" && mode != "latest") return wrong("ack: its \"mode\" is neither every nor latest");
  if (!json_count(json_member(text, "interval_ms"), interval)) return wrong("ack: its \"interval_ms\" is no whole number");
  terms how{mode == "every" ? delivery_mode::every : delivery_mode::latest, static_cast<std::uint32_t>(interval), {}, 0};
  if (by && (how.mode != by->delivery.mode || interval != by->delivery.interval_ms))
    return wrong("ack: its options are not those of the command");
  if (by) how.on_slow = by->delivery.on_slow;
  if (c == channel::book) {
    sequence depth = 0;
    if (!json_count(json_member(text, "depth"), depth) || depth == 0) return wrong("ack: it is of a book and has no depth");
    if (by && depth != by->delivery.depth) return wrong("ack: its depth is not that of the command");
    how.depth = depth;
  }

  name_set seen;
  bool good = true;
  const bool read = each_item(json_member(text, "symbols"), [&](const json_value& item) {
    const std::string symbol = json_text(item.raw, "s");
    if (symbol == "*") {
      take_all(*c, how, by);
      seen.insert(symbol);
      return good = !by || by->all || wrong("ack: all are subscribed, which was not asked for");
    }
    std::optional<sequence> n = 0;
    if (!is_symbol(symbol) || !json_count(json_member(item.raw, "n"), *n))
      return good = wrong("ack: it holds no symbol with its n");
    if (by && !(by->all ? by->resumed.contains(symbol) : by->symbols.contains(symbol)))
      return good = wrong("ack: " + symbol + " was not asked for");
    seen.insert(symbol);
    return good = acknowledge(*c, symbol, how, *n, json_member(item.raw, "recovered"), by);
  });
  if (!good) return false;
  if (!read) return wrong("ack: it has no list of symbols");
  each_item(json_member(text, "failed"), [&](const json_value& item) {
    seen.insert(json_text(item.raw, "s"));
    return true;
  });
  if (!by) return true;
  if (by->all && !seen.contains("*")) return wrong("ack: all were asked for, and it does not say so");
  for (const std::string& name : by->symbols)
    if (is_symbol(name) && !seen.contains(name)) return wrong("ack: it says nothing of " + name);
  return true;
}

bool auditor::acknowledge(channel c, const std::string& symbol, const terms& how, sequence n, const json_value& recovered,
                          const asked* by) {
  side& s = sides_[index_of(c)];
  const std::string name = std::string{label_of(c)} + " " + symbol;
  acknowledged a;
  a.n = n;
  a.begins = by ? by->begins : first::perhaps;
  const auto from = by ? by->resumed.find(symbol) : std::unordered_map<std::string, sequence>::const_iterator{};
  const bool resumed = by && from != by->resumed.end();
  if (resumed) a.resumed = from->second;
  if (by && resumed != !recovered.raw.empty())
    return wrong("resume: the acknowledgement of " + name +
                 (resumed ? " does not say whether it was recovered" : " says recovered, which was not asked for"));
  if (recovered.is_true()) {
    ++counted_.recovered;
    if (by && by->epoch != welcome_->epoch) return wrong("resume: " + name + " was recovered from another epoch");
    a.begins = first::replay;
  } else if (!recovered.raw.empty()) {
    ++counted_.refused_resumes;
    if (!recovered.is_false()) return wrong("resume: recovered is neither true nor false");
    a.begins = first::snapshot;  // it comes instead, whatever `snapshot` and `history` say
    if (resumed && by->epoch == welcome_->epoch && *a.resumed > n)
      return wrong("epoch: " + name + " is at " + std::to_string(n) + " in the epoch in which it was at " +
                   std::to_string(*a.resumed));
    a.resumed.reset();
  }
  // Of `*` too this is what begins it, unless another `*` had done so before.
  const bool begun = s.streams.contains(symbol) || s.wild.size() > (by && by->all ? 1u : 0u);
  stream* of = begun ? find(c, symbol) : nullptr;
  if (!of) of = &open(c, symbol);
  s.left_out.erase(symbol);
  if (successive_ && of->told && !of->view && of->told->highest > n)
    return wrong("epoch: " + name + " is at " + std::to_string(n) + " in the epoch in which it was at " +
                 std::to_string(of->told->highest));
  of->pace.judged = !begun;
  std::string fault = of->subscribe(how, a);
  expect_book(*of, how, a);
  return fault.empty() || wrong(fault + " of " + name);
}

void auditor::take_all(channel c, const terms& how, const asked* by) {
  ever_all_ = true;
  side& s = sides_[index_of(c)];
  all_taken& taken = s.wild.emplace_back();
  taken.how = how;
  if (by) taken.begins = by->begins;
  if (by && by->epoch == welcome_->epoch) taken.resumed = by->resumed;
  acknowledged a;
  a.begins = taken.begins;
  if (s.wild.size() > wild_max) {  // who changes his mind so often is not followed through all of it
    s.wild.erase(s.wild.begin());
    s.wild.front() = {{delivery_mode::latest, 0, {}, 0}, first::perhaps, {}};
  }
  s.left_out.clear();
  for (auto& [name, each] : s.streams) {
    each.pace.judged = false;
    each.subscribe(how, a);
    expect_book(each, how, a);
  }
}

bool auditor::unsubscribed(std::string_view text, const asked* by) {
  const auto c = channel_in(text);
  if (by && c != by->channel) return wrong("ack: it is of another channel than the command");
  if (!c) return true;
  beats_.clear();  // they may be of what goes
  const bool every_period = is_bars(*c) && json_member(text, "period").raw.empty();
  if (by && every_period != by->every_period) return wrong("ack: it is of another period than the command");
  if (!every_period) return taken_back(*c, text, by);
  // What was subscribed of any period goes from all that had it.
  const json_value list = json_member(text, "symbols");
  const bool read = each_item(list, [&](const json_value& item) {
    for (period p : all_periods) {
      side& s = sides_[index_of(bars_of(p))];
      if (const auto found = s.streams.find(item.plain()); found != s.streams.end()) s.streams.erase(found);
      if (!s.wild.empty()) s.left_out.emplace(item.plain());
    }
    return true;
  });
  if (!read) return wrong("ack: it has no list of symbols");
  if (!by || !by->all) return true;
  for (period p : all_periods) {
    side& s = sides_[index_of(bars_of(p))];
    if (!s.streams.empty()) return wrong("ack: " + s.streams.begin()->first + " was to be unsubscribed too");
    s.wild.clear();
    s.left_out.clear();
  }
  return true;
}

bool auditor::taken_back(channel c, std::string_view text, const asked* by) {
  side& s = sides_[index_of(c)];
  bool good = true;
  const bool read = each_item(json_member(text, "symbols"), [&](const json_value& item) {
    const std::string_view symbol = item.plain();
    if (by && !by->all && !by->symbols.contains(symbol))
      return good = wrong("ack: " + std::string{symbol} + " was not asked for");
    const auto found = s.streams.find(symbol);
    if (found == s.streams.end() && (s.wild.empty() || s.left_out.contains(symbol)))
      return good = wrong("ack: " + std::string{symbol} + " was not subscribed");
    if (found != s.streams.end()) s.streams.erase(found);
    if (!s.wild.empty()) s.left_out.emplace(symbol);
    return true;
  });
  if (!good) return false;
  if (!read) return wrong("ack: it has no list of symbols");
  if (!by) return true;
  for (const std::string& name : by->symbols)
    if (s.streams.contains(name)) return wrong("ack: " + name + " was to be unsubscribed too");
  if (!by->all) return true;
  s.wild.clear();
  s.left_out.clear();
  return s.streams.empty() || wrong("ack: " + s.streams.begin()->first + " was to be unsubscribed too");
}

// Is it what the answers before it amount to?
bool auditor::listed(std::string_view text) {
  struct group {
    std::optional<terms> all;
    std::unordered_map<std::string, terms, names, std::equal_to<>> symbols;
  };
  std::array<group, channel_count> found;
  const bool read = each_item(json_member(text, "subscriptions"), [&](const json_value& item) {
    const auto c = channel_in(item.raw);
    if (!c) return true;
    sequence interval = 0;
    if (!json_count(json_member(item.raw, "interval_ms"), interval)) return false;
    const bool latest = json_member(item.raw, "mode").plain() == "latest";
    const terms how{latest ? delivery_mode::latest : delivery_mode::every, static_cast<std::uint32_t>(interval), {}, 0};
    return each_item(json_member(item.raw, "symbols"), [&](const json_value& symbol) {
      if (symbol.plain() == "*") {
        found[index_of(*c)].all = how;
      } else {
        found[index_of(*c)].symbols.emplace(symbol.plain(), how);
      }
      return true;
    });
  });
  if (!read) return wrong("list: it has no subscriptions with their options and symbols");
  const auto same = [](const terms& one, const terms& other) {
    return one.mode == other.mode && one.interval_ms == other.interval_ms;
  };
  for (channel c : all_channels) {
    const side& s = sides_[index_of(c)];
    const group& told = found[index_of(c)];
    const std::string channel_name{label_of(c)};
    if (told.all.has_value() == s.wild.empty())
      return wrong("list: of " + channel_name + (s.wild.empty() ? " not all are" : " all are") + " subscribed");
    if (told.all && !same(*told.all, s.wild.back().how)) return wrong("list: all of " + channel_name + " have other options");
    for (const auto& [name, how] : told.symbols)
      if (!s.streams.contains(name) && (s.wild.empty() || s.left_out.contains(name)))
        return wrong("list: " + channel_name + " " + name + " is not subscribed");
    for (const auto& [name, each] : s.streams) {
      const auto by_name = told.symbols.find(name);
      if (by_name == told.symbols.end() && !told.all) return wrong("list: " + channel_name + " " + name + " is subscribed, and not in it");
      if (!same(by_name != told.symbols.end() ? by_name->second : *told.all, each.how()))
        return wrong("list: " + channel_name + " " + name + " has other options");
    }
  }
  return true;
}

// Who asked for all of a channel is told numbers for the names, before what comes with them.
bool auditor::named(std::string_view text) {
  sequence id = 0;
  if (!is_symbol(json_member(text, "s").plain()) || !json_count(json_member(text, "id"), id))
    return wrong("symbol: it names no symbol, or has no \"id\"");
  return ever_all_ || wrong("symbol: it is for who asked for all of a channel, and nobody did");
}

bool auditor::rate(std::string_view text) {
  ++counted_.rates;
  const auto c = channel_in(text);
  if (!c) return true;
  const std::string_view mode = json_member(text, "mode").plain();
  if (mode != "latest" && mode != "every") return wrong("rate: its \"mode\" is neither every nor latest");
  slowness& slow = sides_[index_of(*c)].slow;
  const bool now = mode == "latest";
  if (slow.now == now)
    return wrong("rate: " + std::string{name_of(*c)} + " was turned to " + std::string{mode} + " already");
  slow.now = now;
  slow.ended += !now;
  return true;
}

}  // namespace tickcast::wire
