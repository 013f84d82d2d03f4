// For tests: images put together by hand, and one call that reads them.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "format/pe/pe_file.hpp"
#include "testing/byte_writer.hpp"

namespace npg::pe {

struct Read {
  Result<PeFile> image;
  Diagnostics diagnostics;
};

inline Read read(std::span<const std::byte> file, const Limits& limits = {}) {
  Diagnostics diagnostics;
  auto image = read_pe(Bytes(file), limits, diagnostics);
  return {std::move(image), std::move(diagnostics)};
}

/// A PE32 whose sections are aligned below a page, so that an RVA is a file offset: the simplest
/// image to put structures into by hand.
class FlatImage {
 public:
  explicit FlatImage(std::size_t size = 0x1000) {
    file.add_zeros(size);
    file.set(0, bytes_of("MZ"));
    file.set<std::uint32_t>(0x3c, 0x40);
    file.set(0x40, bytes_of("PE"));
    file.set<std::uint16_t>(0x44, 0x14c);
    file.set<std::uint16_t>(0x54, 0xe0);
    file.set<std::uint16_t>(0x56, 0x2000);
    file.set<std::uint16_t>(0x58, 0x10b);
    file.set<std::uint32_t>(0x58 + 0x1c, 0x10000);  // ImageBase
    file.set<std::uint32_t>(0x58 + 0x20, 0x20);     // SectionAlignment
    file.set<std::uint32_t>(0x58 + 0x5c, 16);
  }
  void directory(Directory which, std::uint32_t rva, std::uint32_t size) {
    const std::size_t at = 0x58 + 0x60 + static_cast<std::size_t>(which) * 8;
    file.set<std::uint32_t>(at, rva);
    file.set<std::uint32_t>(at + 4, size);
  }
  void words(std::size_t at, std::initializer_list<std::uint32_t> values) {
    for (const std::uint32_t value : values) {
      file.set<std::uint32_t>(at, value);
      at += 4;
    }
  }
  void text(std::size_t at, std::string_view characters) { file.set(at, bytes_of(characters)); }
  npg::testing::ByteWriter file;
};

}  // namespace npg::pe
