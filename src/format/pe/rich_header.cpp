// The note that Microsoft's linker leaves between the DOS stub and the NT headers: which tools made
// the objects. Its key is a checksum, so a note copied from another image shows.
#include <algorithm>
#include <bit>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

constexpr std::uint32_t dans = 0x536e6144;
constexpr std::uint32_t rich = 0x68636952;
constexpr std::uint64_t word_bytes = 4;

/// The checksum of the bytes before the note and of its entries.
std::uint32_t checksum(Bytes file, const RichHeader& note) {
  auto sum = static_cast<std::uint32_t>(note.offset);
  constexpr std::uint64_t skipped = layout::DosHeader::new_header_offset.at;
  for (std::uint64_t i = 0; i < note.offset; ++i) {
    if (i < skipped || i >= skipped + word_bytes) {
      sum += std::rotl(std::uint32_t{file.at<std::uint8_t>(i)}, static_cast<int>(i % 32));
    }
  }
  for (const RichEntry& entry : note.entries) {
    sum += std::rotl(std::uint32_t{entry.product} << 16U | entry.build,
                     static_cast<int>(entry.count % 32));
  }
  return sum;
}

}  // namespace

std::optional<RichHeader> read_rich_header(Bytes file, const Headers& headers) {
  // Limit: the linker puts it in the first few hundred bytes.
  constexpr std::uint64_t searched = 0x1000;
  const Bytes stub = file.clamp(0, std::min(searched, headers.new_header_offset));
  std::uint64_t end = layout::DosHeader::size;
  while (end + 2 * word_bytes <= stub.size() && stub.at<std::uint32_t>(end) != rich) {
    end += word_bytes;
  }
  if (end + 2 * word_bytes > stub.size()) {
    return std::nullopt;
  }
  RichHeader note{.key = stub.at<std::uint32_t>(end + word_bytes)};
  std::uint64_t start = end;
  do {
    if (start < layout::DosHeader::size + word_bytes) {
      return std::nullopt;
    }
    start -= word_bytes;
  } while ((stub.at<std::uint32_t>(start) ^ note.key) != dans);
  note.offset = start;
  note.size = end + 2 * word_bytes - start;
  // Three words of padding stand behind "DanS".
  for (std::uint64_t at = start + 4 * word_bytes; at + 2 * word_bytes <= end;
       at += 2 * word_bytes) {
    const std::uint32_t tool = stub.at<std::uint32_t>(at) ^ note.key;
    note.entries.push_back({.product = static_cast<std::uint16_t>(tool >> 16U),
                            .build = static_cast<std::uint16_t>(tool & 0xffffU),
                            .count = stub.at<std::uint32_t>(at + word_bytes) ^ note.key});
  }
  note.key_matches = checksum(stub, note) == note.key;
  return note;
}

}  // namespace npg::pe
