// What the auditor says of bars and statistics: a lawful conversation, and each way to spoil it.
#include "wire/view_course.hpp"

#include <gtest/gtest.h>

#include <string>

#include "conversation.hpp"

namespace tickcast::wire {
namespace {

std::string fault_of(std::string_view script, bool finished = true) {
  reference known;
  return violation_of(script, &known, finished);
}

const std::string bars =
R"([{"e":"welcome","v":1,"server":"t","session":"1","epoch":"e1","t":1,"ping_s":20,"channels":["trades","bars"]}]
>{"op":"subscribe","id":1,"channel":"trades","symbols":["A"],"snapshot":false}
[{"e":"subscribed","id":1,"channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":4}],"failed":[]}]
>{"op":"subscribe","id":2,"channel":"bars","period":"1s","symbols":["A"],"mode":"every","history":2}
[{"e":"subscribed","id":2,"channel":"bars","period":"1s","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":4}],"failed":[]},{"e":"bar","s":"A","i":"1s","t":1000000,"o":1,"h":3,"l":1,"c":2,"v":6,"k":3,"f":1,"n":3,"x":true,"snap":true},{"e":"bar","s":"A","i":"1s","t":4000000,"o":5,"h":5,"l":5,"c":5,"v":1,"k":1,"f":4,"n":4,"x":false,"snap":true}]
[{"e":"trade","s":"A","n":5,"t":4500000,"p":6,"q":2},{"e":"bar","s":"A","i":"1s","t":4000000,"o":5,"h":6,"l":5,"c":6,"v":3,"k":2,"f":4,"n":5,"x":false}]
[{"e":"bar","s":"A","i":"1s","t":4000000,"o":5,"h":6,"l":5,"c":6,"v":3,"k":2,"f":4,"n":5,"x":true}]
[{"e":"trade","s":"A","n":6,"t":6000000,"p":7,"q":1},{"e":"bar","s":"A","i":"1s","t":6000000,"o":7,"h":7,"l":7,"c":7,"v":1,"k":1,"f":6,"n":6,"x":false}]
[{"e":"trade","s":"A","n":7,"t":4900000,"p":4,"q":1},{"e":"bar","s":"A","i":"1s","t":4000000,"o":5,"h":6,"l":4,"c":4,"v":4,"k":3,"f":4,"n":7,"x":false,"rev":true}]
[{"e":"trade","s":"A","n":8,"t":6900000,"p":8.5,"q":1},{"e":"bar","s":"A","i":"1s","t":6000000,"o":7,"h":8.5,"l":7,"c":8.5,"v":2,"k":2,"f":6,"n":8,"x":true}]
[{"e":"heartbeat","t":9000000,"n":{"bars":{"A":8}}}]
>{"op":"list","id":3}
>{"op":"unsubscribe","id":4,"channel":"bars"}
[{"e":"subscriptions","id":3,"subscriptions":[{"channel":"trades","mode":"every","interval_ms":0,"symbols":["A"]},{"channel":"bars","period":"1s","mode":"every","interval_ms":0,"symbols":["A"]}]}]
[{"e":"unsubscribed","id":4,"channel":"bars","symbols":["A"]}]
)";

TEST(ViewCourse, OfALawfulServerIsRight) { EXPECT_EQ(fault_of(bars), ""); }

