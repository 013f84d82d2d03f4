// Image: what one DLL or EXE says about itself, as far as it could be read. Values only; nothing is
// loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/evidence_text.hpp"
#include "base/filetime.hpp"
#include "fact/origin.hpp"

namespace npg {

struct ImageExport {
  EvidenceText name;  ///< empty when exported by ordinal only
  std::uint32_t ordinal = 0;
  std::uint32_t rva = 0;
  EvidenceText forwarder;    ///< "other.NPLogonNotify"; empty when the code is here
  std::uint64_t offset = 0;  ///< of the name in the file; of the forwarder where it has one
  std::uint64_t length = 0;  ///< of that text, without its NUL; 0 when it has neither
};

struct ImageVersion {
  std::vector<std::pair<EvidenceText, EvidenceText>>
      strings;                     ///< StringFileInfo, first language, stored order
  std::uint64_t file_version = 0;  ///< VS_FIXEDFILEINFO, four 16-bit parts; 0 when absent
  std::uint64_t product_version = 0;
};

struct Image {
  std::uint16_t machine = 0;
  bool is_dll = false;
  bool is_pe32_plus = false;
  std::uint32_t timestamp = 0;  ///< COFF TimeDateStamp; may be a hash (reproducible builds)
  EvidenceText export_name;     ///< the DLL name in the export directory
  std::vector<ImageExport> exports;
  bool exports_incomplete = false;  ///< some of them could not be read
  std::optional<ImageVersion> version;
  std::vector<EvidenceText> imports;        ///< names of DLLs, stored order
  std::vector<EvidenceText> delay_imports;  ///< likewise, loaded at the first call
  std::string hybrid;                       ///< "arm64ec", "arm64x": code of two machines
  bool timestamp_is_hash = false;           ///< a reproducible build: `timestamp` is no time
  bool searches_system_only = false;        ///< its imports are looked for in System32 alone
  std::uint32_t start_callbacks = 0;        ///< TLS callbacks: code that runs at load
  std::uint64_t overlay_bytes = 0;          ///< behind the sections, without the signature
  /// Hundredths of a bit a byte, of the section with the most; 0 when none was measured.
  std::uint32_t entropy_highest = 0;
  bool has_writable_code = false;      ///< a section that can be written and executed
  EvidenceText pdb_path;               ///< symbol file that the linker named
  bool has_certificate_table = false;  ///< an embedded signature is present; not checked
  std::string sha256;
  std::uint64_t size_bytes = 0;
  bool damaged = false;  ///< some part could not be read; the diagnostics say which
  Origin origin;
};

/// "x64", "x86", "arm64", "arm64ec", "arm"; "0x1234" for others.
[[nodiscard]] std::string machine_name(std::uint16_t machine);

}  // namespace npg
