#include "analysis/baseline/baseline.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include "analysis/baseline/versions.hpp"
#include "base/check.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

class Comparing {
 public:
  Comparing(const HostProfile& profile, const Baseline& baseline, const BaselineGroup& group)
      : profile_(profile), baseline_(baseline), group_(group) {
    for (const ProfileField& field : profile.fields) {
      of_host_[key_of(field)].push_back(&field);
    }
  }

  void run(DriftReport& report) {
    report.has_group = true;
    report.group_hosts = group_.hosts;
    report_ = &report;
    for (const auto& [key, fields] : of_host_) {
      compare_field(key, fields);
    }
    for (const auto& [key, field] : group_.fields) {
      if (!of_host_.contains(key)) {
        compare_absent(key, field);
      }
    }
    for (const auto& [section, hosts] : group_.sections) {
      if (!profile_.sections.contains(section)) {
        report.not_seen.push_back(section);
      }
    }
    for (const std::string& section : profile_.sections) {
      if (!group_.sections.contains(section)) {
        report.baseline_lacks.push_back(section);
      }
    }
    const std::vector<Drift> all = report.drifts;
    std::erase_if(report.drifts, [&](const Drift& drift) {
      return follows_from_path(drift, report) || is_of_removed_registration(drift, all);
    });
    std::ranges::sort(report.drifts, {}, [](const Drift& drift) {
      return std::tuple(drift.kind, name_key(drift.subject), drift.is_other, name_key(drift.field));
    });
  }

 private:
  /// Where another path leads needs no saying; that the same one leads elsewhere does.
  [[nodiscard]] static bool follows_from_path(const Drift& drift, const DriftReport& report) {
    constexpr std::string_view leads_to = " leads to";
    if (!drift.field.ends_with(leads_to)) {
      return false;
    }
    const std::string_view path =
        std::string_view(drift.field).substr(0, drift.field.size() - leads_to.size());
    return std::ranges::any_of(report.drifts, [&](const Drift& other) {
      return other.kind == drift.kind && !other.is_other &&
             equal_names(other.subject, drift.subject) && equal_names(other.field, path);
    });
  }

  /// Of a service's key the facts tell only while it has a NetworkProvider key: which of the two is
  /// gone is known of the latter alone.
  [[nodiscard]] static bool is_of_removed_registration(const Drift& drift,
                                                       const std::vector<Drift>& all) {
    return drift.kind == ProfileKind::key && drift.drift == DriftKind::removed &&
           drift.field == "present" && std::ranges::any_of(all, [&](const Drift& other) {
             return other.kind == drift.kind && other.drift == drift.drift &&
                    other.is_other == drift.is_other && other.field == drift.field &&
                    equal_names(other.subject, drift.subject + "\\NetworkProvider");
           });
  }

  [[nodiscard]] const BaselineField* in_group(const FieldKey& key) const {
    const auto found = group_.fields.find(key);
    return found == group_.fields.end() ? nullptr : &found->second;
  }
  [[nodiscard]] FieldKey presence(FieldKey key) const {
    key.field = name_key(key.kind == ProfileKind::order ? "ProviderOrder" : "present");
    return key;
  }
  /// Policies and auditing have values only; the others are things that are there or not.
  [[nodiscard]] static bool is_thing(ProfileKind kind) {
    return kind == ProfileKind::provider || kind == ProfileKind::dll || kind == ProfileKind::key;
  }
  [[nodiscard]] bool knows(const FieldKey& key) const {
    const BaselineField* field = in_group(key);
    return field != nullptr && std::ranges::any_of(field->values, [this](const auto& value) {
             return baseline_.is_known(value.second, group_);
           });
  }
  [[nodiscard]] std::vector<std::string> known_values(const BaselineField* field) const {
    std::vector<std::string> known;
    for (const auto& [value, counts] :
         field == nullptr ? std::map<std::string, KnownValue>() : field->values) {
      if (baseline_.is_known(counts, group_)) {
        known.push_back(value);
      }
    }
    return known;
  }
  /// A DLL whose content is known needs no further comparison; of another one signer and version
  /// tell what it is.
  [[nodiscard]] bool has_known_content(const FieldKey& key) const {
    FieldKey hash = key;
    hash.field = name_key("sha256");
    const auto host = of_host_.find(hash);
    const BaselineField* group = in_group(hash);
    return host != of_host_.end() && group != nullptr &&
           std::ranges::all_of(host->second, [&](const ProfileField* field) {
             const auto value = group->values.find(field->value);
             return value != group->values.end() && baseline_.is_known(value->second, group_);
           });
  }
  [[nodiscard]] bool is_in_version_range(const std::string& value,
                                         const std::vector<std::string>& known) const {
    const auto numbers = [](const std::string& text) { return version_numbers(text); };
    const auto wanted = version_numbers(value);
    if (wanted.empty() || known.empty()) {
      return false;
    }
    const auto [low, high] = std::ranges::minmax_element(known, {}, numbers);
    return version_numbers(*low) <= wanted && wanted <= version_numbers(*high);
  }

