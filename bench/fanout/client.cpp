#include "client.hpp"

#include "ws_frame.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <unordered_set>
#include <vector>

namespace bench {
namespace {

std::int64_t now_us(clockid_t clock) {
  timespec t;
  ::clock_gettime(clock, &t);
  return std::int64_t(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000;
}

} // namespace

std::int64_t clock_us() { return now_us(CLOCK_REALTIME); }
std::int64_t steady_us() { return now_us(CLOCK_MONOTONIC); }

client::client(surroundings& around, std::uint32_t index, bool checked) : around_(around), index_(index) {
  if (checked) check_.emplace(around.what.prefix);
}

void client::connect() {
  auto& what = around_.what;
  started_us_ = steady_us();
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(std::string("socket: ") + std::strerror(errno));
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  pipe_ = std::make_unique<tls_pipe>(fd, around_.context, around_.buffers);
  speaks_ = dialect::named(what.speaks);

  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(what.port);
  if (::inet_pton(AF_INET, what.host.c_str(), &to.sin_addr) != 1) return fail("not a numeric IPv4 address: " + what.host);
  constexpr std::uint32_t per_address = 4000; // well below the ~28,000 ports one source address has
  if (what.clients > per_address && (ntohl(to.sin_addr.s_addr) >> 24) == 127) {
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(0x7f000001u + index_ / per_address);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0) return fail(std::string("bind: ") + std::strerror(errno));
  }
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) return fail(std::string("connect: ") + std::strerror(errno));
  state_ = state::connecting;
}

void client::writable() {
  if (state_ == state::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(std::string("connect: ") + std::strerror(error));
    state_ = state::shaking;
    return shake();
  }
  if (!pipe_->flush()) fail(pipe_->why());
}

void client::readable() {
  switch (pipe_->fill()) {
  case tls_pipe::verdict::again: return;
  case tls_pipe::verdict::open: break;
  default: return fail(pipe_->why());
  }
  around_.counts.wire_bytes += pipe_->filled();
  if (state_ == state::shaking) shake();
  if (state_ != state::shaking && state_ != state::dead) drain();
}

void client::shake() {
  switch (pipe_->handshake()) {
  case tls_pipe::verdict::again: return;
  case tls_pipe::verdict::open: break;
  default: return fail(pipe_->why());
  }
  around_.counts.tls_us.add(steady_us() - started_us_);
  if (!speaks_->over_websocket()) return opened();
  state_ = state::upgrading;
  auto& what = around_.what;
  std::string subprotocol;
  if (!speaks_->subprotocol().empty()) subprotocol = "Sec-WebSocket-Protocol: " + std::string(speaks_->subprotocol()) + "\r\n";
  if (!pipe_->write("GET " + what.path + " HTTP/1.1\r\nHost: " + what.host + ":" + std::to_string(what.port) +
                    "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUser-Agent: bench_load\r\n" + subprotocol + "\r\n"))
    fail(pipe_->why());
}

void client::drain() {
  while (state_ != state::dead) {
    auto got = pipe_->read(around_.decrypted);
    if (got < 0) return fail(pipe_->why());
    if (got == 0) return;
    std::string_view bytes{around_.decrypted.data(), std::size_t(got)};
    if (check_) now_us_ = clock_us();
    if (!speaks_->over_websocket()) {
      speaks_->take(bytes, *this);
      continue;
    }
    // Nearly always a record holds whole frames, which are read where they are; only a cut one is copied together.
    bool fresh = pending_.empty();
    if (!fresh) {
      pending_.append(bytes);
      bytes = pending_;
    }
    if (state_ != state::upgrading || upgrade(bytes)) frames(bytes);
    if (state_ == state::dead) return;
    if (fresh) pending_.assign(bytes);
    else pending_.erase(0, pending_.size() - bytes.size());
    if (pending_.empty()) std::string().swap(pending_);
  }
}

// True when the answer's header is through, and taken off.
bool client::upgrade(std::string_view& bytes) {
  auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) {
    if (bytes.size() > 16384) fail("upgrade: no end of the answer's header");
    return false;
  }
  if (!bytes.starts_with("HTTP/1.1 101 ")) {
    fail("upgrade refused: " + std::string(bytes.substr(0, bytes.find("\r\n"))));
    return false;
  }
  if (bytes.substr(0, end).find(speaks_->subprotocol()) == bytes.npos) {
    fail("upgrade: the server does not speak " + std::string(speaks_->subprotocol()));
    return false;
  }
  bytes.remove_prefix(end + 4);
  opened();
  return state_ != state::dead;
}

