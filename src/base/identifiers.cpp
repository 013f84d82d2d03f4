#include "base/identifiers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>

namespace npg {

Result<std::string> guid_text(Bytes bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  // The first three parts are little-endian numbers.
  constexpr std::array<std::size_t, 16> order = {3, 2, 1,  0,  5,  4,  7,  6,
                                                 8, 9, 10, 11, 12, 13, 14, 15};
  NPG_TRY(const Bytes guid, bytes.slice(0, 16, "guid"));
  std::string out = "{";
  out.reserve(38);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      out.push_back('-');
    }
    const std::uint8_t byte = guid.at<std::uint8_t>(order[i]);
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 0xf]);
  }
  out.push_back('}');
  return out;
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
    std::array<char, 12> number{'-'};
    const auto end = std::to_chars(number.data() + 1, number.data() + number.size(),
                                   sid.at<std::uint32_t>(8 + i * 4));
    out.append(number.data(), end.ptr);
  }
  return SidText{std::move(out), size};
}

std::optional<std::vector<std::byte>> from_hex(std::string_view digits) {
  const auto value = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  if (digits.size() % 2 != 0) {
    return std::nullopt;
  }
  std::vector<std::byte> bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = value(digits[i]);
    const int low = value(digits[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return bytes;
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
