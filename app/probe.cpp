#include "app/probe.hpp"

#include <algorithm>
#include <chrono>

#include <spdlog/fmt/fmt.h>

#include "wire/close_code.hpp"
#include "wire/message.hpp"
#include "wire/text.hpp"

namespace tickcast::app {

using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t names_a_command = 200;

std::int64_t now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// Connecting again cannot help.
bool for_good(unsigned code) {
  switch (static_cast<wire::close_code>(code)) {
    case wire::close_code::protocol_error:
    case wire::close_code::unsupported:
    case wire::close_code::bad_payload:
    case wire::close_code::too_big: return true;
    default: return code >= 4500;
  }
}

}  // namespace

probe::probe(inspection& all, std::string name, errand what, wire::encoding as, std::uint32_t interval_ms)
    : all_(all), name_(std::move(name)), errand_(what), encoding_(as), interval_ms_(interval_ms), pause_(all.io), cut_(all.io),
      churn_(all.io) {
  audit_.emplace(&all_.known, name_);
}

// ---- coming and going ----

void probe::start(milliseconds delay) { come_back(delay); }

void probe::come_back(milliseconds delay) {
  pause_.expires_after(delay);
  pause_.async_wait([this](error_code ec) {
    if (!ec && !all_.ending) connect();
  });
}

void probe::connect() {
  audit_.emplace(&all_.known, name_);
  script_ = {};
  client_ = all_.dial.dial(*all_.options.server, *this, encoding_);
}

void probe::leave() {
  cut_.cancel();
  churn_.cancel();
  heard_.add(audit_->counted());
  if (const auto& welcome = audit_->welcome()) {
    if (welcome->epoch != epoch_) where_ = {};
    epoch_ = welcome->epoch;
  }
  audit_->each_stream([&](wire::channel c, std::string_view symbol, std::optional<wire::sequence> last) {
    where_[wire::index_of(c)][std::string{symbol}] = last;
  });
  audit_.emplace(&all_.known, name_);
  begun_ = false;
  client_.reset();
}

void probe::cut_later() {
  if (all_.options.cut_s == 0 || errand_ == errand::reference) return;
  cut_.expires_after(milliseconds{static_cast<std::int64_t>(all_.options.cut_s * (0.5 + all_.chance()) * 1000)});
  cut_.async_wait([this](error_code ec) {
    if (ec || all_.ending || !client_) return;
    ++all_.found.cuts;
    leave();
    come_back(milliseconds{all_.below(300)});
  });
}

void probe::ended(const farewell& how) {
  const bool good = how.code == 0 || audit_->closed(how.code, how.reason);
  if (!good) return all_.violated(audit_->violation());
  if (how.code != 0) {
    ++all_.found.closed[how.code];
  } else if (how.opened) {
    ++all_.found.broken;
  }
  const auto now = steady_clock::now();
  failures_ = begun_ ? 0 : failures_ + 1;
  if (failures_ <= 1) lost_since_ = now;
  leave();
  if (all_.ending) return;
  if (for_good(how.code) || all_.found.opened == 0 || now - lost_since_ > all_.patience())
    return all_.failed(all_.found.opened == 0 ? how.sentence : name_ + ": " + how.sentence);
  come_back(milliseconds{(100 + all_.below(200)) << std::min(failures_, 4u)});
}

void probe::stop() {
  pause_.cancel();
  cut_.cancel();
  churn_.cancel();
}

bool probe::settled() const { return !client_ || audit_->owed() == 0; }

void probe::finish() {
  if (!client_) return;
  if (!audit_->finish()) return all_.violated(audit_->violation());
  client_->close();
}

wire::auditor::figures probe::heard() const {
  wire::auditor::figures sum = heard_;
  sum.add(audit_->counted());
  return sum;
}

// ---- listening ----

void probe::frame(std::string_view bytes, bool binary) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto text = encoding_ == wire::encoding::json ? std::optional{bytes} : script_.read(bytes, binary);
  if (!text) return all_.violated("encoding: " + script_.fault() + " (" + name_ + ")");
  if (!audit_->see(*text, std::chrono::duration_cast<std::chrono::microseconds>(now).count(), bytes.size()))
    return all_.violated(audit_->violation());
  if (const std::int64_t t = audit_->newest_us(); t > 0) all_.found.delay.add(now_us() - t);
  if (!begun_) return begin();
  if (errand_ != errand::reference) return;
  std::size_t names = 0;
  for (const auto& list : all_.names) names += list.size();
  if (audit_->counted().streams <= names) return;
  for (auto& list : all_.names) list.clear();
  audit_->each_stream([&](wire::channel c, std::string_view symbol, std::optional<wire::sequence>) {
    all_.names[wire::index_of(c)].emplace_back(symbol);
  });
}

// ---- speaking ----

void probe::say(std::string text) {
  audit_->commanded(text);
  ++all_.found.commands;
  client_->send(std::move(text));
}

// The welcome is here.
void probe::begin() {
  begun_ = true;
  if (all_.ending) return;
  channels_.clear();
  const auto& wanted = all_.options.channels;
  for (const std::string& name : audit_->welcome()->channels) {
    const auto c = wire::channel_named(name);
    if (!c || !wire::auditor::knows(*c) || (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end())) continue;
    channels_.push_back(*c);
    if (wire::is_bars(*c)) channels_.push_back(wire::channel::bars_1s);  // ends more often than anybody checks
  }
  for (const std::string& name : wanted)
    if (std::none_of(channels_.begin(), channels_.end(), [&](wire::channel c) { return wire::name_of(c) == name; }))
      return all_.failed(fmt::format("the server has no channel {}, or this program does not know it", name));
  if (channels_.empty()) return all_.failed("the server has no channel that this program knows");
  cut_later();
  if (errand_ == errand::churn) return churn_later();
  for (wire::channel c : channels_) subscribe(c);
}

