#include "feed/archive.hpp"

#include <pthread.h>

#include <algorithm>

#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

using namespace std::chrono_literals;

constexpr auto look_at_queue = 100ms;              // nobody rings for it: the ingest thread makes no system call for a bar
constexpr std::size_t bars_a_transaction = 20'000; // some tens of milliseconds; then the queue and queries have their turn
constexpr std::size_t queries_max = 1024;
constexpr std::size_t recent_least = 8, recent_most = 5000;  // of a stream, at the start
constexpr auto tell_again = 60s;                   // of a disk that takes nothing
constexpr auto prune_round = 600s;                 // all streams are looked at so often
constexpr auto prune_step = 50ms;                  // a flush; when there is no room, as long as the flush took
constexpr int prune_rows = 2'000;                  // in one go
constexpr auto for_ever = std::chrono::hours{24 * 3650};

std::int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

archive::archive(history_settings how, const wire::symbol_table& symbols, std::string_view epoch)
    : how_([&] {
        if (how.path.empty()) how.keep_bytes = how.keep_bytes == 0 ? memory_max : std::min(how.keep_bytes, memory_max);
        return std::move(how);
      }()),
      symbols_(symbols), queue_(how_.queue_places), store_(how_.path, epoch), memory_(how_.waiting_max, !how_.path.empty()) {
  bool good = store_.each_symbol([&](bar_store::symbol_key key, std::string_view name, std::uint8_t digits) { memory_.known(name, key, digits); });
  std::vector<wire::bar> found;
  for (auto& [name, symbol] : memory_.all()) {
    for (wire::period p : wire::all_periods) {
      found.clear();
      good = good && store_.find(symbol.key, p, INT64_MIN, INT64_MAX, 1, found);
      const std::size_t closed = found.size();
      good = good && store_.find_open(symbol.key, p, found);
      if (found.size() > closed) symbol.of(p).open = found.back();
      for (const wire::bar& b : found) memory_.learn(symbol, b);
    }
  }
  if (!good) throw history_error(fmt::format("history: {} cannot be read: {}; restore a copy of it, or move it away", how_.path, store_.trouble()));
  counts_.bytes.set(static_cast<std::uint64_t>(std::max<std::int64_t>(0, store_.used_bytes())));
}

void archive::each_recent(std::size_t in_all, const std::function<void(std::string_view, const wire::bar&)>& see) {
  const std::size_t streams = memory_.all().size() * wire::period_count;
  const std::size_t newest = std::clamp(in_all / std::max<std::size_t>(1, streams), recent_least, recent_most);
  std::vector<wire::bar> found;
  for (const auto& [name, symbol] : memory_.all()) {
    for (wire::period p : wire::all_periods) {
      found.clear();
      if (!store_.find(symbol.key, p, INT64_MIN, INT64_MAX, newest, found))
        throw history_error(fmt::format("history: {} cannot be read: {}; restore a copy of it, or move it away", how_.path, store_.trouble()));
      std::reverse(found.begin(), found.end());
      if (const auto* s = symbol.find(p); s && s->open && (found.empty() || found.back().start_ns < s->open->start_ns)) found.push_back(*s->open);
      for (std::size_t i = found.size() - std::min(newest, found.size()); i < found.size(); ++i) see(name, found[i]);
    }
  }
}

void archive::start() {
  running_ = true;
  thread_ = std::thread([this] { run(); });
}

