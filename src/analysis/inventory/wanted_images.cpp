// The files that an analysis of a host wants to see: those that its registry names, and where what
// is in these leads.
#include <algorithm>
#include <map>
#include <string>

#include "analysis/inventory/companions.hpp"
#include "analysis/inventory/images.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/path_candidates.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// What may be loaded into mpnotify.exe from the folder beside it: by the names of what it imports,
/// of the router and of what the providers name.
void want_local_twins(const FactSet& facts, const HostPaths& host,
                      std::map<std::string, bool>& wanted) {
  std::map<std::string, std::string> names = {{"MPR.DLL", "mpr.dll"}};
  const auto add = [&names](std::string_view path) {
    const std::string_view name = path.substr(path.rfind('\\') + 1);
    if (!name.empty() && name.find(':') == std::string_view::npos) {
      names.try_emplace(name_key(name), name);
    }
  };
  for (const auto& [path, by_name] : wanted) {
    add(path);
  }
  const ImageFact* program = image_at(facts, host.system_root + "\\System32\\mpnotify.exe");
  if (program != nullptr) {
    for (const SharedText& name : program->imports) {
      add(name.raw());
    }
  }
  for (const auto& [key, name] : names) {
    wanted.try_emplace(local_folder(host) + "\\" + name, false);
  }
}

}  // namespace

std::vector<WantedImage> wanted_images(const FactSet& facts) {
  const HostPaths host = host_paths(facts);
  std::map<std::string, bool> wanted;
  // One place counts also where a flat folder has kept the name alone; a file by that name must
  // not be taken to stand at each of the others.
  const auto want_all = [&](const std::vector<PathCandidate>& candidates, std::string_view likely) {
    for (const PathCandidate& candidate : candidates) {
      bool& by_name = wanted[candidate.path];
      by_name = by_name || equal_names(candidate.path, likely);
    }
  };
  const auto want = [&](const ProviderDll& dll) {
    want_all(dll.path.candidates, dll.path.resolved);
    if (dll.image) {
      for (const ImportBeside& beside : dll.image->imports_beside) {
        const std::string path(dll.image->windows_path.raw());
        wanted.try_emplace(path.substr(0, path.rfind('\\') + 1) + std::string(beside.name.raw()),
                           false);
      }
      // Where its functions lead is known only now that the image is there.
      for (const Forward& forward : all_forwards(*dll.image, facts, host)) {
        want_all(forward.candidates,
                 forward.candidates.empty() ? "" : forward.candidates.front().path);
      }
    }
  };
  for (const Provider& provider : list_providers(facts)) {
    std::ranges::for_each(provider.dlls, want);
  }
  for (const Companion& companion : list_companions(facts)) {
    want(companion.file);
  }
  // These are judged whether a registration names them or not; what Windows ships shows a proxy of
  // it, and that the catalogs are at hand.
  static constexpr std::string_view always[] = {"mpnotify.exe", "mpr.dll", "ntlanman.dll",
                                                "drprov.dll", "davclnt.dll"};
  for (const std::string_view name : always) {
    const std::string path = host.system_root + "\\System32\\" + std::string(name);
    want_all({{.path = path, .why = "windows_own", .sha256 = {}}}, path);
  }
  want_local_twins(facts, host, wanted);
  std::vector<WantedImage> list;
  list.reserve(wanted.size());
  for (const auto& [path, by_name] : wanted) {
    list.push_back({.path = path, .may_go_by_name = by_name});
  }
  return list;
}

}  // namespace npg
