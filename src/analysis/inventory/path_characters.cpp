#include "analysis/inventory/path_characters.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "base/evidence_text.hpp"
#include "base/identifiers.hpp"

namespace npg {

std::optional<std::string> text_in_hexadecimal(std::string_view digits) {
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() < 4) {
    return std::nullopt;
  }
  std::size_t size = 0;
  while (size + 1 < bytes->size() &&
         ((*bytes)[size] != std::byte{0} || (*bytes)[size + 1] != std::byte{0})) {
    if ((*bytes)[size + 1] == std::byte{0} && (*bytes)[size] < std::byte{0x20}) {
      return std::nullopt;
    }
    size += 2;
  }
  std::string wide(EvidenceText::from_utf16(std::span(*bytes).first(size)).raw());
  const bool is_path = wide.find_first_of("\\/.%") != std::string::npos;
  return is_path ? std::optional(std::move(wide)) : std::nullopt;
}

bool has_hidden_character(std::string_view path) {
  const auto units = EvidenceText::from_utf8(path).to_utf16();
  return std::ranges::any_of(units, [](char16_t unit) {
    return unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || unit == 0xad || unit == 0x61c ||
           (unit >= 0x200b && unit <= 0x200f) || (unit >= 0x2028 && unit <= 0x202e) ||
           (unit >= 0x2060 && unit <= 0x206f) || unit == 0xfeff;
  });
}

bool has_illegal_character(std::string_view path) {
  const std::string_view behind_prefix = path.starts_with("\\\\?\\")  ? path.substr(4)
                                         : path.starts_with("\\??\\") ? path.substr(4)
                                                                      : path;
  const bool is_quoted = path.size() >= 2 && path.front() == '"' && path.back() == '"';
  std::string_view inside = is_quoted ? path.substr(1, path.size() - 2) : behind_prefix;
  // The directory of DOS devices has question marks in its own name.
  constexpr std::string_view devices = "GLOBALROOT\\??\\";
  if (name_key(inside).starts_with(devices)) {
    inside.remove_prefix(devices.size());
  }
  return inside.find_first_of("<>|?*\"") != std::string_view::npos;
}

bool is_device_name(std::string_view part) {
  static constexpr std::array<std::string_view, 6> names = {"CON", "PRN",    "AUX",
                                                            "NUL", "CONIN$", "CONOUT$"};
  std::string stem = name_key(part.substr(0, part.find_first_of(".:")));
  while (stem.ends_with(' ')) {
    stem.pop_back();
  }
  if (std::ranges::find(names, stem) != names.end()) {
    return true;
  }
  const bool is_port = stem.starts_with("COM") || stem.starts_with("LPT");
  const std::string_view number =
      std::string_view(stem).substr(std::min<std::size_t>(3, stem.size()));
  // The digits above the line count, too.
  const bool is_raised = number == "\u00b9" || number == "\u00b2" || number == "\u00b3";
  return is_port && (is_raised || (number.size() == 1 && number[0] >= '1' && number[0] <= '9'));
}

}  // namespace npg
