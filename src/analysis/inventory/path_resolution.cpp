#include "analysis/inventory/path_resolution.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "analysis/inventory/path_candidates.hpp"
#include "analysis/inventory/path_characters.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"

namespace npg {
namespace {

class Resolver {
 public:
  Resolver(const SharedText& raw, std::uint32_t type, const HostPaths& host, NamedFile kind)
      : host_(host),
        kind_(kind),
        out_{.raw = raw, .type = type, .assumed_system_root = host.system_root_is_assumed} {}

  ResolvedPath run() {
    std::string path(out_.raw.raw());
    if (const auto nul = path.find('\0'); nul != std::string::npos) {
      odd("embedded_nul");
      path.resize(nul);
    }
    if (out_.type != reg::sz && out_.type != reg::expand_sz) {
      odd("unusual_type");
      if (!take_text_of_type(path)) {
        odd("no_text");
        return finish({});
      }
    }
    judge_characters(path);
    if (path.size() >= 2 && path.front() == '"' && path.back() == '"') {
      odd("quoted");
      path = path.substr(1, path.size() - 2);
    }
    if (out_.type != reg::expand_sz && path.starts_with('%') &&
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
      // A volume or device by its own name, which the host's hive ties to no drive.
      return finish({});
    }
    if (is_literal_ && has_drive(path) && path.size() > 2 && path[2] == '/') {
      return finish({});  // Behind such a prefix it divides nothing, and no file's name holds one.
    }
    if (path.starts_with("\\\\")) {
      judge_share(path);
    } else {
      anchor(path);
    }
    tidy_parts(path);
    follow_junction(path);
    judge_ending(path);
    return finish(std::move(path));
  }

  /// The relative path as it is looked for, where a part of it leads upwards; else empty.
  [[nodiscard]] const std::string& climbing() const { return climbing_; }
  /// Where the path leads with the variables of SYSTEM's profile; else empty.
  [[nodiscard]] const std::string& in_profile() const { return in_profile_; }

 private:
  /// What a value that is no string would be to a reader that takes its bytes as text. False when
  /// they are none: a number, or bytes that are no characters of a path.
  bool take_text_of_type(std::string& path) const {
    if (out_.type == reg::multi_sz) {
      path.resize(std::min(path.find(", "), path.size()));
      return true;
    }
    if (out_.type == reg::dword || out_.type == reg::dword_big_endian || out_.type == reg::qword) {
      return false;
    }
    // A fact holds the bytes of such a value as hexadecimal digits, a logged write its text.
    const auto text = text_in_hexadecimal(path);
    if (text) {
      path = *text;
    }
    return text || path.find_first_of("\\/.%") != std::string::npos;
  }

  void judge_characters(std::string_view path) {
    if (has_hidden_character(path)) {
      odd("hidden_character");
    }
    if (has_illegal_character(path)) {
      odd("illegal_character");
    }
  }

  /// How the name ends: with something behind the file as on a command line, with the extension of
  /// something else, or too far away.
  void judge_ending(const std::string& path) {
    const std::string upper = name_key(path);
    for (const std::string_view extension : {".DLL", ".EXE", ".CPL"}) {
      const std::size_t at = upper.find(extension);
      const std::size_t behind = at == std::string::npos ? at : at + extension.size();
      if (behind < upper.size() && (upper[behind] == ' ' || upper[behind] == ',')) {
        odd("arguments");
      }
    }
    const std::string_view name = std::string_view(upper).substr(upper.rfind('\\') + 1);
    const std::size_t dot = name.rfind('.');
    if (dot != std::string_view::npos && dot + 1 < name.size() && name.substr(dot) != ".DLL" &&
        name.find(':') == std::string_view::npos) {
      odd("other_extension");
    }
    constexpr std::size_t max_path = 260;  // With the NUL; LoadLibrary's own limit.
    const std::size_t units = EvidenceText::from_utf8(path).to_utf16().size();
    if (units >= max_path) {
      odd("long_path");
    }
  }

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

  /// True when the path is one that only a user's environment explains; then where it leads for
  /// SYSTEM is kept.
  bool expand_in_profile(std::string_view path) {
    Variables both = host_.profile;
    both.insert(host_.variables.begin(), host_.variables.end());
    ExpandedText expanded = expand_variables(path, both);
    if (expanded.has_unknown || expanded.too_long || host_.profile.empty()) {
      return false;
    }
    in_profile_ = std::move(expanded.text);
    return true;
  }

  /// False when the result is longer than Windows takes.
  bool expand(std::string& path) {
    if (path.find('%') != std::string::npos) {
      if (out_.type != reg::expand_sz) {
        odd("unexpanded_variable");
      } else {
        ExpandedText expanded = expand_variables(path, host_.variables);
        if (expanded.has_unknown && expand_in_profile(path)) {
          odd("profile_variable");
        } else if (expanded.has_unknown) {
          odd("unknown_variable");
        }
        if (names_changed_folder(path, host_)) {
          odd("changed_variable");
        }
        if (expanded.too_long) {
          return false;
        }
        path = std::move(expanded.text);
      }
    }
    return path.size() <= path_bytes_max;
  }

  /// Cuts off the prefix; true when there was one.
  static bool cut(std::string& path, std::string_view prefix) {
    const bool has = equal_names(path.substr(0, prefix.size()), prefix);
    path.erase(0, has ? prefix.size() : 0);
    return has;
  }

