#pragma once
// What `verify` found, for a person and for a program.
#include <map>
#include <string>

#include "app/latency.hpp"
#include "wire/auditor.hpp"

namespace tickcast::app {

struct verdict {
  bool capture = false;
  double seconds = 0;
  std::size_t connections = 0;   // at the same time; of a capture, one after the other
  std::uint64_t opened = 0;      // connections, all in all
  std::uint64_t cuts = 0;        // by us
  std::uint64_t broken = 0;      // by nobody knows whom
  std::map<unsigned, std::uint64_t> closed;  // by the server, by code
  std::uint64_t commands = 0;
  std::uint64_t seed = 0;
  wire::auditor::figures heard;
  wire::reference::figures compared;
  latency delay;
  std::string violation;         // empty: none
  std::string failure;           // empty: none

  bool good() const { return violation.empty() && failure.empty(); }
  std::string summary() const;   // lines
  std::string json() const;      // one object
};

}  // namespace tickcast::app
