#include "app/passed_over.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "analysis/inventory/images.hpp"
#include "analysis/inventory/inventory.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

std::string_view name_in(std::string_view path) {
  return path.substr(path.find_last_of("\\/") + 1);
}

bool is_below(std::string_view path, const Host& host) {
  return std::ranges::any_of(host.file_groups, [&](const std::string& group) {
    return group.empty() || (path.starts_with(group) && path.size() > group.size() &&
                             (group.ends_with('/') || path[group.size()] == '/'));
  });
}

bool is_of_group(const CollectedFile& file, const Host& host) {
  return std::ranges::find(host.file_groups, file.group()) != host.file_groups.end();
}

}  // namespace

void tell_passed_over(const Collection& collection, const Host& host,
                      std::vector<Reading>& readings) {
  std::map<std::string, std::vector<std::string>> wanted;  // paths by name_key of the file
  for (const WantedImage& each : wanted_images(host.facts)) {
    wanted[name_key(name_in(each.path))].push_back(each.path);
  }
  for (std::size_t i = 0; i < collection.files.size(); ++i) {
    const CollectedFile& file = collection.files[i];
    EvidenceItem& item = readings[i].item;
    if (file.kind != FileKind::image || item.status != EvidenceStatus::skipped ||
        !is_below(file.file->path().raw(), host)) {
      continue;
    }
    const auto named = wanted.find(name_key(name_in(file.file->path().raw())));
    if (named == wanted.end()) {
      continue;
    }
    const auto own = file.windows_path();
    const auto tell = [&](DiagnosticCode code, std::string text) {
      item.detail = text;
      readings[i].diagnostics.add(code, Severity::notice, 0, 0, std::move(text));
    };
    for (const std::string& path : named->second) {
      const ImageFact* there = image_at(host.facts, path);
      const std::string shown = escape_for_terminal(EvidenceText::from_utf8(path));
      if (own && equal_names(own->raw(), path) && !is_of_group(file, host)) {
        tell(DiagnosticCode::file_skipped,
             fmt::format("stands at {}, which is looked for, in a folder that is not of this host: "
                         "it was not judged",
                         shown));
        break;
      }
      if (own && equal_names(own->raw(), path)) {
        tell(DiagnosticCode::file_skipped,
             fmt::format("a second file of the path {}, told apart by case alone, which Windows "
                         "does not do: the other one was judged, this one was not",
                         shown));
        break;
      }
      if (!own && there == nullptr && equal_names(path, named->second.front())) {
        tell(DiagnosticCode::image_not_collected,
             fmt::format("bears the name of {}, which is looked for and not in the evidence; "
                         "where this file stood, its folder does not tell, so it was not judged",
                         shown));
        break;
      }
      item.detail = fmt::format(
          "bears the name of {}, which is looked for; that it stood there, nothing tells", shown);
    }
  }
}

}  // namespace npg
