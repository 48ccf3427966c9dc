// What a client says to a server and hears from it, above TLS and (mostly) WebSocket: one kind for each family of servers compared.
// A dialect takes the bytes apart just as far as it must: all clients count, only the sampled ones look at each trade.
#pragma once

#include "plan.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class dialect {
public:
  // Who is told of what came. Texts are good until the call returns.
  class listener {
  public:
    virtual bool sampled() const = 0;
    virtual void counted(std::uint64_t trades, std::size_t bytes) = 0; // of one frame, or of one read where there are no frames
    virtual void trade(std::string_view text) = 0;                     // sampled only; counted besides
    virtual void subscribed(std::string_view answer) = 0;
    virtual void told(std::string_view kind, std::string_view text) = 0; // neither trade nor acknowledgement: error, gap, …
    virtual void broken(const std::string& why) = 0;
    virtual void answer(std::string_view text) = 0;

  protected:
    ~listener() = default;
  };

  static std::unique_ptr<dialect> named(protocol which);
  virtual ~dialect() = default;

  virtual bool over_websocket() const { return true; }
  virtual std::uint8_t opcode() const { return 1; } // of what it sends
  virtual std::string_view subprotocol() const { return {}; } // asked for and insisted on
  virtual std::string greeting() const { return {}; }
  // Numbers the trades go on from stand in the acknowledgement; else the first trade of a symbol says where it begins.
  virtual bool acknowledges_numbers() const { return true; }
  virtual std::string subscribe(const plan& what, const std::vector<std::string>& symbols) const = 0;
  // A whole text or binary frame; without WebSocket whatever came.
  virtual void take(std::string_view bytes, listener& to) = 0;
};

} // namespace bench
