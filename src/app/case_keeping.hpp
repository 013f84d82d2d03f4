// A scan with a case: what was read is kept, what the case knows of the same hosts is read along,
// and the assessment is made from all of it and kept, too. All in one transaction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/hosts.hpp"
#include "app/reading.hpp"
#include "base/diagnostic.hpp"
#include "casefile/case_file.hpp"

namespace npg {

/// True when a case keeps something of the reading.
[[nodiscard]] bool has_facts_to_keep(const Reading& reading);

class CaseKeeping {
 public:
  [[nodiscard]] static CaseResult<CaseKeeping> open(const std::string& path);
  /// A case that is there, to be assessed anew and left as it is: nothing else may be read beside
  /// it. It need not be writable.
  [[nodiscard]] static CaseResult<CaseKeeping> look_into(const std::string& path);

  /// What went wrong; the scan gives no assessment then. Without text: nothing.
  [[nodiscard]] const CaseError& failure() const { return failure_; }
  /// Files that an npguard with other facts read: they must be scanned again to count.
  [[nodiscard]] const std::vector<std::string>& outdated() const { return outdated_; }

  /// A file whose content could not be hashed cannot be kept; gives false, with the failure set.
  bool refuse(const EvidenceItem& item);
  /// Keeps the readings that have facts and puts behind them those of the case that bear on the
  /// same hosts, one entry an evidence file; every reading of the case when there is none new.
  /// Where the case has read the same bytes before, what it has takes the place of what was read.
  /// Their files must have been hashed. False: `failure` says why.
  [[nodiscard]] bool keep(std::vector<Reading>& readings);
  /// Keeps the images of a host that are of this scan and adds those that earlier ones read for
  /// what its facts want; a path may then have several. New evidence goes behind `readings`.
  [[nodiscard]] bool keep_images(Host& host, std::vector<Reading>& readings);
  struct Outcome {
    const Host* host = nullptr;
    const HostAssessment* assessment = nullptr;
  };
  [[nodiscard]] bool record(const std::vector<Outcome>& outcomes, FileTime as_of);

 private:
  explicit CaseKeeping(CaseFile file) : file_(std::move(file)) {}
  bool fails(const CaseError& error);
  bool add_kept_images(Host& host, const std::string& path, std::vector<Reading>& readings);
  std::uint32_t evidence_index(const EvidenceItem& item, std::vector<Reading>& readings);
  CaseFile file_;
  std::optional<CaseWriter> writer_;  ///< after file_: it must end first
  CaseError failure_;
  std::vector<std::string> outdated_;
  bool is_left_alone_ = false;
  std::map<std::string, std::uint32_t> by_hash_;  ///< evidence index of files with a known hash
};

/// Says which files of the case do not count until they are scanned again, as lost data each.
void report_outdated(const CaseKeeping& keeping, Diagnostics& diagnostics);

}  // namespace npg
