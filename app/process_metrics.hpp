#pragma once
// What the operating system says of this process: CPU by thread, memory, descriptors, its start. The names are those that
// Prometheus' own clients use, so that dashboards for any program show this one too. Read from /proc at each scrape, on
// the admin thread; nothing is counted here.
#include <memory>

#include <prometheus/collectable.h>

namespace tickcast::app {

std::shared_ptr<prometheus::Collectable> make_process_metrics();

}  // namespace tickcast::app
