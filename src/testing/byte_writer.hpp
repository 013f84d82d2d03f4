// ByteWriter: little-endian bytes appended or set at a position, for the file builders.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/evidence_text.hpp"

namespace npg::testing {

class ByteWriter {
 public:
  ByteWriter() = default;
  explicit ByteWriter(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] Bytes view() const { return Bytes(bytes_); }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

  template <std::unsigned_integral T>
  void add(std::type_identity_t<T> number) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bytes_.push_back(static_cast<std::byte>((std::uint64_t{number} >> (8 * i)) & 0xffU));
    }
  }
  void add(std::span<const std::byte> more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }
  /// The characters as they are, one byte each.
  void add_ascii(std::string_view text) { add(bytes_of(text)); }
  /// UTF-16LE without a terminating NUL.
  void add_utf16(std::string_view text) {
    for (const char16_t unit : EvidenceText::from_literal(text).to_utf16()) {
      add<std::uint16_t>(unit);
    }
  }
  void add_zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }
  void align(std::size_t unit) { add_zeros((unit - bytes_.size() % unit) % unit); }

  /// Overwrites what is there; a position past the end is a bug of the builder.
  template <std::unsigned_integral T>
  void set(std::size_t at, std::type_identity_t<T> number) {
    NPG_CHECK(at <= bytes_.size() && sizeof(T) <= bytes_.size() - at);
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bytes_[at + i] = static_cast<std::byte>((std::uint64_t{number} >> (8 * i)) & 0xffU);
    }
  }
  void set(std::size_t at, std::span<const std::byte> more) {
    NPG_CHECK(at <= bytes_.size() && more.size() <= bytes_.size() - at);
    for (std::size_t i = 0; i < more.size(); ++i) {
      bytes_[at + i] = more[i];
    }
  }
  template <std::unsigned_integral T>
  [[nodiscard]] T get(std::size_t at) const {
    return view().at<T>(at);
  }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace npg::testing