  [[nodiscard]] static bool is_setting_of_another_set(const FieldKey& key) {
    return key.is_other && key.kind == ProfileKind::policy;
  }

  void compare_field(const FieldKey& key, const std::vector<const ProfileField*>& fields) {
    const bool is_present = key == presence(key);
    if (is_thing(key.kind) && !is_present && !knows(presence(key))) {
      return;  // The thing itself is new, and said so.
    }
    if (key.kind == ProfileKind::dll && !is_present && has_known_content(key)) {
      return;
    }
    if (baseline_lacks(key, *fields.front())) {
      ++report_->not_compared;
      return;
    }
    const BaselineField* group = in_group(key);
    if (group == nullptr && is_setting_of_another_set(key)) {
      // Where no host of the baseline has another control set: what is known of the current one.
      FieldKey current = key;
      current.is_other = false;
      group = in_group(current);
    }
    const std::vector<std::string> known = known_values(group);
    Drift drift{.kind = key.kind,
                .subject = fields.front()->subject,
                .is_other = key.is_other,
                .field = fields.front()->field,
                .before = known};
    for (const ProfileField* field : fields) {
      const bool fits_range = key.kind == ProfileKind::dll && key.field == name_key("version") &&
                              is_in_version_range(field->value, known);
      if (fits_range || std::ranges::binary_search(known, field->value)) {
        continue;
      }
      drift.after.push_back(field->value);
      drift.evidence.push_back(field->origin);
      drift.since = std::max(drift.since, field->since);
      const auto rare = group == nullptr ? std::map<std::string, KnownValue>::const_iterator()
                                         : group->values.find(field->value);
      drift.rare_on += group != nullptr && rare != group->values.end() ? rare->second.hosts : 0;
    }
    if (!drift.after.empty()) {
      drift.drift = known.empty() ? DriftKind::added : DriftKind::changed;
      report_->drifts.push_back(std::move(drift));
    }
  }

  /// What the baseline's own evidence lacked was not added by anybody.
  [[nodiscard]] bool baseline_lacks(const FieldKey& key, const ProfileField& field) {
    if (key.kind == ProfileKind::dll) {
      const bool lacks =
          in_group(presence(key)) == nullptr && (!has_dlls() || leads_to(field.subject));
      if (lacks && key == presence(key)) {
        report_->baseline_lacks_dlls.push_back(field.subject);
      }
      return lacks;
    }
    const std::string section(section_of(field));
    return !section.empty() && !group_.sections.contains(section);
  }
  [[nodiscard]] bool has_dlls() const {
    return std::ranges::any_of(
        group_.fields, [](const auto& field) { return field.first.kind == ProfileKind::dll; });
  }
  /// Whether a registration that the group knows leads to the file.
  [[nodiscard]] bool leads_to(const std::string& path) const {
    return std::ranges::any_of(group_.fields, [&](const auto& field) {
      return field.first.kind == ProfileKind::provider &&
             field.second.field.ends_with("Path leads to") &&
             std::ranges::any_of(field.second.values, [&](const auto& value) {
               return equal_names(value.first, path) && baseline_.is_known(value.second, group_);
             });
    });
  }

