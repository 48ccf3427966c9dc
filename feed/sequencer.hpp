#pragma once
// Numbers every tick within its (symbol, channel), keeps the last ones of each as the market state, and hands it, in bulk,
// to the shards that asked for it. It lives on the ingest thread, is the only writer of the symbol table and the only
// producer of every lane; that is all there is to per-symbol order.
//
// It never waits: what does not fit a lane is left out for that shard alone, and given to it later from the recent ticks,
// when the lane has room; what is gone by then, the shard sees as a hole in the numbers. Per tick it allocates nothing,
// but to double a stream's history while that still grows.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "feed/arrival.hpp"
#include "feed/candles.hpp"
#include "feed/counters.hpp"
#include "feed/dispatch.hpp"
#include "feed/event.hpp"
#include "feed/journal.hpp"
#include "feed/order_book.hpp"
#include "feed/recent.hpp"
#include "wire/answer.hpp"
#include "wire/inbox.hpp"
#include "wire/lane.hpp"
#include "wire/symbols.hpp"

namespace tickcast::feed {

inline constexpr std::size_t shards_max = 64;        // a stream's interest is one word of bits

// What one request can bring back, over all its streams: a resume of more gets snapshots for the rest, and `history` is
// shared out, so that nobody makes the ingest thread copy the market.
inline constexpr std::size_t answer_ticks_max = 65'536;
inline constexpr std::size_t mend_ticks_max = 16'384;  // given at once to a shard that has missed some
// What answers may hold all together, as a multiple of what is kept, while clients take them. Beyond it an answer has no
// more than `answer_ticks_tight`: who does not read must not end the process.
inline constexpr std::size_t lent_share = 4;
inline constexpr std::size_t answer_ticks_tight = 256;
inline constexpr std::size_t history_bytes_default = 256 * 1024 * 1024;

enum class verdict : std::uint8_t { taken, bad_symbol, table_full, crossed_book, deep_book };

class sequencer final : private bar_listener {
 public:
  // One lane per shard, at the shard's index; at most `shards_max`.
  // `history_bytes`: what the recent ticks of all streams together may take.
  sequencer(wire::symbol_table& symbols, wire::inbox& inbox, std::vector<wire::lane*> lanes,
            std::size_t history_bytes = history_bytes_default, const bar_settings& bars = {});
  ~sequencer();

  // Takes over symbols, numbers and recent ticks from a journal, and from here on writes to it: each tick, before any
  // shard is given it. Before anything else is asked of the sequencer. Throws journal_error when the journal is damaged.
  // `bars` is called when the symbols are known and no tick is: to `take_back` bars.
  void restore(journal& from, const std::function<void()>& bars = {});
  // Takes over what one block of a journal holds, without giving it to anybody. Returns how many ticks there were.
  std::size_t take_back(const journal_reader& past, const arrival& at = arrival::now());
  // A bar from an archive, before any tick; of each symbol and period the oldest first. False: its market had other hours then.
  bool take_back(const wire::bar& b, const arrival& at = arrival::now());

  // The id of a name, appended to the table if it is new. Nothing: not a symbol, or the table is full.
  std::optional<wire::symbol_id> resolve(std::string_view name);

  verdict publish(const event& from, const arrival& at);
  // A tick that was numbered before, by whoever wrote a journal. What came before it and is lost is seen as a hole.
  void republish(const wire::tick& t, const wire::notes& notes, std::int64_t mono_ns = 0);

  // Ends the bars that are over by now, and hands on what that brings. Somebody must call it at `next_close_ns`.
  void close_due(std::int64_t mono_ns);
  // The keeper of bars is told of all that it does not know yet: the last thing.
  void tell_rest() { candles_.tell_rest(); }
  std::optional<std::int64_t> next_close_ns() const { return candles_.next_ns(); }

  // The end of a source's turn: what was published goes into the lanes, the shards are woken, the inbox is served.
  void commit();

  // Carries out what shards have asked for, as far as a turn allows. True when there was anything, and may be more.
  bool serve_inbox();

  // Gives shards what their full lanes had no room for, as soon as there is room. Part of `commit`; while there is
  // `torn`, somebody must see to it that it is called also when no feed brings anything.
  void mend();
  bool torn() const { return torn_ != 0; }

  // A lane is more than half full, and its shard is working on it. Input that can wait elsewhere (a file, a pipe, a
  // socket's buffer) should.
  bool crowded(std::int64_t mono_ns);

  // Any thread.
  std::uint64_t refused() const { return refused_.value(); }  // events whose symbol the full table could not take
  std::uint64_t too_late() const { return candles_.too_late(); }  // trades for bars that are not kept any more

