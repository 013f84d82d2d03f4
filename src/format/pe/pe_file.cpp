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
                  .damaged = false};
  image.exports = read_exports(reading);
  image.exports_incomplete = reading.damaged;
  reading.damaged = reading.damaged || image.damaged;
  text = TextBudget(limits);  // Each part has its own, so that one cannot starve the others.
  image.versions = read_versions(reading);
  text = TextBudget(limits);
  image.imports = read_imports(reading);
  text = TextBudget(limits);
  image.delay_imports = read_delay_imports(reading);
  read_debug(reading, image);
  read_load_settings(reading, image);
  image.rich = read_rich_header(file, image.headers);
  measure_entropy(file, image.sections);
  image.certificates = locate_certificates(reading);
  image.overlay = locate_overlay(image, file.size());
  image.damaged = reading.damaged;
  return image;
}

}  // namespace npg::pe
