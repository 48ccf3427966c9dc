#include "wire/auditor.hpp"

#include <gtest/gtest.h>

#include "conversation.hpp"

namespace tickcast::wire {
namespace {

std::string law_of(const std::string& violation) { return violation.substr(0, violation.find(':')); }

const std::string welcome =
    R"([{"e":"welcome","v":1,"server":"t","session":"1","epoch":"e1","t":1,"ping_s":20,"limits":{"symbols":1024,"commands_per_s":10,"burst":40,"frame_bytes":65536},"encodings":["json","sbe"],"channels":["trades","quotes"]}])"
    "\n";

// Every message of one symbol, with a snapshot of two, a gap, a spell of slowness, a heartbeat, and an end.
const std::string every = welcome +
R"(>{"op":"subscribe","id":1,"channel":"trades","symbols":["AAPL","XX"],"on_slow":"latest","history":2}
[{"e":"subscribed","id":1,"channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"AAPL","n":10}],"failed":[{"s":"XX","code":"unknown_symbol"}]},{"e":"trade","s":"AAPL","n":9,"t":900,"p":1.5,"q":1,"snap":true},{"e":"trade","s":"AAPL","n":10,"t":1000,"p":1.5,"q":1,"snap":true}]
[{"e":"trade","s":"AAPL","n":11,"t":1100,"p":1.25,"q":3,"side":"buy","new_key":[1]}]
[{"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4}]
[{"e":"trade","s":"AAPL","n":13,"t":1300,"p":1.75,"q":5},{"e":"gap","channel":"trades","s":"AAPL","f":14,"n":16,"why":"overflow"},{"e":"trade","s":"AAPL","n":17,"t":1700,"p":1.5,"q":7}]
[{"e":"rate","channel":"trades","mode":"latest","why":"slow_consumer"},{"e":"trade","s":"AAPL","n":20,"t":2000,"p":2,"q":2,"o":1.5,"h":2.5,"l":1.5,"v":9,"f":18,"k":3}]
[{"e":"rate","channel":"trades","mode":"every","why":"slow_consumer"},{"e":"trade","s":"AAPL","n":21,"t":2100,"p":2,"q":1}]
[{"e":"heartbeat","t":5000000,"n":{"trades":{"AAPL":21}}}]
[{"e":"weather","s":"ANY"},{"e":"trade","s":"AAPL","n":22,"t":2200,"p":2,"q":1}]
>{"op":"list","id":"a"}
>[{"op":"unsubscribe","id":2,"channel":"trades","symbols":["AAPL"]},{"op":"ping","id":3}]
[{"e":"subscriptions","id":"a","subscriptions":[{"channel":"trades","mode":"every","interval_ms":0,"symbols":["AAPL"]}]}]
[{"e":"unsubscribed","id":2,"channel":"trades","symbols":["AAPL"]},{"e":"pong","id":3,"t":1}]
)";

// All symbols, merged; two of them are named later, and one is left out again.
const std::string latest = welcome +
R"(>{"op":"subscribe","channel":"quotes","symbols":["*"],"interval_ms":100}
[{"e":"subscribed","channel":"quotes","mode":"latest","interval_ms":100,"symbols":[{"s":"*","count":2}],"failed":[]},{"e":"quote","s":"A","n":5,"t":1,"b":1,"bq":1,"a":2,"aq":1,"snap":true},{"e":"quote","s":"B","n":7,"t":1,"b":1,"bq":1,"a":2,"aq":1,"snap":true}]
[{"e":"quote","s":"A","n":8,"t":2,"b":1,"bq":1,"a":2,"aq":1,"f":6,"k":3},{"e":"quote","s":"C","n":1,"t":2,"b":1,"bq":1,"a":2,"aq":1}]
[{"e":"quote","s":"C","n":2,"t":2,"b":1,"bq":1,"a":2,"aq":1},{"e":"quote","s":"D","n":3,"t":2,"b":1,"bq":1,"a":2,"aq":1,"f":1,"k":3}]
[{"e":"heartbeat","t":1000000,"n":{"quotes":{"A":8,"B":7}}}]
>{"op":"unsubscribe","channel":"quotes","symbols":["A"]}
[{"e":"unsubscribed","channel":"quotes","symbols":["A"]}]
[{"e":"quote","s":"B","n":8,"t":2,"b":1,"bq":1,"a":2,"aq":1}]
>{"op":"unsubscribe","channel":"quotes"}
[{"e":"unsubscribed","channel":"quotes","symbols":["B","C","D"]}]
)";

// Two symbols resumed: one is recovered, the other is not.
const std::string resumed = welcome +
R"(>{"op":"subscribe","id":1,"channel":"trades","symbols":["A","B"],"resume":{"epoch":"e1","n":{"A":4,"B":2}}}
[{"e":"subscribed","id":1,"channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":6,"recovered":true},{"s":"B","n":9,"recovered":false}],"failed":[]},{"e":"trade","s":"A","n":5,"t":1,"p":1,"q":1},{"e":"trade","s":"A","n":6,"t":1,"p":1,"q":1}]
[{"e":"trade","s":"B","n":9,"t":1,"p":1,"q":1,"snap":true},{"e":"trade","s":"A","n":7,"t":1,"p":1,"q":1},{"e":"trade","s":"B","n":10,"t":1,"p":1,"q":1}]
)";

// Options are changed while messages of the old ones are on their way.
const std::string again = welcome +
R"(>{"op":"subscribe","id":1,"channel":"trades","symbols":["A"],"mode":"latest"}
[{"e":"subscribed","id":1,"channel":"trades","mode":"latest","interval_ms":0,"symbols":[{"s":"A","n":3}],"failed":[]},{"e":"trade","s":"A","n":3,"t":1,"p":1,"q":1,"snap":true}]
>{"op":"subscribe","id":2,"channel":"trades","symbols":["A"]}
[{"e":"subscribed","id":2,"channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":8}],"failed":[]},{"e":"trade","s":"A","n":4,"t":1,"p":1,"q":1}]
[{"e":"trade","s":"A","n":8,"t":1,"p":1,"q":1,"o":1,"h":1,"l":1,"v":4,"f":5,"k":4}]
[{"e":"trade","s":"A","n":8,"t":1,"p":1,"q":1,"snap":true},{"e":"trade","s":"A","n":9,"t":1,"p":1,"q":1}]
)";

