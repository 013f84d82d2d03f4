#include "format/pe/pe_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

/// Where the certificate table lies. Its directory holds a file offset, unlike all others.
std::optional<FileRange> locate_certificates(Reading& reading) {
  const DirectoryRange& range = reading.headers.directory(Directory::certificates);
  if (range.address == 0 || range.size == 0) {
    return std::nullopt;
  }
  const std::uint64_t size = reading.file.size();
  if (range.address > size || range.size > size - range.address) {
    reading.lost(DiagnosticCode::image_damaged,
                 directory_entry_offset(reading.headers, Directory::certificates),
                 layout::DataDirectory::size,
                 fmt::format("the certificate table should lie at 0x{:x} with {} bytes; the file "
                             "ends at 0x{:x}",
                             range.address, range.size, size));
  }
  return FileRange{.offset = range.address, .size = range.size};
}

/// What stands behind the last section, without the certificate table where that begins or ends it.
std::optional<FileRange> locate_overlay(const PeFile& image, std::uint64_t file_size) {
  std::uint64_t start = std::min<std::uint64_t>(image.headers.headers_size, file_size);
  for (const Section& section : image.sections) {
    if (section.raw_offset != 0) {
      start = std::max(start, std::uint64_t{section.raw_offset} + section.raw_size);
    }
  }
  std::uint64_t end = file_size;
  if (image.certificates) {
    const std::uint64_t table = image.certificates->offset;
    const std::uint64_t table_end = table + image.certificates->size;
    if (table_end >= end && table >= start) {
      end = std::min(end, table);
    } else if (table <= start && table_end > start) {
      start = table_end;
    }
  }
  return start < end ? std::optional(FileRange{.offset = start, .size = end - start})
                     : std::nullopt;
}

}  // namespace

void Reading::lost(DiagnosticCode code, std::uint64_t offset, std::uint64_t length,
                   std::string sentence) {
  damaged = true;
  diagnostics.add(code, Severity::data_loss, offset, length, std::move(sentence));
}

void Reading::odd(DiagnosticCode code, std::uint64_t offset, std::string sentence) {
  diagnostics.add(code, Severity::notice, offset, 0, std::move(sentence));
}

std::uint64_t Reading::offset_near(std::uint64_t rva) const {
  return space.offset_of(rva).value_or(headers.new_header_offset);
}

std::optional<EvidenceText> Reading::name_at(std::uint64_t rva, std::uint64_t named_at,
                                             DiagnosticCode code, const std::string& what) {
  auto found = space.text(rva, text.next_max());
  if (!found) {
    lost(code, named_at, 4,
         fmt::format("the {} is at RVA 0x{:x}, which is not in the image", what, rva));
    return std::nullopt;
  }
  text.take(found->text.raw().size());
  if (found->end != AddressSpace::TextEnd::terminated) {
    lost(code, offset_near(rva), found->text.raw().size(),
         fmt::format(
             "the {} does not end within {}", what,
             found->end == AddressSpace::TextEnd::ran_out ? "the image" : "the allowed length"));
  }
  return std::move(found->text);
}

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

Result<PeFile> read_pe(Bytes file, const Limits& limits, Diagnostics& diagnostics) {
  PeFile image;
  const std::uint64_t before = diagnostics.count(DiagnosticCode::image_damaged);
  NPG_TRY(image.headers, read_headers(file, diagnostics));
  image.damaged = diagnostics.count(DiagnosticCode::image_damaged) != before;
  image.sections = read_sections(file, image.headers, limits, diagnostics, image.damaged);
  const AddressSpace space(file, image.headers, image.sections);
  TextBudget text(limits);
  Reading reading{.file = file,
                  .headers = image.headers,
                  .space = space,
                  .limits = limits,
                  .text = text,
                  .diagnostics = diagnostics,
                  .damaged = image.damaged};
  image.exports = read_exports(reading);
  text = TextBudget(limits);  // Each part has its own, so that one cannot starve the others.
  image.versions = read_versions(reading);
  text = TextBudget(limits);
  image.imports = read_imports(reading);
  text = TextBudget(limits);
  image.delay_imports = read_delay_imports(reading);
  read_debug(reading, image);
  image.certificates = locate_certificates(reading);
  image.overlay = locate_overlay(image, file.size());
  image.damaged = reading.damaged;
  return image;
}

}  // namespace npg::pe
