#include "wire/deflate.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tickcast::wire {
namespace {

// As RFC 7692 §7.2.2 has it: the tail put back, one raw inflate with the window that was agreed.
std::string inflated(std::string_view message, int window_bits) {
  std::string from{message};
  from.append("\x00\x00\xFF\xFF", 4);
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, -window_bits), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(from.data());
  stream.avail_in = static_cast<uInt>(from.size());
  std::string out;
  char piece[65536];
  int result = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    result = ::inflate(&stream, Z_SYNC_FLUSH);
    out.append(piece, sizeof piece - stream.avail_out);
  } while (result == Z_OK && stream.avail_out == 0);
  EXPECT_TRUE(result == Z_OK || result == Z_BUF_ERROR) << (stream.msg ? stream.msg : "");
  EXPECT_EQ(stream.avail_in, 0u) << "all of it was read";
  ::inflateEnd(&stream);
  return out;
}

std::string noise(std::size_t size) {
  static std::mt19937_64 random{99};
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string market(std::size_t size) {
  std::string text = "[";
  for (int n = 1; text.size() < size; ++n)
    text += R"({"e":"trade","s":"AAPL","n":)" + std::to_string(n) + R"(,"p":189.)" + std::to_string(n * 7919 % 100) + R"(,"q":100},)";
  text.resize(size);
  return text;
}

std::string deflated(deflater& d, std::string_view message, int bits) {
  text to;
  d.compress(message, bits, to);
  return std::string(to.view());
}

TEST(Deflate, IsUndoneByZlibInEveryWindowAndSize) {
  deflater d;
  for (int bits = 9; bits <= 15; ++bits)
    for (std::size_t size : {1u, 2u, 3u, 4u, 5u, 100u, 255u, 256u, 511u, 512u, 513u, 4096u, 16320u, 32768u, 65535u, 65536u, 1u << 20})
      for (const std::string& message : {noise(size), market(size), std::string(size, 'a')})
        ASSERT_TRUE(inflated(deflated(d, message, bits), bits) == message) << size << " bytes in a window of " << bits;
}

TEST(Deflate, MakesAnEmptyMessageOneZeroByte) {
  deflater d;
  for (int bits = 9; bits <= 15; ++bits) {
    EXPECT_EQ(deflated(d, {}, bits), std::string(1, '\0'));
    EXPECT_EQ(inflated(deflated(d, {}, bits), bits), "");
  }
}

TEST(Deflate, TakesNoContextFromOneMessageToTheNext) {
  deflater used;
  const std::string first = market(5000);
  const std::string alone = deflated(used, first, 15);
  deflated(used, noise(100'000), 15);
  deflated(used, {}, 15);
  EXPECT_EQ(deflated(used, first, 15), alone);
  deflater fresh;
  EXPECT_EQ(deflated(fresh, first, 15), alone);
}

TEST(Deflate, AppendsBehindWhatIsThere) {
  deflater d;
  text to;
  to.add("head");
  d.compress(market(1000), 12, to);
  EXPECT_EQ(to.view(0, 4), "head");
  EXPECT_EQ(inflated(to.view(4, to.size() - 4), 12), market(1000));
  to.clear();
  to.add("head");
  d.compress({}, 12, to);
  EXPECT_EQ(to.view(), std::string_view("head\0", 5));
}

TEST(Deflate, MakesMarketDataSmaller) {
  deflater d;
  EXPECT_LT(deflated(d, market(16'000), 15).size(), 16'000u / 4);
  EXPECT_LT(deflated(d, noise(16'000), 15).size(), 16'100u) << "and noise hardly larger";
}

TEST(Deflate, UsesTheNearestWindowItHas) {
  deflater d;
  EXPECT_EQ(deflated(d, market(5000), 99), deflated(d, market(5000), 15));
  EXPECT_EQ(deflated(d, market(5000), 1), deflated(d, market(5000), 9));
}

// `off`, or the window and what is answered for.
std::string chosen(std::string_view header) {
  std::string canonical;
  const deflate_terms terms = choose_deflate(header, canonical);
  return terms.on ? std::to_string(terms.server_bits) + " " + canonical : "off" + canonical;
}

TEST(ChooseDeflate, AcceptsWhatRfc7692Allows) {
  const std::string plain = "15 permessage-deflate; server_no_context_takeover";
  EXPECT_EQ(chosen("permessage-deflate"), plain);
  EXPECT_EQ(chosen("  permessage-deflate\t"), plain);
  EXPECT_EQ(chosen("Permessage-Deflate"), plain);
  EXPECT_EQ(chosen("permessage-deflate; server_no_context_takeover"), plain);
  EXPECT_EQ(chosen("permessage-deflate;server_no_context_takeover;client_no_context_takeover"),
            plain + "; client_no_context_takeover");
  EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits"), plain + "; client_max_window_bits");
  EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits=10"), plain + "; client_max_window_bits=10");
  EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits=8"), plain + "; client_max_window_bits")
      << "a hint that may be left out";
  EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=15"), plain + "; server_max_window_bits=15");
  EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=\"10\""),
            "10 permessage-deflate; server_no_context_takeover; server_max_window_bits=10");
  for (int bits = 9; bits <= 15; ++bits)
    EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits = " + std::to_string(bits)),
              std::to_string(bits) + " permessage-deflate; server_no_context_takeover; server_max_window_bits=" + std::to_string(bits));
  EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits=\"12\"; server_max_window_bits=9; "
                   "client_no_context_takeover; server_no_context_takeover"),
            "9 permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
            "client_max_window_bits=12");
}

TEST(ChooseDeflate, DeclinesWhatItCannotMeetOrRead) {
  for (const char* header : {
           "", " ", ",", "x-webkit-deflate-frame", "permessage-bzip2", "permessage-deflate2", "permessage deflate",
           "permessage-deflate; unknown", "permessage-deflate; unknown=1", "permessage-deflate; ; server_no_context_takeover",
           "permessage-deflate; server_no_context_takeover=true", "permessage-deflate; server_no_context_takeover=",
           "permessage-deflate; client_no_context_takeover=1",
           "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
           "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
           "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
           "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
           "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=",
           "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=7",
           "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=+9",
           "permessage-deflate; server_max_window_bits=-9", "permessage-deflate; server_max_window_bits=1e1",
           "permessage-deflate; server_max_window_bits=ten", "permessage-deflate; server_max_window_bits=10x",
           "permessage-deflate; server_max_window_bits=\"10", "permessage-deflate; server_max_window_bits=\"\"",
           "permessage-deflate; client_max_window_bits=", "permessage-deflate; client_max_window_bits=7",
           "permessage-deflate; client_max_window_bits=16"})
    EXPECT_EQ(chosen(header), "off") << header;
}

TEST(ChooseDeflate, DeclinesAWindowWithLeadingZeros) {
  // RFC 7692 §7.1.2: "a decimal integer value without leading zeroes".
  EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=09"), "off");
  EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=010"), "off");
  EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits=\"015\""), "off");
}

