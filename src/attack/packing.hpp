// Numbers and texts of the store's files: variable-length integers, bounded on reading.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace npg::attack {

/// Appends to a text.
class Packer {
 public:
  void number(std::uint64_t value) {
    while (value >= 0x80) {
      out_ += static_cast<char>((value & 0x7f) | 0x80);
      value >>= 7;
    }
    out_ += static_cast<char>(value);
  }
  /// Small when the difference to `previous` is small, in either direction.
  void difference(std::uint64_t value, std::uint64_t previous) {
    const std::uint64_t delta = value - previous;
    number((delta << 1) ^ (delta >> 63 != 0 ? UINT64_MAX : 0));
  }
  void text(std::string_view text) {
    number(text.size());
    out_ += text;
  }
  [[nodiscard]] const std::string& packed() const { return out_; }

 private:
  std::string out_;
};

/// Reads what Packer wrote. After the first thing that does not fit, ok() is false and every value
/// is nothing, so a loop must be bounded by a count that was checked or by ok().
class Unpacker {
 public:
  explicit Unpacker(std::string_view packed) : rest_(packed) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    ok_ = false;
    rest_ = {};
    return 0;
  }
  /// A number that must be below `limit`.
  std::uint64_t number_below(std::uint64_t limit) {
    const std::uint64_t value = number();
    if (value >= limit) {
      ok_ = false;
      rest_ = {};
      return 0;
    }
    return value;
  }
  std::uint64_t difference(std::uint64_t previous) {
    const std::uint64_t coded = number();
    return previous + ((coded >> 1) ^ ((coded & 1) != 0 ? UINT64_MAX : 0));
  }
  std::string_view text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view out = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return out;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace npg::attack
