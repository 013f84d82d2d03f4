// The debug directory: which entries there are, and the path of the symbol file that the linker
// left.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {

void read_debug(Reading& reading, PeFile& into) {
  using D = layout::DebugEntry;
  constexpr std::uint32_t code_view = 2;
  constexpr std::uint64_t rsds_header = 0x18;  // "RSDS", a GUID and an age stand before the path.
  const DirectoryRange& range = reading.headers.directory(Directory::debug);
  // Limit: linkers write up to about eight entries.
  const std::uint64_t count = std::min<std::uint64_t>(range.size / D::size, 64);
  for (std::uint64_t i = 0; range.address != 0 && i < count; ++i) {
    const auto record = reading.space.record<D>(range.address + i * D::size);
    if (!record) {
      reading.lost(DiagnosticCode::image_damaged,
                   directory_entry_offset(reading.headers, Directory::debug),
                   layout::DataDirectory::size,
                   fmt::format("{} of {} debug entries are not in the file", count - i, count));
      return;
    }
    into.debug.push_back({.type = record->get<D::type>(),
                          .timestamp = record->get<D::timestamp>(),
                          .size = record->get<D::data_size>(),
                          .offset = record->get<D::data_offset>()});
    const Bytes data = reading.file.clamp(into.debug.back().offset, into.debug.back().size);
    if (into.debug.back().type == code_view && data.starts_with("RSDS") && into.pdb_path.empty()) {
      const Bytes path = data.clamp(rsds_header, reading.limits.image_name_bytes_max);
      std::string characters;
      for (const std::byte b : path.data()) {
        characters.push_back(static_cast<char>(b));
      }
      into.pdb_path = EvidenceText::from_utf8(characters).before_nul();
    }
  }
}

}  // namespace npg::pe
