#include "source/trust/image_layout.hpp"

namespace npg::trust {
namespace {

// Offsets behind the four bytes of "PE\0\0" and the COFF header ("PE Format", optional header).
constexpr std::uint64_t optional_header = 24;
constexpr std::uint64_t checksum = 64;
constexpr std::uint64_t directories_pe32 = 96;
constexpr std::uint64_t directories_pe32_plus = 112;
constexpr std::uint64_t entry_size = 8;
constexpr std::uint32_t certificates = 4;

}  // namespace

authenticode::ImageLayout layout_of(const pe::PeFile& image) {
  const pe::Headers& headers = image.headers;
  const std::uint64_t start = headers.new_header_offset + optional_header;
  authenticode::ImageLayout layout{.checksum_offset = start + checksum,
                                   .headers_size = headers.headers_size,
                                   .page_size = headers.section_alignment,
                                   .sections = {}};
  if (headers.directory_count > certificates) {
    layout.directory_offset = start +
                              (headers.is_pe32_plus ? directories_pe32_plus : directories_pe32) +
                              certificates * entry_size;
    const pe::DirectoryRange& range = headers.directory(pe::Directory::certificates);
    layout.table_offset = range.address;
    layout.table_size = range.size;
  }
  for (const pe::Section& section : image.sections) {
    layout.sections.push_back({.offset = section.raw_offset, .size = section.raw_size});
  }
  return layout;
}

}  // namespace npg::trust