  /// True when there was one.
  bool strip_device_prefix(std::string& path) {
    const bool is_file_space = path.starts_with("\\\\?\\") || path.starts_with("\\??\\");
    if (!cut(path, "\\\\?\\") && !cut(path, "\\??\\") && !cut(path, "\\\\.\\")) {
      return false;
    }
    odd("device_path");
    if (is_file_space && cut(path, "UNC\\")) {
      path.insert(0, "\\\\");
      return true;
    }
    // Ways around the name space of files. None was tried on a Windows.
    bool is_detour = false;
    while (cut(path, "GLOBALROOT\\") || cut(path, "Global??\\") || cut(path, "GLOBAL\\") ||
           cut(path, "DosDevices\\") || cut(path, "??\\")) {
      is_detour = true;
    }
    const bool is_webdav = cut(path, "Device\\WebDavRedirector\\");
    if (is_webdav || cut(path, "UNC\\") || cut(path, "Device\\Mup\\") ||
        cut(path, "Device\\LanmanRedirector\\")) {
      odd("device_share");
      skip_redirector_parts(path);
      path.insert(0, "\\\\");
      if (is_webdav) {
        odd("webdav");
      }
    } else if (is_detour && has_drive(path)) {
      odd("device_share");
    } else if (is_detour && cut(path, "SystemRoot\\")) {
      odd("device_share");
      path.insert(0, host_.system_root + "\\");
    } else {
      name_drive_of_volume(path);
    }
    return true;
  }

  /// "Volume{GUID}\x" is "C:\x" where the host's own hive says so.
  void name_drive_of_volume(std::string& path) const {
    const std::size_t end = path.find('\\');
    const auto drive = host_.volumes.find(name_key(path.substr(0, end)));
    if (end != std::string::npos && drive != host_.volumes.end()) {
      path.replace(0, end, drive->second);
    }
  }

  /// ";LanmanRedirector\;Z:0000000000012345\server\share": what a mapped drive puts in front.
  static void skip_redirector_parts(std::string& path) {
    while (path.starts_with(';') && path.find('\\') != std::string::npos) {
      path.erase(0, path.find('\\') + 1);
    }
  }

  /// True when a part of it leads upwards.
  static bool climbs(std::string_view path) {
    return path.starts_with("..\\") || path.find("\\..\\") != std::string_view::npos;
  }

  void anchor(std::string& path) {
    if (has_drive(path)) {
      if (path.size() < 3 || path[2] != '\\') {
        // Below the folder that is current on that drive: where mpnotify.exe was started, on
        // Windows' own drive, and the root on others.
        odd("relative");
        odd("drive_relative");
        if (equal_names(path.substr(0, 2), host_.system_root.substr(0, 2))) {
          path = host_.system_root + "\\System32\\" + path.substr(2);
        }
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
      // work. What leads upwards leads there from the first of them.
      odd("relative");
      climbing_ = climbs(path) ? path : std::string();
      path = host_.system_root + (climbs(path) ? "\\System32\\" : "\\") + path;
    }
  }

  void tidy_parts(std::string& path) {
    const std::string root = path.starts_with("\\\\") ? "\\\\" : path.substr(0, 2);
    const std::size_t fixed = root == "\\\\" ? 2 : 0;  // .. does not climb above \\server\share.
    std::vector<std::string> parts;
    bool ends_in_dot = false;  // A dot at the very end says "no extension".
    bool is_first = true;      // The backslash behind the root makes an empty one.
    std::string_view rest = std::string_view(path).substr(root.size());
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\\'), rest.size());
      std::string part(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (part == "..") {
        // Behind a prefix that keeps each character no file's name is that; what was meant is
        // looked at.
        odd("parent_folder");
        odd(is_literal_ ? "literal_parent" : "parent_folder");
        parts.resize(parts.size() - (parts.size() > fixed ? 1 : 0));
        continue;
      }
      const std::size_t used = part.find_last_not_of(". ");
      if (!part.empty() && part != "." && (used == std::string::npos || used + 1 < part.size())) {
        odd("trailing_dot_or_space");
        ends_in_dot = rest.empty() && part.ends_with('.') && !is_literal_;
        drop_trailing(part, rest.empty());
      }
      if (part == "." || (part.empty() && !rest.empty() && !is_first)) {
        odd("idle_part");
      }
      is_first = false;
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

  /// The loader adds ".dll" to a name without a dot, the start of a program ".exe"; a dot at the
  /// end is how to say "no extension".
  void finish_name(std::vector<std::string>& parts, bool ends_in_dot) {
    for (const std::string& part : parts) {
      const std::size_t tilde = part.find('~');
      if (is_device_name(part)) {
        odd("device_name");
      }
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
      name += ends_in_dot ? "" : kind_ == NamedFile::program ? ".exe" : ".dll";
    }
  }

  const HostPaths& host_;
  NamedFile kind_;
  std::string climbing_;
  std::string in_profile_;
  ResolvedPath out_;
  bool is_literal_ = false;
};

}  // namespace

ResolvedPath resolve_path(const SharedText& raw, std::uint32_t type, const HostPaths& host,
                          NamedFile kind) {
  Resolver resolver(raw, type, host, kind);
  ResolvedPath path = resolver.run();
  path.candidates = path_candidates(path, host);
  if (!resolver.climbing().empty()) {
    // From each folder of the search it leads somewhere else.
    std::vector<PathCandidate> places = search_candidates(resolver.climbing(), host);
    for (PathCandidate& place : places) {
      const SharedText whole(EvidenceText::from_utf8(place.path));
      place.path = Resolver(whole, reg::sz, host, kind).run().resolved;
    }
    path.candidates = std::move(places);
  }
  if (!resolver.in_profile().empty()) {
    const SharedText whole(EvidenceText::from_utf8(resolver.in_profile()));
    const ResolvedPath there = Resolver(whole, reg::sz, host, kind).run();
    path.candidates.push_back({.path = there.resolved, .why = "system_profile", .sha256 = {}});
  }
  return path;
}

}  // namespace npg
