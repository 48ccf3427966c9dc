#include "app/feed_metrics.hpp"

#include <map>
#include <string>

#include <prometheus/metric_family.h>

namespace tickcast::app {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class feed_metrics : public prometheus::Collectable {
 public:
  feed_metrics(const feed::ingest& ingest, const wire::symbol_table& symbols, const feed::journal_counters* journal)
      : ingest_(ingest), symbols_(symbols), journal_(journal) {}

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

    std::map<std::string, int> seen;  // the same URI may be given twice; a series may not
    for (const auto& source : ingest_.sources()) {
      const int again = seen[source->name()]++;
      const std::string name = again == 0 ? source->name() : source->name() + "#" + std::to_string(again + 1);
      const feed::counters& counts = source->counts();
      const auto count = [&name](MetricFamily& to, std::uint64_t value) {
        ClientMetric metric;
        metric.label = {{"feed", name}};
        (to.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = static_cast<double>(value);
        to.metric.push_back(std::move(metric));
      };
      count(ticks, counts.ticks.value());
      count(bad, counts.bad_input.value());
      count(unsupported, counts.unsupported.value());
      count(publishers, counts.publishers.value());
      count(live, source->live() ? 1 : 0);
    }
    auto symbols = gauge("tickcast_symbols", "Symbols that feeds have named.");
    symbols.metric.emplace_back().gauge.value = static_cast<double>(symbols_.size());
    std::vector<MetricFamily> all{std::move(ticks),      std::move(bad),  std::move(unsupported),
                                  std::move(publishers), std::move(live), std::move(symbols)};
    if (journal_) add_journal(all);
    return all;
  }

 private:
  void add_journal(std::vector<MetricFamily>& to) const {
    const auto add = [&to](const char* name, const char* help, MetricType type, double value) {
      ClientMetric metric;
      (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
      to.push_back({name, help, type, {std::move(metric)}});
    };
    const auto counter = [&add](const char* name, const char* help, const feed::count& from) {
      add(name, help, MetricType::Counter, static_cast<double>(from.value()));
    };
    const auto gauge = [&add](const char* name, const char* help, double value) { add(name, help, MetricType::Gauge, value); };
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
  const feed::journal_counters* const journal_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_feed_metrics(const feed::ingest& ingest,
                                                           const wire::symbol_table& symbols,
                                                           const feed::journal_counters* journal) {
  return std::make_shared<feed_metrics>(ingest, symbols, journal);
}

}  // namespace tickcast::app