struct breach {
  const std::string& script;
  std::string what, by;
  std::string law;
};

const std::vector<breach> breaches{
    // frames
    {every, R"([{"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4}])", R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4})", "frame"},
    {every, R"([{"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4}])", "[]", "frame"},
    {every, R"("p":1.5,"q":4}])", R"("p":1.5,"q":4})", "frame"},
    {every, R"("p":1.5,"q":4}])", R"("p":01.5,"q":4}])", "frame"},
    {every, R"("side":"buy")", "\"side\":\"\xC3(\"", "frame"},
    {every, R"([{"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4}])", "[12]", "message"},
    {every, R"({"e":"trade","s":"AAPL","n":12)", R"({"s":"AAPL","n":12)", "message"},
    // the welcome
    {every, welcome, "", "welcome"},
    {every, R"("v":1)", R"("v":2)", "welcome"},
    {every, R"("epoch":"e1",)", "", "welcome"},
    {every, R"([{"e":"heartbeat")", welcome + R"([{"e":"heartbeat")", "welcome"},
    // order
    {every, R"({"e":"rate","channel":"trades","mode":"every","why":"slow_consumer"},{"e":"trade","s":"AAPL","n":21,"t":2100,"p":2,"q":1})",
     R"({"e":"trade","s":"AAPL","n":21,"t":2100,"p":2,"q":1},{"e":"rate","channel":"trades","mode":"every","why":"slow_consumer"})", "order"},
    {resumed, R"([{"e":"trade","s":"B","n":9,"t":1,"p":1,"q":1,"snap":true})", R"([{"e":"trade","s":"B","n":9,"t":1,"p":1,"q":1,"snap":true},{"e":"bye","why":"draining","retry_ms":1})", "order"},
    // answers
    {every, R"("unsubscribed","id":2)", R"("unsubscribed","id":3)", "answers"},
    {every, R"({"e":"pong","id":3,"t":1})", R"({"e":"pong","id":"3","t":1})", "answers"},
    {every, R"({"e":"pong","id":3,"t":1})", R"({"e":"pong","t":1})", "answers"},
    {every, R"({"e":"pong","id":3,"t":1})", R"({"e":"echo","id":3,"data":1})", "answers"},
    {every, R"({"e":"pong","id":3,"t":1})", R"({"e":"pong","id":3,"t":1},{"e":"pong","id":4,"t":1})", "answers"},
    {every, R"({"e":"pong","id":3,"t":1})", R"({"e":"error","id":3})", "answers"},
    {every, R"("channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s")", R"("channel":"quotes","mode":"every","interval_ms":0,"symbols":[{"s")", "ack"},
    {every, R"("mode":"every","interval_ms":0,"symbols":[{"s")", R"("mode":"latest","interval_ms":0,"symbols":[{"s")", "ack"},
    {latest, R"("interval_ms":100,"symbols")", R"("interval_ms":200,"symbols")", "ack"},
    {every, R"("failed":[{"s":"XX","code":"unknown_symbol"}])", R"("failed":[])", "ack"},
    {every, R"([{"s":"AAPL","n":10}])", R"([{"s":"AAPL","n":10},{"s":"MSFT","n":1}])", "ack"},
    {every, R"([{"s":"AAPL","n":10}])", R"([{"s":"AAPL"}])", "ack"},
    {latest, R"([{"s":"*","count":2}])", "[]", "ack"},
    {latest, R"("symbols":["B","C","D"])", R"("symbols":["B","C"])", "ack"},
    {latest, R"("symbols":["B","C","D"])", R"("symbols":["A","B","C","D"])", "ack"},
    {every, R"("interval_ms":0,"symbols":["AAPL"])", R"("interval_ms":0,"symbols":[])", "list"},
    {every, R"("interval_ms":0,"symbols":["AAPL"])", R"("interval_ms":0,"symbols":["AAPL","MSFT"])", "list"},
    {every, R"("interval_ms":0,"symbols":["AAPL"])", R"("interval_ms":0,"symbols":["*","AAPL"])", "list"},
    // what is subscribed
    {every, R"({"e":"trade","s":"AAPL","n":12)", R"({"e":"trade","s":"MSFT","n":12)", "subscription"},
    {latest, R"({"e":"quote","s":"B","n":8)", R"({"e":"quote","s":"A","n":9)", "subscription"},
    {latest, R"({"e":"quote","s":"B","n":8,"t":2,"b":1,"bq":1,"a":2,"aq":1})", R"({"e":"trade","s":"B","n":8,"t":2,"p":1,"q":1})", "subscription"},
    {every, R"({"e":"unsubscribed","id":2,"channel":"trades","symbols":["AAPL"]},{"e":"pong","id":3,"t":1})",
     R"({"e":"unsubscribed","id":2,"channel":"trades","symbols":["AAPL"]},{"e":"trade","s":"AAPL","n":23,"t":2300,"p":2,"q":1})", "subscription"},
    // snapshots
    {every, R"(,{"e":"trade","s":"AAPL","n":9,"t":900,"p":1.5,"q":1,"snap":true},{"e":"trade","s":"AAPL","n":10,"t":1000,"p":1.5,"q":1,"snap":true})", "", "snapshot"},
    {every, R"(,{"e":"trade","s":"AAPL","n":10,"t":1000,"p":1.5,"q":1,"snap":true})", "", "snapshot"},
    {every, R"({"e":"trade","s":"AAPL","n":9,"t":900,)", R"({"e":"trade","s":"AAPL","n":11,"t":900,)", "snapshot"},
    {every, R"("n":10,"t":1000,"p":1.5,"q":1,"snap":true)", R"("n":9,"t":1000,"p":1.5,"q":1,"snap":true)", "snapshot"},
    {every, R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4})", R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4,"snap":true})", "snapshot"},
    {latest, R"(,{"e":"quote","s":"B","n":7,"t":1,"b":1,"bq":1,"a":2,"aq":1,"snap":true})", "", "snapshot"},
    {latest, R"({"e":"quote","s":"C","n":1,)", R"({"e":"quote","s":"C","n":4,)", "snapshot"},
    {again, R"([{"e":"trade","s":"A","n":8,"t":1,"p":1,"q":1,"snap":true},)", "[", "snapshot"},
    // resume
    {resumed, R"({"e":"trade","s":"A","n":5,"t":1,"p":1,"q":1},)", "", "coverage"},
    {resumed, R"({"e":"trade","s":"A","n":5,"t":1,"p":1,"q":1},)", R"({"e":"gap","channel":"trades","s":"A","f":5,"n":5,"why":"overflow"},)", "resume"},
    {resumed, R"({"e":"trade","s":"A","n":5,"t":1,"p":1,"q":1},)", R"({"e":"trade","s":"A","n":5,"t":1,"p":1,"q":1,"snap":true},)", "snapshot"},
    {resumed, R"({"e":"trade","s":"B","n":9,"t":1,"p":1,"q":1,"snap":true},)", "", "snapshot"},
    {resumed, R"("n":6,"recovered":true)", R"("n":6)", "resume"},
    {resumed, R"("n":6,"recovered":true)", R"("n":3,"recovered":true)", "resume"},
    {resumed, R"("n":9,"recovered":false)", R"("n":1,"recovered":false)", "epoch"},
    {resumed, R"("resume":{"epoch":"e1")", R"("resume":{"epoch":"e0")", "resume"},
    {every, R"({"s":"AAPL","n":10})", R"({"s":"AAPL","n":10,"recovered":true})", "resume"},
    // coverage
    {every, R"([{"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4}])", "", "coverage"},
    {every, R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4})", R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4},{"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4})", "coverage"},
    {every, R"("n":12,)", R"("n":13,)", "coverage"},
    {every, R"("f":14,"n":16)", R"("f":15,"n":16)", "coverage"},
    {every, R"("f":14,"n":16)", R"("f":13,"n":16)", "coverage"},
    {every, R"("f":14,"n":16)", R"("f":14,"n":15)", "coverage"},
    {every, R"({"e":"gap","channel":"trades","s":"AAPL","f":14,"n":16,"why":"overflow"},)", "", "coverage"},
    {latest, R"("f":6,"k":3)", R"("f":7,"k":2)", "coverage"},
    {latest, R"("f":6,"k":3)", R"("f":5,"k":4)", "coverage"},
    {again, R"({"e":"trade","s":"A","n":4,"t":1,"p":1,"q":1})", R"({"e":"pong","t":1})", "answers"},
    {again, R"(,{"e":"trade","s":"A","n":4,"t":1,"p":1,"q":1})", "", "coverage"},
    {again, R"([{"e":"trade","s":"A","n":8,"t":1,"p":1,"q":1,"o":1,"h":1,"l":1,"v":4,"f":5,"k":4}])", "", "coverage"},
    // merged messages
    {every, R"([{"e":"rate","channel":"trades","mode":"latest","why":"slow_consumer"},)", "[", "merge"},
    {again, R"({"e":"trade","s":"A","n":9,"t":1,"p":1,"q":1})", R"({"e":"trade","s":"A","n":10,"t":1,"p":1,"q":1,"o":1,"h":1,"l":1,"v":2,"f":9,"k":2})", "merge"},
    {every, R"("on_slow":"latest",)", "", "merge"},
    {every, R"("f":18,"k":3)", R"("f":18,"k":4)", "message"},
    {every, R"("f":18,"k":3)", R"("f":18)", "message"},
    {every, R"("f":18,"k":3)", R"("k":3)", "message"},
    {every, R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4})", R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4,"f":12,"k":1,"o":1.5,"h":1.5,"l":1.5,"v":4})", "message"},
    {every, R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4})", R"({"e":"trade","s":"AAPL","n":12,"t":1200,"p":1.5,"q":4,"o":1.5})", "message"},
    {every, R"("h":2.5)", R"("h":1.75)", "message"},
    {every, R"("l":1.5)", R"("l":1.6)", "message"},
    {every, R"("o":1.5,"h")", R"("o":2.6,"h")", "message"},
    {every, R"("v":9,)", R"("v":1,)", "message"},
    {every, R"("v":9,)", "", "message"},
    {every, R"("p":1.5,"q":4)", R"("q":4)", "message"},
    {every, R"("p":1.5,"q":4)", R"("p":"1.5","q":4)", "message"},
    {every, R"("p":1.5,"q":4)", R"("p":15e-1,"q":4)", "message"},
    {every, R"("t":1200,)", R"("t":1200.5,)", "message"},
    {every, R"("n":12,)", R"("n":0,)", "message"},
    {every, R"({"e":"trade","s":"AAPL","n":12)", R"({"e":"trade","s":"a b","n":12)", "message"},
    {latest, R"({"e":"quote","s":"B","n":8,"t":2,"b":1,"bq":1,)", R"({"e":"quote","s":"B","n":8,"t":2,"b":1,)", "message"},
    // gaps and rates
    {every, R"("why":"overflow")", R"("why":"slow_consumer")", "gap"},
    {every, R"("why":"overflow")", R"("why":"rain")", "message"},
    {every, R"("f":14,"n":16)", R"("f":17,"n":16)", "message"},
    {every, R"({"e":"rate","channel":"trades","mode":"latest","why":"slow_consumer"})", R"({"e":"rate","channel":"trades","mode":"every","why":"slow_consumer"})", "rate"},
    {every, R"({"e":"rate","channel":"trades","mode":"every","why":"slow_consumer"})", R"({"e":"rate","channel":"trades","mode":"latest","why":"slow_consumer"})", "rate"},
    // heartbeats
    {every, R"("n":{"trades":{"AAPL":21}})", R"("n":{"trades":{"AAPL":22}})", "heartbeat"},
    {every, R"("n":{"trades":{"AAPL":21}})", R"("n":{"trades":{"AAPL":20}})", "heartbeat"},
    {every, R"("n":{"trades":{"AAPL":21}})", R"("n":{"trades":{"MSFT":21}})", "heartbeat"},
};

