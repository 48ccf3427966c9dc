#pragma once
// One WebSocket connection to a tickcast server as a program makes it: `tail` has one, `verify` a thousand. Frames come
// in, text goes out, and its end is told once, as a sentence for the person at the keyboard. It does not reconnect and
// reads nothing into what it carries. Everything happens on the thread of its io_context.
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "app/url.hpp"
#include "wire/encoding.hpp"

namespace tickcast::app {

// How a connection ended without our saying so.
struct farewell {
  bool opened = false;   // it had been one
  unsigned code = 0;     // of the server's close frame; 0: there was none
  std::string reason;    // of it
  std::string sentence;
};

class client {
 public:
  class listener {
   public:
    virtual ~listener() = default;
    virtual void opened() = 0;
    virtual void frame(std::string_view bytes, bool binary) = 0;
    virtual void ended(const farewell& how) = 0;  // the last call
    virtual void closed() = 0;                    // the same after `close`
  };

  virtual ~client() = default;  // as `cut`; also while the listener is being called
  virtual void send(std::string text) = 0;
  virtual void close() = 0;  // says goodbye; `closed` follows
  // Closes the socket without a word, as a broken line does. Nothing follows.
  virtual void cut() = 0;
};

// Makes connections that share what is the same for all of them.
class dialer {
 public:
  // `agent` is what the server's log shows. `insecure` takes any certificate.
  dialer(boost::asio::io_context& io, std::string_view agent, bool insecure);
  ~dialer();

  // The listener outlives the client. What it hears of the market is in this encoding.
  std::unique_ptr<client> dial(const url& server, client::listener& to, wire::encoding as);

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

}  // namespace tickcast::app