 private:
  struct alignas(64) stream {  // one line
    wire::sequence last = 0;      // number of the last tick, 0: none yet
    std::uint64_t wanted_by = 0;  // a bit per shard
    std::uint64_t torn_by = 0;    // of these, the shards that have missed some of it, and get nothing before that
    recent kept;
  };
  static_assert(sizeof(stream) == 64);
  using lent_records = std::shared_ptr<std::atomic<std::size_t>>;
  // A sheet that is out, and counted until the last who refers to it is done.
  struct lent {
    explicit lent(lent_records sum) : all(std::move(sum)) {}
    ~lent() { all->fetch_sub(counted, std::memory_order_relaxed); }
    void count() {
      all->fetch_add(ticks.size() - counted, std::memory_order_relaxed);
      counted = ticks.size();
    }
    wire::sheet ticks;
    std::size_t counted = 0;
    const lent_records all;
  };
  // The newest ticks of one stream, copied once for all that ask for them in one turn.
  struct common {
    wire::excerpt copy;
    std::size_t ticks = 0;
  };
  // What is being answered: its ticks, few of many streams on a sheet of its own, many of one on one that is shared.
  struct reply {
    reply(wire::channel c, const lent_records& all) : own(std::make_shared<lent>(all)) { answer->channel = c; }
    std::unique_ptr<wire::answer> answer = std::make_unique<wire::answer>();
    std::shared_ptr<lent> own;
    std::size_t records = 0, ticks_max = answer_ticks_max;
    bool wild = false;  // `*`
  };

  // ---- books (sequencer_books.cpp) ----
  order_book& book_of(wire::symbol_id symbol);
  verdict publish_book(wire::symbol_id symbol, const event& from, const arrival& at);
  void number_book(wire::symbol_id symbol, const event& from, const arrival& at, wire::book_packer& full);
  void take_back_book(const wire::tick& t, const wire::notes& notes);
  void keep_book(wire::symbol_id symbol, wire::sequence last, std::vector<wire::record>& records);

  stream& stream_of(wire::symbol_id symbol, wire::channel channel);
  stream* stream_before(const wire::tick& recorded);
  void take_names(const std::vector<std::string>& names);
  void begin_journal_file();
  void hand_out(stream& to, const wire::tick& numbered, const wire::notes& notes);
  void pass_on(stream& to, const wire::tick& t, const wire::notes& notes);
  void told(const wire::tick& t, const wire::notes& notes) override;
  void tear(std::size_t shard, const wire::tick& missed);
  void put(std::size_t shard);
  std::size_t open(const wire::request& asked);
  void close(const wire::request& asked);
  wire::stream_state open_stream(const wire::wanted& which, std::uint32_t shard, std::size_t history, reply& to);
  bool torn(const wire::request& asked) const;
  void mend(std::size_t shard, wire::channel channel, std::size_t records_max);
  void unshare();
  wire::excerpt newest(wire::symbol_id symbol, const stream& from, std::size_t ticks, reply& to);
  void open_view(wire::stream_state& state, const stream& from, std::size_t bars, reply& to);
  wire::excerpt newest_bars(wire::symbol_id symbol, std::size_t bars, reply& to);
  void mend_view(const torn_stream& torn, wire::stream_state& state, reply& to);
  void watch(wire::symbol_id symbol, wire::channel channel, const stream& of, bool named);

  wire::symbol_table& symbols_;
  wire::directory directory_;
  wire::inbox& inbox_;
  std::array<std::vector<stream>, wire::channel_count> streams_;  // by channel and symbol; none of a channel never used
  std::vector<std::unique_ptr<dispatch>> outboxes_;                // by shard
  recent_budget budget_;
  std::uint64_t pending_ = 0;                                      // shards whose outbox is not empty
  const std::size_t lent_max_;                                     // records
  const lent_records lent_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::uint64_t torn_ = 0;                                         // shards that have missed some of any stream
  std::array<std::uint64_t, wire::channel_count> wanted_all_{};    // shards with `*`, by channel: a bit each
  // What this turn's answers have in common, by symbol.
  std::array<std::unordered_map<std::uint32_t, common>, wire::channel_count> shared_;
  std::vector<std::unique_ptr<order_book>> books_;                 // by symbol; null: it has none
  std::vector<wire::level_step> steps_;                            // of the event that is being taken
  count refused_;
  const condition_rules conditions_;
  candles candles_;
  journal* journal_ = nullptr;
};

}  // namespace tickcast::feed
