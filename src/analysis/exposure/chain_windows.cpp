#include "analysis/exposure/chain_windows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/bounds.hpp"
#include "analysis/exposure/life.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

constexpr std::string_view debugger = "\\Debugger";
constexpr std::string_view verifier = "\\VerifierDlls";

bool receives(const Companion& companion) {
  switch (companion.role) {
    case CompanionRole::mpnotify:
    case CompanionRole::mpr: return true;
    case CompanionRole::image_debugger:
      return ends_with_name(companion.registered.raw(), debugger) ||
             ends_with_name(companion.registered.raw(), verifier);
    case CompanionRole::connect_notifyee:
    case CompanionRole::app_init:
    case CompanionRole::winlogon_mpnotify: return false;
  }
  return false;
}

FileTime install_time(const FactSet& facts, FileTime before) {
  FileTime installed;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current) {
      installed = std::max(installed, identity.installed);
    }
  }
  return installed > before ? FileTime{} : installed;
}

/// Windows' own file was replaced: when, only a logged write of the file tells.
void bound_file(const Companion& companion, const FactSet& facts, FileTime evidence_end,
                Exposure& window) {
  const FileChangeFact* written = nullptr;
  for (const FileChangeFact& change : facts.file_changes) {
    if (!change.deleted && equal_names(change.path.raw(), companion.file.path.resolved)) {
      written = written == nullptr || change.time > written->time ? &change : written;
    }
  }
  if (written != nullptr) {
    window.earliest_start = written->time;
    window.latest_start = written->time;
    window.start_basis = "the last logged write of the file";
    window.evidence.push_back(written->origin);
  } else {
    window.latest_start = evidence_end;
    window.earliest_start = install_time(facts, evidence_end);
    window.start_basis =
        fmt::format("no logged write of the file: in place at the latest when the evidence ends{}",
                    window.earliest_start.given() ? ", at the earliest when Windows was installed"
                                                  : "; nothing bounds the start");
  }
  window.end_kind = WindowEnd::still_active;
  window.end_basis = "the file is in the evidence";
}

/// The registry puts it there: the value's logged writes, else its key's last write.
void bound_value(const Companion& companion, std::span<const Change> changes, const FactSet& facts,
                 Exposure& window) {
  const std::string_view registered = companion.registered.raw();
  for (const PolicyFact& policy : facts.policies) {
    if (std::ranges::find(companion.evidence, policy.origin) != companion.evidence.end()) {
      window.latest_start = policy.last_written;
    }
  }
  window.earliest_start = install_time(facts, window.latest_start);
  window.start_basis =
      fmt::format("no logged write: in place at the latest when its key was last written{}",
                  window.earliest_start.given() ? ", at the earliest when Windows was installed"
                                                : "; nothing bounds the start");
  window.end_kind = WindowEnd::still_active;
  window.end_basis = "named in the SOFTWARE hive";
  for (const Change& change : changes) {
    const std::string where =
        std::string(change.key.raw()) + "\\" + std::string(change.value_name.raw());
    if (change.what == "value_set" && ends_with_name(where, registered)) {
      window.earliest_start = change.is_exact ? change.time : change.not_before;
      window.latest_start = change.time;
      window.start_basis = change.is_exact ? "the first logged write that named it"
                                           : "an older copy of the SOFTWARE hive does not name it";
      window.evidence.insert(window.evidence.end(), change.evidence.begin(), change.evidence.end());
      break;
    }
  }
}

}  // namespace

std::vector<ReplacedMpnotify> chain_windows(std::span<const Companion> companions,
                                            std::span<const Change> changes, const FactSet& facts,
                                            const ClockCorrection& clock, FileTime evidence_end) {
  const PolicyHistory history(facts, changes);
  std::vector<ReplacedMpnotify> windows;
  for (const Companion& companion : companions) {
    if (!receives(companion) || companion.verdict < ProviderVerdict::suspicious) {
      continue;
    }
    // mpnotify.exe itself starts where a DLL is loaded into it.
    const bool is_debugger = ends_with_name(companion.registered.raw(), debugger);
    const bool is_file = companion.registered.empty();
    ReplacedMpnotify replaced{
        .window = {.provider = companion.role == CompanionRole::mpr ? SharedText("mpr.dll")
                               : companion.role == CompanionRole::mpnotify
                                   ? SharedText("mpnotify.exe")
                               : is_debugger ? SharedText("mpnotify.exe Debugger")
                                             : SharedText("mpnotify.exe VerifierDlls")},
        .program = is_debugger || companion.role == CompanionRole::mpnotify
                       ? companion.file.path.resolved
                       : std::string("mpnotify.exe")};
    Exposure& window = replaced.window;
    if (is_file) {
      bound_file(companion, facts, evidence_end, window);
    } else {
      bound_value(companion, changes, facts, window);
    }
    window.evidence.insert(window.evidence.end(), companion.evidence.begin(),
                           companion.evidence.end());
    set_password_policy(facts, history, window);
    allow_for_clock(facts, clock, window);
    std::ranges::sort(window.evidence);
    window.evidence.erase(std::unique(window.evidence.begin(), window.evidence.end()),
                          window.evidence.end());
    windows.push_back(std::move(replaced));
  }
  return windows;
}

}  // namespace npg::exposure
