// AuditPolicyFact: SECURITY\Policy\PolAdtEv, the audit policy in force.
#include <fmt/format.h>

#include "extract/audit_subcategories.hpp"
#include "extract/registry_parts.hpp"

namespace npg {
namespace {

/// The head of PolAdtEv since Windows Vista. Settings of two bytes follow; at the footer stands,
/// two bytes a category, how many settings each has. Older Windows has another layout.
struct AuditEvents {
  static constexpr StaticText name = "registry.poladtev";
  static constexpr std::size_t size = 12;
  static constexpr Field<std::uint16_t> version{0};
  static constexpr Field<std::uint16_t> categories{4};
  static constexpr Field<std::uint32_t> footer_at{8};
  static constexpr std::uint16_t version_known = 0x0100;
};

/// Windows NT 4 to XP and Server 2003 have no sub-categories: a switch, then four bytes a category
/// and their count (KB 246120).
struct OldAuditEvents {
  static constexpr StaticText name = "registry.poladtev_old";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint8_t> is_on{0};
};

/// False when the value is not of the old layout. A category's setting goes for all that it was
/// divided into later.
bool read_old_settings(Bytes data, std::vector<AuditSetting>& settings) {
  using L = OldAuditEvents;
  const auto head = data.record<L>(0);
  const std::size_t words = data.size() / 4;
  if (!head || data.size() % 4 != 0 || words < 3) {
    return false;
  }
  const auto categories = data.at<std::uint32_t>((words - 1) * 4);
  if ((categories != 7 && categories != 9) || categories != words - 2 ||
      head->get<L::is_on>() > 1) {
    return false;
  }
  for (std::size_t category = 0; category < categories; ++category) {
    const auto setting = data.at<std::uint32_t>(4 + category * 4);
    if (setting > 3) {
      return false;
    }
    const bool is_on = head->get<L::is_on>() == 1;
    for (const auto& sub : audit_category(category)) {
      settings.push_back({sub.name, static_cast<std::uint8_t>(is_on ? setting : 0)});
    }
  }
  return true;
}

/// Says why not when the value is not of the layout since Vista or its counts do not fit into it.
std::string_view read_settings(Bytes data, std::vector<AuditSetting>& settings,
                               std::uint64_t& unknown) {
  using L = AuditEvents;
  const auto head = data.record<L>(0);
  if (!head || head->get<L::version>() != L::version_known) {
    return "is not laid out as Windows has done since Vista; the audit policy is not read.";
  }
  const std::uint16_t categories = head->get<L::categories>();
  const Bytes footer = data.clamp(head->get<L::footer_at>(), std::uint64_t{categories} * 2);
  if (footer.size() != std::size_t{categories} * 2 || head->get<L::footer_at>() < L::size) {
    return "has its footer outside its data; the audit policy is not read.";
  }
  const Bytes words = data.clamp(L::size, head->get<L::footer_at>() - L::size);
  std::uint64_t at = 0;
  for (std::size_t category = 0; category < categories; ++category) {
    const std::uint16_t count = footer.at<std::uint16_t>(category * 2);
    for (std::size_t index = 0; index < count; ++index, at += 2) {
      if (at + 2 > words.size()) {
        return "counts more settings than it holds; the rest is not read.";
      }
      const std::uint16_t setting = words.at<std::uint16_t>(at);
      if (category >= audit_category_count || index >= audit_category(category).size() ||
          setting > 3) {
        ++unknown;
        continue;
      }
      settings.push_back(
          {audit_category(category)[index].name, static_cast<std::uint8_t>(setting)});
    }
  }
  return {};
}

}  // namespace

void extract_audit_policy(const RegistryReading& reading, KeyId policy) {
  const auto id = find_subkey(reading.view, policy, "PolAdtEv");
  if (!id) {
    return;
  }
  const auto value = find_value(reading.view, *id, "");
  if (!value) {
    return;
  }
  AuditPolicyFact fact;
  RegistryValue as_binary = *value;
  as_binary.type = reg::binary;
  fact.raw = reading.pool.share(value_text(as_binary));
  fact.origin = value->origin;
  if (const auto key = reading.view.key(*id)) {
    fact.last_written = key->last_written;
  }
  std::uint64_t unknown = 0;
  const std::string_view trouble =
      read_old_settings(Bytes(value->data, value->origin.offset), fact.settings)
          ? std::string_view()
          : read_settings(Bytes(value->data, value->origin.offset), fact.settings, unknown);
  if (!trouble.empty()) {
    report_odd(reading, *value, fmt::format("of PolAdtEv {}", trouble));
  }
  if (unknown != 0) {
    report_odd(reading, *value,
               fmt::format("of PolAdtEv has {} settings that are not known.", unknown));
  }
  reading.facts.audit_policies.push_back(std::move(fact));
}

}  // namespace npg
