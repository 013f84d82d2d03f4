// EvidenceText: text that an attacker may have written. It reaches a terminal, JSON, CSV or HTML
// only through the escaper for that place, and is compared as Windows compares, never with ==.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"

namespace npg {

/// Text of evidence, kept without loss: UTF-8 with lone surrogates as three-byte sequences (WTF-8),
/// so the UTF-16 units can be had back. `well_formed()` is false when it holds a lone surrogate or
/// came from invalid UTF-8.
class EvidenceText {
 public:
  EvidenceText() = default;
  /// UTF-16LE units up to the end of the bytes; an odd last byte is dropped and makes the text not
  /// well formed.
  [[nodiscard]] static EvidenceText from_utf16(std::span<const std::byte> units);
  /// One byte a character (KEY_COMP_NAME and VALUE_COMP_NAME: Latin-1, regf.md).
  [[nodiscard]] static EvidenceText from_latin1(std::span<const std::byte> characters);
  /// UTF-8 of unknown quality: an invalid byte b becomes U+DC80+b-0x80, as a lone surrogate, and is
  /// so kept.
  [[nodiscard]] static EvidenceText from_utf8(std::string_view text);
  /// Text that this program made itself.
  [[nodiscard]] static EvidenceText from_literal(std::string_view text);

  [[nodiscard]] bool empty() const { return wtf8_.empty(); }
  [[nodiscard]] bool well_formed() const { return well_formed_; }
  /// The stored form, for comparing, hashing and parsing; never for showing.
  [[nodiscard]] std::string_view raw() const { return wtf8_; }
  [[nodiscard]] std::u16string to_utf16() const;
  /// The text before the first U+0000, which is where Windows' string functions stop.
  [[nodiscard]] EvidenceText before_nul() const;
  [[nodiscard]] bool contains_nul() const { return wtf8_.find('\0') != std::string::npos; }

  /// Order and equality of the stored units, for sorting and sets. Names are compared with
  /// equal_names().
  auto operator<=>(const EvidenceText& other) const { return wtf8_ <=> other.wtf8_; }
  bool operator==(const EvidenceText& other) const { return wtf8_ == other.wtf8_; }

 private:
  EvidenceText(std::string wtf8, bool well_formed)
      : wtf8_(std::move(wtf8)), well_formed_(well_formed) {}
  std::string wtf8_;
  bool well_formed_ = true;
};

/// For a terminal or a text log: C0, C1, DEL, bidirectional controls, zero-width and
/// line-separating characters, lone surrogates and invalid bytes become \xNN or \u{NNNN}; a
/// backslash stays as it is.
[[nodiscard]] std::string escape_for_terminal(const EvidenceText& text);
/// The same of UTF-8 of unknown quality.
[[nodiscard]] std::string shown(std::string_view utf8);
/// The inside of a JSON string: valid JSON for any text; lone surrogates as \udNNN, and < > &
/// U+2028 U+2029 escaped so that the result may stand in a script element.
[[nodiscard]] std::string escape_for_json(std::string_view wtf8);
/// The same, behind `out`.
void append_escaped_for_json(std::string& out, std::string_view wtf8);
/// One CSV cell (RFC 4180), quoted where needed, with ' in front of what a spreadsheet would take
/// for a formula.
[[nodiscard]] std::string escape_for_csv(const EvidenceText& text);
/// Text between tags or inside a quoted attribute of HTML.
[[nodiscard]] std::string escape_for_html(const EvidenceText& text);

/// Upper case of one UTF-16 unit by the table of Windows 7 and later (base/upcase_runs.hpp), which
/// is older than today's Unicode: letters that it does not know are their own upper case.
[[nodiscard]] char16_t windows_upcase(char16_t unit);
/// True when Windows would take the two for one name: same length, equal after windows_upcase.
[[nodiscard]] bool equal_names(std::string_view left, std::string_view right);
/// True when `text` holds `part` somewhere, compared as equal_names compares.
[[nodiscard]] bool contains_name(std::string_view text, std::string_view part);
/// The upper-case form to use as a key in maps of names.
[[nodiscard]] std::string name_key(std::string_view name);

}  // namespace npg
