#include "wire/command.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tickcast::wire {
namespace {

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::string_view name : names) text.append(text.empty() ? "" : ",").append(name);
  return text;
}

// What a text is as a command, in words; what it gets as an error: id, code and message.
std::string read(std::string_view text) {
  json_value value;
  if (!json_parse(text, value)) return "not JSON";
  const auto result = read_command(value);
  if (const auto* e = std::get_if<command_error>(&result))
    return std::string(e->id) + " " + std::string(name_of(e->code)) + ": " + e->message;
  const command& c = std::get<command>(result);
  std::string words = std::string(c.id) + " " + std::string(name_of(c.op));
  if (c.op == operation::echo) return words + " " + std::string(c.data);
  if (c.op != operation::subscribe && c.op != operation::unsubscribe) return words;
  words += " " + std::string(name_of(c.channel)) + " " + (c.all ? "*" : joined(c.symbols));
  if (c.op == operation::unsubscribe) return words;
  words += " " + std::string(name_of(c.delivery.mode)) + "/" + std::to_string(c.delivery.interval_ms);
  words += c.delivery.on_slow == slow_policy::evict ? "/evict" : c.delivery.on_slow == slow_policy::gap ? "/gap" : "/latest";
  words += c.snapshot ? " snapshot" : " no-snapshot";
  words += " history=" + std::to_string(c.history);
  if (c.resume) {
    words += " resume=" + std::string(c.resume_epoch);
    for (const auto& [name, n] : c.resume_from) words += " " + std::string(name) + ":" + std::to_string(n);
  }
  return words;
}

std::string subscribe(std::string_view options) {
  return read(R"({"op":"subscribe","channel":"trades","symbols":["A"])" + std::string(options) + "}");
}

TEST(Command, ReadsEachOperation) {
  EXPECT_EQ(read(R"({"op":"subscribe","id":1,"channel":"trades","symbols":["AAPL","MSFT"]})"),
            "1 subscribe trades AAPL,MSFT every/0/evict snapshot history=1");
  EXPECT_EQ(read(R"({"op":"unsubscribe","id":2,"channel":"quotes","symbols":["AAPL"]})"), "2 unsubscribe quotes AAPL");
  EXPECT_EQ(read(R"({"op":"unsubscribe","channel":"trades"})"), " unsubscribe trades *") << "the whole channel";
  EXPECT_EQ(read(R"({"op":"list","id":3})"), "3 list");
  EXPECT_EQ(read(R"({"op":"auth","id":4,"token":"x"})"), "4 auth");
  EXPECT_EQ(read(R"({"op":"ping","id":5})"), "5 ping");
  EXPECT_EQ(read(R"({"op":"echo","id":6,"data": {"a":[1.50]} })"), R"(6 echo {"a":[1.50]})");
  EXPECT_EQ(read(R"({"op":"echo"})"), " echo null");
  EXPECT_EQ(read(" { \"op\" :\n\"ping\" } "), " ping");
}

TEST(Command, EchoesItsIdAsWritten) {
  EXPECT_EQ(read(R"({"id":"chart-1","op":"ping"})"), R"("chart-1" ping)");
  EXPECT_EQ(read(R"({"id":"","op":"ping"})"), R"("" ping)");
  EXPECT_EQ(read(R"({"id":-9223372036854775808,"op":"ping"})"), "-9223372036854775808 ping");
  EXPECT_EQ(read(R"({"id":9223372036854775807,"op":"ping"})"), "9223372036854775807 ping");
  EXPECT_EQ(read(R"({"id":"\u0041\n\ud83d\ude00","op":"ping"})"), R"("\u0041\n\ud83d\ude00" ping)");
}

TEST(Command, TakesIdsOfThirtySixCharactersWhateverTheirBytes) {
  std::string plain(36, 'x'), wide, escaped;
  for (int i = 0; i < 36; ++i) wide += "€", escaped += "\\u20ac";
  for (const std::string& id : {plain, wide, escaped}) {
    EXPECT_EQ(read(R"({"op":"ping","id":")" + id + "\"}"), "\"" + id + "\" ping");
    EXPECT_EQ(read(R"({"op":"ping","id":"x)" + id + "\"}"),
              " bad_command: id must be an integer or a string of at most 36 characters");
  }
}

