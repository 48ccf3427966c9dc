#include "app/replay.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <spdlog/fmt/fmt.h>

#include "app/log.hpp"
#include "app/rerun.hpp"
#include "app/script.hpp"
#include "app/version.hpp"
#include "feed/journal_reader.hpp"
#include "wire/text.hpp"

namespace tickcast::app {

namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::string_view everything = R"([{"op":"subscribe","channel":"trades","symbols":["*"]},{"op":"subscribe","channel":"quotes","symbols":["*"],"mode":"every"}])";

std::vector<line_of_script> script_of(const replay_options& options) {
  if (!options.script) return {{0, std::string{everything}}};
  std::ifstream file{*options.script, std::ios::binary};
  if (!file) throw std::runtime_error(fmt::format("cannot open the script {}: {}", *options.script, std::strerror(errno)));
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  return read_script(text);
}

// Gathers frames, a line each, and writes them out in large pieces, or at once when time is being kept.
class printer {
 public:
  explicit printer(bool at_once) : at_once_(at_once) {}
  ~printer() { flush(); }

  void frame(std::string_view text) {
    lines_.add(text).add('\n');
    if (at_once_ || lines_.size() > 256 * 1024) flush();
  }
  void flush() {
    std::string_view left = lines_.view();
    while (read_ && !left.empty()) {
      const ssize_t wrote = ::write(STDOUT_FILENO, left.data(), left.size());
      if (wrote < 0 && errno == EINTR) continue;
      read_ = wrote > 0;
      if (read_) left.remove_prefix(static_cast<std::size_t>(wrote));
    }
    lines_.clear();
  }
  bool read() const { return read_; }

 private:
  const bool at_once_;
  bool read_ = true;  // somebody still reads what is printed
  wire::text lines_;
};

// One client's way through one epoch: its script, and the pace.
class run {
 public:
  run(const replay_options& options, const std::vector<line_of_script>& script, feed::epoch_id epoch, printer& to)
      : speed_(options.speed), script_(script),
        market_(epoch, fmt::format("tickcast/{}", version()), [&to](std::string_view frame) { to.frame(frame); }) {}

  void take(const feed::journal_reader& block) {
    if (block.kind() == feed::block_kind::ticks) {
      std::int64_t first = 0, last = 0;
      block.each_tick([&](const wire::tick& t, const wire::notes&) { first = first ? first : t.arrived_ns, last = t.arrived_ns; });
      if (!market_.begun()) {
        began_ns_ = first;
        market_.begin(first);
      }
      wait_until(last);
    }
    market_.take(block);
  }
  // What the client had still to say, and what it would have been told then.
  void finish() {
    if (!market_.begun()) return;
    wait_until(script_.empty() ? market_.now() : began_ns_ + script_.back().after_ns + 1);
  }
  std::string ended() const { return market_.begun() ? market_.ended() : std::string{}; }

 private:
  void wait_until(std::int64_t unix_ns) {
    for (; said_ < script_.size() && began_ns_ + script_[said_].after_ns <= unix_ns; ++said_) {
      pass_to(began_ns_ + script_[said_].after_ns);
      market_.say(script_[said_].frame);
    }
    pass_to(unix_ns);
  }
  void pass_to(std::int64_t unix_ns) {
    constexpr double step_ns = 2e7;
    while (speed_ > 0 && market_.now() < unix_ns) {
      const std::int64_t next = std::min(unix_ns, market_.now() + static_cast<std::int64_t>(step_ns * speed_) + 1);
      std::this_thread::sleep_until(started_ + nanoseconds{static_cast<std::int64_t>(static_cast<double>(next - began_ns_) / speed_)});
      market_.pass_to(next);
    }
    market_.pass_to(unix_ns);
  }

  const double speed_;
  const std::vector<line_of_script>& script_;
  rerun market_;
  std::size_t said_ = 0;
  std::int64_t began_ns_ = 0;
  const steady_clock::time_point started_ = steady_clock::now();
};

}  // namespace

int replay(const replay_options& options) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads our stdout may leave when he has enough
  start_log("warn");  // and to stderr: stdout has frames and nothing else
  const std::vector<line_of_script> script = script_of(options);
  feed::journal_reader from{options.directory};
  printer to{options.speed > 0};
  std::unique_ptr<run> current;
  const auto over = [&] {
    if (current) current->finish();
    return current ? current->ended() : std::string{};
  };
  feed::journal_step step{};
  std::string ended;
  while (ended.empty() && to.read() && (step = from.next()) == feed::journal_step::block) {
    if (!current || from.begins_epoch()) {
      if (ended = over(); !ended.empty()) break;
      current = std::make_unique<run>(options, script, from.epoch(), to);
    }
    current->take(from);
    ended = current->ended();
  }
  if (ended.empty()) ended = over();
  to.flush();
  if (!ended.empty()) std::cerr << fmt::format("tickcast: the server would have closed the connection: {}\n", ended);
  if (step == feed::journal_step::damaged) std::cerr << fmt::format("tickcast: {}\n", from.sentence());
  return ended.empty() && step != feed::journal_step::damaged ? 0 : 1;
}

}  // namespace tickcast::app
