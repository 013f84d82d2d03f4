#include "analysis/baseline/exception.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "analysis/baseline/approved_drift.hpp"
#include "analysis/baseline/drift.hpp"
#include "analysis/baseline/folder_writers.hpp"
#include "analysis/baseline/host_names.hpp"
#include "analysis/baseline/versions.hpp"
#include "analysis/baseline/writers.hpp"
#include "base/check.hpp"
#include "base/evidence_text.hpp"
#include "fact/finding_id.hpp"

namespace npg {
namespace {

bool is_in_scope(const ExceptionScope& scope, const HostAssessment& host,
                 const ExceptionContext& context) {
  const auto any = [](const std::vector<std::string>& list, const auto& holds) {
    return list.empty() || std::ranges::any_of(list, holds);
  };
  return any(scope.hosts,
             [&](const std::string& name) { return fits_host(name, host.host.name.raw()); }) &&
         any(scope.roles, [&](const std::string& role) { return role == host.host.role; }) &&
         any(scope.tags, [&](const std::string& tag) {
           return std::ranges::find(context.tags, tag) != context.tags.end();
         });
}

/// Every content that was collected of the DLL's path.
std::vector<const ImageFact*> contents_of(const ProviderDll& dll, const HostAssessment& host) {
  std::vector<const ImageFact*> contents;
  if (dll.image) {
    contents.push_back(&*dll.image);
  }
  for (const ImageFact& image : host.other_contents) {
    if (!dll.path.resolved.empty() && equal_names(image.windows_path.raw(), dll.path.resolved)) {
      contents.push_back(&image);
    }
  }
  return contents;
}

bool names_this(const ExceptionSelector& selector, const Provider& provider,
                const HostAssessment& host) {
  if (!selector.provider.empty()) {
    return equal_names(selector.provider, provider.name.raw());
  }
  return std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
    const bool is_path = !selector.path.empty() && equal_names(selector.path, dll.path.resolved);
    const bool is_hash = selector.path.empty() &&
                         std::ranges::any_of(contents_of(dll, host), [&](const ImageFact* image) {
                           return image->sha256 == selector.sha256;
                         });
    return is_path || is_hash;
  });
}

bool has_reason(const Provider& provider, std::initializer_list<std::string_view> codes) {
  return std::ranges::any_of(provider.reasons, [&](const Reason& reason) {
    return std::ranges::find(codes, reason.code) != codes.end();
  });
}

bool is_key_writable(const Provider& provider, const HostAssessment& host) {
  const std::string service = "\\SERVICES\\" + name_key(provider.name.raw());
  return std::ranges::any_of(host.keys, [&](const KeyState& key) {
    const std::string path = "\\" + name_key(key.fact.key.raw());
    return (path.ends_with(service) || path.ends_with(service + "\\NETWORKPROVIDER")) &&
           writable_by_others(key);
  });
}

ExceptionMatch match_image(const ExceptionSelector& selector, const ProviderDll& dll,
                           const ImageFact& image) {
  if (image.sha256.empty()) {
    return ExceptionMatch::file_missing;
  }
  if (!selector.path.empty() && !equal_names(selector.path, dll.path.resolved)) {
    return ExceptionMatch::path_differs;
  }
  if (!selector.sha256.empty() && selector.sha256 != image.sha256) {
    return ExceptionMatch::hash_differs;
  }
  const SignatureFact& signature = image.signature;
  if (!selector.signer.empty() || !selector.signer_thumbprint.empty()) {
    if (signature.status != SignatureStatus::trusted) {
      return ExceptionMatch::signer_not_verified;
    }
    const bool is_certificate =
        selector.signer_thumbprint.empty() || selector.signer_thumbprint == signature.thumbprint ||
        (!signature.chain.empty() && selector.signer_thumbprint == signature.chain.front().sha256);
    if (!is_certificate ||
        (!selector.signer.empty() && selector.signer != signature.subject.raw())) {
      return ExceptionMatch::signer_differs;
    }
  }
  if (!selector.version_from.empty() || !selector.version_to.empty()) {
    const auto version = version_numbers(image.file_version.raw());
    const bool is_low =
        !selector.version_from.empty() && version < version_numbers(selector.version_from);
    const bool is_high =
        !selector.version_to.empty() && version > version_numbers(selector.version_to);
    if (version.empty() || is_low || is_high) {
      return ExceptionMatch::version_differs;
    }
  }
  return ExceptionMatch::applies;
}

