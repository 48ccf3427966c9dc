#include "fanout/gate.hpp"

#include "wire/frame.hpp"

namespace tickcast::fanout {

boost::system::error_code gate::error_of(io result) {
  switch (result) {
    case io::done: return {};
    case io::closed: return boost::asio::error::eof;
    default: return boost::asio::error::connection_reset;
  }
}

bool gate::put(std::string_view bytes) {
  const bool alive = link_.write(bytes);
  if (!alive || link_.blocked()) await_writable();  // a dead link is told to its owner from there
  return alive;
}

bool gate::put_control(std::string_view bytes) {
  constexpr auto close = static_cast<unsigned char>(0x80 | static_cast<int>(wire::opcode::close));
  const bool closes = frames_ && !bytes.empty() && static_cast<unsigned char>(bytes.front()) == close;
  const bool alive = put(bytes);
  sealed_ |= closes;
  return alive;
}

void gate::await_writable() {
  if (waiting_) return;
  waiting_ = true;
  auto act = [this, alive = owner_.hold()](boost::system::error_code error) {
    waiting_ = false;
    if (error == boost::asio::error::operation_aborted) return;
    const io result = link_.flush();
    if (result == io::again) return await_writable();
    if (auto held = std::move(held_)) held->finish(result == io::done ? boost::system::error_code{} : error_of(result));
    if (result == io::done) {
      owner_.drained();
    } else {
      owner_.lost();
    }
  };
  if (link_.dead()) {
    boost::asio::post(executor_, [act = std::move(act)]() mutable { act({}); });
  } else {
    link_.socket().async_wait(boost::asio::socket_base::wait_write, std::move(act));
  }
}

void gate::abandon() {
  if (auto held = std::move(held_))
    boost::asio::post(executor_, [h = std::shared_ptr<held_write>(std::move(held)), alive = owner_.hold()] {
      h->finish(boost::asio::error::operation_aborted);
    });
}

}  // namespace tickcast::fanout
