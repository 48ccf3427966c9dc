#pragma once
// A feed as the operator names it:
//   sim:symbols=500&rate=50000&seed=7&prefix=S&mix=trades     a simulated market (mix: trades, quotes or T:Q;
//                                                             every_us=1000 lets ticks gather so long)
//   ndjson:PATH?speed=1|10|max&loop=N|forever                 a file, paced by its own times
//   journal:DIR?speed=1|10|max                                what `tickcast serve --journal DIR` has recorded
//   ndjson:-                                                  standard input
//   ndjson+tcp://HOST:PORT                                    listens for publishers
// Reading one touches neither the file nor the network, so `--check` can.
#include <stdexcept>
#include <string>
#include <string_view>

#include "feed/settings.hpp"

namespace tickcast::feed {

struct uri {
  std::string text;  // as given; the source's name in logs and metrics
  source_settings source;
};

// One sentence that names the URI, what is wrong with it, and what to write instead.
struct bad_uri : std::runtime_error {
  using std::runtime_error::runtime_error;
};

uri parse_uri(std::string_view text);  // throws bad_uri

}  // namespace tickcast::feed
