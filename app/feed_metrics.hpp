#pragma once
// What the feeds count, as Prometheus wants it. It stands in app because the room feed knows nothing of metrics.
#include <memory>

#include <prometheus/collectable.h>

#include "feed/ingest.hpp"

namespace tickcast::app {

// Both must outlive it.
std::shared_ptr<prometheus::Collectable> make_feed_metrics(const feed::ingest& ingest,
                                                           const wire::symbol_table& symbols);

}  // namespace tickcast::app
