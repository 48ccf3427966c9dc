#include "fanout/record_layer.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "hand_record.hpp"
#include "wired.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::uint16_t suites[]{0x1301, 0x1302, 0x1303};
using taken = record_layer::taken;
using namespace std::string_literals;

// Two ends: what one says with its secret the other reads with the same. Wrong input is made by hand with the key.
struct ends {
  explicit ends(std::uint16_t id, std::uint64_t key_lasts = record_layer::records_a_key)
      : suite(*record_suite::of(id)), a(suite, made_up_secrets(1, 2), key_lasts), b(suite, made_up_secrets(2, 1), key_lasts),
        key(suite, made_up_secrets(1, 2).ours) {}

  std::string record(std::string_view inner, std::uint8_t outer_type = 23) { return hand_record(suite, key, inner, outer_type); }
  // What b reads of this; its last verdict is in `last`.
  std::string read(std::string_view bytes, std::size_t piece = 100'000) {
    std::string all;
    b.add(bytes);
    for (;;) {
      std::string some(piece, ' ');
      std::size_t n = 0;
      last = b.take(some, n, answers);
      if (last != taken::data) return all;
      all.append(some, 0, n);
    }
  }
  // The alert that b answers with.
  int alert() {
    wire::text none;
    std::string some(100, ' ');
    std::size_t n = 0;
    EXPECT_EQ(last, taken::broken);
    EXPECT_EQ(answers.size(), 5u + 2 + 1 + 16);
    traffic_key theirs{suite, made_up_secrets(2, 1).ours};
    const auto nonce = theirs.next_nonce();
    auto* bytes = reinterpret_cast<unsigned char*>(answers.data());
    int size = 0;
    unsigned char plain[3];
    EVP_CIPHER_CTX* c = EVP_CIPHER_CTX_new();
    EVP_DecryptInit_ex(c, suite.cipher, nullptr, theirs.key(), nonce.data());
    EVP_DecryptUpdate(c, nullptr, &size, bytes, 5);
    EVP_DecryptUpdate(c, plain, &size, bytes + 5, 3);
    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, bytes + 8);
    EXPECT_EQ(EVP_DecryptFinal_ex(c, plain + size, &size), 1);
    EVP_CIPHER_CTX_free(c);
    EXPECT_EQ(plain[0], 2);
    EXPECT_EQ(plain[2], 21);
    EXPECT_EQ(b.take(some, n, none), taken::broken) << "and it stays so";
    EXPECT_TRUE(none.empty()) << "and says it once";
    return plain[1];
  }

  const record_suite& suite;
  record_layer a, b;
  traffic_key key;  // a's, for records made by hand
  wire::text answers;
  taken last = taken::more;
};

