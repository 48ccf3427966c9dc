#pragma once
// Every limit of the serving side, in one place: name, unit, default, reason. The configuration file has the same
// names. Nothing else in fanout holds a number that a user could want to change.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tickcast::fanout {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

struct limits {
  // ---- what one client may ask ----
  std::size_t symbols_per_session = 1024;  // subscriptions per channel and session; `*` counts as one
  double commands_per_s = 10;              // refill of the command bucket
  double burst = 40;                       // its size; a chart page opens with a handful of subscribes
  std::size_t frame_bytes = 64 * 1024;     // inbound message; 1,024 symbols of 32 characters fit
  int rate_strikes = 100;                  // commands refused in a row before 4029

  // ---- who may connect ----
  std::size_t max_connections = 19'000;          // below the usual hard limit of 20,000 descriptors
  std::size_t max_connections_per_address = 0;   // 0: off; behind a proxy all clients share one address
  milliseconds handshake = 10s;                  // TLS, from accept; half a hello holds a descriptor no longer
  milliseconds header = 10s;                     // HTTP request header, from its first byte (slow loris)
  milliseconds keepalive = 30s;                  // an HTTP connection between requests

  // ---- what one client may cost while it does not read ----
  std::size_t backlog_bytes = 1024 * 1024;  // queued for it in user space
  milliseconds backlog_age = 10s;           // of the oldest queued message
  milliseconds stall = 10s;                 // no byte taken by its socket
  int notsent_lowat = 16 * 1024;            // bytes unsent in the kernel: stale and past merging, so few
  int send_buffer_bytes = 0;                // SO_SNDBUF; 0: the kernel's own choice

  // ---- plain requests: /v1/… and /udf/… ----
  std::size_t requests = 256;                      // of one shard that wait for an answer
  std::size_t answer_bytes = 64 * 1024 * 1024;     // of its answers that sockets have not taken; an answer is 1.5 MB at most
  milliseconds answer = 10s;                       // until an answer is given up

  // ---- liveness ----
  milliseconds ping = 20s;       // of silence, then a WebSocket ping
  milliseconds pong = 20s;       // how late its answer may be
  milliseconds heartbeat = 5s;   // nothing sent for so long: the last numbers
  milliseconds idle = 30s;       // no command since opening
  milliseconds close = 5s;       // from our close frame to the peer's
  milliseconds drain = 10s;      // SIGTERM until every client was told and closed

  // ---- how a turn works ----
  std::chrono::microseconds flush{0};      // how long a shard lets ticks gather; 0: flush when the lane is drained
  std::size_t turn_records = 4096;         // taken from the lane before sockets get their turn
  std::size_t echo_bytes = 16 * 1024 * 1024;  // message on /echo
};

}  // namespace tickcast::fanout
