#pragma once
// Bytes in, sequenced events out: the splitter, the decoder and the bookkeeping that every line source shares. There is
// one for each stream of bytes (a file, a pipe, each publisher), so what one of them sends never touches another.
//
// It reads nothing itself and keeps no time: the source decides when a chunk is read and when an event is due.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "feed/arrival.hpp"
#include "feed/counters.hpp"
#include "feed/input_log.hpp"
#include "feed/line_splitter.hpp"
#include "feed/ndjson.hpp"
#include "feed/sequencer.hpp"

namespace tickcast::feed {

class line_intake {
 public:
  // `origin`: who sends this, for the log; empty when the source has only one stream.
  line_intake(sequencer& to, counters& counts, input_log& log, std::string origin = {});

  std::span<char> room() { return lines_.room(); }
  void filled(std::size_t bytes) { lines_.filled(bytes); }
  void finish() { lines_.finish(); }
  void reset() { lines_.reset(); }

  // Goes on to the next good event in what was filled in; false when there is none. Bad lines are told and passed over.
  bool pull(const arrival& at);
  const event& current() const { return event_; }
  event& current() { return event_; }  // its source may know better when it was
  void publish(const arrival& at);

  // All that was filled in, published. The caller commits.
  void drain(const arrival& at) {
    while (pull(at)) publish(at);
  }

  std::uint64_t bad() const { return bad_; }
  std::uint64_t taken() const { return taken_; }

 private:
  void refuse(const arrival& at, std::string_view why);

  sequencer& to_;
  counters& counts_;
  input_log& log_;
  const std::string origin_;
  line_splitter lines_;
  ndjson decoder_;
  event event_;
  std::uint64_t line_ = 0;
  std::uint64_t bad_ = 0, taken_ = 0;
};

}  // namespace tickcast::feed
