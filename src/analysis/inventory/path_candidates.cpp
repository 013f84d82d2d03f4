#include "analysis/inventory/path_candidates.hpp"

#include <algorithm>
#include <utility>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

bool is_odd(const ResolvedPath& path, std::string_view what) {
  return std::ranges::find(path.oddities, what) != path.oddities.end();
}

void add(std::vector<PathCandidate>& candidates, std::string path, std::string_view why) {
  const bool is_known = std::ranges::any_of(
      candidates, [&](const PathCandidate& c) { return equal_names(c.path, path); });
  if (!is_known) {
    candidates.push_back({.path = std::move(path), .why = std::string(why), .sha256 = {}});
  }
}

/// The text behind a folder, where the path lies in it.
std::string_view below(std::string_view path, std::string_view folder) {
  const bool is_in = path.size() > folder.size() + 1 &&
                     equal_names(path.substr(0, folder.size()), folder) &&
                     path[folder.size()] == '\\';
  return is_in ? path.substr(folder.size() + 1) : std::string_view();
}

/// Which long name an 8.3 name has stands in no hive. These are what Windows' own installer
/// gives on an empty disk.
void add_long_names(const ResolvedPath& path, std::vector<PathCandidate>& candidates) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"PROGRA~1", "Program Files"},
      {"PROGRA~2", "Program Files (x86)"},
      {"PROGRA~3", "ProgramData"}};
  for (const auto& [short_name, long_name] : names) {
    const std::string drive = path.resolved.substr(0, 2);
    const std::string_view rest = below(path.resolved, drive + "\\" + std::string(short_name));
    if (!rest.empty()) {
      add(candidates, drive + "\\" + std::string(long_name) + "\\" + std::string(rest),
          "short_name");
    }
  }
}

/// The file that was meant where something stands behind it as on a command line. LoadLibrary takes
/// all of it as one name.
void add_without_arguments(const ResolvedPath& path, std::vector<PathCandidate>& candidates) {
  const std::string upper = name_key(path.resolved);
  for (const std::string_view extension : {".DLL", ".EXE", ".CPL"}) {
    const std::size_t at = upper.find(extension);
    const std::size_t behind = at == std::string::npos ? at : at + extension.size();
    if (behind < upper.size() && (upper[behind] == ' ' || upper[behind] == ',') &&
        upper.size() == path.resolved.size()) {
      add(candidates, path.resolved.substr(0, behind), "before_arguments");
    }
  }
}

/// What a 32-bit program on 64-bit Windows gets when it asks for a file in System32.
void add_twin(const ResolvedPath& path, const HostPaths& host,
              std::vector<PathCandidate>& candidates) {
  if (host.machine == "x86") {
    return;
  }
  const std::string_view rest = below(path.resolved, host.system_root + "\\System32");
  if (!rest.empty()) {
    add(candidates, host.system_root + "\\SysWOW64\\" + std::string(rest), "wow64_twin");
  }
}

/// The name as it stands behind the folder that the resolver took it to be in.
std::string_view searched_name(const ResolvedPath& path, const HostPaths& host) {
  return below(path.resolved,
               is_odd(path, "bare_name") ? host.system_root + "\\System32" : host.system_root);
}

}  // namespace

bool is_aside(const PathCandidate& candidate) {
  return candidate.why == "wow64_twin" || candidate.why == "local_folder";
}

std::string local_folder(const HostPaths& host) {
  return host.system_root + "\\System32\\mpnotify.exe.local";
}

std::vector<PathCandidate> search_candidates(std::string_view file_name, const HostPaths& host) {
  std::vector<PathCandidate> candidates;
  const std::string name = "\\" + std::string(file_name);
  add(candidates, host.system_root + "\\System32" + name, "application_folder");
  add(candidates, host.system_root + "\\System" + name, "system16_folder");
  add(candidates, host.system_root + name, "windows_folder");
  for (const std::string& folder : host.search_path) {
    add(candidates, folder + name, "path_variable");
  }
  return candidates;
}

std::vector<PathCandidate> path_candidates(const ResolvedPath& path, const HostPaths& host) {
  std::vector<PathCandidate> candidates;
  if (path.resolved.empty()) {
    // A REG_SZ that begins with a variable is a relative name as it stands.
    const std::string_view raw = path.raw.raw();
    if (is_odd(path, "unexpanded_variable") && raw.starts_with('%')) {
      candidates = search_candidates(raw.substr(0, raw.find('\0')), host);
    }
    return candidates;
  }
  const bool is_bare = is_odd(path, "bare_name");
  // "\x.dll" and "C:x.dll" are relative, too, but to a drive, and are not searched for.
  const bool is_searched =
      is_bare || (is_odd(path, "relative") && !path.raw.raw().starts_with('\\') &&
                  !has_drive(path.raw.raw()) && !is_odd(path, "device_path"));
  const std::string_view name = is_searched ? searched_name(path, host) : std::string_view();
  if (!name.empty()) {
    candidates = search_candidates(name, host);
    add(candidates, local_folder(host) + "\\" + std::string(name.substr(name.rfind('\\') + 1)),
        "local_folder");
  } else {
    add(candidates, path.resolved, "as_stored");
  }
  if (is_odd(path, "drive_relative")) {
    const std::string_view drive = std::string_view(path.resolved).substr(0, 2);
    const std::string_view rest =
        below(path.resolved, host.system_root + "\\System32");  // Empty on other drives.
    if (!rest.empty()) {
      add(candidates, std::string(drive) + "\\" + std::string(rest), "drive_root");
    }
  }
  constexpr std::string_view main_stream = "::$DATA";
  if (path.resolved.size() > main_stream.size() &&
      equal_names(path.resolved.substr(path.resolved.size() - main_stream.size()), main_stream)) {
    add(candidates, path.resolved.substr(0, path.resolved.size() - main_stream.size()),
        "main_stream");
  }
  if (is_odd(path, "arguments")) {
    add_without_arguments(path, candidates);
  }
  add_long_names(path, candidates);
  add_twin(path, host, candidates);
  return candidates;
}

}  // namespace npg
