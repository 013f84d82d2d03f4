// The readers of one part of an image each. Shared by the .cpp files of this folder only.
#pragma once

#include <string>
#include <string_view>

#include "format/pe/address_space.hpp"
#include "format/pe/pe_file.hpp"

namespace npg::pe {

/// What every part reader works on; lives as long as one read_pe().
struct Reading {
  Bytes file;
  const Headers& headers;
  const AddressSpace& space;
  const Limits& limits;
  TextBudget& text;
  Diagnostics& diagnostics;
  bool damaged = false;

  /// Something could not be read; the image counts as damaged.
  void lost(DiagnosticCode code, std::uint64_t offset, std::uint64_t length, std::string sentence);
  /// Something is odd, but nothing was lost by it.
  void odd(DiagnosticCode code, std::uint64_t offset, std::string sentence);
  /// The file offset of an RVA, or the start of the header that names it where it is not in the
  /// file.
  [[nodiscard]] std::uint64_t offset_near(std::uint64_t rva) const;
  /// A name by its RVA, within the limits; reports what is wrong with it. Nothing when it cannot be
  /// read at all. `what` is as in "export name 3"; `named_at` is the offset of the field that holds
  /// the RVA.
  [[nodiscard]] std::optional<EvidenceText> name_at(std::uint64_t rva, std::uint64_t named_at,
                                                    DiagnosticCode code, const std::string& what);
};

/// The file offset of a directory's entry in the optional header.
[[nodiscard]] std::uint64_t directory_entry_offset(const Headers& headers, Directory which);

[[nodiscard]] Result<Headers> read_headers(Bytes file, Diagnostics& diagnostics);
[[nodiscard]] std::vector<Section> read_sections(Bytes file, const Headers& headers,
                                                 const Limits& limits, Diagnostics& diagnostics,
                                                 bool& damaged);
[[nodiscard]] std::optional<Exports> read_exports(Reading& reading);
[[nodiscard]] std::vector<ImportedDll> read_imports(Reading& reading);
[[nodiscard]] std::vector<ImportedDll> read_delay_imports(Reading& reading);
[[nodiscard]] std::vector<VersionInfo> read_versions(Reading& reading);
/// Reads VS_VERSIONINFO out of its resource's bytes; false when nothing in it makes sense.
[[nodiscard]] bool read_version_info(Bytes resource, Reading& reading, VersionInfo& into);
void read_debug(Reading& reading, PeFile& into);
/// Load configuration and TLS: what the loader is told besides imports.
void read_load_settings(Reading& reading, PeFile& into);
[[nodiscard]] std::optional<RichHeader> read_rich_header(Bytes file, const Headers& headers);
/// Sets the sections' entropy. Each byte of the file is counted a few times at most.
void measure_entropy(Bytes file, std::vector<Section>& sections);

}  // namespace npg::pe
