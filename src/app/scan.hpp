// The main use case: evidence in, assessment out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/attack_catalogue.hpp"
#include "app/case_keeping.hpp"
#include "app/expectations.hpp"
#include "base/error.hpp"
#include "base/filetime.hpp"
#include "base/limits.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/knowledge.hpp"

namespace npg {

namespace trust {
class Anchors;
}  // namespace trust

/// Which evidence files are hashed: those that something cites (hives and DLLs always), every file,
/// or none.
enum class HashMode : std::uint8_t { cited, all, none };

struct Progress {
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

struct ScanOptions {
  std::vector<std::string> paths;
  std::vector<std::string> catalogs;  ///< files and folders of catalogs, for every host
  /// The "now" of the assessment; when not given, the newest time in the evidence, so that two runs
  /// agree.
  std::optional<FileTime> as_of;
  unsigned threads = 1;
  HashMode hash = HashMode::cited;
  /// What is known of ATT&CK; must outlive the scan. Null: ids and names alone.
  const AttackCatalogue* attack = nullptr;
  /// The roots that signatures may chain to; must outlive the scan. Null: those that npguard ships.
  const trust::Anchors* anchors = nullptr;
  /// What is known of providers; must outlive the scan. Null: what npguard ships.
  const Knowledge* knowledge = nullptr;
  /// Reads logons and sessions whether they matter for an exposure or not.
  bool read_people = false;
  /// Called for each host when its assessment stands, by name; only where people are read. May be
  /// empty.
  std::function<void(const FactSet&, const HostAssessment&)> on_host;
  /// Where facts and findings are kept, and what is known from before; must outlive the scan. Null:
  /// nowhere.
  CaseKeeping* keeping = nullptr;
  /// A baseline, exceptions and approved changes to hold hosts against; must outlive the scan.
  /// Null: none.
  const Expectations* expectations = nullptr;
  /// Where each host's profile is put, in the order of hosts. Null: nowhere.
  std::vector<HostProfile>* profiles = nullptr;
  Limits limits;
  std::function<void(const Progress&)>
      on_progress;  ///< called from any thread, after each file; may be empty
};

/// Reads everything that the paths name and assesses every host in it. The same evidence gives the
/// same assessment, for any number of threads and any order of paths. A case as the only path
/// stands for all that it knows and is left as it is. Error: io when a path does not exist or is a
/// damaged case (have = its index, those of catalogs behind those of paths), or when the case
/// failed, which then says why.
[[nodiscard]] Result<Assessment> scan(const ScanOptions& options);

/// In words, why a path could not be opened.
[[nodiscard]] std::string why_not_opened(const Error& error);

}  // namespace npg
