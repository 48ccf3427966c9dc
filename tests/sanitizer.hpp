#pragma once
// The sanitizer that this build has.
namespace tickcast {

enum class sanitizer { none, address, thread };

#if defined(__SANITIZE_THREAD__)
inline constexpr sanitizer sanitized_by = sanitizer::thread;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr sanitizer sanitized_by = sanitizer::address;
#else
inline constexpr sanitizer sanitized_by = sanitizer::none;
#endif

}  // namespace tickcast
