#pragma once
// The delivery contract under random schedules: the real sequencer, two shards without their threads and sockets, lanes
// that overflow while a shard stands still, clients that come, go, block, change their minds and come back to resume.
// Each client's bytes are judged by its witness, which knows the market, and by an auditor, which knows them alone and is
// what `tickcast verify` judges by. Time is virtual and nothing runs in parallel, so a seed is a schedule:
// TICKCAST_SEED=n replays one and prints its frames, TICKCAST_SEEDS=n runs so many.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fake_transport.hpp"
#include "fanout/session.hpp"
#include "fanout/stage.hpp"
#include "feed/sequencer.hpp"
#include "wire/auditor.hpp"
#include "wire/transcript.hpp"
#include "witness.hpp"

namespace tickcast {

struct totals {
  std::size_t live = 0, merges = 0, gaps = 0, snapshots = 0, degraded = 0, evicted = 0, stalled = 0, left = 0, resumed = 0,
              bars = 0, spans = 0, overflows = 0, recovered = 0, binary = 0;
};

class schedule {
 public:
  schedule(std::uint64_t seed, bool told);
  // What went wrong; empty: nothing did.
  std::string run(totals& sum);

 private:
  struct peer;
  // One shard. Between it and the sequencer stands the test, which sees what passes and lets it wait.
  struct floor {
    floor(const fanout::service& what, std::size_t lane_capacity, std::uint32_t index, std::int64_t now_ns)
        : upstream(lane_capacity), scene(what, lane, asked, index, fanout::clock{now_ns}) {}
    wire::lane upstream, lane{1 << 16};  // from the sequencer; to the shard
    wire::inbox asked;
    fanout::stage scene;
    std::deque<std::pair<std::unique_ptr<wire::request>, std::weak_ptr<peer>>> requests;
    std::map<wire::ticket, std::pair<std::weak_ptr<peer>, witness::states>> answers;  // and what they have to say
    std::int64_t turned_ns = 0;
    int standing = 0;  // steps that it still does nothing
  };
  struct peer final : private fanout::wheel::timer {
    peer(schedule& s, floor& f, bool patient, wire::encoding as)
        : home(s), at(f), forgiving(patient), way(f.scene.all.clock), judge(s.truth_),
          talk(std::make_unique<fanout::session>(f.scene.all, way, as)) {
      way.talk = talk.get();
      f.scene.all.wheel.arm(*this, s.now() + 10'000'000);
      talk->opened();
    }
    void due(std::int64_t now) override {
      if (way.closed) return;
      talk->tend(now);
      if (!way.closed) at.scene.all.wheel.arm(*this, talk->next_ns(now));
    }

    schedule& home;
    floor& at;
    const bool forgiving;  // none of its streams may be the reason for an eviction
    fanout::fake_transport way;
    witness judge;
    wire::transcript script;  // SBE is judged as the JSON that it stands for
    wire::auditor audit{&home.heard_};
    std::unique_ptr<fanout::session> talk;
    std::string text;     // of the frame that is being carried out
    bool reading = true;  // frames are taken from its socket
    int commands = 0;
    std::int64_t stuck_since = 0;
    std::map<witness::key, wire::sequence> remembered;  // from the connection before
  };

  bool chance(int percent) { return std::uniform_int_distribution<int>{1, 100}(random_) <= percent; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(random_);
  }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + between(0, static_cast<std::int64_t>(all.size()) - 1));
  }
  std::int64_t now() const { return now_ns_; }
  void pass_ns(std::int64_t ns);
  std::string name_of(std::int64_t i) const {
    return std::string{symbols_.name(wire::symbol_id{static_cast<std::uint32_t>(i)})};
  }

  void step();
  void trade_some();
  void trade(wire::symbol_id s, wire::tick t, const std::string& id);
  void serve_some(int percent);
  void forward(floor& f);
  void pump(floor& f);
  void turn(floor& f);
  void socket_of(std::shared_ptr<peer>& p);
  void say(std::shared_ptr<peer>& p, int commands);
  std::string command(peer& p);
  void collect(floor& f, const std::shared_ptr<peer>& from);
  void judge(peer& p);
  void part(std::shared_ptr<peer>& p, totals& sum);
  void end(totals& sum);
  std::shared_ptr<peer> arrive() {
    return std::make_shared<peer>(*this, *floors_[static_cast<std::size_t>(between(0, 1))], chance(50),
                                  chance(40) ? wire::encoding::sbe : wire::encoding::json);
  }

  std::mt19937_64 random_;
  const bool told_;  // frames are printed: one schedule is being looked at
  std::int64_t now_ns_ = 1'700'000'000'000'000'000;
  fanout::limits bounds_;
  wire::symbol_table symbols_{64};
  std::string epoch_ = "6e1b", version_ = "tickcast/test", fault_;
  std::vector<std::string> origins_;
  const bool frugal_;    // the sequencer keeps only a few ticks of each stream
  const bool disorder_;  // the venue's times run back now and then, and volumes grow too large to be merged
  wire::inbox inbox_;
  std::vector<std::unique_ptr<floor>> floors_;
  std::unique_ptr<feed::sequencer> sequencer_;
  truth truth_;
  wire::reference heard_;  // what all clients were told, compared with each other
  std::vector<std::shared_ptr<peer>> peers_;
  std::int64_t price_ = 10'000;
  int newcomers_ = 0;
  std::size_t binary_ = 0;  // frames
};

}  // namespace tickcast