TEST(Command, RefusesAnIdThatIsNeither) {
  for (const char* id : {"1.5", "1.0", "1e3", "9223372036854775808", "true", "null", "[1]", "{}", R"("\ud800")", R"("\udc00x")"})
    EXPECT_EQ(read(R"({"op":"ping","id":)" + std::string(id) + "}"),
              " bad_command: id must be an integer or a string of at most 36 characters") << id;
}

TEST(Command, NamesItsIdInEveryErrorThatComesAfterIt) {
  EXPECT_EQ(read(R"({"id":7,"op":"jump"})"), "7 bad_command: unknown op \"jump\"; send subscribe, unsubscribe, list, auth, ping or echo");
  EXPECT_EQ(read(R"({"op":"jump","id":"z"})"),
            "\"z\" bad_command: unknown op \"jump\"; send subscribe, unsubscribe, list, auth, ping or echo");
}

TEST(Command, NeedsAnOperationItKnows) {
  const std::string known = "subscribe, unsubscribe, list, auth, ping or echo";
  EXPECT_EQ(read("{}"), " bad_command: a command needs \"op\": " + known);
  EXPECT_EQ(read(R"({"channel":"trades"})"), " bad_command: a command needs \"op\": " + known);
  for (const char* op : {R"("")", R"("Subscribe")", R"("unknown")", "5", "null", R"(["ping"])", R"("ping ")"})
    EXPECT_EQ(read(R"({"op":)" + std::string(op) + "}"), " bad_command: unknown op " + std::string(op) + "; send " + known);
}

TEST(Command, IsAnObject) {
  EXPECT_EQ(read("5"), " bad_command: a command is a JSON object such as {\"op\":\"ping\"}, not 5");
  EXPECT_EQ(read(R"("ping")"), " bad_command: a command is a JSON object such as {\"op\":\"ping\"}, not \"ping\"");
  EXPECT_EQ(read(R"([{"op":"ping"}])"), " bad_command: a command is a JSON object such as {\"op\":\"ping\"}, not [{\"op\":\"ping\"}]");
  EXPECT_EQ(read("null"), " bad_command: a command is a JSON object such as {\"op\":\"ping\"}, not null");
}

TEST(Command, SaysSoWhenItsObjectIsNotJson) {
  const auto result = read_command({json_kind::object, R"({"op":"ping",})"});
  ASSERT_TRUE(std::holds_alternative<command_error>(result));
  EXPECT_EQ(std::get<command_error>(result).code, error_code::bad_json);
  EXPECT_EQ(std::get<command_error>(result).message, "the command is not valid JSON");
}

TEST(Command, IgnoresMembersOfLaterVersions) {
  EXPECT_EQ(read(R"({"v":2,"op":"ping","x":{"op":"list"},"":0,"ID":9,"id":1})"), "1 ping");
}

TEST(Command, TakesTheLastOfAMemberGivenTwice) {
  EXPECT_EQ(read(R"({"op":"list","op":"ping","id":1,"id":2})"), "2 ping");
}

TEST(Command, NeedsAChannelThatThereIs) {
  EXPECT_EQ(read(R"({"op":"subscribe","symbols":["A"]})"), " bad_channel: \"channel\" is missing; send one of trades, quotes, bars, book, stats, status");
  EXPECT_EQ(read(R"({"op":"unsubscribe"})"), " bad_channel: \"channel\" is missing; send one of trades, quotes, bars, book, stats, status");
  for (const char* channel : {R"("bar")", R"("Trades")", R"("")", "7", "null", R"(["trades"])"})
    EXPECT_EQ(read(R"({"op":"subscribe","symbols":["A"],"channel":)" + std::string(channel) + "}"),
              " bad_channel: no channel " + std::string(channel) + " here; send one of trades, quotes, bars, book, stats, status");
}

