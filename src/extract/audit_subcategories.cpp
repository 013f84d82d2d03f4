#include "extract/audit_subcategories.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "base/check.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::array system_category = {
    AuditSubcategory{"Security State Change", 0x9210},
    AuditSubcategory{"Security System Extension", 0x9211},
    AuditSubcategory{"System Integrity", 0x9212},
    AuditSubcategory{"IPsec Driver", 0x9213},
    AuditSubcategory{"Other System Events", 0x9214},
};
constexpr std::array logon_category = {
    AuditSubcategory{"Logon", 0x9215},
    AuditSubcategory{"Logoff", 0x9216},
    AuditSubcategory{"Account Lockout", 0x9217},
    AuditSubcategory{"IPsec Main Mode", 0x9218},
    AuditSubcategory{"Special Logon", 0x921b},
    AuditSubcategory{"IPsec Quick Mode", 0x9219},
    AuditSubcategory{"IPsec Extended Mode", 0x921a},
    AuditSubcategory{"Other Logon/Logoff Events", 0x921c},
    AuditSubcategory{"Network Policy Server", 0x9243},
    AuditSubcategory{"User / Device Claims", 0x9247},
    AuditSubcategory{"Group Membership", 0x9249},
};
constexpr std::array object_category = {
    AuditSubcategory{"File System", 0x921d},
    AuditSubcategory{"Registry", 0x921e},
    AuditSubcategory{"Kernel Object", 0x921f},
    AuditSubcategory{"SAM", 0x9220},
    AuditSubcategory{"Other Object Access Events", 0x9227},
    AuditSubcategory{"Certification Services", 0x9221},
    AuditSubcategory{"Application Generated", 0x9222},
    AuditSubcategory{"Handle Manipulation", 0x9223},
    AuditSubcategory{"File Share", 0x9224},
    AuditSubcategory{"Filtering Platform Packet Drop", 0x9225},
    AuditSubcategory{"Filtering Platform Connection", 0x9226},
    AuditSubcategory{"Detailed File Share", 0x9244},
    AuditSubcategory{"Removable Storage", 0x9245},
    AuditSubcategory{"Central Policy Staging", 0x9246},
};
constexpr std::array privilege_category = {
    AuditSubcategory{"Sensitive Privilege Use", 0x9228},
    AuditSubcategory{"Non Sensitive Privilege Use", 0x9229},
    AuditSubcategory{"Other Privilege Use Events", 0x922a},
};
constexpr std::array tracking_category = {
    AuditSubcategory{"Process Creation", 0x922b},
    AuditSubcategory{"Process Termination", 0x922c},
    AuditSubcategory{"DPAPI Activity", 0x922d},
    AuditSubcategory{"RPC Events", 0x922e},
    AuditSubcategory{"Plug and Play Events", 0x9248},
    AuditSubcategory{"Token Right Adjusted Events", 0x924a},
};
constexpr std::array policy_category = {
    AuditSubcategory{"Audit Policy Change", 0x922f},
    AuditSubcategory{"Authentication Policy Change", 0x9230},
    AuditSubcategory{"Authorization Policy Change", 0x9231},
    AuditSubcategory{"MPSSVC Rule-Level Policy Change", 0x9232},
    AuditSubcategory{"Filtering Platform Policy Change", 0x9233},
    AuditSubcategory{"Other Policy Change Events", 0x9234},
};
constexpr std::array account_category = {
    AuditSubcategory{"User Account Management", 0x9235},
    AuditSubcategory{"Computer Account Management", 0x9236},
    AuditSubcategory{"Security Group Management", 0x9237},
    AuditSubcategory{"Distribution Group Management", 0x9238},
    AuditSubcategory{"Application Group Management", 0x9239},
    AuditSubcategory{"Other Account Management Events", 0x923a},
};
constexpr std::array directory_category = {
    AuditSubcategory{"Directory Service Access", 0x923b},
    AuditSubcategory{"Directory Service Changes", 0x923c},
    AuditSubcategory{"Directory Service Replication", 0x923d},
    AuditSubcategory{"Detailed Directory Service Replication", 0x923e},
};
constexpr std::array account_logon_category = {
    AuditSubcategory{"Credential Validation", 0x923f},
    AuditSubcategory{"Kerberos Service Ticket Operations", 0x9240},
    AuditSubcategory{"Other Account Logon Events", 0x9241},
    AuditSubcategory{"Kerberos Authentication Service", 0x9242},
};

std::string_view name_of_guid(std::uint16_t guid) {
  for (std::size_t category = 0; category < audit_category_count; ++category) {
    for (const AuditSubcategory& one : audit_category(category)) {
      if (one.guid == guid) {
        return one.name;
      }
    }
  }
  return {};
}

/// The message table numbers the sub-categories from 12288 on, 256 to a category, in PolAdtEv's
/// order: 12544 is Logon, 12801 Registry, 13312 Process Creation.
std::string_view name_of_parameter(std::uint32_t parameter) {
  constexpr std::uint32_t first = 12288;
  if (parameter < first || (parameter - first) / 256 >= audit_category_count) {
    return {};
  }
  const auto category = audit_category((parameter - first) / 256);
  const std::size_t index = (parameter - first) % 256;
  return index < category.size() ? category[index].name : std::string_view();
}

template <typename T>
std::optional<T> whole_number(std::string_view digits, int base) {
  T number = 0;
  const auto [end, status] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  const bool whole = status == std::errc{} && end == digits.data() + digits.size();
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

std::span<const AuditSubcategory> audit_category(std::size_t category) {
  NPG_CHECK(category < audit_category_count);
  switch (category) {
    case 0: return system_category;
    case 1: return logon_category;
    case 2: return object_category;
    case 3: return privilege_category;
    case 4: return tracking_category;
    case 5: return policy_category;
    case 6: return account_category;
    case 7: return directory_category;
    default: return account_logon_category;
  }
}

std::string_view audit_subcategory_name(std::string_view guid_or_parameter) {
  std::string_view text = guid_or_parameter;
  if (text.starts_with("%%")) {
    const auto parameter = whole_number<std::uint32_t>(text.substr(2), 10);
    return parameter ? name_of_parameter(*parameter) : std::string_view();
  }
  if (text.starts_with('{') && text.ends_with('}')) {
    text = text.substr(1, text.size() - 2);
  }
  constexpr std::string_view head = "0CCE";
  constexpr std::string_view tail = "-69AE-11D9-BED3-505054503030";
  if (text.size() != head.size() + 4 + tail.size() || !equal_names(text.substr(0, 4), head) ||
      !equal_names(text.substr(8), tail)) {
    return {};
  }
  const auto guid = whole_number<std::uint16_t>(text.substr(4, 4), 16);
  return guid ? name_of_guid(*guid) : std::string_view();
}

}  // namespace npg
