#include "source/image/image_source.hpp"

#include <utility>

#include "base/checksum.hpp"
#include "format/pe/pe_file.hpp"

namespace npg {

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
                               .forwarder = std::move(entry.forwarder)});
    }
  }
  if (!parsed.versions.empty()) {
    pe::VersionInfo& first = parsed.versions.front();
    image.version = ImageVersion{.strings = std::move(first.strings),
                                 .file_version = first.file_version,
                                 .product_version = first.product_version};
  }
  image.has_certificate_table = parsed.certificates.has_value();
  image.sha256 = sha256_hex(content.data());
  image.size_bytes = content.size();
  image.damaged = parsed.damaged;
  image.origin = {
      .evidence = evidence, .offset = 0, .length = content.size(), .how = How::allocated};
  return image;
}

}  // namespace npg