TEST(Command, TakesBarsByTheirPeriod) {
  const auto channel_of = [](std::string_view rest) {
    json_value v;
    const std::string text = R"({"channel":"bars","symbols":["A"],)" + std::string{rest} + "}";
    EXPECT_TRUE(json_parse(text, v));
    return std::get<command>(read_command(v));
  };
  EXPECT_EQ(channel_of(R"("op":"subscribe","period":"5m")").channel, channel::bars_5m);
  EXPECT_EQ(channel_of(R"("op":"subscribe")").channel, channel::bars_1m);
  EXPECT_EQ(channel_of(R"("op":"subscribe")").delivery.mode, delivery_mode::latest);
  EXPECT_FALSE(channel_of(R"("op":"unsubscribe","period":"1d")").every_period);
  EXPECT_TRUE(channel_of(R"("op":"unsubscribe")").every_period);
  EXPECT_EQ(read(R"({"op":"subscribe","channel":"bars","symbols":["A"],"period":"2m"})"),
            " bad_option: period must be \"1s\", \"1m\", \"5m\", \"15m\", \"1h\" or \"1d\", not \"2m\"");
}

TEST(Command, TakesABookByItsDepth) {
  const auto depth_of = [](std::string_view rest) {
    json_value v;
    const std::string text = R"({"op":"subscribe","symbols":["A"],)" + std::string{rest} + "}";
    EXPECT_TRUE(json_parse(text, v));
    return std::get<command>(read_command(v)).delivery.depth;
  };
  EXPECT_EQ(depth_of(R"("channel":"book")"), 10);
  EXPECT_EQ(depth_of(R"("channel":"book","depth":1000)"), 1000);
  EXPECT_EQ(depth_of(R"("channel":"trades","depth":5)"), 0) << "says nothing about what has none";
  for (const char* depth : {"0", "1001", "-1", "1.5", "\"10\"", "null"})
    EXPECT_EQ(read(R"({"op":"subscribe","channel":"book","symbols":["A"],"depth":)" + std::string{depth} + "}"),
              " bad_option: depth must be an integer from 1 to 1000, not " + std::string{depth});
}

TEST(Command, NeedsSymbolsInAList) {
  const auto with = [](std::string_view symbols) {
    return read(R"({"op":"subscribe","channel":"trades","symbols":)" + std::string(symbols) + "}");
  };
  EXPECT_EQ(read(R"({"op":"subscribe","channel":"trades"})"),
            " bad_command: \"symbols\" is missing; send a list such as [\"AAPL\",\"MSFT\"], or [\"*\"]");
  EXPECT_EQ(with(R"("AAPL")"), " bad_command: \"symbols\" must be a list of strings, not \"AAPL\"");
  EXPECT_EQ(with("null"), " bad_command: \"symbols\" must be a list of strings, not null");
  EXPECT_EQ(with(R"({"A":1})"), " bad_command: \"symbols\" must be a list of strings, not {\"A\":1}");
  EXPECT_EQ(with("[]"), " bad_command: \"symbols\" is empty; name at least one, or [\"*\"] for all");
  EXPECT_EQ(with(R"(["A",5])"), " bad_command: \"symbols\" must hold strings only, not 5");
  EXPECT_EQ(read(R"({"op":"unsubscribe","channel":"trades","symbols":[]})"),
            " bad_command: \"symbols\" is empty; name at least one, or [\"*\"] for all");
}

TEST(Command, TakesAStarForAllWhateverStandsBesideIt) {
  EXPECT_EQ(read(R"({"op":"subscribe","channel":"quotes","symbols":["*"]})"), " subscribe quotes * latest/0/evict snapshot history=1");
  EXPECT_EQ(read(R"({"op":"subscribe","channel":"trades","symbols":["A","*","B"]})"), " subscribe trades * every/0/evict snapshot history=1");
  EXPECT_EQ(read(R"({"op":"unsubscribe","channel":"trades","symbols":["*"]})"), " unsubscribe trades *");
}

TEST(Command, LeavesNamesToBeFoundUnknownLater) {
  EXPECT_EQ(read(R"({"op":"unsubscribe","channel":"trades","symbols":["no such","","\ud800"]})"), " unsubscribe trades no such,,")
      << "what is empty or not well-formed counts as an empty name";
}

