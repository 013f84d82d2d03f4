// DOS, NT and section headers.
#include <fmt/format.h>

#include <algorithm>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg {

bool looks_like_pe(Bytes first_bytes) {
  if (!first_bytes.starts_with("MZ")) {
    return false;
  }
  const auto at = first_bytes.get<std::uint32_t>(pe::layout::DosHeader::new_header_offset.at, "pe");
  if (!at) {
    return false;
  }
  const auto signature = first_bytes.get<std::uint32_t>(*at, "pe");
  return !signature || *signature == pe::layout::NtHeader::pe00;
}

namespace pe {
namespace {

template <Layout L>
void take_optional_header(const Record<L>& record, Headers& headers) {
  headers.entry_point = record.template get<L::entry_point>();
  headers.image_base = record.template get<L::image_base>();
  headers.section_alignment = record.template get<L::section_alignment>();
  headers.file_alignment = record.template get<L::file_alignment>();
  headers.image_size = record.template get<L::image_size>();
  headers.headers_size = record.template get<L::headers_size>();
  headers.checksum = record.template get<L::checksum>();
  headers.subsystem = record.template get<L::subsystem>();
  headers.dll_characteristics = record.template get<L::dll_characteristics>();
  headers.directory_count = record.template get<L::directory_count>();
}

std::uint64_t directories_offset(const Headers& headers) {
  return headers.new_header_offset + layout::NtHeader::size +
         (headers.is_pe32_plus ? layout::OptionalHeader64::size : layout::OptionalHeader32::size);
}

/// The "Rich" mark that Microsoft's linker leaves between the DOS stub and the NT headers.
bool has_rich_mark(Bytes file, std::uint64_t new_header_offset) {
  // Limit: the linker puts it in the first few hundred bytes.
  constexpr std::uint64_t searched = 0x1000;
  if (new_header_offset <= layout::DosHeader::size) {
    return false;
  }
  const auto stub = file.clamp(layout::DosHeader::size,
                               std::min(searched, new_header_offset - layout::DosHeader::size));
  return !std::ranges::search(stub.data(), bytes_of("Rich")).empty();
}

}  // namespace

std::uint64_t directory_entry_offset(const Headers& headers, Directory which) {
  return directories_offset(headers) +
         static_cast<std::uint64_t>(which) * layout::DataDirectory::size;
}

Result<Headers> read_headers(Bytes file, Diagnostics& diagnostics) {
  if (!file.starts_with("MZ")) {
    return fail(ErrorCode::not_this_format, file.offset(), layout::DosHeader::name);
  }
  NPG_TRY(const auto dos, file.record<layout::DosHeader>(0));
  Headers headers;
  headers.new_header_offset = dos.get<layout::DosHeader::new_header_offset>();
  NPG_TRY(const auto signature,
          file.get<std::uint32_t>(headers.new_header_offset, "pe.nt_header.signature"));
  if (signature != layout::NtHeader::pe00) {
    return fail(ErrorCode::not_this_format, file.offset() + headers.new_header_offset,
                layout::NtHeader::name, layout::NtHeader::pe00, signature);
  }
  using N = layout::NtHeader;
  NPG_TRY(const auto nt, file.record<N>(headers.new_header_offset));
  headers.has_rich_header = has_rich_mark(file, headers.new_header_offset);
  headers.machine = nt.get<N::machine>();
  headers.timestamp = nt.get<N::timestamp>();
  headers.characteristics = nt.get<N::characteristics>();
  headers.is_dll = (headers.characteristics & N::is_dll) != 0;
  const std::uint64_t optional_at = headers.new_header_offset + N::size;
  NPG_TRY(const auto magic, file.get<std::uint16_t>(optional_at, "pe.optional_header.magic"));
  if (magic == layout::OptionalHeader64::pe32_plus) {
    headers.is_pe32_plus = true;
    NPG_TRY(const auto record, file.record<layout::OptionalHeader64>(optional_at));
    take_optional_header(record, headers);
  } else if (magic == layout::OptionalHeader32::pe32) {
    NPG_TRY(const auto record, file.record<layout::OptionalHeader32>(optional_at));
    take_optional_header(record, headers);
  } else {
    return fail(ErrorCode::bad_value, file.offset() + optional_at, "pe.optional_header.magic",
                layout::OptionalHeader32::pe32, magic);
  }
  // The loader goes by NumberOfRvaAndSizes, not by SizeOfOptionalHeader, so that is what counts.
  const std::uint64_t directories_at = directories_offset(headers);
  const std::size_t count = std::min<std::size_t>(headers.directory_count, directory_count_max);
  for (std::size_t i = 0; i < count; ++i) {
    using D = layout::DataDirectory;
    const auto entry = file.record<D>(directories_at + i * D::size);
    if (!entry) {
      diagnostics.add(DiagnosticCode::image_damaged, Severity::data_loss, entry.error(),
                      "the data directories end early");
      break;
    }
    headers.directories[i] = {.address = entry->get<D::address>(), .size = entry->get<D::length>()};
  }
  return headers;
}

std::vector<Section> read_sections(Bytes file, const Headers& headers, const Limits& limits,
                                   Diagnostics& diagnostics, bool& damaged) {
  using N = layout::NtHeader;
  using S = layout::SectionHeader;
  std::vector<Section> sections;
  const auto nt = file.record<N>(headers.new_header_offset);
  NPG_CHECK(nt.has_value());
  const std::uint64_t table =
      headers.new_header_offset + N::size + nt->get<N::optional_header_size>();
  std::uint64_t count = nt->get<N::section_count>();
  if (count > limits.sections_max) {
    diagnostics.add(DiagnosticCode::limit_hit, Severity::data_loss,
                    headers.new_header_offset + N::section_count.at, 2,
                    fmt::format("the image claims {} sections; the first {} are read", count,
                                limits.sections_max));
    damaged = true;
    count = limits.sections_max;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto record = file.record<S>(table + i * S::size);
    if (!record) {
      diagnostics.add(DiagnosticCode::image_damaged, Severity::data_loss, record.error(),
                      fmt::format("{} of {} sections are missing", count - i, count));
      damaged = true;
      break;
    }
    const Bytes name = file.clamp(table + i * S::size, S::name_bytes);
    Section section{.name = EvidenceText::from_latin1(name.data()).before_nul(),
                    .virtual_address = record->get<S::virtual_address>(),
                    .virtual_size = record->get<S::virtual_size>(),
                    .raw_offset = record->get<S::raw_offset>(),
                    .raw_size = record->get<S::raw_size>(),
                    .characteristics = record->get<S::characteristics>()};
    const std::uint64_t needed = section.virtual_size == 0
                                     ? section.raw_size
                                     : std::min(section.raw_size, section.virtual_size);
    if (section.raw_offset > file.size() || needed > file.size() - section.raw_offset) {
      diagnostics.add(DiagnosticCode::image_damaged, Severity::data_loss,
                      record->offset() + S::raw_size.at, 8,
                      fmt::format("section {} should lie at 0x{:x} with {} bytes; the file ends at "
                                  "0x{:x}",
                                  i, section.raw_offset, section.raw_size, file.size()));
      damaged = true;
    }
    sections.push_back(std::move(section));
  }
  return sections;
}

}  // namespace pe
}  // namespace npg
