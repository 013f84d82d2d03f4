#include "analysis/inventory/companions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "analysis/inventory/images.hpp"
#include "analysis/inventory/judgement.hpp"
#include "analysis/inventory/path_resolution.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

std::optional<CompanionRole> role_of(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::connect_notifyee: return CompanionRole::connect_notifyee;
    case PolicyKind::winlogon_mpnotify: return CompanionRole::winlogon_mpnotify;
    case PolicyKind::image_debugger: return CompanionRole::image_debugger;
    default: return std::nullopt;
  }
}

/// A command line's program: what stands in quotes, or all up to the first blank behind ".exe".
std::string program_of(std::string_view command) {
  if (command.starts_with('"')) {
    return std::string(command.substr(1, command.find('"', 1) - 1));
  }
  const std::string upper = name_key(command);
  const std::size_t end = upper.find(".EXE ");
  return std::string(end == std::string::npos ? command : command.substr(0, end + 4));
}

bool ends_in_name(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && equal_names(text.substr(text.size() - tail.size()), tail);
}

bool is_program(CompanionRole role) {
  return role == CompanionRole::mpnotify || role == CompanionRole::winlogon_mpnotify ||
         role == CompanionRole::image_debugger;
}

/// The value's text; of a program's command line the program alone. The last value of VerifierDlls
/// may name several DLLs; the first decides what is looked at.
ResolvedPath path_of(const PolicyFact& policy, CompanionRole role, const HostPaths& host) {
  if (!is_program(role) || equal_names(policy.value_name.raw(), "VerifierDlls")) {
    return resolve_path(policy.text, policy.type, host);
  }
  ResolvedPath path = resolve_path(
      SharedText(EvidenceText::from_utf8(program_of(policy.text.raw()))), policy.type, host);
  path.raw = policy.text;
  return path;
}

/// False for what is loaded: a verifier DLL is named beside the debugger and is none.
bool is_started(const Companion& companion) {
  return is_program(companion.role) && !ends_in_name(companion.registered.raw(), "VerifierDlls");
}

/// Windows' own value of Winlogon's mpnotify is the bare name of its own program.
bool is_windows_own_value(const PolicyFact& policy) {
  return policy.text.empty() || (policy.policy == PolicyKind::winlogon_mpnotify &&
                                 equal_names(policy.text.raw(), "mpnotify.exe"));
}

/// The row that a file of Windows' own is judged by: mpr.dll by its exports, too.
KnownProvider windows_own_row(std::string name, std::string exports) {
  return {.name = std::move(name),
          .product = "Windows",
          .vendor = "Microsoft",
          .paths = {},
          .authent_paths = {},
          .exports = std::move(exports),
          .signers = {"Microsoft Windows"},
          .is_inbox = true,
          .signer_is_confident = true,
          .is_confident = true};
}

const KnownProvider& windows_own_file(CompanionRole role) {
  static const KnownProvider mpnotify = windows_own_row("mpnotify.exe", "");
  static const KnownProvider mpr = windows_own_row("mpr.dll", "mpr");
  return role == CompanionRole::mpr ? mpr : mpnotify;
}

void judge_registration(const Companion& companion, ProviderCase& subject) {
  switch (companion.role) {
    case CompanionRole::connect_notifyee:
      subject.raise("loaded_as_notifyee", 2,
                    "MPR loads it into every program that connects to a network resource; Windows "
                    "and known products register none",
                    companion.evidence);
      break;
    case CompanionRole::winlogon_mpnotify:
      subject.raise("started_instead_of_mpnotify", 5,
                    "winlogon starts it as SYSTEM at each logon in the place of mpnotify.exe",
                    companion.evidence);
      break;
    case CompanionRole::image_debugger:
      subject.raise(
          "tied_to_mpnotify", 6,
          fmt::format("{} ties it to each start of mpnotify.exe", shown(companion.registered)),
          companion.evidence);
      break;
    case CompanionRole::mpnotify:
    case CompanionRole::mpr: break;
  }
}

void conclude(const ProviderCase& subject, Companion& companion) {
  const bool is_windows_own =
      companion.role == CompanionRole::mpnotify || companion.role == CompanionRole::mpr;
  const bool is_missing = std::ranges::any_of(companion.reasons, [](const Reason& reason) {
    return reason.effect == ReasonEffect::missing;
  });
  companion.verdict = companion.score >= malicious_from    ? ProviderVerdict::malicious
                      : companion.score >= suspicious_from ? ProviderVerdict::suspicious
                      : is_windows_own && !is_missing && subject.signatures_fit
                          ? ProviderVerdict::expected
                          : ProviderVerdict::unexplained;
}

}  // namespace

std::vector<Companion> list_companions(const FactSet& facts) {
  const HostPaths host = host_paths(facts);
  std::vector<Companion> companions;
  constexpr std::array<std::pair<CompanionRole, std::string_view>, 2> own = {
      {{CompanionRole::mpnotify, "\\System32\\mpnotify.exe"},
       {CompanionRole::mpr, "\\System32\\mpr.dll"}}};
  for (const auto& [role, name] : own) {
    const std::string path = host.system_root + std::string(name);
    Companion companion{
        .role = role,
        .file = located_dll(resolve_path(SharedText(EvidenceText::from_utf8(path)), reg::sz, host),
                            facts)};
    if (companion.file.image) {
      companion.evidence = {companion.file.image->origin};
      companions.push_back(std::move(companion));
    }
  }
  for (const PolicyFact& policy : facts.policies) {
    const auto role = role_of(policy.policy);
    if (!role || is_windows_own_value(policy)) {
      continue;
    }
    const std::string where =
        std::string(policy.key.raw()) + "\\" + std::string(policy.value_name.raw());
    companions.push_back({.role = *role,
                          .registered = SharedText(EvidenceText::from_utf8(where)),
                          .file = located_dll(path_of(policy, *role, host), facts),
                          .evidence = {policy.origin}});
  }
  std::ranges::stable_sort(companions, [](const Companion& a, const Companion& b) {
    return std::tuple(a.role, a.registered.raw()) < std::tuple(b.role, b.registered.raw());
  });
  return companions;
}

void judge_companions(std::vector<Companion>& companions, const FactSet& facts,
                      const Knowledge& knowledge) {
  const HostPaths host = host_paths(facts);
  for (Companion& companion : companions) {
    const bool is_windows_own =
        companion.role == CompanionRole::mpnotify || companion.role == CompanionRole::mpr;
    // A provider's DLL is judged inside of a registration; here the file is all that there is.
    Provider carrier{.dlls = {companion.file}, .evidence = companion.evidence};
    KnownMatch match;
    if (is_windows_own) {
      match = {.row = &windows_own_file(companion.role),
               .path_matches = true,
               .authent_matches = true,
               .class_matches = true};
    }
    ProviderCase subject{.provider = carrier,
                         .changes = {},
                         .facts = facts,
                         .knowledge = knowledge,
                         .host = host,
                         .match = match,
                         .build = current_build(facts)};
    judge_registration(companion, subject);
    if (!is_windows_own) {
      judge_path_form(subject, companion.file, is_started(companion));
      judge_place(subject, companion.file);
    }
    judge_file(subject, companion.file, !is_started(companion));
    sort_reasons(carrier);
    companion.reasons = std::move(carrier.reasons);
    for (const Reason& reason : companion.reasons) {
      companion.score += reason.weight;
    }
    conclude(subject, companion);
  }
}

}  // namespace npg
