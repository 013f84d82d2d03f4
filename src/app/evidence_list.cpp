#include "app/evidence_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>

#include "base/parallel.hpp"
#include "fact/citations.hpp"

namespace npg {
namespace {

/// The reading's diagnostics, each naming the file.
Diagnostics with_evidence(const Reading& reading) {
  Diagnostics named = reading.diagnostics;
  named.set_evidence_where_missing(reading.evidence);
  return named;
}

}  // namespace

void list_evidence(const std::vector<Reading>& readings, Diagnostics& diagnostics,
                   Assessment& assessment) {
  for (const Reading& reading : readings) {
    assessment.evidence.push_back(reading.item);
    diagnostics.merge(with_evidence(reading));
  }
  for (const Reading& reading : readings) {
    for (const auto& [index, item] : reading.log_items) {
      EvidenceItem& log = assessment.evidence[index];
      // A log that one hive used is used, whatever another hive said of it.
      if (log.status == EvidenceStatus::skipped || item.counts.at("entries_applied") > 0) {
        log.status = item.status;
        log.detail = item.detail;
        log.sha256 = item.sha256;
        log.counts = item.counts;
      }
    }
  }
  for (std::size_t i = 0; i < assessment.evidence.size(); ++i) {
    assessment.evidence[i].id = fmt::format("E{:04}", i + 1);
  }
  assessment.diagnostics = diagnostics.kept();
  std::stable_sort(assessment.diagnostics.begin(), assessment.diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.evidence, a.offset, a.code, a.text) <
                            std::tie(b.evidence, b.offset, b.code, b.text);
                   });
  assessment.diagnostic_counts = diagnostics.counts();
  assessment.complete =
      diagnostics.worst() < Severity::data_loss &&
      std::none_of(
          assessment.evidence.begin(), assessment.evidence.end(),
          [](const EvidenceItem& e) {
            return e.status == EvidenceStatus::partial || e.status == EvidenceStatus::damaged;
          });
}

void hash_evidence(const Collection& collection, bool every_file, unsigned threads,
                   Assessment& assessment) {
  const std::set<std::uint32_t> cited = cited_evidence(assessment);
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < assessment.evidence.size(); ++i) {
    const bool is_wanted = every_file || cited.contains(static_cast<std::uint32_t>(i));
    if (is_wanted && assessment.evidence[i].sha256.empty()) {
      wanted.push_back(i);
    }
  }
  parallel_for(wanted.size(), threads, [&](std::size_t i) {
    if (auto hash = sha256_of(*collection.files[wanted[i]].file); hash) {
      assessment.evidence[wanted[i]].sha256 = *std::move(hash);
    }
  });
}

}  // namespace npg