TEST(Auditor, FindsNothingInAGoodStream) {
  for (const std::string* good : {&every, &latest, &resumed, &again}) EXPECT_EQ(violation_of(*good, nullptr, true), "");
}

TEST(Auditor, NamesTheLawThatIsBroken) {
  for (const breach& b : breaches) {
    const std::string violation = violation_of(changed(b.script, b.what, b.by));
    EXPECT_EQ(law_of(violation), b.law) << b.what << "\n  became " << b.by << "\n  and was found: " << violation;
  }
}

TEST(Auditor, SaysWhereItWasAndShowsTheMessage) {
  auditor audit{nullptr, "connection 4"};
  audit.see(welcome);
  EXPECT_FALSE(audit.see(R"([{"e":"weather"},{"e":"trade","s":"A","n":1,"t":1,"p":1,"q":1}])"));
  EXPECT_EQ(audit.violation(),
            "subscription: trades A is not subscribed (connection 4, frame 2, message 2): "
            R"({"e":"trade","s":"A","n":1,"t":1,"p":1,"q":1})");
  EXPECT_FALSE(audit.see(welcome)) << "the first stays";
}

// Acknowledgements overtake what is queued, so several may stand in front of what each of them brings.
TEST(Auditor, FollowsSubscriptionsThatOvertakeEachOther) {
  const auto ask = [](int id, std::string_view symbols, std::string_view options) {
    return R"(>{"op":"subscribe","id":)" + std::to_string(id) + R"(,"channel":"trades","symbols":[")" + std::string{symbols} +
           R"("])" + std::string{options} + "}\n";
  };
  const auto ack = [](int id, std::string_view mode, std::string_view symbols) {
    return R"({"e":"subscribed","id":)" + std::to_string(id) + R"(,"channel":"trades","mode":")" + std::string{mode} +
           R"(","interval_ms":0,"symbols":[)" + std::string{symbols} + R"(],"failed":[]})";
  };
  const auto trade = [](int n, std::string_view more = "") {
    return R"({"e":"trade","s":"A","n":)" + std::to_string(n) + R"(,"t":1,"p":1,"q":1)" + std::string{more} + "}";
  };
  constexpr std::string_view all = R"({"s":"*","count":1})", at_9 = R"({"s":"A","n":9})", snap = R"(,"snap":true)";
  const std::string twice = welcome + ask(1, "*", "") + ask(2, "A", "") + ask(3, "A", "") + "[" + ack(1, "every", all) + "," +
                            ack(2, "every", at_9) + "," + ack(3, "every", at_9);
  EXPECT_EQ(violation_of(twice + "," + trade(9, snap) + "," + trade(9, snap) + "," + trade(9, snap) + "," + trade(10) + "]"), "");
  EXPECT_EQ(law_of(violation_of(twice + "," + trade(9, snap) + "," + trade(10) + "]")), "snapshot") << "one is missing";
  EXPECT_EQ(law_of(violation_of(twice + "," + trade(9, snap) + "," + trade(9, snap) + "," + trade(11) + "]")), "coverage");

  const std::string named_later = welcome + ask(1, "*", R"(,"snapshot":false)") + ask(2, "*", "") + "[" + ack(1, "every", all) +
                                  "," + ack(2, "every", all) + "," + trade(1) + "," + trade(2);
  EXPECT_EQ(violation_of(named_later + "," + trade(2, snap) + "," + trade(3) + "]"), "");
  EXPECT_EQ(law_of(violation_of(named_later + "," + trade(3, snap) + "," + trade(4) + "]")), "coverage");

  const std::string was_merged = welcome + ask(1, "A", R"(,"mode":"latest")") + ask(2, "*", R"(,"mode":"every")") + "[" +
                                 ack(1, "latest", at_9) + "," + ack(2, "every", all) + "," + trade(9, snap);
  const std::string bar = R"(,"o":1,"h":1,"l":1,"v":2,"f":10,"k":2)";
  EXPECT_EQ(violation_of(was_merged + "," + trade(11, bar) + "," + trade(11, snap) + "," + trade(12) + "]"), "");
  const std::string late = R"(,"o":1,"h":1,"l":1,"v":2,"f":12,"k":2)";
  EXPECT_EQ(law_of(violation_of(was_merged + "," + trade(11, bar) + "," + trade(11, snap) + "," + trade(13, late) + "]")), "merge");
}

