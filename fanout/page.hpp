#pragma once
// The chart page's files, inside the binary: what `npm run build` left in web/dist when the server was built
// (cmake/assets.cmake). Each is there twice, as it is and gzipped, so that serving one is handing out a view.
//
// It knows nothing of HTTP beyond the headers that belong to a file.
#include <string_view>

namespace tickcast::fanout {

struct asset {
  std::string_view path;          // "/page.js"; the page itself is "/" and "/index.html"
  std::string_view content_type;  // with its charset
  std::string_view etag;          // strong, in its quotes
  std::string_view bytes, gzip;   // gzip is empty where it would save nothing
};

// Null when there is no such file.
const asset* find(std::string_view path);

}  // namespace tickcast::fanout