void client::frames(std::string_view& bytes) {
  ws_frame frame;
  auto verdict = ws_frame::verdict::whole;
  while (state_ != state::dead && !bytes.empty() && (verdict = ws_frame::take(bytes, frame)) == ws_frame::verdict::whole) {
    if ((frame.opcode == ws_frame::text || frame.opcode == ws_frame::binary) && frame.fin) speaks_->take(frame.payload, *this);
    else if (frame.opcode == ws_frame::ping) {
      if (!pipe_->write(ws_frame::masked(ws_frame::pong, frame.payload))) return fail(pipe_->why());
    } else if (frame.opcode == ws_frame::close) {
      int code = frame.payload.size() < 2 ? 1005 : std::uint8_t(frame.payload[0]) << 8 | std::uint8_t(frame.payload[1]);
      std::string why = "closed " + std::to_string(code);
      if (frame.payload.size() > 2) why.append(" ").append(frame.payload.substr(2));
      return fail(why);
    } else if (frame.opcode != ws_frame::pong) return fail("a frame nobody expects here, opcode " + std::to_string(frame.opcode));
  }
  if (verdict == ws_frame::verdict::bad) fail("a masked frame or one with reserved bits");
}

void client::opened() {
  around_.counts.open_us.add(steady_us() - started_us_);
  state_ = state::open;
  auto greeting = speaks_->greeting();
  if (!greeting.empty()) say(greeting);
}

bool client::say(std::string_view text) {
  if (speaks_->over_websocket() ? pipe_->write(ws_frame::masked(speaks_->opcode(), text)) : pipe_->write(text)) return true;
  fail(pipe_->why());
  return false;
}

void client::counted(std::uint64_t trades, std::size_t bytes) {
  auto& counts = around_.counts;
  ++counts.frames;
  counts.payload_bytes += bytes;
  counts.messages += trades;
}

void client::subscribed(std::string_view answer) {
  auto& counts = around_.counts;
  ++counts.other_messages;
  if (check_ && speaks_->acknowledges_numbers()) check_->acknowledged(answer);
  if (state_ == state::subscribing) counts.subscribed_us.add(steady_us() - started_us_);
  state_ = state::subscribed;
  auto failed = answer.find("\"failed\":[");
  if (failed != answer.npos && answer.substr(failed + 10, 1) != "]") ++counts.errors["symbols the server does not know"];
}

void client::told(std::string_view kind, std::string_view text) {
  auto& counts = around_.counts;
  ++counts.other_messages;
  if (kind == "error") ++counts.errors["answer: " + std::string(text.substr(0, 160))];
  else if (kind == "gap") ++counts.gaps;
}

void client::subscribe() {
  auto& what = around_.what;
  std::mt19937_64 draw(what.seed * 1'000'003 + index_);
  std::unordered_set<std::uint32_t> mine;
  while (mine.size() < what.per_client) mine.insert(std::uint32_t(draw() % what.symbols));
  std::vector<std::string> names;
  for (auto symbol : mine) names.push_back(what.symbol(symbol));
  if (check_ && !speaks_->acknowledges_numbers())
    for (auto& name : names) check_->expect(name);
  auto command = speaks_->subscribe(what, names);
  if (command.size() > 65535) return fail("--k makes a command of more than 64 KB");
  started_us_ = steady_us();
  state_ = state::subscribing;
  say(command);
}

void client::leave() {
  if (state_ == state::dead) return;
  if (state_ >= state::open && speaks_->over_websocket()) pipe_->write(ws_frame::masked(ws_frame::close, std::string_view("\x03\xe8", 2)));
  state_ = state::dead;
  pipe_.reset();
}

void client::drop() {
  state_ = state::dead;
  pipe_.reset();
  std::string().swap(pending_);
}

void client::fail(const std::string& why) {
  static constexpr const char* doing[] = {"connecting", "TLS", "upgrading", "idle", "subscribing", "subscribed", "start"};
  ++around_.counts.errors[std::string(doing[int(state_)]) + ": " + why];
  state_ = state::dead;
  pipe_.reset(); // closes the socket, which also leaves the epoll
}

} // namespace bench
