#include "feed/lean_tape.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace tickcast::feed {
namespace {

struct written {
  explicit written(const std::string& text, const std::string& name = "20131007_trade.csv") {
    directory = std::filesystem::temp_directory_path() / ("tickcast-lean-" + std::to_string(::getpid())) / "ibm";
    std::filesystem::create_directories(directory);
    path = (directory / name).string();
    std::ofstream{path} << text;
  }
  ~written() { std::filesystem::remove_all(directory.parent_path()); }
  std::filesystem::path directory;
  std::string path;
};

TEST(LeanTape, ReadsTradesByTheClockOfNewYork) {
  const written file{"34200072,1819000,200,P,2000,0\r\n\n57599003.0,1820001,1,N,20000020,0\n"};
  lean_tape tape{{file.path, {}, {}, "America/New_York", 0}};
  event e;
  ASSERT_EQ(tape.next(e), lean_tape::step::event);
  EXPECT_EQ(e.name, "IBM");
  EXPECT_TRUE(e.stamped);
  EXPECT_EQ(e.tick.venue_ns, 1'381'152'600'072'000'000) << "9:30 in summer is 13:30 UTC";
  EXPECT_EQ(wire::to_text({e.tick.trade.price, e.tick.price_exponent}), "181.9");
  EXPECT_EQ(e.tick.trade.size, 200);
  EXPECT_EQ(wire::venue_of(e.tick.trade), "P");
  EXPECT_EQ(e.notes.bytes().substr(2), "2000");
  ASSERT_EQ(tape.next(e), lean_tape::step::event);
  EXPECT_EQ(tape.line(), 3u);
  EXPECT_EQ(e.tick.trade.flags, wire::no_price);
  EXPECT_EQ(tape.next(e), lean_tape::step::end);
}

TEST(LeanTape, KnowsWhatATradeCountsFor) {
  EXPECT_EQ(lean_tape::flags_of(0x1), 0u);
  EXPECT_EQ(lean_tape::flags_of(0x1000000), wire::no_price);
  EXPECT_EQ(lean_tape::flags_of(0x20000020), wire::no_price);
  EXPECT_EQ(lean_tape::flags_of(0x20002020), 0u) << "outside the session nothing is left out";
  EXPECT_EQ(lean_tape::flags_of(0x4000000), wire::no_price | wire::no_volume);
}

TEST(LeanTape, PassesOverWhatItCannotRead) {
  const written file{"x,1,1,P,0,0\n1,1.5,1,P,0,0\n1,1,-1,P,0,0\n1,1,1,LONGNAMES,0,0\n1,1,1,P,xyz,0\n1,1,1,P\n86400000,1,1,P,0,0\n1,1,1,P,1,1\n"};
  lean_tape tape{{file.path, {}, {}, "UTC", 0}};
  event e;
  std::string faults;
  while (tape.next(e) == lean_tape::step::bad) faults += std::string{tape.why()}.substr(4, 5) + " ";
  EXPECT_EQ(faults, "first secon third fourt fifth fifth first ");
  EXPECT_EQ(e.tick.trade.flags, wire::no_price | wire::no_volume) << "a suspicious one is told, and counts for nothing";
}

std::string fault_of(const lean_settings& settings) {
  try {
    lean_tape{settings};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(LeanTape, SaysWhatIsMissing) {
  const written file{"", "trades.csv"};
  EXPECT_EQ(fault_of({file.path, {}, {}, "UTC", 0}), "'trades.c' is no date; name the file like 20131007_trade.zip, or write date=20131007");
  EXPECT_EQ(fault_of({file.path, {}, "20130231", "UTC", 0}), "'20130231' is no date; name the file like 20131007_trade.zip, or write date=20131007");
  EXPECT_EQ(fault_of({file.path + "x", {}, "20131007", "UTC", 0}), "cannot open " + file.path + "x: No such file or directory");
  EXPECT_NE(fault_of({file.path, {}, "20131007", "Mars/Base", 0}).find("knows no time zone 'Mars/Base'"), std::string::npos);
}

}  // namespace
}  // namespace tickcast::feed
