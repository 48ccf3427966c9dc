#pragma once
// What one subscriber is owed of one stream, and what it got: numbers only. After an acknowledgement come its snapshot or
// its replay and then live messages, and every number is covered exactly once, in order, by a message, a merged one or a
// gap. Each call returns what is wrong, beginning with the name of the law, or nothing.
//
// What cannot be known is not claimed: from where a stream runs whose acknowledgement gave no number and that has no
// snapshot, or where the options of an earlier subscription end.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/command.hpp"
#include "wire/market_message.hpp"

namespace tickcast::wire {

// How a stream is to be delivered, as far as it is known.
struct terms {
  delivery_mode mode = delivery_mode::every;
  std::uint32_t interval_ms = 0;
  std::optional<slow_policy> on_slow;  // nothing: only the client knows
  std::size_t depth = 0;               // of a book

  bool every() const { return mode == delivery_mode::every; }
};

// What a channel's streams share: whether slowness has turned them to `latest`, and how often that has ended.
struct slowness {
  bool now = false;
  std::uint32_t ended = 0;
};

// What an acknowledgement says of a stream.
struct acknowledged {
  enum class first : std::uint8_t {
    snapshot,      // it was asked for
    perhaps,       // nobody knows whether it was
    live,          // it was not
    replay,        // resumed, and recovered
  };
  first begins = first::snapshot;
  std::optional<sequence> n;        // `*` gives none
  std::optional<sequence> resumed;  // the number named in `resume`
};

class coverage {
 public:
  // `slow` must live as long as this.
  explicit coverage(const slowness& slow) : slow_(&slow), clean_(slow.ended) {}

  std::string subscribe(const terms& how, const acknowledged& a);
  std::string take(const market_message& m);
  // Both are judged when the frame has been read: data behind it in the same frame still counts.
  std::string heartbeat(sequence n, std::int64_t t_us);
  std::string heartbeat_over();

  const terms& how() const { return how_; }
  // The last number that was delivered, 0: none; nothing while it is not known.
  std::optional<sequence> delivered() const;
  bool owes() const;  // a snapshot or a replay is announced and not complete
  bool live(sequence n) const { return n > acknowledged_; }

 private:
  struct promise {
    acknowledged::first what;
    sequence n;      // its last number; 0: not known
    sequence after;  // of a replay: the number before its first; the greatest of all: only the client knows
    bool begins;     // the stream; nothing of an earlier subscription can come before it
  };

  std::string snapshot(sequence n);
  bool promised_book(const market_message& m);
  std::string snapshot_complete(sequence n);
  std::string unnumbered_complete();
  std::string settle_before(const market_message& m);
  std::string begin_with(const market_message& m);
  std::string allowed(const market_message& m);

  const slowness* slow_;
  terms how_;
  bool subscribed_ = false;
  bool anywhere_ = false;           // may begin with any number
  sequence next_ = 0;               // due; 0: not known yet
  sequence shown_ = 0;              // the last one of a snapshot under way
  std::vector<promise> promises_;   // in the order of their acknowledgements
  std::size_t repeats_ = 0;         // of the snapshot of `repeated_`, that may still come
  sequence repeated_ = 0;
  sequence acknowledged_ = 0;       // the last number that was one
  sequence replay_until_ = 0;       // no hole up to here
  std::optional<sequence> resumed_;
  sequence merged_until_ = 0;       // earlier options may still show up to here
  sequence gaps_until_ = 0;
  bool unmarked_ = false;           // nothing shows where the last subscription begins
  std::uint32_t clean_;             // of `slowness::ended`: a plain message has come since
  sequence beat_ = 0, beat_before_ = 0;
  std::int64_t beat_us_ = 0, beat_before_us_ = 0;
};

}  // namespace tickcast::wire
