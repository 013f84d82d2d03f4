// The reasons that loads of a DLL give that Sysmon logged: another file than the one in the
// evidence lay at its path.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// The digits behind "SHA256=" in the hashes as Sysmon logs them; empty when it logged none.
std::string_view logged_sha256(const ModuleLoadFact& load) {
  constexpr std::string_view label = "SHA256=";
  constexpr std::size_t digits = 64;
  const std::string_view hashes = load.hashes.raw();
  const std::size_t at = hashes.find(label);
  return at == std::string_view::npos ? std::string_view()
                                      : hashes.substr(at + label.size(), digits);
}

/// Sysmon verified it, and whoever signed it is the signer of the file in the evidence or on record
/// for this place: another version, as updates leave them.
bool is_of_its_signer(const ProviderCase& subject, const ImageFact& image,
                      const ModuleLoadFact& load) {
  const std::string_view signer = load.signature.raw();
  if (signer.empty() || !equal_names(load.signature_status.raw(), "Valid")) {
    return false;
  }
  const SignatureFact& own = image.signature;
  const KnownProvider* const row = subject.match.row;
  return (own.status == SignatureStatus::trusted &&
          (equal_names(signer, own.common_name.raw()) ||
           equal_names(signer, own.organization.raw()))) ||
         (row != nullptr && std::ranges::any_of(row->signers, [&](const std::string& form) {
            return equal_names(signer, form);
          }));
}

/// False where the dialect left out what Sysmon knows of the signature.
bool says_signer(const ModuleLoadFact& load) {
  return !load.signature.empty() ||
         (!load.signature_status.empty() && !equal_names(load.signature_status.raw(), "Valid"));
}

/// "signed by Contoso (Valid)", "not signed"; empty where the log does not say.
std::string signing_of(const ModuleLoadFact& load) {
  if (load.signature.empty()) {
    return says_signer(load) ? ", not signed" : "";
  }
  return fmt::format(", signed by {}{}", shown(load.signature),
                     load.signature_status.empty()
                         ? std::string()
                         : fmt::format(" ({})", shown(load.signature_status)));
}

}  // namespace

std::vector<LoggedLoad> logged_loads(const ProviderCase& subject, const ProviderDll& dll) {
  std::vector<LoggedLoad> loads;
  for (const ModuleLoadFact& load : subject.facts.module_loads) {
    const std::string_view sha256 = logged_sha256(load);
    if (sha256.empty() || dll.path.resolved.empty() ||
        !equal_names(dll.path.resolved, load.module.raw())) {
      continue;
    }
    std::erase_if(loads,
                  [sha256](const LoggedLoad& each) { return equal_names(each.sha256, sha256); });
    loads.push_back({std::string(sha256), &load});
  }
  return loads;
}

void judge_loads(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image) {
  const KnownProvider* const row = subject.match.row;
  for (const LoggedLoad& load : logged_loads(subject, dll)) {
    if (image.sha256.empty() || equal_names(load.sha256, image.sha256)) {
      continue;
    }
    const ModuleLoadFact& newest = *load.newest;
    const std::string what =
        fmt::format("{} loaded another file from there at {}: SHA256 {}{}", shown(newest.image),
                    to_screen_time(newest.time), shown(load.sha256), signing_of(newest));
    const std::vector<Origin> evidence = {newest.origin, image.origin};
    if (is_of_its_signer(subject, image, newest)) {
      subject.raise("other_version_loaded", 0, what + "; updates leave such records", evidence);
      continue;
    }
    const bool is_told = says_signer(newest);
    subject.signatures_fit = false;
    subject.file_contradicts = subject.file_contradicts || is_told;
    subject.raise("loaded_file_differs",
                  !is_told                          ? 2
                  : row != nullptr && row->is_inbox ? 6
                                                    : 3,
                  what + (is_told ? ". What is said of the file in the evidence is not said of "
                                    "that one: another lay there then"
                                  : "; who signed it, the log does not say. What is said of "
                                    "the file in the evidence is not said of that one"),
                  evidence);
  }
}

}  // namespace npg
