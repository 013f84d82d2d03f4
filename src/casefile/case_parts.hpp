// What the files of this module share. Nobody else includes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "casefile/case_file.hpp"
#include "casefile/sqlite.hpp"

namespace npg::case_parts {

/// The bytes of hexadecimal text; empty when it is none.
[[nodiscard]] std::string from_hex(std::string_view hex);
[[nodiscard]] std::string hex_of(std::string_view bytes);

/// 16 bytes over facts_layout(), made once.
[[nodiscard]] const std::string& current_layout();

/// 16 bytes over kind, computer, the reading's identity and the fact's body.
[[nodiscard]] std::string fact_id_of(std::string_view kind, std::string_view computer,
                                     std::string_view identity, std::string_view body);

/// "name=number,name=number" and back; what is no such text gives nothing.
[[nodiscard]] std::string counts_text(const std::map<std::string, std::uint64_t>& counts);
[[nodiscard]] std::map<std::string, std::uint64_t> counts_of(std::string_view text);

/// Columns id, sha256, path, kind, size, status, detail, counts from `first` on.
[[nodiscard]] CaseResult<EvidenceItem> evidence_item(const sqlite::Statement& row, int first);

[[nodiscard]] inline CaseError damaged(std::string text) {
  return {CaseFailure::damaged, std::move(text)};
}

}  // namespace npg::case_parts
