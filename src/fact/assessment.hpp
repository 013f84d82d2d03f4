// The assessment: everything npguard says about one or more hosts. The JSON contract (docs/schema)
// is written from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/filetime.hpp"
#include "fact/attack_context.hpp"
#include "fact/event_facts.hpp"
#include "fact/image_facts.hpp"
#include "fact/origin.hpp"
#include "fact/registry_facts.hpp"
#include "fact/shared_text.hpp"

namespace npg {

enum class FindingSeverity : std::uint8_t { info, low, medium, high, critical };
[[nodiscard]] std::string_view name_of(FindingSeverity severity);
/// Nothing when the name is none of the five.
[[nodiscard]] std::optional<FindingSeverity> finding_severity_of(std::string_view name);

/// One reason of a verdict: a code from docs/reasons.md, what it does, and the bytes behind it.
enum class ReasonEffect : std::uint8_t { raises, lowers, missing };
[[nodiscard]] std::string_view name_of(ReasonEffect effect);
struct Reason {
  std::string code;
  ReasonEffect effect = ReasonEffect::raises;
  int weight = 0;    ///< added to the verdict's sum; 0 for missing
  std::string text;  ///< a sentence; evidence text in it is escaped for a terminal
  std::vector<Origin> evidence;
};

enum class ProviderState : std::uint8_t { active, staged, order_only, removed, recovered };
[[nodiscard]] std::string_view name_of(ProviderState state);
enum class ProviderVerdict : std::uint8_t {
  expected,
  known_vendor,
  approved,
  unexplained,
  suspicious,
  malicious
};
[[nodiscard]] std::string_view name_of(ProviderVerdict verdict);
enum class YesNo : std::uint8_t { yes, no, unknown };
[[nodiscard]] std::string_view name_of(YesNo answer);

/// A file that the loader may take for a stored path.
struct PathCandidate {
  std::string path;
  /// What makes it one: "as_stored", "application_folder", "system16_folder", "windows_folder",
  /// "path_variable", "short_name", "drive_root", "before_arguments", "wow64_twin" (of 32 bits).
  std::string why;
  std::string sha256;  ///< of the evidence's file there; empty when there is none
};

/// How a stored path becomes the file that Windows would load.
struct ResolvedPath {
  SharedText raw;
  std::uint32_t type = 0;
  std::string resolved;  ///< "C:\Windows\System32\x.dll"; empty when it cannot be told
  std::vector<std::string>
      oddities;  ///< what is unusual about the form: "unc", "relative", "embedded_nul", …
  bool assumed_system_root = false;       ///< no hive gave SystemRoot; C:\Windows was taken
  std::vector<PathCandidate> candidates;  ///< in the loader's order; twins last
};

struct ProviderDll {
  ResolvedPath path;
  bool is_authent = false;         ///< named by AuthentProviderPath
  std::optional<ImageFact> image;  ///< nothing when the file is not in the evidence
  /// What its exports make of it: "network_provider", "credential_manager", "both", "proxy",
  /// "neither"; empty when the file is not in the evidence.
  std::string can_be;
};

struct Provider {
  SharedText name;
  ProviderState state = ProviderState::active;
  std::vector<std::uint32_t> control_sets;
  std::optional<std::uint32_t> order_position;  ///< from 0, in the current control set
  std::optional<std::uint32_t> hw_order_position;
  /// Set when logged changes newer than the hive, or without one, decide the state, the positions
  /// or the values, or a copy that may be newer than the hive: a sentence that names both, and the
  /// events. Empty when the hive decides.
  std::string state_basis;
  std::vector<Origin> state_evidence;
  std::vector<RegistryValueFact> values;
  /// Values that Windows shows are lost or behind a link that leads out of the evidence: what is
  /// not among `values` may have been there.
  bool values_incomplete = false;
  std::optional<std::uint64_t> provider_class;
  YesNo receives_credentials = YesNo::unknown;
  FileTime last_written;
  std::vector<ProviderDll> dlls;
  ProviderVerdict verdict = ProviderVerdict::unexplained;
  int score = 0;  ///< sum of the reasons' weights
  std::vector<Reason> reasons;
  std::string known_as;  ///< the product of the knowledge row whose name this provider bears; empty
                         ///< when none
  std::vector<Origin> evidence;  ///< the registration's own bytes
};

/// A file of the notification chain besides the providers, judged as their DLLs are.
enum class CompanionRole : std::uint8_t {
  mpnotify,           ///< System32\mpnotify.exe, which calls the providers
  mpr,                ///< System32\mpr.dll, which loads them
  connect_notifyee,   ///< a DLL below Control\NetworkProvider\Notifyees
  winlogon_mpnotify,  ///< the program that Winlogon's value mpnotify names
  image_debugger,     ///< a program or DLL that Image File Execution Options ties to mpnotify.exe
  app_init,           ///< a DLL of AppInit_DLLs, which programs with windows load
};
[[nodiscard]] std::string_view name_of(CompanionRole role);
struct Companion {
  CompanionRole role = CompanionRole::mpnotify;
  SharedText registered;  ///< key and value that name it; empty for Windows' own files
  ProviderDll file;
  ProviderVerdict verdict = ProviderVerdict::unexplained;
  int score = 0;
  std::vector<Reason> reasons;
  std::vector<Origin> evidence;
};

/// True when its key is gone: removed, or only an order still names what once was registered.
[[nodiscard]] bool is_gone(const Provider& provider);

struct Actor {
  SharedText account;
  SharedText sid;
  std::optional<std::uint64_t> logon_id;
  std::optional<std::uint32_t> logon_type;
  SharedText source_address;
  SharedText process;
  std::optional<std::uint64_t> process_id;
  SharedText command_line;
  std::string
      certainty;  ///< "seen" (the event names the actor), "inferred" (joined), "not_visible"
};

/// One link of the chain from a change to whoever made it. Every chain has the first five links, in
/// this order; what is behind them is the wider context, as far as it is seen.
struct AttributionLink {
  std::string link;    ///< "time", "account", "session", "session_origin", "process", "context"
  std::string status;  ///< "seen", "inferred" (joined by ids or nearness), "not_visible"
  std::string text;    ///< a sentence; evidence text in it is escaped for a terminal
  std::vector<Origin> evidence;
};

struct Change {
  FileTime time;
  FileTime
      not_before;  ///< bounds for changes known only from key times; not given when `time` is exact
  bool is_exact = true;
  Actor actor;
  std::string
      what;  ///< a ChangeKind name, or "registration_removed" and the like from comparing states
  SharedText key;
  SharedText value_name;
  SharedText old_value;
  SharedText new_value;
  bool was_created = false;  ///< the event says that the value was not there before
  std::vector<Origin> evidence;
  std::vector<AttributionLink> chain;
};

struct Finding {
  std::string id;  ///< rule id and the first 12 digits of a hash over host, rule and subject
  std::string rule;
  std::string title;
  FindingSeverity severity = FindingSeverity::info;
  /// What it was before an approved change lowered it; nothing when none did.
  std::optional<FindingSeverity> lowered_from;
  std::string subject;
  std::string text;
  FileTime first_seen;
  FileTime last_seen;
  std::vector<std::string> attack;  ///< technique ids
  std::vector<Origin> evidence;
  std::string suppressed_by;  ///< empty unless an exception hides it
};

enum class Certainty : std::uint8_t { proven, likely, possible, not_by_this_route };
[[nodiscard]] std::string_view name_of(Certainty certainty);
enum class Action : std::uint8_t { reset_now, reset, review, none };
[[nodiscard]] std::string_view name_of(Action action);

/// A change of an exposed account's password that the evidence holds.
struct PasswordReset {
  FileTime time;
  std::uint32_t event_id = 0;  ///< 4723, 4724, 4738
  SharedText by;               ///< who did it, as logged
  bool is_after_end = false;   ///< after the window's end, so that the provider did not see it
};
/// The account on another host of the same scan, after it was exposed.
struct LaterUse {
  SharedText host;
  FileTime first;
  FileTime last;
  std::uint64_t logons = 0;
  std::vector<std::string> addresses;  ///< escaped, sorted
};

struct ExposedAccount {
  SharedText account;
  SharedText sid;
  Certainty certainty = Certainty::possible;
  std::string reason;  ///< why that certainty
  bool privileged = false;
  std::vector<std::string> why_privileged;
  std::uint64_t logons = 0;  ///< human logons in the window, after de-duplication
  FileTime first;
  FileTime last;
  std::vector<std::uint32_t> logon_types;
  std::vector<std::string> sources;
  bool password_changed =
      false;            ///< typed on this host inside the window: old and new may be exposed
  FileTime reset_seen;  ///< a reset after the window's end, not given when none
  std::vector<PasswordReset> resets;  ///< from the window's earliest start on, oldest first
  std::vector<LaterUse> used_later;   ///< by host
  Action action = Action::none;
  std::string action_reason;  ///< why that action
  std::vector<Origin> evidence;
};

enum class WindowEnd : std::uint8_t { removed, still_active, evidence_ends };
[[nodiscard]] std::string_view name_of(WindowEnd end);

/// What bounds a window: a time that is known from evidence, or one that is assumed.
struct WindowBound {
  std::string what;  ///< "first_write", "key_written", "older_copy", "first_load", "upgrade", …
  std::string side;  ///< "start" or "end"
  FileTime time;
  bool is_known = true;  ///< false: assumed, and the text says what is
  std::string text;
  std::vector<Origin> evidence;
};
/// A part of the window in which all that a provider needs is known to be in place, by logged
/// changes or by copies of the hive. Between two parts it was gone for a while; what lies between
/// the last known presence and the first known absence is neither.
struct WindowPart {
  FileTime from;
  FileTime to;             ///< not given: to the window's end
  FileTime earliest_from;  ///< it may have been there since then; `from` where that is exact
  FileTime latest_to;      ///< it may have been there until then; `to` where that is exact
};
/// True when the time lies between two parts, where the provider is known to have been gone.
[[nodiscard]] bool is_between_parts(FileTime time, const std::vector<WindowPart>& parts);
/// True when it lies beside a part, where the provider may have been there and is not known to.
[[nodiscard]] bool is_beside_parts(FileTime time, const std::vector<WindowPart>& parts);
/// A program that a logon started in a way that only a provider's returned command explains.
struct LogonCommand {
  FileTime time;
  SharedText account;
  SharedText command;  ///< command line, or the image where there is none
  SharedText parent;
  std::string text;
  std::vector<Origin> evidence;
};

struct Exposure {
  SharedText provider;
  FileTime earliest_start;  ///< not given: nothing bounds it
  FileTime latest_start;
  FileTime end;  ///< not given while still_active
  /// The last time it is known to have been there: `end` when that is exact, earlier when the
  /// removal is known only from comparing states; not given while still_active or when unknown.
  FileTime earliest_end;
  WindowEnd end_kind = WindowEnd::still_active;
  std::string start_basis;  ///< what bounds the start, in a sentence
  std::string end_basis;
  std::vector<WindowBound> bounds;     ///< everything that bounds it, by side and time
  std::vector<WindowPart> parts;       ///< more than one: it was switched off in between
  std::vector<std::string> assumed;    ///< what the window and the grades take for granted
  std::vector<LogonCommand> commands;  ///< oldest first
  YesNo password_sent = YesNo::unknown;
  std::string password_basis;
  std::vector<ExposedAccount> accounts;  ///< most urgent first
  std::vector<std::string> blind_spots;
  std::vector<Origin> evidence;
};

enum class CheckStatus : std::uint8_t { pass, fail, unknown, not_applicable };
[[nodiscard]] std::string_view name_of(CheckStatus status);
struct PostureCheck {
  std::string check;
  std::string mitigation;  ///< M1024, M1028, M1047
  CheckStatus status = CheckStatus::unknown;
  std::string observed;
  std::string expected;
  std::string fix;
  std::vector<Origin> evidence;
};

/// Somebody who may change a key, and how.
struct KeyWriter {
  std::string sid;
  std::string name;  ///< empty when it is not a well-known one
  std::vector<std::string>
      rights;  ///< set_value, create_subkey, create_link, delete, write_dac, write_owner
  bool is_conditional =
      false;              ///< only while the condition of the entry holds, which is not judged
  bool is_owner = false;  ///< by no entry: an owner may change the DACL
};
enum class DefaultComparison : std::uint8_t {
  same,
  differs,
  not_known,  ///< no default of this key is on record for this build
};
[[nodiscard]] std::string_view name_of(DefaultComparison comparison);
/// A key that decides who is told of passwords: its record, its permissions as text, who may write,
/// and how that compares with what this Windows build sets. Facts; posture judges.
struct KeyState {
  RegistryKeyFact fact;
  std::string sddl;  ///< empty when there is no readable descriptor
  std::string owner_name;
  std::string group_name;
  std::vector<KeyWriter> writers;
  bool everyone_may_write = false;  ///< no DACL: everything is allowed to everyone
  DefaultComparison comparison = DefaultComparison::not_known;
  bool default_is_verified = false;  ///< the default was read from a real hive of such a build
  std::vector<std::string> differences;
  std::string default_source;
  /// "builds 9200 to 10240: CSDBuildNumber 16384", where the SYSTEM hive alone bounds the build
  /// whose default this was compared with; empty when SOFTWARE names it.
  std::string default_basis;
};

struct CoverageSource {
  std::string source;  ///< "event_log", "registry"
  SharedText channel;  ///< channel, or the hive's kind
  FileTime first;
  FileTime last;
  std::uint64_t records = 0;
  std::vector<LogGap> gaps;
  std::vector<FileTime> clears;
  std::optional<std::uint64_t> size_max;  ///< bytes, where the registry says
  YesNo overwrites = YesNo::unknown;      ///< the oldest records make room for new ones
  Origin origin;
};
/// One setting that decides what is logged: as it is in force, or as the log tells of a change.
struct AuditState {
  std::string setting;  ///< "Audit Registry", "SACL of Control\NetworkProvider\Order", "Sysmon"
  std::string value;    ///< "success and failure", "none", "present", "not visible", …
  FileTime since;       ///< not given when unknown
  std::string text;     ///< what follows from it
  std::vector<Origin> evidence;
};
struct NotEvaluated {
  std::string rule;
  std::string needs;
  std::string why;
};
struct Coverage {
  std::vector<CoverageSource> sources;
  std::vector<AuditState> auditing;  ///< by setting and time
  std::vector<NotEvaluated> not_evaluated;
  std::vector<std::string> statements;  ///< sentences a person must read before trusting a silence
};

enum class HostVerdict : std::uint8_t {
  compromised,
  suspicious,
  needs_review,
  clean,
  undetermined
};
[[nodiscard]] std::string_view name_of(HostVerdict verdict);

struct HostSummary {
  SharedText name;  ///< "unknown-host" when the evidence names none
  SharedText domain;
  SharedText machine_sid;
  SharedText machine_guid;
  SharedText product;
  SharedText edition;
  std::uint32_t build = 0;
  std::uint32_t revision = 0;
  FileTime installed;
  std::string role;  ///< "workstation", "server", "domain_controller", "unknown"
  std::vector<SharedText> names_seen;
};

struct HostAssessment {
  HostAssessment();
  HostAssessment(const HostAssessment& other);
  HostAssessment(HostAssessment&& other) noexcept;
  HostAssessment& operator=(const HostAssessment& other);
  HostAssessment& operator=(HostAssessment&& other) noexcept;
  ~HostAssessment();

