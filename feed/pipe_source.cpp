#include "feed/pipe_source.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>

namespace tickcast::feed {
namespace {

using descriptor = boost::asio::posix::stream_descriptor;

// An epoll of its own around the input; -1 when it cannot be watched.
wire::owned_fd watch_of(int input) {
  wire::owned_fd watch{::epoll_create1(EPOLL_CLOEXEC)};
  epoll_event readable{EPOLLIN, {}};
  if (::epoll_ctl(watch.get(), EPOLL_CTL_ADD, input, &readable) != 0) watch.close();
  return watch;
}

}  // namespace

pipe_source::pipe_source(std::string name, std::string path, boost::asio::io_context& io, sequencer& to)
    : source(std::move(name)),
      path_(std::move(path)),
      to_(to),
      log_(this->name()),
      timer_(io),
      watched_(io),
      intake_(to, counts_, log_) {}

void pipe_source::start() {
  // A named pipe is opened without waiting for its writer; standard input is duplicated, so that it stays open.
  input_ = wire::owned_fd{path_.empty() ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (input_.get() < 0)
    throw std::runtime_error("feed '" + name() + "': cannot open " + (path_.empty() ? "standard input" : path_) +
                             ": " + std::strerror(errno));
  if (wire::owned_fd watch = watch_of(input_.get()); watch.get() >= 0) watched_.assign(watch.release());
  set_live(true);
  arm();
}

void pipe_source::stop() {
  boost::system::error_code ignored;
  timer_.cancel();
  watched_.close(ignored);
  input_.close();
}

void pipe_source::arm() {
  if (watched_.is_open()) {
    watched_.async_wait(descriptor::wait_read, [this](boost::system::error_code error) {
      if (!error) turn();
    });
  } else {
    boost::asio::post(timer_.get_executor(), [this] { turn(); });
  }
}

void pipe_source::turn() {
  if (input_.get() < 0) return;
  const arrival at = arrival::now();
  if (patience_.wait(to_.crowded(at.mono_ns), at.mono_ns)) {
    timer_.expires_after(patience::pause);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) turn();
    });
    return;
  }
  const auto room = intake_.room();
  const ssize_t got = ::read(input_.get(), room.data(), room.size());
  if (got < 0) {
    if (errno == EINTR || errno == EAGAIN) return arm();
    return end(std::strerror(errno));
  }
  intake_.filled(static_cast<std::size_t>(got));
  if (got == 0) intake_.finish();
  intake_.drain(at);
  to_.commit();
  got == 0 ? end("ended") : arm();
}

void pipe_source::end(const char* how) {
  spdlog::info("feed {} {}: {} ticks, {} bad lines", name(), how, counts_.ticks.value(), counts_.bad_input.value());
  set_ended();
  stop();
}

}  // namespace tickcast::feed
