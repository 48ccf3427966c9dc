#include "feed/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>

namespace tickcast::feed {
namespace {

constexpr int events_per_turn = 1024;

}  // namespace

file_source::file_source(std::string name, file_settings settings, boost::asio::io_context& io, sequencer& to)
    : source(std::move(name)),
      settings_(std::move(settings)),
      to_(to),
      log_(this->name()),
      timer_(io),
      intake_(to, counts_, log_),
      pace_(settings_.speed) {}

void file_source::start() {
  file_ = wire::owned_fd{::open(settings_.path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file_.get() < 0)
    throw std::runtime_error("feed '" + name() + "': cannot open " + settings_.path + ": " + std::strerror(errno));
  struct stat about {};
  if (::fstat(file_.get(), &about) == 0 && S_ISDIR(about.st_mode))
    throw std::runtime_error("feed '" + name() + "': " + settings_.path + " is a directory, not a file");
  set_live(true);
  boost::asio::post(timer_.get_executor(), [this] { turn(); });
}

void file_source::stop() {
  timer_.cancel();
  file_.close();
}

void file_source::turn() {
  if (file_.get() < 0) return;
  arrival at = arrival::now();
  if (patience_.wait(to_.crowded(at.mono_ns), at.mono_ns))
    return turn_at(at.mono_ns + std::chrono::nanoseconds{patience::pause}.count());
  for (int left = events_per_turn; left > 0; --left) {
    if (!std::exchange(held_, false) && !intake_.pull(at)) {
      to_.commit();
      if (!refill()) return;
      return boost::asio::post(timer_.get_executor(), [this] { turn(); });
    }
    if (!due(at)) {
      to_.commit();
      return;
    }
    intake_.publish(at);
  }
  to_.commit();
  boost::asio::post(timer_.get_executor(), [this] { turn(); });
}

// Whether the current event's time has come; otherwise the turn goes on when it has.
bool file_source::due(arrival& at) {
  const event& next = intake_.current();
  if (pace_.at_once() || !next.stamped) return true;
  const std::int64_t due_ns = pace_.due(next.tick.venue_ns, at.mono_ns);
  if (due_ns > at.mono_ns) at = arrival::now();
  if (due_ns <= at.mono_ns) return true;
  held_ = true;
  turn_at(due_ns);
  return false;
}

void file_source::turn_at(std::int64_t mono_ns) {
  timer_.expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{mono_ns}});
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) turn();
  });
}

bool file_source::refill() {
  if (finished_) {
    ++passes_;
    const bool again = settings_.passes == 0 || passes_ < settings_.passes;
    if (!again || intake_.taken() == taken_before_ || ::lseek(file_.get(), 0, SEEK_SET) < 0) return end("ended"), false;
    taken_before_ = intake_.taken();
    pace_.restart();
    finished_ = false;
    intake_.reset();
  }
  const auto room = intake_.room();
  ssize_t got = 0;
  do got = ::read(file_.get(), room.data(), room.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) return end(std::strerror(errno)), false;
  intake_.filled(static_cast<std::size_t>(got));
  if (got == 0) {
    finished_ = true;
    intake_.finish();
  }
  return true;
}

void file_source::end(const char* how) {
  spdlog::info("feed {} {}: {} ticks, {} bad lines", name(), how, counts_.ticks.value(), counts_.bad_input.value());
  set_ended();
  file_.close();
}

}  // namespace tickcast::feed
