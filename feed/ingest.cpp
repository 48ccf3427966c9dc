#include "feed/ingest.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <utility>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "feed/file_source.hpp"
#include "feed/journal_source.hpp"
#include "feed/lean_source.hpp"
#include "feed/lobster_source.hpp"
#include "feed/pipe_source.hpp"
#include "feed/sim_source.hpp"
#include "feed/tcp_source.hpp"

namespace tickcast::feed {
namespace {

using boost::system::error_code;
using descriptor = boost::asio::posix::stream_descriptor;

constexpr std::chrono::milliseconds mend_pause{1};

bool is_pipe(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

struct make_source {
  const std::string& name;
  boost::asio::io_context& io;
  sequencer& to;

  std::unique_ptr<source> operator()(const sim_settings& s) const {
    return std::make_unique<sim_source>(name, s, io, to);
  }
  std::unique_ptr<source> operator()(const file_settings& s) const {
    if (is_pipe(s.path)) return std::make_unique<pipe_source>(name, s.path, io, to);
    return std::make_unique<file_source>(name, s, io, to);
  }
  std::unique_ptr<source> operator()(const recorded_settings& s) const {
    return std::make_unique<journal_source>(name, s, io, to);
  }
  std::unique_ptr<source> operator()(const lobster_settings& s) const {
    return std::make_unique<lobster_source>(name, s, io, to);
  }
  std::unique_ptr<source> operator()(const lean_settings& s) const {
    return std::make_unique<lean_source>(name, s, io, to);
  }
  std::unique_ptr<source> operator()(const stdin_settings&) const {
    return std::make_unique<pipe_source>(name, "", io, to);
  }
  std::unique_ptr<source> operator()(const listen_settings& s) const {
    return std::make_unique<tcp_source>(name, s, io, to);
  }
};

}  // namespace

ingest::ingest(const std::vector<uri>& feeds, wire::symbol_table& symbols, wire::inbox& inbox,
               std::vector<wire::lane*> lanes, std::size_t history_bytes, journal* recorder, const bar_settings& bars,
               std::chrono::nanoseconds window)
    : io_(1), inbox_(inbox), sequencer_(symbols, inbox, std::move(lanes), history_bytes, bars), gathering_(window), bell_(io_) {
  // Bars come back when the symbols of the journal have their ids, and before its trades.
  const auto take_bars = [&] {
    if (!bars.past) return;
    const arrival now = arrival::now();
    std::size_t other_hours = 0;
    bars.past([&](std::string_view symbol, wire::bar b) {
      const auto id = sequencer_.resolve(symbol);
      if (!id) return;
      b.symbol = *id;
      other_hours += !sequencer_.take_back(b, now);
    });
    if (other_hours > 0)
      spdlog::warn("history: days of other hours than `sessions` says ({} of them) are still shown by /v1/bars and /udf; streams and statistics do "
                   "without them", other_hours);
  };
  if (recorder) {
    sequencer_.restore(*recorder, take_bars);
  } else {
    take_bars();
  }
  for (const uri& feed : feeds) sources_.push_back(std::visit(make_source{feed.text, io_, sequencer_}, feed.source));
}

ingest::~ingest() { stop(); }

void ingest::start() {
  bell_.assign(inbox_.bell().fd());
  watch_bell();
  for (const auto& source : sources_) source->start();
  thread_ = std::thread([this] { run(); });
}

void ingest::stop() {
  if (thread_.joinable()) {
    stopping_.store(true, std::memory_order_relaxed);
    boost::asio::post(io_, [] {});  // wakes it
    thread_.join();
    sequencer_.tell_rest();
  }
  for (const auto& source : sources_) source->stop();
  sequencer_.commit();
  if (bell_.is_open()) bell_.release();  // the inbox's
}

bool ingest::live() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->live(); });
}

void ingest::run() {
  ::pthread_setname_np(::pthread_self(), "ingest");
  while (!stopping_.load(std::memory_order_relaxed)) {
    inbox_.bell().doze();
    if (sequencer_.serve_inbox()) {
      io_.poll_one();
    } else if (sequencer_.torn()) {
      io_.run_one_for(mend_pause);  // a lane that has room again rings for nobody
      sequencer_.mend();
    } else {
      sleep();
    }
    close_bars();
    inbox_.bell().rise();
  }
}

// Until a source has something, a shard rings, or a bar is over.
void ingest::sleep() {
  if (!gathering_.never() && (io_.poll_one() > 0 || let_gather())) return;
  if (const auto next = sequencer_.next_close_ns()) {
    io_.run_one_until(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{*next}});
  } else {
    io_.run_one();
  }
}

// All that came has been read. True: more lay unread for a while.
bool ingest::let_gather() {
  std::uint64_t ticks = 0;
  for (const auto& source : sources_) ticks += source->counts().ticks.value();
  const std::int64_t pause_ns = gathering_.pause_ns(ticks, arrival::now().mono_ns);
  if (pause_ns == 0) return false;
  // Only a shard that asks for something ends it early: it has a client who waits for an answer.
  pollfd bell{bell_.native_handle(), POLLIN, 0};
  const timespec pause{0, pause_ns};
  ::ppoll(&bell, 1, &pause, nullptr);
  return true;
}

// What is over by the clock. While ticks come it is looked at once a turn.
void ingest::close_bars() {
  const auto next = sequencer_.next_close_ns();
  if (!next) return;
  if (const std::int64_t now_ns = arrival::now().mono_ns; *next <= now_ns) sequencer_.close_due(now_ns);
}

void ingest::watch_bell() {
  bell_.async_wait(descriptor::wait_read, [this](error_code error) {
    if (error) return;
    std::uint64_t rung = 0;
    [[maybe_unused]] const auto got = ::read(bell_.native_handle(), &rung, sizeof rung);
    watch_bell();
  });
}

}  // namespace tickcast::feed
