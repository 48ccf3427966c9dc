#pragma once
// Conversations for the auditor, as text: a line that begins with '>' is what the client sends, any other a frame that it gets.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "wire/auditor.hpp"

namespace tickcast::wire {

inline std::string violation_of(std::string_view script, reference* known = nullptr, bool finished = false) {
  auditor audit{known};
  while (!script.empty()) {
    const std::string_view line = script.substr(0, script.find('\n'));
    script.remove_prefix(std::min(script.size(), line.size() + 1));
    if (line.starts_with('>')) {
      audit.commanded(line.substr(1));
    } else if (!line.empty()) {
      audit.see(line);
    }
  }
  if (finished) audit.finish();
  return audit.violation();
}

// The script with `what`, which is in it once, become `by`.
inline std::string changed(std::string script, std::string_view what, std::string_view by) {
  const std::size_t at = script.find(what);
  EXPECT_NE(at, script.npos) << what;
  EXPECT_EQ(script.find(what, at + 1), script.npos) << what << " is there twice";
  return at == script.npos ? script : script.replace(at, what.size(), by);
}

}  // namespace tickcast::wire
