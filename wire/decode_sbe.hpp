#pragma once
// SBE messages read back (tickcast.sbe.xml), as a client does it. The bytes are a stranger's: whatever does not fit is told
// as a sentence, never trusted. Blocks that are longer than this schema's are read as far as it knows them.
//
// It knows one frame, no names and no order: `transcript` puts names to the ids, `auditor` judges what is said.
#include <string_view>

#include "wire/book_message.hpp"
#include "wire/encode_json.hpp"
#include "wire/merge.hpp"
#include "wire/notes.hpp"
#include "wire/sbe_layout.hpp"
#include "wire/text.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

struct sbe_message {
  sbe::template_id kind = sbe::template_id::trade;
  wire::tick tick{};      // the newest of a merge; of a gap only its symbol
  notes strings;          // id, then conditions, as the feed has them
  bool snapshot = false;
  extent covered;         // of a merge; of a gap its `first`
  sequence last = 0;
  wire::channel channel = channel::trades;
  gap_why why = gap_why::overflow;
  book_message book;
};

// Takes the first message off `frame`. Null, or what is wrong with it: then nothing behind it can be read either.
const char* decode_sbe(std::string_view& frame, sbe_message& to);

// The JSON message that says the same.
void encode_json(text& to, std::string_view symbol, const sbe_message& m);

}  // namespace tickcast::wire
