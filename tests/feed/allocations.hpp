#pragma once
// How often this thread has called operator new; the test binary's own one counts.
#include <cstdint>

namespace tickcast::feed {
std::uint64_t allocations();
}
