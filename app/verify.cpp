#include "app/verify.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <spdlog/fmt/fmt.h>

#include "app/probe.hpp"
#include "app/setting.hpp"

namespace tickcast::app {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view how_to_capture = "make a capture with tickcast tail --raw";
constexpr auto goodbye_patience = std::chrono::seconds{2};

void add_compared(verdict& found, const wire::reference& known) {
  found.compared = known.told();
  found.compared.passed_over += known.waiting_merges();
}

// What it is all about, as the last lines.
int report(const verdict& found, bool as_json) {
  if (as_json) {
    std::cout << found.json() << '\n';
  } else {
    std::cout << found.summary();
    if (found.good()) std::cout << "ok\n";
  }
  std::cout.flush();
  if (!found.violation.empty()) std::cerr << fmt::format("violation: {}\n", found.violation);
  if (!found.failure.empty()) std::cerr << fmt::format("tickcast: {}\n", found.failure);
  return found.good() ? 0 : 1;
}

// ---- a server ----

class examination {
 public:
  examination(boost::asio::io_context& io, dialer& dial, const verify_options& options)
      : io_(io), timer_(io), progress_(io), signals_(io, SIGINT, SIGTERM),
        all_{options, io, dial, wire::reference{}, {}, {}, {}, {}, {}} {
    all_.found.seed = options.seed.value_or(std::random_device{}());
    all_.random.seed(all_.found.seed);
    all_.violated = [this](const std::string& sentence) { break_off(all_.found.violation, sentence); };
    all_.failed = [this](const std::string& sentence) { break_off(all_.found.failure, sentence); };
    add(errand::reference);
    for (std::size_t i = 1; i < options.connections; ++i)
      add(i <= 2 ? errand::latest : errand::mixed, i == 2 ? 500 : 0);
    if (options.churn > 0) add(errand::churn);
    all_.found.connections = probes_.size();
  }

  verdict run() {
    await_signal();
    if (isatty(STDERR_FILENO)) show_progress();
    probes_.front()->start(milliseconds{0});
    await_reference();
    io_.run();
    all_.found.seconds = std::chrono::duration<double>(ended_ - began_).count();
    for (const auto& p : probes_) all_.found.heard.add(p->heard());
    add_compared(all_.found, all_.known);
    if (all_.found.good() && all_.found.heard.messages == 0)
      all_.found.failure = "no message of the market came, so there was nothing to check; wait for the market, or name symbols that trade";
    if (isatty(STDERR_FILENO)) std::cerr << "\r\033[K";
    return all_.found;
  }

 private:
  void add(errand what, std::uint32_t interval_ms = 0) {
    probes_.push_back(
        std::make_unique<probe>(all_, fmt::format("connection {}", probes_.size() + 1), what, next_encoding(), interval_ms));
  }

  wire::encoding next_encoding() const {
    return all_.options.encoding.value_or(wire::all_encodings[probes_.size() % wire::encoding_count]);
  }

  template <class Then>
  void after(milliseconds delay, Then then) {
    timer_.expires_after(delay);
    timer_.async_wait([then](error_code ec) {
      if (!ec) then();
    });
  }

  // Ctrl-C is the end, a second one at once.
  void await_signal() {
    signals_.async_wait([this](error_code ec, int) {
      if (ec) return;
      if (all_.ending) return io_.stop();
      end();
      await_signal();
    });
  }

  // The others come when it hears the market, so that nothing merged is older than what it knows.
  void await_reference() {
    after(milliseconds{50}, [this] {
      if (!probes_.front()->ready()) {
        if (steady_clock::now() - began_ < all_.patience()) return await_reference();
        if (probes_.front()->gone()) return all_.failed("the server does not let the first connection stay");
        all_.ending = true;
        return judge();
      }
      for (std::size_t i = 1; i < probes_.size(); ++i) probes_[i]->start(milliseconds{2 * i});
      began_ = ended_ = steady_clock::now();
      if (all_.options.seconds > 0)
        after(milliseconds{static_cast<std::int64_t>(all_.options.seconds * 1000)}, [this] { end(); });
    });
  }

