#include "fanout/metrics.hpp"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "fanout/porter.hpp"
#include "fanout/server.hpp"
#include "fanout/shard.hpp"

namespace tickcast::fanout {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<std::pair<std::string, std::string>>;

class fanout_metrics final : public prometheus::Collectable {
 public:
  explicit fanout_metrics(const server& s) : server_(s) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> all;
    sessions(all);
    traffic(all);
    pressure(all);
    endings(all);
    work(all);
    return all;
  }

 private:
  template <class Read>
  double sum(Read read) const {
    std::int64_t total = 0;
    for (const auto& s : server_.shards()) total += read(s->tally()).read();
    for (const auto& p : server_.porters()) total += read(p->tally()).read();
    return static_cast<double>(total);
  }

  static MetricFamily& family(std::vector<MetricFamily>& to, MetricType type, const char* name, const char* help) {
    return to.emplace_back(MetricFamily{name, help, type, {}});
  }
  static ClientMetric& add(MetricFamily& f, const labels& by) {
    ClientMetric& m = f.metric.emplace_back();
    for (const auto& [name, value] : by) m.label.push_back({name, value});
    return m;
  }
  static void add(MetricFamily& f, const labels& by, double value) {
    ClientMetric& m = add(f, by);
    (f.type == MetricType::Gauge ? m.gauge.value : m.counter.value) = value;
  }

  // One counter of `tally` for each of `names`.
  template <class Names, class Member>
  void each(std::vector<MetricFamily>& to, MetricType type, const char* name, const char* help, std::string_view label,
            const Names& names, Member member) const {
    MetricFamily& f = family(to, type, name, help);
    for (std::size_t i = 0; i < names.size(); ++i)
      add(f, {{std::string{label}, std::string{names[i]}}}, sum([&](const tally& t) -> const counter& { return (t.*member)[i]; }));
  }

  template <class Member>
  void by_encoding(std::vector<MetricFamily>& to, const char* name, const char* help, Member member) const {
    MetricFamily& f = family(to, MetricType::Counter, name, help);
    for (wire::channel c : wire::all_channels)
      for (wire::encoding e : wire::all_encodings)
        add(f, {{"channel", std::string{wire::label_of(c)}}, {"encoding", std::string{wire::encoding_names[wire::index_of(e)]}}},
            sum([&](const tally& t) -> const counter& { return (t.*member)[wire::index_of(e)][wire::index_of(c)]; }));
  }

  void histogram_of(MetricFamily& f, const labels& by, const std::function<const histogram&(const tally&)>& read) const {
    ClientMetric& m = add(f, by);
    std::uint64_t seen = 0;
    double seconds = 0;
    for (std::size_t i = 0; i <= second_bounds.size(); ++i) {
      for (const auto& s : server_.shards()) seen += static_cast<std::uint64_t>(read(s->tally()).bucket(i));
      if (i < second_bounds.size()) m.histogram.bucket.push_back({seen, second_bounds[i]});
    }
    m.histogram.bucket.push_back({seen, std::numeric_limits<double>::infinity()});
    for (const auto& s : server_.shards()) seconds += read(s->tally()).sum_seconds();
    m.histogram.sample_count = seen;
    m.histogram.sample_sum = seconds;
  }

  void sessions(std::vector<MetricFamily>& to) const {
    MetricFamily& f = family(to, MetricType::Gauge, "tickcast_sessions", "Connections by transport and state.");
    for (std::size_t i = 0; i < phase_names.size(); ++i)
      add(f, {{"transport", std::string{phase_names[i].transport}}, {"state", std::string{phase_names[i].state}}},
          sum([&](const tally& t) -> const counter& { return t.sessions[i]; }));
    add(family(to, MetricType::Gauge, "tickcast_connections_max", "Connections that are taken at most."), {},
        static_cast<double>(server_.options().limits.max_connections));
    each(to, MetricType::Gauge, "tickcast_subscriptions", "Streams subscribed to, over all sessions.", "channel",
         wire::channel_labels, &tally::subscriptions);
  }

  void traffic(std::vector<MetricFamily>& to) const {
    by_encoding(to, "tickcast_messages_out_total", "Market messages handed to sockets.", &tally::messages_out);
    by_encoding(to, "tickcast_bytes_out_total", "Bytes of these messages, before framing and TLS.", &tally::bytes_out);
    add(family(to, MetricType::Counter, "tickcast_wire_bytes_out_total", "Bytes that sockets took, all included."), {},
        sum([](const tally& t) -> const counter& { return t.wire_bytes_out; }));
    each(to, MetricType::Counter, "tickcast_recovered_total",
         "Ticks that a shard's full lane had no room for, and that it got from the recent ticks instead of a gap.",
         "channel", wire::channel_labels, &tally::recovered);
    each(to, MetricType::Counter, "tickcast_merged_total", "Ticks that reached a client inside a merged message.",
         "channel", wire::channel_labels, &tally::merged);
    MetricFamily& gaps = family(to, MetricType::Counter, "tickcast_gaps_total", "Gaps announced to clients, by cause.");
    for (std::size_t i = 0; i < wire::gap_why_count; ++i)
      add(gaps, {{"why", std::string{wire::name_of(static_cast<wire::gap_why>(i))}}},
          sum([&](const tally& t) -> const counter& { return t.gaps[i]; }));
    MetricFamily& delay = family(to, MetricType::Histogram, "tickcast_tick_to_socket_seconds",
                                 "From a tick's arrival to its socket, by message; those of one flush count as its oldest.");
    for (wire::channel c : wire::all_channels)
      histogram_of(delay, {{"channel", std::string{wire::label_of(c)}}},
                   [i = wire::index_of(c)](const tally& t) -> const histogram& { return t.tick_to_socket[i]; });
  }

