#include "analysis/inventory/path_resolution.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "analysis/inventory/path_candidates.hpp"
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
    if (path.empty()) {
      odd("empty");
      return finish({});
    }
    if (path.find('/') != std::string::npos) {
      odd("forward_slashes");
      if (!is_literal(path)) {
        std::replace(path.begin(), path.end(), '/', '\\');
      }
    }
    is_literal_ = is_literal(path);
    if (strip_device_prefix(path) && !has_drive(path) && !path.starts_with("\\\\")) {
      // A volume or device by its own name: which drive it is, no hive says.
      return finish({});
    }
    if (path.starts_with("\\\\")) {
      judge_share(path);
    } else {
      anchor(path);
    }
    tidy_parts(path);
    follow_junction(path);
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

  /// Behind these prefixes Windows takes each character as it is: no dot, space or slash is dropped
  /// or changed.
  static bool is_literal(std::string_view path) {
    return path.starts_with("\\\\?\\") || path.starts_with("\\??\\");
  }

  /// A share of another machine, one reached by HTTP, or a detour over the network to this one.
  void judge_share(std::string& path) {
    odd("unc");
    const std::string_view rest = std::string_view(path).substr(2);
    const std::string_view server = rest.substr(0, rest.find('\\'));
    const std::string_view share_on = rest.substr(std::min(server.size() + 1, rest.size()));
    const std::string_view share = share_on.substr(0, share_on.find('\\'));
    if (server.find('@') != std::string_view::npos || equal_names(share, "DavWWWRoot")) {
      odd("webdav");
    }
    const bool is_self = equal_names(server, "localhost") || server == "127.0.0.1" ||
                         server == "." ||
                         (!host_.computer_name.empty() && equal_names(server, host_.computer_name));
    const std::string below(share_on.substr(std::min(share.size() + 1, share_on.size())));
    if (is_self && share.size() == 2 && share[1] == '$') {
      odd("unc_to_self");
      path = std::string(1, share[0]) + ":\\" + below;
    } else if (is_self && equal_names(share, "ADMIN$")) {
      odd("unc_to_self");
      path = host_.system_root + "\\" + below;
    }
  }

  /// The links between folders that every Windows since Vista comes with. Others are not in a hive.
  void follow_junction(std::string& path) {
    static constexpr std::pair<std::string_view, std::string_view> junctions[] = {
        {":\\Documents and Settings\\", ":\\Users\\"},
        {":\\Users\\All Users\\", ":\\ProgramData\\"},
        {":\\Users\\Default User\\", ":\\Users\\Default\\"},
        {":\\ProgramData\\Application Data\\", ":\\ProgramData\\"},
        {":\\ProgramData\\Desktop\\", ":\\Users\\Public\\Desktop\\"},
        {":\\ProgramData\\Documents\\", ":\\Users\\Public\\Documents\\"},
    };
    for (const auto& [link, target] : junctions) {
      if (has_drive(path) && equal_names(path.substr(1, link.size()), link)) {
        odd("junction");
        path = path.substr(0, 1) + std::string(target) + path.substr(1 + link.size());
      }
    }
    const std::string sysnative = host_.system_root + "\\Sysnative\\";
    if (equal_names(path.substr(0, sysnative.size()), sysnative)) {
      odd("sysnative");
    }
  }

  /// False when the result is longer than Windows takes.
  bool expand(std::string& path) {
    if (path.find('%') != std::string::npos) {
      if (out_.type != reg_expand_sz) {
        odd("unexpanded_variable");
      } else {
        ExpandedText expanded = expand_variables(path, host_.variables);
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
    bool ends_in_dot = false;  // A dot at the very end says "no extension".
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
        ends_in_dot = rest.empty() && part.ends_with('.') && !is_literal_;
        drop_trailing(part, rest.empty());
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

  /// All dots and spaces at the end of the last part go; of a folder one dot goes and nothing else,
  /// so that "C:\Windows \x.dll" is in another folder than Windows'.
  void drop_trailing(std::string& part, bool is_last) const {
    if (is_literal_) {
      return;
    }
    const std::size_t used = part.find_last_not_of(". ");
    if (is_last) {
      part.resize(used == std::string::npos ? 0 : used + 1);
    } else if (part.ends_with('.') && !part.ends_with("..")) {
      part.pop_back();
    }
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
  bool is_literal_ = false;
};

}  // namespace

ResolvedPath resolve_path(const SharedText& raw, std::uint32_t type, const HostPaths& host) {
  ResolvedPath path = Resolver(raw, type, host).run();
  path.candidates = path_candidates(path, host);
  return path;
}

}  // namespace npg
