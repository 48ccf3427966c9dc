#pragma once
// Time that stands still until a test moves it. The code under test reads std::chrono::steady_clock where it needs the
// time; this program brings its own definition of steady_clock::now(), which answers with the virtual time of the
// thread that has one and with the real time everywhere else. So nothing in the product knows of it.
#include <cstdint>

namespace tickcast::fanout {

class virtual_clock {
 public:
  explicit virtual_clock(std::int64_t start_ns = 1'000'000'000'000);
  ~virtual_clock();
  virtual_clock(const virtual_clock&) = delete;
  virtual_clock& operator=(const virtual_clock&) = delete;

  std::int64_t now() const;
  void pass_ms(std::int64_t ms) { pass_ns(ms * 1'000'000); }
  void pass_ns(std::int64_t ns);
};

}  // namespace tickcast::fanout