TEST(Command, ReadsASymbolWhoseSlashIsEscaped) {
  // What PHP's json_encode and others send for BTC/USD.
  EXPECT_EQ(read(R"({"op":"unsubscribe","channel":"trades","symbols":["BTC\/USD","\u0041APL","MSFT"]})"),
            " unsubscribe trades BTC/USD,AAPL,MSFT");
  EXPECT_EQ(subscribe(R"(,"resume":{"epoch":"e","n":{"BTC\/USD":4}})"),
            " subscribe trades A every/0/evict snapshot history=1 resume=e BTC/USD:4");
}

TEST(Command, IsReadWhateverOfItIsEscaped) {
  EXPECT_EQ(read(R"({"\u006fp":"subscri\u0062e","\u0069d":1,"channel":"tr\u0061des","symbols":["\u002a"],"mode":"l\u0061test"})"),
            "1 subscribe trades * latest/0/evict snapshot history=1");
  EXPECT_EQ(subscribe(R"(,"on_slow":"g\u0061p","resume":{"ep\u006fch":"\u0065","n":{}})"),
            " subscribe trades A every/0/gap snapshot history=1 resume=e");
}

TEST(Command, OwnsWhatItHadToUnescape) {
  json_value value;
  std::string frame = R"({"op":"unsubscribe","channel":"trades","symbols":["A\/B","LONG-ENOUGH-TO-STAND-ON-THE-HEAP\/B"]})";
  ASSERT_TRUE(json_parse(frame, value));
  const command first = std::get<command>(read_command(value));
  const command moved = [&] {
    command c = std::get<command>(read_command(value));
    return c;
  }();
  EXPECT_EQ(joined(first.symbols), "A/B,LONG-ENOUGH-TO-STAND-ON-THE-HEAP/B");
  EXPECT_EQ(joined(moved.symbols), joined(first.symbols));
}

TEST(Command, KnowsTheDefaultsOfEachChannel) {
  EXPECT_EQ(subscribe(""), " subscribe trades A every/0/evict snapshot history=1");
  EXPECT_EQ(read(R"({"op":"subscribe","channel":"quotes","symbols":["A"]})"), " subscribe quotes A latest/0/evict snapshot history=1");
}

TEST(Command, ReadsItsOptions) {
  EXPECT_EQ(subscribe(R"(,"mode":"latest","interval_ms":500)"), " subscribe trades A latest/500/evict snapshot history=1");
  EXPECT_EQ(subscribe(R"(,"interval_ms":60000,"mode":"latest")"), " subscribe trades A latest/60000/evict snapshot history=1");
  EXPECT_EQ(subscribe(R"(,"mode":"every","interval_ms":0)"), " subscribe trades A every/0/evict snapshot history=1");
  EXPECT_EQ(subscribe(R"(,"on_slow":"latest")"), " subscribe trades A every/0/latest snapshot history=1");
  EXPECT_EQ(subscribe(R"(,"on_slow":"gap")"), " subscribe trades A every/0/gap snapshot history=1");
  EXPECT_EQ(subscribe(R"(,"on_slow":"evict")"), " subscribe trades A every/0/evict snapshot history=1");
  EXPECT_EQ(subscribe(R"(,"snapshot":false,"history":5000)"), " subscribe trades A every/0/evict no-snapshot history=5000");
  EXPECT_EQ(subscribe(R"(,"snapshot":true,"history":0)"), " subscribe trades A every/0/evict snapshot history=0");
}

