#include "analysis/inventory/mpnotify_ties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::string_view options_key =
    "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\mpnotify.exe";
constexpr std::string_view exit_key =
    "Microsoft\\Windows NT\\CurrentVersion\\SilentProcessExit\\mpnotify.exe";
constexpr std::uint64_t flag_verifier = 0x100;
constexpr std::uint64_t flag_silent_exit = 0x200;
constexpr std::uint64_t mode_launch = 1;

const PolicyFact* setting(const FactSet& facts, std::string_view key, std::string_view name) {
  const auto found = std::ranges::find_if(facts.policies, [&](const PolicyFact& policy) {
    return policy.policy == PolicyKind::image_debugger && equal_names(policy.key.raw(), key) &&
           equal_names(policy.value_name.raw(), name);
  });
  return found == facts.policies.end() ? nullptr : &*found;
}

/// A number, also one written as text ("0x200"), as gflags does.
std::uint64_t number_of(const PolicyFact* policy) {
  if (policy == nullptr) {
    return 0;
  }
  if (policy->number) {
    return *policy->number;
  }
  const std::string text(policy->text.raw());
  std::uint64_t value = 0;
  for (const char c : text.substr(text.starts_with("0x") || text.starts_with("0X") ? 2 : 0)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) {
      return 0;
    }
    value = value * 16 + static_cast<std::uint64_t>(digit);
  }
  return value;
}

class Reader {
 public:
  Reader(const FactSet& facts, const HostPaths& host) : facts_(facts), host_(host) {}

  Tie read(std::string_view registered) {
    const std::size_t cut = registered.rfind('\\');
    const std::string_view key = registered.substr(0, std::min(cut, registered.size()));
    const std::string_view name = registered.substr(std::min(cut + 1, registered.size()));
    tie_.is_about_exit = contains_name(key, "\\SilentProcessExit\\");
    if (contains_name(key, "Wow6432Node\\") && host_.machine != "x86") {
      tie_.idle = "64-bit Windows reads it for 32-bit programs, and mpnotify.exe is none";
    } else if (tie_.is_about_exit) {
      look_at_flag(options_key, flag_silent_exit, "0x200 (monitor silent process exit)");
      look_at_mode(key);
    } else if (equal_names(name, "VerifierDlls")) {
      look_at_flag(key, flag_verifier, "0x100 (application verifier)");
    }
    look_at_filter(key);
    return std::move(tie_);
  }

 private:
  void cite(const PolicyFact* policy) {
    if (policy != nullptr) {
      tie_.evidence.push_back(policy->origin);
    }
  }

  void look_at_flag(std::string_view key, std::uint64_t flag, std::string_view word) {
    const PolicyFact* flags = setting(facts_, key, "GlobalFlag");
    if ((number_of(flags) & flag) == 0) {
      tie_.idle = fmt::format(
          "GlobalFlag of {} {} {}", options_key,
          flags == nullptr ? "is not set, and would have to hold" : "does not hold", word);
      cite(flags);
    }
  }

  void look_at_mode(std::string_view key) {
    const PolicyFact* mode = setting(facts_, key, "ReportingMode");
    if (tie_.idle.empty() && mode != nullptr && (number_of(mode) & mode_launch) == 0) {
      tie_.idle = "ReportingMode does not ask for a program to be started";
      cite(mode);
    }
  }

  /// Of what stands in a sub-key: the main key must ask for filters, and the path must be
  /// Windows' own mpnotify.exe.
  void look_at_filter(std::string_view key) {
    const std::size_t cut = std::min(key.rfind('\\'), key.size());
    const std::string_view above = key.substr(0, cut);
    const bool is_sub_key = contains_name(above, "\\mpnotify.exe");
    if (!is_sub_key || !tie_.idle.empty()) {
      return;
    }
    const PolicyFact* use = setting(facts_, above, "UseFilter");
    const PolicyFact* path = setting(facts_, key, "FilterFullPath");
    if (number_of(use) == 0) {
      tie_.idle = "it stands in a filter, and UseFilter is not set";
      cite(use);
    } else if (path != nullptr &&
               !equal_names(path->text.raw(), host_.system_root + "\\System32\\mpnotify.exe")) {
      tie_.idle = fmt::format("its filter is for {}", shown(path->text));
      cite(path);
    }
  }

  const FactSet& facts_;
  const HostPaths& host_;
  Tie tie_;
};

}  // namespace

Tie tie_of(std::string_view registered, const FactSet& facts, const HostPaths& host) {
  return Reader(facts, host).read(registered);
}

const PolicyFact* local_override(const FactSet& facts) {
  const PolicyFact* value =
      setting(facts, "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options",
              "DevOverrideEnable");
  return number_of(value) != 0 ? value : nullptr;
}

bool is_tie_setting(const PolicyFact& policy) {
  constexpr std::array<std::string_view, 5> settings = {"GlobalFlag", "UseFilter", "ReportingMode",
                                                        "FilterFullPath", "DevOverrideEnable"};
  return policy.policy == PolicyKind::image_debugger &&
         std::ranges::any_of(settings, [&](std::string_view name) {
           return equal_names(policy.value_name.raw(), name);
         });
}

bool is_verifier_of_windows(const ResolvedPath& path) {
  constexpr std::array<std::string_view, 10> names = {
      "vrfcore.dll", "vfbasics.dll",   "vfcompat.dll", "vfluapriv.dll", "vfprint.dll",
      "vfnet.dll",   "vfntlmless.dll", "vfnws.dll",    "vfcuzz.dll",    "verifier.dll"};
  return std::ranges::any_of(
      names, [&](std::string_view name) { return equal_names(path.raw.raw(), name); });
}

}  // namespace npg
