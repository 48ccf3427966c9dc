#include "app/feed_metrics.hpp"

#include <map>
#include <string>
#include <utility>

#include <prometheus/metric_family.h>

namespace tickcast::app {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class feed_metrics : public prometheus::Collectable {
 public:
  feed_metrics(const feed::ingest& ingest, const wire::symbol_table& symbols, std::function<fanout::readiness()> ready,
               const feed::journal_counters* journal)
      : ingest_(ingest), symbols_(symbols), ready_(std::move(ready)), journal_(journal) {}

  std::vector<MetricFamily> Collect() const override {
    const auto counter = [](const char* name, const char* help) {
      return MetricFamily{name, help, MetricType::Counter, {}};
    };
    const auto gauge = [](const char* name, const char* help) {
      return MetricFamily{name, help, MetricType::Gauge, {}};
    };
    auto ticks = counter("tickcast_ticks_in_total", "Ticks taken in from a feed.");
    auto bad = counter("tickcast_feed_bad_input_total", "Lines of a feed that could not be taken, and were skipped.");
    auto unsupported = counter("tickcast_feed_unsupported_total", "Well-formed events that have no channel yet.");
    auto publishers = gauge("tickcast_feed_publishers", "Publishers that are connected to a listening feed.");
    auto live = gauge("tickcast_feed_live", "1 while ticks may come, 0 after the end and without a publisher.");

    auto silent = gauge("tickcast_feed_silent_seconds", "Time since a feed's last tick, or since the start.");
    auto stale = gauge("tickcast_feed_stale", "1 while a feed is live and silent for longer than feed_stale_s.");

    const fanout::readiness now = ready_();  // its feeds are these sources, in their order
    std::size_t at = 0;
    std::map<std::string, int> seen;  // the same URI may be given twice; a series may not
    for (const auto& source : ingest_.sources()) {
      const int again = seen[source->name()]++;
      const std::string name = again == 0 ? source->name() : source->name() + "#" + std::to_string(again + 1);
      const feed::counters& counts = source->counts();
      const auto show = [&name](MetricFamily& to, double value) {
        ClientMetric metric;
        metric.label = {{"feed", name}};
        (to.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
        to.metric.push_back(std::move(metric));
      };
      show(ticks, static_cast<double>(counts.ticks.value()));
      show(bad, static_cast<double>(counts.bad_input.value()));
      show(unsupported, static_cast<double>(counts.unsupported.value()));
      show(publishers, static_cast<double>(counts.publishers.value()));
      show(live, source->live() ? 1 : 0);
      show(silent, now.feeds[at].silent_s);
      show(stale, now.feeds[at].stale ? 1 : 0);
      ++at;
    }
    std::vector<MetricFamily> all{std::move(ticks), std::move(bad),    std::move(unsupported), std::move(publishers),
                                  std::move(live),  std::move(silent), std::move(stale)};
    add(all, "tickcast_ready", "1 while /readyz says so.", MetricType::Gauge, now.ready() ? 1 : 0);
    add(all, "tickcast_symbols", "Symbols that feeds have named.", MetricType::Gauge, static_cast<double>(symbols_.size()));
    add(all, "tickcast_symbols_max", "Symbols that there is room for.", MetricType::Gauge, static_cast<double>(symbols_.limit()));
    add(all, "tickcast_symbols_refused_total", "Events of symbols for which there was no room.", MetricType::Counter,
        static_cast<double>(ingest_.refused()));
    if (journal_) add_journal(all);
    return all;
  }

 private:
  static void add(std::vector<MetricFamily>& to, const char* name, const char* help, MetricType type, double value) {
    ClientMetric metric;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    to.push_back({name, help, type, {std::move(metric)}});
  }

  void add_journal(std::vector<MetricFamily>& to) const {
    const auto counter = [&to](const char* name, const char* help, const feed::count& from) {
      add(to, name, help, MetricType::Counter, static_cast<double>(from.value()));
    };
    const auto gauge = [&to](const char* name, const char* help, double value) {
      add(to, name, help, MetricType::Gauge, value);
    };
    counter("tickcast_journal_bytes_total", "Bytes written to the journal.", journal_->bytes);
    counter("tickcast_journal_records_total", "Ticks and their notes written to the journal.", journal_->records);
    counter("tickcast_journal_syncs_total", "How often the journal was brought to the disk.", journal_->syncs);
    gauge("tickcast_journal_last_sync_seconds", "How long the last of these took.",
          static_cast<double>(journal_->last_sync_ns.value()) / 1e9);
    gauge("tickcast_journal_files", "Files of the journal.", static_cast<double>(journal_->files.value()));
    gauge("tickcast_journal_failed", "1: the journal could not be written any more, and was abandoned.",
          static_cast<double>(journal_->failed.value()));
  }

  const feed::ingest& ingest_;
  const wire::symbol_table& symbols_;
  const std::function<fanout::readiness()> ready_;
  const feed::journal_counters* const journal_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_feed_metrics(const feed::ingest& ingest,
                                                           const wire::symbol_table& symbols,
                                                           std::function<fanout::readiness()> ready,
                                                           const feed::journal_counters* journal) {
  return std::make_shared<feed_metrics>(ingest, symbols, std::move(ready), journal);
}

}  // namespace tickcast::app
