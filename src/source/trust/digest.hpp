// The digests that signatures name: MD5 to SHA-512, over ranges of bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace npg::trust {

enum class DigestKind : std::uint8_t { md5, sha1, sha256, sha384, sha512 };
[[nodiscard]] std::string_view name_of(DigestKind kind);
/// By dotted object identifier; nothing for one that is not read.
[[nodiscard]] std::optional<DigestKind> digest_kind_of(std::string_view oid);

/// The digest of the ranges one behind the other, then of `zeros` zero bytes.
[[nodiscard]] std::vector<std::byte> digest_of(DigestKind kind, std::span<const Bytes> ranges,
                                               std::uint64_t zeros = 0);
[[nodiscard]] std::vector<std::byte> digest_of(DigestKind kind, std::span<const std::byte> bytes);

}  // namespace npg::trust