/// Which of several contents is the one that is loaded is not known: each must fit.
ExceptionMatch match_contents(const ExceptionSelector& selector, const ProviderDll& dll,
                              const HostAssessment& host) {
  if (!dll.image) {
    return ExceptionMatch::file_missing;
  }
  for (const ImageFact* image : contents_of(dll, host)) {
    if (const ExceptionMatch match = match_image(selector, dll, *image);
        match != ExceptionMatch::applies) {
      return match;
    }
  }
  return ExceptionMatch::applies;
}

const RegistryValueFact* value_of(const Provider& provider, std::string_view name) {
  const auto found = std::ranges::find_if(provider.values, [&](const RegistryValueFact& value) {
    return equal_names(value.name.raw(), name);
  });
  return found == provider.values.end() ? nullptr : &*found;
}

bool is_as_approved(const ApprovedRegistration& approved, const Provider& provider) {
  const auto fits = [&](const std::string& wanted, std::string_view name) {
    const RegistryValueFact* value = value_of(provider, name);
    return wanted.empty() ||
           (value == nullptr ? wanted == "none" : equal_names(value->text.raw(), wanted));
  };
  const bool has_class = value_of(provider, "Class") != nullptr;
  const std::string number =
      provider.provider_class ? fmt::format("{}", *provider.provider_class) : std::string();
  const bool fits_class =
      approved.provider_class.empty() ||
      (has_class ? approved.provider_class == number : approved.provider_class == "none");
  return fits_class && fits(approved.provider_path, "ProviderPath") &&
         fits(approved.authent_provider_path, "AuthentProviderPath");
}

bool is_in_a_window(const ExceptionRule& rule, FileTime written) {
  bool has_window = false;
  for (const ChangeEvidence& one : rule.evidence) {
    has_window = has_window || one.window.has_value();
    if (one.window && written.given() && one.window->from <= written && written <= one.window->to) {
      return true;
    }
  }
  return !has_window;
}

std::string end_text(const ExceptionRule& rule) {
  return to_screen_time(rule.expires);
}

Finding note_about(const ExceptionRule& rule, FindingSeverity severity, std::string text,
                   const Provider& provider, HostAssessment& host) {
  const DriftRule& info = drift_rules().back();
  NPG_CHECK(info.id == "NPG1027");
  const std::string subject = escape_for_terminal(EvidenceText::from_utf8(rule.id));
  return {.id = finding_id(host.host.name.raw(), info.id,
                           fmt::format("{}|{}", subject, provider.name.raw())),
          .rule = std::string(info.id),
          .title = std::string(info.title),
          .severity = severity,
          .subject = subject,
          .text = std::move(text),
          .attack = {std::string(info.attack)},
          .evidence = provider.evidence};
}

std::string shown_id(const ExceptionRule& rule) {
  return escape_for_terminal(EvidenceText::from_utf8(rule.id));
}

}  // namespace

std::string_view name_of(SelectorStrength strength) {
  constexpr std::array<std::string_view, 6> names = {
      "none", "name", "path", "path and signer", "path, signer and version", "hash"};
  return names[static_cast<std::size_t>(strength)];
}

SelectorStrength strength_of(const ExceptionSelector& selector) {
  const bool has_signer = !selector.signer.empty() || !selector.signer_thumbprint.empty();
  const bool has_version = !selector.version_from.empty() || !selector.version_to.empty();
  if (!selector.sha256.empty()) {
    return SelectorStrength::hash;
  }
  if (!selector.path.empty() && has_signer) {
    return has_version ? SelectorStrength::path_signer_version : SelectorStrength::path_signer;
  }
  if (!selector.path.empty()) {
    return SelectorStrength::path;
  }
  return selector.provider.empty() ? SelectorStrength::none : SelectorStrength::name;
}

