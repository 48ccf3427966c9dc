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
               const feed::journal_counters* journal, const feed::archive& history)
      : ingest_(ingest), symbols_(symbols), ready_(std::move(ready)), journal_(journal), history_(history) {}

  std::vector<MetricFamily> Collect() const override {
    const auto counter = [](const char* name, const char* help) {
      return MetricFamily{name, help, MetricType::Counter, {}};
    };
    const auto gauge = [](const char* name, const char* help) {
      return MetricFamily{name, help, MetricType::Gauge, {}};
    };
    auto ticks = counter("tickcast_ticks_in_total", "Ticks taken in from a feed.");
    auto bad = counter("tickcast_feed_bad_input_total", "Lines of a feed that could not be taken, and were skipped.");
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
      show(publishers, static_cast<double>(counts.publishers.value()));
      show(live, source->live() ? 1 : 0);
      show(silent, now.feeds[at].silent_s);
      show(stale, now.feeds[at].stale ? 1 : 0);
      ++at;
    }
    std::vector<MetricFamily> all{std::move(ticks), std::move(bad),    std::move(publishers),
                                  std::move(live),  std::move(silent), std::move(stale)};
    add(all, "tickcast_ready", "1 while /readyz says so.", MetricType::Gauge, now.ready() ? 1 : 0);
    add(all, "tickcast_symbols", "Symbols that feeds have named.", MetricType::Gauge, static_cast<double>(symbols_.size()));
    add(all, "tickcast_symbols_max", "Symbols that there is room for.", MetricType::Gauge, static_cast<double>(symbols_.limit()));
    add(all, "tickcast_symbols_refused_total", "Events of symbols for which there was no room.", MetricType::Counter,
        static_cast<double>(ingest_.refused()));
    add(all, "tickcast_trades_too_late_total", "Trades that came too late for a bar of their time.", MetricType::Counter,
        static_cast<double>(ingest_.too_late()));
    if (journal_) add_journal(all);
    add_history(all);
    return all;
  }

 private:
  static void add(std::vector<MetricFamily>& to, const char* name, const char* help, MetricType type, double value) {
    ClientMetric metric;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    to.push_back({name, help, type, {std::move(metric)}});
  }
  static void counter(std::vector<MetricFamily>& to, const char* name, const char* help, std::uint64_t value) {
    add(to, name, help, MetricType::Counter, static_cast<double>(value));
  }
  static void gauge(std::vector<MetricFamily>& to, const char* name, const char* help, double value) {
    add(to, name, help, MetricType::Gauge, value);
  }

  void add_journal(std::vector<MetricFamily>& to) const {
    counter(to, "tickcast_journal_bytes_total", "Bytes written to the journal.", journal_->bytes.value());
    counter(to, "tickcast_journal_records_total", "Ticks and their notes written to the journal.", journal_->records.value());
    counter(to, "tickcast_journal_syncs_total", "How often the journal was brought to the disk.", journal_->syncs.value());
    gauge(to, "tickcast_journal_last_sync_seconds", "How long the last of these took.",
          static_cast<double>(journal_->last_sync_ns.value()) / 1e9);
    gauge(to, "tickcast_journal_files", "Files of the journal.", static_cast<double>(journal_->files.value()));
    gauge(to, "tickcast_journal_failed", "1: the journal could not be written any more, and was abandoned.",
          static_cast<double>(journal_->failed.value()));
  }

  void add_history(std::vector<MetricFamily>& to) const {
    const feed::history_counters& c = history_.counts();
    counter(to, "tickcast_history_written_total", "Bars written to the history, closed ones and open ones as they stood.", c.written.value());
    counter(to, "tickcast_history_lost_total", "Bars that the history could not keep: it was too far behind, or the disk took nothing.",
            c.overflowed.value() + c.forgotten.value());
    counter(to, "tickcast_history_pruned_total", "Bars deleted as too old, or for want of room.", c.pruned.value());
    counter(to, "tickcast_history_flushes_total", "How often new bars were written.", c.flushes.value());
    gauge(to, "tickcast_history_last_flush_seconds", "How long the last of these took.", static_cast<double>(c.last_flush_ns.value()) / 1e9);
    gauge(to, "tickcast_history_queued", "Bars on their way to the history's thread.", static_cast<double>(history_.queued()));
    gauge(to, "tickcast_history_waiting", "Closed bars that are in memory only.", static_cast<double>(c.waiting.value()));
    gauge(to, "tickcast_history_failing", "1: the disk takes nothing, and bars wait in memory.", static_cast<double>(c.failing.value()));
    gauge(to, "tickcast_history_bytes", "Bytes in use of the history's file, or of its memory.", static_cast<double>(c.bytes.value()));
    counter(to, "tickcast_history_queries_total", "Questions to the history.", c.queries.value());
    counter(to, "tickcast_history_queries_failed_total", "Of these, what the disk did not answer.", c.queries_failed.value());
  }

  const feed::ingest& ingest_;
  const wire::symbol_table& symbols_;
  const std::function<fanout::readiness()> ready_;
  const feed::journal_counters* const journal_;
  const feed::archive& history_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_feed_metrics(const feed::ingest& ingest,
                                                           const wire::symbol_table& symbols,
                                                           std::function<fanout::readiness()> ready,
                                                           const feed::journal_counters* journal,
                                                           const feed::archive& history) {
  return std::make_shared<feed_metrics>(ingest, symbols, std::move(ready), journal, history);
}

}  // namespace tickcast::app
