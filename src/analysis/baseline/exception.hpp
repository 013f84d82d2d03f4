// Exceptions: an owned, evidenced, expiring approval of one provider. One hides findings and calls
// the provider approved only while everything that it rests on is seen to hold. docs/exceptions.md.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/baseline/baseline.hpp"
#include "base/filetime.hpp"
#include "fact/assessment.hpp"

namespace npg {

struct ChangeWindow {
  FileTime from;
  FileTime to;
};
struct ChangeEvidence {
  std::string kind;  ///< "ticket", "document" or "other"
  std::string reference;
  std::optional<ChangeWindow> window;
};

struct ExceptionScope {
  std::vector<std::string> hosts;  ///< names; a * at the end stands for any rest
  std::vector<std::string> tags;
  std::vector<std::string> roles;
};

/// What is approved. An empty field asks nothing.
struct ExceptionSelector {
  std::string provider;
  std::string path;               ///< as resolved, "C:\Windows\System32\x.dll"
  std::string signer;             ///< the whole subject
  std::string signer_thumbprint;  ///< SHA-1 of the certificate, or its SHA-256
  std::string version_from;
  std::string version_to;
  std::string sha256;
};

/// The registration that was approved, as its values stand there; a field that is not given asks
/// nothing, and "none" means that there must be no such value.
struct ApprovedRegistration {
  std::string provider_class;  ///< decimal
  std::string provider_path;
  std::string authent_provider_path;
  [[nodiscard]] bool is_given() const {
    return !provider_class.empty() || !provider_path.empty() || !authent_provider_path.empty();
  }
};

/// From the weakest to the strongest.
enum class SelectorStrength : std::uint8_t {
  none,
  name,
  path,
  path_signer,
  path_signer_version,
  hash
};
[[nodiscard]] std::string_view name_of(SelectorStrength strength);
[[nodiscard]] SelectorStrength strength_of(const ExceptionSelector& selector);

struct ExceptionRule {
  std::string id;
  std::string title;
  std::string reason;
  std::vector<ChangeEvidence> evidence;
  std::string owner;
  std::string author;
  std::string approver;
  FileTime created;
  std::optional<FileTime> renewed;  ///< the last time that it was given a new term
  FileTime expires;                 ///< the first moment at which it no longer holds
  ExceptionScope scope;
  ExceptionSelector selector;
  ApprovedRegistration registration;
  bool weak = false;  ///< the author knows that the selector is weak
  FindingSeverity hides_up_to = FindingSeverity::medium;
  std::optional<FileTime> revoked;
  std::string revoked_by;
  std::string revoked_because;
};

struct ExceptionProblem {
  std::string field;  ///< "selector.path" and the like
  std::string text;
};
/// What makes the exception none: nothing when it is sound.
[[nodiscard]] std::vector<ExceptionProblem> check_exception(const ExceptionRule& rule);

inline constexpr std::uint64_t default_exception_days = 90;
inline constexpr std::uint64_t longest_exception_days = 365;
inline constexpr std::uint64_t warning_days = 14;

enum class ExceptionMatch : std::uint8_t {
  applies,
  not_this_provider,  ///< by its name, or by path where no name is given
  out_of_scope,
  not_yet,
  expired,
  revoked,
  file_missing,  ///< the DLL is not in the evidence, or the registration names none
  path_differs,
  hash_differs,
  signer_not_verified,
  signer_differs,
  version_differs,
  dll_writable,
  key_writable,
  folder_unknown,  ///< the DLL's folder may be writable, and the selector is weaker than a hash
  registration_differs,  ///< from the one that was approved
  registration_drifted,  ///< from the baseline in something that the exception does not pin
  file_drifted,          ///< from the baseline, and the exception names neither signer nor hash
  outside_window,        ///< registered at another time than the approved deployment
};
[[nodiscard]] std::string_view name_of(ExceptionMatch match);
/// True when the exception means this provider on this host, and something that it rests on does
/// not hold.
[[nodiscard]] bool is_reopened(ExceptionMatch match);

struct ExceptionContext {
  std::vector<std::string> tags;
  FileTime as_of;
  /// What differs from the baseline.
  std::vector<Drift> drifts;
  /// differing_in_other_sets() of the host's profile.
  std::set<std::string> differ_elsewhere;
  /// name_key of the paths of DLLs that differ from the baseline's.
  std::set<std::string> drifted_files;
};

[[nodiscard]] ExceptionMatch match_exception(const ExceptionRule& rule, const Provider& provider,
                                             const HostAssessment& host,
                                             const ExceptionContext& context);

/// The findings of a host that an exception which applies to the provider would hide, and those
/// that it would but for their severity: the one that they had before an approved change lowered
/// them.
struct HiddenFindings {
  std::vector<std::size_t> hidden;
  std::vector<std::size_t> too_severe;
  bool leaves_provider_open = false;  ///< one of too_severe is about the provider itself
};
[[nodiscard]] HiddenFindings findings_hidden_by(const ExceptionRule& rule, const Provider& provider,
                                                const HostAssessment& host,
                                                const ExceptionContext& context);
/// The severity that hides_up_to is held against.
[[nodiscard]] FindingSeverity full_severity(const Finding& finding);

/// Sets suppressed_by of findings and the verdict of providers, and adds NPG1027 where an exception
/// ends soon or no longer holds. Of several that apply the strongest counts, then the first by id.
void apply_exceptions(std::span<const ExceptionRule> rules, const ExceptionContext& context,
                      HostAssessment& host);

}  // namespace npg
