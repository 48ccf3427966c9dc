#include "wire/message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tickcast::wire {
namespace {

template <class Write>
std::string written(Write write) {
  text to;
  write(to);
  return std::string(to.view());
}

TEST(Message, WelcomesWithVersionEpochAndLimits) {
  welcome w{"tickcast/0.1.0", "9f2c", "6e1b", 1732060800123456, 20, 1024, 10, 40, 65536};
  EXPECT_EQ(written([&](text& to) { add_welcome(to, w); }),
            R"({"e":"welcome","v":1,"server":"tickcast/0.1.0","session":"9f2c","epoch":"6e1b","t":1732060800123456,)"
            R"("ping_s":20,"limits":{"symbols":1024,"commands_per_s":10,"burst":40,"frame_bytes":65536},)"
            R"("encodings":["json","sbe"],"channels":["trades","quotes","bars","book","stats","status"]})");
}

TEST(Message, WelcomesWithFractionsOfSettings) {
  welcome w{"v", "s", "e", 0, 0.5, 0, 2.125, 0.1, 1};
  EXPECT_EQ(written([&](text& to) { add_welcome(to, w); }),
            R"({"e":"welcome","v":1,"server":"v","session":"s","epoch":"e","t":0,"ping_s":0.5,)"
            R"("limits":{"symbols":0,"commands_per_s":2.125,"burst":0.1,"frame_bytes":1},)"
            R"("encodings":["json","sbe"],"channels":["trades","quotes","bars","book","stats","status"]})");
}

TEST(Message, EchoesTheIdAsItWasWritten) {
  EXPECT_EQ(written([](text& to) { add_pong(to, "5", 1732060800123456); }),
            R"({"e":"pong","id":5,"t":1732060800123456})");
  EXPECT_EQ(written([](text& to) { add_pong(to, R"("a\u0062")", 7); }), R"({"e":"pong","id":"a\u0062","t":7})");
  EXPECT_EQ(written([](text& to) { add_pong(to, "", 7); }), R"({"e":"pong","t":7})");
}

TEST(Message, EchoesDataUntouched) {
  EXPECT_EQ(written([](text& to) { add_echo(to, "6", R"({"a": [1.50, null]})"); }),
            R"({"e":"echo","id":6,"data":{"a": [1.50, null]}})");
  EXPECT_EQ(written([](text& to) { add_echo(to, "", "null"); }), R"({"e":"echo","data":null})");
}

TEST(Message, TellsAnErrorWithItsCodeAndAReason) {
  EXPECT_EQ(written([](text& to) { add_error(to, {"1", error_code::bad_channel, "no channel \"x\"\n", {}}); }),
            R"({"e":"error","id":1,"code":"bad_channel","message":"no channel \"x\"\n"})");
  EXPECT_EQ(written([](text& to) { add_error(to, {"", error_code::bad_json, "é", {}}); }),
            R"({"e":"error","code":"bad_json","message":"é"})");
}

TEST(Message, SaysByeAndWhenToComeBack) {
  EXPECT_EQ(written([](text& to) { add_bye(to, 1250); }), R"({"e":"bye","why":"draining","retry_ms":1250})");
}

TEST(Message, NamesASymbol) {
  EXPECT_EQ(written([](text& to) { add_symbol(to, "BTC/USD", 9); }), R"({"e":"symbol","s":"BTC/USD","id":9})");
}

TEST(Message, AnnouncesAChangeOfRate) {
  EXPECT_EQ(written([](text& to) { add_rate(to, channel::trades, delivery_mode::latest); }),
            R"({"e":"rate","channel":"trades","mode":"latest","why":"slow_consumer"})");
  EXPECT_EQ(written([](text& to) { add_rate(to, channel::quotes, delivery_mode::every); }),
            R"({"e":"rate","channel":"quotes","mode":"every","why":"slow_consumer"})");
}

TEST(Message, DescribesADelivery) {
  EXPECT_EQ(written([](text& to) { add_delivery(to, {delivery_mode::latest, slow_policy::gap, 250}); }),
            R"(,"mode":"latest","interval_ms":250)");
  EXPECT_EQ(written([](text& to) { add_delivery(to, {}); }), R"(,"mode":"every","interval_ms":0)");
}

TEST(Message, PutsCommasBetweenAndNotBefore) {
  EXPECT_EQ(written([](text& to) {
              comma between;
              for (char c : {'a', 'b', 'c'}) between.put(to), to.add(c);
            }),
            "a,b,c");
}

}  // namespace
}  // namespace tickcast::wire
