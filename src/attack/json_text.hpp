// The characters of JSON: white space, UTF-8, and the escapes of strings. Knows no values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace npg::attack {

/// What a byte inside a string is to a reader.
enum class StringByte : std::uint8_t { ordinary, quote, backslash, control, high };
[[nodiscard]] StringByte string_byte(char c);

/// Skips white space.
[[nodiscard]] std::size_t skip_space(std::string_view text, std::size_t at);
/// The number of blanks (0x20 alone) from `at` on.
[[nodiscard]] std::size_t count_blanks(std::string_view text, std::size_t at);
/// The first byte from `at` on that is not an ordinary one of a string; the text's size when there
/// is none.
[[nodiscard]] std::size_t skip_ordinary(std::string_view text, std::size_t at);
/// The length of the UTF-8 sequence at `at`, two bytes or more; 0 when it is not one (RFC 3629).
[[nodiscard]] std::size_t utf8_length(std::string_view text, std::size_t at);
/// The four digits of an escape \uXXXX from `at`; -1 when they are not there.
[[nodiscard]] int hex_unit(std::string_view text, std::size_t at);
/// A string's text, given with its quotes, with its escapes resolved. It must be one that
/// scan_json() accepted.
[[nodiscard]] std::string unescaped(std::string_view quoted);

}  // namespace npg::attack
