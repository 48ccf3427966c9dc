#include "heap.hpp"

#include <malloc.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local std::uint64_t made = 0;
thread_local std::int64_t held = 0;

// The C library keeps the size of a piece in front of it.
std::int64_t cost_of(void* at) { return at ? static_cast<std::int64_t>(::malloc_usable_size(at) + sizeof(std::size_t)) : 0; }

void* counted(void* at) {
  ++made;
  held += cost_of(at);
  return at;
}

}  // namespace

namespace tickcast {
std::uint64_t allocations() { return made; }
std::int64_t heap_bytes() { return held; }
}  // namespace tickcast

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

namespace {

void* take(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) noexcept {
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  return counted(std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded));
}
void* sure(void* at) {
  if (!at) throw std::bad_alloc();
  return at;
}
void give_back(void* at) {
  held -= cost_of(at);
  std::free(at);
}

}  // namespace

// All forms: what the sanitizer's own would take, these could not give back.
using size = std::size_t;
using alignment = std::align_val_t;
using quiet = std::nothrow_t;
void* operator new(size n) { return sure(take(n)); }
void* operator new[](size n) { return sure(take(n)); }
void* operator new(size n, const quiet&) noexcept { return take(n); }
void* operator new[](size n, const quiet&) noexcept { return take(n); }
void* operator new(size n, alignment a) { return sure(take(n, static_cast<size>(a))); }
void* operator new[](size n, alignment a) { return sure(take(n, static_cast<size>(a))); }
void operator delete(void* at) noexcept { give_back(at); }
void operator delete[](void* at) noexcept { give_back(at); }
void operator delete(void* at, size) noexcept { give_back(at); }
void operator delete[](void* at, size) noexcept { give_back(at); }
void operator delete(void* at, const quiet&) noexcept { give_back(at); }
void operator delete[](void* at, const quiet&) noexcept { give_back(at); }
void operator delete(void* at, alignment) noexcept { give_back(at); }
void operator delete[](void* at, alignment) noexcept { give_back(at); }
void operator delete(void* at, size, alignment) noexcept { give_back(at); }
void operator delete[](void* at, size, alignment) noexcept { give_back(at); }

#else

// In front of the C library's own, under the names that it keeps for this. operator new comes here too.
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* at, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* at);

void* malloc(std::size_t size) { return counted(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) { return counted(__libc_calloc(count, size)); }
void* realloc(void* at, std::size_t size) {
  held -= cost_of(at);
  return counted(__libc_realloc(at, size));
}
void* memalign(std::size_t alignment, std::size_t size) { return counted(__libc_memalign(alignment, size)); }
void* aligned_alloc(std::size_t alignment, std::size_t size) { return counted(__libc_memalign(alignment, size)); }
int posix_memalign(void** at, std::size_t alignment, std::size_t size) {
  *at = counted(__libc_memalign(alignment, size));
  return *at ? 0 : ENOMEM;
}
void free(void* at) {
  held -= cost_of(at);
  __libc_free(at);
}

}  // extern "C"

#endif
