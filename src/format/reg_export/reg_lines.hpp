// The lines of a registry export, decoded: UTF-16LE or one byte a unit, with or without a mark.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace npg {

struct RegLine {
  std::string text;  ///< WTF-8, without the line's end
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

class RegLines {
 public:
  explicit RegLines(Bytes bytes);
  [[nodiscard]] bool is_utf16() const { return is_utf16_; }
  /// The next line; nothing at the end. Limit: a line is taken as far as `bytes_max` bytes, and the
  /// rest of it is the next one.
  [[nodiscard]] std::optional<RegLine> next(std::uint64_t bytes_max);

 private:
  [[nodiscard]] std::uint32_t unit(std::uint64_t at) const;
  Bytes bytes_;
  std::uint64_t at_ = 0;
  bool is_utf16_ = false;
  bool is_utf8_ = false;  ///< marked so; otherwise bytes that are no UTF-8 are taken as Latin-1
};

}  // namespace npg
