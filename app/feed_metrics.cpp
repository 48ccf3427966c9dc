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
  feed_metrics(const feed::ingest& ingest, const wire::symbol_table& symbols) : ingest_(ingest), symbols_(symbols) {}

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
    return {std::move(ticks), std::move(bad), std::move(unsupported), std::move(publishers), std::move(live),
            std::move(symbols)};
  }

 private:
  const feed::ingest& ingest_;
  const wire::symbol_table& symbols_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_feed_metrics(const feed::ingest& ingest,
                                                           const wire::symbol_table& symbols) {
  return std::make_shared<feed_metrics>(ingest, symbols);
}

}  // namespace tickcast::app
