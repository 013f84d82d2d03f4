// Lines of tab-separated cells, as profiles and baselines have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/filetime.hpp"

namespace npg::lines {

/// Takes one line off the front and gives its cells; at least one, which may be empty.
[[nodiscard]] std::vector<std::string_view> take_line(std::string_view& text);
/// A whole decimal number without sign; nothing for other text.
[[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view text);
/// "-" for a time that is not given.
[[nodiscard]] std::string time_text(FileTime time);
[[nodiscard]] std::optional<FileTime> time_of(std::string_view text);

/// The enumerator of that name; nothing when there is none up to `last`.
template <typename E>
[[nodiscard]] std::optional<E> enum_named(std::string_view name, E last) {
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
    if (name_of(static_cast<E>(i)) == name) {
      return static_cast<E>(i);
    }
  }
  return std::nullopt;
}

}  // namespace npg::lines
