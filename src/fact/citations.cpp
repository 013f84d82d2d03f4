#include "fact/citations.hpp"

namespace npg {
namespace {

void cite(const std::vector<Origin>& origins, std::set<std::uint32_t>& cited) {
  for (const Origin& origin : origins) {
    cited.insert(origin.evidence);
  }
}

/// The file that holds the signature, which may be a catalog, and those of the other signatures.
void cite_signature(const SignatureFact& signature, std::set<std::uint32_t>& cited) {
  if (signature.form != SignatureForm::none) {
    cited.insert(signature.origin.evidence);
  }
  for (const SignatureFact& other : signature.others) {
    cite_signature(other, cited);
  }
}

void cite_provider(const Provider& provider, std::set<std::uint32_t>& cited) {
  cite(provider.evidence, cited);
  for (const RegistryValueFact& value : provider.values) {
    cited.insert(value.origin.evidence);
  }
  for (const ProviderDll& dll : provider.dlls) {
    if (dll.image) {
      cited.insert(dll.image->origin.evidence);
      cite_signature(dll.image->signature, cited);
    }
  }
  for (const Reason& reason : provider.reasons) {
    cite(reason.evidence, cited);
  }
}

}  // namespace

std::set<std::uint32_t> cited_evidence(const Assessment& assessment) {
  std::set<std::uint32_t> cited;
  for (const HostAssessment& host : assessment.hosts) {
    for (const Provider& provider : host.providers) {
      cite_provider(provider, cited);
    }
    for (const Companion& companion : host.companions) {
      cite(companion.evidence, cited);
      if (companion.file.image) {
        cited.insert(companion.file.image->origin.evidence);
      }
      for (const Reason& reason : companion.reasons) {
        cite(reason.evidence, cited);
      }
    }
    for (const Change& change : host.changes) {
      cite(change.evidence, cited);
    }
    for (const Finding& finding : host.findings) {
      cite(finding.evidence, cited);
    }
    for (const Exposure& exposure : host.exposures) {
      cite(exposure.evidence, cited);
      for (const ExposedAccount& account : exposure.accounts) {
        cite(account.evidence, cited);
      }
    }
    for (const KeyState& state : host.keys) {
      cited.insert(state.fact.origin.evidence);
    }
    for (const PostureCheck& check : host.posture) {
      cite(check.evidence, cited);
    }
  }
  for (const Diagnostic& diagnostic : assessment.diagnostics) {
    if (diagnostic.evidence != Diagnostic::no_evidence) {
      cited.insert(diagnostic.evidence);
    }
  }
  return cited;
}

}  // namespace npg
