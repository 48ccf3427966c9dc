#include "feed/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

constexpr int events_per_turn = 1024;

}  // namespace

file_source::file_source(std::string name, file_settings settings, boost::asio::io_context& io, sequencer& to)
    : played_source(std::move(name), settings.speed, events_per_turn, io, to),
      settings_(std::move(settings)),
      log_(this->name()),
      intake_(to, counts_, log_) {}

void file_source::start() {
  file_ = wire::owned_fd{::open(settings_.path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file_.get() < 0)
    throw std::runtime_error("feed '" + name() + "': cannot open " + settings_.path + ": " + std::strerror(errno));
  struct stat about {};
  if (::fstat(file_.get(), &about) == 0 && S_ISDIR(about.st_mode))
    throw std::runtime_error("feed '" + name() + "': " + settings_.path + " is a directory, not a file");
  begin();
}

bool file_source::pull(const arrival& at) {
  if (!intake_.pull(at)) return false;
  if (event& next = intake_.current(); next.stamped) next.tick.venue_ns = clock_.now(next.tick.venue_ns);
  return true;
}

std::optional<std::int64_t> file_source::recorded_ns() const {
  const event& next = intake_.current();
  return next.stamped ? std::optional{next.tick.venue_ns} : std::nullopt;
}

void file_source::publish(const arrival& at) { intake_.publish(at); }

void file_source::close() { file_.close(); }

// The next chunk, or the next pass.
bool file_source::go_on() {
  if (finished_) {
    ++passes_;
    const bool again = settings_.passes == 0 || passes_ < settings_.passes;
    if (!again || intake_.taken() == taken_before_ || ::lseek(file_.get(), 0, SEEK_SET) < 0) return end("ended");
    taken_before_ = intake_.taken();
    restart_clock();
    clock_.again(arrival::now().unix_ns);
    finished_ = false;
    intake_.reset();
  }
  const auto room = intake_.room();
  ssize_t got = 0;
  do got = ::read(file_.get(), room.data(), room.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) return end(std::strerror(errno));
  intake_.filled(static_cast<std::size_t>(got));
  if (got == 0) {
    finished_ = true;
    intake_.finish();
  }
  return true;
}

bool file_source::end(const char* how) {
  spdlog::info("feed {} {}: {} ticks, {} bad lines", name(), how, counts_.ticks.value(), counts_.bad_input.value());
  return false;
}

}  // namespace tickcast::feed
