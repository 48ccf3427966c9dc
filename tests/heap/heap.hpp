#pragma once
// What this thread takes from the heap, counted by the test binary's own malloc and operator new: how often it asked,
// and how many bytes it holds, with what the C library adds to each piece. Sanitizers have a malloc of their own, so
// there operator new alone is counted.
#include <cstdint>

#include "tests/sanitizer.hpp"

namespace tickcast {

std::uint64_t allocations();
std::int64_t heap_bytes();  // taken less given back; a sanitizer's pieces are larger: compare with care

// Whether malloc itself is counted, and bytes are what a release holds.
inline constexpr bool whole_heap = sanitized_by == sanitizer::none;

}  // namespace tickcast
