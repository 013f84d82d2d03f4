// What npguard can say of the ATT&CK techniques that its rules name: from the mirror where a bundle
// is imported, else from data/attack_names.tsv. Loaded once a run; a host's context is made from
// it.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/limits.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

struct AttackCatalogue {
  AttackSource source;
  /// By technique id; statuses of log sources and checks are not filled in here.
  std::map<std::string, AttackContext, std::less<>> techniques;
};

/// Ids and names alone. Error: a sentence with the line, for a table that does not fit; the shipped
/// one does, which a test holds.
[[nodiscard]] std::expected<AttackCatalogue, std::string> catalogue_of_names(
    std::string_view table);
/// The shipped names.
[[nodiscard]] const AttackCatalogue& shipped_catalogue();
/// The newest release of enterprise-attack in a store; the shipped names where nothing is imported.
/// Error: a sentence, for a store that cannot be read.
[[nodiscard]] std::expected<AttackCatalogue, std::string> catalogue_of_store(
    const std::filesystem::path& folder, const Limits& limits);

/// The contexts of T1556.008 and of the techniques that the host's findings name, by id: log
/// sources against the events that its logs hold, mitigations against its posture checks.
[[nodiscard]] std::vector<AttackContext> attack_contexts(const HostAssessment& host,
                                                         const FactSet& facts,
                                                         const AttackCatalogue& catalogue);

}  // namespace npg
