// The reasons that a provider's DLL gives: how its path is written, where it lies, what it exports.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

void judge_folder(ProviderCase& subject, const ProviderDll& dll,
                  const std::vector<Origin>& evidence) {
  const std::string upper = name_key(dll.path.resolved);
  static constexpr std::string_view writable[] = {"\\USERS\\",
                                                  "\\PROGRAMDATA\\",
                                                  "\\TEMP\\",
                                                  "\\PERFLOGS\\",
                                                  "\\$RECYCLE.BIN\\",
                                                  "\\WINDOWS\\TASKS\\",
                                                  "\\WINDOWS\\TRACING\\",
                                                  "\\SPOOL\\DRIVERS\\COLOR\\"};
  for (const std::string_view folder : writable) {
    if (upper.find(folder) != std::string::npos) {
      subject.raise("path_in_writable_folder", 3,
                    fmt::format("{} lies where ordinary users may write by default",
                                shown(dll.path.resolved)),
                    evidence);
      return;
    }
  }
  const auto below = [&upper](std::string_view folder) {
    return upper.starts_with(name_key(folder));
  };
  const std::string drive = subject.host.system_root.substr(0, 2);
  const bool usual = below(subject.host.system_root + "\\System32\\") ||
                     below(drive + "\\Program Files\\") ||
                     below(drive + "\\Program Files (x86)\\") || subject.match.path_matches;
  if (!usual && !upper.empty() && !upper.starts_with("\\\\")) {
    subject.raise(
        "path_in_unusual_folder", 2,
        fmt::format("{} lies neither in System32 nor in Program Files", shown(dll.path.resolved)),
        evidence);
  }
}

void judge_path(ProviderCase& subject, const ProviderDll& dll) {
  const auto evidence =
      subject.value_evidence(dll.is_authent ? "AuthentProviderPath" : "ProviderPath");
  struct Form {
    std::string_view oddity;
    int weight;
    std::string_view text;
  };
  static constexpr Form forms[] = {
      {"unc", 4, "the DLL lies on another machine (UNC path)"},
      {"device_path", 3, "the path has a device prefix that no installer writes"},
      {"embedded_nul", 4,
       "the value goes on behind a NUL character, where Windows' tools do not show it"},
      {"alternate_stream", 4, "the DLL lies in an alternate data stream"},
      {"parent_folder", 2, "the path climbs with .."},
      {"forward_slashes", 1, "the path has forward slashes"},
      {"quoted", 1, "the path is in quotes, which MPR does not take off"},
      {"short_name", 2, "the path uses an 8.3 name"},
      {"trailing_dot_or_space", 3, "the path ends in dots or spaces, which Windows drops"},
      {"unexpanded_variable", 1, "the path is a REG_SZ with %, which Windows does not expand"},
      {"unknown_variable", 2, "the path uses a variable that the host's hives do not define"},
      {"unusual_type", 2, "the path is stored with an unusual value type"},
      {"too_long", 3, "the path is longer than Windows takes"},
      {"no_extension", 1, "the path has no extension"},
      {"empty", 2, "the path is stored, but empty or unreadable: which DLL it names is unknown"},
  };
  for (const Form& form : forms) {
    if (std::find(dll.path.oddities.begin(), dll.path.oddities.end(), form.oddity) !=
        dll.path.oddities.end()) {
      subject.raise("path_" + std::string(form.oddity), form.weight,
                    fmt::format("{}: {}", form.text, shown(dll.path.raw)), evidence);
    }
  }
  if (loads_nothing(dll)) {
    subject.lower(
        "path_does_not_load", 2,
        fmt::format("as it stands Windows loads nothing: {} is not expanded", shown(dll.path.raw)),
        evidence);
    return;
  }
  const bool is_odd = std::find(dll.path.oddities.begin(), dll.path.oddities.end(), "bare_name") !=
                          dll.path.oddities.end() ||
                      std::find(dll.path.oddities.begin(), dll.path.oddities.end(), "relative") !=
                          dll.path.oddities.end();
  if (is_odd && !subject.match.whole()) {
    subject.raise(
        "path_searched", 1,
        fmt::format("the loader's search order decides which file {} is", shown(dll.path.raw)),
        evidence);
  }
  judge_folder(subject, dll, evidence);
}

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
  bool credential = false;
  bool network = false;
  for (const ExportFact& e : image.exports) {
    const std::string_view name = e.name.raw();
    const bool is_credential = name == "NPLogonNotify" || name == "NPPasswordChangeNotify";
    credential = credential || is_credential;
    network = network || name == "NPAddConnection" || name == "NPAddConnection3" ||
              name == "NPOpenEnum" || name == "NPGetConnection" ||
              name == "NPGetResourceInformation";
    if (is_credential && !e.forwarder.empty()) {
      subject.raise("credential_export_forwarded", 3,
                    fmt::format("{} is forwarded to {}", name, shown(e.forwarder)), file);
    }
  }
  const bool is_receiver = has_credential_class(subject.provider) &&
                           (dll.is_authent || subject.provider.dlls.size() == 1);
  if (credential && !network) {
    const bool product_receives =
        subject.match.whole() && subject.match.row->credentials == YesNo::yes;
    subject.raise("exports_logon_functions_only",
                  product_receives               ? 0
                  : subject.match.row == nullptr ? 3
                                                 : 2,
                  "the DLL exports the logon functions and nothing that a network needs", file);
  } else if (credential && !has_credential_class(subject.provider)) {
    subject.raise(
        "exports_logon_functions", subject.match.whole() ? 0 : 1,
        "the DLL exports logon functions, though the registration does not ask for credentials",
        file);
  } else if (is_receiver && !credential) {
    subject.raise(
        "class_without_logon_export", 2,
        "the class asks for credentials, but no logon function is exported by name: it may be "
        "made at load time",
        file);
  } else if (!credential) {
    subject.lower("no_logon_exports", 1, "the DLL exports no logon function", file);
  }
}

void judge_dll(ProviderCase& subject, const ProviderDll& dll) {
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
    return;
  }
  const ImageFact& image = *dll.image;
  const std::vector<Origin> file = {image.origin};
  subject.missing("signature_not_checked",
                  image.has_certificate_table
                      ? "the DLL carries a signature, which this version does not verify"
                      : "signatures and catalogs are not checked by this version",
                  file);
  if (image.damaged) {
    subject.raise("dll_damaged", 1, "the DLL's headers or tables are damaged", file);
  }
  judge_exports(subject, dll, image, file);
  if (!image.has_version && dll.image) {
    subject.raise("dll_without_version", 1, "the DLL has no version resource; products have one",
                  file);
  } else if (!image.original_filename.empty()) {
    const std::string_view path = dll.path.resolved;
    const std::string_view file_name = path.substr(path.rfind('\\') + 1);
    const std::string_view original = image.original_filename.raw();
    // Localised builds state "x.dll.mui".
    if (!equal_names(file_name, original) &&
        !equal_names(std::string(file_name) + ".mui", original)) {
      subject.raise("dll_renamed", 2,
                    fmt::format("the DLL calls itself {}", shown(image.original_filename)), file);
    }
  }
}

}  // namespace

bool loads_nothing(const ProviderDll& dll) {
  return dll.path.resolved.empty() && std::find(dll.path.oddities.begin(), dll.path.oddities.end(),
                                                "unexpanded_variable") != dll.path.oddities.end();
}

void judge_dlls(ProviderCase& subject) {
  for (const ProviderDll& dll : subject.provider.dlls) {
    judge_path(subject, dll);
    judge_dll(subject, dll);
  }
}

}  // namespace npg
