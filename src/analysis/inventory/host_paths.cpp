#include "analysis/inventory/host_paths.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// A machine's Path holds some dozens of folders.
constexpr std::size_t search_folders_max = 128;

std::string machine_of(std::string_view architecture) {
  return equal_names(architecture, "AMD64")   ? "x64"
         : equal_names(architecture, "x86")   ? "x86"
         : equal_names(architecture, "ARM64") ? "arm64"
                                              : "";
}

/// True for "a %b% c".
bool has_variable(std::string_view text) {
  const std::size_t open = text.find('%');
  return open != std::string_view::npos && text.find('%', open + 1) != std::string_view::npos;
}

/// The two that Windows' loader sets before it reads any variable; no value of a hive moves them.
bool is_fixed(std::string_view key) {
  return key == "SYSTEMROOT" || key == "SYSTEMDRIVE";
}

std::string_view trimmed(std::string_view folder) {
  while (folder.ends_with('\\')) {
    folder.remove_suffix(1);
  }
  return folder;
}

void set_system_folders(Variables& variables, const std::string& system_root) {
  variables["SYSTEMROOT"] = system_root;
  variables["SYSTEMDRIVE"] = system_root.substr(0, 2);
}

/// The environment is made of plain texts first; then those that name others are expanded with what
/// is there. Facts have no value types: a REG_SZ that names another one is expanded here, too,
/// which Windows does not do. In which order Windows expands, and so what one of them gets that
/// names a later one, was not verified: here it gets it. One that names nothing known keeps the
/// name as it stands, as ExpandEnvironmentStrings leaves it.
void add_variables(const FactSet& facts, bool is_machines, HostPaths& paths) {
  // Limit: as deep as installers nest them, with room; two that name each other end here.
  constexpr int passes_max = 4;
  std::vector<const EnvironmentVariableFact*> expanded;
  for (const EnvironmentVariableFact& variable : facts.environment) {
    const std::string name = name_key(variable.name.raw());
    if (is_fixed(name) || (variable.control_set != 0) != is_machines) {
      continue;
    }
    const EvidenceText text = variable.text.text().before_nul();
    if (!has_variable(text.raw())) {
      paths.variables[name] = text.raw();
    } else {
      expanded.push_back(&variable);
    }
  }
  const Variables first = paths.variables;
  for (int pass = 0; pass < passes_max; ++pass) {
    const Variables before = paths.variables;
    for (const EnvironmentVariableFact* variable : expanded) {
      const EvidenceText text = variable->text.text().before_nul();
      const std::string name = name_key(variable->name.raw());
      // One that names itself means what it was before.
      Variables others = before;
      others.erase(name);
      if (const auto old = first.find(name); old != first.end()) {
        others[name] = old->second;
      }
      paths.variables[name] = expand_variables(text.raw(), others).text;
    }
    if (paths.variables == before) {
      break;
    }
  }
}

std::vector<std::string> search_folders(const Variables& variables) {
  std::vector<std::string> folders;
  const auto path = variables.find("PATH");
  std::string_view rest = path == variables.end() ? std::string_view() : path->second;
  while (!rest.empty() && folders.size() < search_folders_max) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string folder(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (folder.ends_with('\\')) {
      folder.pop_back();
    }
    if (has_drive(folder)) {
      folders.push_back(std::move(folder));
    }
  }
  return folders;
}

void add_volumes(const HostIdentityFact& identity, HostPaths& paths) {
  for (const SharedText& volume : identity.volumes) {
    const std::string_view text = volume.raw();
    const std::size_t end = text.rfind('=');
    if (end != std::string_view::npos) {
      paths.volumes[name_key(text.substr(0, end))] = text.substr(end + 1);
    }
  }
}

/// The folders of SYSTEM's profile by the names that Windows gives them in each user's environment.
void set_profile(const FactSet& facts, HostPaths& paths) {
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment != HiveMoment::current || identity.system_profile.empty()) {
      continue;
    }
    const std::string profile(
        trimmed(expand_variables(identity.system_profile.raw(), paths.variables).text));
    if (has_drive(profile)) {
      paths.profile = {{"USERPROFILE", profile},
                       {"APPDATA", profile + "\\AppData\\Roaming"},
                       {"LOCALAPPDATA", profile + "\\AppData\\Local"},
                       {"HOMEDRIVE", profile.substr(0, 2)},
                       {"HOMEPATH", profile.substr(2)}};
    }
  }
}

}  // namespace