TEST(RecordLayer, BringsAnyLengthAcrossHoweverItIsCutUp) {
  std::mt19937 random{7};
  for (std::uint16_t id : suites) {
    ends e{id};
    for (std::size_t size : {1u, 2u, 15u, 16u, 17u, 119u, 1000u, 16383u, 16384u, 16385u, 70'000u}) {
      const std::string said = pattern(size);
      wire::text out;
      ASSERT_TRUE(e.a.seal(said, out));
      EXPECT_EQ(out.size(), size + 22 * ((size + 16383) / 16384));
      std::string came;
      for (std::size_t at = 0; at < out.size();) {
        const std::size_t piece = std::min<std::size_t>(out.size() - at, 1 + random() % 5000);
        came += e.read(out.view(at, piece), 1 + random() % 3000);
        at += piece;
      }
      EXPECT_TRUE(came == said) << size;
      EXPECT_EQ(e.last, taken::more);
    }
    EXPECT_TRUE(e.answers.empty());
  }
}

TEST(RecordLayer, ChangesItsKeyBeforeItIsWornOutAndThePeerFollows) {
  for (std::uint16_t id : suites) {
    ends e{id, 3};
    wire::text out;
    std::string said;
    for (int i = 0; i < 20; ++i) {
      const std::string part = pattern(static_cast<std::size_t>(10 + i));
      ASSERT_TRUE(e.a.seal(part, out));
      said += part;
    }
    EXPECT_EQ(e.read(out.view()), said);
    EXPECT_TRUE(e.answers.empty());
  }
}

TEST(RecordLayer, KeepsNothingAndRefusesWhatWasChangedOnTheWay) {
  for (std::uint16_t id : suites) {
    for (std::size_t at : {std::size_t{1}, std::size_t{5}, std::size_t{9}, std::size_t{27}}) {
      ends e{id};
      wire::text out;
      e.a.seal("twelve bytes", out);
      out.data()[at] = static_cast<char>(out.data()[at] ^ 1);
      EXPECT_EQ(e.read(out.view()), "");
      EXPECT_EQ(e.alert(), 20);
    }
  }
}

TEST(RecordLayer, RefusesARecordThatComesTwice) {
  ends e{0x1301};
  wire::text out;
  e.a.seal("once", out);
  EXPECT_EQ(e.read(out.view()), "once");
  EXPECT_EQ(e.read(out.view()), "");
  EXPECT_EQ(e.alert(), 20);
}

TEST(RecordLayer, LeavesOutPaddingAndEmptyRecords) {
  ends e{0x1301};
  std::string all;
  for (const std::string& inner : {"padded\x17\0\0\0"s, "\x17"s, "\x17\0"s, "more\x17"s}) all += e.record(inner);
  EXPECT_EQ(e.read(all), "paddedmore");
  EXPECT_EQ(e.last, taken::more);
}

TEST(RecordLayer, EndsByCloseNotifyAndReadsNothingBehindIt) {
  ends e{0x1301};
  wire::text out;
  e.a.seal("last words", out);
  e.a.seal_close(out);
  e.a.seal("too late", out);
  EXPECT_EQ(e.read(out.view()), "last words");
  EXPECT_EQ(e.last, taken::closed);
}

TEST(RecordLayer, RefusesWhatTlsDoesNotAllow) {
  const auto refused = [](auto make) {
    ends e{0x1301};
    EXPECT_EQ(e.read(make(e)), "");
    return e.alert();
  };
  const auto with = [](std::string_view inner) { return [inner](ends& e) { return e.record(inner); }; };
  using namespace std::string_view_literals;
  EXPECT_EQ(refused(with("\0\0\0"sv)), 10);                    // no type at all
  EXPECT_EQ(refused(with("x\x14"sv)), 10);                     // a type that has no business here
  EXPECT_EQ(refused(with("x\x15"sv)), 50);                     // half an alert
  EXPECT_EQ(refused(with("\x01\0\0\x01\0\x16"sv)), 10);        // a handshake message that is no key update
  EXPECT_EQ(refused(with("\x18\0\0\x01\x02\x16"sv)), 10);      // a key update that is neither one nor the other
  EXPECT_EQ(refused(with("\x18\0\0\x16"sv)), 10);              // half of one
  EXPECT_EQ(refused([](ends& e) { return e.record("x\x17", 22); }), 10);
  EXPECT_EQ(refused([](ends&) { return "\x15\x03\x03\0\x02\x02\x28"s; }), 10);     // an alert in the clear
  EXPECT_EQ(refused([](ends&) { return "\x17\x03\x03\x41\x01"s; }), 22);            // longer than records may be
  EXPECT_EQ(refused([](ends&) { return "\x17\x03\x03\0\x10"s + std::string(16, 'x'); }), 20);
  EXPECT_EQ(refused([](ends& e) { return e.record(std::string(16385, 'x') + '\x17'); }), 22);
}

TEST(RecordLayer, AnswersAnyNumberOfKeyUpdatesByOneAndOnlyWhenItHasSomethingToSay) {
  ends e{0x1301};
  std::string asked;
  for (int i = 0; i < 20; ++i) {
    asked += e.record("\x18\0\0\x01\x01\x16"s);
    e.key.update(e.suite);
    asked += e.record("x\x17");
  }
  EXPECT_EQ(e.read(asked), std::string(20, 'x'));
  EXPECT_TRUE(e.answers.empty());
  wire::text out;
  e.b.seal("data", out);
  e.b.seal("data", out);
  EXPECT_EQ(out.size(), (5 + 5 + 1 + 16) + 2 * (5 + 4 + 1 + 16u));
  std::string said;
  e.a.add(out.view());
  char some[100];
  std::size_t got = 0;
  wire::text none;
  while (e.a.take(some, got, none) == taken::data) said.append(some, got);
  EXPECT_EQ(said, "datadata");
}

TEST(RecordLayer, IsNotKeptBusyByRecordsWithoutData) {
  for (const std::string& inner : {"\x17"s, "\x01\x5a\x15"s, "\x18\0\0\x01\0\x16"s}) {
    ends e{0x1301};
    const bool updates = inner.back() == '\x16';
    std::string flood;
    for (int i = 0; i < 33; ++i) {
      flood += e.record(inner);
      if (updates) e.key.update(e.suite);
    }
    EXPECT_EQ(e.read(flood), "");
    EXPECT_EQ(e.alert(), 10);
  }
}

TEST(RecordLayer, IsBrokenByAnyOtherAlertAndSaysNothing) {
  ends e{0x1301};
  EXPECT_EQ(e.read(e.record("\x02\x28\x15")), "");
  EXPECT_EQ(e.last, taken::broken);
  EXPECT_TRUE(e.answers.empty());
}

}  // namespace
}  // namespace tickcast::fanout
