#include "view/registry_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace npg {

std::optional<KeyId> find_subkey(const RegistryView& view, KeyId from, std::string_view name) {
  for (const KeyId id : view.subkeys(from)) {
    const auto key = view.key(id);
    if (key && equal_names(key->name.raw(), name)) {
      return id;
    }
  }
  return std::nullopt;
}

std::optional<KeyId> find_key(const RegistryView& view, KeyId from, std::string_view path) {
  KeyId at = from;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('\\'), path.size());
    const auto next = find_subkey(view, at, path.substr(0, end));
    if (!next) {
      return std::nullopt;
    }
    at = *next;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return at;
}

std::optional<RegistryValue> find_value(const RegistryView& view, KeyId key,
                                        std::string_view name) {
  for (RegistryValue& value : view.values(key)) {
    if (equal_names(value.name.raw(), name)) {
      return std::move(value);
    }
  }
  return std::nullopt;
}

EvidenceText text_of(const RegistryValue& value) {
  std::span<const std::byte> units = value.data;
  if (units.size() >= 2 && units[units.size() - 1] == std::byte{0} &&
      units[units.size() - 2] == std::byte{0} && units.size() % 2 == 0) {
    units = units.first(units.size() - 2);
  }
  return EvidenceText::from_utf16(units);
}

std::vector<EvidenceText> texts_of(const RegistryValue& value) {
  std::vector<EvidenceText> texts;
  std::span<const std::byte> rest = value.data;
  while (rest.size() >= 2) {
    std::size_t end = 0;
    while (end + 1 < rest.size() && (rest[end] != std::byte{0} || rest[end + 1] != std::byte{0})) {
      end += 2;
    }
    if (end == 0) {
      break;
    }
    texts.push_back(EvidenceText::from_utf16(rest.first(end)));
    rest = rest.subspan(std::min(end + 2, rest.size()));
  }
  return texts;
}

std::optional<std::uint64_t> number_of(const RegistryValue& value) {
  const Bytes data(value.data);
  if (value.type == reg::sz || value.type == reg::expand_sz || value.type == reg::multi_sz) {
    const EvidenceText text = text_of(value).before_nul();
    std::string_view digits = text.raw();
    const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    digits.remove_prefix(hexadecimal ? 2 : 0);
    std::uint64_t number = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number,
                                               hexadecimal ? 16 : 10);
    const bool whole = status == std::errc{} && end == digits.data() + digits.size();
    return whole ? std::optional(number) : std::nullopt;
  }
  if (value.type == reg::dword_big_endian && data.size() == 4) {
    return __builtin_bswap32(data.at<std::uint32_t>(0));
  }
  if (data.size() == 4) {
    return data.at<std::uint32_t>(0);
  }
  if (data.size() == 8) {
    return data.at<std::uint64_t>(0);
  }
  return std::nullopt;
}

}  // namespace npg
