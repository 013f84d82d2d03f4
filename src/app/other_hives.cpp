#include "app/other_hives.hpp"

#include <string>
#include <vector>

namespace npg {
namespace {

std::string_view folder_part(const CollectedFile& file) {
  const std::string_view path = file.file->path().raw();
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

const RegistryView* OtherHives::hive(std::string_view name) {
  open();
  for (const HiveKind kind :
       {HiveKind::system, HiveKind::software, HiveKind::security, HiveKind::sam}) {
    if (equal_names(name, name_of(kind))) {
      return hives_.count(kind) == 1 ? hives_.find(kind)->second.get() : nullptr;
    }
  }
  return nullptr;
}

void OtherHives::open() {
  // Limit: a folder with the hives of one machine has a few; one with those of many tells nothing
  // of which belong together.
  constexpr std::size_t beside_max = 16;
  if (std::exchange(is_open_, true)) {
    return;
  }
  std::vector<std::size_t> beside;
  for (std::size_t i = 0; i < collection_.files.size(); ++i) {
    if (i != of_ && collection_.files[i].kind == FileKind::hive &&
        folder_part(collection_.files[i]) == folder_part(collection_.files[of_])) {
      beside.push_back(i);
    }
  }
  for (const std::size_t i : beside.size() > beside_max ? std::vector<std::size_t>() : beside) {
    std::vector<HiveFile> logs;
    for (const std::size_t log : logs_of(collection_, i)) {
      logs.push_back({collection_.files[log].file.get(), static_cast<std::uint32_t>(log)});
    }
    auto opened = HiveView::open({collection_.files[i].file.get(), static_cast<std::uint32_t>(i)},
                                 logs, limits_);
    if (opened) {
      const HiveKind kind = kind_of(static_cast<const RegistryView&>(**opened));
      hives_.emplace(kind, std::move(*opened));
    }
  }
}

}  // namespace npg
