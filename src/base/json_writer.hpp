// JsonWriter: the one place that makes JSON. Objects and arrays are opened and closed in order; a
// wrong order is a bug.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/evidence_text.hpp"
#include "base/filetime.hpp"

namespace npg {

class JsonWriter {
 public:
  enum class Layout : std::uint8_t { compact, indented };
  explicit JsonWriter(Layout layout = Layout::compact) : layout_(layout) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// The name of the next value inside an object. Any text will do; it is escaped.
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const EvidenceText& text) { return value(text.raw()); }
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint32_t number) { return value(std::uint64_t{number}); }
  JsonWriter& value(std::int32_t number) { return value(std::int64_t{number}); }
  JsonWriter& value(double number);
  JsonWriter& value(bool truth);
  /// RFC 3339, or null when no time is given.
  JsonWriter& value(FileTime time);
  JsonWriter& null();
  template <typename T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  /// key(name) and value(v) in one.
  template <typename T>
  JsonWriter& field(std::string_view name, const T& v) {
    key(name);
    return value(v);
  }

  [[nodiscard]] const std::string& text() const { return out_; }
  [[nodiscard]] std::string take();

 private:
  void before_value();
  void new_line();
  JsonWriter& close(char bracket);
  Layout layout_;
  std::string out_;
  std::vector<bool> has_items_;  ///< one entry an open object or array
  bool after_key_ = false;
};

}  // namespace npg