TEST(ChooseDeflate, KnowsWhetherAWindowWasAskedFor) {
  std::string canonical;
  EXPECT_FALSE(choose_deflate("permessage-deflate; client_max_window_bits=10", canonical).named_bits);
  EXPECT_TRUE(choose_deflate("permessage-deflate; server_max_window_bits=15", canonical).named_bits);
  EXPECT_FALSE(choose_deflate("permessage-deflate; server_max_window_bits=8", canonical).named_bits);
}

TEST(ChooseDeflate, TakesTheFirstOfferItCanMeet) {
  const std::string plain = "15 permessage-deflate; server_no_context_takeover";
  EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=8, permessage-deflate"), plain);
  EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=10, permessage-deflate"),
            "10 permessage-deflate; server_no_context_takeover; server_max_window_bits=10");
  EXPECT_EQ(chosen("x-webkit-deflate-frame; no_context_takeover, permessage-deflate"), plain);
  EXPECT_EQ(chosen("permessage-deflate; future, permessage-deflate; client_max_window_bits"), plain + "; client_max_window_bits");
  EXPECT_EQ(chosen(",,permessage-deflate"), plain);
  EXPECT_EQ(chosen("mux; quota=4, foo"), "off");
}

}  // namespace
}  // namespace tickcast::wire
