// The table of all keys, in the order of deploy/tickcast.toml. Each names the field of `config` it sets, so a default
// stands in one place: the struct. Ranges are wide; they refuse slips of the keyboard, not opinions.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <type_traits>

#include <spdlog/fmt/fmt.h>

#include "app/setting.hpp"
#include "feed/sequencer.hpp"

namespace tickcast::app {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// How a value of the file becomes a field and back: durations of the type milliseconds are seconds in the file.
template <class Field>
void assign(Field& to, const setting_value& value) {
  if constexpr (std::is_same_v<Field, milliseconds>)
    to = milliseconds{std::llround(std::get<double>(value) * 1000)};
  else if constexpr (std::is_same_v<Field, microseconds>)
    to = microseconds{std::llround(std::get<double>(value))};
  else if constexpr (std::is_arithmetic_v<Field> && !std::is_same_v<Field, bool>)
    to = static_cast<Field>(std::get<double>(value));
  else
    to = std::get<Field>(value);
}

template <class Field>
setting_value read(const Field& from) {
  if constexpr (std::is_same_v<Field, milliseconds>)
    return static_cast<double>(from.count()) / 1000;
  else if constexpr (std::is_same_v<Field, microseconds>)
    return static_cast<double>(from.count());
  else if constexpr (std::is_arithmetic_v<Field> && !std::is_same_v<Field, bool>)
    return static_cast<double>(from);
  else
    return from;
}

template <class Member>
setting make(shape form, std::string_view name, std::string_view unit, Member member, std::string_view reason) {
  setting made{.name = name, .unit = unit, .reason = reason, .form = form, .expects = {}, .store = {}, .load = {}};
  made.store = [member](config& to, const setting_value& value) { assign(member(to), value); };
  made.load = [member](const config& from) { return read(member(from)); };
  return made;
}

template <class Member>
setting flag(std::string_view name, Member member, std::string_view reason) {
  setting made = make(shape::flag, name, "", member, reason);
  made.expects = "true or false";
  return made;
}

setting within(double least, double most, setting made) {
  made.least = least;
  made.most = most;
  made.expects = fmt::format("a {}number from {:.10g} to {:.10g} {}", made.form == shape::whole ? "whole " : "", least,
                             most, made.unit);
  return made;
}

setting or_auto(setting made) {
  made.zero_is_auto = true;
  made.expects += ", or \"auto\"";
  return made;
}

setting must(std::string_view expects, bool (*valid)(std::string_view), setting made) {
  made.expects = expects;
  made.valid = valid;
  return made;
}

template <class Member>
setting whole(std::string_view name, std::string_view unit, double least, double most, Member member,
              std::string_view reason) {
  return within(least, most, make(shape::whole, name, unit, member, reason));
}

template <class Member>
setting seconds(std::string_view name, double least, double most, Member member, std::string_view reason) {
  return within(least, most, make(shape::number, name, "seconds", member, reason));
}

bool is_address(std::string_view text) { return split_address(text).has_value(); }
bool is_level(std::string_view text) {
  constexpr std::array<std::string_view, 5> levels{"trace", "debug", "info", "warn", "error"};
  return std::find(levels.begin(), levels.end(), text) != levels.end();
}
bool is_journal_sync(std::string_view text) { return text == "always" || text == "interval" || text == "never"; }
bool is_session(std::string_view text) try {
  return feed::market_calendar{{std::string{text}}}, true;
} catch (const feed::bad_hours&) {
  return false;
}
bool is_condition(std::string_view text) try {
  return feed::condition_rules{{std::string{text}}}, true;
} catch (const feed::bad_condition_rule&) {
  return false;
}
bool is_origin(std::string_view text) {  // as a browser writes it: no path, not even "/"
  const std::size_t host = text.find("://");
  return text == "*" || (text.starts_with("http") && host != text.npos && host + 3 < text.size() &&
                         text.find_first_of("/ ", host + 3) == text.npos);
}

constexpr double kib = 1024, mib = 1024 * kib, hour = 3600, day = 24 * hour;

#define AT(field) [](auto& c) -> auto& { return c.field; }

std::vector<setting> make_settings() {
  constexpr std::string_view address = "HOST:PORT, such as 127.0.0.1:8443 or [::]:8443";
  return {
      // ---- where it listens, and with what certificate ----
      must(address, is_address, make(shape::text, "listen", "HOST:PORT", AT(listen),
           "where clients connect; port 0 takes a free one")),
      must(address, is_address, make(shape::text, "admin", "HOST:PORT", AT(admin),
           "plain HTTP for operators, /metrics /healthz /readyz; on loopback, as it asks nobody who they are")),
      must("the name of a PEM file", nullptr, make(shape::text, "tls_cert", "file", AT(tls_cert),
           "certificate chain, PEM; read again at SIGHUP")),
      must("the name of a PEM file", nullptr, make(shape::text, "tls_key", "file", AT(tls_key),
           "its private key, PEM; a handshake with ECDSA P-256 costs half of one with RSA-2048")),
      flag("self_signed", AT(self_signed), "make a certificate in memory at start, for trying out"),
      flag("plain", AT(plain), "serve without TLS, behind a proxy that ends it"),
      must("a list of origins such as https://example.com, or *", is_origin,
           make(shape::list, "allowed_origins", "origins", AT(allowed_origins),
                "web pages of other origins that may connect; none, as a strange page could use its visitors' access; "
                "* for all")),

      // ---- the market ----
      must("a list of feed URIs", nullptr, make(shape::list, "feeds", "URIs", AT(feeds),
           "where the market comes from: sim:, ndjson:PATH, ndjson:-, ndjson+tcp://HOST:PORT, journal:DIR, lobster:PATH or lean:PATH; without one "
                "/readyz stays 503")),
      seconds("feed_stale_s", 0.01, day, AT(feed_stale),
              "silence of a feed before /readyz calls it stale; an open market is not silent for so long"),
      whole("max_symbols", "symbols", 1, 1e7, AT(max_symbols), "bounds what feeds can make the server remember"),
      flag("open_symbols", AT(open_symbols),
           "let clients subscribe to symbols that no feed has named yet; off, so that a slip is told"),

      // ---- bars and statistics ----
      must("a list of rules such as \"* 09:30-16:00 America/New_York\"", is_session, make(shape::list, "sessions", "rules",
           AT(sessions), "when a day's bar and the statistics begin and end, by symbol or a pattern with one *, the first that "
           "fits; otherwise 24h UTC")),
      must("a list of rules such as \"I volume\"", is_condition, make(shape::list, "conditions", "rules", AT(conditions),
           "what trades with a condition count for in bars: volume, price or nothing; all others for both")),
      whole("bars_mb", "MiB", 0, 1e6, AT(bars_mb),
            "closed bars kept for history and late trades, at most 5,000 a symbol and period, 8 in any case"),

      // ---- the journal ----
      must("the name of a directory", nullptr, make(shape::text, "journal", "directory", AT(journal),
           "where every tick is recorded, so that a restart goes on with the same numbers; empty: nowhere")),
      whole("journal_file_mb", "MiB", 1, 1e6, AT(journal_file_mb),
            "a file of the journal is ended at this size; each begins with all symbols and last ticks"),
      whole("journal_keep_mb", "MiB", 0, 1e9, AT(journal_keep_mb),
            "the oldest files beyond it are deleted; 0 keeps all"),
      must("always, interval or never", is_journal_sync, make(shape::text, "journal_sync", "", AT(journal_sync),
           "when it reaches the disk itself: before anybody is told (always), each journal_sync_ms, or when the kernel "
           "likes (never); matters when the machine dies, not when the process does")),
      whole("journal_sync_ms", "milliseconds", 1, 3.6e6, AT(journal_sync_ms),
            "the pace of journal_sync = \"interval\"; what may be gone when the machine dies"),

      // ---- history ----
      must("the name of a file", nullptr, make(shape::text, "history", "file", AT(history),
           "an SQLite file that keeps the bars for charts over restarts; empty: at most 256 MiB of them in memory, gone with the process")),
      seconds("history_flush_s", 0.01, hour, AT(history_flush),
              "how often new bars are written to it; what may be gone when the process is killed and there is no journal"),
      whole("history_keep_mb", "MiB", 0, 1e9, AT(history_keep_mb),
            "beyond it the oldest bars go, those of the shortest periods first; 0 is no limit"),
      whole("history_keep_1s_days", "days", 0, 36500, AT(history_keep_days[wire::index_of(wire::period::s1)]),
            "how long bars of 1s are kept: they are most of what there is, up to 5 MB a symbol and day, and a chart of them is one of today; 0 is for ever"),
      whole("history_keep_1m_days", "days", 0, 36500, AT(history_keep_days[wire::index_of(wire::period::m1)]),
            "how long bars of 1m are kept: up to 90 KB a symbol and day, a quarter of it for intraday charts; 0 is for ever"),
      whole("history_keep_5m_days", "days", 0, 36500, AT(history_keep_days[wire::index_of(wire::period::m5)]),
            "how long bars of 5m are kept: a year; 0 is for ever"),
      whole("history_keep_15m_days", "days", 0, 36500, AT(history_keep_days[wire::index_of(wire::period::m15)]),
            "how long bars of 15m are kept: two years; 0 is for ever"),
      whole("history_keep_1h_days", "days", 0, 36500, AT(history_keep_days[wire::index_of(wire::period::h1)]),
            "how long bars of 1h are kept: ten years; 0 is for ever"),
      whole("history_keep_1d_days", "days", 0, 36500, AT(history_keep_days[wire::index_of(wire::period::d1)]),
            "how long bars of 1d are kept: 0 is for ever, they take next to nothing"),

      // ---- how it runs ----
      or_auto(whole("shards", "threads", 1, feed::shards_max, AT(shards),
                    "serving threads; auto is one for each CPU that the process may use")),
      whole("lane_capacity", "ticks", 256, 16 * mib, AT(lane_capacity),
            "queue in front of each shard, 64 bytes a tick; more of it rides out longer bursts"),
      whole("history_mb", "MiB", 0, 1e6, AT(history_mb),
            "recent ticks kept for history and resume, at most 4,096 a stream, 8 in any case; more of it bridges longer cuts"),
      whole("flush_us", "microseconds", 0, 1e6, AT(limits.flush),
            "how long ticks gather before they are sent, feeds being read less often then; 0 sends at once, more trades latency for CPU"),
      seconds("drain_s", 0, hour, AT(limits.drain),
              "from SIGTERM until every client was told and closed; below the 30 s after which supervisors kill"),
      must("trace, debug, info, warn or error", is_level, make(shape::text, "log_level", "", AT(log_level),
           "the least serious line to be logged; info is a line for each thing an operator may be asked about")),

      // ---- who may connect ----
      whole("max_connections", "connections", 1, 1e7, AT(limits.max_connections),
            "stays below the usual limit of 20,000 descriptors"),
      whole("max_connections_per_address", "connections", 0, 1e7, AT(limits.max_connections_per_address),
            "0 is off, as behind a proxy all clients share one address"),
      seconds("handshake_s", 0.01, hour, AT(limits.handshake),
              "for TLS, from accept; half a hello holds a descriptor no longer"),
      seconds("header_s", 0.01, hour, AT(limits.header),
              "for an HTTP request's header, from its first byte; a trickle must not hold a connection"),
      seconds("keepalive_s", 0.01, hour, AT(limits.keepalive),
              "an HTTP connection between two requests; a page has fetched all its files by then"),

      // ---- what one client may ask ----
      whole("symbols_per_session", "symbols", 1, 1e6, AT(limits.symbols_per_session),
            "subscriptions of one client in one channel; * counts as one"),
      within(0.1, 1e6, make(shape::number, "commands_per_s", "commands", AT(limits.commands_per_s),
             "what one client may ask a second in the long run; a thousand symbols are one command")),
      within(1, 1e6, make(shape::number, "burst", "commands", AT(limits.burst),
             "what it may ask at once; a page opens with a handful of subscriptions")),
      whole("frame_bytes", "bytes", 256, 16 * mib, AT(limits.frame_bytes),
            "the largest message taken from a client; a command with 1,024 long symbols fits"),
      flag("deflate", AT(deflate),
           "compress for clients that offer permessage-deflate; less traffic for the server's CPU"),
      flag("echo", AT(echo), "a WebSocket at /echo that sends back what it gets, for conformance suites only"),

      // ---- what a client that does not read may cost ----
      whole("backlog_bytes", "bytes", kib, 1024 * mib, AT(limits.backlog_bytes),
            "queued for one client before it is closed with 4008; thousands of messages, too many to catch up with"),
      seconds("backlog_age_s", 0.01, hour, AT(limits.backlog_age),
              "how old the oldest message queued for it may get, before 4008; an older price helps nobody"),
      seconds("stall_s", 0.01, hour, AT(limits.stall),
              "how long its socket may take nothing at all, before 4009; a phone that changes cells is back by then"),
      whole("notsent_lowat", "bytes", kib, 16 * mib, AT(limits.notsent_lowat),
            "unsent in the kernel for one client; what lies there can no longer be merged"),
      whole("send_buffer_bytes", "bytes", 0, 64 * mib, AT(limits.send_buffer_bytes),
            "the socket's buffer in the kernel; 0 leaves the choice to the kernel"),

      // ---- is it still there? ----
      seconds("ping_s", 0.01, hour, AT(limits.ping),
              "silence before the server pings; proxies drop connections that are silent for 30 to 60 s"),
      seconds("pong_s", 0.01, hour, AT(limits.pong),
              "how late the answer to a ping may be, before 4010; the slowest mobile network is faster"),
      seconds("heartbeat_s", 0.01, hour, AT(limits.heartbeat),
              "silence before a subscriber is told the last numbers, so that a lost tail is seen"),
      seconds("idle_s", 0.01, day, AT(limits.idle),
              "how long a client may stay without any command after opening, before 4011; it holds a place"),
  };
}

#undef AT

}  // namespace

const std::vector<setting>& settings() {
  static const std::vector<setting> all = make_settings();
  return all;
}

}  // namespace tickcast::app