TEST(Command, SaysWhatAnOptionMayBe) {
  EXPECT_EQ(subscribe(R"(,"mode":"fast")"), " bad_option: mode must be \"every\" or \"latest\", not \"fast\"");
  EXPECT_EQ(subscribe(R"(,"mode":null)"), " bad_option: mode must be \"every\" or \"latest\", not null");
  EXPECT_EQ(subscribe(R"(,"interval_ms":5)"), " bad_option: interval_ms goes with \"mode\":\"latest\"; leave it out to get every message");
  for (const char* ms : {"-1", "60001", "1.5", "1e3", R"("500")", "null", "99999999999999999999"})
    EXPECT_EQ(subscribe(R"(,"mode":"latest","interval_ms":)" + std::string(ms)),
              " bad_option: interval_ms must be an integer from 0 to 60000, not " + std::string(ms));
  EXPECT_EQ(subscribe(R"(,"on_slow":"drop")"), " bad_option: on_slow must be \"evict\", \"latest\" or \"gap\", not \"drop\"");
  EXPECT_EQ(subscribe(R"(,"snapshot":"yes")"), " bad_option: snapshot must be true or false, not \"yes\"");
  EXPECT_EQ(subscribe(R"(,"snapshot":null)"), " bad_option: snapshot must be true or false, not null");
  for (const char* count : {"-1", "5001", "2.0", R"("all")"})
    EXPECT_EQ(subscribe(R"(,"history":)" + std::string(count)),
              " bad_option: history must be an integer from 0 to 5000, not " + std::string(count));
}

TEST(Command, ReadsWhereToResume) {
  EXPECT_EQ(subscribe(R"(,"resume":{"epoch":"6e1b","n":{"A":1042,"B":0}})"),
            " subscribe trades A every/0/evict snapshot history=1 resume=6e1b A:1042 B:0");
  EXPECT_EQ(subscribe(R"(,"resume":{"n":{},"epoch":"x","more":1})"),
            " subscribe trades A every/0/evict snapshot history=1 resume=x");
  for (const char* resume : {"5", "null", "{}", R"({"epoch":"x"})", R"({"n":{"A":1}})", R"({"epoch":"","n":{}})",
                             R"({"epoch":1,"n":{}})", R"({"epoch":"x","n":[1]})", R"({"epoch":"x","n":{"A":"1"}})",
                             R"({"epoch":"x","n":{"A":-1}})", R"({"epoch":"x","n":{"A":1.5}})"})
    EXPECT_EQ(subscribe(R"(,"resume":)" + std::string(resume)),
              " bad_option: resume must look like {\"epoch\":\"6e1b…\",\"n\":{\"AAPL\":1042}}") << resume;
}

TEST(Command, ShowsNoMoreThanTheStartOfWhatWasWrong) {
  const std::string tail = " here; send one of trades, quotes, bars, book, stats, status";
  EXPECT_EQ(read(R"({"op":"subscribe","channel":")" + std::string(100, 'x') + "\"}"),
            " bad_channel: no channel \"" + std::string(39, 'x') + "…" + tail);
  std::string wide;
  for (int i = 0; i < 30; ++i) wide += "€";
  EXPECT_EQ(read(R"({"op":"subscribe","channel":")" + wide + "\"}"),
            " bad_channel: no channel \"" + wide.substr(0, 39) + "…" + tail) << "13 whole characters";
  EXPECT_EQ(read(R"({"op":"subscribe","channel":"x)" + wide + "\"}"),
            " bad_channel: no channel \"x" + wide.substr(0, 36) + "…" + tail) << "not in the middle of one";
}

TEST(Command, NamesItsCodesAsTheContractDoes) {
  const std::pair<error_code, std::string_view> table[] = {
      {error_code::bad_json, "bad_json"},         {error_code::bad_command, "bad_command"},
      {error_code::bad_channel, "bad_channel"},   {error_code::bad_option, "bad_option"},
      {error_code::unknown_symbol, "unknown_symbol"}, {error_code::too_many_symbols, "too_many_symbols"},
      {error_code::rate_limited, "rate_limited"}, {error_code::unauthorized, "unauthorized"},
      {error_code::forbidden, "forbidden"},       {error_code::too_big, "too_big"},
      {error_code::internal, "internal"}};
  for (const auto& [code, name] : table) EXPECT_EQ(name_of(code), name);
  EXPECT_EQ(name_of(operation::subscribe), "subscribe");
  EXPECT_EQ(name_of(operation::unknown), "unknown");
  EXPECT_EQ(name_of(delivery_mode::every), "every");
  EXPECT_EQ(name_of(delivery_mode::latest), "latest");
}

}  // namespace
}  // namespace tickcast::wire
