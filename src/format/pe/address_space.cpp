#include "format/pe/address_space.hpp"

#include <algorithm>

namespace npg::pe {
namespace {

constexpr std::uint64_t page = 0x1000;
constexpr std::uint64_t sector = 0x200;

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

}  // namespace

AddressSpace::AddressSpace(Bytes file, const Headers& headers,
                           const std::vector<Section>& sections) {
  if (headers.section_alignment < page) {
    // Below a page the loader maps the file as it is: an RVA is a file offset.
    mappings_.push_back({.rva = 0,
                         .size = std::max<std::uint64_t>(file.size(), headers.image_size),
                         .bytes = file});
    return;
  }
  mappings_.reserve(sections.size() + 1);
  for (const Section& section : sections) {
    const std::uint64_t used = section.virtual_size == 0 ? section.raw_size : section.virtual_size;
    const std::uint64_t mapped = round_up(used, page);
    // The loader reads whole sectors, so a PointerToRawData inside a sector means its start.
    const std::uint64_t start = section.raw_offset / sector * sector;
    const std::uint64_t raw = section.raw_offset == 0 ? 0 : section.raw_size;
    mappings_.push_back({.rva = section.virtual_address,
                         .size = mapped,
                         .bytes = file.clamp(start, std::min(raw, mapped))});
  }
  // Sections come first: where a hostile image lets one overlap the headers, its bytes are the ones
  // that its author put directories into.
  mappings_.push_back({.rva = 0,
                       .size = round_up(headers.headers_size, page),
                       .bytes = file.clamp(0, headers.headers_size)});
}

std::optional<AddressSpace::Region> AddressSpace::at(std::uint64_t rva) const {
  for (const Mapping& mapping : mappings_) {
    if (rva < mapping.rva || rva - mapping.rva >= mapping.size) {
      continue;
    }
    const std::uint64_t inside = rva - mapping.rva;
    const Bytes bytes = mapping.bytes.from(inside);
    return Region{.bytes = bytes, .zeros = mapping.size - inside - bytes.size()};
  }
  return std::nullopt;
}

std::optional<std::uint8_t> AddressSpace::byte_at(std::uint64_t rva) const {
  const auto region = at(rva);
  if (!region) {
    return std::nullopt;
  }
  return region->bytes.empty() ? std::uint8_t{0} : region->bytes.at<std::uint8_t>(0);
}

std::optional<std::uint64_t> AddressSpace::offset_of(std::uint64_t rva) const {
  const auto region = at(rva);
  if (!region || region->bytes.empty()) {
    return std::nullopt;
  }
  return region->bytes.offset();
}

std::optional<AddressSpace::Text> AddressSpace::text(std::uint64_t rva,
                                                     std::uint64_t bytes_max) const {
  std::string characters;
  TextEnd end = TextEnd::ran_out;
  bool mapped = false;
  while (const auto region = at(rva)) {
    mapped = true;
    const Bytes part = region->bytes.clamp(0, bytes_max - characters.size());
    const auto nul = std::ranges::find(part.data(), std::byte{0});
    for (const std::byte b :
         part.data().first(static_cast<std::size_t>(std::distance(part.data().begin(), nul)))) {
      characters.push_back(static_cast<char>(b));
    }
    if (nul != part.data().end() || (part.size() == region->bytes.size() && region->zeros > 0)) {
      end = TextEnd::terminated;
      break;
    }
    if (characters.size() >= bytes_max) {
      end = TextEnd::too_long;
      break;
    }
    rva += part.size();
  }
  if (!mapped) {
    return std::nullopt;
  }
  return Text{.text = EvidenceText::from_utf8(characters), .end = end};
}

}  // namespace npg::pe
