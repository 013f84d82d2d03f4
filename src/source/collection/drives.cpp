// A disk that was mounted for its collection stands under the letter that it had there.
#include <algorithm>
#include <set>

#include "base/evidence_text.hpp"
#include "source/collection/collection.hpp"

namespace npg {

void rename_system_drive(Collection& collection, std::span<const std::string> groups,
                         std::string_view system_root) {
  constexpr std::string_view hive = ":\\Windows\\System32\\config\\SYSTEM";
  if (system_root.size() < 2 || system_root[1] != ':') {
    return;
  }
  const char drive = static_cast<char>(windows_upcase(static_cast<char16_t>(system_root[0])));
  for (const std::string& group : groups) {
    std::set<char> holders;
    for (const CollectedFile& file : collection.files) {
      if (!holds_registry(file.kind) || !file.file->path().raw().starts_with(group) ||
          file.group() != group) {
        continue;
      }
      const auto path = file.windows_path();
      if (path && equal_names(path->raw().substr(1), hive)) {
        holders.insert(path->raw().front());
      }
    }
    const bool is_noted = std::ranges::any_of(
        collection.drives, [&](const RenamedDrive& one) { return one.group == group; });
    if (holders.size() == 1 && *holders.begin() != drive && !is_noted) {
      collection.drives.push_back({.group = group, .folder = *holders.begin(), .drive = drive});
    }
  }
}

char folder_of_drive(const Collection& collection, std::string_view group, char drive) {
  for (const RenamedDrive& renamed : collection.drives) {
    if (renamed.group == group && renamed.drive == drive) {
      return renamed.folder;
    }
    if (renamed.group == group && renamed.folder == drive) {
      return '\0';
    }
  }
  return drive;
}

char drive_of_folder(const Collection& collection, std::string_view group, char folder) {
  const auto found = std::ranges::find_if(collection.drives, [&](const RenamedDrive& renamed) {
    return renamed.group == group && renamed.folder == folder;
  });
  return found == collection.drives.end() ? folder : found->drive;
}

}  // namespace npg
