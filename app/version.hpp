#pragma once
// What was built: asked by `--version`, by bug reports and by the metric tickcast_build_info.
#include <memory>
#include <string>
#include <string_view>

#include <prometheus/collectable.h>

namespace tickcast::app {

std::string_view version();   // "0.1.0"
std::string_view commit();    // of the tree it was built from, "-dirty" if changed; "unknown" outside of git
std::string compiler();       // "GCC 12.2.0"
std::string version_line();   // all of it, and the libraries that matter

std::shared_ptr<prometheus::Collectable> make_build_metrics();

}  // namespace tickcast::app
