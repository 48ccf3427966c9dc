#pragma once
// What the feeds count, as Prometheus wants it. It stands in app because the room feed knows nothing of metrics.
#include <functional>
#include <memory>

#include <prometheus/collectable.h>

#include "fanout/admin.hpp"
#include "feed/archive.hpp"
#include "feed/ingest.hpp"
#include "feed/journal_keeper.hpp"

namespace tickcast::app {

// All must outlive it. `ready` is what /readyz says; `journal` may be missing.
std::shared_ptr<prometheus::Collectable> make_feed_metrics(const feed::ingest& ingest, const wire::symbol_table& symbols,
                                                           std::function<fanout::readiness()> ready,
                                                           const feed::journal_counters* journal, const feed::archive& history);

}  // namespace tickcast::app
