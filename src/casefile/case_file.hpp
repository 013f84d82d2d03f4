// CaseFile: everything that is known of the hosts of a case, in one SQLite file: facts as they were
// read, the evidence manifest, findings and assessments over time, and what hosts have in common.
// It keeps and gives back; what belongs to one host and what to think of it is decided elsewhere. A
// case file of somebody else is hostile input. docs/casefile.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "casefile/fact_codec.hpp"
#include "casefile/reading_state.hpp"
#include "casefile/sqlite.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// The facts of one reading that are of one computer, and by what the part can be found.
struct PartToKeep {
  std::string computer;
  const FactSet* facts = nullptr;  ///< owned by the caller; origins by `positions` of the reading
  std::vector<std::string> keys;
};

/// One evidence file as it was read, with the files it was read together with (transaction logs).
struct ReadingToKeep {
  std::vector<EvidenceItem> evidence;  ///< its own first; each with its SHA-256
  EvidencePositions positions;         ///< evidence index to position in `evidence`
  /// SHA-256 of files that tell whose a file is that names nobody itself: a SOFTWARE hive may be on
  /// several machines, byte for byte.
  std::vector<std::string> beside;
  /// What it lay beside, in words that say nothing of where: equal ones were in one place.
  std::string group;
  ReadingState state;
  std::vector<Diagnostic> diagnostics;
  std::vector<PartToKeep> parts;
};
/// SHA-256 over the SHA-256 of the files: the same files read together, beside the same ones, are
/// the same reading.
[[nodiscard]] std::string reading_identity(const std::vector<EvidenceItem>& evidence,
                                           const std::vector<std::string>& beside = {});

/// An image is of a reading: of the hive, or the log, of its host that lay in the same folder.
struct ImageToKeep {
  std::string reading;  ///< reading_identity()
  std::string windows_path;
  EvidenceItem evidence;
  const ImageFact* fact = nullptr;
};

struct KeptPart {
  std::int64_t id = 0;
  std::string computer;
  FactSet facts;
};
struct KeptReading {
  std::string identity;
  std::uint32_t evidence = 0;  ///< index of its own file
  EvidenceItem item;
  std::string group;
  ReadingState state;
  std::vector<Diagnostic> diagnostics;
  std::vector<KeptPart> parts;
};
struct KeptReadings {
  std::vector<KeptReading> readings;
  /// Files that an npguard with other facts read: they have to be read again, and are not in
  /// `readings`.
  std::vector<std::string> outdated;
};

/// Something that hosts can have in common: a provider, a path, a hash, a signer, an order.
struct HostValue {
  std::string what;
  std::string value;
  FileTime first_seen;
  auto operator<=>(const HostValue&) const = default;
};

struct HostRecord {
  std::string name;
  std::vector<std::int64_t> parts;
  std::string profile;  ///< the caller's; given back as it was
  std::vector<HostValue> values;
  FileTime as_of;
  std::string digest;  ///< hexadecimal; of what the assessment was made from
  const HostAssessment* assessment = nullptr;
};

struct StackRow {
  std::string what;
  std::string value;
  std::uint64_t hosts = 0;
  FileTime first_seen;
  std::vector<std::string> host_names;  ///< the first few
};

struct StackQuery {
  std::string what;  ///< empty: every kind
  std::uint64_t at_most_hosts = UINT64_MAX;
  std::uint64_t rows_max = 100;  ///< of each kind
  std::uint64_t names_max = 3;
};

struct CaseCounts {
  std::uint64_t evidence = 0;
  std::uint64_t readings = 0;
  std::uint64_t facts = 0;
  std::uint64_t hosts = 0;
  std::uint64_t findings = 0;
};

class CaseWriter;

class CaseFile {
 public:
  struct Options {
    CaseAccess access = CaseAccess::read;
    std::string vfs;  ///< of SQLite; empty: the system's own
    int busy_timeout_ms = 60'000;
  };
  /// Opens a case, or makes one where there is no file and it may be written. A file that is not
  /// the user's own, or is small, is checked as a whole first. To read it, neither it nor its
  /// folder need be writable.
  [[nodiscard]] static CaseResult<CaseFile> open(const std::string& path, const Options& options);

  /// From now on all that is read is of this moment, whoever writes meanwhile. To read only.
  [[nodiscard]] CaseResult<void> hold_still();