  HostSummary host;
  HostVerdict verdict = HostVerdict::undetermined;
  std::string verdict_text;  ///< one sentence
  std::vector<Provider> providers;
  std::vector<Companion> companions;
  std::vector<Change> changes;
  std::vector<Finding> findings;
  std::vector<Exposure> exposures;
  std::vector<PostureCheck> posture;
  std::vector<AttackContext> attack;  ///< T1556.008, and what the findings name, by id
  std::vector<KeyState> keys;
  /// Contents of paths that were collected with different content, beside the one that the
  /// assessment is of.
  std::vector<ImageFact> other_contents;
  Coverage coverage;
};

/// One line of the reset list over all hosts of a scan.
struct ResetItem {
  SharedText account;
  SharedText sid;
  SharedText host;  ///< where it was exposed; of several the one that weighs most
  Action action = Action::none;
  Certainty certainty = Certainty::possible;
  std::string reason;
};

enum class EvidenceStatus : std::uint8_t { read, partial, damaged, skipped };
[[nodiscard]] std::string_view name_of(EvidenceStatus status);
struct EvidenceItem {
  std::string id;  ///< "E0001", by path order
  EvidenceText path;
  std::string
      kind;  ///< "hive", "hive_log", "registry_export", "event_log", "image", "catalog", "other"
  std::uint64_t size = 0;
  std::string sha256;  ///< empty when nothing cites the file and it was not asked for
  EvidenceStatus status = EvidenceStatus::read;
  std::string detail;
  std::map<std::string, std::uint64_t> counts;
};

struct Assessment {
  Assessment();
  Assessment(const Assessment& other);
  Assessment(Assessment&& other) noexcept;
  Assessment& operator=(const Assessment& other);
  Assessment& operator=(Assessment&& other) noexcept;
  ~Assessment();

  FileTime as_of;
  bool complete = true;  ///< false: something was unreadable, damaged or over a limit
  std::vector<HostAssessment> hosts;
  std::vector<ResetItem> resets;  ///< what to do first, first
  AttackSource attack_source;
  std::vector<EvidenceItem> evidence;
  std::vector<Diagnostic> diagnostics;
  std::map<DiagnosticCode, std::uint64_t> diagnostic_counts;
};

}  // namespace npg