// Whatever single message of a good stream is lost, told twice or told too late: it shows.
TEST(Auditor, MissesNoSingleLossRepeatOrSwap) {
  const auto trade = [](int n) {
    return R"([{"e":"trade","s":"A","n":)" + std::to_string(n) + R"(,"t":1,"p":1,"q":1}])" + "\n";
  };
  const std::string head = welcome + R"(>{"op":"subscribe","channel":"trades","symbols":["A"]})" "\n"
      R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":0}],"failed":[]}])" "\n";
  const auto script = [&](const std::vector<int>& numbers) {
    std::string out = head;
    for (int n : numbers) out += trade(n);
    return out;
  };
  std::vector<int> good;
  for (int n = 1; n <= 30; ++n) good.push_back(n);
  ASSERT_EQ(violation_of(script(good)), "");
  for (std::ptrdiff_t at = 0; at + 1 < 30; ++at) {
    std::vector<int> lost = good, twice = good, swapped = good;
    lost.erase(lost.begin() + at);
    twice.insert(twice.begin() + at, twice[static_cast<std::size_t>(at)]);
    std::swap(swapped[static_cast<std::size_t>(at)], swapped[static_cast<std::size_t>(at) + 1]);
    for (const auto& bad : {lost, twice, swapped}) EXPECT_EQ(law_of(violation_of(script(bad))), "coverage") << at;
  }
}

