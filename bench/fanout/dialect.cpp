#include "dialect.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>

namespace bench {
namespace {

constexpr std::string_view trade_start = "{\"e\":\"trade\"";

// One message of the native protocol, {"e":…}; true for a trade.
bool message(std::string_view text, dialect::listener& to) {
  if (text.starts_with(trade_start)) {
    if (to.sampled()) to.trade(text);
    return true;
  }
  constexpr std::string_view start = "{\"e\":\"";
  auto kind = text.substr(std::min(start.size(), text.size()));
  kind = kind.substr(0, kind.find('"'));
  if (kind == "subscribed") to.subscribed(text);
  else to.told(kind, text);
  return false;
}

// tickcast, and the servers written after it: a text frame is an array of messages.
class arrays : public dialect {
public:
  std::string subscribe(const plan& what, const std::vector<std::string>& symbols) const override {
    std::string command = "{\"op\":\"subscribe\",\"id\":1,\"channel\":\"" + what.channel + "\",\"symbols\":[";
    for (auto& symbol : symbols) command += '"' + symbol + "\",";
    command.back() = ']';
    if (!what.options.empty()) command += ',' + what.options;
    return command + '}';
  }

  void take(std::string_view frame, listener& to) override {
    if (!frame.starts_with('[')) return to.broken("a frame that is no JSON array");
    if (!to.sampled() && frame.substr(1).starts_with(trade_start)) {
      // A trade has exactly one brace, and control messages come first in their frame: one that starts with a trade is trades only
      // (or has a gap among them, which the server counts and the sampled clients see).
      return to.counted(std::uint64_t(std::count(frame.begin(), frame.end(), '{')), frame.size());
    }
    std::uint64_t trades = 0;
    constexpr std::string_view start = "{\"e\":";
    auto at = frame.find(start);
    while (at != frame.npos) {
      auto next = frame.find(start, at + start.size());
      trades += message(frame.substr(at, next == frame.npos ? next : next - at), to);
      at = next;
    }
    if (trades) to.counted(trades, frame.size());
  }
};

// tickcast.v1.sbe: control messages as above, market messages as wire/tickcast.sbe.xml says, one behind the other in binary frames.
class sbe : public arrays {
public:
  std::string_view subprotocol() const override { return "tickcast.v1.sbe"; }

  void take(std::string_view frame, listener& to) override {
    if (frame.starts_with('[')) {
      if (to.sampled()) learn(frame);
      return arrays::take(frame, to);
    }
    std::uint64_t trades = 0;
    for (auto rest = frame; !rest.empty(); ++trades) {
      // Header: length of the block, template, schema, version, each of 16 bits. Then the block, conditions, venue, id.
      if (rest.size() < 8 || number<std::uint16_t>(rest, 2) != trade_template) return to.told("gap", rest);
      std::size_t end = 8u + number<std::uint16_t>(rest, 0);
      if (rest.size() < end + 3) return to.broken("a message that its frame cuts off");
      auto strings = 2u + std::uint8_t(rest[end + 2]);
      for (end += 3; strings > 0 && end < rest.size(); --strings) end += 1u + std::uint8_t(rest[end]);
      if (strings > 0 || end > rest.size()) return to.broken("a message that its frame cuts off");
      if (to.sampled()) {
        to.trade("{\"e\":\"trade\",\"s\":\"" + names_[number<std::uint32_t>(rest, 8 + 16)] + "\",\"n\":" + std::to_string(number<std::uint64_t>(rest, 8)) +
                 ",\"t\":" + std::to_string(number<std::int64_t>(rest, 8 + 8) / 1000) + (rest[8 + 20] & 1 ? ",\"snap\":true}" : "}"));
      }
      rest.remove_prefix(end);
    }
    to.counted(trades, frame.size());
  }

private:
  static constexpr std::uint16_t trade_template = 1;

  template <class Number>
  static Number number(std::string_view bytes, std::size_t at) {
    Number value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }

