#pragma once
// `tickcast verify`: is what a server says what the delivery contract promises? It connects several times, subscribes in
// several ways, lets itself be cut off and comes back, and holds every frame against the laws (wire/auditor.hpp) and what
// one connection was told against the others (wire/reference.hpp). Or it reads a capture that `tail --raw` made.
//
// It judges nothing from the inside of the server, and nothing about time: how late something came is told, not judged.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/url.hpp"
#include "wire/encoding.hpp"

namespace tickcast::app {

struct verify_options {
  std::optional<url> server;
  std::string file;                   // instead of a server; "-": standard input
  std::vector<std::string> channels;  // empty: all that the welcome names and this program knows
  std::vector<std::string> symbols;   // empty: all
  double seconds = 10;                // 0: until Ctrl-C
  std::size_t connections = 3;
  double cut_s = 0;                   // 0: never
  double churn = 0;                   // commands a second
  double patience_s = 20;             // with a server that owes something, or is away; its own bound is 10
  std::optional<wire::encoding> encoding = wire::encoding::json;  // nothing: each in turn
  bool insecure = false;
  bool json = false;
  std::optional<std::uint64_t> seed;
};

// The exit code: 0 when no law was broken; 1 when one was, or when the server cannot be reached; 2 when the file is none.
int verify(const verify_options& options);

}  // namespace tickcast::app
