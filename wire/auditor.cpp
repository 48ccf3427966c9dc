#include "wire/auditor.hpp"

#include <algorithm>
#include <cstring>

#include "wire/close_code.hpp"

namespace tickcast::wire {
namespace {

constexpr std::size_t frame_max = 64 * 1024;
constexpr std::size_t shown_max = 240;  // bytes of a message in a sentence about it

bool is_text(std::string_view bytes) {
  constexpr std::uint64_t high_bits = 0x8080808080808080u;
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (word & high_bits) break;
  }
  return is_utf8(bytes.substr(at));
}

std::string cut(std::string_view text, std::size_t most = shown_max) {
  if (text.size() <= most) return std::string{text};
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string{text.substr(0, end)} + "…";
}

bool documented(unsigned code) {
  switch (static_cast<close_code>(code)) {
    case close_code::normal:
    case close_code::going_away:
    case close_code::protocol_error:
    case close_code::unsupported:
    case close_code::bad_payload:
    case close_code::too_big:
    case close_code::internal:
    case close_code::slow_consumer:
    case close_code::stalled:
    case close_code::no_pong:
    case close_code::idle:
    case close_code::too_many_commands:
    case close_code::unauthorized:
    case close_code::forbidden:
    case close_code::too_many_connections: return true;
    default: return false;
  }
}

}  // namespace

void auditor::figures::add(const figures& other) {
  frames += other.frames;
  bytes += other.bytes;
  largest_frame = std::max(largest_frame, other.largest_frame);
  messages += other.messages;
  plain += other.plain;
  merged += other.merged;
  merged_ticks += other.merged_ticks;
  snapshots += other.snapshots;
  recovered += other.recovered;
  refused_resumes += other.refused_resumes;
  streams += other.streams;
  answers += other.answers;
  heartbeats += other.heartbeats;
  rates += other.rates;
  unknown += other.unknown;
  for (std::size_t i = 0; i < gap_why_count; ++i) {
    gaps[i] += other.gaps[i];
    missing[i] += other.missing[i];
  }
}

bool auditor::wrong(std::string_view what) {
  if (!fault_.empty()) return false;
  fault_ = cut(what, 2 * shown_max);  // names in it may be of any length
  std::string where = who_;
  if (counted_.frames) where.append(where.empty() ? "" : ", ").append("frame ").append(std::to_string(counted_.frames));
  if (place_) where.append(", message ").append(std::to_string(place_));
  if (!where.empty()) fault_.append(" (").append(where).append(")");
  if (!shown_.empty()) fault_.append(": ").append(cut(shown_));
  return false;
}

bool auditor::see(std::string_view frame, std::int64_t arrived_us, std::size_t bytes) {
  if (!fault_.empty()) return false;
  if (bytes == 0) bytes = frame.size();
  arrived_us_ = arrived_us;
  ++counted_.frames;
  counted_.bytes += bytes;
  counted_.largest_frame = std::max<std::uint64_t>(counted_.largest_frame, bytes);
  market_came_ = false;
  newest_us_ = 0;
  beats_.clear();
  place_ = 0;
  shown_ = frame;
  if (!is_text(frame)) {
    shown_ = {};
    return wrong("frame: it is not UTF-8");
  }
  json_walk walk{frame};
  if (!walk.ok() || walk.kind() != json_kind::array) return wrong("frame: it is no JSON array");
  while (walk.next()) {
    ++place_;
    shown_ = walk.value().raw;
    if (!message(shown_)) return false;
  }
  shown_ = frame;
  if (!walk.ok()) return wrong("frame: it is no JSON");
  if (place_ == 0) return wrong("frame: it holds no message");
  const bool several = std::exchange(place_, 0) > 1;
  if (several && bytes > frame_max)
    return wrong("frame: " + std::to_string(bytes) + " bytes are more than 64 KiB");
  const bool good = beats_over();
  shown_ = {};
  return good;
}