  // No more cuts and commands; what was asked for has time to come.
  void end() {
    if (std::exchange(all_.ending, true)) return;
    ended_ = steady_clock::now();
    for (const auto& p : probes_) p->stop();
    settle(ended_ + all_.patience(), ended_ + std::min<milliseconds>(all_.patience(), std::chrono::seconds{3}));
  }

  void settle(steady_clock::time_point latest, steady_clock::time_point compared) {
    const auto now = steady_clock::now();
    const bool all = std::all_of(probes_.begin(), probes_.end(), [](const auto& p) { return p->settled(); });
    const bool merges = all_.known.waiting_merges() == 0 || now >= compared;
    if ((!all || !merges) && now < latest)
      return after(milliseconds{20}, [this, latest, compared] { settle(latest, compared); });
    judge();
  }

  // What has not come by now is missing.
  void judge() {
    for (const auto& p : probes_) p->finish();
    await_goodbyes(steady_clock::now() + goodbye_patience);
  }

  void await_goodbyes(steady_clock::time_point latest) {
    const bool all = std::all_of(probes_.begin(), probes_.end(), [](const auto& p) { return p->gone(); });
    if (all || steady_clock::now() >= latest) return io_.stop();
    after(milliseconds{10}, [this, latest] { await_goodbyes(latest); });
  }

  // The first that is wrong counts.
  void break_off(std::string& to, const std::string& sentence) {
    if (all_.found.good()) to = sentence;
    if (!std::exchange(all_.ending, true)) ended_ = steady_clock::now();
    io_.stop();
  }

  void show_progress() {
    progress_.expires_after(milliseconds{300});
    progress_.async_wait([this](error_code ec) {
      if (ec) return;
      wire::auditor::figures sum;
      for (const auto& p : probes_) sum.add(p->heard());
      std::cerr << fmt::format("\r{:.1f} s  {} messages  {} merged  {} cuts  {} recovered\033[K",
                               std::chrono::duration<double>(steady_clock::now() - began_).count(), sum.messages,
                               sum.merged, all_.found.cuts, sum.recovered);
      show_progress();
    });
  }

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_, progress_;
  boost::asio::signal_set signals_;
  inspection all_;
  std::vector<std::unique_ptr<probe>> probes_;
  steady_clock::time_point began_ = steady_clock::now(), ended_ = began_;
};

int verify_server(const verify_options& options) {
  boost::asio::io_context io{1};
  dialer dial{io, "tickcast-verify", options.insecure};
  return report(examination{io, dial, options}.run(), options.json);
}

// ---- a capture ----

bool is_welcome(std::string_view frame) {
  if (frame.find("\"welcome\"") == frame.npos) return false;
  wire::json_walk walk{frame};
  if (!walk.next() || !walk.value().is(wire::json_kind::object)) return false;
  wire::message_members first;
  return first.read(walk.value().raw) && first.e.plain() == "welcome";
}

int verify_capture(const verify_options& options) {
  const std::string shown = options.file == "-" ? "standard input" : in_quotes(options.file);
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) {
      std::cerr << fmt::format("tickcast: there is no file {} that can be read; a server is written like {}\n", shown,
                               "wss://localhost:8443");
      return 2;
    }
  }
  std::istream& in = options.file == "-" ? std::cin : file;
  wire::reference known;
  std::optional<wire::auditor> audit;
  verdict found;
  found.capture = true;
  std::string line;
  while (found.good() && std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    if (!audit && line.front() == '{') {
      std::cerr << fmt::format("tickcast: {} holds messages, not frames; {}\n", shown, how_to_capture);
      return 2;
    }
    if (!audit || (audit->welcome() && is_welcome(line))) {
      if (audit) found.heard.add(audit->counted());
      audit.emplace(&known, fmt::format("connection {}", ++found.connections), true);
    }
    if (!audit->see(line)) found.violation = audit->violation();
  }
  if (!audit) {
    std::cerr << fmt::format("tickcast: {} holds no frames; {}\n", shown, how_to_capture);
    return 2;
  }
  found.heard.add(audit->counted());
  add_compared(found, known);
  return report(found, options.json);
}

}  // namespace

int verify(const verify_options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  return options.server ? verify_server(options) : verify_capture(options);
}

}  // namespace tickcast::app