std::string probe::some_options(wire::channel c) {
  static constexpr std::uint32_t intervals[] = {0, 50, 100, 250, 1000};
  static constexpr std::string_view policies[] = {"evict", "latest", "gap"};
  std::string out;
  if (all_.chance() < 0.5) {
    out = fmt::format(R"(,"mode":"latest","interval_ms":{})", intervals[all_.below(std::size(intervals))]);
  } else {
    out = fmt::format(R"(,"mode":"every","on_slow":"{}")", policies[all_.below(std::size(policies))]);
  }
  if (all_.chance() < 0.2) out += R"(,"snapshot":false)";
  if (c == wire::channel::book && all_.chance() < 0.5) {
    static constexpr int depths[] = {1, 5, 25, 1000};
    out += fmt::format(R"(,"depth":{})", depths[all_.below(std::size(depths))]);
  }
  if ((c == wire::channel::trades || wire::is_bars(c)) && all_.chance() < 0.3) out += fmt::format(R"(,"history":{})", 1 + all_.below(20));
  return out;
}

void probe::subscribe(wire::channel c) {
  switch (errand_) {
    case errand::latest: options_ = fmt::format(R"(,"mode":"latest","interval_ms":{})", interval_ms_); break;
    case errand::mixed: options_ = some_options(c); break;
    default: options_ = R"(,"mode":"every")";
  }
  const positions& where = where_[wire::index_of(c)];
  std::vector<std::string> names;
  if (!where.empty()) {
    for (const auto& [name, last] : where) names.push_back(name);
    return subscribe_to(c, names, &where);
  }
  names = all_.options.symbols;
  if (errand_ == errand::mixed && all_.chance() < 0.7) {
    const auto& all = names.empty() ? all_.names[wire::index_of(c)] : names;
    std::vector<std::string> some;
    const std::size_t count = all.empty() ? 0 : 1 + all_.below(all.size());
    std::sample(all.begin(), all.end(), std::back_inserter(some), count, all_.random);
    names = std::move(some);
  }
  if (names.empty()) names = {"*"};
  subscribe_to(c, names, nullptr);
}

// As many commands as it takes: one holds 64 KiB.
void probe::subscribe_to(wire::channel c, const std::vector<std::string>& names, const positions* where) {
  const std::size_t end = std::min(names.size(), audit_->welcome()->symbols);
  for (std::size_t from = 0; from < end; from += names_a_command) {
    wire::text command, resume;
    wire::comma names_apart, numbers_apart;
    command.add(R"({"op":"subscribe","id":)").add_count(next_id()).add(R"(,)");
    wire::add_channel(command, c);
    command.add(R"(,"symbols":[)");
    for (std::size_t i = from; i < std::min(end, from + names_a_command); ++i) {
      names_apart.put(command);
      command.add_quoted(names[i]);
      const auto last = where ? where->at(names[i]) : std::nullopt;
      if (!last) continue;
      numbers_apart.put(resume);
      resume.add_quoted(names[i]).add(':').add_count(*last);
    }
    command.add(']').add(options_);
    if (!resume.empty())
      command.add(R"(,"resume":{"epoch":)").add_quoted(epoch_).add(R"(,"n":{)").add(resume.view()).add("}}");
    command.add('}');
    say(std::string{command.view()});
  }
}

// ---- changing its mind ----

void probe::churn_later() {
  const double most = audit_->welcome()->commands_per_s * 0.9;
  const double rate = std::min(all_.options.churn, most);
  if (rate <= 0) return;
  churn_.expires_after(std::chrono::microseconds{static_cast<std::int64_t>(1e6 / rate)});
  churn_.async_wait([this](error_code ec) {
    if (ec || all_.ending || !begun_) return;
    churn();
    churn_later();
  });
}

std::string probe::some_names(wire::channel c, std::size_t most) {
  const auto& all = all_.options.symbols.empty() ? all_.names[wire::index_of(c)] : all_.options.symbols;
  if (all.empty()) return R"("*")";
  wire::text out;
  wire::comma apart;
  for (std::size_t left = 1 + all_.below(most); left > 0; --left) {
    apart.put(out);
    out.add_quoted(all[all_.below(all.size())]);
  }
  return std::string{out.view()};
}

void probe::churn() {
  const wire::channel c = channels_[all_.below(channels_.size())];
  const double which = all_.chance();
  wire::text named;
  wire::add_channel(named, c);
  const std::string head = fmt::format(R"("id":{},{})", next_id(), named.view());
  if (which < 0.45)
    return say(fmt::format(R"({{"op":"subscribe",{},"symbols":[{}]{}}})", head, some_names(c, 6), some_options(c)));
  if (which < 0.85) return say(fmt::format(R"({{"op":"unsubscribe",{},"symbols":[{}]}})", head, some_names(c, 6)));
  if (which < 0.89) return say(fmt::format(R"({{"op":"unsubscribe",{}}})", head));
  if (which < 0.93) return say(fmt::format(R"({{"op":"subscribe",{},"symbols":["*"]{}}})", head, some_options(c)));
  say(fmt::format(R"({{"op":"{}","id":{}}})", which < 0.97 ? "list" : "ping", last_id_));
}

}  // namespace tickcast::app
