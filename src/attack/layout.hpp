// An object's white space: taken away to store its text once, and put back byte for byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attack/json_tape.hpp"

namespace npg::attack {

/// How an object's white space stands in its file. Its bytes are the stripped text laid out so.
struct Layout {
  std::uint16_t base = 0;   ///< blanks before the closing bracket
  std::uint8_t indent = 0;  ///< blanks a level
  std::uint8_t colon = 0;   ///< blanks after a colon
  bool lines = false;       ///< one value a line
  bool operator==(const Layout&) const = default;
};
/// The text of `raw` without the white space between its tokens, appended to `out`; gives the
/// layout that lay_out() makes the very same bytes with, or nothing when the white space is
/// irregular.
[[nodiscard]] std::optional<Layout> append_stripped(std::string& out, std::string_view raw,
                                                    const JsonTape& tape);
/// The bytes of a stripped text in a layout.
[[nodiscard]] std::string lay_out(std::string_view stripped, const Layout& layout);

}  // namespace npg::attack
