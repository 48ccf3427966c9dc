#pragma once
// What this thread takes from the heap, counted by the test binary's own malloc and operator new: how often it asked,
// and how many bytes it holds, with what the C library adds to each piece. Sanitizers have a malloc of their own, so
// there operator new alone is counted.
#include <cstdint>

namespace tickcast {

std::uint64_t allocations();
std::int64_t heap_bytes();  // taken less given back; a sanitizer's pieces are larger: compare with care

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

// Whether malloc itself is counted, and bytes are what a release holds.
inline constexpr bool whole_heap = !sanitized;

}  // namespace tickcast