  /// Begins a transaction: all of it is kept, or nothing. Others wait.
  [[nodiscard]] CaseResult<CaseWriter> begin();

  /// Every part that shares a key with these or is of the same host as one that does, except those
  /// of the readings named. `add_evidence` gives the index under which a file's facts shall cite
  /// it.
  using AddEvidence = std::function<std::uint32_t(const EvidenceItem&)>;
  [[nodiscard]] CaseResult<KeptReadings> related(const std::set<std::string>& keys,
                                                 const std::set<std::string>& except_identities,
                                                 const AddEvidence& add_evidence);
  /// Every part there is.
  [[nodiscard]] CaseResult<KeptReadings> everything(const AddEvidence& add_evidence);
  /// The images that earlier scans read for this path of the host of this reading, by SHA-256.
  /// Their evidence is named through `add_evidence`.
  [[nodiscard]] CaseResult<std::vector<ImageFact>> images(std::string_view reading,
                                                          std::string_view windows_path,
                                                          const AddEvidence& add_evidence);

  /// Name and profile of each host, by name.
  [[nodiscard]] CaseResult<void> profiles(
      const std::function<void(std::string_view name, std::string_view profile)>& take);
  [[nodiscard]] CaseResult<std::optional<std::string>> profile_of(std::string_view host);
  /// The least frequent values first, by kind.
  [[nodiscard]] CaseResult<std::vector<StackRow>> stack(const StackQuery& query);
  [[nodiscard]] CaseResult<CaseCounts> counts();
  /// The latest time of an assessment; not given where there is none.
  [[nodiscard]] CaseResult<FileTime> latest_as_of();

  /// One line of JSON for each evidence file, reading, fact, host, assessment, finding and value,
  /// in an order that does not depend on when each was kept.
  [[nodiscard]] CaseResult<void> export_lines(
      const std::function<void(std::string_view line)>& take);
  /// What contradicts itself: SQLite's structures, references, digests, ids of facts, counts.
  /// Empty: sound.
  [[nodiscard]] CaseResult<std::vector<std::string>> verify();

 private:
  friend class CaseWriter;
  [[nodiscard]] CaseResult<void> verify_seals(const std::function<void(std::string_view)>& note);
  enum class MayWriteBeside : std::uint8_t { no, yes };
  [[nodiscard]] static CaseResult<CaseFile> open_as(const std::string& path, const Options& options,
                                                    MayWriteBeside beside);
  explicit CaseFile(sqlite::Database database) : database_(std::move(database)) {}
  [[nodiscard]] CaseResult<KeptReadings> load(const std::set<std::int64_t>& parts,
                                              const std::set<std::string>& except_identities,
                                              const AddEvidence& add_evidence);
  sqlite::Database database_;
};

/// One transaction. Dropped without commit(), nothing of it is kept.
class CaseWriter {
 public:
  /// Part ids in the order of `parts`. A reading that is there already adds nothing; one that an
  /// npguard with other facts made, or that did not know where in Windows its file stands while
  /// this one does, is replaced.
  [[nodiscard]] CaseResult<std::vector<std::int64_t>> keep(const ReadingToKeep& reading);
  /// True when keep() would add nothing.
  [[nodiscard]] CaseResult<bool> knows(const ReadingToKeep& reading);
  struct KnownReading {
    std::string identity;
    std::vector<std::string> keys;  ///< of its parts
  };
  /// The one reading of this file that the case has, whatever it lay beside; not given when there
  /// is none or there are several.
  [[nodiscard]] CaseResult<std::optional<KnownReading>> only_reading_of(std::string_view sha256);
  [[nodiscard]] CaseResult<void> keep(const ImageToKeep& image);
  /// The host of these parts: the one that any of them was of, or a new one.
  [[nodiscard]] CaseResult<void> record(const HostRecord& record);
  [[nodiscard]] CaseResult<void> commit();
  ~CaseWriter();
  CaseWriter(CaseWriter&&) noexcept;
  CaseWriter(const CaseWriter&) = delete;
  CaseWriter& operator=(const CaseWriter&) = delete;
  CaseWriter& operator=(CaseWriter&&) = delete;

 private:
  friend class CaseFile;
  struct Work;
  explicit CaseWriter(std::unique_ptr<Work> work);
  std::unique_ptr<Work> work_;
};

}  // namespace npg
