#pragma once
// One connection's frames as JSON, whichever encoding it has: text is JSON already, and is searched for the names of
// symbol ids; what is binary is written out as the array that a JSON session would have got instead. So whoever reads
// JSON (a person, an auditor, a file) reads SBE too.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "wire/decode_sbe.hpp"

namespace tickcast::wire {

class transcript {
 public:
  // The frame as JSON, valid until the next one. Nothing: it is wrong, and `fault` says what about it.
  std::optional<std::string_view> read(std::string_view frame, bool binary);
  const std::string& fault() const { return fault_; }

 private:
  bool learn(std::string_view frame);
  bool name(std::string_view object);
  bool wrong(std::string what);

  std::unordered_map<std::uint32_t, std::string> names_;
  text json_;
  sbe_message message_;
  std::string fault_;
};

}  // namespace tickcast::wire
