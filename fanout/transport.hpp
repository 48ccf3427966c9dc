#pragma once
// What a session needs of whatever carries it. A new transport (events, long poll, …) implements this and nothing else.
#include <cstdint>
#include <string>
#include <string_view>

#include "fanout/batch.hpp"
#include "fanout/hot_lines.hpp"
#include "wire/close_code.hpp"

namespace tickcast::fanout {

struct client {
  std::string address;     // 127.0.0.1:41234
  std::string user_agent;  // as far as it named one, cut to something a log line can hold
};

class transport {
 public:
  virtual ~transport() = default;
  virtual bool blocked() const = 0;               // bytes of an earlier flush still wait for the socket
  virtual std::int64_t progress_ns() const = 0;   // when the socket last took a byte
  virtual void send(batch& messages) = 0;         // frames them and hands them to the socket; never while blocked
  virtual void ping() = 0;
  virtual void close(wire::close_code code, std::string_view reason) = 0;  // at most once has an effect
  virtual void read_on() = 0;                     // later, not now: `proceed`, and on with reading if it agrees
  virtual const fanout::client& client() const = 0;
  // What a flush will read and write, so that it can be fetched before its turn comes.
  virtual hot_lines lines() const { return {}; }
};

// The other end: whoever a transport brings messages to.
class conversation {
 public:
  virtual ~conversation() = default;
  virtual void opened() = 0;
  // False: no more until `read_on`; `text` stays valid until then.
  virtual bool message(std::string_view text, bool binary) = 0;
  virtual bool proceed() = 0;               // what was left of that message; false: wait again
  virtual void heard(bool pong) = 0;        // any frame came
  virtual void writable() = 0;              // no longer blocked
  virtual void tend(std::int64_t now_ns) = 0;  // deadlines; called at least as often as `next_ns` says
  virtual std::int64_t next_ns(std::int64_t now_ns) const = 0;
  virtual void drain(std::int64_t retry_ms) = 0;  // say bye
  virtual void flush(std::int64_t now_ns) = 0;  // at the end of a turn that had something for it
  virtual void closing() = 0;               // no more of this conversation: leave all topics
};

}  // namespace tickcast::fanout
