#pragma once
// Everything one shard counts. Written by the shard's thread alone; metrics.cpp reads and sums.
#include <array>
#include <string_view>

#include "fanout/counter.hpp"
#include "wire/channel.hpp"
#include "wire/close_code.hpp"
#include "wire/command.hpp"
#include "wire/encode_json.hpp"
#include "wire/encoding.hpp"

namespace tickcast::fanout {

// Where a connection stands; metrics shows each as a transport and a state.
enum class phase : std::uint8_t { handshake, http, websocket, closing };
struct phase_name {
  std::string_view transport, state;
};
inline constexpr std::array<phase_name, 4> phase_names{{
    {"tls", "handshake"}, {"http", "open"}, {"websocket", "open"}, {"tcp", "closing"}}};

enum class handshake_result : std::uint8_t { ok, timeout, no_shared_cipher, not_tls, bad_certificate, closed, other };
inline constexpr std::array<std::string_view, 7> handshake_names{
    "ok", "timeout", "no_shared_cipher", "not_tls", "bad_certificate", "closed", "other"};

enum class eviction : std::uint8_t { backlog_bytes, backlog_age, stalled };
inline constexpr std::array<std::string_view, 3> eviction_names{"backlog_bytes", "backlog_age", "stalled"};

inline constexpr std::array<wire::close_code, 17> counted_closes{
    wire::close_code::normal,        wire::close_code::going_away,   wire::close_code::protocol_error,
    wire::close_code::unsupported,   wire::close_code::no_status,    wire::close_code::abnormal,
    wire::close_code::bad_payload,   wire::close_code::too_big,      wire::close_code::internal,
    wire::close_code::slow_consumer, wire::close_code::stalled,      wire::close_code::no_pong,
    wire::close_code::idle,          wire::close_code::too_many_commands, wire::close_code::unauthorized,
    wire::close_code::forbidden,     wire::close_code::too_many_connections};

inline constexpr std::array<int, 12> counted_statuses{101, 200, 204, 304, 400, 403, 404, 405, 408, 426, 431, 503};

template <class Key, std::size_t N>
std::size_t place_of(const std::array<Key, N>& keys, Key key) {
  std::size_t at = 0;
  while (at < N && keys[at] != key) ++at;
  return at;  // N: any other
}

struct tally {
  using channel_counters = std::array<counter, wire::channel_count>;

  std::array<counter, phase_names.size()> sessions;
  std::array<channel_counters, wire::encoding_count> messages_out, bytes_out;
  channel_counters merged, recovered, subscriptions;
  channel_counters degraded, degradations;  // sessions that `on_slow` has slowed down now, and how often it did
  counter backlog_bytes, backlog_sessions;  // queued now, and for how many
  counter wire_bytes_out;
  std::array<counter, wire::gap_why_count> gaps;
  std::array<counter, eviction_names.size()> evictions;
  std::array<counter, counted_closes.size() + 1> closes;
  std::array<counter, handshake_names.size()> handshakes;
  std::array<counter, counted_statuses.size() + 1> http;
  std::array<counter, wire::operation_count> commands_ok, commands_failed;
  histogram turn;
  std::array<histogram, wire::channel_count> tick_to_socket;

  void closed(wire::close_code code) { closes[place_of(counted_closes, code)].add(); }
  void answered(int status) { http[place_of(counted_statuses, status)].add(); }
};

}  // namespace tickcast::fanout
