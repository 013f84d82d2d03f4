#include "analysis/inventory/path_resolution.hpp"

#include <algorithm>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::uint32_t reg_sz = 1;
constexpr std::uint32_t reg_expand_sz = 2;

class Resolver {
 public:
  Resolver(const SharedText& raw, std::uint32_t type, const HostPaths& host)
      : host_(host),
        out_{.raw = raw, .type = type, .assumed_system_root = host.system_root_is_assumed} {}

  ResolvedPath run() {
    std::string path(out_.raw.raw());
    if (const auto nul = path.find('\0'); nul != std::string::npos) {
      odd("embedded_nul");
      path.resize(nul);
    }
    if (out_.type != reg_sz && out_.type != reg_expand_sz) {
      odd("unusual_type");
    }
    if (path.size() >= 2 && path.front() == '"' && path.back() == '"') {
      odd("quoted");
      path = path.substr(1, path.size() - 2);
    }
    expand(path);
    if (path.find('/') != std::string::npos) {
      odd("forward_slashes");
      std::replace(path.begin(), path.end(), '/', '\\');
    }
    if (path.empty()) {
      odd("empty");
      return out_;
    }
    strip_device_prefix(path);
    if (path.starts_with("\\\\")) {
      odd("unc");
    } else {
      anchor(path);
    }
    tidy_parts(path);
    out_.resolved = path;
    std::sort(out_.oddities.begin(), out_.oddities.end());
    out_.oddities.erase(std::unique(out_.oddities.begin(), out_.oddities.end()),
                        out_.oddities.end());
    return out_;
  }

 private:
  void odd(std::string_view what) { out_.oddities.emplace_back(what); }

  void expand(std::string& path) {
    if (path.find('%') == std::string::npos) {
      return;
    }
    if (out_.type != reg_expand_sz) {
      odd("unexpanded_variable");
      return;
    }
    std::string expanded;
    std::size_t at = 0;
    while (at < path.size()) {
      const std::size_t open = path.find('%', at);
      const std::size_t close = open == std::string::npos ? open : path.find('%', open + 1);
      if (close == std::string::npos) {
        break;
      }
      const auto variable = host_.variables.find(name_key(path.substr(open + 1, close - open - 1)));
      expanded += path.substr(at, open - at);
      if (variable == host_.variables.end()) {
        odd("unknown_variable");
        expanded += path.substr(open, close - open);
        at = close;  // The second % may open the next variable, as in ExpandEnvironmentStrings.
        continue;
      }
      expanded += variable->second;
      at = close + 1;
    }
    path = expanded + path.substr(std::min(at, path.size()));
  }

  void strip_device_prefix(std::string& path) {
    for (const std::string_view prefix : {"\\\\?\\UNC\\", "\\??\\UNC\\"}) {
      if (equal_names(path.substr(0, prefix.size()), prefix)) {
        odd("device_path");
        path = "\\\\" + path.substr(prefix.size());
        return;
      }
    }
    for (const std::string_view prefix : {"\\\\?\\", "\\??\\", "\\\\.\\"}) {
      if (path.starts_with(prefix)) {
        odd("device_path");
        path = path.substr(prefix.size());
        return;
      }
    }
  }

  void anchor(std::string& path) {
    const bool has_drive = path.size() >= 2 && path[1] == ':';
    if (has_drive) {
      return;
    }
    if (path.starts_with('\\')) {
      odd("relative");
      path = host_.system_root.substr(0, 2) + path;
    } else if (path.find('\\') == std::string::npos) {
      odd("bare_name");
      path = host_.system_root + "\\System32\\" + path;
    } else {
      // The loader tries its search folders; %SystemRoot% is the one that makes "System32\x.dll"
      // work.
      odd("relative");
      path = host_.system_root + "\\" + path;
    }
  }

  void tidy_parts(std::string& path) {
    const std::string root = path.starts_with("\\\\") ? "\\\\" : path.substr(0, 2);
    std::vector<std::string> parts;
    std::string_view rest = std::string_view(path).substr(root.size());
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\\'), rest.size());
      std::string part(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (part == "..") {
        odd("parent_folder");
        if (!parts.empty()) {
          parts.pop_back();
        }
        continue;
      }
      const std::size_t used = part.find_last_not_of(". ");
      if (!part.empty() && part != "." && (used == std::string::npos || used + 1 < part.size())) {
        odd("trailing_dot_or_space");
        part.resize(used == std::string::npos ? 0 : used + 1);
      }
      if (!part.empty() && part != ".") {
        parts.push_back(std::move(part));
      }
    }
    if (!parts.empty()) {
      finish_name(parts);
    }
    std::string joined = root;
    for (const std::string& part : parts) {
      joined += (joined.ends_with('\\') ? "" : "\\") + part;
    }
    path = joined;
  }

  void finish_name(std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
      const std::size_t tilde = part.find('~');
      if (tilde != std::string::npos && tilde + 1 < part.size() && part[tilde + 1] >= '0' &&
          part[tilde + 1] <= '9') {
        odd("short_name");
      }
    }
    std::string& name = parts.back();
    if (name.find(':') != std::string::npos) {
      odd("alternate_stream");
    }
    if (name.find('.') == std::string::npos) {
      odd("no_extension");
      name += ".dll";
    }
  }

  const HostPaths& host_;
  ResolvedPath out_;
};

}  // namespace

HostPaths host_paths(const FactSet& facts) {
  HostPaths paths;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.system_root.raw().size() >= 2) {
      paths.system_root = identity.system_root.raw();
      paths.system_root_is_assumed = false;
    }
  }
  while (paths.system_root.ends_with('\\')) {
    paths.system_root.pop_back();
  }
  const std::string drive = paths.system_root.substr(0, 2);
  // Defaults of every Windows since Vista; the host's own variables follow and win.
  paths.variables = {
      {"PROGRAMFILES", drive + "\\Program Files"},
      {"PROGRAMW6432", drive + "\\Program Files"},
      {"PROGRAMFILES(X86)", drive + "\\Program Files (x86)"},
      {"COMMONPROGRAMFILES", drive + "\\Program Files\\Common Files"},
      {"PROGRAMDATA", drive + "\\ProgramData"},
      {"ALLUSERSPROFILE", drive + "\\ProgramData"},
      {"PUBLIC", drive + "\\Users\\Public"},
  };
  for (const EnvironmentVariableFact& variable : facts.environment) {
    paths.variables[name_key(variable.name.raw())] = std::string(variable.text.raw());
  }
  paths.variables["SYSTEMROOT"] = paths.system_root;
  paths.variables["WINDIR"] = paths.system_root;
  paths.variables["SYSTEMDRIVE"] = drive;
  // A variable may name others once ("%SystemRoot%\TEMP"); deeper nesting is not expanded by
  // Windows either.
  for (auto& [name, value] : paths.variables) {
    const std::string lower_root = name_key(value);
    if (const auto at = lower_root.find("%SYSTEMROOT%"); at != std::string::npos) {
      value.replace(at, 12, paths.system_root);
    }
  }
  return paths;
}

ResolvedPath resolve_path(const SharedText& raw, std::uint32_t type, const HostPaths& host) {
  return Resolver(raw, type, host).run();
}

}  // namespace npg
