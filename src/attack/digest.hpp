// SHA-256 for tens of thousands of small texts: one context, used again, and binary digests.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace npg::attack {

using Digest = std::array<std::byte, 32>;

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string hex_of(const Digest& digest);

/// SHA-256, one text after another or one text in pieces.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  [[nodiscard]] Digest hash(std::string_view text);
  void add(std::string_view text);
  /// The digest of all that was added since the last one.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace npg::attack
