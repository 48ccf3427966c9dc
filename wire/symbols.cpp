#include "wire/symbols.hpp"

#include <algorithm>
#include <cstring>

namespace tickcast::wire {
namespace {

constexpr std::array<bool, 256> allowed = [] {
  std::array<bool, 256> a{};
  for (char c = 'A'; c <= 'Z'; ++c) a[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) a[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) a[static_cast<unsigned char>(c)] = true;
  for (char c : {'.', '_', ':', '/', '=', '^', '-'}) a[static_cast<unsigned char>(c)] = true;
  return a;
}();

}  // namespace

bool is_symbol(std::string_view name) {
  return !name.empty() && name.size() <= symbol_max &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return allowed[c]; });
}

symbol_table::symbol_table(std::size_t limit)
    : limit_(limit), chunks_(new std::unique_ptr<chunk>[(limit + chunk_size - 1) / chunk_size]) {}

symbol_table::~symbol_table() = default;

std::optional<symbol_id> symbol_table::append(std::string_view name) {
  const std::size_t at = size_.load(std::memory_order_relaxed);
  if (at == limit_) return std::nullopt;
  auto& home = chunks_[at / chunk_size];
  if (!home) home = std::make_unique<chunk>();
  entry& e = (*home)[at % chunk_size];
  std::memcpy(e.text, name.data(), name.size());
  e.length = static_cast<std::uint8_t>(name.size());
  size_.store(at + 1, std::memory_order_release);  // publishes the chunk pointer and the entry
  return symbol_id{static_cast<std::uint32_t>(at)};
}

std::string_view symbol_table::name(symbol_id id) const {
  const entry& e = (*chunks_[index_of(id) / chunk_size])[index_of(id) % chunk_size];
  return {e.text, e.length};
}

std::optional<symbol_id> directory::find(std::string_view name) const {
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  return std::nullopt;
}

}  // namespace tickcast::wire