TEST(ViewCourse, IsWrongInEachWay) {
  const auto violation = [](std::string_view what, std::string_view by) { return fault_of(changed(bars, what, by)); };
  const auto begins = [&](std::string_view what, std::string_view by, std::string_view law) {
    const std::string found = violation(what, by);
    EXPECT_TRUE(found.starts_with(law)) << what << " -> " << by << ": " << found;
  };
  begins(R"("n":3,"x":true,"snap":true)", R"("n":3,"x":true)", "snapshot: bars_1s A");
  begins(R"("t":1000000,"o":1)", R"("t":5000000,"o":1)", "snapshot: bars_1s A 4000000 comes after 5000000");
  begins(R"("n":3,"x":true,"snap")", R"("n":3,"x":false,"snap")", "snapshot: bars_1s A 1000000 is open");
  begins(R"("t":1000000,"o":1)", R"("t":1000001,"o":1)", "message: its \"t\"");
  begins(R"("h":3,"l":1,"c":2)", R"("h":3,"l":1,"c":4)", "message: its \"o\" and \"c\"");
  begins(R"("k":3,"f":1,"n":3)", R"("k":4,"f":1,"n":3)", "message: its \"k\"");
  begins(R"("x":false,"rev":true)", R"("x":true,"rev":true)", "message: it is revised");
  begins(R"(,"x":false,"rev":true)", R"(,"x":false)", "order: bars_1s A 4000000 came after 6000000");
  begins(R"("f":4,"n":5,"x":true)", R"("f":4,"n":5,"x":false)", "end: bars_1s A 4000000 was not told to be over");
  begins(R"("v":3,"k":2,"f":4,"n":5,"x":false)", R"("v":3,"k":2,"f":4,"n":5,"x":true)", "end: bars_1s A 4000000 was over");
  begins(R"("o":7,"h":7,"l":7,"c":7,"v":1)", R"("o":7,"h":9,"l":7,"c":7,"v":1)", "growth: bars_1s A 6000000");
  begins(R"("bars":{"A":8})", R"("bars":{"A":9})", "heartbeat: it says 9 and 8");
  begins(R"("bars":{"A":8})", R"("bars":{"B":8})", "heartbeat: bars B is not subscribed");
  begins(R"({"channel":"bars","period":"1s",)", R"({"channel":"bars","period":"1m",)", "list: bars_1s A is subscribed, and not in it");
  begins(R"("channel":"bars","symbols":["A"]})", R"("channel":"bars","period":"1s","symbols":["A"]})", "ack: it is of another channel");
}

TEST(ViewCourse, IsHeldAgainstTheTrades) {
  for (const char* wrong : {R"("o":7,"h":8.5,"l":7,"c":8.5,"v":3)", R"("o":7,"h":8.75,"l":7,"c":8.5,"v":2)", R"("o":7,"h":8.5,"l":6,"c":8.5,"v":2)",
                            R"("o":7.5,"h":8.5,"l":7,"c":8.5,"v":2)", R"("o":7,"h":8.5,"l":7,"c":8,"v":2)"}) {
    const std::string found = fault_of(changed(bars, R"("o":7,"h":8.5,"l":7,"c":8.5,"v":2)", wrong));
    EXPECT_TRUE(found.starts_with("bar is exact: ")) << found;
  }
}

TEST(ViewCourse, CannotBeRecovered) {
  const std::string script =
R"([{"e":"welcome","v":1,"server":"t","session":"1","epoch":"e1","t":1,"ping_s":20,"channels":["bars","stats"]}]
>{"op":"subscribe","id":1,"channel":"stats","symbols":["A"],"resume":{"epoch":"e1","n":{"A":3}}}
[{"e":"subscribed","id":1,"channel":"stats","mode":"latest","interval_ms":0,"symbols":[{"s":"A","n":4,"recovered":false}],"failed":[]},{"e":"stat","s":"A","n":4,"t":5,"o":1,"h":3,"l":1,"c":2,"v":6,"k":3,"ch":1,"pct":100,"snap":true}]
[{"e":"stat","s":"A","n":6,"t":7,"o":1,"h":3,"l":1,"c":2.5,"v":8,"k":5,"ch":1.5,"pct":150}]
)";
  EXPECT_EQ(fault_of(script), "");
  EXPECT_TRUE(fault_of(changed(script, R"("recovered":false)", R"("recovered":true)")).starts_with("resume: "));
  EXPECT_TRUE(fault_of(changed(script, R"(,"pct":150)", "")).starts_with("message: its \"ch\" and \"pct\""));
  EXPECT_TRUE(fault_of(changed(script, R"("ch":1,"pct":100,"snap":true)", R"("ch":1,"pct":100)")).starts_with("snapshot: "));
}

}  // namespace
}  // namespace tickcast::wire
