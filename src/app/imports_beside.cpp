#include "app/imports_beside.hpp"

#include <optional>
#include <set>
#include <string>

#include "analysis/inventory/host_paths.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

std::optional<std::size_t> file_at(const Collection& collection, const Host& host,
                                   const std::string& path) {
  for (const std::string& group : host.file_groups) {
    const auto found = find_by_windows_path(collection, group, path);
    if (found && found->by == FoundBy::path) {
      return found->index;
    }
  }
  return std::nullopt;
}

void note_beside(const Collection& collection, const Host& host, const std::string& system,
                 ImageFact& image) {
  // Limit: a DLL imports from some dozens of others; the names are the file's own to choose.
  constexpr std::size_t names_max = 256;
  image.imports_beside.clear();
  const std::string path(image.windows_path.raw());
  const std::string folder = path.substr(0, path.rfind('\\') + 1);
  if (equal_names(folder, system)) {
    return;
  }
  std::set<std::string> seen;
  for (const auto* names : {&image.imports, &image.delay_imports}) {
    for (const SharedText& name : *names) {
      const std::string_view text = name.raw();
      if (seen.size() >= names_max || text.find_first_of("\\/:") != std::string_view::npos ||
          !seen.insert(name_key(text)).second) {
        continue;
      }
      const auto beside = file_at(collection, host, folder + std::string(text));
      if (beside) {
        image.imports_beside.push_back(
            {.name = name,
             .is_in_system = file_at(collection, host, system + std::string(text)).has_value(),
             .origin = {.evidence = static_cast<std::uint32_t>(*beside),
                        .offset = 0,
                        .length = collection.files[*beside].file->size()}});
      }
    }
  }
}

}  // namespace

void note_imports_beside(const Collection& collection, Host& host) {
  const std::string system = host_paths(host.facts).system_root + "\\System32\\";
  for (ImageFact& image : host.facts.images) {
    note_beside(collection, host, system, image);
  }
}

}  // namespace npg