TEST(Auditor, TakesAFrameOfOneLargeMessageButNotOfTwo) {
  const std::string large(70'000, 'x');
  const std::string echo = R"({"e":"echo","data":")" + large + R"("})";
  const std::string asked = welcome + R"(>[{"op":"echo","data":1},{"op":"ping"}])" + "\n";
  EXPECT_EQ(violation_of(asked + "[" + echo + "]\n"), "");
  EXPECT_EQ(law_of(violation_of(asked + "[" + echo + R"(,{"e":"pong","t":1}])")), "frame");
}

TEST(Auditor, ClaimsNothingThatACaptureDoesNotShow) {
  const std::string ack = R"([{"e":"subscribed","id":1,"channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":5)";
  const std::string six = R"([{"e":"trade","s":"A","n":6,"t":1,"p":1,"q":1}])" "\n";
  EXPECT_EQ(violation_of(welcome + ack + "}]}]\n" + six), "") << "perhaps no snapshot was asked for";
  EXPECT_EQ(violation_of(welcome + ack + R"(,"recovered":true}]}])" "\n" + six), "") << "perhaps it was at 5";
  EXPECT_EQ(law_of(violation_of(welcome + ack + R"(,"recovered":false}]}])" "\n" + six)), "snapshot");
  EXPECT_EQ(law_of(violation_of(welcome + ack + "}]}]\n" + changed(six, "6", "7"))), "coverage");
  EXPECT_EQ(violation_of(welcome + ack + "}]}]\n" + R"([{"e":"pong","id":9,"t":1}])" "\n" + six), "");
}

TEST(Auditor, KnowsWhatAnIntervalMayHoldBack) {
  const auto beat = [](int t_s, int n) {
    return R"([{"e":"heartbeat","t":)" + std::to_string(t_s) + R"(000000,"n":{"quotes":{"A":)" + std::to_string(n) + "}}}]\n";
  };
  const std::string head = welcome + R"(>{"op":"subscribe","channel":"quotes","symbols":["A"],"interval_ms":20000})" "\n"
      R"([{"e":"subscribed","channel":"quotes","mode":"latest","interval_ms":20000,"symbols":[{"s":"A","n":0}],"failed":[]}])" "\n";
  EXPECT_EQ(violation_of(head + beat(5, 3) + beat(10, 3)), "");
  EXPECT_EQ(law_of(violation_of(head + beat(5, 3) + beat(30, 3))), "heartbeat");
}

TEST(Auditor, OwesWhatWasAnnouncedUntilItHasCome) {
  auditor audit;
  audit.see(welcome);
  audit.commanded(R"({"op":"subscribe","channel":"trades","symbols":["A"]})");
  EXPECT_EQ(audit.owed(), 1u);
  audit.see(R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":2}],"failed":[]}])");
  EXPECT_EQ(audit.owed(), 1u);
  EXPECT_FALSE(audit.finish());
  EXPECT_EQ(law_of(audit.violation()), "snapshot");
}

TEST(Auditor, KnowsWhoIsToldNumbersForSymbols) {
  const std::string all = R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"*","count":1}],"failed":[]}])" "\n";
  const auto law_after = [](const std::string& before, const std::string& said) { return law_of(violation_of(before + said + "\n")); };
  EXPECT_EQ(law_after(welcome + all, R"([{"e":"symbol","s":"A","id":7}])"), "");
  EXPECT_EQ(law_after(welcome, R"([{"e":"symbol","s":"A","id":7}])"), "symbol");
  for (const char* bad : {R"([{"e":"symbol","s":"A"}])", R"([{"e":"symbol","id":7}])", R"([{"e":"symbol","s":"A","id":-1}])"})
    EXPECT_EQ(law_after(welcome + all, bad), "symbol") << bad;
}

