// The attribute certificate table of an image: WIN_CERTIFICATE entries, where they lie, and what
// about the table is not as signing tools write it (docs/formats/authenticode.md). What an entry
// holds is not read here.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace npg::authenticode {

/// Where an image has what the signature leaves out or protects. All offsets are in the file.
struct ImageLayout {
  struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  std::uint64_t checksum_offset = 0;   ///< of OptionalHeader.CheckSum, four bytes
  std::uint64_t directory_offset = 0;  ///< of the certificate directory entry, eight bytes; 0: none
  std::uint64_t headers_size = 0;
  std::uint64_t page_size = 0;     ///< SectionAlignment
  std::vector<Section> sections;   ///< raw data as the headers state it, header order
  std::uint64_t table_offset = 0;  ///< as the directory entry states; both 0: no table
  std::uint64_t table_size = 0;

  [[nodiscard]] bool has_table() const { return table_offset != 0 || table_size != 0; }
};

enum class TableFlaw : std::uint8_t {
  table_outside_file,    ///< need = its size, have = the bytes that are there
  table_overlaps_image,  ///< it covers headers or section data; need = where they end
  table_misaligned,      ///< its offset is no multiple of eight
  table_empty,           ///< a table that holds no entry
  entry_truncated,       ///< need = its dwLength, have = the bytes left
  entry_revision,        ///< have = the revision, which is neither 1.0 nor 2.0
  entry_type,            ///< have = the type, which is not PKCS #7
  bytes_behind_entries,  ///< inside the table, and no entry
  bytes_behind_table,    ///< the file goes on behind its table
  entry_revision_1,      ///< the old revision 1.0; have = the revision
  several_entries,       ///< have = how many there are
};
[[nodiscard]] std::string_view name_of(TableFlaw flaw);

struct FlawFound {
  TableFlaw flaw = TableFlaw::table_empty;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t need = 0;
  std::uint64_t have = 0;

  /// False for what is odd, and by the format's letter allowed.
  [[nodiscard]] bool breaks() const {
    return flaw != TableFlaw::entry_revision_1 && flaw != TableFlaw::several_entries;
  }
};

struct TableEntry {
  std::uint64_t offset = 0;  ///< of the WIN_CERTIFICATE
  std::uint32_t length = 0;  ///< dwLength, header included
  std::uint16_t revision = 0;
  std::uint16_t type = 0;
  Bytes content;  ///< behind the header, padding included

  static constexpr std::uint16_t pkcs7_type = 2;
};

struct CertificateTable {
  std::vector<TableEntry> entries;
  std::vector<FlawFound> flaws;
};

/// Walks the table. An image without one has neither entries nor flaws. Never fails: what cannot be
/// walked is a flaw.
[[nodiscard]] CertificateTable read_certificate_table(Bytes file, const ImageLayout& layout,
                                                      std::uint32_t entries_max);

}  // namespace npg::authenticode
