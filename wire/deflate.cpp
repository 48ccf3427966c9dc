#include "wire/deflate.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>

namespace tickcast::wire {
namespace {

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::string_view take_until(std::string_view& s, char stop) {
  const std::size_t at = s.find(stop);
  const std::string_view part = s.substr(0, at);
  s = at == std::string_view::npos ? std::string_view{} : s.substr(at + 1);
  return trim(part);
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y;
  });
}

std::optional<int> window_bits(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  if (value.starts_with('0')) return std::nullopt;
  int bits = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), bits);
  if (error != std::errc{} || stop != value.data() + value.size() || bits < 8 || bits > 15) return std::nullopt;
  return bits;
}

struct offer {
  bool server_no_context = false, client_no_context = false, client_bits_named = false;
  int server_bits = 0, client_bits = 0;
};

// One offer of the header; nothing when it is another extension or breaks RFC 7692 §7.1.
std::optional<offer> read_offer(std::string_view text) {
  if (!same(take_until(text, ';'), "permessage-deflate")) return std::nullopt;
  offer o;
  while (!text.empty()) {
    std::string_view value = take_until(text, ';');
    const bool valued = value.find('=') != std::string_view::npos;
    const std::string_view name = take_until(value, '=');
    value = trim(value);
    if (same(name, "server_no_context_takeover") && !valued && !o.server_no_context) {
      o.server_no_context = true;
    } else if (same(name, "client_no_context_takeover") && !valued && !o.client_no_context) {
      o.client_no_context = true;
    } else if (same(name, "server_max_window_bits") && valued && !o.server_bits) {
      const auto bits = window_bits(value);
      if (!bits) return std::nullopt;
      o.server_bits = *bits;
    } else if (same(name, "client_max_window_bits") && !o.client_bits_named) {
      o.client_bits_named = true;
      const auto bits = valued ? window_bits(value) : std::optional<int>{0};
      if (!bits) return std::nullopt;
      o.client_bits = *bits;
    } else {
      return std::nullopt;
    }
  }
  return o;
}

}  // namespace

deflater::~deflater() {
  for (auto& stream : streams_)
    if (stream) deflateEnd(stream.get());
}

void deflater::compress(std::string_view message, int bits, text& to) {
  bits = std::clamp(bits, least_bits, most_bits);
  auto& stream = streams_[static_cast<std::size_t>(bits - least_bits)];
  if (!stream) {
    stream = std::make_unique<z_stream>();
    // Level 1: market JSON shrinks to about the same at any level, and this one costs the least.
    if (deflateInit2(stream.get(), 1, Z_DEFLATED, -bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc{};
  } else {
    deflateReset(stream.get());
  }
  const std::size_t before = to.size();
  const std::size_t bound = deflateBound(stream.get(), message.size()) + 16;
  char* out = to.room(bound);
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
  stream->avail_in = static_cast<uInt>(message.size());
  stream->next_out = reinterpret_cast<Bytef*>(out);
  stream->avail_out = static_cast<uInt>(bound);
  deflate(stream.get(), Z_SYNC_FLUSH);
  to.wrote(reinterpret_cast<char*>(stream->next_out));
  to.shrink(std::max(before, to.size() - 4));
  // RFC 7692 §7.2.3.6: an empty message is one zero byte (an empty stored block, its tail dropped).
  if (message.empty()) to.shrink(before), to.add('\0');
}

deflate_terms choose_deflate(std::string_view header, std::string& canonical) {
  while (!header.empty()) {
    const auto o = read_offer(take_until(header, ','));
    if (!o || o->server_bits == 8) continue;
    canonical = "permessage-deflate; server_no_context_takeover";
    if (o->client_no_context) canonical += "; client_no_context_takeover";
    if (o->server_bits) canonical.append("; server_max_window_bits=").append(std::to_string(o->server_bits));
    if (o->client_bits_named) canonical += "; client_max_window_bits";
    if (o->client_bits > 8) canonical.append("=").append(std::to_string(o->client_bits));
    return {true, o->server_bits != 0, o->server_bits ? o->server_bits : 15};
  }
  return {};
}

}  // namespace tickcast::wire
