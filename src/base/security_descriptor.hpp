// Self-relative security descriptors (MS-DTYP 2.4.6), as sk records hold them: owner, group and the
// two access lists, as values (docs/formats/regf.md, 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace npg {

struct AccessControlEntry {
  std::uint8_t type = 0;   ///< 0 allow, 1 deny, 2 audit, 5 to 8 their object forms, ...
  std::uint8_t flags = 0;  ///< 1 OI, 2 CI, 4 NP, 8 IO, 0x10 ID, 0x40 SA, 0x80 FA
  std::uint32_t mask = 0;
  std::string sid;                    ///< empty for a type whose shape is not known
  std::string object_type;            ///< GUID; empty when the entry has none
  std::string inherited_object_type;  ///< GUID; empty when the entry has none
  std::uint64_t offset = 0;           ///< absolute
};

struct AccessControlList {
  std::uint8_t revision = 0;
  std::vector<AccessControlEntry> entries;
};

struct SecurityDescriptor {
  static constexpr std::uint16_t dacl_present = 0x0004;
  static constexpr std::uint16_t sacl_present = 0x0010;
  static constexpr std::uint16_t dacl_protected = 0x1000;

  std::uint16_t control = 0;
  std::string owner;  ///< SID; empty when there is none
  std::string group;
  /// Nothing when the list is absent or a NULL list; the control bits tell the two apart. A NULL
  /// DACL allows everything to everyone.
  std::optional<AccessControlList> dacl;
  std::optional<AccessControlList> sacl;
  std::vector<Error> damage;  ///< parts that could not be read
};

/// Decodes a descriptor. What is damaged is left out and stands in `damage`. Errors: truncated when
/// the header is not there; bad_value for a revision other than 1.
[[nodiscard]] Result<SecurityDescriptor> read_security_descriptor(Bytes bytes);

/// "allow", "deny", "audit", "allow_object" and the like; "0x11" for the others.
[[nodiscard]] std::string ace_type_name(std::uint8_t type);

}  // namespace npg
