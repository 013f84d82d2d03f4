#include "source/collection/collection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "format/regf/base_block.hpp"
#include "source/collection/disk_file.hpp"
#include "source/collection/layout.hpp"

namespace npg {
namespace {

/// The start and end of the files whose path begins so; they stand together, as paths are sorted.
struct IndexRange {
  std::size_t first = 0;
  std::size_t end = 0;
};

IndexRange files_below(const Collection& collection, std::string_view prefix) {
  const auto& files = collection.files;
  const auto path = [](const CollectedFile& file) { return file.file->path().raw(); };
  const auto first = std::ranges::lower_bound(files, prefix, {}, path);
  const auto end = std::find_if(
      first, files.end(), [&](const CollectedFile& f) { return !path(f).starts_with(prefix); });
  return {.first = static_cast<std::size_t>(first - files.begin()),
          .end = static_cast<std::size_t>(end - files.begin())};
}

std::string_view name_in(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0: the whole path.
}

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.size() - name_in(path).size());
}

/// True when `log` is `hive` with one of Windows' endings of transaction logs, at its end or before
/// what a collector put behind it ("SYSTEM.LOG1_fs01" and "SYSTEM_fs01").
bool is_log_name_of(std::string_view log, std::string_view hive) {
  constexpr std::array<std::string_view, 3> endings = {".LOG", ".LOG1", ".LOG2"};
  return std::ranges::any_of(endings, [&](std::string_view ending) {
    if (log.size() != hive.size() + ending.size()) {
      return false;
    }
    for (std::size_t at = log.find('.'); at != std::string_view::npos; at = log.find('.', at + 1)) {
      if (equal_names(log.substr(at, ending.size()), ending) &&
          equal_names(log.substr(0, at), hive.substr(0, at)) &&
          equal_names(log.substr(at + ending.size()), hive.substr(at))) {
        return true;
      }
    }
    return false;
  });
}

/// A name without its last ending; "" when there is none.
std::string_view stem_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

bool is_log_by_name(std::string_view log, std::string_view hive) {
  const std::string_view stem = stem_of(hive);
  return is_log_name_of(log, hive) || (!stem.empty() && is_log_name_of(log, stem));
}

/// What the base block of a hive or log says of the hive that it is of.
struct Badge {
  EvidenceText name;               ///< empty when there is none
  std::vector<std::byte> hive_id;  ///< the resource manager's; empty when it is all zeros
  std::uint32_t sequence1 = 0;
  std::uint32_t sequence2 = 0;
};

Badge badge_of(const FileView& file) {
  std::array<std::byte, regf::base_block_used_bytes> first{};
  const auto got = file.read_at(0, first);
  const auto block =
      got ? regf::read_base_block_leniently(Bytes(std::span(first).first(*got))) : std::nullopt;
  if (!block) {
    return {};
  }
  Badge badge{.name = EvidenceText::from_utf16(block->file_name.data()).before_nul(),
              .sequence1 = block->sequence1,
              .sequence2 = block->sequence2};
  const auto id = block->resource_manager.data();
  if (std::ranges::any_of(id, [](std::byte b) { return b != std::byte{0}; })) {
    badge.hive_id.assign(id.begin(), id.end());
  }
  return badge;
}

/// How far a log's sequence number is from the one that the hive needs next; nothing when the log
/// is not the hive's or the hive needs none.
std::optional<std::uint32_t> distance(const Badge& hive, const Badge& log) {
  // Limit: a log is begun anew every few entries, so one that is far off is another hive's.
  constexpr std::uint32_t distance_max = 1000;
  if (!equal_names(hive.name.raw(), log.name.raw()) || hive.sequence1 == hive.sequence2 ||
      (!hive.hive_id.empty() && !log.hive_id.empty() && hive.hive_id != log.hive_id)) {
    return std::nullopt;
  }
  const std::uint32_t apart =
      std::min(log.sequence1 - hive.sequence2, hive.sequence2 - log.sequence1);
  return apart <= distance_max ? std::optional(apart) : std::nullopt;
}

/// True when nothing but this hive can be meant by a log whose file name tells nothing: no other
/// hive beside it has its name, or it alone carries the log's id, or its sequence numbers are the
/// only ones that come near the log's.
bool is_log_by_content(const Badge& log, const Badge& hive, const std::vector<Badge>& others) {
  if (!equal_names(log.name.raw(), hive.name.raw())) {
    return false;
  }
  std::vector<const Badge*> rivals;
  for (const Badge& other : others) {
    if (equal_names(other.name.raw(), hive.name.raw())) {
      rivals.push_back(&other);
    }
  }
  if (rivals.empty()) {
    return true;
  }
  if (!log.hive_id.empty() && log.hive_id == hive.hive_id) {
    return std::ranges::none_of(rivals,
                                [&](const Badge* rival) { return rival->hive_id == log.hive_id; });
  }
  const auto own = distance(hive, log);
  return own && std::ranges::none_of(rivals, [&](const Badge* rival) {
           const auto theirs = distance(*rival, log);
           return theirs && *theirs <= *own;
         });
}

}  // namespace

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::hive: return "hive";
    case FileKind::hive_log: return "hive_log";
    case FileKind::registry_export: return "registry_export";
    case FileKind::event_log: return "event_log";
    case FileKind::event_json: return "event_json";
    case FileKind::event_xml: return "event_xml";
    case FileKind::event_csv: return "event_csv";
    case FileKind::image: return "image";
    case FileKind::catalog: return "catalog";
    case FileKind::other: break;
  }
  return "other";
}

