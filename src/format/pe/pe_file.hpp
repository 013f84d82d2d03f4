// PE images: what the headers and directories of one DLL or EXE say. Reads bytes alone; nothing is
// loaded, relocated or judged, and a signature is only located (docs/formats/pe.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/limits.hpp"

namespace npg {

/// True when a file that begins so may be a PE image: "MZ", and "PE\0\0" where the header points if
/// that place is among these bytes. read_pe() has the last word.
[[nodiscard]] bool looks_like_pe(Bytes first_bytes);

namespace pe {

/// Indices of the data directories (winnt.h).
enum class Directory : std::uint8_t {
  exports,
  imports,
  resources,
  exceptions,
  certificates,
  relocations,
  debug,
  architecture,
  global_pointer,
  thread_local_storage,
  load_config,
  bound_imports,
  import_addresses,
  delay_imports,
  managed_header,
  reserved,
};
inline constexpr std::size_t directory_count_max = 16;

struct DirectoryRange {
  std::uint32_t address = 0;  ///< an RVA; a file offset for certificates
  std::uint32_t size = 0;
};

struct Headers {
  std::uint64_t new_header_offset = 0;  ///< e_lfanew
  bool has_rich_header = false;
  std::uint16_t machine = 0;
  std::uint32_t timestamp = 0;
  std::uint16_t characteristics = 0;
  bool is_dll = false;
  bool is_pe32_plus = false;
  std::uint32_t entry_point = 0;
  std::uint64_t image_base = 0;
  std::uint32_t section_alignment = 0;
  std::uint32_t file_alignment = 0;
  std::uint32_t image_size = 0;
  std::uint32_t headers_size = 0;
  std::uint32_t checksum = 0;
  std::uint16_t subsystem = 0;
  std::uint16_t dll_characteristics = 0;
  std::uint32_t directory_count = 0;                              ///< NumberOfRvaAndSizes as stored
  std::array<DirectoryRange, directory_count_max> directories{};  ///< zero past directory_count

  [[nodiscard]] const DirectoryRange& directory(Directory which) const {
    return directories[static_cast<std::size_t>(which)];
  }
};

struct Section {
  EvidenceText name;  ///< up to the first NUL of its eight bytes
  std::uint32_t virtual_address = 0;
  std::uint32_t virtual_size = 0;
  std::uint32_t raw_offset = 0;  ///< PointerToRawData as stored; the loader rounds it down to 0x200
  std::uint32_t raw_size = 0;
  std::uint32_t characteristics = 0;
  /// Hundredths of a bit a byte over its bytes in the file, 0 to 800; nothing when it has none or
  /// the sections overlap so much that counting them all would cost too much.
  std::optional<std::uint32_t> entropy;
};

struct Export {
  EvidenceText name;  ///< empty when exported by ordinal only
  std::uint32_t ordinal = 0;
  std::uint32_t rva = 0;
  EvidenceText forwarder;         ///< empty when the code is in this image
  std::uint64_t text_offset = 0;  ///< of the forwarder's text, else of the name's, in the file
  std::uint64_t text_length = 0;  ///< in bytes; 0 when it has neither
};

struct Exports {
  EvidenceText dll_name;
  std::uint32_t ordinal_base = 0;
  std::uint32_t timestamp = 0;
  bool names_sorted = true;  ///< false: GetProcAddress may miss names, as it searches by halves
  std::vector<Export>
      entries;  ///< the name table in stored order, then the ordinals without a name
};

struct ImportedFunction {
  EvidenceText name;  ///< empty when imported by ordinal
  std::uint32_t ordinal = 0;
};

struct ImportedDll {
  EvidenceText name;
  std::vector<ImportedFunction> functions;
};

/// One string table of a version resource.
struct StringTable {
  EvidenceText key;  ///< language and codepage: "040904b0"
  std::vector<std::pair<EvidenceText, EvidenceText>> strings;  ///< stored order
};

struct VersionInfo {
  std::uint32_t language = 0;  ///< of the resource, such as 0x409
  std::uint64_t offset = 0;    ///< of VS_VERSIONINFO in the file
  std::uint64_t size = 0;      ///< as the resource's data entry has it
  bool has_fixed_info = false;
  std::uint64_t file_version = 0;  ///< four 16-bit parts
  std::uint64_t product_version = 0;
  std::vector<StringTable> tables;  ///< stored order; Windows shows the one of the user's language
};

struct DebugEntry {
  std::uint32_t type = 0;  ///< 2 CodeView, 16 reproducible build
  std::uint32_t timestamp = 0;
  std::uint32_t size = 0;
  std::uint32_t offset = 0;
};

/// What one tool of Microsoft's put into the image: which tool, which build of it, how many
/// objects.
struct RichEntry {
  std::uint16_t product = 0;
  std::uint16_t build = 0;
  std::uint32_t count = 0;
};

/// The linker's note between the DOS stub and the NT headers.
struct RichHeader {
  std::uint64_t offset = 0;  ///< of "DanS"
  std::uint64_t size = 0;    ///< up to and with the key behind "Rich"
  std::uint32_t key = 0;
  bool key_matches = false;  ///< the key is the checksum of the DOS header and the entries; false:
                             ///< copied from another image, or edited
  std::vector<RichEntry> entries;
};

/// Code of two machines in one image (ARM64EC, ARM64X): the load configuration points at hybrid
/// metadata.
enum class Hybrid : std::uint8_t { none, arm64ec, arm64x };

struct FileRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct PeFile {
  Headers headers;
  std::vector<Section> sections;
  std::optional<Exports> exports;   ///< nothing when the image has none or they cannot be read
  bool exports_incomplete = false;  ///< exports are there that could not be read
  std::vector<ImportedDll> imports;
  std::vector<ImportedDll> delay_imports;
  std::vector<VersionInfo> versions;  ///< one a language, stored order
  std::vector<DebugEntry> debug;
  EvidenceText pdb_path;           ///< from the CodeView entry; empty when there is none
  std::optional<RichHeader> rich;  ///< nothing when there is none or it cannot be decoded
  Hybrid hybrid = Hybrid::none;
  std::uint16_t dependent_load_flags = 0;  ///< 0x800: its imports are looked for in System32 alone
  std::uint32_t start_callbacks = 0;       ///< TLS callbacks: code that runs at load, no export
  std::optional<FileRange> certificates;   ///< where an embedded signature lies; not checked
  std::optional<FileRange> overlay;        ///< bytes behind the sections, without the certificates
  bool damaged = false;                    ///< some part could not be read; see the diagnostics
};

/// Reads an image that is wholly in memory; the result owns its text. Errors: not_this_format when
/// it is no PE; truncated or bad_value with the offset when the headers are damaged. Damage behind
/// the headers costs only the part it is in, and stands in the diagnostics.
[[nodiscard]] Result<PeFile> read_pe(Bytes file, const Limits& limits, Diagnostics& diagnostics);

}  // namespace pe
}  // namespace npg
