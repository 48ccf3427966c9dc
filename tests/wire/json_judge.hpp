#pragma once
// Our JSON reader beside boost::json: the same texts accepted, the same values read. Used by tests and by the fuzzer.
//
// json_reader alone takes any bytes in a string and any \u escape, and json_unescape checks them; boost::json does both
// at once. So "we accept" here means: it parses, and every string and key in it can be unescaped. Boost also refuses
// exponents that do not fit an int, which the grammar allows and parse_decimal refuses later: those say nothing.
#include <boost/json.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "wire/json_reader.hpp"

namespace tickcast::wire {

class json_judge {
 public:
  // What the two disagree about; empty when they agree.
  std::string judge(std::string_view text) {
    why_.clear();
    json_value ours;
    const bool parses = json_parse(text, ours);
    const bool accepted = parses && is_readable(ours);
    if (!parses && accepts_by_walking(text)) return "json_walk accepts what json_parse refuses";

    boost::json::error_code error;
    boost::json::parse_options options;
    options.max_depth = json_depth_max;
    const auto theirs = boost::json::parse({text.data(), text.size()}, error, {}, options);
    if (error == boost::json::error::exponent_overflow) return {};
    if (accepted != !error) return accepted ? "accepted, but boost says " + error.message() : "refused, but boost accepts";
    if (accepted) compare(ours, theirs);
    return why_;
  }

 private:
  // Every string and key, at every depth; and that walking finds what parsing found.
  bool is_readable(const json_value& v) {
    std::string content;
    if (v.is(json_kind::string)) return json_unescape(v.raw, content);
    if (!v.is(json_kind::object) && !v.is(json_kind::array)) return true;
    bool good = true;
    json_walk walk{v.raw};
    while (walk.next()) {
      good = is_readable(walk.value()) && is_readable_key(walk.key(), v.raw) && good;
    }
    if (!walk.ok()) why_ = "json_walk refuses what json_parse accepts";
    return good;
  }

  static bool accepts_by_walking(std::string_view text) {
    json_walk walk{text};
    while (walk.next()) {
    }
    return walk.ok();
  }

  // A key with escapes is unescaped by the walk; one that cannot be stays the slice that it is.
  static bool is_readable_key(std::string_view key, std::string_view text) {
    const bool slice = std::less_equal{}(text.data(), key.data()) && std::less{}(key.data(), text.data() + text.size());
    return !slice || (is_utf8(key) && key.find('\\') == key.npos);
  }

  static std::string content(std::string_view raw) {
    std::string text;
    json_unescape(raw, text);
    return text;
  }

  void expect(bool same, const char* what) {
    if (!same && why_.empty()) why_ = what;
  }

  void compare(const json_value& ours, const boost::json::value& theirs) {
    switch (ours.kind) {
      case json_kind::literal:
        expect(ours.is_null() == theirs.is_null() && ours.is_true() == (theirs.is_bool() && theirs.get_bool()) &&
                   ours.is_false() == (theirs.is_bool() && !theirs.get_bool()),
               "a literal differs");
        break;
      case json_kind::number: compare_numbers(ours, theirs); break;
      case json_kind::string:
        expect(theirs.is_string() && content(ours.raw) == std::string_view(theirs.get_string()), "a string differs");
        expect(ours.plain().empty() || ours.plain() == content(ours.raw), "a plain string is not its content");
        break;
      case json_kind::array: compare_items(ours, theirs); break;
      case json_kind::object: compare_members(ours, theirs); break;
    }
  }

  void compare_numbers(const json_value& ours, const boost::json::value& theirs) {
    std::int64_t value = 0;
    expect(theirs.is_number(), "a number differs");
    expect(json_integer(ours, value) == theirs.is_int64() && (!theirs.is_int64() || value == theirs.get_int64()),
           "an integer differs");
  }

  void compare_items(const json_value& ours, const boost::json::value& theirs) {
    if (!theirs.is_array()) return expect(false, "an array differs");
    std::size_t i = 0;
    json_walk walk{ours.raw};
    for (; walk.next(); ++i)
      if (i < theirs.get_array().size()) compare(walk.value(), theirs.get_array()[i]);
    expect(i == theirs.get_array().size(), "an array has another size");
  }

  // Boost keeps the last of a name given twice, and so does this.
  void compare_members(const json_value& ours, const boost::json::value& theirs) {
    if (!theirs.is_object()) return expect(false, "an object differs");
    std::unordered_map<std::string, json_value> last;
    json_walk walk{ours.raw};
    while (walk.next()) last[std::string(walk.key())] = walk.value();
    expect(last.size() == theirs.get_object().size(), "an object has another size");
    for (const auto& [key, value] : last) {
      const auto* member = theirs.get_object().if_contains(key);
      if (!member) return expect(false, "a key is missing");
      compare(value, *member);
    }
  }

  std::string why_;
};

}  // namespace tickcast::wire
