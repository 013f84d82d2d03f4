#include "source/image/image_source.hpp"

#include <algorithm>
#include <utility>

#include "base/checksum.hpp"
#include "format/pe/pe_file.hpp"

namespace npg {
namespace {

void take_sections(const std::vector<pe::Section>& sections, Image& image) {
  constexpr std::uint32_t executable_and_writable = 0x2000'0000U | 0x8000'0000U;
  for (const pe::Section& section : sections) {
    image.entropy_highest = std::max(image.entropy_highest, section.entropy.value_or(0));
    image.has_writable_code =
        image.has_writable_code ||
        (section.characteristics & executable_and_writable) == executable_and_writable;
  }
}

void take_loading(pe::PeFile& parsed, Image& image) {
  constexpr std::uint16_t search_system32 = 0x800;
  constexpr std::uint32_t reproducible = 16;
  for (pe::ImportedDll& dll : parsed.imports) {
    image.imports.push_back(std::move(dll.name));
  }
  for (pe::ImportedDll& dll : parsed.delay_imports) {
    image.delay_imports.push_back(std::move(dll.name));
  }
  switch (parsed.hybrid) {
    case pe::Hybrid::none: break;
    case pe::Hybrid::arm64ec: image.hybrid = "arm64ec"; break;
    case pe::Hybrid::arm64x: image.hybrid = "arm64x"; break;
  }
  image.searches_system_only = parsed.dependent_load_flags == search_system32;
  image.start_callbacks = parsed.start_callbacks;
  image.timestamp_is_hash = std::ranges::any_of(
      parsed.debug, [](const pe::DebugEntry& e) { return e.type == reproducible; });
  image.overlay_bytes = parsed.overlay ? parsed.overlay->size : 0;
  image.pdb_path = std::move(parsed.pdb_path);
}

}  // namespace

Result<Image> read_image(const FileView& file, std::uint32_t evidence, const Limits& limits,
                         Diagnostics& diagnostics) {
  NPG_TRY(const auto content, read_whole(file, limits.image_bytes_max));
  return read_image(Bytes(content), evidence, limits, diagnostics);
}

Result<Image> read_image(Bytes content, std::uint32_t evidence, const Limits& limits,
                         Diagnostics& diagnostics) {
  NPG_TRY(pe::PeFile parsed, pe::read_pe(content, limits, diagnostics));
  Image image;
  image.machine = parsed.headers.machine;
  image.is_dll = parsed.headers.is_dll;
  image.is_pe32_plus = parsed.headers.is_pe32_plus;
  image.timestamp = parsed.headers.timestamp;
  if (parsed.exports) {
    image.export_name = std::move(parsed.exports->dll_name);
    image.exports.reserve(parsed.exports->entries.size());
    for (pe::Export& entry : parsed.exports->entries) {
      image.exports.push_back({.name = std::move(entry.name),
                               .ordinal = entry.ordinal,
                               .rva = entry.rva,
                               .forwarder = std::move(entry.forwarder),
                               .offset = entry.text_offset,
                               .length = entry.text_length});
    }
  }
  image.exports_incomplete = parsed.exports_incomplete;
  if (!parsed.versions.empty()) {
    pe::VersionInfo& first = parsed.versions.front();
    std::vector<std::pair<EvidenceText, EvidenceText>> strings;
    if (!first.tables.empty()) {
      strings = std::move(first.tables.front().strings);
    }
    image.version = ImageVersion{.strings = std::move(strings),
                                 .file_version = first.file_version,
                                 .product_version = first.product_version};
  }
  take_sections(parsed.sections, image);
  take_loading(parsed, image);
  image.has_certificate_table = parsed.certificates.has_value();
  image.sha256 = sha256_hex(content.data());
  image.size_bytes = content.size();
  image.damaged = parsed.damaged;
  image.origin = {
      .evidence = evidence, .offset = 0, .length = content.size(), .how = How::allocated};
  return image;
}

}  // namespace npg
