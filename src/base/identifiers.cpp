#include "base/identifiers.hpp"

#include <fmt/format.h>

#include <iterator>

namespace npg {

Result<std::string> guid_text(Bytes bytes) {
  NPG_TRY(const Bytes guid, bytes.slice(0, 16, "guid"));
  std::string out = fmt::format("{{{:08X}-{:04X}-{:04X}-", guid.at<std::uint32_t>(0),
                                guid.at<std::uint16_t>(4), guid.at<std::uint16_t>(6));
  for (std::size_t i = 8; i < 16; ++i) {
    fmt::format_to(std::back_inserter(out), "{}{:02X}", i == 10 ? "-" : "",
                   guid.at<std::uint8_t>(i));
  }
  return out + "}";
}

Result<SidText> sid_text(Bytes bytes) {
  NPG_TRY(const auto revision, bytes.get<std::uint8_t>(0, "sid.revision"));
  NPG_TRY(const auto count, bytes.get<std::uint8_t>(1, "sid.sub_authority_count"));
  if (revision != 1) {
    return fail(ErrorCode::bad_value, bytes.offset(), "sid.revision", 1, revision);
  }
  // Limit: MS-DTYP 2.4.2.2 allows 15 sub-authorities.
  if (count > 15) {
    return fail(ErrorCode::limit_exceeded, bytes.offset() + 1, "sid.sub_authority_count", count,
                15);
  }
  const std::size_t size = 8 + std::size_t{count} * 4;
  NPG_TRY(const Bytes sid, bytes.slice(0, size, "sid"));
  std::uint64_t authority = 0;
  for (std::size_t i = 2; i < 8; ++i) {
    authority = (authority << 8) | sid.at<std::uint8_t>(i);
  }
  std::string out = authority < (1ULL << 32) ? fmt::format("S-1-{}", authority)
                                             : fmt::format("S-1-0x{:012X}", authority);
  for (std::size_t i = 0; i < count; ++i) {
    fmt::format_to(std::back_inserter(out), "-{}", sid.at<std::uint32_t>(8 + i * 4));
  }
  return SidText{std::move(out), size};
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    out.push_back(digits[std::to_integer<std::size_t>(b) >> 4]);
    out.push_back(digits[std::to_integer<std::size_t>(b) & 15]);
  }
  return out;
}

}  // namespace npg
