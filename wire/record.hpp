#pragma once
// What a lane carries: 64 bytes that are a tick, a note of the tick that follows, or the pointer to an answer.
#include <cstdint>
#include <type_traits>

#include "wire/notes.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

struct answer;

// Ownership of the answer travels with it: who takes the record out of the lane deletes it.
struct alignas(64) answer_ref {
  std::uint32_t reserved;
  record_kind kind;
  answer* block;
};

union record {
  wire::tick tick;
  wire::note note;
  answer_ref reply;

  record() : tick{} {}
  explicit record(const wire::tick& t) : tick(t) {}
  explicit record(const wire::note& n) : note(n) {}
  explicit record(answer* a) : reply{0, record_kind::answer, a} {}

  // Every member has its kind at the same place (asserted in notes.hpp and here).
  record_kind kind() const { return tick.kind; }
};

static_assert(offsetof(answer_ref, kind) == offsetof(tick, kind));
static_assert(sizeof(record) == 64 && std::is_trivially_copyable_v<record>);

}  // namespace tickcast::wire