void archive::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard hold{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

// ---- from other threads ----

void archive::keep(const wire::bar& b) {
  if (running_) {
    if (!queue_.put(b)) counts_.overflowed.add();
    return;
  }
  take_in(b);  // from a journal
  if (memory_.waiting() >= bars_a_transaction) flush();
}

void archive::ask(query q, const std::function<void()>& refused) {
  {
    const std::lock_guard hold{mutex_};
    if (queries_.size() < queries_max && !stopping_) {
      queries_.push_back(std::move(q));
      q = nullptr;
    }
  }
  if (q) return refused();
  wake_.notify_one();
}

void archive::find(wire::bar_query which, std::function<void(wire::bar_page)> done) {
  ask([which = std::move(which), done](archive& self) { done(self.answer(which)); },
      [&done] {
        wire::bar_page none;
        none.failed = true;
        done(std::move(none));
      });
}

void archive::list(wire::symbol_query which, std::function<void(wire::symbol_page)> done) {
  ask([which = std::move(which), done](archive& self) { done(self.memory_.list(which)); },
      [&done] {
        wire::symbol_page none;
        none.failed = true;
        done(std::move(none));
      });
}

// ---- its own thread ----

void archive::run() {
  ::pthread_setname_np(::pthread_self(), "archive");
  auto next_flush = clock::now() + how_.flush;
  for (bool end = false; !end;) {
    {
      std::unique_lock hold{mutex_};
      wake_.wait_until(hold, std::min(next_flush, clock::now() + look_at_queue), [this] { return stopping_ || !queries_.empty(); });
      end = stopping_;
    }
    take_in();
    serve();
    const auto now = clock::now();
    if (!end && now < next_flush) continue;
    if (flush()) prune(now);
    next_flush = clock::now() + how_.flush;
  }
  if (memory_.waiting() > 0)
    spdlog::error("history: {} closed bars could not be written to {} before the end, and are lost", memory_.waiting(), how_.path);
}

void archive::take_in() {
  queue_.take([this](const wire::bar& b) { take_in(b); });
  counts_.waiting.set(memory_.waiting());
}

void archive::take_in(const wire::bar& b) {
  const std::size_t at = wire::index_of(b.symbol);
  if (at >= by_id_.size()) by_id_.resize(std::max(at + 1, symbols_.size()));
  if (!by_id_[at]) by_id_[at] = &memory_.named(symbols_.name(b.symbol));
  if (!memory_.take(*by_id_[at], b)) counts_.forgotten.add();
}

void archive::serve() {
  for (const std::size_t all = symbols_.size(); named_ < all; ++named_)  // those without a bar are known too
    memory_.named(symbols_.name(wire::symbol_id{static_cast<std::uint32_t>(named_)}));
  std::deque<query> asked;
  {
    const std::lock_guard hold{mutex_};
    asked.swap(queries_);
  }
  for (const query& q : asked) {
    counts_.queries.add();
    q(*this);
    take_in();
  }
}

wire::bar_page archive::answer(const wire::bar_query& which) {
  wire::bar_page page;
  const bar_memory::symbol* const symbol = memory_.find(which.symbol);
  page.known = symbol && symbol->facts.last_ns != 0;
  if (!page.known) return page;
  const bar_memory::stream* const s = symbol->find(which.period);
  const auto look = [&](std::int64_t from_ns, std::int64_t to_ns, std::size_t limit) {
    std::vector<wire::bar> found;
    if (!store_.find(symbol->key, which.period, from_ns, to_ns, limit, found)) page.failed = true;
    std::reverse(found.begin(), found.end());
    if (s) bar_memory::overlay(*s, {which.symbol, which.period, from_ns, to_ns, limit}, found);
    if (found.size() > limit) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(limit));
    return found;
  };
  page.bars = look(which.from_ns, which.to_ns, which.limit);
  if (page.bars.empty() && !page.failed) {
    const auto before = look(INT64_MIN, which.from_ns, 1);
    if (!before.empty()) page.before_ns = before.back().start_ns;
  }
  if (page.failed) {
    counts_.queries_failed.add();
    spdlog::debug("history: a query failed: {}", store_.trouble());
  }
  return page;
}

// ---- writing ----

bool archive::flush() {
  const auto begin = clock::now();
  std::size_t left = memory_.changed().size();  // what comes meanwhile is for the next time
  if (left == 0) return true;
  while (left > 0) {
    const std::size_t streams = write_some(left);
    if (streams == 0) {
      failed();
      return false;
    }
    left -= streams;
    take_in();
    serve();
  }
  recovered();
  counts_.flushes.add();
  counts_.last_flush_ns.set(static_cast<std::uint64_t>(std::chrono::nanoseconds{clock::now() - begin}.count()));
  return true;
}

// One transaction. What was not committed stays where it is, to be tried again. Returns how many streams it has written, of at
// most so many; 0: it failed.
std::size_t archive::write_some(std::size_t most) {
  auto& changed = memory_.changed();
  std::size_t streams = 0, bars = 0;
  bool good = store_.begin();
  for (; good && streams < most && bars < bars_a_transaction; ++streams) {
    const bar_memory::stream& s = changed[streams].of->of(changed[streams].period);
    bars += s.waiting.size() + (s.open_changed ? 1 : 0);
    good = write(changed[streams]);
  }
  good = good && store_.commit();
  if (!good) {
    const std::string why = store_.trouble();  // before the rollback says something else
    if (!told_ || clock::now() - *told_ >= tell_again) {
      spdlog::error("history: {} takes nothing ({}); bars wait in memory, {} now, and are written when it is back; live streams go on",
                    how_.path.empty() ? "memory" : how_.path, why, memory_.waiting());
      told_ = clock::now();
    }
    store_.rollback();
    return 0;
  }
  for (std::size_t i = 0; i < streams; ++i) memory_.written(changed[i]);
  changed.erase(changed.begin(), changed.begin() + static_cast<std::ptrdiff_t>(streams));
  counts_.written.add(bars);
  counts_.waiting.set(memory_.waiting());
  return streams;
}

