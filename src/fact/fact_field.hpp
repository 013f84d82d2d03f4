// FactField: one field of a fact, declared once. The list is the source for content ids,
// docs/facts.md and exports.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/checksum.hpp"
#include "base/filetime.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"

namespace npg {

template <typename Fact, typename T>
struct FactField {
  std::string_view name;
  T Fact::* member;
  std::string_view meaning;
};
template <typename Fact, typename T>
FactField(const char*, T Fact::*, const char*) -> FactField<Fact, T>;

namespace detail {
inline std::string canonical(const SharedText& text) {
  return fmt::format("{}:{}", text.raw().size(), text.raw());
}
inline std::string canonical(const std::string& text) {
  return fmt::format("{}:{}", text.size(), text);
}
inline std::string canonical(FileTime time) {
  return fmt::format("t{}", time.ticks);
}
inline std::string canonical(bool truth) {
  return truth ? "1" : "0";
}
template <std::integral T>
std::string canonical(T number) {
  return fmt::format("{}", number);
}
template <typename T>
  requires std::is_enum_v<T>
std::string canonical(T value) {
  return fmt::format("e{}", static_cast<unsigned>(value));
}
inline std::string canonical(const Origin& origin) {
  return fmt::format("o{}+{}{}", origin.offset, origin.length, name_of(origin.how));
}
template <typename T>
std::string canonical(const std::optional<T>& maybe) {
  return maybe ? "s" + canonical(*maybe) : "n";
}
template <typename T>
std::string canonical(const std::vector<T>& items) {
  std::string out = fmt::format("[{}", items.size());
  for (const T& item : items) {
    out += canonical(item);
  }
  return out + "]";
}
}  // namespace detail

/// The content-addressed id of a fact: 128 bits as 32 hexadecimal digits, over its kind, its fields
/// and the SHA-256 (or, where that was not computed, the path) of the evidence it was read from.
/// The same fact read twice has the same id.
template <typename Fact>
[[nodiscard]] std::string fact_id(const Fact& fact, std::string_view evidence_identity) {
  std::string content = fmt::format("{}|{}|", Fact::kind, evidence_identity);
  std::apply(
      [&](const auto&... field) {
        ((content += detail::canonical(fact.*(field.member)) + ";"), ...);
      },
      Fact::fields());
  return sha256_hex(bytes_of(content)).substr(0, 32);
}

}  // namespace npg