bool has_drive(std::string_view path) {
  return path.size() >= 2 && path[1] == ':' &&
         ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z'));
}

ExpandedText expand_variables(std::string_view text, const Variables& variables) {
  ExpandedText out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('%', at);
    const std::size_t close = open == std::string_view::npos ? open : text.find('%', open + 1);
    if (close == std::string_view::npos) {
      break;
    }
    out.text += text.substr(at, open - at);
    const auto variable = variables.find(name_key(text.substr(open + 1, close - open - 1)));
    if (variable == variables.end()) {
      out.has_unknown = true;
      out.text += text.substr(open, close - open);
      at = close;  // The second % may open the next variable, as in ExpandEnvironmentStrings.
    } else {
      out.text += variable->second;
      out.has_unknown = out.has_unknown || has_variable(variable->second);
      at = close + 1;
    }
    if (out.text.size() > path_bytes_max) {
      out.too_long = true;
      return out;
    }
  }
  out.text += text.substr(std::min(at, text.size()));
  return out;
}

bool names_changed_folder(std::string_view text, const HostPaths& host) {
  for (const auto& [name, folder] : host.folders) {
    const auto own = host.variables.find(name);
    if (own != host.variables.end() && !equal_names(trimmed(own->second), trimmed(folder)) &&
        contains_name(text, "%" + name + "%")) {
      return true;
    }
  }
  return false;
}

std::string named_override(std::string_view text, const HostPaths& host) {
  for (const auto& [name, folder] : host.overridden) {
    if (contains_name(text, "%" + name + "%")) {
      return fmt::format("{} to {}", name, folder);
    }
  }
  return {};
}

HostPaths host_paths(const FactSet& facts) {
  HostPaths paths;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment != HiveMoment::current) {
      continue;
    }
    if (has_drive(identity.system_root.raw())) {
      paths.system_root = identity.system_root.raw();
      paths.system_root_is_assumed = false;
    }
    if (!identity.computer_name.empty()) {
      paths.computer_name = identity.computer_name.raw();
    }
    add_volumes(identity, paths);
  }
  while (paths.system_root.ends_with('\\')) {
    paths.system_root.pop_back();
  }
  const std::string drive = paths.system_root.substr(0, 2);
  // Defaults of every Windows since Vista; what the host's own hives say follows and wins.
  paths.variables = {
      {"PROGRAMFILES", drive + "\\Program Files"},
      {"PROGRAMW6432", drive + "\\Program Files"},
      {"PROGRAMFILES(X86)", drive + "\\Program Files (x86)"},
      {"COMMONPROGRAMFILES", drive + "\\Program Files\\Common Files"},
      {"COMMONPROGRAMW6432", drive + "\\Program Files\\Common Files"},
      {"COMMONPROGRAMFILES(X86)", drive + "\\Program Files (x86)\\Common Files"},
      {"PROGRAMDATA", drive + "\\ProgramData"},
      {"ALLUSERSPROFILE", drive + "\\ProgramData"},
      {"PUBLIC", drive + "\\Users\\Public"},
  };
  paths.variables["WINDIR"] = paths.system_root;
  if (!paths.computer_name.empty()) {
    paths.variables["COMPUTERNAME"] = paths.computer_name;
  }
  set_system_folders(paths.variables, paths.system_root);
  // The machine's own variables come after the folders that SOFTWARE names, and win.
  add_variables(facts, false, paths);
  paths.folders = paths.variables;
  for (const EnvironmentVariableFact& variable : facts.environment) {
    const std::string name = name_key(variable.name.raw());
    const EvidenceText text = variable.text.text().before_nul();
    if (variable.control_set != 0 && is_fixed(name) && !has_variable(text.raw()) &&
        !equal_names(trimmed(text.raw()), trimmed(paths.variables[name]))) {
      paths.overridden[name] = text.raw();
    }
  }
  add_variables(facts, true, paths);
  if (const auto found = paths.variables.find("PROCESSOR_ARCHITECTURE");
      found != paths.variables.end()) {
    paths.machine = machine_of(found->second);
  }
  paths.search_path = search_folders(paths.variables);
  set_profile(facts, paths);
  return paths;
}

}  // namespace npg
