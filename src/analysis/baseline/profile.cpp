#include "analysis/baseline/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"
#include "fact/control_sets.hpp"
#include "fact/security_text.hpp"

namespace npg {
namespace {

constexpr std::uint32_t volatile_flag = 0x1;
constexpr std::uint32_t link_flag = 0x10;

/// Puts fields into one order and drops those that are there twice. What they are compared by is
/// made once a field: names are compared as Windows does.
void put_in_order(std::vector<ProfileField>& fields) {
  using Identity = std::tuple<ProfileKind, std::string, bool, std::string, std::string_view>;
  std::vector<std::pair<Identity, std::size_t>> order;
  order.reserve(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const ProfileField& field = fields[i];
    order.emplace_back(Identity(field.kind, name_key(field.subject), field.is_other,
                                name_key(field.field), field.value),
                       i);
  }
  std::ranges::sort(order);
  std::vector<ProfileField> sorted;
  sorted.reserve(fields.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || order[i].first != order[i - 1].first) {
      sorted.push_back(fields[order[i].second]);
    }
  }
  fields = std::move(sorted);
}

std::string typed(std::uint32_t type, const SharedText& text) {
  return profile_cell(fmt::format("{}:{}", registry_type_name(type), text.raw()));
}

/// Windows looks for a file whatever capitals its path is written in.
std::string place(std::string_view path) {
  return profile_cell(name_key(path));
}

/// The host's own SIDs differ on every host and mean the same.
std::string without_machine(std::string text, std::string_view machine_sid) {
  for (std::size_t at = 0;
       !machine_sid.empty() && (at = text.find(machine_sid, at)) != std::string::npos;) {
    text.replace(at, machine_sid.size(), "<machine>");
  }
  return text;
}

class Collecting {
 public:
  Collecting(const FactSet& facts, HostProfile& profile) : facts_(facts), profile_(profile) {
    for (const HostIdentityFact& one : facts.identities) {
      if (one.moment == HiveMoment::current && !one.machine_sid.empty()) {
        machine_sid_ = one.machine_sid.raw();
      }
    }
  }

  /// Where the paths of the registrations lead on this host.
  void collect_paths(const HostAssessment& assessment) {
    for (const Provider& provider : assessment.providers) {
      if (is_gone(provider)) {
        continue;
      }
      for (const ProviderDll& dll : provider.dlls) {
        if (dll.path.raw.empty()) {
          continue;
        }
        add({.kind = ProfileKind::provider,
             .subject = std::string(provider.name.raw()),
             .field = dll.is_authent ? "AuthentProviderPath leads to" : "ProviderPath leads to",
             .value = dll.path.resolved.empty() ? "(not known)" : place(dll.path.resolved),
             .since = provider.last_written,
             .origin = provider.evidence.empty() ? Origin{} : provider.evidence.front()});
      }
    }
  }

  void collect(const std::vector<ImageFact>& other_contents) {
    sections();
    for (const RegistrationFact& fact : facts_.registrations) {
      if (fact.moment == HiveMoment::current && fact.copy == 0) {
        registration(fact);
      }
    }
    for (const ProviderOrderFact& fact : facts_.orders) {
      if (fact.moment == HiveMoment::current && fact.copy == 0) {
        add({.kind = ProfileKind::order,
             .subject = fact.is_hw_order ? "HwOrder" : "Order",
             .is_other = !fact.control_set_is_current,
             .field = "ProviderOrder",
             .value = typed(fact.type, fact.raw),
             .since = fact.last_written,
             .origin = fact.origin});
      }
    }
    for (const ImageFact& fact : facts_.images) {
      image(fact);
    }
    for (const ImageFact& fact : other_contents) {
      image(fact);
    }
    for (const SelectFact& fact : facts_.selects) {
      select(fact);
    }
    system_root();
    environment();
    for (const RegistryKeyFact& fact : facts_.keys) {
      key(fact);
    }
    for (const PolicyFact& fact : facts_.policies) {
      policy(fact);
    }
    for (const AuditPolicyFact& fact : facts_.audit_policies) {
      for (const AuditSetting& setting : fact.settings) {
        constexpr std::array<std::string_view, 4> words = {"none", "success", "failure",
                                                           "success and failure"};
        add({.kind = ProfileKind::audit,
             .subject = "audit policy",
             .field = std::string(setting.subcategory),
             .value = setting.value < words.size() ? std::string(words[setting.value])
                                                   : fmt::format("{}", setting.value),
             .since = fact.last_written,
             .origin = fact.origin});
      }
    }
    put_in_order(profile_.fields);
  }

 private:
  void add(ProfileField field) {
    field.subject = profile_cell(field.subject);
    field.field = profile_cell(field.field);
    profile_.fields.push_back(std::move(field));
  }

