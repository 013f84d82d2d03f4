#include "format/regf/names.hpp"

#include <algorithm>

namespace npg::regf {

namespace {

using NarrowTable = std::array<char16_t, 256>;

const NarrowTable& narrow_table() {
  static const NarrowTable table = [] {
    NarrowTable made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
      made.at(i) = windows_upcase(static_cast<char16_t>(i));
    }
    return made;
  }();
  return table;
}

char16_t narrow_upcase(const NarrowTable& table, std::byte character) {
  return table[std::to_integer<std::size_t>(character)];
}

std::size_t length_of(const Name& name) {
  return name.is_latin1 ? name.bytes.size() : name.bytes.size() / 2;
}

char16_t unit_at(const NarrowTable& table, const Name& name, std::size_t i) {
  return name.is_latin1 ? narrow_upcase(table, name.bytes.data()[i])
                        : windows_upcase(name.bytes.at<std::uint16_t>(i * 2));
}

int order_of_lengths(const Name& left, const Name& right) {
  const std::size_t a = length_of(left);
  const std::size_t b = length_of(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

}  // namespace

int compare_names(const Name& left, const Name& right) {
  const NarrowTable& table = narrow_table();
  const std::size_t common = std::min(length_of(left), length_of(right));
  if (left.is_latin1 && right.is_latin1) {
    // Nearly all names: bytes that are equal need no table.
    const auto a = left.bytes.data();
    const auto b = right.bytes.data();
    for (std::size_t i = 0; i < common; ++i) {
      if (a[i] != b[i] && narrow_upcase(table, a[i]) != narrow_upcase(table, b[i])) {
        return int{narrow_upcase(table, a[i])} - int{narrow_upcase(table, b[i])};
      }
    }
    return order_of_lengths(left, right);
  }
  for (std::size_t i = 0; i < common; ++i) {
    const int difference = int{unit_at(table, left, i)} - int{unit_at(table, right, i)};
    if (difference != 0) {
      return difference;
    }
  }
  return order_of_lengths(left, right);
}

std::uint32_t name_hash(const Name& name) {
  const NarrowTable& table = narrow_table();
  std::uint32_t hash = 0;
  if (name.is_latin1) {
    for (const std::byte character : name.bytes.data()) {
      hash = hash * 37 + narrow_upcase(table, character);
    }
    return hash;
  }
  const std::size_t length = length_of(name);
  for (std::size_t i = 0; i < length; ++i) {
    hash = hash * 37 + unit_at(table, name, i);
  }
  return hash;
}

std::uint32_t name_hint(const Name& name) {
  std::uint32_t hint = 0;
  const std::size_t length = std::min<std::size_t>(length_of(name), 4);
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint32_t unit = name.is_latin1 ? std::to_integer<std::uint32_t>(name.bytes.data()[i])
                                              : name.bytes.at<std::uint16_t>(i * 2);
    if (unit > 0xff) {
      return 0;
    }
    hint |= unit << (8 * i);
  }
  return hint;
}

bool hint_agrees(std::uint32_t stored, std::uint32_t right) {
  if (stored == 0 || right == 0) {
    return true;
  }
  const NarrowTable& table = narrow_table();
  for (unsigned shift = 0; shift < 32; shift += 8) {
    const auto a = static_cast<std::byte>(stored >> shift & 0xffU);
    const auto b = static_cast<std::byte>(right >> shift & 0xffU);
    if (narrow_upcase(table, a) != narrow_upcase(table, b)) {
      return false;
    }
  }
  return true;
}

bool stored_as_windows_does(const Name& name) {
  if (name.is_latin1) {
    return true;
  }
  if (name.bytes.size() % 2 != 0) {
    return false;
  }
  bool all_narrow = true;
  for (std::size_t i = 0; i < name.bytes.size() / 2 && all_narrow; ++i) {
    all_narrow = name.bytes.at<std::uint16_t>(i * 2) < 0x100;
  }
  return !all_narrow || name.bytes.empty();
}

}  // namespace npg::regf
