#pragma once
// What the serving side counts, for Prometheus. A scrape reads each shard's own counters and sums; nothing is kept here.
#include <memory>

#include <prometheus/collectable.h>

namespace tickcast::fanout {

class server;

// The server must outlive it.
std::shared_ptr<prometheus::Collectable> make_fanout_metrics(const server& s);

}  // namespace tickcast::fanout
