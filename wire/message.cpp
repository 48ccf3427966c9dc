#include "wire/message.hpp"

#include <cmath>

#include "wire/encoding.hpp"

namespace tickcast::wire {
namespace {

// A setting, whole or with up to three decimals.
void add_setting(text& to, double value) { to.add_decimal(normal({std::llround(value * 1000), -3})); }

}  // namespace

void open_answer(text& to, std::string_view kind, std::string_view id) {
  to.add(R"({"e":")").add(kind).add('"');
  if (!id.empty()) to.add(R"(,"id":)").add(id);
}

void add_welcome(text& to, const welcome& w) {
  to.add(R"({"e":"welcome","v":1,"server":)").add_quoted(w.version);
  to.add(R"(,"session":")").add(w.session).add(R"(","epoch":")").add(w.epoch);
  to.add(R"(","t":)").add_integer(w.t_us).add(R"(,"ping_s":)");
  add_setting(to, w.ping_s);
  to.add(R"(,"limits":{"symbols":)").add_count(w.symbols).add(R"(,"commands_per_s":)");
  add_setting(to, w.commands_per_s);
  to.add(R"(,"burst":)");
  add_setting(to, w.burst);
  to.add(R"(,"frame_bytes":)").add_count(w.frame_bytes).add(R"(},"encodings":[)");
  comma listed;
  for (std::string_view name : encoding_names) {
    listed.put(to);
    to.add_quoted(name);
  }
  to.add(R"(],"channels":[)");
  comma between;
  for (std::string_view name : channel_names) {
    between.put(to);
    to.add_quoted(name);
  }
  to.add("]}");
}

void add_pong(text& to, std::string_view id, std::int64_t t_us) {
  open_answer(to, "pong", id);
  to.add(R"(,"t":)").add_integer(t_us).add('}');
}

void add_echo(text& to, std::string_view id, std::string_view data) {
  open_answer(to, "echo", id);
  to.add(R"(,"data":)").add(data).add('}');
}

void add_error(text& to, const command_error& error) {
  open_answer(to, "error", error.id);
  to.add(R"(,"code":")").add(name_of(error.code)).add(R"(","message":)").add_quoted(error.message).add('}');
}

void add_http_error(text& to, std::string_view code, std::string_view message) {
  to.add(R"({"error":{"code":)").add_quoted(code).add(R"(,"message":)").add_quoted(message).add("}}");
}

void add_bye(text& to, std::int64_t retry_ms) {
  to.add(R"({"e":"bye","why":"draining","retry_ms":)").add_integer(retry_ms).add('}');
}

void add_symbol(text& to, std::string_view name, std::uint32_t id) {
  to.add(R"({"e":"symbol","s":")").add(name).add(R"(","id":)").add_count(id).add('}');
}

void add_rate(text& to, channel c, delivery_mode mode) {
  to.add(R"({"e":"rate",)");
  add_channel(to, c);
  to.add(R"(,"mode":")").add(name_of(mode));
  to.add(R"(","why":"slow_consumer"})");
}

void add_channel(text& to, channel c) {
  to.add(R"("channel":")").add(name_of(c)).add('"');
  if (is_bars(c)) to.add(R"(,"period":")").add(name_of(period_of(c))).add('"');
}

void add_delivery(text& to, const delivery& d) {
  if (d.depth) to.add(R"(,"depth":)").add_count(d.depth);
  to.add(R"(,"mode":")").add(name_of(d.mode)).add(R"(","interval_ms":)").add_count(d.interval_ms);
}

}  // namespace tickcast::wire