  void compare_absent(const FieldKey& key, const BaselineField& field) {
    const bool is_present = key == presence(key);
    const ProfileField shape{.kind = key.kind, .subject = field.subject};
    const std::string_view section = section_of(shape);
    const bool is_seen = section.empty() ? false : profile_.sections.contains(std::string(section));
    const bool thing_is_here =
        is_thing(key.kind) && !is_present && of_host_.contains(presence(key));
    if (!is_seen && !thing_is_here) {
      if (key.kind == ProfileKind::dll) {
        note_missing_dll(key, field);
        return;
      }
      ++report_->not_compared;
      return;
    }
    if (is_thing(key.kind) && !is_present && !thing_is_here) {
      return;  // The thing itself is not there, and said so.
    }
    if (key.kind == ProfileKind::dll) {
      return;  // What could not be read of a file is not a change of it.
    }
    if (is_setting_of_another_set(key) && !has_another_set()) {
      return;  // Of a control set that is not there nothing is missed.
    }
    // Only what every host of the group has is missed.
    std::uint64_t with_field = 0;
    for (const auto& [value, counts] : field.values) {
      with_field += counts.hosts;
    }
    std::uint64_t could_have = group_.hosts;
    if (const auto seen = group_.sections.find(std::string(section));
        seen != group_.sections.end()) {
      could_have = seen->second;
    }
    if (thing_is_here) {
      const BaselineField* thing = in_group(presence(key));
      could_have = 0;
      for (const auto& [value, counts] :
           thing == nullptr ? std::map<std::string, KnownValue>() : thing->values) {
        could_have += counts.hosts;
      }
    }
    std::vector<std::string> known = known_values(&field);
    if (with_field < could_have || known.empty()) {
      return;
    }
    report_->drifts.push_back({.drift = DriftKind::removed,
                               .kind = key.kind,
                               .subject = field.subject,
                               .is_other = key.is_other,
                               .field = field.field,
                               .before = std::move(known),
                               .evidence = evidence_of_thing(key)});
  }

  [[nodiscard]] bool has_another_set() const {
    return std::ranges::any_of(profile_.fields, &ProfileField::is_other);
  }

  /// A DLL that nothing names any more is no gap: that its registration is gone is said.
  void note_missing_dll(const FieldKey& key, const BaselineField& field) {
    const bool is_named = std::ranges::any_of(profile_.fields, [&](const ProfileField& one) {
      return one.kind == ProfileKind::provider && one.field.ends_with("Path leads to") &&
             equal_names(one.value, field.subject);
    });
    if (is_named && knows(presence(key))) {
      ++report_->not_compared;
      if (key == presence(key)) {
        report_->dlls_not_seen.push_back(field.subject);
      }
    }
  }

  [[nodiscard]] std::vector<Origin> evidence_of_thing(const FieldKey& key) const {
    const auto thing = of_host_.find(presence(key));
    return thing == of_host_.end() ? std::vector<Origin>()
                                   : std::vector<Origin>{thing->second.front()->origin};
  }

  const HostProfile& profile_;
  const Baseline& baseline_;
  const BaselineGroup& group_;
  std::map<FieldKey, std::vector<const ProfileField*>> of_host_;
  DriftReport* report_ = nullptr;
};

}  // namespace

FieldKey key_of(const ProfileField& field) {
  return {.kind = field.kind,
          .subject = name_key(field.subject),
          .is_other = field.is_other,
          .field = name_key(field.field)};
}

std::string_view name_of(DriftKind kind) {
  switch (kind) {
    case DriftKind::added: return "added";
    case DriftKind::removed: return "removed";
    case DriftKind::changed: return "changed";
  }
  NPG_CHECK(false);
}

