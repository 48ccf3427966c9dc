#include "app/url.hpp"

#include <gtest/gtest.h>

namespace tickcast::app {
namespace {

void is(const char* text, bool tls, const char* authority, const char* path) {
  const auto parsed = parse_url(text);
  ASSERT_TRUE(parsed) << text;
  EXPECT_EQ(parsed->tls, tls) << text;
  EXPECT_EQ(parsed->authority(), authority) << text;
  EXPECT_EQ(parsed->path, path) << text;
}

TEST(Url, SaysWhereAndHow) {
  is("wss://localhost:8443/v1/stream", true, "localhost:8443", "/v1/stream");
  is("wss://localhost:8443", true, "localhost:8443", "/v1/stream");
  is("https://example.com/", true, "example.com:443", "/v1/stream");
  is("ws://127.0.0.1:80/other?a=b", false, "127.0.0.1:80", "/other?a=b");
  is("http://example.com", false, "example.com:80", "/v1/stream");
  is("localhost:8443", true, "localhost:8443", "/v1/stream");
  is("wss://[::1]:8443", true, "[::1]:8443", "/v1/stream");
  is("wss://[::1]", true, "[::1]:443", "/v1/stream");
}

TEST(Url, IsRefusedWhenItIsNone) {
  for (const char* text : {"", "wss://", "ftp://a", "wss://:8443", "wss://a:0", "wss://a:99999", "wss://a b", "wss://u:p@a:1",
                           "wss://::1:8443", "wss://a/x y", "wss://a/#b"})
    EXPECT_FALSE(parse_url(text)) << text;
}

}  // namespace
}  // namespace tickcast::app
