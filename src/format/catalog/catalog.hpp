// Security catalogs: the certificate trust list inside a signed message, member by member, with
// absolute offsets. Whether the catalog's signature holds is source/trust's.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/signature_limits.hpp"

namespace npg::catalog {

/// A hash, by value: 20 bytes of SHA-1, 32 of SHA-256, or none.
struct MemberDigest {
  std::array<std::byte, 64> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::byte> view() const { return std::span(bytes).first(size); }
};

/// One member: the hash of a file, and how the catalog names it.
struct Member {
  std::uint64_t offset = 0;  ///< of the member's element
  std::uint64_t length = 0;
  Bytes tag;  ///< the subject identifier as stored: a hash, or in UTF-16 its text or any name
  MemberDigest digest;  ///< from its SpcIndirectData, else from the tag; empty: it has none
  bool has_indirect_data = false;
  bool is_image = false;   ///< SpcIndirectData says that the digest is of a PE image
  bool disagrees = false;  ///< tag and SpcIndirectData give two different hashes
  std::uint32_t attributes = 0;
};

struct NameValue {
  EvidenceText name;
  EvidenceText value;
};

struct Catalog {
  std::string usage_oid;   ///< what the list is for: 1.3.6.1.4.1.311.12.1.1
  std::string member_oid;  ///< version: 1.3.6.1.4.1.311.12.1.2 (SHA-1) or .3 (SHA-256)
  Bytes list_identifier;
  std::string this_update;  ///< UTCTime as stored
  std::uint64_t members = 0;
  std::uint64_t members_damaged = 0;
  std::vector<NameValue> attributes;  ///< of the catalog itself: "HWID1", "OS", …
  Bytes list;                         ///< the CTL's content, which the signature covers
};

/// Calls `visit` for each member in stored order; what it is given lives for that call, its Bytes
/// as long as `file`. A member that cannot be read is counted, reported and left out. Errors:
/// not_this_format when it is no signed message with a trust list; truncated or bad_value where the
/// message or the list is damaged; limit_exceeded for too many members.
[[nodiscard]] Result<Catalog> read_catalog(Bytes file, const SignatureLimits& limits,
                                           Diagnostics& diagnostics,
                                           const std::function<void(const Member&)>& visit);

}  // namespace npg::catalog
