// Rules about what mpnotify.exe loaded and started.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::rules {
namespace {

bool file_name_is(std::string_view path, std::string_view name) {
  return equal_names(path.substr(path.rfind('\\') + 1), name);
}

/// WerFault.exe in Windows' own folder: the name alone anybody can bear.
bool is_crash_reporter(std::string_view path) {
  const std::string_view behind_drive = path.size() > 2 && path[1] == ':' ? path.substr(2) : path;
  return equal_names(behind_drive, "\\Windows\\System32\\WerFault.exe") ||
         equal_names(behind_drive, "\\Windows\\SysWOW64\\WerFault.exe");
}

/// Citrix single sign-on (provider PnSson) starts ssonsvr.exe from mpnotify.exe. Only below the
/// Program Files of the drive that Windows' own mpnotify.exe is on: elsewhere users may write.
bool is_citrix_single_sign_on(const ProcessStartFact& start) {
  const std::string_view child = start.image.raw();
  const std::string_view parent = start.parent_image.raw();
  if (child.size() < 3 || parent.size() < 3 || child[1] != ':' ||
      !equal_names(child.substr(0, 2), parent.substr(0, 2)) ||
      !equal_names(parent.substr(2), "\\Windows\\System32\\mpnotify.exe")) {
    return false;
  }
  const std::string path = name_key(child.substr(2));
  const bool is_below = path.starts_with("\\PROGRAM FILES\\CITRIX\\") ||
                        path.starts_with("\\PROGRAM FILES (X86)\\CITRIX\\");
  return is_below && path.find("\\..") == std::string::npos && file_name_is(child, "ssonsvr.exe");
}

/// Sysmon looked at its signature and found none; what a dialect leaves out is not that.
bool is_unsigned(const ModuleLoadFact& load) {
  return load.signature.empty() && !load.signature_status.empty() &&
         !equal_names(load.signature_status.raw(), "Valid");
}

/// What a load by mpnotify.exe says; `provider` is nothing where no registration names the DLL.
std::string load_text(const ModuleLoadFact& load, const Provider* provider,
                      const std::string& times) {
  if (provider == nullptr) {
    return fmt::format(
        "a DLL that nobody signed was loaded {}, by the program that is handed each typed "
        "password; no registration in the evidence names it",
        times);
  }
  if (provider->receives_credentials == YesNo::no) {
    return fmt::format("the DLL of provider {}, which asks for no credentials, was loaded {}{}",
                       shown(provider->name), times,
                       is_unsigned(load)
                           ? ", and nobody signed the file that was"
                           : ": Windows is seen to load none of those there, which is not "
                             "documented; another DLL may have loaded it");
  }
  return fmt::format("the DLL of provider {} was loaded {}: each load is a notified logon",
                     shown(provider->name), times);
}

}  // namespace

void mpnotify_module(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool sees_loads =
      !input.facts.module_loads.empty() ||
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const LogCoverageFact& log) { return log.module_load_events > 0; });
  if (!sees_loads) {
    say_not_evaluated(rule, "no log of the evidence holds a module load", output);
    return;
  }
  std::map<std::string, Finding> by_module;
  for (const ModuleLoadFact& load : input.facts.module_loads) {
    if (!file_name_is(load.image.raw(), "mpnotify.exe")) {
      continue;
    }
    const auto provider =
        std::find_if(input.providers.begin(), input.providers.end(), [&](const Provider& p) {
          return std::any_of(p.dlls.begin(), p.dlls.end(), [&](const ProviderDll& d) {
            return equal_names(d.path.resolved, load.module.raw());
          });
        });
    const bool is_registered = provider != input.providers.end();
    if (is_registered ? provider->verdict < ProviderVerdict::unexplained : !is_unsigned(load)) {
      continue;
    }
    const bool is_told_by_load_alone =
        is_registered && provider->receives_credentials == YesNo::no && !is_unsigned(load);
    const FindingSeverity severity = is_told_by_load_alone ? FindingSeverity::low : rule.severity;
    auto [entry, is_new] = by_module.try_emplace(name_key(load.module.raw()));
    Finding& finding = entry->second;
    if (is_new) {
      finding = make_finding(rule, input, shown(load.module), severity);
      finding.first_seen = load.time;
    }
    finding.severity = std::max(finding.severity, severity);
    finding.last_seen = load.time;
    finding.evidence.push_back(load.origin);
    const std::string times =
        fmt::format("{} time{}", finding.evidence.size(), finding.evidence.size() == 1 ? "" : "s");
    finding.text = load_text(load, is_registered ? &*provider : nullptr, times);
  }
  for (auto& [module, finding] : by_module) {
    output.findings.push_back(std::move(finding));
  }
}

void mpnotify_child(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool sees_starts =
      !input.facts.process_starts.empty() ||
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const LogCoverageFact& log) { return log.process_start_events > 0; });
  if (!sees_starts) {
    say_not_evaluated(rule, "no log of the evidence holds a process start", output);
    return;
  }
  for (const ProcessStartFact& start : input.facts.process_starts) {
    if (!file_name_is(start.parent_image.raw(), "mpnotify.exe") ||
        is_crash_reporter(start.image.raw())) {
      continue;
    }
    const bool is_known = is_citrix_single_sign_on(start);
    Finding finding = make_finding(
        rule, input, fmt::format("{} at {}", shown(start.image), to_screen_time(start.time)),
        is_known ? FindingSeverity::info : rule.severity);
    finding.text = fmt::format("started by mpnotify.exe as SYSTEM{}{}",
                               is_known ? ", as Citrix single sign-on does" : "",
                               start.command_line.empty() ? "" : ": " + shown(start.command_line));
    finding.first_seen = start.time;
    finding.last_seen = start.time;
    finding.evidence = {start.origin};
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace npg::rules
