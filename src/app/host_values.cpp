#include "app/host_values.hpp"

#include "analysis/baseline/profile.hpp"

namespace npg {

std::string host_profile_text(const HostAssessment& assessment, const FactSet& facts) {
  return profile_text(profile_of(assessment, facts));
}

std::vector<HostValue> host_values(const HostAssessment& assessment, const FactSet& facts) {
  struct Row {
    ProfileKind kind;
    std::string_view field;
    std::string_view what;
  };
  constexpr Row rows[] = {{ProfileKind::provider, "ProviderPath", "path"},
                          {ProfileKind::provider, "AuthentProviderPath", "path"},
                          {ProfileKind::order, "ProviderOrder", "order"},
                          {ProfileKind::dll, "sha256", "hash"},
                          {ProfileKind::dll, "signer", "signer"}};
  std::vector<HostValue> values;
  for (const ProfileField& field : profile_of(assessment, facts).fields) {
    if (field.kind == ProfileKind::provider && field.field == "present") {
      values.push_back({"provider", field.subject, field.since});
    }
    for (const Row& row : rows) {
      if (row.kind == field.kind && equal_names(row.field, field.field)) {
        values.push_back({std::string(row.what), field.value, field.since});
      }
    }
  }
  return values;
}

}  // namespace npg