  void sections() {
    for (const HostIdentityFact& one : facts_.identities) {
      if (one.moment != HiveMoment::current) {
        continue;
      }
      if (!one.computer_name.empty() || !one.product_type.empty() || one.newest_write.given()) {
        profile_.sections.insert("SYSTEM");
      }
      if (!one.product_name.empty() || one.build != 0 || !one.edition.empty()) {
        profile_.sections.insert("SOFTWARE");
      }
    }
    if (!facts_.registrations.empty() || !facts_.orders.empty()) {
      profile_.sections.insert("SYSTEM");
    }
    if (!facts_.audit_policies.empty()) {
      profile_.sections.insert("SECURITY");
    }
  }

  void registration(const RegistrationFact& fact) {
    const auto field = [&](std::string name, std::string value, const Origin& origin) {
      add({.kind = ProfileKind::provider,
           .subject = std::string(fact.name.raw()),
           .is_other = !fact.control_set_is_current,
           .field = std::move(name),
           .value = std::move(value),
           .since = fact.last_written,
           .origin = origin});
    };
    field("present", "yes", fact.origin);
    for (const RegistryValueFact& value : fact.values) {
      field(std::string(value.name.raw()), typed(value.type, value.text), value.origin);
    }
    for (const RegistryValueFact& value : fact.service_values) {
      field(fmt::format("service {}", value.name.raw()), typed(value.type, value.text),
            value.origin);
    }
    if (!fact.link_target.empty()) {
      field("link", profile_cell(fact.link_target.raw()), fact.origin);
    }
  }

  void setting(std::string_view key, std::string_view name, std::string value, const Origin& origin,
               FileTime since, bool is_other = false) {
    add({.kind = ProfileKind::policy,
         .subject = std::string(key),
         .is_other = is_other,
         .field = std::string(name),
         .value = std::move(value),
         .since = since,
         .origin = origin});
  }

  /// What has no time of its own is as old as the newest registration, so that it is not taken for
  /// older than it can be.
  [[nodiscard]] FileTime newest_registration() const {
    FileTime newest;
    for (const RegistrationFact& one : facts_.registrations) {
      newest = std::max(newest, one.moment == HiveMoment::current ? one.last_written : FileTime{});
    }
    return newest;
  }

  void select(const SelectFact& fact) {
    const std::pair<std::string_view, std::optional<std::uint64_t>> numbers[] = {
        {"Current", fact.current},
        {"Default", fact.default_set},
        {"Failed", fact.failed},
        {"LastKnownGood", fact.last_known_good}};
    for (const auto& [name, number] : numbers) {
      if (number) {
        setting("Select", name, fmt::format("{}", *number), fact.origin, fact.last_written);
      }
    }
  }

  void system_root() {
    for (const HostIdentityFact& one : facts_.identities) {
      if (one.moment == HiveMoment::current && !one.system_root.empty()) {
        setting("Microsoft\\Windows NT\\CurrentVersion", "SystemRoot", place(one.system_root.raw()),
                one.origin, newest_registration());
      }
    }
  }

  /// The variables that stored paths may use; what else is in the environment differs everywhere.
  void environment() {
    for (const EnvironmentVariableFact& fact : facts_.environment) {
      const std::string variable = "%" + std::string(fact.name.raw()) + "%";
      const bool is_used =
          std::ranges::any_of(facts_.registrations, [&](const RegistrationFact& registration) {
            return contains_name(registration.provider_path.raw(), variable) ||
                   contains_name(registration.authent_provider_path.raw(), variable);
          });
      if (is_used || equal_names(fact.name.raw(), "windir")) {
        const bool is_of_software = fact.control_set == 0;
        const bool is_other =
            !is_of_software &&
            !other_control_set(fmt::format("ControlSet{:03}", fact.control_set), facts_).empty();
        setting(is_of_software ? "Microsoft\\Windows\\CurrentVersion"
                               : "Control\\Session Manager\\Environment",
                fact.name.raw(), place(fact.text.raw()), fact.origin, newest_registration(),
                is_other);
      }
    }
  }

  void image(const ImageFact& fact) {
    const FileTime since = file_written(facts_, fact.windows_path.raw());
    const auto field = [&](std::string name, std::string value) {
      add({.kind = ProfileKind::dll,
           .subject = std::string(fact.windows_path.raw()),
           .field = std::move(name),
           .value = std::move(value),
           .since = since,
           .origin = fact.origin});
    };
    field("present", "yes");
    if (!fact.sha256.empty()) {
      field("sha256", fact.sha256);
    }
    // A signer that does not hold is a claim and nobody's identity.
    if (fact.signature.status == SignatureStatus::trusted) {
      field("signer", profile_cell(fact.signature.subject.raw()));
    } else {
      field("signer", fmt::format("({})", name_of(fact.signature.status)));
    }
    if (fact.has_version) {
      field("version", profile_cell(fact.file_version.raw()));
    }
  }

