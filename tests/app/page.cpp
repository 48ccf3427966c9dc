#include "fanout/page.hpp"

#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace tickcast::fanout {
namespace {

std::string unpacked(std::string_view gzip, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(Page, IsInTheBinary) {
  const asset* page = find("/");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page, find("/index.html"));
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_NE(page->bytes.find("<html"), page->bytes.npos);
  EXPECT_EQ(page->etag.size(), 18U);
  EXPECT_EQ(page->etag.front(), '"');
}

TEST(Page, IsPackedToTheSameBytes) {
  for (const char* path : {"/", "/page.js", "/style.css", "/favicon.svg"}) {
    const asset* file = find(path);
    ASSERT_NE(file, nullptr) << path;
    EXPECT_LT(file->gzip.size(), file->bytes.size()) << path;
    EXPECT_EQ(unpacked(file->gzip, file->bytes.size()), file->bytes) << path;
  }
}

TEST(Page, HasNothingElse) {
  for (const char* path : {"", "/nothing", "page.js", "/../page.js", "/page.js/"}) EXPECT_EQ(find(path), nullptr) << path;
}

}  // namespace
}  // namespace tickcast::fanout
