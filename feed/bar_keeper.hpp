#pragma once
// Who keeps bars beyond the life of the process. It is told by the ingest thread, and neither waits nor fails: what it
// cannot keep it counts.
#include "wire/bar.hpp"

namespace tickcast::feed {

class bar_keeper {
 public:
  // A bar that was closed or changed after that; or an open one as it stands, from time to time.
  virtual void keep(const wire::bar& b) = 0;

 protected:
  ~bar_keeper() = default;
};

}  // namespace tickcast::feed
