// Registry exports (.reg): "Windows Registry Editor Version 5.00" and REGEDIT4 text as keys and
// values with offsets (docs/formats/reg_export.md). What the keys mean is the view's matter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/limits.hpp"

namespace npg {

struct ExportedValue {
  EvidenceText name;  ///< empty for the default value
  std::uint32_t type = 0;
  std::vector<std::byte> data;  ///< as a hive holds it: strings as UTF-16LE with their NUL
  bool is_deletion = false;     ///< "name"=- : takes the value away when imported
  std::uint64_t offset = 0;     ///< of the line, absolute
  std::uint64_t length = 0;
};

struct ExportedKey {
  EvidenceText path;  ///< as written: "HKEY_LOCAL_MACHINE\SYSTEM\..."
  bool is_deletion = false;
  bool has_lost_lines = false;  ///< a line below it is damaged or cut: values may be missing
  std::vector<ExportedValue> values;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct RegExport {
  std::uint32_t version = 0;  ///< 5, or 4 for REGEDIT4
  bool is_utf16 = false;
  std::vector<ExportedKey> keys;  ///< in the order of the file; a key may come twice
};

/// True when a file that begins with these bytes is a registry export.
[[nodiscard]] bool looks_like_reg_export(Bytes first_bytes);

/// Reads a whole export. Lines that are no key, value, comment or blank are reported as
/// export_line_damaged and left out. Errors: not_this_format without one of the two headers.
[[nodiscard]] Result<RegExport> read_reg_export(Bytes bytes, const Limits& limits,
                                                Diagnostics& diagnostics);

}  // namespace npg
