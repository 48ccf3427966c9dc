#include "wire/symbols.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace tickcast::wire {
namespace {

std::string name_for(std::size_t i) { return "S" + std::to_string(i); }

TEST(Symbol, IsOneToThirtyTwoOfItsCharacters) {
  for (std::string_view name : {"A", "AAPL", "brk.b", "BTC/USD", "ES=F", "^GSPC", "EUR-USD", "X:1_2", "0",
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"})
    EXPECT_TRUE(is_symbol(name)) << name;
  for (std::string_view name : {"", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg", "A B", "A\"", "A\\", "*", "A+", "A,B", "Ä", "A\n",
                                "A@B", "A[", "A`", "A{", "#1"})
    EXPECT_FALSE(is_symbol(name)) << name;
  EXPECT_FALSE(is_symbol(std::string_view{"A\0", 2}));
  int allowed = 0;
  for (int c = 0; c < 256; ++c) allowed += is_symbol(std::string(1, static_cast<char>(c)));
  EXPECT_EQ(allowed, 26 + 26 + 10 + 7);
}

TEST(SymbolTable, GivesDenseIdsFromZeroUntilItIsFull) {
  symbol_table table{3};
  EXPECT_EQ(table.limit(), 3u);
  EXPECT_EQ(table.append("A"), symbol_id{0});
  EXPECT_EQ(table.append("B"), symbol_id{1});
  EXPECT_EQ(table.append("C"), symbol_id{2});
  EXPECT_EQ(table.append("D"), std::nullopt);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.name(symbol_id{0}), "A");
  EXPECT_EQ(table.name(symbol_id{2}), "C");
}

TEST(SymbolTable, MovesNoNameWhileItGrows) {
  symbol_table table{5000};
  table.append(name_for(0));
  const char* first = table.name(symbol_id{0}).data();
  for (std::size_t i = 1; i < 5000; ++i) ASSERT_EQ(table.append(name_for(i)), symbol_id{static_cast<std::uint32_t>(i)});
  EXPECT_EQ(table.append("ONE-MORE"), std::nullopt);
  EXPECT_EQ(table.name(symbol_id{0}).data(), first);
  for (std::size_t i = 0; i < 5000; ++i) ASSERT_EQ(table.name(symbol_id{static_cast<std::uint32_t>(i)}), name_for(i));
}

TEST(SymbolTable, KeepsANameOfFullLength) {
  symbol_table table{1};
  const std::string longest(symbol_max, 'Z');
  table.append(longest);
  EXPECT_EQ(table.name(symbol_id{0}), longest);
}

TEST(Directory, FindsWhatItWasRefreshedWith) {
  symbol_table table{10};
  directory d{table};
  table.append("A");
  EXPECT_TRUE(d.stale());
  EXPECT_EQ(d.find("A"), std::nullopt);
  d.refresh();
  EXPECT_FALSE(d.stale());
  EXPECT_EQ(d.find("A"), symbol_id{0});
  EXPECT_EQ(d.find("a"), std::nullopt);
  EXPECT_EQ(d.find(""), std::nullopt);
  EXPECT_EQ(d.size(), 1u);
}

TEST(Directory, ShowsEachNewSymbolOnce) {
  symbol_table table{10};
  directory d{table};
  std::vector<std::string> seen;
  const auto refresh = [&] { d.refresh([&](symbol_id id, std::string_view name) {
    seen.push_back(std::to_string(index_of(id)) + std::string(name));
  }); };
  table.append("A");
  table.append("B");
  refresh();
  refresh();
  table.append("C");
  refresh();
  EXPECT_EQ(seen, (std::vector<std::string>{"0A", "1B", "2C"}));
}

TEST(Directory, FollowsATableThatGrowsOnAnotherThread) {
  constexpr std::size_t count = 20'000;
  symbol_table table{count};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r)
    readers.emplace_back([&] {
      directory d{table};
      while (d.size() < count) {
        d.refresh([&](symbol_id id, std::string_view name) {
          if (name != name_for(index_of(id))) ADD_FAILURE() << "id " << index_of(id) << " is " << name;
        });
        std::this_thread::yield();
      }
      EXPECT_EQ(d.find(name_for(count - 1)), symbol_id{count - 1});
    });
  for (std::size_t i = 0; i < count; ++i) table.append(name_for(i));
  for (auto& t : readers) t.join();
}

}  // namespace
}  // namespace tickcast::wire
