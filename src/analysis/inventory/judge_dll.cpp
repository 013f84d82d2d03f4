// The reasons that a provider's DLL gives by what it exports, and the order in which all that is
// known of the file is looked at.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/images.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// The SHA256 that Sysmon logged with the newest load of the DLL; nothing when none did.
std::pair<std::string, const ModuleLoadFact*> logged_hash(ProviderCase& subject,
                                                          const ProviderDll& dll) {
  for (auto load = subject.facts.module_loads.rbegin(); load != subject.facts.module_loads.rend();
       ++load) {
    if (dll.path.resolved.empty() || !equal_names(dll.path.resolved, load->module.raw())) {
      continue;
    }
    constexpr std::string_view label = "SHA256=";
    const std::string_view hashes = load->hashes.raw();
    const std::size_t at = hashes.find(label);
    if (at != std::string_view::npos) {
      const std::string_view digits = hashes.substr(at + label.size());
      return {shown(digits.substr(0, digits.find(','))), &*load};
    }
  }
  return {};
}

void judge_exports(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image,
                   const std::vector<Origin>& file) {
  const ExportShape shape = export_shape(image);
  const bool is_receiver = has_credential_class(subject.provider) &&
                           (dll.is_authent || subject.provider.dlls.size() == 1);
  if (shape.logon && !shape.network) {
    const bool product_receives =
        subject.match.whole() && subject.match.row->credentials == YesNo::yes;
    subject.raise("exports_logon_functions_only",
                  product_receives               ? 0
                  : subject.match.row == nullptr ? 3
                                                 : 2,
                  "the DLL exports the logon functions and nothing that a network needs", file);
  } else if (shape.logon && !has_credential_class(subject.provider)) {
    subject.raise(
        "exports_logon_functions", subject.match.whole() && !subject.file_contradicts ? 0 : 1,
        "the DLL exports logon functions, though the registration does not ask for credentials",
        file);
  } else if (is_receiver && !shape.logon) {
    subject.raise(
        "class_without_logon_export", 2,
        fmt::format("the class asks for credentials, but no logon function is exported "
                    "by name{}: it may be made at load time",
                    shape.unnamed == 0 ? std::string()
                                       : fmt::format(" ({} by number alone)", shape.unnamed)),
        file);
  } else if (!shape.logon) {
    subject.lower("no_logon_exports", 1, "the DLL exports no logon function", file);
  }
}

/// A signature says who made a file, not which one it is: another file of Windows under the name of
/// one of its providers is as foreign there as anybody's.
void judge_inbox_fit(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image,
                     const std::vector<Origin>& file) {
  const bool is_in_inbox_place =
      subject.match.row != nullptr && subject.match.row->is_inbox && !dll.is_authent;
  if (!is_in_inbox_place) {
    return;
  }
  const bool tells_capabilities = std::ranges::any_of(
      image.exports, [](const ExportFact& each) { return each.name.raw() == "NPGetCaps"; });
  if (!tells_capabilities && !image.damaged) {
    subject.contradict("exports_do_not_fit", 6,
                       fmt::format("{} does not export NPGetCaps, which every network provider of "
                                   "Windows has: it is not {}'s file",
                                   shown(image.windows_path), subject.match.row->name),
                       file);
  }
  if (!can_load(image, subject.host)) {
    subject.contradict("machine_does_not_fit", 4,
                       fmt::format("{} is for {}, this Windows for {}: it is not {}'s file",
                                   shown(image.windows_path), image.machine, subject.host.machine,
                                   subject.match.row->name),
                       file);
  }
}

}  // namespace

void judge_file(ProviderCase& subject, const ProviderDll& dll, bool exports_matter) {
  auto evidence = subject.value_evidence(dll.is_authent ? "AuthentProviderPath" : "ProviderPath");
  if (!dll.image) {
    const auto [sha256, load] = logged_hash(subject, dll);
    if (load != nullptr) {
      evidence.push_back(load->origin);
    }
    subject.missing(
        "dll_not_in_evidence",
        fmt::format("{} is not in the evidence: exports{} and signature are unknown{}",
                    dll.path.resolved.empty() ? "the file" : shown(dll.path.resolved),
                    load == nullptr ? ", hash" : "",
                    load == nullptr ? ""
                                    : fmt::format(", Sysmon logged SHA256 {} when it was "
                                                  "loaded at {}",
                                                  sha256, to_screen_time(load->time))),
        evidence);
    subject.signatures_fit = false;
    return;
  }
  const ImageFact& image = *dll.image;
  const std::vector<Origin> file = {image.origin};
  judge_signature(subject, image);
  if (image.damaged) {
    subject.raise("dll_damaged", 1, "the file's headers or tables are damaged", file);
  }
  if (exports_matter) {
    judge_inbox_fit(subject, dll, image, file);
    judge_exports(subject, dll, image, file);
    judge_loading(subject, dll, image);
  }
  judge_version(subject, dll, image);
}

void judge_dlls(ProviderCase& subject) {
  for (const ProviderDll& dll : subject.provider.dlls) {
    judge_path(subject, dll);
    judge_file(subject, dll, true);
  }
}

}  // namespace npg
