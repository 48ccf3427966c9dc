#pragma once
// What the process finds under it: processors and descriptors.
#include <cstddef>
#include <cstdint>

namespace tickcast::app {

// Processors that this process may use: its affinity, and the share that a container (cgroup v2) allows it. At least 1.
std::size_t usable_processors();

// Raises the soft limit of open descriptors to the hard one; what it is then.
std::uint64_t raise_descriptors();

// Nanoseconds on the clock that feeds stamp their last tick with.
std::int64_t monotonic_ns();

}  // namespace tickcast::app
