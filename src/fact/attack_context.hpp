// What MITRE ATT&CK says about a finding's technique, and how the host stands to it: values for the
// report. Filled by app, from the mirror where a bundle is imported, else from ids and names alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace npg {

/// Where the ATT&CK context of an assessment comes from.
struct AttackSource {
  bool mirrored = false;  ///< false: ids and names as facts, no object of MITRE's at hand
  std::string domain;
  std::string release;         ///< "19.1"; empty when nothing is mirrored
  std::string stix;            ///< "2.0" or "2.1"
  std::string bundle_sha256;   ///< of the imported file
  std::string published_hash;  ///< "match", "mismatch" or "unknown"
  std::string text;            ///< a sentence for the reader
  std::string licence;         ///< MITRE's, where names are from its objects; else empty
};

/// An ATT&CK object by its names.
struct AttackObject {
  std::string attack_id;       ///< "T1556.008"; empty when it has none
  std::string name;            ///< as the release in use names it
  std::string stix_id;         ///< empty when it is not mirrored
  std::string content_sha256;  ///< of the mirrored object; empty when it is not mirrored
};

enum class LogSourceStatus : std::uint8_t {
  present,   ///< the evidence holds such events
  silent,    ///< the log is in the evidence and holds none: its silence says little
  missing,   ///< the log is not in the evidence
  not_read,  ///< npguard does not know this source
};
[[nodiscard]] std::string_view name_of(LogSourceStatus status);

/// A log source that a detection needs, and whether this host's evidence has it.
struct AttackLogSource {
  std::string name;     ///< "WinEventLog:Security"
  std::string channel;  ///< "EventCode=4657"
  AttackObject component;
  std::string named_by;  ///< the analytic's id, or "npguard" for what the analytic forgets
  std::string why;       ///< in our words; empty for the analytic's own
  LogSourceStatus status = LogSourceStatus::missing;
  std::uint64_t records = 0;
};

struct AttackCheck {
  std::string check;   ///< a check of docs/posture.md
  std::string status;  ///< as in posture[]
};
struct AttackMitigation {
  AttackObject mitigation;
  std::vector<AttackCheck> checks;  ///< empty: nothing measures it yet
};

/// A statement of npguard's own analysis about an object, never MITRE's.
struct AttackStatement {
  std::string id;
  std::string author;
  std::string date;
  std::string text;
  std::string state;  ///< "current", "stale", "gone", "not_mirrored"
};

/// One technique that findings of a host name.
struct AttackContext {
  AttackObject technique;
  bool revoked = false;
  AttackObject successor;  ///< of a revoked technique; empty otherwise
  std::vector<AttackObject> tactics;
  std::vector<AttackObject> strategies;
  std::vector<AttackObject> analytics;
  std::vector<AttackLogSource> log_sources;
  std::vector<AttackMitigation> mitigations;
  std::vector<AttackStatement> statements;
  std::vector<std::string> findings;  ///< ids
};

}  // namespace npg
