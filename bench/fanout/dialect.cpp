#include "dialect.hpp"

#include <algorithm>

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
  case protocol::lines: return std::make_unique<lines>();
  case protocol::nats: return std::make_unique<nats>();
  default: return std::make_unique<arrays>();
  }
}

} // namespace bench
