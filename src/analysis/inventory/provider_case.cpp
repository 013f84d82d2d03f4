#include "analysis/inventory/provider_case.hpp"

#include <algorithm>
#include <utility>

#include "base/evidence_text.hpp"

namespace npg {

bool is_on_record(const SignatureFact& signature, const KnownProvider& row) {
  return std::ranges::any_of(row.signers, [&](const std::string& form) {
    return form == "WHCP" ? signature.purposes.whql
                          : equal_names(signature.common_name.raw(), form) ||
                                equal_names(signature.organization.raw(), form);
  });
}

bool is_known_receiver(const ProviderCase& subject) {
  if (!subject.match.whole() || subject.match.row->credentials != YesNo::yes) {
    return false;
  }
  const KnownProvider& row = *subject.match.row;
  bool has_file = false;
  for (const ProviderDll& dll : subject.provider.dlls) {
    if (!dll.image) {
      continue;
    }
    const SignatureFact& signature = dll.image->signature;
    const bool is_signer = row.signers.empty() || is_on_record(signature, row);
    if (signature.status != SignatureStatus::trusted || !is_signer) {
      return false;
    }
    has_file = true;
  }
  return has_file || (row.is_confident && !row.signers.empty());
}

void ProviderCase::raise(std::string code, int weight, std::string text,
                         std::vector<Origin> evidence) {
  provider.reasons.push_back({.code = std::move(code),
                              .effect = ReasonEffect::raises,
                              .weight = weight,
                              .text = std::move(text),
                              .evidence = std::move(evidence)});
}

void ProviderCase::contradict(std::string code, int weight, std::string text,
                              std::vector<Origin> evidence) {
  file_contradicts = true;
  raise(std::move(code), weight, std::move(text), std::move(evidence));
}

void ProviderCase::doubt(std::string code, int weight, std::string text,
                         std::vector<Origin> evidence) {
  files_agree = false;
  raise(std::move(code), weight, std::move(text), std::move(evidence));
}

void ProviderCase::lower(std::string code, int weight, std::string text,
                         std::vector<Origin> evidence) {
  provider.reasons.push_back({.code = std::move(code),
                              .effect = ReasonEffect::lowers,
                              .weight = -weight,
                              .text = std::move(text),
                              .evidence = std::move(evidence)});
}

void ProviderCase::missing(std::string code, std::string text, std::vector<Origin> evidence) {
  provider.reasons.push_back({.code = std::move(code),
                              .effect = ReasonEffect::missing,
                              .text = std::move(text),
                              .evidence = std::move(evidence)});
}

bool names_one_file(const Provider& provider) {
  return provider.dlls.size() == 2 && !provider.dlls[0].path.resolved.empty() &&
         equal_names(provider.dlls[0].path.resolved, provider.dlls[1].path.resolved);
}

std::vector<Origin> ProviderCase::own_evidence() const {
  return provider.evidence.empty() ? std::vector<Origin>()
                                   : std::vector<Origin>{provider.evidence.front()};
}

const RegistrationFact* ProviderCase::registration() const {
  const RegistrationFact* found = nullptr;
  for (const RegistrationFact* fact : registrations) {
    // Of several keys of one name in one control set it is the one whose values these are.
    if (fact->moment == HiveMoment::current && !fact->values.empty() && !provider.values.empty() &&
        fact->values.front().origin == provider.values.front().origin) {
      return fact;
    }
    found = found == nullptr || fact->control_set_is_current ? fact : found;
  }
  return found;
}

const RegistryValueFact* ProviderCase::value(std::string_view name) const {
  for (const RegistryValueFact& each : provider.values) {
    if (equal_names(each.name.raw(), name)) {
      return &each;
    }
  }
  return nullptr;
}

bool ProviderCase::may_be_lost(std::string_view name) const {
  const RegistryValueFact* stored = value(name);
  return provider.values_incomplete && (stored == nullptr || stored->is_cut);
}

std::vector<Origin> ProviderCase::value_evidence(std::string_view name) const {
  const RegistryValueFact* found = value(name);
  return found == nullptr ? own_evidence()
                          : std::vector<Origin>{found->data_origin.length > 0 ? found->data_origin
                                                                              : found->origin};
}

}  // namespace npg
