#include "source/collection/links.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"
#include "source/collection/layout.hpp"

namespace npg {
namespace {

/// Where a link at that Windows path leads, as a Windows path; nothing when that is not told.
std::optional<std::string> target_of(const Collection& collection, const CollectedLink& link,
                                     std::string_view link_path, std::string_view group) {
  std::string target = link.target;
  if (target.starts_with('/')) {
    // Of the machine that the evidence was mounted on: of use where it is below the evidence.
    const bool is_inside = !group.empty() && target.size() > group.size() + 1 &&
                           target.starts_with(group) && target[group.size()] == '/';
    const auto inside =
        is_inside ? windows_path_of(target, link.named_bytes) : std::optional<EvidenceText>();
    auto path = inside ? normal_windows_path(inside->raw()) : std::nullopt;
    if (path) {
      path->front() = drive_of_folder(collection, group, path->front());
    }
    return path;
  }
  std::ranges::replace(target, '/', '\\');
  for (const std::string_view prefix : {"\\??\\", "\\\\?\\"}) {
    if (target.starts_with(prefix)) {
      target.erase(0, prefix.size());
    }
  }
  const bool has_drive = target.size() > 2 && target[1] == ':';
  return has_drive ? normal_windows_path(target)
                   : normal_windows_path(
                         std::string(link_path.substr(0, link_path.rfind('\\') + 1)) + target);
}

}  // namespace

std::optional<std::string> path_through_links(const Collection& collection, std::string_view group,
                                              std::string_view windows_path) {
  // Limit: as many as Windows follows in one path.
  constexpr int links_max = 31;
  auto path = normal_windows_path(windows_path);
  bool is_followed = false;
  for (int step = 0; path && step < links_max; ++step) {
    const CollectedLink* on_the_way = nullptr;
    std::string link_path;
    for (const CollectedLink& link : collection.links) {
      const auto own = group_of(link.path, link.named_bytes) == group
                           ? windows_path_of(link.path, link.named_bytes)
                           : std::optional<EvidenceText>();
      std::string raw(own ? own->raw() : std::string_view());
      if (!raw.empty()) {
        raw.front() = drive_of_folder(collection, group, raw.front());
      }
      const bool is_prefix = !raw.empty() && path->size() >= raw.size() &&
                             equal_names(std::string_view(*path).substr(0, raw.size()), raw) &&
                             (path->size() == raw.size() || (*path)[raw.size()] == '\\');
      // The first link on the way is the shortest one.
      if (is_prefix && (on_the_way == nullptr || raw.size() < link_path.size())) {
        on_the_way = &link;
        link_path = std::move(raw);
      }
    }
    if (on_the_way == nullptr) {
      return is_followed ? path : std::nullopt;
    }
    const auto target = target_of(collection, *on_the_way, link_path, group);
    path = target ? normal_windows_path(*target + path->substr(link_path.size()))
                  : std::optional<std::string>();
    is_followed = true;
  }
  return std::nullopt;
}

}  // namespace npg
