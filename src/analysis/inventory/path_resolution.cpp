#include "analysis/inventory/path_resolution.hpp"

#include <algorithm>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::uint32_t reg_sz = 1;
constexpr std::uint32_t reg_expand_sz = 2;
/// Limit: ExpandEnvironmentStrings and paths end at 32,767 characters; without the bound a few
/// values that name each other would grow without end.
constexpr std::size_t path_bytes_max = 32'767;

using Variables = std::map<std::string, std::string>;

struct Expanded {
  std::string text;
  bool has_unknown = false;
  bool too_long = false;
};

/// Replaces every %name% once; what a variable holds is not expanded again.
Expanded expand_once(std::string_view text, const Variables& variables) {
  Expanded out;
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

bool has_drive(std::string_view path) {
  return path.size() >= 2 && path[1] == ':' &&
         ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z'));
}

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
    if (out_.type != reg_expand_sz && path.starts_with('%') &&
        path.find('%', 1) != std::string::npos) {
      // As it stands it is a name below the loader's search folders that begins with a percent
      // sign; an installer wrote the wrong type. A path that is rooted elsewhere stays a path.
      odd("unexpanded_variable");
      return finish({});
    }
    if (!expand(path)) {
      odd("too_long");
      return finish({});
    }
    if (path.find('/') != std::string::npos) {
      odd("forward_slashes");
      std::replace(path.begin(), path.end(), '/', '\\');
    }
    if (path.empty()) {
      odd("empty");
      return finish({});
    }
    if (strip_device_prefix(path) && !has_drive(path) && !path.starts_with("\\\\")) {
      // A volume or device by its own name: which drive it is, no hive says.
      return finish({});
    }
    if (path.starts_with("\\\\")) {
      odd("unc");
    } else {
      anchor(path);
    }
    tidy_parts(path);
    return finish(std::move(path));
  }

 private:
  ResolvedPath finish(std::string path) {
    out_.resolved = std::move(path);
    std::sort(out_.oddities.begin(), out_.oddities.end());
    out_.oddities.erase(std::unique(out_.oddities.begin(), out_.oddities.end()),
                        out_.oddities.end());
    return out_;
  }
  void odd(std::string_view what) { out_.oddities.emplace_back(what); }

  /// False when the result is longer than Windows takes.
  bool expand(std::string& path) {
    if (path.find('%') != std::string::npos) {
      if (out_.type != reg_expand_sz) {
        odd("unexpanded_variable");
      } else {
        Expanded expanded = expand_once(path, host_.variables);
        if (expanded.has_unknown) {
          odd("unknown_variable");
        }
        if (expanded.too_long) {
          return false;
        }
        path = std::move(expanded.text);
      }
    }
    return path.size() <= path_bytes_max;
  }

  /// True when there was one.
  bool strip_device_prefix(std::string& path) {
    for (const std::string_view prefix : {"\\\\?\\UNC\\", "\\??\\UNC\\"}) {
      if (equal_names(path.substr(0, prefix.size()), prefix)) {
        odd("device_path");
        path = "\\\\" + path.substr(prefix.size());
        return true;
      }
    }
    for (const std::string_view prefix : {"\\\\?\\", "\\??\\", "\\\\.\\"}) {
      if (path.starts_with(prefix)) {
        odd("device_path");
        path = path.substr(prefix.size());
        return true;
      }
    }
    return false;
  }

  void anchor(std::string& path) {
    if (has_drive(path)) {
      if (path.size() < 3 || path[2] != '\\') {
        odd("relative");  // "C:x.dll" is below the drive's current folder, its root for a service.
      }
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
    const std::size_t fixed = root == "\\\\" ? 2 : 0;  // .. does not climb above \\server\share.
    std::vector<std::string> parts;
    bool ends_in_dot = false;
    std::string_view rest = std::string_view(path).substr(root.size());
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\\'), rest.size());
      std::string part(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (part == "..") {
        odd("parent_folder");
        if (parts.size() > fixed) {
          parts.pop_back();
        }
        continue;
      }
      const std::size_t used = part.find_last_not_of(". ");
      if (!part.empty() && part != "." && (used == std::string::npos || used + 1 < part.size())) {
        odd("trailing_dot_or_space");
        ends_in_dot = part.ends_with('.');
        part.resize(used == std::string::npos ? 0 : used + 1);
      }
      if (!part.empty() && part != ".") {
        parts.push_back(std::move(part));
      }
    }
    if (!parts.empty()) {
      finish_name(parts, ends_in_dot);
    }
    std::string joined = root;
    for (const std::string& part : parts) {
      joined += (joined.ends_with('\\') ? "" : "\\") + part;
    }
    path = joined;
  }

  /// The loader adds ".dll" to a name without a dot; a dot at the end is how to say "no extension".
  void finish_name(std::vector<std::string>& parts, bool ends_in_dot) {
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
      name += ends_in_dot ? "" : ".dll";
    }
  }

  const HostPaths& host_;
  ResolvedPath out_;
};

}  // namespace

HostPaths host_paths(const FactSet& facts) {
  HostPaths paths;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current && has_drive(identity.system_root.raw())) {
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
  paths.variables["SYSTEMROOT"] = paths.system_root;
  paths.variables["WINDIR"] = paths.system_root;
  paths.variables["SYSTEMDRIVE"] = drive;
  // A stored variable may name those of the system once ("%SystemRoot%\TEMP"); deeper nesting is
  // not expanded by Windows either.
  const Variables of_system = paths.variables;
  for (const EnvironmentVariableFact& variable : facts.environment) {
    const std::string name = name_key(variable.name.raw());
    if (name != "SYSTEMROOT" && name != "WINDIR" && name != "SYSTEMDRIVE") {
      const EvidenceText text = variable.text.text().before_nul();
      paths.variables[name] = expand_once(text.raw(), of_system).text;
    }
  }
  return paths;
}

ResolvedPath resolve_path(const SharedText& raw, std::uint32_t type, const HostPaths& host) {
  return Resolver(raw, type, host).run();
}

}  // namespace npg
