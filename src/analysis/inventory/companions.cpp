#include "analysis/inventory/companions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/inventory/images.hpp"
#include "analysis/inventory/judgement.hpp"
#include "analysis/inventory/mpnotify_ties.hpp"
#include "analysis/inventory/path_candidates.hpp"
#include "analysis/inventory/path_resolution.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"
#include "fact/control_sets.hpp"
#include "fact/own_mpnotify.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// What stands in the place of a value for the DLLs that only lie there.
constexpr std::string_view local_name = "System32\\mpnotify.exe.local";

std::optional<CompanionRole> role_of(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::connect_notifyee: return CompanionRole::connect_notifyee;
    case PolicyKind::winlogon_mpnotify: return CompanionRole::winlogon_mpnotify;
    case PolicyKind::image_debugger: return CompanionRole::image_debugger;
    case PolicyKind::app_init: return CompanionRole::app_init;
    default: return std::nullopt;
  }
}

/// Where a command line's program ends: at the closing quote, behind ".exe", or at the first blank
/// where no extension stands.
std::size_t end_of_program(std::string_view command) {
  if (command.starts_with('"')) {
    return std::min(command.find('"', 1), command.size());
  }
  const std::size_t end = name_key(command).find(".EXE ");
  if (end != std::string::npos) {
    return std::min(end + 4, command.size());
  }
  const std::size_t blank = std::min(command.find(' '), command.size());
  const bool has_extension = command.find('.') != std::string_view::npos;
  return has_extension ? command.size() : blank;
}

std::string program_of(std::string_view command) {
  const std::size_t quote = command.starts_with('"') ? 1 : 0;
  return std::string(command.substr(quote, end_of_program(command) - quote));
}