  // What clients cost that do not read as fast as the market talks.
  void pressure(std::vector<MetricFamily>& to) const {
    add(family(to, MetricType::Gauge, "tickcast_backlog_bytes", "Bytes queued for clients whose sockets took no more."), {},
        sum([](const tally& t) -> const counter& { return t.backlog_bytes; }));
    add(family(to, MetricType::Gauge, "tickcast_backlog_sessions", "Clients for whom something is queued."), {},
        sum([](const tally& t) -> const counter& { return t.backlog_sessions; }));
    each(to, MetricType::Gauge, "tickcast_degraded_sessions",
         "Clients that get the newest message instead of every one until they have caught up.", "channel",
         wire::channel_labels, &tally::degraded);
    each(to, MetricType::Counter, "tickcast_degradations_total", "How often a client was slowed down so.", "channel",
         wire::channel_labels, &tally::degradations);
  }

  void endings(std::vector<MetricFamily>& to) const {
    each(to, MetricType::Counter, "tickcast_evictions_total", "Slow or stalled clients closed, by reason.", "reason",
         eviction_names, &tally::evictions);
    MetricFamily& closes = family(to, MetricType::Counter, "tickcast_closes_total",
                                  "WebSockets ended, by close code (ours, or the peer's if it closed first).");
    for (std::size_t i = 0; i <= counted_closes.size(); ++i)
      add(closes,
          {{"code", i < counted_closes.size() ? std::to_string(static_cast<int>(counted_closes[i])) : "other"}},
          sum([&](const tally& t) -> const counter& { return t.closes[i]; }));
    each(to, MetricType::Counter, "tickcast_handshakes_total", "TLS handshakes by outcome.", "result", handshake_names,
         &tally::handshakes);
    MetricFamily& http = family(to, MetricType::Counter, "tickcast_http_requests_total", "HTTP answers by status.");
    for (std::size_t i = 0; i <= counted_statuses.size(); ++i)
      add(http, {{"code", i < counted_statuses.size() ? std::to_string(counted_statuses[i]) : "other"}},
          sum([&](const tally& t) -> const counter& { return t.http[i]; }));
    MetricFamily& commands = family(to, MetricType::Counter, "tickcast_commands_total", "Client commands by outcome.");
    for (std::size_t i = 0; i < wire::operation_count; ++i) {
      const std::string op{wire::name_of(static_cast<wire::operation>(i))};
      add(commands, {{"op", op}, {"result", "ok"}},
          sum([&](const tally& t) -> const counter& { return t.commands_ok[i]; }));
      add(commands, {{"op", op}, {"result", "error"}},
          sum([&](const tally& t) -> const counter& { return t.commands_failed[i]; }));
    }
  }

  void work(std::vector<MetricFamily>& to) const {
    MetricFamily& seats = family(to, MetricType::Gauge, "tickcast_shard_connections", "Connections of a shard.");
    for (const auto& s : server_.shards())
      add(seats, {{"shard", std::to_string(s->index())}}, static_cast<double>(s->load()));
    MetricFamily& depth = family(to, MetricType::Gauge, "tickcast_lane_depth", "Records waiting in a shard's lane.");
    for (const auto& s : server_.shards())
      add(depth, {{"shard", std::to_string(s->index())}}, static_cast<double>(s->lane().depth()));
    MetricFamily& dropped =
        family(to, MetricType::Counter, "tickcast_lane_dropped_total", "Records a full lane could not take.");
    for (const auto& s : server_.shards())
      add(dropped, {{"shard", std::to_string(s->index())}}, static_cast<double>(s->lane().dropped_total()));
    add(family(to, MetricType::Gauge, "tickcast_lane_capacity", "Records that a lane has room for."), {},
        static_cast<double>(server_.shards().front()->lane().capacity()));
    histogram_of(family(to, MetricType::Histogram, "tickcast_turn_seconds", "Length of a shard's turn, flush included."),
                 {}, [](const tally& t) -> const histogram& { return t.turn; });
    certificate(to);
  }

  void certificate(std::vector<MetricFamily>& to) const {
    const std::int64_t expiry = server_.certificate_expiry();
    if (expiry == 0) return;  // no TLS
    add(family(to, MetricType::Gauge, "tickcast_certificate_expiry_timestamp_seconds", "When the certificate in use ends."), {},
        static_cast<double>(expiry));
    MetricFamily& reloads = family(to, MetricType::Counter, "tickcast_certificate_reloads_total",
                                   "How often SIGHUP had the certificate read again, by outcome.");
    add(reloads, {{"result", "ok"}}, static_cast<double>(server_.reloads(false)));
    add(reloads, {{"result", "error"}}, static_cast<double>(server_.reloads(true)));
  }

  const server& server_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_fanout_metrics(const server& s) {
  return std::make_shared<fanout_metrics>(s);
}

}  // namespace tickcast::fanout