std::string_view name_of(ExceptionMatch match) {
  switch (match) {
    case ExceptionMatch::applies: return "applies";
    case ExceptionMatch::not_this_provider: return "not_this_provider";
    case ExceptionMatch::out_of_scope: return "out_of_scope";
    case ExceptionMatch::not_yet: return "not_yet";
    case ExceptionMatch::expired: return "expired";
    case ExceptionMatch::revoked: return "revoked";
    case ExceptionMatch::file_missing: return "file_missing";
    case ExceptionMatch::path_differs: return "path_differs";
    case ExceptionMatch::hash_differs: return "hash_differs";
    case ExceptionMatch::signer_not_verified: return "signer_not_verified";
    case ExceptionMatch::signer_differs: return "signer_differs";
    case ExceptionMatch::version_differs: return "version_differs";
    case ExceptionMatch::dll_writable: return "dll_writable";
    case ExceptionMatch::key_writable: return "key_writable";
    case ExceptionMatch::folder_unknown: return "folder_unknown";
    case ExceptionMatch::registration_differs: return "registration_differs";
    case ExceptionMatch::registration_drifted: return "registration_drifted";
    case ExceptionMatch::file_drifted: return "file_drifted";
    case ExceptionMatch::outside_window: return "outside_window";
  }
  NPG_CHECK(false);
}

bool is_reopened(ExceptionMatch match) {
  return match >= ExceptionMatch::expired;
}

ExceptionMatch match_exception(const ExceptionRule& rule, const Provider& provider,
                               const HostAssessment& host, const ExceptionContext& context) {
  if (!names_this(rule.selector, provider, host)) {
    return ExceptionMatch::not_this_provider;
  }
  if (!is_in_scope(rule.scope, host, context)) {
    return ExceptionMatch::out_of_scope;
  }
  if (context.as_of < rule.created) {
    return ExceptionMatch::not_yet;
  }
  if (rule.revoked && *rule.revoked <= context.as_of) {
    return ExceptionMatch::revoked;
  }
  if (rule.expires <= context.as_of) {
    return ExceptionMatch::expired;
  }
  if (provider.dlls.empty()) {
    return ExceptionMatch::file_missing;
  }
  for (const ProviderDll& dll : provider.dlls) {
    if (const ExceptionMatch match = match_contents(rule.selector, dll, host);
        match != ExceptionMatch::applies) {
      return match;
    }
  }
  if (has_reason(provider,
                 {"path_in_writable_folder", "path_unc", "path_device_path",
                  "path_alternate_stream", "file_writable", "folder_writable", "dll_writable"})) {
    return ExceptionMatch::dll_writable;
  }
  for (const ProviderDll& dll : provider.dlls) {
    switch (default_writers_of(dll.path.resolved)) {
      case FolderWriters::everyone: return ExceptionMatch::dll_writable;
      case FolderWriters::not_known:
        if (strength_of(rule.selector) != SelectorStrength::hash) {
          return ExceptionMatch::folder_unknown;
        }
        break;
      case FolderWriters::administrators: break;
    }
  }
  if (is_key_writable(provider, host)) {
    return ExceptionMatch::key_writable;
  }
  if (!is_as_approved(rule.registration, provider)) {
    return ExceptionMatch::registration_differs;
  }
  if (is_reopened_by_drift(rule, provider, context)) {
    return ExceptionMatch::registration_drifted;
  }
  const bool says_what_file = strength_of(rule.selector) >= SelectorStrength::path_signer;
  if (!says_what_file && std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
        return context.drifted_files.contains(name_key(dll.path.resolved));
      })) {
    return ExceptionMatch::file_drifted;
  }
  return is_in_a_window(rule, provider.last_written) ? ExceptionMatch::applies
                                                     : ExceptionMatch::outside_window;
}

FindingSeverity full_severity(const Finding& finding) {
  return finding.lowered_from.value_or(finding.severity);
}

