#pragma once
// One of the connections by which `verify` looks at a server: it subscribes in a way of its own, listens through an
// auditor, is cut off now and then and comes back where it was, and may change its mind all the time. What it finds it
// tells the `inspection` that all probes share.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "app/client.hpp"
#include "app/latency.hpp"
#include "app/verdict.hpp"
#include "app/verify.hpp"
#include "wire/auditor.hpp"
#include "wire/transcript.hpp"

namespace tickcast::app {

// What the probes of one run have in common.
struct inspection {
  const verify_options& options;
  boost::asio::io_context& io;
  dialer& dial;
  wire::reference known;
  std::mt19937_64 random;
  std::array<std::vector<std::string>, wire::channel_count> names;  // of the streams that the reference has
  verdict found;
  std::function<void(const std::string& sentence)> violated, failed;
  bool ending = false;

  std::chrono::milliseconds patience() const {
    return std::chrono::milliseconds{static_cast<std::int64_t>(options.patience_s * 1000)};
  }
  double chance() { return std::uniform_real_distribution{}(random); }
  std::uint64_t below(std::uint64_t end) { return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random); }
};

enum class errand : std::uint8_t {
  reference,  // every message of everything; never cut
  latest,     // merged, as its interval says
  mixed,      // some symbols, some options
  churn,      // subscribes and unsubscribes all the time
};

class probe final : public client::listener {
 public:
  probe(inspection& all, std::string name, errand what, wire::encoding as, std::uint32_t interval_ms = 0);

  void start(std::chrono::milliseconds delay);
  void stop();        // no more cuts, no more commands
  bool settled() const;  // nothing is owed, or nobody is there to give it
  void finish();      // judges what did not come, and says goodbye
  bool gone() const { return !client_; }
  bool ready() const { return begun_ && audit_->owed() == 0; }
  // Of all its connections.
  wire::auditor::figures heard() const;

 private:
  using positions = std::unordered_map<std::string, std::optional<wire::sequence>>;

  void opened() override { ++all_.found.opened; }
  void frame(std::string_view bytes, bool binary) override;
  void ended(const farewell& how) override;
  void closed() override { client_.reset(); }

  void connect();
  void leave();                 // keeps what it has and where it was
  void come_back(std::chrono::milliseconds delay);
  void cut_later();
  void begin();
  void subscribe(wire::channel c);
  void subscribe_to(wire::channel c, const std::vector<std::string>& names, const positions* where);
  void churn_later();
  void churn();
  std::string some_names(wire::channel c, std::size_t most);
  std::string some_options(wire::channel c);
  void say(std::string text);
  std::uint64_t next_id() { return ++last_id_; }

  inspection& all_;
  const std::string name_;
  const errand errand_;
  const wire::encoding encoding_;
  const std::uint32_t interval_ms_;
  boost::asio::steady_timer pause_, cut_, churn_;
  std::optional<wire::auditor> audit_;
  wire::transcript script_;
  wire::auditor::figures heard_;  // of earlier connections
  std::string epoch_;             // … and where the last one was
  std::array<positions, wire::channel_count> where_;
  std::vector<wire::channel> channels_;
  std::string options_;           // of the subscriptions
  std::uint64_t last_id_ = 0;
  bool begun_ = false;            // has subscribed on this connection
  unsigned failures_ = 0;         // to connect, in a row
  std::chrono::steady_clock::time_point lost_since_{};
  std::unique_ptr<client> client_;
};

}  // namespace tickcast::app
