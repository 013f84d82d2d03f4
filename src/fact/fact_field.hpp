// FactField: one field of a fact, declared once. The list is the source for docs/facts.md and for
// what makes two event facts one event.
#pragma once

#include <string_view>
#include <tuple>

namespace npg {

/// A fact's `fields()` gives its fields as a tuple of these. It is a template so that only who asks
/// for the list compiles it.
template <typename Fact, typename T>
struct FactField {
  std::string_view name;
  T Fact::* member;
  std::string_view meaning;
};
template <typename Fact, typename T>
FactField(const char*, T Fact::*, const char*) -> FactField<Fact, T>;

}  // namespace npg