std::string CollectedFile::group() const {
  return group_of(file->path().raw(), named_bytes);
}

std::optional<EvidenceText> CollectedFile::windows_path() const {
  return windows_path_of(file->path().raw(), named_bytes);
}

void report_changes(const Collection& collection, Diagnostics& diagnostics) {
  for (const CollectedFile& collected : collection.files) {
    const auto* on_disk = dynamic_cast<const DiskFile*>(collected.file.get());
    if (on_disk != nullptr && on_disk->changed()) {
      diagnostics.add(DiagnosticCode::file_changed_while_read, Severity::error, 0, 0,
                      fmt::format("{} was changed or removed while it was being read",
                                  escape_for_terminal(collected.file->path())));
    }
  }
}

std::vector<std::size_t> logs_of(const Collection& collection, std::size_t hive_index) {
  std::vector<std::size_t> logs;
  if (hive_index >= collection.files.size()) {
    return logs;
  }
  const std::string_view hive = collection.files[hive_index].file->path().raw();
  const std::string_view folder = folder_of(hive);
  const IndexRange below = files_below(collection, folder);
  std::vector<std::size_t> hives;
  std::vector<std::size_t> unclaimed;
  for (std::size_t i = below.first; i < below.end; ++i) {
    const CollectedFile& file = collection.files[i];
    const std::string_view path = file.file->path().raw();
    if (folder_of(path).size() != folder.size() || i == hive_index) {
      continue;
    }
    if (file.kind == FileKind::hive) {
      hives.push_back(i);
    } else if (is_log_by_name(name_in(path), name_in(hive)) && file.file->size() != 0) {
      logs.push_back(i);
    } else if (file.kind == FileKind::hive_log) {
      unclaimed.push_back(i);
    }
  }
  const auto raw_name = [&](std::size_t i) {
    return name_in(collection.files[i].file->path().raw());
  };
  std::erase_if(unclaimed, [&](std::size_t log) {
    return std::ranges::any_of(
        hives, [&](std::size_t other) { return is_log_by_name(raw_name(log), raw_name(other)); });
  });
  if (!unclaimed.empty()) {
    const Badge own = badge_of(*collection.files[hive_index].file);
    std::vector<Badge> others;
    for (const std::size_t other : hives) {
      others.push_back(badge_of(*collection.files[other].file));
    }
    for (const std::size_t log : unclaimed) {
      if (is_log_by_content(badge_of(*collection.files[log].file), own, others)) {
        logs.push_back(log);
      }
    }
  }
  std::ranges::sort(logs);
  return logs;
}

std::optional<FoundFile> find_by_windows_path(const Collection& collection,
                                              std::string_view root_group,
                                              std::string_view windows_path) {
  auto wanted = normal_windows_path(windows_path);
  const char folder = wanted ? folder_of_drive(collection, root_group, wanted->front()) : '\0';
  if (folder == '\0') {
    return std::nullopt;
  }
  wanted->front() = folder;
  const std::string_view wanted_name = std::string_view(*wanted).substr(wanted->rfind('\\') + 1);
  std::string prefix(root_group);
  if (!prefix.empty() && prefix.back() != '/') {
    prefix.push_back('/');
  }
  std::optional<std::size_t> in_flat_folder;
  bool several = false;
  const IndexRange below = files_below(collection, prefix);
  for (std::size_t i = below.first; i < below.end; ++i) {
    const CollectedFile& file = collection.files[i];
    const std::string_view path = file.file->path().raw();
    const std::string_view name = name_in(path);
    // Most files are told apart by their name, without taking their path to pieces.
    const bool same_name = equal_names(name, wanted_name);
    if (!same_name && name.find('%') == std::string_view::npos) {
      continue;
    }
    if (stands_at(path, prefix.size(), *wanted)) {
      return FoundFile{.index = i, .by = FoundBy::path};
    }
    if (file.group() != root_group) {
      continue;
    }
    const auto own = file.windows_path();
    if (own && equal_names(own->raw(), *wanted)) {
      return FoundFile{.index = i, .by = FoundBy::path};
    }
    if (!own && same_name && file.kind == FileKind::image &&
        folder_of(path).size() == prefix.size()) {
      several = in_flat_folder.has_value();
      in_flat_folder = i;
    }
  }
  if (in_flat_folder && !several) {
    return FoundFile{.index = *in_flat_folder, .by = FoundBy::name_in_flat_folder};
  }
  return std::nullopt;
}

}  // namespace npg
