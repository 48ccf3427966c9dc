#pragma once
// wire/tickcast.sbe.xml as a test reads it: just enough of XML for that file, and messages taken apart by what the schema
// says alone, so that what the encoder writes is held against the schema and not against its own constants.
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tickcast::wire {

class sbe_schema {
 public:
  struct field {
    std::string type;
    std::size_t offset = 0, size = 0;
  };
  struct message {
    std::uint16_t id = 0, block = 0;
    std::map<std::string, field> fields;  // of its block; those of a group as "group.field"
    std::vector<std::string> behind;  // groups and data, in their order
  };

  explicit sbe_schema(const std::string& path) {
    std::ifstream file{path};
    std::stringstream all;
    all << file.rdbuf();
    text_ = all.str();
    if (text_.empty()) throw std::runtime_error("there is no schema at " + path);
    while (next()) see();
  }

  const message& of(const std::string& name) const { return messages_.at(name); }
  const std::map<std::string, message>& messages() const { return messages_; }
  std::uint16_t id() const { return id_; }
  std::uint16_t version() const { return version_; }
  std::size_t size_of(const std::string& type) const { return sizes_.at(type); }
  // The value of a validValue or a choice.
  int value(const std::string& type, const std::string& name) const { return values_.at(type + "." + name); }

 private:
  using attributes = std::map<std::string, std::string>;

  // The next element's name, attributes and the text behind it. Comments and what closes are passed over.
  bool next() {
    for (;;) {
      at_ = text_.find('<', at_);
      if (at_ == text_.npos) return false;
      if (text_.compare(at_, 4, "<!--") == 0) {
        at_ = text_.find("-->", at_);
        continue;
      }
      const std::size_t end = text_.find('>', at_);
      std::istringstream words{text_.substr(at_ + 1, end - at_ - 1)};
      at_ = end + 1;
      words >> name_;
      inside_ = text_.substr(at_, text_.find('<', at_) - at_);
      with_.clear();
      std::string key;
      while (std::getline(words >> std::ws, key, '=')) {
        std::string value;
        if (!std::getline(words.ignore(), value, '"')) break;
        with_[key] = value;
      }
      if (name_[0] != '?') return true;
    }
  }

  void see() {
    static const std::map<std::string, std::size_t> primitives{{"uint8", 1}, {"int8", 1}, {"uint16", 2}, {"uint32", 4},
                                                               {"int64", 8}, {"uint64", 8}};
    const auto number = [&](const char* key) { return static_cast<std::uint16_t>(std::stoul(with_.at(key))); };
    if (name_ == "sbe:messageSchema") id_ = number("id"), version_ = number("version");
    if (name_ == "composite") type_ = with_.at("name"), composite_ = true, sizes_[type_] = 0;
    if (name_ == "/composite") composite_ = false;
    if (name_ == "type" && composite_ && !with_.contains("length")) sizes_[type_] += primitives.at(with_.at("primitiveType"));
    if (name_ == "type" && !composite_) sizes_[with_.at("name")] = primitives.at(with_.at("primitiveType"));
    if (name_ == "set" || name_ == "enum") type_ = with_.at("name"), sizes_[type_] = primitives.at(with_.at("encodingType"));
    if (name_ == "validValue" || name_ == "choice") values_[type_ + "." + with_.at("name")] = std::stoi(inside_);
    if (name_ == "sbe:message") {
      open_ = &messages_[with_.at("name")];
      open_->id = number("id");
      open_->block = number("blockLength");
    }
    if (name_ == "group") group_ = with_.at("name") + ".";
    if (name_ == "/group") group_.clear();
    if (name_ == "field") open_->fields[group_ + with_.at("name")] = {with_.at("type"), number("offset"), sizes_.at(with_.at("type"))};
    if (name_ == "group" || name_ == "data") open_->behind.push_back(with_.at("name"));
  }

  std::string text_, name_, inside_, type_, group_;
  attributes with_;
  std::size_t at_ = 0;
  bool composite_ = false;
  std::uint16_t id_ = 0, version_ = 0;
  std::map<std::string, std::size_t> sizes_;
  std::map<std::string, int> values_;
  std::map<std::string, message> messages_;
  message* open_ = nullptr;
};

// One encoded message, its fields found by the schema.
class sbe_view {
 public:
  sbe_view(const sbe_schema::message& m, std::string_view bytes) : message_(m), bytes_(bytes) {}

  template <class Number>
  Number read(const std::string& name, std::size_t within = 0) const {
    Number n{};
    std::memcpy(&n, bytes_.data() + 8 + message_.fields.at(name).offset + within, sizeof n);
    return n;
  }
  std::int64_t mantissa(const std::string& name) const { return read<std::int64_t>(name); }
  int exponent(const std::string& name) const { return read<std::int8_t>(name, 8); }

 private:
  const sbe_schema::message& message_;
  std::string_view bytes_;
};

}  // namespace tickcast::wire