TEST(Auditor, TakesTheLengthOfAFrameThatItSeesAnotherFormOf) {
  auditor audit;
  audit.see(welcome, 0, 70'000);
  EXPECT_EQ(audit.counted().bytes, 70'000u);
  EXPECT_EQ(audit.violation(), "") << "one message may be longer";
  EXPECT_FALSE(audit.see(R"([{"e":"weather"},{"e":"weather"}])", 0, 70'000));
  EXPECT_EQ(law_of(audit.violation()), "frame");
}

TEST(Auditor, KnowsTheCloseCodes) {
  const auto closed = [](const std::string& script, unsigned code, std::string_view reason) {
    auditor audit;
    audit.see(welcome);
    if (!script.empty()) audit.see(script);
    audit.closed(code, reason);
    return law_of(audit.violation());
  };
  EXPECT_EQ(closed("", 4008, "slow consumer: 1 message"), "");
  EXPECT_EQ(closed("", 4008, ""), "close");
  EXPECT_EQ(closed("", 4321, "who knows"), "close");
  EXPECT_EQ(closed("", 1001, "shutting down"), "close");
  EXPECT_EQ(closed(R"([{"e":"bye","why":"draining","retry_ms":3}])", 1001, "shutting down"), "");
}

TEST(Auditor, SeesNumbersBeginAgainInACaptureOfSeveralConnections) {
  reference known;
  const std::string ack = R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":1}]}])";
  auditor before{&known, "connection 1", true};
  before.see(welcome);
  before.see(ack);
  before.see(R"([{"e":"trade","s":"A","n":2,"t":1,"p":1,"q":1}])");
  EXPECT_EQ(before.violation(), "");
  auditor after{&known, "connection 2", true};
  after.see(welcome);
  after.see(ack);
  EXPECT_EQ(law_of(after.violation()), "epoch");
  auditor other{&known, "connection 3", true};
  other.see(changed(welcome, R"("epoch":"e1")", R"("epoch":"e2")"));
  other.see(ack);
  EXPECT_EQ(other.violation(), "");
}

// A trade each 10 ms, on a stream that is to have one each `interval_ms`. Returns after how many it was found out.
std::size_t found_out(std::int64_t interval_ms, std::int64_t apart_ms) {
  auditor audit;
  const std::string how = R"("mode":"latest","interval_ms":)" + std::to_string(interval_ms);
  audit.see(welcome, 1);
  audit.commanded(R"({"op":"subscribe","channel":"trades","symbols":["A"],"snapshot":false,)" + how + "}");
  audit.see(R"([{"e":"subscribed","channel":"trades",)" + how + R"(,"symbols":[{"s":"A","n":0}],"failed":[]}])", 1);
  for (std::size_t n = 1; n <= 2000; ++n) {
    const std::string trade = R"([{"e":"trade","s":"A","n":)" + std::to_string(n) + R"(,"t":1,"p":1,"q":1}])";
    if (audit.see(trade, 1 + static_cast<std::int64_t>(n) * apart_ms * 1000)) continue;
    EXPECT_EQ(audit.violation().substr(0, 9), "interval:") << audit.violation();
    return n;
  }
  return 0;
}

TEST(Auditor, HoldsTheIntervalAgainstAServerThatSendsMoreOften) {
  EXPECT_GT(found_out(500, 10), 0u);
  EXPECT_LT(found_out(500, 10), 30u);
  EXPECT_GT(found_out(500, 400), 0u);
  EXPECT_EQ(found_out(500, 500), 0u);
  EXPECT_EQ(found_out(0, 1), 0u) << "as fast as it drains";
}

TEST(Auditor, ComparesTheOptionsThatAListTells) {
  const auto listed = [](std::string_view groups) {
    auditor audit;
    audit.see(welcome);
    audit.commanded(R"([{"op":"subscribe","channel":"trades","symbols":["*"],"snapshot":false},{"op":"subscribe","channel":"trades","symbols":["A"],"mode":"latest","interval_ms":50,"snapshot":false},{"op":"list"}])");
    audit.see(R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"*","count":2}],"failed":[]},{"e":"subscribed","channel":"trades","mode":"latest","interval_ms":50,"symbols":[{"s":"A","n":0}],"failed":[]}])");
    audit.see(R"([{"e":"subscriptions","subscriptions":[)" + std::string{groups} + "]}]");
    return audit.violation();
  };
  const std::string all = R"({"channel":"trades","mode":"every","interval_ms":0,"symbols":["*"]})";
  EXPECT_EQ(listed(all + R"(,{"channel":"trades","mode":"latest","interval_ms":50,"symbols":["A"]})"), "");
  EXPECT_NE(listed(all + R"(,{"channel":"trades","mode":"latest","interval_ms":60,"symbols":["A"]})").find("list: trades A has other options"), std::string::npos);
  EXPECT_NE(listed(all).find("list: trades A has other options"), std::string::npos);
  EXPECT_NE(listed(R"({"channel":"trades","mode":"latest","interval_ms":0,"symbols":["*"]})").find("list: all of trades have other options"), std::string::npos);
}

}  // namespace
}  // namespace tickcast::wire
