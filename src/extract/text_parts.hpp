// Joins and ends of evidence text. A piece of a stored form is made a text of its own again with
// EvidenceText::from_utf8, which keeps lone surrogates.
#pragma once

#include <string>
#include <string_view>

#include "base/evidence_text.hpp"

namespace npg {

/// first, `between`, second.
[[nodiscard]] EvidenceText joined(const EvidenceText& first, std::string_view between,
                                  const EvidenceText& second);
/// Without the spaces, tabs, line ends and NULs at both ends.
[[nodiscard]] std::string_view without_spaces(std::string_view text);
/// A path of keys without the backslashes that divide nothing: at its ends, and doubled ones.
[[nodiscard]] std::string without_empty_names(std::string_view path);
/// True when `text` ends with `end`, compared as Windows compares names.
[[nodiscard]] bool ends_with_name(std::string_view text, std::string_view end);

}  // namespace npg
