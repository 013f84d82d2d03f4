// SpcIndirectDataContent: what an Authenticode signature says that it signs; and SpcSpOpusInfo,
// what the signer says of itself. Both as stored; whether they are true is not asked here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/evidence_text.hpp"

namespace npg::authenticode {

enum class SubjectKind : std::uint8_t { pe_image, cabinet, sip, other };

struct PageHashTable {
  bool is_sha256 = false;
  Bytes entries;  ///< four bytes of offset and a hash, again and again
};

struct IndirectData {
  SubjectKind kind = SubjectKind::other;
  std::string kind_oid;    ///< dotted
  std::string digest_oid;  ///< dotted
  Bytes digest;
  std::optional<PageHashTable> page_hashes;
};

/// Reads the content of a signature whose type is 1.3.6.1.4.1.311.2.1.4, the element's own tag and
/// length included. Errors: truncated or bad_value at the byte.
[[nodiscard]] Result<IndirectData> read_indirect_data(Bytes content);

struct OpusInfo {
  EvidenceText program_name;
  EvidenceText url;
};
/// Reads an SpcSpOpusInfo element. Errors as above.
[[nodiscard]] Result<OpusInfo> read_opus_info(Bytes element);

}  // namespace npg::authenticode
