#pragma once
// What the feed's tests share: a sequencer with lanes that are read like a shard reads them, and waiting with a deadline.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "feed/sequencer.hpp"
#include "wire/decimal.hpp"

namespace tickcast::feed {

// One thing out of a lane: a tick with its notes, or an answer.
struct heard {
  wire::tick tick{};
  wire::notes notes;
  std::unique_ptr<wire::answer> answer;

  std::string note(wire::note_tag wanted) const {
    std::string all;
    wire::each_note(notes.bytes(), [&](wire::note_tag tag, std::string_view text) {
      if (tag == wanted) all += (all.empty() ? "" : ",") + std::string(text);
    });
    return all;
  }
};

inline std::string price_of(const wire::tick& t) {
  return wire::to_text({t.kind == wire::record_kind::trade ? t.trade.price : t.quote.bid, t.price_exponent});
}

inline wire::notes notes_of(std::string_view id) {
  wire::notes made;
  made.add(wire::note_tag::id, id);
  return made;
}
// Prices, and how many bytes of notes each has.
inline std::string text_of(const wire::excerpt& ticks) {
  std::string all;
  ticks.each([&](const wire::tick& t, std::string_view notes) {
    all += price_of(t) + (notes.empty() ? " " : "+" + std::to_string(notes.size()) + " ");
  });
  return all;
}

inline wire::wanted by_id(wire::symbol_id id) {
  wire::wanted w;
  w.symbol = id;
  return w;
}
inline wire::wanted by_name(std::string name) {
  wire::wanted w;
  w.name = std::move(name);
  return w;
}
inline std::unique_ptr<wire::request> request_of(wire::request_kind kind, std::uint32_t shard, wire::channel channel,
                                                 std::vector<wire::wanted> streams, wire::ticket number = 1) {
  auto made = std::make_unique<wire::request>();
  made->kind = kind;
  made->shard = shard;
  made->number = number;
  made->channel = channel;
  made->streams = std::move(streams);
  return made;
}

struct market {
  explicit market(std::size_t shards = 1, std::size_t lane_capacity = 65536, std::size_t symbol_limit = 1000,
                  std::size_t history_bytes = history_bytes_default)
      : symbols(symbol_limit), lanes(make(shards, lane_capacity)), to(symbols, inbox, pointers(lanes), history_bytes) {}

  void ask(wire::request_kind kind, std::uint32_t shard, wire::channel channel, std::vector<wire::wanted> streams,
           wire::ticket number = 1) {
    inbox.ask(request_of(kind, shard, channel, std::move(streams), number));
  }
  void ask_all(wire::request_kind kind, std::uint32_t shard, wire::channel channel) {
    auto made = request_of(kind, shard, channel, {});
    made->all = true;
    inbox.ask(std::move(made));
  }
  // Names a symbol (as a feed would) and opens its stream for a shard; its answer is taken out.
  wire::symbol_id open(std::uint32_t shard, std::string name, wire::channel channel = wire::channel::trades) {
    ask(wire::request_kind::open, shard, channel, {by_name(std::move(name))});
    to.serve_inbox();
    const auto got = hear(shard);
    return got.back().answer->streams.at(0).symbol;
  }
  void trade(std::string_view name, std::int64_t price, const wire::notes& notes = {}, const arrival& at = {1, 2}) {
    event e;
    e.name = name;
    e.tick.kind = wire::record_kind::trade;
    e.tick.trade = {price, 100, {}, 0};
    e.notes = notes;
    last = to.publish(e, at);
  }
  void quote(std::string_view name, std::int64_t bid) {
    event e;
    e.name = name;
    e.tick.kind = wire::record_kind::quote;
    e.tick.quote = {bid, 1, bid + 1, 1};
    last = to.publish(e, {1, 2});
  }
  std::vector<heard> hear(std::size_t shard = 0) {
    std::vector<heard> all;
    heard next;
    std::vector<wire::record> got(512);
    while (const std::size_t count = lanes[shard]->take(got)) {
      for (std::size_t i = 0; i < count; ++i) {
        if (got[i].kind() == wire::record_kind::note) {
          next.notes.gather(got[i].note);
          continue;
        }
        if (got[i].kind() == wire::record_kind::answer) {
          next.answer.reset(got[i].reply.block);
        } else {
          next.tick = got[i].tick;
        }
        all.push_back(std::move(next));
        next = {};
      }
    }
    return all;
  }
  // The prices of the ticks that are in a lane, in order; an answer reads `answer`.
  std::string hear_text(std::size_t shard = 0) {
    std::string all;
    for (const heard& h : hear(shard)) all += (all.empty() ? "" : " ") + (h.answer ? "answer" : price_of(h.tick));
    return all;
  }

  wire::symbol_table symbols;
  wire::inbox inbox;
  std::vector<std::unique_ptr<wire::lane>> lanes;
  sequencer to;
  verdict last = verdict::taken;

 private:
  static std::vector<std::unique_ptr<wire::lane>> make(std::size_t shards, std::size_t capacity) {
    std::vector<std::unique_ptr<wire::lane>> made;
    for (std::size_t i = 0; i < shards; ++i) made.push_back(std::make_unique<wire::lane>(capacity));
    return made;
  }
  static std::vector<wire::lane*> pointers(const std::vector<std::unique_ptr<wire::lane>>& lanes) {
    std::vector<wire::lane*> all;
    for (const auto& lane : lanes) all.push_back(lane.get());
    return all;
  }
};

// Runs the sources until `done()`, for at most ten seconds. False: it did not happen.
template <class Done>
bool run_until(boost::asio::io_context& io, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    io.restart();
    io.run_one_for(std::chrono::milliseconds{20});
  }
  return true;
}

}  // namespace tickcast::feed
