#pragma once
// The WebSocket transport. Beast does the upgrade, the inbound frames, ping, pong and close; our data goes around it,
// framed (and deflated, where agreed) here and written through the gate, one frame a batch.
#include <memory>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

#include "fanout/commons.hpp"
#include "fanout/transport.hpp"
#include "wire/deflate.hpp"
#include "wire/frame.hpp"

namespace tickcast::fanout {

class connection;
struct upgrade;

class websocket final : public transport {
 public:
  websocket(connection& c, upgrade&& request);
  ~websocket() override;
  void start();

  // ---- transport ----
  bool blocked() const override;
  std::int64_t progress_ns() const override;
  void send(batch& messages) override;
  void ping() override;
  void close(wire::close_code code, std::string_view reason) override;
  void read_on() override;
  const fanout::client& client() const override;
  hot_lines lines() const override;

  void send_message(std::string_view message, bool binary);  // one message as it is: /echo
  conversation* talk() { return talk_.get(); }

 private:
  struct stream;  // Beast's, kept out of this header: it costs a minute of compiler

  void accepted(boost::system::error_code error);
  void read();
  void read_next();
  void received(boost::system::error_code error);
  void ended(boost::system::error_code error);
  void write_close(wire::close_code code);
  void count_close(wire::close_code code);
  wire::text& frame_room();
  void write(wire::opcode op, bool deflated);
  void write_deflated(std::string_view payload, wire::opcode op);

  connection& connection_;
  commons& all_;
  std::unique_ptr<stream> stream_;
  std::unique_ptr<conversation> talk_;
  wire::deflate_terms deflate_;
  wire::encoding encoding_ = wire::encoding::json;
  const bool echo_;
  bool closing_ = false, counted_ = false;
};

}  // namespace tickcast::fanout