/// The words of a list, without quotes around them.
std::vector<std::string> words_of(std::string_view text, std::string_view dividers) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const bool is_quoted = text.starts_with('"');
    const std::size_t end =
        std::min(is_quoted ? text.find('"', 1) : text.find_first_of(dividers), text.size());
    if (end > (is_quoted ? 1U : 0U)) {
      words.emplace_back(is_quoted ? text.substr(1, end - 1) : text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool ends_in_name(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && equal_names(text.substr(text.size() - tail.size()), tail);
}

/// The DLLs that a command line hands to its program, as for rundll32.exe.
std::vector<std::string> libraries_in_arguments(std::string_view command) {
  std::vector<std::string> libraries;
  for (std::string& word : words_of(command.substr(end_of_program(command)), " ,\t")) {
    if (ends_in_name(word, ".dll")) {
      libraries.push_back(std::move(word));
    }
  }
  return libraries;
}

bool is_program(CompanionRole role) {
  return role == CompanionRole::mpnotify || role == CompanionRole::winlogon_mpnotify ||
         role == CompanionRole::image_debugger;
}

/// The files that a value names: those of a list of DLLs, or a command line's program and the
/// libraries that it is handed.
std::vector<ResolvedPath> paths_of(const PolicyFact& policy, CompanionRole role,
                                   const HostPaths& host) {
  const std::string_view text = policy.text.raw();
  if (!is_program(role) && role != CompanionRole::app_init) {
    return {resolve_path(policy.text, policy.type, host)};
  }
  std::vector<ResolvedPath> paths;
  const auto add = [&](const std::string& named, NamedFile kind) {
    paths.push_back(
        resolve_path(SharedText(EvidenceText::from_utf8(named)), policy.type, host, kind));
  };
  if (role == CompanionRole::app_init || equal_names(policy.value_name.raw(), "VerifierDlls")) {
    for (const std::string& word : words_of(text, " ,;\t")) {
      add(word, NamedFile::library);
    }
    return paths;
  }
  add(program_of(text), NamedFile::program);
  paths.back().raw = policy.text;
  for (const std::string& library : libraries_in_arguments(text)) {
    add(library, NamedFile::library);
  }
  return paths;
}

/// True for a library that a program's command line hands to it.
bool is_in_arguments(const Companion& companion) {
  return is_program(companion.role) && ends_in_name(companion.file.path.resolved, ".dll") &&
         !ends_in_name(companion.registered.raw(), "VerifierDlls");
}

/// False for what is loaded: a verifier DLL is named beside the debugger and is none.
bool is_started(const Companion& companion) {
  return is_program(companion.role) && !is_in_arguments(companion) &&
         !equal_names(companion.registered.raw(), local_name) &&
         !ends_in_name(companion.registered.raw(), "VerifierDlls");
}

/// Windows' own value of Winlogon's mpnotify is the bare name of its own program.
bool is_windows_own_value(const PolicyFact& policy) {
  return policy.text.raw().find_first_not_of(std::string_view(" \t\0", 3)) ==
             std::string_view::npos ||
         (policy.policy == PolicyKind::winlogon_mpnotify && is_default_mpnotify(policy.text.raw()));
}

/// AppInit_DLLs, which does nothing until another value says so, and that other value.
bool is_idle_list(const PolicyFact& policy, const FactSet& facts) {
  return policy.policy == PolicyKind::app_init &&
         (!equal_names(policy.value_name.raw(), "AppInit_DLLs") ||
          std::ranges::none_of(facts.policies, [](const PolicyFact& each) {
            return each.policy == PolicyKind::app_init && each.number == std::optional(1U) &&
                   equal_names(each.value_name.raw(), "LoadAppInit_DLLs");
          }));
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

void judge_notifyee(const Companion& companion, ProviderCase& subject) {
  const std::string set = other_control_set(companion.registered.raw(), subject.facts);
  if (!set.empty()) {
    subject.raise("loaded_as_notifyee_elsewhere", 1,
                  fmt::format("listed in {}, which is not the current control set: not in force "
                              "until Windows is started with that one",
                              set),
                  companion.evidence);
    return;
  }
  subject.raise("loaded_as_notifyee", 2,
                "MPR loads it into every program that connects to a network resource; Windows "
                "and known products register none",
                companion.evidence);
}

/// A DLL of the folder from which Windows may load it into mpnotify.exe in the place of another.
void judge_local(const Companion& companion, ProviderCase& subject) {
  const PolicyFact* force = local_override(subject.facts);
  std::vector<Origin> evidence = companion.evidence;
  if (force != nullptr) {
    evidence.push_back(force->origin);
  }
  subject.raise(
      "beside_mpnotify_local", force != nullptr ? 3 : 2,
      fmt::format("it lies in the folder mpnotify.exe.local, from which Windows loads DLLs into "
                  "mpnotify.exe in the place of those of the same name{}; no installer makes such "
                  "a folder",
                  force != nullptr ? ", as DevOverrideEnable is set" : ""),
      evidence);
  subject.missing("local_folder_unverified",
                  "whether mpnotify.exe takes DLLs from there was not verified on a real Windows: "
                  "a manifest of its own and KnownDLLs keep it from that",
                  companion.evidence);
}

void judge_tie(const Companion& companion, ProviderCase& subject) {
  if (equal_names(companion.registered.raw(), local_name)) {
    judge_local(companion, subject);
    return;
  }
  const Tie tie = tie_of(companion.registered.raw(), subject.facts, subject.host);
  std::vector<Origin> evidence = companion.evidence;
  std::ranges::copy(tie.evidence, std::back_inserter(evidence));
  if (!tie.idle.empty()) {
    subject.raise(
        "tied_to_mpnotify_idle", 2,
        fmt::format("{} would tie it to mpnotify.exe, and is not in force as it stands: {}",
                    shown(companion.registered), tie.idle),
        evidence);
    return;
  }
  if (is_verifier_of_windows(companion.file.path)) {
    subject.raise("verifier_of_windows", 1,
                  fmt::format("{} loads Application Verifier's own {} into mpnotify.exe",
                              shown(companion.registered), shown(companion.file.path.raw)),
                  evidence);
    return;
  }
  subject.raise("tied_to_mpnotify", 6,
                fmt::format("{} ties it to each {} of mpnotify.exe", shown(companion.registered),
                            tie.is_about_exit ? "exit" : "start"),
                evidence);
}

/// Winlogon's value by which Windows' own program is named in another way than by its bare name.
bool is_own_program(const Companion& companion, const ProviderCase& subject) {
  return std::ranges::any_of(subject.facts.policies, [&](const PolicyFact& policy) {
    return policy.policy == PolicyKind::winlogon_mpnotify &&
           std::ranges::find(companion.evidence, policy.origin) != companion.evidence.end() &&
           names_own_mpnotify(policy.text.raw(), policy.type, subject.facts);
  });
}

void judge_program(const Companion& companion, ProviderCase& subject) {
  if (is_own_program(companion, subject)) {
    subject.raise("mpnotify_named_by_path", 1,
                  fmt::format("the value names Windows' own mpnotify.exe ({}), which is started "
                              "without it, too: Windows ships no such value",
                              shown(companion.file.path.raw)),
                  companion.evidence);
    return;
  }
  subject.raise("started_instead_of_mpnotify", 5,
                is_in_arguments(companion)
                    ? "the program that winlogon starts as SYSTEM at each logon in the place "
                      "of mpnotify.exe is handed it"
                    : "winlogon starts it as SYSTEM at each logon in the place of mpnotify.exe",
                companion.evidence);
}

void judge_registration(const Companion& companion, ProviderCase& subject) {
  switch (companion.role) {
    case CompanionRole::connect_notifyee: judge_notifyee(companion, subject); break;
    case CompanionRole::winlogon_mpnotify: judge_program(companion, subject); break;
    case CompanionRole::image_debugger: judge_tie(companion, subject); break;
    case CompanionRole::app_init:
      subject.raise("loaded_by_app_init", 1,
                    "AppInit_DLLs has it loaded into every program that loads user32.dll; whether "
                    "mpnotify.exe does was not verified, and where Secure Boot is on, Windows "
                    "leaves the list out",
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
  const std::string local = local_folder(host) + "\\";
  for (const ImageFact& image : facts.images) {
    if (equal_names(image.windows_path.raw().substr(0, local.size()), local)) {
      companions.push_back(
          {.role = CompanionRole::image_debugger,
           .registered = SharedText(local_name),
           .file = located_dll(resolve_path(image.windows_path, reg::sz, host), facts),
           .evidence = {image.origin}});
    }
  }
  for (const PolicyFact& policy : facts.policies) {
    const auto role = role_of(policy.policy);
    if (!role || is_windows_own_value(policy) || is_tie_setting(policy) ||
        is_idle_list(policy, facts)) {
      continue;
    }
    const std::string where =
        std::string(policy.key.raw()) + "\\" + std::string(policy.value_name.raw());
    for (ResolvedPath& path : paths_of(policy, *role, host)) {
      companions.push_back({.role = *role,
                            .registered = SharedText(EvidenceText::from_utf8(where)),
                            .file = located_dll(std::move(path), facts),
                            .evidence = {policy.origin}});
    }
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
    if (!is_windows_own && !is_own_program(companion, subject)) {
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
