// The audit sub-categories: their English names, their place in PolAdtEv and how events name them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace npg {

struct AuditSubcategory {
  std::string_view name;   ///< as auditpol lists it
  std::uint16_t guid = 0;  ///< NNNN of {0CCENNNN-69AE-11D9-BED3-505054503030}
};

inline constexpr std::size_t audit_category_count = 9;

/// The sub-categories of one category (System, Logon/Logoff, Object Access, Privilege Use, Detailed
/// Tracking, Policy Change, Account Management, DS Access, Account Logon) in PolAdtEv's order.
/// Newer Windows appends to a category, so a hive's shorter list is a beginning of this one.
[[nodiscard]] std::span<const AuditSubcategory> audit_category(std::size_t category);

/// The name for an event's sub-category: "{0CCE921E-69AE-11D9-BED3-505054503030}" in any case, with
/// or without braces, or "%%12801". Empty when it is neither of a known one.
[[nodiscard]] std::string_view audit_subcategory_name(std::string_view guid_or_parameter);

}  // namespace npg