HiddenFindings findings_hidden_by(const ExceptionRule& rule, const Provider& provider,
                                  const HostAssessment& host, const ExceptionContext& context) {
  constexpr std::string_view about_providers[] = {"NPG1001", "NPG1002", "NPG1013", "NPG1020"};
  const std::string name = escape_for_terminal(provider.name.text());
  HiddenFindings found;
  for (std::size_t i = 0; i < host.findings.size(); ++i) {
    const Finding& finding = host.findings[i];
    const bool is_about_provider =
        std::ranges::find(about_providers, finding.rule) != std::end(about_providers) &&
        finding.subject == name;
    const bool is_about_dll = finding.rule == "NPG1022" &&
                              std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
                                return equal_names(dll.path.resolved, finding.subject);
                              });
    // What differs from the baseline is approved only by who said what the registration must be.
    const bool is_approved_drift = finding.rule == "NPG1021" && finding.subject == name &&
                                   approves_all_drift(rule, provider, context);
    const bool is_exposure = finding.rule == "NPG1015" && finding.subject.ends_with(" to " + name);
    if (is_about_provider || is_about_dll || is_approved_drift || is_exposure) {
      const bool is_hidden = full_severity(finding) <= rule.hides_up_to;
      (is_hidden ? found.hidden : found.too_severe).push_back(i);
      found.leaves_provider_open = found.leaves_provider_open || (!is_hidden && !is_exposure);
    }
  }
  return found;
}

void apply_exceptions(std::span<const ExceptionRule> rules, const ExceptionContext& context,
                      HostAssessment& host) {
  std::vector<Finding> notes;
  for (Provider& provider : host.providers) {
    const ExceptionRule* best = nullptr;
    for (const ExceptionRule& rule : rules) {
      const ExceptionMatch match = match_exception(rule, provider, host, context);
      if (is_reopened(match)) {
        notes.push_back(
            note_about(rule, FindingSeverity::low,
                       match == ExceptionMatch::expired
                           ? fmt::format("the exception for {} ended on {}",
                                         escape_for_terminal(provider.name.text()), end_text(rule))
                           : fmt::format("the exception for {} does not hold here and its "
                                         "findings are open again: {}",
                                         escape_for_terminal(provider.name.text()), name_of(match)),
                       provider, host));
      }
      if (match == ExceptionMatch::not_yet) {
        notes.push_back(note_about(
            rule, FindingSeverity::info,
            fmt::format("the exception for {} is not yet valid at {}, the time that exceptions are "
                        "held against: it was created at {}",
                        escape_for_terminal(provider.name.text()), to_screen_time(context.as_of),
                        to_screen_time(rule.created)),
            provider, host));
      }
      const auto rank = [](const ExceptionRule& one) {
        return std::tuple(-static_cast<int>(strength_of(one.selector)), std::string_view(one.id));
      };
      if (match == ExceptionMatch::applies && (best == nullptr || rank(rule) < rank(*best))) {
        best = &rule;
      }
    }
    if (best == nullptr) {
      continue;
    }
    const HiddenFindings found = findings_hidden_by(*best, provider, host, context);
    for (const std::size_t i : found.hidden) {
      host.findings[i].suppressed_by = shown_id(*best);
    }
    for (const std::size_t i : found.too_severe) {
      host.findings[i].text += fmt::format(
          "; exception {} would cover it, but hides at most {} findings{}", shown_id(*best),
          name_of(best->hides_up_to),
          host.findings[i].severity <= best->hides_up_to ? ", as they are before they are lowered"
                                                         : "");
    }
    if (!found.leaves_provider_open && provider.verdict > ProviderVerdict::approved) {
      provider.verdict = ProviderVerdict::approved;
    }
    if (best->expires.ticks - context.as_of.ticks <= warning_days * FileTime::per_day) {
      notes.push_back(note_about(
          *best, FindingSeverity::info,
          fmt::format("the exception for {} ends on {}: renew it, or its findings open again",
                      escape_for_terminal(provider.name.text()), end_text(*best)),
          provider, host));
    }
  }
  host.findings.insert(host.findings.end(), std::make_move_iterator(notes.begin()),
                       std::make_move_iterator(notes.end()));
  sort_findings(host.findings);
}

}  // namespace npg
