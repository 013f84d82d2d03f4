// Baseline: what hosts of one Windows build, role and tag have, how many of them and since when. A
// value counts as known when enough hosts have had it for long enough; the others stand in the
// file, too, and are not known.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "analysis/baseline/profile.hpp"
#include "base/error.hpp"
#include "base/filetime.hpp"

namespace npg {

struct GroupKey {
  std::uint32_t build = 0;
  std::string role;
  std::string tag;  ///< empty: none
  auto operator<=>(const GroupKey&) const = default;
};

/// A field of a thing, as things and fields are told apart.
struct FieldKey {
  ProfileKind kind = ProfileKind::provider;
  std::string subject;  ///< name_key of it
  bool is_other = false;
  std::string field;  ///< name_key of it
  auto operator<=>(const FieldKey&) const = default;
};
[[nodiscard]] FieldKey key_of(const ProfileField& field);

struct KnownValue {
  std::uint64_t hosts = 0;
  FileTime first;  ///< the earliest that any of them had it; not given when nothing says
  /// Nothing says since when hosts have it: `first` is when the baseline first had it.
  bool is_since_baseline = false;
};

struct BaselineField {
  std::string subject;  ///< as first met, for showing
  std::string field;
  std::map<std::string, KnownValue> values;
};

/// From when on a value is known.
struct BaselineMinimum {
  FileTime as_of;  ///< ages are counted up to here
  std::uint64_t hosts = 3;
  std::uint64_t age_days = 7;
  bool operator==(const BaselineMinimum&) const = default;
};

struct BaselineGroup {
  std::uint64_t hosts = 0;
  /// Of a group that another build of the baseline made; nothing: the baseline's own.
  std::optional<BaselineMinimum> minimum;
  std::map<std::string, std::uint64_t> sections;  ///< hosts that had it to see
  std::map<FieldKey, BaselineField> fields;
};

/// What of a host a group has counted.
struct CountedHost {
  bool is_counted = false;
  std::set<std::string> sections;
  /// Sorted; they stay where they are while the baseline is not copied.
  std::vector<const KnownValue*> values;
};

struct BaselineSettings {
  std::string name;
  FileTime as_of;  ///< ages are counted up to here
  std::uint64_t minimum_hosts = 3;
  std::uint64_t minimum_age_days = 7;
};

struct Baseline {
  BaselineSettings settings;
  std::map<GroupKey, BaselineGroup> groups;

  /// Counts one host in, but for what `counted` says that its group has of it already, which is
  /// told of what is new. Counting it by CountedHosts is how a host that comes again is known.
  void add(const HostProfile& profile, std::string_view tag, CountedHost& counted);
  /// A host that has not been counted.
  void add(const HostProfile& profile, std::string_view tag);
  /// Dates what nothing dates: as the baseline before, which may be null, has it, else as now.
  void date_the_undated(const Baseline* before, FileTime now);
  /// What holds for a group's values.
  [[nodiscard]] BaselineMinimum minimum_of(const BaselineGroup& group) const;
  [[nodiscard]] bool is_known(const KnownValue& value, const BaselineGroup& group) const;
};

/// Sorted lines without the signature, and back. docs/baselines.md has the form. Errors name the
/// line as their offset.
[[nodiscard]] std::string baseline_text(const Baseline& baseline);
[[nodiscard]] Result<Baseline> parse_baseline(std::string_view text);

enum class DriftKind : std::uint8_t { added, removed, changed };
[[nodiscard]] std::string_view name_of(DriftKind kind);

/// One difference between a host and its group.
struct Drift {
  DriftKind drift = DriftKind::changed;
  ProfileKind kind = ProfileKind::provider;
  std::string subject;
  bool is_other = false;
  std::string field;                ///< "present" when it is the thing itself
  std::vector<std::string> before;  ///< known values; empty when there is none
  std::vector<std::string> after;   ///< what the host has
  FileTime since;                   ///< the newest write of what the host has; not given when none
  std::uint64_t rare_on = 0;        ///< hosts of the baseline that have it without its being known
  std::vector<Origin> evidence;
};

struct DriftReport {
  bool has_group = false;
  std::uint64_t group_hosts = 0;
  std::vector<Drift> drifts;  ///< sorted
  std::vector<std::string>
      not_seen;  ///< sections that the baseline has and the host's evidence does not
  /// DLLs that the baseline knows and a registration of the host names, and the evidence has not.
  std::vector<std::string> dlls_not_seen;
  /// Sections that the host's evidence has and the baseline's had not.
  std::vector<std::string> baseline_lacks;
  /// DLLs of the host that a registration of the baseline names, and its evidence had not.
  std::vector<std::string> baseline_lacks_dlls;
  std::uint64_t not_compared = 0;  ///< fields of the baseline that this left open
};

[[nodiscard]] DriftReport compare(const HostProfile& profile, const Baseline& baseline,
                                  std::string_view tag);

}  // namespace npg
