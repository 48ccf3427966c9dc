#pragma once
// Why a session ends. 4000–4499: connect again, with back-off; 4500–4999: do not, until something is changed.
#include <cstdint>

namespace tickcast::wire {

enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported = 1003,
  no_status = 1005,  // never sent: what the peer's close frame without a code counts as
  abnormal = 1006,   // never sent: the connection went away without a close frame
  bad_payload = 1007,
  too_big = 1009,
  internal = 1011,
  slow_consumer = 4008,
  stalled = 4009,
  no_pong = 4010,
  idle = 4011,
  too_many_commands = 4029,
  unauthorized = 4501,
  forbidden = 4503,
  too_many_connections = 4504,
};

}  // namespace tickcast::wire