bool auditor::message(std::string_view text) {
  message_members m;
  if (!m.read(text)) return wrong("message: it is no JSON object");
  const std::string_view kind = m.e.plain();
  if (kind.empty()) return wrong("message: it has no \"e\"");
  if (!welcome_ && kind != "welcome") return wrong("welcome: something else came first");
  if (kind == "trade") return market(market_kind::trade, m);
  if (kind == "quote") return market(market_kind::quote, m);
  if (kind == "status") return market(market_kind::status, m);
  if (kind == "book") return market(market_kind::book, m);
  if (kind == "bar") return market(market_kind::bar, m);
  if (kind == "stat") return market(market_kind::stat, m);
  if (kind == "gap") return market(market_kind::gap, m);
  bool known = true;
  const bool good = control(kind, text, known);
  if (!known) return ++counted_.unknown, true;
  return good && (!market_came_ || wrong("order: a control message stands behind market messages of its frame"));
}

// ---- the market ----

auditor::stream& auditor::open(channel c, std::string_view symbol) {
  side& s = sides_[index_of(c)];
  stream& made = s.streams.emplace(std::string{symbol}, stream{coverage{s.slow}, {}, nullptr}).first->second;
  if (is_view(c)) made.view.emplace();
  ++counted_.streams;
  // Bars are held against the trades.
  if (known_) made.told = &known_->of(welcome_->epoch, is_bars(c) ? channel::trades : c, symbol);
  return made;
}

// The stream that a message is of, or null: nobody subscribed to it. One that `*` covers begins with its first message.
auditor::stream* auditor::find(channel c, std::string_view symbol) {
  side& s = sides_[index_of(c)];
  if (const auto found = s.streams.find(symbol); found != s.streams.end()) return &found->second;
  if (s.wild.empty() || s.left_out.contains(symbol)) return nullptr;
  stream& made = open(c, symbol);
  made.pace.judged = s.wild.size() == 1;
  for (const all_taken& each : s.wild) {
    acknowledged a;
    a.begins = each.begins;
    if (const auto from = each.resumed.find(std::string{symbol}); from != each.resumed.end()) a.resumed = from->second;
    made.subscribe(each.how, a);
    expect_book(made, each.how, a);
  }
  return &made;
}

bool auditor::market(market_kind kind, const message_members& members) {
  market_message m;
  if (const char* fault = m.read(kind, members)) return wrong(std::string{"message: "} + fault);
  if (m.symbol.empty()) return ++counted_.unknown, true;  // a gap of a channel that is not known here
  market_came_ = true;
  ++counted_.messages;
  stream* const of = find(m.channel, m.symbol);
  if (!of)
    return wrong("subscription: " + std::string{label_of(m.channel)} + " " + std::string{m.symbol} + " is not subscribed");
  if (std::string fault = of->take(m); !fault.empty()) {
    const std::size_t law = fault.find(": ") + 2;
    return wrong(fault.insert(law, std::string{label_of(m.channel)}.append(1, ' ').append(m.symbol).append(1, ' ')));
  }
  if (kind == market_kind::gap) {
    const auto why = static_cast<std::size_t>(m.why);
    of->pace = {0, 0, of->pace.judged};  // a hole ends what was merged before it, and both are told at once
    ++counted_.gaps[why];
    counted_.missing[why] += m.last - m.first + 1;
    if (of->book) of->book->gap();
    return true;
  }
  if (is_view(m.channel)) {
    ++(m.snapshot ? counted_.snapshots : counted_.plain);
    const std::string fault = known_ && is_bars(m.channel) ? known_->hear_bar(*of->told, m, who_) : std::string{};
    return fault.empty() || wrong(fault);
  }
  if (!keeps_pace(*of, m)) return false;
  if (kind == market_kind::book) return judge_book(*of, m);
  if (m.snapshot) ++counted_.snapshots;
  if (m.merged) ++counted_.merged, counted_.merged_ticks += m.last - m.first + 1;
  if (!m.snapshot && !m.merged) {
    ++counted_.plain;
    if (of->cover.how().every() && of->cover.live(m.last)) newest_us_ = m.t_us;
  }
  if (!known_) return true;
  const std::string fault = known_->hear(*of->told, m, who_);
  return fault.empty() || wrong(fault);
}

