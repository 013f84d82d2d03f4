// Bytes: evidence in memory that knows its absolute offset. The only place that turns bytes into
// numbers.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/check.hpp"
#include "base/error.hpp"

namespace npg {

/// A little-endian field of a record: its type and its offset from the record's start.
template <std::unsigned_integral T>
struct Field {
  std::size_t at;
};

template <typename L>
concept Layout = requires {
  { L::name } -> std::convertible_to<StaticText>;
  { L::size } -> std::convertible_to<std::size_t>;
};

namespace detail {
template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_little(std::span<const std::byte, sizeof(T)> bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::array<std::byte, sizeof(T)> copy{};
  if consteval {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      copy[i] = bytes[i];
    }
  } else {
    std::memcpy(copy.data(), bytes.data(), sizeof(T));
  }
  return std::bit_cast<T>(copy);
}
}  // namespace detail

/// `length` bytes from position `at`, which the caller has checked. Inlined wherever it is: it
/// stands in the innermost loops.
[[nodiscard, gnu::always_inline]] constexpr std::span<const std::byte> part_of(
    std::span<const std::byte> bytes, std::size_t at, std::size_t length) {
  NPG_CHECK(at <= bytes.size() && length <= bytes.size() - at);
  // NOLINTNEXTLINE(*-pro-bounds-pointer-arithmetic): inside, as just checked
  return {bytes.data() + at, length};
}

/// L::size bytes that are known to be there: fields are read without further checks. The compiler
/// refuses a field outside the record.
template <Layout L>
class Record {
 public:
  Record(std::span<const std::byte, L::size> bytes, std::uint64_t offset)
      : bytes_(bytes), offset_(offset) {}
  /// The value of a field, as in record.get<L::signature>().
  template <auto F>
  [[nodiscard]] auto get() const {
    return get_field<F.at>(F);
  }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  template <std::size_t At, typename T>
  [[nodiscard]] T get_field(Field<T> /*field*/) const {
    static_assert(At + sizeof(T) <= L::size, "field outside its record");
    return detail::load_little<T>(bytes_.template subspan<At, sizeof(T)>());
  }
  std::span<const std::byte, L::size> bytes_;
  std::uint64_t offset_;
};

/// A view of evidence: the bytes and the absolute offset of the first one. Does not own; lives no
/// longer than the buffer it was made of.
class Bytes {
 public:
  constexpr Bytes() = default;
  explicit constexpr Bytes(std::span<const std::byte> data, std::uint64_t offset = 0)
      : data_(data), offset_(offset) {}

  [[nodiscard]] constexpr std::size_t size() const { return data_.size(); }
  [[nodiscard]] constexpr bool empty() const { return data_.empty(); }
  [[nodiscard]] constexpr std::uint64_t offset() const { return offset_; }
  [[nodiscard]] constexpr std::span<const std::byte> data() const { return data_; }

  /// length bytes from position at (relative to this view); truncated when they are not all there.
  [[nodiscard]] constexpr Result<Bytes> slice(std::uint64_t at, std::uint64_t length,
                                              StaticText what) const {
    if (at > size() || length > size() - at) {
      return fail(ErrorCode::truncated, offset_ + at, what, length, at > size() ? 0 : size() - at);
    }
    return Bytes(part_of(data_, static_cast<std::size_t>(at), static_cast<std::size_t>(length)),
                 offset_ + at);
  }
  /// What is there of length bytes from position at: possibly fewer, possibly none.
  [[nodiscard]] constexpr Bytes clamp(std::uint64_t at, std::uint64_t length) const {
    if (at >= size()) {
      return Bytes({}, offset_ + at);
    }
    const std::uint64_t rest = size() - at;
    return Bytes(part_of(data_, static_cast<std::size_t>(at),
                         static_cast<std::size_t>(length < rest ? length : rest)),
                 offset_ + at);
  }
  [[nodiscard]] constexpr Bytes from(std::uint64_t at) const { return clamp(at, UINT64_MAX); }

  template <Layout L>
  [[nodiscard]] Result<Record<L>> record(std::uint64_t at) const {
    if (at > size() || L::size > size() - at) {
      return fail(ErrorCode::truncated, offset_ + at, L::name, L::size,
                  at > size() ? 0 : size() - at);
    }
    return Record<L>(
        part_of(data_, static_cast<std::size_t>(at), L::size).template first<L::size>(),
        offset_ + at);
  }
  template <std::unsigned_integral T>
  [[nodiscard]] constexpr Result<T> get(std::uint64_t at, StaticText what) const {
    if (at > size() || sizeof(T) > size() - at) {
      return fail(ErrorCode::truncated, offset_ + at, what, sizeof(T),
                  at > size() ? 0 : size() - at);
    }
    return detail::load_little<T>(
        part_of(data_, static_cast<std::size_t>(at), sizeof(T)).template first<sizeof(T)>());
  }
  /// The number at a position that the caller has already checked; a wrong position is a bug, not
  /// an input error.
  template <std::unsigned_integral T>
  [[nodiscard]] constexpr T at(std::uint64_t position) const {
    NPG_CHECK(position <= size() && sizeof(T) <= size() - position);
    return detail::load_little<T>(
        part_of(data_, static_cast<std::size_t>(position), sizeof(T)).template first<sizeof(T)>());
  }
  [[nodiscard]] bool starts_with(std::string_view magic) const {
    return size() >= magic.size() && std::memcmp(data_.data(), magic.data(), magic.size()) == 0;
  }

 private:
  std::span<const std::byte> data_;
  std::uint64_t offset_ = 0;
};

/// The bytes of a string, as for a test or a hash.
[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace npg
