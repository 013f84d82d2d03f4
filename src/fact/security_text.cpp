#include "fact/security_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fact/text_pool.hpp"

namespace npg {
namespace {

struct WellKnown {
  std::string_view sid;
  std::string_view alias;  ///< of SDDL; empty when it has none
  std::string_view name;
};

constexpr std::string_view trusted_installer =
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

// MS-DTYP 2.4.2.4 and 2.5.1.1.
constexpr std::array<WellKnown, 46> well_known = {{
    {"S-1-1-0", "WD", "Everyone"},
    {"S-1-2-0", "", "LOCAL"},
    {"S-1-2-1", "", "CONSOLE LOGON"},
    {"S-1-3-0", "CO", "CREATOR OWNER"},
    {"S-1-3-1", "CG", "CREATOR GROUP"},
    {"S-1-3-4", "OW", "OWNER RIGHTS"},
    {"S-1-5-1", "", "NT AUTHORITY\\DIALUP"},
    {"S-1-5-2", "NU", "NT AUTHORITY\\NETWORK"},
    {"S-1-5-3", "", "NT AUTHORITY\\BATCH"},
    {"S-1-5-4", "IU", "NT AUTHORITY\\INTERACTIVE"},
    {"S-1-5-6", "SU", "NT AUTHORITY\\SERVICE"},
    {"S-1-5-7", "AN", "NT AUTHORITY\\ANONYMOUS LOGON"},
    {"S-1-5-9", "ED", "NT AUTHORITY\\ENTERPRISE DOMAIN CONTROLLERS"},
    {"S-1-5-10", "PS", "NT AUTHORITY\\SELF"},
    {"S-1-5-11", "AU", "NT AUTHORITY\\Authenticated Users"},
    {"S-1-5-12", "RC", "NT AUTHORITY\\RESTRICTED"},
    {"S-1-5-13", "", "NT AUTHORITY\\TERMINAL SERVER USER"},
    {"S-1-5-14", "", "NT AUTHORITY\\REMOTE INTERACTIVE LOGON"},
    {"S-1-5-17", "", "NT AUTHORITY\\IUSR"},
    {"S-1-5-18", "SY", "NT AUTHORITY\\SYSTEM"},
    {"S-1-5-19", "LS", "NT AUTHORITY\\LOCAL SERVICE"},
    {"S-1-5-20", "NS", "NT AUTHORITY\\NETWORK SERVICE"},
    {"S-1-5-32-544", "BA", "BUILTIN\\Administrators"},
    {"S-1-5-32-545", "BU", "BUILTIN\\Users"},
    {"S-1-5-32-546", "BG", "BUILTIN\\Guests"},
    {"S-1-5-32-547", "PU", "BUILTIN\\Power Users"},
    {"S-1-5-32-548", "AO", "BUILTIN\\Account Operators"},
    {"S-1-5-32-549", "SO", "BUILTIN\\Server Operators"},
    {"S-1-5-32-550", "PO", "BUILTIN\\Print Operators"},
    {"S-1-5-32-551", "BO", "BUILTIN\\Backup Operators"},
    {"S-1-5-32-552", "RE", "BUILTIN\\Replicator"},
    {"S-1-5-32-554", "RU", "BUILTIN\\Pre-Windows 2000 Compatible Access"},
    {"S-1-5-32-555", "RD", "BUILTIN\\Remote Desktop Users"},
    {"S-1-5-32-556", "NO", "BUILTIN\\Network Configuration Operators"},
    {"S-1-5-32-558", "MU", "BUILTIN\\Performance Monitor Users"},
    {"S-1-5-32-559", "LU", "BUILTIN\\Performance Log Users"},
    {"S-1-5-32-580", "RM", "BUILTIN\\Remote Management Users"},
    {"S-1-5-33", "WR", "NT AUTHORITY\\WRITE RESTRICTED"},
    {"S-1-5-80-0", "", "NT SERVICE\\ALL SERVICES"},
    {trusted_installer, "", "NT SERVICE\\TrustedInstaller"},
    {"S-1-15-2-1", "AC", "APPLICATION PACKAGE AUTHORITY\\ALL APPLICATION PACKAGES"},
    {"S-1-15-2-2", "", "APPLICATION PACKAGE AUTHORITY\\ALL RESTRICTED APPLICATION PACKAGES"},
    {"S-1-16-4096", "LW", "Low integrity"},
    {"S-1-16-8192", "ME", "Medium integrity"},
    {"S-1-16-12288", "HI", "High integrity"},
    {"S-1-16-16384", "SI", "System integrity"},
}};

struct DomainAccount {
  std::string_view last;
  std::string_view alias;
  std::string_view name;
};
constexpr std::array<DomainAccount, 12> domain_accounts = {{
    {"500", "LA", "Administrator"},
    {"501", "LG", "Guest"},
    {"502", "", "krbtgt"},
    {"512", "DA", "Domain Admins"},
    {"513", "DU", "Domain Users"},
    {"514", "DG", "Domain Guests"},
    {"515", "DC", "Domain Computers"},
    {"516", "DD", "Domain Controllers"},
    {"517", "CA", "Cert Publishers"},
    {"518", "SA", "Schema Admins"},
    {"519", "EA", "Enterprise Admins"},
    {"520", "PA", "Group Policy Creator Owners"},
}};

constexpr std::string_view every_capability =
    "S-1-15-3-1024-1065365936-1281604716-3511738428-1654721687-432734479-3232135806-4053264122-"
    "3456934681";

const DomainAccount* domain_account(std::string_view sid) {
  if (!sid.starts_with("S-1-5-21-") || std::ranges::count(sid, '-') != 7) {
    return nullptr;
  }
  const std::string_view last = sid.substr(sid.rfind('-') + 1);
  const auto* const found = std::ranges::find(domain_accounts, last, &DomainAccount::last);
  return found == domain_accounts.end() ? nullptr : found;
}

/// Windows reads an alias of a domain account as the reader's own domain's, so those stay SIDs.
std::string sddl_sid(std::string_view sid) {
  const auto* const found = std::ranges::find(well_known, sid, &WellKnown::sid);
  return std::string(found == well_known.end() || found->alias.empty() ? sid : found->alias);
}

struct NamedBit {
  std::uint32_t bit;
  std::string_view name;
};

std::string ace_flags(std::uint8_t flags) {
  constexpr std::array<NamedBit, 7> names = {{{0x01, "OI"},
                                              {0x02, "CI"},
                                              {0x04, "NP"},
                                              {0x08, "IO"},
                                              {0x10, "ID"},
                                              {0x40, "SA"},
                                              {0x80, "FA"}}};
  std::string out;
  for (const NamedBit& one : names) {
    out += (flags & one.bit) != 0 ? one.name : std::string_view();
  }
  return out;
}

std::string sddl_rights(std::uint32_t mask) {
  // Whole sets first; KEY_READ and KEY_EXECUTE are one number.
  constexpr std::array<NamedBit, 3> sets = {{{0xf003f, "KA"}, {0x20019, "KR"}, {0x20006, "KW"}}};
  for (const NamedBit& set : sets) {
    if (mask == set.bit) {
      return std::string(set.name);
    }
  }
  constexpr std::array<NamedBit, 17> names = {{{0x1, "CC"},
                                               {0x2, "DC"},
                                               {0x4, "LC"},
                                               {0x8, "SW"},
                                               {0x10, "RP"},
                                               {0x20, "WP"},
                                               {0x40, "DT"},
                                               {0x80, "LO"},
                                               {0x100, "CR"},
                                               {0x10000, "SD"},
                                               {0x20000, "RC"},
                                               {0x40000, "WD"},
                                               {0x80000, "WO"},
                                               {0x10000000, "GA"},
                                               {0x20000000, "GX"},
                                               {0x40000000, "GW"},
                                               {0x80000000, "GR"}}};
  std::string out;
  std::uint32_t left = mask;
  for (const NamedBit& one : names) {
    if ((mask & one.bit) != 0) {
      out += one.name;
      left &= ~one.bit;
    }
  }
  return left != 0 ? fmt::format("0x{:x}", mask) : out;
}

constexpr std::uint8_t mandatory_label = 0x11;
constexpr std::uint8_t resource_attribute = 0x12;

/// MS-DTYP 2.4.4.13: what a label keeps subjects of a lower level from.
std::string label_rights(std::uint32_t mask) {
  constexpr std::array<NamedBit, 3> names = {{{0x1, "NW"}, {0x2, "NR"}, {0x4, "NX"}}};
  std::string out;
  for (const NamedBit& one : names) {
    out += (mask & one.bit) != 0 ? one.name : std::string_view();
  }
  return (mask & ~std::uint32_t{7}) != 0 ? fmt::format("0x{:x}", mask) : out;
}

/// Entries that hold more than a mask and a SID, which is not decoded.
bool has_more(std::uint8_t type) {
  return (type >= 0x09 && type <= 0x10) || type == resource_attribute;
}

std::string ace_type(std::uint8_t type) {
  switch (type) {
    case 0x00: return "A";
    case 0x01: return "D";
    case 0x02: return "AU";
    case 0x03: return "AL";
    case 0x05: return "OA";
    case 0x06: return "OD";
    case 0x07: return "OU";
    case 0x09: return "XA";
    case 0x0a: return "XD";
    case 0x0b: return "ZA";
    case 0x0d: return "XU";
    case 0x11: return "ML";
    case 0x12: return "RA";
    case 0x13: return "SP";
    default: return fmt::format("0x{:02x}", type);
  }
}

/// "{A-B}" as "a-b"; "" stays.
std::string sddl_guid(std::string_view guid) {
  std::string out;
  for (const char c : guid) {
    if (c != '{' && c != '}') {
      out.push_back(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
  return out;
}

std::string sddl_list(const std::vector<AccessEntryFact>& entries, std::uint32_t bits) {
  // Bit 0 protected, bit 1 inheritance required, bit 2 inherited.
  std::string out;
  out += (bits & 1) != 0 ? "P" : "";
  out += (bits & 2) != 0 ? "AR" : "";
  out += (bits & 4) != 0 ? "AI" : "";
  for (const AccessEntryFact& entry : entries) {
    const bool is_label = entry.type == mandatory_label;
    out += fmt::format("({};{};{};{};{};{}{})", ace_type(entry.type), ace_flags(entry.flags),
                       is_label ? label_rights(entry.mask) : sddl_rights(entry.mask),
                       sddl_guid(entry.object_type.raw()),
                       sddl_guid(entry.inherited_object_type.raw()), sddl_sid(entry.sid.raw()),
                       has_more(entry.type) ? ";(...)" : "");
  }
  return out;
}

std::uint32_t inheritance_bits(std::uint16_t control, unsigned required, unsigned inherited,
                               unsigned is_protected) {
  return ((control & is_protected) != 0 ? 1U : 0U) | ((control & required) != 0 ? 2U : 0U) |
         ((control & inherited) != 0 ? 4U : 0U);
}

std::vector<AccessEntryFact> entries_of(const std::optional<AccessControlList>& list,
                                        TextPool& pool) {
  std::vector<AccessEntryFact> out;
  if (list) {
    for (const AccessControlEntry& entry : list->entries) {
      out.push_back({.type = entry.type,
                     .flags = entry.flags,
                     .mask = entry.mask,
                     .sid = pool.share(EvidenceText::from_literal(entry.sid)),
                     .object_type = pool.share(EvidenceText::from_literal(entry.object_type)),
                     .inherited_object_type =
                         pool.share(EvidenceText::from_literal(entry.inherited_object_type))});
    }
  }
  return out;
}

}  // namespace

std::string account_name(std::string_view sid) {
  const auto* const found = std::ranges::find(well_known, sid, &WellKnown::sid);
  if (found != well_known.end()) {
    return std::string(found->name);
  }
  if (sid == every_capability) {
    return "every app capability (registryRead)";
  }
  const DomainAccount* const account = domain_account(sid);
  return account == nullptr ? std::string() : std::string(account->name);
}

std::string sddl_text(const KeySecurity& security) {
  std::string out;
  if (!security.owner.empty()) {
    out += "O:" + sddl_sid(security.owner.raw());
  }
  if (!security.group.empty()) {
    out += "G:" + sddl_sid(security.group.raw());
  }
  const bool dacl_is_present = (security.control & SecurityDescriptor::dacl_present) != 0;
  if (security.has_dacl) {
    out +=
        "D:" + sddl_list(security.dacl, inheritance_bits(security.control, 0x0100, 0x0400, 0x1000));
  } else if (dacl_is_present && !security.is_damaged) {
    out += "D:NO_ACCESS_CONTROL";
  }
  if (security.has_sacl) {
    out +=
        "S:" + sddl_list(security.sacl, inheritance_bits(security.control, 0x0200, 0x0800, 0x2000));
  }
  return out;
}

std::uint64_t audited_entries(const KeySecurity& security) {
  // SYSTEM_AUDIT, of objects, with conditions, and both (MS-DTYP 2.4.4.1).
  constexpr std::array<std::uint8_t, 4> audits = {0x02, 0x07, 0x0d, 0x0f};
  return static_cast<std::uint64_t>(
      std::ranges::count_if(security.sacl, [&audits](const AccessEntryFact& entry) {
        return std::ranges::find(audits, entry.type) != audits.end();
      }));
}

std::vector<std::string> write_rights(std::uint32_t mask) {
  constexpr std::uint32_t generic_all = 0x10000000;
  constexpr std::uint32_t generic_write = 0x40000000;
  mask |= (mask & generic_all) != 0 ? 0xf003fU : 0U;
  mask |= (mask & generic_write) != 0 ? 0x20006U : 0U;
  constexpr std::array<NamedBit, 6> names = {{{0x2, "set_value"},
                                              {0x4, "create_subkey"},
                                              {0x20, "create_link"},
                                              {0x10000, "delete"},
                                              {0x40000, "write_dac"},
                                              {0x80000, "write_owner"}}};
  std::vector<std::string> out;
  for (const NamedBit& one : names) {
    if ((mask & one.bit) != 0) {
      out.emplace_back(one.name);
    }
  }
  return out;
}

KeySecurity key_security(const SecurityDescriptor& descriptor, TextPool& pool) {
  return {.control = descriptor.control,
          .owner = pool.share(EvidenceText::from_literal(descriptor.owner)),
          .group = pool.share(EvidenceText::from_literal(descriptor.group)),
          .has_dacl = descriptor.dacl.has_value(),
          .has_sacl = descriptor.sacl.has_value(),
          .dacl = entries_of(descriptor.dacl, pool),
          .sacl = entries_of(descriptor.sacl, pool),
          .is_damaged = !descriptor.damage.empty()};
}

}  // namespace npg