void Baseline::add(const HostProfile& profile, std::string_view tag, CountedHost& counted) {
  BaselineGroup& group =
      groups[{.build = profile.build, .role = profile.role, .tag = std::string(tag)}];
  group.hosts += std::exchange(counted.is_counted, true) ? 0U : 1U;
  for (const std::string& section : profile.sections) {
    group.sections[section] += counted.sections.insert(section).second ? 1U : 0U;
  }
  std::vector<KnownValue*> of_profile;
  for (const ProfileField& field : profile.fields) {
    BaselineField& known =
        group.fields.try_emplace(key_of(field), BaselineField{field.subject, field.field, {}})
            .first->second;
    // Hosts may write one name with other capitals; the first by alphabet is shown.
    known.subject = std::min(known.subject, field.subject);
    known.field = std::min(known.field, field.field);
    KnownValue& value = known.values[field.value];
    of_profile.push_back(&value);
    if (field.since.given() && (!value.first.given() || field.since < value.first)) {
      value.first = field.since;
    }
  }
  // A profile of somebody else's case may tell one thing twice.
  std::ranges::sort(of_profile, std::less());
  const auto again = std::ranges::unique(of_profile);
  of_profile.erase(again.begin(), again.end());
  std::erase_if(of_profile, [&](const KnownValue* value) {
    return std::ranges::binary_search(counted.values, value, std::less());
  });
  for (KnownValue* value : of_profile) {
    ++value->hosts;
  }
  counted.values.insert(counted.values.end(), of_profile.begin(), of_profile.end());
  std::ranges::sort(counted.values, std::less());
}

void Baseline::add(const HostProfile& profile, std::string_view tag) {
  CountedHost not_yet;
  add(profile, tag, not_yet);
}

void Baseline::date_the_undated(const Baseline* before, FileTime now) {
  const auto known_before = [&](const GroupKey& group, const FieldKey& field,
                                const std::string& value) -> const KnownValue* {
    if (before == nullptr || !before->groups.contains(group)) {
      return nullptr;
    }
    const auto& fields = before->groups.at(group).fields;
    const auto there = fields.find(field);
    if (there == fields.end() || !there->second.values.contains(value)) {
      return nullptr;
    }
    return &there->second.values.at(value);
  };
  for (auto& [which, group] : groups) {
    for (auto& [key, field] : group.fields) {
      for (auto& [text, value] : field.values) {
        if (key.kind != ProfileKind::dll || (value.first.given() && !value.is_since_baseline)) {
          continue;
        }
        const KnownValue* earlier = known_before(which, key, text);
        value.is_since_baseline = true;
        value.first = earlier != nullptr && earlier->first.given() ? earlier->first : now;
      }
    }
  }
}

BaselineMinimum Baseline::minimum_of(const BaselineGroup& group) const {
  return group.minimum.value_or(BaselineMinimum{.as_of = settings.as_of,
                                                .hosts = settings.minimum_hosts,
                                                .age_days = settings.minimum_age_days});
}

bool Baseline::is_known(const KnownValue& value, const BaselineGroup& group) const {
  const BaselineMinimum minimum = minimum_of(group);
  if (value.hosts < minimum.hosts) {
    return false;
  }
  if (minimum.age_days == 0) {
    return true;
  }
  return value.first.given() && value.first <= minimum.as_of &&
         (minimum.as_of.ticks - value.first.ticks) / FileTime::per_day >= minimum.age_days;
}

DriftReport compare(const HostProfile& profile, const Baseline& baseline, std::string_view tag) {
  DriftReport report;
  const auto group =
      baseline.groups.find({.build = profile.build, .role = profile.role, .tag = std::string(tag)});
  if (group != baseline.groups.end()) {
    Comparing(profile, baseline, group->second).run(report);
  }
  return report;
}

}  // namespace npg
