#include "feed/zip_file.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include <zlib.h>

namespace tickcast::feed {
namespace {

std::string number(std::uint64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i);
  return out;
}

// An archive with one file, as other programs write it.
std::string archive(const std::string& content, bool pack, std::uint16_t method) {
  std::string packed = content;
  if (pack) {
    packed.resize(content.size() + 100);
    z_stream z{};
    EXPECT_EQ(::deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    z.avail_in = static_cast<uInt>(content.size());
    z.next_out = reinterpret_cast<Bytef*>(packed.data());
    z.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(::deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.resize(z.total_out);
    ::deflateEnd(&z);
  }
  const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  const std::string name = "a.csv";
  const std::string sizes = number(crc, 4) + number(packed.size(), 4) + number(content.size(), 4) + number(name.size(), 2);
  const std::string local = "PK\x03\x04" + number(20, 2) + number(0, 2) + number(method, 2) + number(0, 4) + sizes + number(0, 2) + name + packed;
  const std::string entry = "PK\x01\x02" + number(20, 2) + number(20, 2) + number(0, 2) + number(method, 2) + number(0, 4) + sizes +
                            number(0, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(0, 4) + name;
  return local + entry + "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) + number(entry.size(), 4) + number(local.size(), 4) + number(0, 2);
}

TEST(ZipFile, UnpacksTheFirstFile) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i * 37) + ",1815200,283,P,20002020,0\n";
  const zip_entry packed = unzip_first(archive(text, true, 8));
  EXPECT_EQ(packed.name, "a.csv");
  EXPECT_EQ(packed.content, text);
  EXPECT_EQ(unzip_first(archive(text, false, 0)).content, text);
  EXPECT_EQ(unzip_first(archive("", false, 0)).content, "");
}

std::string fault_of(const std::string& bytes) {
  try {
    unzip_first(bytes);
  } catch (const zip_error& error) {
    return error.what();
  }
  return {};
}

TEST(ZipFile, SaysWhatIsWrong) {
  EXPECT_EQ(fault_of("hello"), "it is no ZIP archive");
  EXPECT_EQ(fault_of(archive("x", false, 12)), "it is packed in a way that is not known here (only deflate is)");
  std::string other = archive("hello", false, 0);
  other[other.find("hello")] = 'j';
  EXPECT_EQ(fault_of(other), "its content is damaged");
}

TEST(ZipFile, IsNotTakenInByAnyByte) {
  const std::string good = archive(std::string(500, 'x') + "end", true, 8);
  std::mt19937 dice{3};
  for (int i = 0; i < 5000; ++i) {
    std::string bad = good;
    bad[dice() % bad.size()] = static_cast<char>(dice());
    if (i % 3 == 0) bad.resize(dice() % bad.size());
    const std::string fault = fault_of(bad);
    EXPECT_TRUE(fault.empty() || fault.starts_with("it")) << fault;
  }
}

}  // namespace
}  // namespace tickcast::feed
