// Permissions as text: SDDL (MS-DTYP 2.5.1.1), names of well-known accounts, names of registry
// rights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/security_descriptor.hpp"
#include "fact/registry_facts.hpp"
#include "fact/shared_text.hpp"
#include "fact/text_pool.hpp"

namespace npg {

/// "NT AUTHORITY\SYSTEM" and the like for SIDs that are the same on every machine, and for accounts
/// that every domain has by their last number ("Domain Admins"); empty for others.
[[nodiscard]] std::string account_name(std::string_view sid);

/// The descriptor as Windows' ConvertSecurityDescriptorToStringSecurityDescriptor writes it:
/// aliases of well-known SIDs, KA KR KW KX for whole sets of key rights, other rights as their
/// names or, where one has no name, as a number. What stands behind the SID of a conditional entry
/// or of a resource attribute is not decoded: "(...)" says that it is there. "" for a part that is
/// not there; NO_ACCESS_CONTROL for a NULL DACL.
[[nodiscard]] std::string sddl_text(const KeySecurity& security);

/// The rights of a mask, generic ones resolved as for keys, that change a key: set_value,
/// create_subkey, create_link, delete, write_dac, write_owner.
[[nodiscard]] std::vector<std::string> write_rights(std::uint32_t mask);

/// How many entries of the SACL audit; labels and attributes stand in it, too.
[[nodiscard]] std::uint64_t audited_entries(const KeySecurity& security);

/// A decoded descriptor as a fact.
[[nodiscard]] KeySecurity key_security(const SecurityDescriptor& descriptor, TextPool& pool);

}  // namespace npg
