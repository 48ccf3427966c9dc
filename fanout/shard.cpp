#include "fanout/shard.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <random>

namespace tickcast::fanout {
namespace {

constexpr int socket_events_a_turn = 128;  // then the lane is looked at again, in any case
// While ticks wait, sockets still get a part of the time that turns take: commands must not starve under load.
constexpr std::int64_t sockets_part = 4;
constexpr std::int64_t sockets_least_ns = 200'000;

}  // namespace

shard::shard(std::uint32_t index, const server_options& options, const wire::symbol_table& symbols, wire::inbox& inbox,
             wire::lane& lane, ledger& book)
    : index_(index), options_(options), lane_(lane), book_(book), bell_(context_, ::dup(lane.bell().fd())), window_(context_),
      stage_({options.limits, symbols, options.epoch, options.version, options.allowed_origins, options.open_symbols,
              options.echo, options.deflate, options.shelf, options.hours},
             lane, inbox, index) {}

shard::~shard() { stop(); }

// ---- from other threads ----

void shard::start() {
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), fmt::format("shard-{}", index_).c_str());
    run();
  }};
}

void shard::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  boost::asio::post(context_, [] {});
  thread_.join();
}

void shard::adopt(arrival who) {
  load_.fetch_add(1, std::memory_order_relaxed);
  boost::asio::post(context_, [this, who = std::move(who)]() mutable {
    link::socket_type mine{context_};
    boost::system::error_code error;
    mine.assign(who.v6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4(), who.socket.get(), error);
    if (!error) who.socket.release();
    if (!error) mine.non_blocking(true, error);
    if (error || draining_) {  // it will find another server
      load_.fetch_sub(1, std::memory_order_relaxed);
      return book_.leave(who.host);
    }
    const bool failed = who.terms.failed;
    const auto c = std::make_shared<connection>(*this, stage_.all, std::move(mine), std::move(who.terms), std::move(who.address), who.refused);
    connections_.emplace(c, std::move(who.host));
    if (failed) {
      c->finish();
    } else {
      c->start();
    }
  });
}

void shard::drain(std::chrono::milliseconds window, std::function<void()> done) {
  boost::asio::post(context_, [this, window, done = std::move(done)]() mutable {
    drained_ = std::move(done);
    draining_ = true;
    std::vector<std::shared_ptr<connection>> all;
    for (const auto& [c, host] : connections_) all.push_back(c);
    // At most a close a millisecond, so that a few clients are done at once and many do not come back as one wave;
    // each is told a moment of its own to come back.
    const std::int64_t now = mono_ns();
    const auto count = static_cast<std::int64_t>(all.size());
    const std::int64_t spread = std::min<std::int64_t>(count * 1'000'000, in_ns(window) * 7 / 10);
    std::mt19937_64 random{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> retry{100, 1000 + 2 * count};
    for (std::int64_t i = 0; i < count; ++i) all[static_cast<std::size_t>(i)]->drain(retry(random), now + spread * (i + 1) / (count + 1));
    if (connections_.empty() && drained_) std::exchange(drained_, nullptr)();
  });
}

// ---- its own thread ----

void shard::left(const std::shared_ptr<connection>& c) {
  const auto entry = connections_.find(c);
  if (entry == connections_.end()) return;
  book_.leave(entry->second);
  load_.fetch_sub(1, std::memory_order_relaxed);
  connections_.erase(entry);
  if (connections_.empty() && drained_) std::exchange(drained_, nullptr)();
}

void shard::await_bell() {
  bell_.async_read_some(boost::asio::buffer(&rung_, sizeof rung_), [this](boost::system::error_code error, std::size_t) {
    if (!error) await_bell();
  });
}

void shard::run() {
  await_bell();
  while (!stopping_.load(std::memory_order_relaxed)) {
    const bool more = turn();
    const bool served = serve_sockets();
    if (!more && !served && stage_.all.turn.touched().empty()) sleep();
  }
  // Connections end before what they refer to.
  const auto all = std::exchange(connections_, {});
  for (const auto& [c, host] : all) c->terminate();
  bell_.close();
  context_.poll();
}

// True: the lane held more than one turn takes.
bool shard::turn() {
  const std::int64_t began = mono_ns();
  const std::size_t most = window_open(began) ? 0 : options_.limits.turn_records;
  const std::size_t taken = stage_.turn(most, began);
  if (taken == 0) return false;
  turn_ns_ = mono_ns() - began;
  stage_.all.tally.turn.observe(turn_ns_);
  if (options_.limits.flush.count() > 0) open_window(began + in_ns(options_.limits.flush));
  return taken == most;
}

// Until `end_ns` ticks gather in the lane. The timer is set once a window: setting it anew would complete the old wait,
// and the shard would never sleep.
void shard::open_window(std::int64_t end_ns) {
  next_turn_ns_ = end_ns;
  window_.expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{end_ns}});
  window_.async_wait([](boost::system::error_code) {});
}

bool shard::serve_sockets() {
  const std::int64_t until = mono_ns() + std::max(sockets_least_ns, turn_ns_ / sockets_part);
  int served = 0;
  while (served < socket_events_a_turn && context_.poll_one() > 0) {
    ++served;
    if (ticks_wait() && mono_ns() >= until) break;
  }
  return served > 0;
}

void shard::sleep() {
  std::int64_t wake = stage_.all.wheel.next_ns().value_or(mono_ns() + 1'000'000'000);
  // While a window is open its timer wakes us: ticks gather in the lane, and nobody needs to ring for them.
  if (!window_open(mono_ns())) {
    lane_.bell().doze();
    if (!lane_.empty()) return lane_.bell().rise();
  }
  const std::int64_t now = mono_ns();
  if (wake > now) context_.run_one_for(std::chrono::nanoseconds{wake - now});
  lane_.bell().rise();
}

}  // namespace tickcast::fanout