// A book is compared with those that others see to the same depth.
bool auditor::judge_book(stream& of, market_message& m) {
  ++(m.snapshot ? counted_.snapshots : counted_.plain);
  if (!of.book) of.book = std::make_unique<book_judge>();
  if (std::string fault = of.book->take(m); !fault.empty())
    return wrong(fault.insert(fault.find(": ") + 2, std::string{m.symbol}.append(1, ' ')));
  if (!known_ || of.book->depth() == 0) return true;
  const std::string name = std::string{m.symbol} + "@" + std::to_string(of.book->depth());
  const std::string fault = known_->hear(known_->of(welcome_->epoch, channel::book, name), m, who_);
  return fault.empty() || wrong(fault);
}

void auditor::expect_book(stream& of, const terms& how, const acknowledged& a) {
  if (how.depth == 0) return;
  if (!of.book) of.book = std::make_unique<book_judge>();
  of.book->expect(how.depth, a.n.value_or(0));
}

// At most one an interval. What is sent in time may come in a bunch, so only a rate that holds on is held against the
// server: the first may have been late by `late_us`.
bool auditor::keeps_pace(stream& of, const market_message& m) {
  constexpr std::int64_t late_us = 5'000'000, spare = 10;
  const terms& how = of.cover.how();
  if (arrived_us_ == 0 || !of.pace.judged || how.every() || how.interval_ms == 0 || (m.snapshot && !of.book) || !of.cover.live(m.last)) return true;
  pace& p = of.pace;
  if (p.messages++ == 0) p.since_us = arrived_us_;
  const std::int64_t interval_us = std::int64_t{how.interval_ms} * 1000;
  if ((p.messages - spare) * interval_us <= arrived_us_ - p.since_us + late_us) return true;
  return wrong("interval: " + std::to_string(p.messages) + " messages of " + std::string{label_of(m.channel)} + " " + std::string{m.symbol} +
               " in " + std::to_string((arrived_us_ - p.since_us) / 1000) + " ms, where one in " + std::to_string(how.interval_ms) +
               " ms was asked for");
}

// ---- the end ----

std::size_t auditor::owed() const {
  std::size_t sum = asked_.size() + !welcome_;
  for (const side& s : sides_)
    for (const auto& [name, each] : s.streams) sum += each.owes();
  return sum;
}

bool auditor::finish() {
  if (!fault_.empty()) return false;
  shown_ = {};
  place_ = 0;
  if (!welcome_) return wrong("welcome: none came");
  if (!asked_.empty())
    return wrong("answers: " + std::to_string(asked_.size()) + " commands got none, the first of them with id " +
                 (asked_.front().id.empty() ? "none" : asked_.front().id));
  for (channel c : all_channels)
    for (const auto& [name, s] : sides_[index_of(c)].streams)
      if (s.owes())
        return wrong("snapshot: " + std::string{label_of(c)} + " " + name +
                     " was acknowledged, and what it begins with did not come");
  return true;
}

bool auditor::closed(unsigned code, std::string_view reason) {
  if (!fault_.empty()) return false;
  shown_ = {};
  place_ = 0;
  const std::string said = std::to_string(code) + (reason.empty() ? "" : " \"" + cut(reason) + "\"");
  if (!documented(code)) return wrong("close: " + said + " is no documented close code");
  if (code >= 4000 && reason.empty()) return wrong("close: " + said + " came without a reason");
  if (code == static_cast<unsigned>(close_code::going_away) && welcome_ && !bye_)
    return wrong("close: " + said + " came without a bye before it");
  return true;
}

}  // namespace tickcast::wire
