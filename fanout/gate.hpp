#pragma once
// The next layer under Beast's websocket::stream: what Beast reads and writes goes through here, and so do our batches
// of data, which go around Beast. Every write is taken whole and in the order it came, so frames never mix: Beast's
// control frames come in one call each, our batches are whole frames. After a close frame the gate is sealed for data.
//
// A write of Beast's completes only when the socket has taken what was there before, so a client that pings without
// reading the pongs stops being read.
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

#include "fanout/link.hpp"

namespace tickcast::fanout {

// Whoever owns the gate and is to hear of it.
class gatekeeper {
 public:
  virtual std::shared_ptr<void> hold() = 0;  // keeps the gate alive while the socket is waited for
  virtual void drained() = 0;                // no longer blocked
  virtual void lost() = 0;                   // the connection is dead; called from no call of the gate's own

 protected:
  ~gatekeeper() = default;
};

class gate {
 public:
  using executor_type = boost::asio::io_context::executor_type;

  gate(link& bytes, gatekeeper& owner, executor_type executor) : link_(bytes), owner_(owner), executor_(executor) {}
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  executor_type get_executor() const { return executor_; }

  // Data frames. False when the gate is sealed or the connection is dead.
  bool write_data(std::string_view frames) { return !sealed_ && put(frames); }
  // From here on Beast's writes are frames, and one that closes seals the gate.
  void frames_begin() { frames_ = true; }
  bool sealed() const { return sealed_; }
  // Lets go of whatever waits: the connection ends.
  void abandon();
  void await_writable();

  // ---- AsyncReadStream, AsyncWriteStream: for Beast ----
  template <class Buffers, class Token>
  auto async_read_some(Buffers buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        read_operation<Buffers>{*this, buffers}, token, executor_);
  }
  template <class Buffers, class Token>
  auto async_write_some(Buffers buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        write_operation<Buffers>{*this, buffers}, token, executor_);
  }

 private:
  // A write of Beast's that waits until the socket has taken what was there.
  struct held_write {
    virtual ~held_write() = default;
    virtual void finish(boost::system::error_code error) = 0;
  };

  static boost::system::error_code error_of(io result);
  bool put(std::string_view bytes);
  bool put_control(std::string_view bytes);

  template <class Buffers>
  struct read_operation {
    gate& g;
    Buffers buffers;
    bool inside = true, finished = false;  // inside: still in the initiating call, which must not complete
    boost::system::error_code error{};
    std::size_t got = 0;

    template <class Self>
    void operator()(Self& self, boost::system::error_code waited = {}) {
      if (finished) return self.complete(error, got);
      if (waited) return self.complete(waited, 0);
      const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(buffers);
      const io result = g.link_.read({static_cast<char*>(first.data()), first.size()}, got);
      if (result == io::again) {
        inside = false;
        if (g.link_.blocked()) g.await_writable();
        auto& socket = g.link_.socket();
        return socket.async_wait(boost::asio::socket_base::wait_read, std::move(self));
      }
      error = error_of(result);
      if (!inside) return self.complete(error, got);
      finished = true;
      boost::asio::post(g.executor_, std::move(self));
    }
  };

  template <class Buffers>
  struct write_operation {
    gate& g;
    Buffers buffers;
    bool started = false;
    boost::system::error_code error{};
    std::size_t size = 0;

    template <class Self>
    void operator()(Self& self, boost::system::error_code later = {}) {
      if (started) return self.complete(error ? error : later, error || later ? 0 : size);
      started = true;
      size = boost::asio::buffer_size(buffers);
      bool alive = true;
      if (boost::asio::buffer_sequence_begin(buffers) != boost::asio::buffer_sequence_end(buffers)) {
        wire::text all;
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
          const boost::asio::const_buffer part = *at;
          all.add({static_cast<const char*>(part.data()), part.size()});
        }
        alive = g.put_control(all.view());
      }
      if (alive && g.link_.held() > 0) {
        // Held: completes when the link has drained.
        struct waiting final : held_write {
          explicit waiting(Self&& s) : self(std::move(s)) {}
          void finish(boost::system::error_code e) override { self(e); }
          Self self;
        };
        auto held = std::make_unique<waiting>(std::move(self));
        g.held_ = std::move(held);
        return;
      }
      if (!alive) error = boost::asio::error::broken_pipe;
      boost::asio::post(g.executor_, std::move(self));
    }
  };

  link& link_;
  gatekeeper& owner_;
  executor_type executor_;
  std::unique_ptr<held_write> held_;
  bool frames_ = false, sealed_ = false, waiting_ = false;
};

// Beast ends a WebSocket with these. The connection lingers and closes by itself, so that a close frame on its way is
// not lost to a reset.
template <class Handler>
void async_teardown(boost::beast::role_type, gate& g, Handler&& handler) {
  boost::asio::post(g.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code{}));
}
// For Beast's own timeouts, which are off: deadlines are the connection's, on the shard's wheel.
inline void beast_close_socket(gate& g) { g.abandon(); }
inline void teardown(boost::beast::role_type, gate&, boost::system::error_code& error) { error = {}; }

}  // namespace tickcast::fanout
