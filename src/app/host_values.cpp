#include "app/host_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/baseline/profile.hpp"
#include "base/evidence_text.hpp"

namespace npg {

std::string host_profile_text(const HostAssessment& assessment, const FactSet& facts) {
  return profile_text(profile_of(assessment, facts));
}

std::vector<HostValue> host_values(const HostAssessment& assessment, const FactSet& facts) {
  struct Row {
    ProfileKind kind;
    std::string_view field;
    std::string_view what;
    bool is_name;  ///< Windows compares it without regard to case, and so does a stack
  };
  constexpr Row rows[] = {{ProfileKind::provider, "ProviderPath", "path", true},
                          {ProfileKind::provider, "AuthentProviderPath", "path", true},
                          {ProfileKind::order, "ProviderOrder", "order", true},
                          {ProfileKind::dll, "sha256", "hash", false}};
  std::vector<HostValue> values;
  for (const ProfileField& field : profile_of(assessment, facts).fields) {
    if (field.kind == ProfileKind::provider && field.field == "present") {
      values.push_back({"provider", name_key(field.subject), field.since});
    }
    for (const Row& row : rows) {
      if (row.kind == field.kind && equal_names(row.field, field.field)) {
        values.push_back({std::string(row.what), row.is_name ? name_key(field.value) : field.value,
                          field.since});
      }
    }
  }
  // Whom a signature that does not hold claims is no identity, and yet tells one forgery from
  // another.
  const auto add_signer = [&](const ImageFact& image) {
    const SignatureFact& signature = image.signature;
    const std::string who =
        signature.subject.empty() ? std::string() : profile_cell(signature.subject.raw());
    const bool is_trusted = signature.status == SignatureStatus::trusted;
    values.push_back({"signer",
                      is_trusted ? who
                                 : fmt::format("({}){}{}", name_of(signature.status),
                                               who.empty() ? "" : " ", who),
                      file_written(facts, image.windows_path.raw())});
  };
  std::ranges::for_each(facts.images, add_signer);
  std::ranges::for_each(assessment.other_contents, add_signer);
  return values;
}

}  // namespace npg
