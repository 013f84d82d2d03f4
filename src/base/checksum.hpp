// SHA-256 (OpenSSL) and CRC-32 (libdeflate): the two checksums that more than one module needs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"

namespace npg {

/// CRC-32 as zlib has it; `crc` is the value so far.
[[nodiscard]] std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc = 0);

using Sha256Digest = std::array<std::byte, 32>;

/// SHA-256 fed piece by piece. The object is spent after either way of finishing it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::byte> bytes);
  [[nodiscard]] Sha256Digest digest();
  /// As 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256Digest sha256(std::span<const std::byte> bytes);
[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace npg