  void key(const RegistryKeyFact& fact) {
    std::string path(fact.key.raw());
    if (fact.control_set != 0) {
      path.erase(0, std::min(path.find('\\') + 1, path.size()));
    }
    const auto field = [&](std::string name, std::string value) {
      add({.kind = ProfileKind::key,
           .subject = path,
           .is_other = fact.control_set != 0 && !fact.control_set_is_current,
           .field = std::move(name),
           .value = std::move(value),
           .since = fact.last_written,
           .origin = fact.origin});
    };
    field("present", "yes");
    field("sddl", fact.security
                      ? profile_cell(without_machine(sddl_text(*fact.security), machine_sid_))
                      : "(not readable)");
    if (!fact.class_name.empty()) {
      field("class_name", profile_cell(fact.class_name.raw()));
    }
    if ((fact.flags & (volatile_flag | link_flag)) != 0) {
      field("flags", fmt::format("0x{:x}", fact.flags & (volatile_flag | link_flag)));
    }
    if (!fact.link_target.empty()) {
      field("link", profile_cell(fact.link_target.raw()));
    }
  }

  void policy(const PolicyFact& fact) {
    std::string path(fact.key.raw());
    const bool is_other = !other_control_set(path, facts_).empty();
    const bool is_of_control_set = contains_name(path.substr(0, path.find('\\')), "ControlSet");
    if (is_of_control_set) {
      path.erase(0, std::min(path.find('\\') + 1, path.size()));
    }
    add({.kind = ProfileKind::policy,
         .subject = path,
         .is_other = is_other,
         .field = fact.value_name.empty() ? "(default)" : std::string(fact.value_name.raw()),
         .value = typed(fact.type, fact.text),
         .since = fact.last_written,
         .origin = fact.origin});
  }

  const FactSet& facts_;
  HostProfile& profile_;
  std::string machine_sid_;
};

}  // namespace

std::string_view name_of(ProfileKind kind) {
  switch (kind) {
    case ProfileKind::provider: return "provider";
    case ProfileKind::order: return "order";
    case ProfileKind::dll: return "dll";
    case ProfileKind::key: return "key";
    case ProfileKind::policy: return "policy";
    case ProfileKind::audit: return "audit";
  }
  NPG_CHECK(false);
}

FileTime file_written(const FactSet& facts, std::string_view windows_path) {
  FileTime newest;
  for (const FileChangeFact& change : facts.file_changes) {
    if (!change.deleted && equal_names(change.path.raw(), windows_path)) {
      newest = std::max(newest, change.time);
    }
  }
  return newest;
}

HostProfile profile_of(const HostAssessment& assessment, const FactSet& facts) {
  HostProfile profile{.host = profile_cell(assessment.host.name.raw()),
                      .machine_guid = profile_cell(assessment.host.machine_guid.raw()),
                      .machine_sid = profile_cell(assessment.host.machine_sid.raw()),
                      .domain = profile_cell(assessment.host.domain.raw()),
                      .build = assessment.host.build,
                      .role = assessment.host.role};
  Collecting collecting(facts, profile);
  collecting.collect_paths(assessment);
  collecting.collect(assessment.other_contents);
  return profile;
}

std::set<std::string> differing_in_other_sets(const HostProfile& profile) {
  const auto identity = [](const ProfileField& field) {
    return std::tuple(name_key(field.subject), name_key(field.field), field.value);
  };
  std::set<std::tuple<std::string, std::string, std::string>> current;
  for (const ProfileField& field : profile.fields) {
    if (field.kind == ProfileKind::provider && !field.is_other) {
      current.insert(identity(field));
    }
  }
  std::set<std::string> names;
  for (const ProfileField& field : profile.fields) {
    if (field.kind == ProfileKind::provider && field.is_other &&
        !current.contains(identity(field))) {
      names.insert(name_key(field.subject));
    }
  }
  return names;
}

std::string_view section_of(const ProfileField& field) {
  switch (field.kind) {
    case ProfileKind::provider:
    case ProfileKind::order: return "SYSTEM";
    case ProfileKind::dll: return "";
    case ProfileKind::audit: return "SECURITY";
    case ProfileKind::key:
    case ProfileKind::policy:
      for (const std::string_view start :
           {"Services\\", "Control\\", "Services", "Control", "Select"}) {
        if (equal_names(std::string_view(field.subject).substr(0, start.size()), start)) {
          return "SYSTEM";
        }
      }
      return "SOFTWARE";
  }
  NPG_CHECK(false);
}

}  // namespace npg
