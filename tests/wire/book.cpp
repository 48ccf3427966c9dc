#include "wire/book.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <string>

#include <zlib.h>

#include "tests/given.hpp"
#include "wire/json_reader.hpp"

namespace tickcast::wire {
namespace {

decimal of(std::string_view text) { return *parse_decimal(text); }

std::string text_of(const book& b) {
  std::string all;
  for (book_side s : book_sides) {
    all += s == book_side::bid ? "b" : " a";
    for (std::size_t i = 0; i < b.count(s); ++i) all += " " + to_text(b.at(s, i).price) + "x" + to_text(b.at(s, i).size);
  }
  return all;
}

TEST(Book, KeepsItsLevelsInOrder) {
  book b;
  using kind = book::effect::kind;
  EXPECT_EQ(b.apply(book_side::bid, of("9.5"), of("2")).what, kind::added);
  EXPECT_EQ(b.apply(book_side::bid, of("10"), of("1")).rank, 0u);
  EXPECT_EQ(b.apply(book_side::bid, of("9"), of("3")).rank, 2u);
  b.apply(book_side::ask, of("11"), of("5"));
  EXPECT_EQ(b.apply(book_side::ask, of("10.5"), of("4")).rank, 0u);
  EXPECT_EQ(text_of(b), "b 10x1 9.5x2 9x3 a 10.5x4 11x5");
  const auto changed = b.apply(book_side::bid, of("9.5"), of("7"));
  EXPECT_EQ(changed.what, kind::changed);
  EXPECT_EQ(changed.rank, 1u);
  EXPECT_EQ(changed.before, of("2"));
  EXPECT_EQ(b.apply(book_side::bid, of("9.5"), of("7")).what, kind::none);
  EXPECT_EQ(b.apply(book_side::ask, of("10"), of("0")).what, kind::none);
  const auto gone = b.apply(book_side::bid, of("10"), of("0"));
  EXPECT_EQ(gone.what, kind::removed);
  EXPECT_EQ(gone.rank, 0u);
  EXPECT_EQ(gone.before, of("1"));
  EXPECT_EQ(text_of(b), "b 9.5x7 9x3 a 10.5x4 11x5");
  EXPECT_EQ(b.size_at(book_side::bid, of("9")), of("3"));
  EXPECT_EQ(b.size_at(book_side::ask, of("9")), decimal{});
  book top;
  top.take_top(b, 1);
  EXPECT_EQ(text_of(top), "b 9.5x7 a 10.5x4");
}

TEST(Book, TakesEqualNumbersForEqualHoweverTheyAreWritten) {
  book b;
  b.apply(book_side::bid, {1000, -2}, {50, -1});
  EXPECT_EQ(b.apply(book_side::bid, {10, 0}, {5, 0}).what, book::effect::kind::none);
  EXPECT_EQ(b.apply(book_side::bid, {1, 1}, {0, -5}).what, book::effect::kind::removed);
  b.apply(book_side::ask, {1, 18}, {1, 0});
  EXPECT_EQ(b.apply(book_side::ask, {1'000'000'000'000'000'000, 0}, {0, 0}).what, book::effect::kind::removed);
  EXPECT_TRUE(b.empty());
}

TEST(Book, IsCrossedWhenABidIsNotBelowAnAsk) {
  book b;
  b.apply(book_side::bid, of("10"), of("1"));
  EXPECT_FALSE(b.crossed());
  b.apply(book_side::ask, of("10.01"), of("1"));
  EXPECT_FALSE(b.crossed());
  b.apply(book_side::ask, of("10"), of("1"));
  EXPECT_TRUE(b.crossed());
}

TEST(Book, AgreesWithAMapUnderRandomChanges) {
  std::mt19937_64 dice{7};
  book b;
  std::map<std::int64_t, std::int64_t> sides[2];
  for (int i = 0; i < 50'000; ++i) {
    const book_side s = book_sides[dice() % 2];
    auto& side = sides[index_of(s)];
    const auto price = static_cast<std::int64_t>(dice() % 300) * 25;
    const auto size = dice() % 3 ? static_cast<std::int64_t>(dice() % 5) : 0;
    const auto known = side.find(price);
    const auto rank = s == book_side::ask ? std::distance(side.begin(), side.lower_bound(price))
                                          : std::distance(side.upper_bound(price), side.end());
    const auto done = b.apply(s, {price, -2}, {size, 0});
    const std::int64_t before = known == side.end() ? 0 : known->second;
    ASSERT_EQ(compare(done.before, {before, 0}), 0);
    if (done.what != book::effect::kind::none) {
      ASSERT_EQ(done.rank, static_cast<std::size_t>(rank));
    } else {
      ASSERT_TRUE(before == size);
    }
    if (size) {
      side[price] = size;
    } else {
      side.erase(price);
    }
    ASSERT_EQ(b.count(s), side.size());
    if (i % 97) continue;
    std::size_t at = 0;
    const auto same = [&](const auto& each) {
      ASSERT_EQ(compare(b.at(s, at).price, {each.first, -2}), 0);
      ASSERT_EQ(compare(b.at(s, at++).size, {each.second, 0}), 0);
    };
    if (s == book_side::ask)
      for (auto l = side.begin(); l != side.end(); ++l) same(*l);
    else
      for (auto l = side.rbegin(); l != side.rend(); ++l) same(*l);
  }
}

std::string digits(decimal d) {
  char text[decimal_text_max];
  return {text, write_digits(text, d)};
}

TEST(Book, TakesDigitsWithoutPointAndZerosInFront) {
  EXPECT_EQ(digits({18934, -2}), "18934");
  EXPECT_EQ(digits({5, -4}), "5");
  EXPECT_EQ(digits({452852, -1}), "452852");
  EXPECT_EQ(digits({12, 2}), "1200");
}

std::uint32_t crc(const std::string& text) {
  return static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

TEST(Book, HasAChecksumOfTheBestTenLevelsAsksFirst) {
  book b;
  EXPECT_EQ(b.sum(), 0u);
  std::string asks, bids;
  for (int i = 0; i < 12; ++i) {
    b.apply(book_side::ask, {10'050 + 5 * i, -2}, {5 + i, -3});
    b.apply(book_side::bid, {10'045 - 5 * i, -2}, {700, 0});
    if (i < 10) asks += digits(normal({10'050 + 5 * i, -2})) + digits(normal({5 + i, -3})), bids += digits(normal({10'045 - 5 * i, -2})) + "700";
  }
  EXPECT_EQ(b.sum(), crc(asks + bids));
  book top;
  top.take_top(b, 3);
  EXPECT_EQ(b.sum(3), top.sum());
  EXPECT_NE(b.sum(3), b.sum());
}

// One of Kraken's own: its numbers have as many decimals as their market, zeros included, where ours have none at the end.
// Otherwise the rule is the same. A recording of its book channel is played, and each checksum in it is made again.
struct kraken {
  std::map<std::string, book> books;
  std::map<std::string, std::pair<int, int>> decimals;
  std::size_t sums = 0, good = 0;

  static std::string inside(const json_value& v) { return std::string{v.raw.substr(1, v.raw.size() - 2)}; }
  static std::string padded(decimal d, int places) {
    while (d.exponent > -places) d.mantissa *= 10, --d.exponent;
    return std::to_string(d.mantissa);
  }
  void levels(const std::string& pair, book_side s, const json_value& list) {
    json_walk each{list.raw};
    while (each.next()) {
      json_walk parts{each.value().raw};
      parts.next();
      const std::string price = inside(parts.value());
      parts.next();
      const std::string size = inside(parts.value());
      decimals[pair] = {static_cast<int>(price.size() - price.find('.') - 1), static_cast<int>(size.size() - size.find('.') - 1)};
      books[pair].apply(s, of(price), of(size));
    }
  }
  void line(std::string_view text) {
    if (text.find(": [") == text.npos) return;
    text.remove_prefix(text.find(": [") + 2);
    json_walk walk{text};
    std::vector<json_value> parts;
    while (walk.next()) parts.push_back(walk.value());
    if (parts.size() < 4) return;
    const std::string pair = inside(parts.back());
    std::string told;
    for (std::size_t i = 1; i + 2 < parts.size(); ++i) {
      json_walk members{parts[i].raw};
      while (members.next()) {
        const std::string key{members.key()};
        if (key == "as" || key == "bs") books[pair] = key == "as" ? book{} : std::move(books[pair]);
        if (key == "a" || key == "as") levels(pair, book_side::ask, members.value());
        if (key == "b" || key == "bs") levels(pair, book_side::bid, members.value());
        if (key == "c") told = inside(members.value());
      }
    }
    if (told.empty()) return;
    std::string all;
    const auto [prices, sizes] = decimals[pair];
    for (book_side s : {book_side::ask, book_side::bid})
      for (std::size_t i = 0; i < std::min<std::size_t>(10, books[pair].count(s)); ++i)
        all += padded(books[pair].at(s, i).price, prices) + padded(books[pair].at(s, i).size, sizes);
    ++sums;
    good += std::to_string(crc(all)) == told;
  }
};

TEST(Book, MakesTheChecksumsOfARecordingOfKraken) {
  const std::string path = given::data() / "exchange-ws/KRAKEN/KRAKEN.ws.50.0.gz";
  const auto close = [](gzFile_s* f) { ::gzclose(f); };
  const std::unique_ptr<gzFile_s, decltype(close)> file{std::ifstream{path} ? ::gzopen(path.c_str(), "rb") : nullptr, close};
  if (!file) GTEST_SKIP() << "there is no " << path;
  kraken k;
  std::string line;
  char part[65536];
  while (::gzgets(file.get(), part, sizeof part)) {
    line += part;
    if (!line.ends_with('\n')) continue;
    k.line(line);
    line.clear();
  }
  EXPECT_GT(k.sums, 100u);
  EXPECT_EQ(k.good, k.sums);
}

}  // namespace
}  // namespace tickcast::wire
