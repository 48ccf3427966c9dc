#pragma once
// The delivery contract, checked from what one client hears on one connection: frames, the welcome, answers in the order
// of the commands, what is subscribed and what is not, and of each stream what `coverage` says it is owed. The first
// thing that is wrong stays, as one sentence: the law's name, what it was, where, and the message. Nothing is looked at
// after it.
//
// It sees text and numbers; it has no clock and no socket, so that nothing is said about when something came. Without
// `commanded` (a capture) it takes the options from the acknowledgements and leaves open what only the client knows.
// Keys and messages that the protocol does not know are passed over, as every client has to.
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "wire/book_judge.hpp"
#include "wire/coverage.hpp"
#include "wire/reference.hpp"
#include "wire/view_course.hpp"

namespace tickcast::wire {

class auditor {
 public:
  // Whose messages it can judge.
  static constexpr bool knows(channel) { return true; }

  struct figures {
    std::uint64_t frames = 0, bytes = 0, largest_frame = 0;
    std::uint64_t messages = 0;  // of the market: trades, quotes, gaps
    std::uint64_t plain = 0, merged = 0, merged_ticks = 0, snapshots = 0, recovered = 0, refused_resumes = 0;
    std::uint64_t streams = 0, answers = 0, heartbeats = 0, rates = 0, unknown = 0;
    std::array<std::uint64_t, gap_why_count> gaps{}, missing{};  // how many, and how many numbers in them

    void add(const figures& other);
  };

  // `known` compares with other connections and outlives this; `who` names this one in what is wrong. `successive`: the
  // reference hears one connection after the other, so that numbers never go back in an epoch.
  explicit auditor(reference* known = nullptr, std::string who = {}, bool successive = false)
      : known_(known), who_(std::move(who)), successive_(successive) {}
  auditor(const auditor&) = delete;  // its streams look at what their channel shares
  auditor& operator=(const auditor&) = delete;

  // A frame that the client sends, before any answer to it can have come.
  void commanded(std::string_view frame);
  // False: something is wrong, now or earlier. `arrived_us`: when it came, by a clock that does not run back; 0: nobody
  // knows, and nothing is said about how often messages come. `bytes`: how long it was, if this is only what it stands for
  // (wire/transcript.hpp).
  bool see(std::string_view frame, std::int64_t arrived_us = 0, std::size_t bytes = 0);
  // The server closed with this code.
  bool closed(unsigned code, std::string_view reason);
  // The connection ended after everything that was asked for had time to come.
  bool finish();

  const std::string& violation() const { return fault_; }
  const figures& counted() const { return counted_; }
  // Answers, snapshots and replays that are still to come.
  std::size_t owed() const;

  // What the welcome said.
  struct terms_of_session {
    std::string epoch;
    std::vector<std::string> channels;
    std::size_t symbols = 1024;
    double commands_per_s = 10, burst = 40;
  };
  const std::optional<terms_of_session>& welcome() const { return welcome_; }

  // Venue time of the newest live message that came as it is in the last frame; 0: none.
  std::int64_t newest_us() const { return newest_us_; }

  // Calls `visit(channel, symbol, last)` for each stream; `last` is nothing while it is not known.
  template <class Visit>
  void each_stream(Visit visit) const {
    for (channel c : all_channels)
      for (const auto& [name, s] : sides_[index_of(c)].streams) visit(c, std::string_view{name}, s.delivered());
  }

 private:
  struct names {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  using name_set = std::unordered_set<std::string, names, std::equal_to<>>;

  // A command whose answer has not come.
  struct asked {
    operation op = operation::unknown;
    bool sound = true;  // only an error can answer it otherwise
    std::string id;
    wire::channel channel = channel::trades;
    bool every_period = false;
    bool all = false;
    acknowledged::first begins = acknowledged::first::snapshot;
    wire::delivery delivery;
    name_set symbols;
    std::string epoch;  // named in `resume`; the command may be older than the welcome
    std::unordered_map<std::string, sequence> resumed;
  };
  // How often messages of a `latest` stream have come since it was subscribed to. Once its options were changed, what an
  // earlier mode has queued may come in between, and nothing can be said.
  struct pace {
    std::int64_t since_us = 0;
    std::int64_t messages = 0;
    bool judged = true;
  };
  struct stream {
    coverage cover;
    std::optional<view_course> view;  // of bars and statistics, instead
    reference::stream* told = nullptr;
    auditor::pace pace{};
    std::unique_ptr<book_judge> book{};  // if it is one

    std::string subscribe(const terms& how, const acknowledged& a) { return view ? view->subscribe(how, a) : cover.subscribe(how, a); }
    std::string take(const market_message& m) { return view ? view->take(m) : cover.take(m); }
    const terms& how() const { return view ? view->how() : cover.how(); }
    bool owes() const { return view ? view->owes() : cover.owes(); }
    std::optional<sequence> delivered() const { return view ? std::optional{view->delivered()} : cover.delivered(); }
  };
  // One acknowledgement of `*`.
  struct all_taken {
    terms how;
    acknowledged::first begins = acknowledged::first::perhaps;
    std::unordered_map<std::string, sequence> resumed;
  };
  static constexpr std::size_t wild_max = 16;
  // What is known of one channel.
  struct side {
    std::unordered_map<std::string, stream, names, std::equal_to<>> streams;
    // The acknowledgements of `*`, if it is subscribed: of a stream that nothing has come of, messages of each may come.
    std::vector<all_taken> wild;
    name_set left_out;          // unsubscribed since
    slowness slow;
  };

  bool wrong(std::string_view what);
  bool message(std::string_view text);
  bool control(std::string_view kind, std::string_view text, bool& known);
  bool market(market_kind kind, const message_members& m);
  bool judge_book(stream& of, market_message& m);
  void expect_book(stream& of, const terms& how, const acknowledged& a);
  bool keeps_pace(stream& of, const market_message& m);

  bool welcomed(std::string_view text);
  bool answered(std::string_view kind, std::string_view text);
  bool subscribed(std::string_view text, const asked* by);
  bool acknowledge(channel c, const std::string& symbol, const terms& how, sequence n, const json_value& recovered,
                   const asked* by);
  void take_all(channel c, const terms& how, const asked* by);
  bool unsubscribed(std::string_view text, const asked* by);
  bool taken_back(channel c, std::string_view text, const asked* by);
  void beats(channel c, std::string_view symbol, sequence n, std::int64_t t, bool& known, std::string& fault);
  bool listed(std::string_view text);
  bool heartbeat(std::string_view text);
  bool rate(std::string_view text);
  bool named(std::string_view text);
  bool beats_over();

  stream* find(channel c, std::string_view symbol);
  stream& open(channel c, std::string_view symbol);

  reference* known_;
  std::string who_;
  bool successive_;
  std::string fault_;
  figures counted_;
  std::optional<terms_of_session> welcome_;
  bool commanding_ = false;
  std::deque<asked> asked_;
  std::array<side, channel_count> sides_;
  bool bye_ = false, ever_all_ = false;
  std::int64_t arrived_us_ = 0;
  std::size_t place_ = 0;       // of the message in its frame, from 1
  std::string_view shown_;      // the message that is being looked at
  bool market_came_ = false;    // in this frame
  struct beat {
    std::string name;
    stream* of;
    sequence n;
  };
  std::vector<beat> beats_;  // told by heartbeats of this frame
  std::int64_t newest_us_ = 0;
};

}  // namespace tickcast::wire
