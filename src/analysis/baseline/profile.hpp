// HostProfile: what of a host a baseline is about, as sorted fields: every registration in every
// control set, the orders, the DLLs' identity, the permissions of the keys, policies and auditing.
// Times and places in files are no part of it, so that two hosts set up alike have the same.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/filetime.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

enum class ProfileKind : std::uint8_t { provider, order, dll, key, policy, audit };
[[nodiscard]] std::string_view name_of(ProfileKind kind);

/// One field of a thing. Text is in the form of profile_cell().
struct ProfileField {
  ProfileKind kind = ProfileKind::provider;
  std::string subject;    ///< "RDPNP", "Order", "C:\Windows\System32\drprov.dll", ...
  bool is_other = false;  ///< of a control set that is not the current one
  std::string field;      ///< "present", a value's name, "sha256", "sddl", ...
  std::string value;
  FileTime since;  ///< when the evidence says it was written; not given when nothing says
  Origin origin;
};

struct HostProfile {
  std::string host;
  std::string machine_guid;  ///< empty when the evidence does not tell; and so the next two
  std::string machine_sid;
  std::string domain;
  std::uint32_t build = 0;
  std::string role;
  std::set<std::string> sections;    ///< "SYSTEM", "SOFTWARE", "SECURITY": what could be seen
  std::vector<ProfileField> fields;  ///< sorted by all but time and origin; each once
};

/// With every content of a path that was collected with several.
[[nodiscard]] HostProfile profile_of(const HostAssessment& assessment, const FactSet& facts);

/// name_key of the registrations that are otherwise in another control set than in the current one.
[[nodiscard]] std::set<std::string> differing_in_other_sets(const HostProfile& profile);

/// The newest logged write of a file; not given when no log tells of one. The registry keeps no
/// time of files.
[[nodiscard]] FileTime file_written(const FactSet& facts, std::string_view windows_path);

/// Text of evidence as one cell of a line: itself where it can be shown, else "hex:" and its bytes.
/// Two texts never give the same.
[[nodiscard]] std::string profile_cell(std::string_view wtf8);

/// A profile as lines of tab-separated cells, and back. Errors: bad_value or truncated with the
/// line's number as offset.
[[nodiscard]] std::string profile_text(const HostProfile& profile);
[[nodiscard]] Result<HostProfile> parse_profile(std::string_view text);

/// The section that tells of a kind of field: what is not in a host's profile was not there only
/// when its section was seen. Empty for DLLs, which are files of their own.
[[nodiscard]] std::string_view section_of(const ProfileField& field);

}  // namespace npg