  // {"s":"S00001","n":1042,"id":7} of an acknowledgement: what the numbers stand for.
  void learn(std::string_view frame) {
    constexpr std::string_view start = "{\"s\":\"", id = "\"id\":";
    for (auto at = frame.find(start); at != frame.npos; at = frame.find(start, at + 1)) {
      auto entry = frame.substr(at + start.size(), frame.find('}', at) - at - start.size());
      auto number_at = entry.find(id);
      if (number_at == entry.npos) continue;
      std::uint32_t value = 0;
      std::from_chars(entry.data() + number_at + id.size(), entry.data() + entry.size(), value);
      names_[value] = entry.substr(0, entry.find('"'));
    }
  }

  std::unordered_map<std::uint32_t, std::string> names_;
};

// The floor: a line of symbols there, lines of messages back.
class lines : public dialect {
public:
  bool over_websocket() const override { return false; }

  std::string subscribe(const plan&, const std::vector<std::string>& symbols) const override {
    std::string command;
    for (auto& symbol : symbols) command += symbol + ' ';
    command.back() = '\n';
    return command;
  }

  void take(std::string_view bytes, listener& to) override {
    auto all = bytes.size();
    std::uint64_t trades = 0;
    if (!to.sampled() && subscribed_) {
      trades = std::uint64_t(std::count(bytes.begin(), bytes.end(), '\n'));
    } else {
      if (!pending_.empty()) bytes = pending_.append(bytes);
      auto end = bytes.find('\n');
      for (; end != bytes.npos; end = bytes.find('\n')) {
        bool is_trade = message(bytes.substr(0, end), to);
        subscribed_ = subscribed_ || !is_trade;
        trades += is_trade;
        bytes.remove_prefix(end + 1);
      }
      pending_ = std::string(bytes);
    }
    if (trades) to.counted(trades, all);
  }

private:
  bool subscribed_ = false;
  std::string pending_;
};

// nats-server: its client protocol in binary frames, which may begin and end anywhere. What is asked for is acknowledged by
// the PONG to a PING that follows it.
class nats : public dialect {
public:
  std::uint8_t opcode() const override { return 2; }
  bool acknowledges_numbers() const override { return false; }
  std::string greeting() const override { return "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\n"; }

  std::string subscribe(const plan&, const std::vector<std::string>& symbols) const override {
    std::string command;
    int number = 0;
    for (auto& symbol : symbols) command += "SUB " + symbol + ' ' + std::to_string(++number) + "\r\n";
    return command + "PING\r\n";
  }

  void take(std::string_view bytes, listener& to) override {
    if (!to.sampled() && subscribed_ && !bytes.starts_with("PING")) {
      // As above: a trade has one brace, and nothing else has any once INFO has come.
      return to.counted(std::uint64_t(std::count(bytes.begin(), bytes.end(), '{')), bytes.size());
    }
    auto all = bytes.size();
    if (!pending_.empty()) bytes = pending_.append(bytes);
    std::uint64_t trades = 0;
    for (auto end = bytes.find("\r\n"); end != bytes.npos; end = bytes.find("\r\n")) {
      auto line = bytes.substr(0, end);
      std::size_t used = end + 2;
      if (line.starts_with("MSG ")) {
        // MSG S00001 1 98: the size is its last word, and so many bytes follow.
        std::size_t size = 0;
        for (char digit : line.substr(line.rfind(' ') + 1)) size = size * 10 + std::size_t(digit - '0');
        if (bytes.size() < used + size + 2) break;
        if (to.sampled()) to.trade(bytes.substr(used, size));
        ++trades;
        used += size + 2;
      } else if (line == "PONG") {
        subscribed_ = true;
        to.subscribed(line);
      } else if (line == "PING") {
        to.answer("PONG\r\n");
      } else if (line.starts_with("-ERR")) {
        to.told("error", line);
      }
      bytes.remove_prefix(used);
    }
    pending_ = std::string(bytes);
    if (trades) to.counted(trades, all);
  }

private:
  bool subscribed_ = false;
  std::string pending_;
};

} // namespace

std::unique_ptr<dialect> dialect::named(protocol which) {
  switch (which) {
  case protocol::sbe: return std::make_unique<sbe>();
  case protocol::lines: return std::make_unique<lines>();
  case protocol::nats: return std::make_unique<nats>();
  default: return std::make_unique<arrays>();
  }
}

} // namespace bench
