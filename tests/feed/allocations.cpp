#include "allocations.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local std::uint64_t made = 0;

void* take(std::size_t size, std::size_t alignment) {
  ++made;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  if (void* at = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded)) return at;
  throw std::bad_alloc();
}

}  // namespace

namespace tickcast::feed {
std::uint64_t allocations() { return made; }
}  // namespace tickcast::feed

// The array forms and the nothrow forms of the library call these.
void* operator new(std::size_t size) { return take(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) { return take(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
