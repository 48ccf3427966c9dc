#pragma once
// One connection's bytes, plain or TLS, without waiting: what is written is taken whole, one send is tried at once, and
// what the socket does not take stays here, already encrypted, until it does. Nobody writes data while it is `blocked`,
// so what stays is small: one flush and a few control frames.
//
// It begins with what a handshake agreed on: a TLS 1.3 connection has a record layer of ours, one of TLS 1.2 goes on with
// OpenSSL.
#include <cstdint>
#include <span>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "fanout/handshake.hpp"
#include "fanout/hot_lines.hpp"
#include "fanout/record_layer.hpp"
#include "fanout/tally.hpp"
#include "fanout/tls.hpp"

namespace tickcast::fanout {

class link {
 public:
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

  link(socket_type socket, agreement how, tls_wire& wire, tally& counts);

  io read(std::span<char> into, std::size_t& got);
  io receive(std::span<char> into, std::size_t& got);  // raw bytes, as they came
  bool write(std::string_view bytes);  // false: the connection is dead
  io flush();                          // tries what is left over; `again` while some of it is
  bool blocked() const { return dead_ || sent_ < left_.size(); }
  std::size_t held() const { return left_.size() - sent_; }
  bool dead() const { return dead_; }
  std::int64_t progress_ns() const { return progress_ns_; }

  void add_lines(hot_lines& to) const {
    to.add(this, sizeof *this);
    if (records_) records_->add_lines(to);
  }
  // No more is written: close_notify and FIN, once everything is out.
  void finish();
  socket_type& socket() { return socket_; }

 private:
  bool send(std::string_view bytes);
  void send_gathered();
  io after(int result);
  io read_records(std::span<char> into, std::size_t& got);

  socket_type socket_;
  ssl_ptr ssl_;
  std::unique_ptr<record_layer> records_;
  tls_wire& wire_;
  tally& counts_;
  wire::text left_;
  std::size_t sent_ = 0;  // of `left_`
  std::int64_t progress_ns_;
  bool dead_ = false, finishing_ = false;
};

}  // namespace tickcast::fanout