bool archive::write(const bar_memory::change& c) {
  const bar_memory::symbol& symbol = *c.of;
  const bar_memory::stream& s = *symbol.find(c.period);
  if ((!symbol.written || symbol.digits_written < symbol.facts.digits) && !store_.put_symbol(symbol.key, symbol.facts.symbol, symbol.facts.digits)) return false;
  for (const wire::bar& b : s.waiting)
    if (!store_.put(symbol.key, b)) return false;
  if (!s.open_changed) return true;
  return s.open ? store_.put_open(symbol.key, *s.open) : store_.drop_open(symbol.key, c.period);
}

void archive::failed() {
  if (!failing_) forgotten_before_ = counts_.forgotten.value();
  failing_ = true;
  counts_.failing.set(1);
}

void archive::recovered() {
  if (!failing_) return;
  failing_ = false;
  counts_.failing.set(0);
  told_.reset();
  spdlog::info("history: {} takes bars again; {} closed ones were lost meanwhile, as memory for them is bounded", how_.path,
               counts_.forgotten.value() - forgotten_before_);
}

// ---- what is too old ----

// Against the newest bar there is, so that a recording of another year is kept; but never against the future, where one wrong time
// would delete everything.
std::int64_t archive::oldest_kept_ns(wire::period p) const {
  const std::int64_t now_ns = std::min(memory_.newest_ns(), wall_ns());
  // Where there is no room, the shortest bars are halved first, the longer ones some steps later.
  constexpr std::array<int, wire::period_count> steps_later{0, 5, 7, 9, 11, 16};
  const int halved = std::clamp(pressure_ - steps_later[wire::index_of(p)], 0, 20);
  std::chrono::nanoseconds kept = how_.keep[wire::index_of(p)];
  if (kept.count() == 0) {
    if (halved == 0) return INT64_MIN;
    kept = for_ever;
  }
  return now_ns - std::max<std::int64_t>(kept.count() >> halved, 2 * wire::seconds_of(p) * 1'000'000'000);
}

// In steps between two flushes: some streams, some rows of each.
void archive::prune(clock::time_point now) {
  const std::int64_t used = store_.used_bytes();
  if (used >= 0) counts_.bytes.set(static_cast<std::uint64_t>(used));
  const bool tight = how_.keep_bytes > 0 && used > static_cast<std::int64_t>(how_.keep_bytes);
  if (!pruning_) {
    if (now < next_round_ && !tight) return;
    pruning_ = true;
    pruned_to_.clear();
    if (tight) {
      pressure_ = std::min(pressure_ + 1, 36);
    } else if (pressure_ > 0 && used < static_cast<std::int64_t>(how_.keep_bytes / 4 * 3)) {
      --pressure_;
    }
  }
  const auto until = clock::now() + (tight ? std::max<clock::duration>(prune_step, clock::now() - now) : prune_step);
  std::uint64_t gone = 0;
  bool good = store_.begin();
  auto at = memory_.all().upper_bound(pruned_to_);
  while (good && at != memory_.all().end() && clock::now() < until) {
    bool more = false;
    for (wire::period p : wire::all_periods) {
      const std::int64_t oldest = oldest_kept_ns(p);
      if (oldest == INT64_MIN || !at->second.written) continue;
      const int rows = store_.prune(at->second.key, p, oldest, prune_rows);
      good = good && rows >= 0;
      gone += static_cast<std::uint64_t>(std::max(rows, 0));
      more = more || rows >= prune_rows;
    }
    if (more) continue;
    pruned_to_ = at->first;
    ++at;
  }
  if (!good || !store_.commit()) {
    store_.rollback();
    return;
  }
  counts_.pruned.add(gone);
  if (at != memory_.all().end()) return;
  pruning_ = false;
  next_round_ = now + prune_round;
}

}  // namespace tickcast::feed
