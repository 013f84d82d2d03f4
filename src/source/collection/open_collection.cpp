// The walk: what the user named, then every folder below it, in the order of names.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include "format/event_text/text_start.hpp"
#include "format/evtx/file_header.hpp"
#include "format/pe/pe_file.hpp"
#include "format/reg_export/reg_export.hpp"
#include "format/regf/base_block.hpp"
#include "source/collection/collection.hpp"
#include "source/collection/disk_file.hpp"
#include "source/collection/standard_input.hpp"

namespace npg {
namespace {

/// Limit: descriptors that a collection keeps; most systems give a process 1024.
constexpr std::size_t open_files_max = 64;
constexpr std::size_t sniffed_bytes = 8192;  ///< past the first chunk or bin at 0x1000

std::string words_for(std::uint64_t error) {
  return std::system_category().message(static_cast<int>(error));
}

std::string_view kind_word(mode_t mode) {
  if (S_ISLNK(mode)) {
    return "a symbolic link";
  }
  if (S_ISFIFO(mode)) {
    return "a pipe";
  }
  if (S_ISSOCK(mode)) {
    return "a socket";
  }
  return "a device";
}

/// A path that the user named, where it really is.
struct Named {
  std::string label;     ///< as given, without slashes at the end
  std::string absolute;  ///< without links
  bool is_folder = false;
};

std::string without_last_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  return path;
}

/// The names in an open folder, sorted; where there are more than `names_max`, the first ones of
/// that order and one more. Sets `failed` to errno when the folder cannot be read to its end.
std::vector<std::string> names_in(Descriptor folder, std::uint64_t names_max, int& failed) {
  std::vector<std::string> names;
  failed = 0;
  const int own = ::dup(folder.number());
  DIR* stream = own < 0 ? nullptr : ::fdopendir(own);
  if (stream == nullptr) {
    failed = errno;
    return names;
  }
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) {
      failed = errno;
      break;
    }
    const std::string_view name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != "..") {
      names.emplace_back(name);
      std::ranges::push_heap(names);
      if (names.size() > names_max + 1) {
        // Which ones stay must not depend on the folder's own order.
        std::ranges::pop_heap(names);
        names.pop_back();
      }
    }
  }
  ::closedir(stream);
  std::ranges::sort(names);
  return names;
}

class Walk {
 public:
  Walk(const Limits& limits, Diagnostics& diagnostics, Collection& into)
      : limits_(limits), diagnostics_(diagnostics), into_(into) {}

  void add(const Named& named) {
    named_ = &named;
    if (named.is_folder) {
      root_ = named.absolute;
      if (!seen_.insert(named.absolute).second) {
        return;
      }
      auto folder = open_in(AT_FDCWD, named.absolute, O_DIRECTORY);
      if (!folder) {
        unreadable(named.label, folder.error().need);
        return;
      }
      walk(*folder, "", 0);
      return;
    }
    const std::size_t slash = named.absolute.rfind('/');
    root_ = slash == 0 ? "/" : named.absolute.substr(0, slash);
    auto file = open_in(AT_FDCWD, named.absolute, 0);
    if (!file) {
      unreadable(named.label, file.error().need);
      return;
    }
    take(*file, named.label, named.absolute.substr(slash + 1));
  }

 private:
  void skipped(std::string_view label, std::string_view why) {
    diagnostics_.add(DiagnosticCode::file_skipped, Severity::notice, 0, 0,
                     fmt::format("{} was not read: {}", shown(label), why));
  }

  void unreadable(std::string_view label, std::uint64_t error) {
    diagnostics_.add(DiagnosticCode::file_unreadable, Severity::error, 0, 0,
                     fmt::format("{} could not be read: {}", shown(label), words_for(error)));
  }

  /// False when no more files are taken; says so once.
  bool room(std::string_view label) {
    if (entries_ < limits_.files_max) {
      ++entries_;
      return true;
    }
    if (!full_) {
      diagnostics_.add(
          DiagnosticCode::limit_hit, Severity::error, 0, 0,
          fmt::format("more than {} files and folders; {} and what follows is left out",
                      limits_.files_max, shown(label)));
    }
    full_ = true;
    return false;
  }

  void walk(const Descriptor& folder, const std::string& below, std::uint32_t depth) {
    auto listing = open_in(folder.number(), ".", O_DIRECTORY);
    int failed = listing ? 0 : static_cast<int>(listing.error().need);
    std::vector<std::string> names;
    if (listing) {
      names = names_in(std::move(*listing), limits_.files_max, failed);
    }
    if (failed != 0) {
      unreadable(label_of(below), static_cast<std::uint64_t>(failed));
    }
    for (const std::string& name : names) {
      const std::string path = below.empty() ? name : below + "/" + name;
      if (full_ || !room(label_of(path))) {
        return;
      }
      visit(folder, name, path, depth);
    }
  }

  void visit(const Descriptor& folder, const std::string& name, const std::string& path,
             std::uint32_t depth) {
    const std::string label = label_of(path);
    struct stat info{};
    if (::fstatat(folder.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      unreadable(label, static_cast<std::uint64_t>(errno));
      return;
    }
    if (S_ISDIR(info.st_mode)) {
      if (depth + 1 >= limits_.folder_depth_max) {
        diagnostics_.add(DiagnosticCode::limit_hit, Severity::error, 0, 0,
                         fmt::format("{} lies more than {} folders deep and is left out",
                                     shown(label), limits_.folder_depth_max));
        return;
      }
      if (!seen_.insert(absolute_of(path)).second) {
        return;
      }
      const auto inner = open_in(folder.number(), name, O_DIRECTORY);
      if (!inner) {
        unreadable(label, inner.error().need);
        return;
      }
      walk(*inner, path, depth + 1);
      return;
    }
    if (S_ISLNK(info.st_mode)) {
      keep_link(folder, name, label);
    }
    if (!S_ISREG(info.st_mode)) {
      skipped(label, fmt::format("it is {}", kind_word(info.st_mode)));
      return;
    }
    const auto file = open_in(folder.number(), name, 0);
    if (!file) {
      unreadable(label, file.error().need);
      return;
    }
    take(*file, label, path);
  }

  /// Remembers what a link says. A text that is too long, or gone by now, leads nowhere.
  void keep_link(const Descriptor& folder, const std::string& name, const std::string& label) {
    std::array<char, 4096> text{};
    const ssize_t size = ::readlinkat(folder.number(), name.c_str(), text.data(), text.size());
    if (size > 0 && static_cast<std::size_t>(size) < text.size()) {
      into_.links.push_back(
          {.path = std::string(EvidenceText::from_utf8(label).raw()),
           .named_bytes = EvidenceText::from_utf8(named_->label).raw().size(),
           .target = std::string(
               EvidenceText::from_utf8({text.data(), static_cast<std::size_t>(size)}).raw())});
    }
  }

  /// Takes an open file into the collection, unless it is there already.
  void take(const Descriptor& file, const std::string& label, const std::string& below) {
    const auto state = state_of(file);
    if (!state) {
      // It was a regular file a moment ago.
      skipped(label, "it changed into something else");
      return;
    }
    if (!seen_.insert(absolute_of(below)).second) {
      return;
    }
    std::array<std::byte, sniffed_bytes> first{};
    ssize_t got = 0;
    do {
      got = ::pread(file.number(), first.data(), first.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
      unreadable(label, static_cast<std::uint64_t>(errno));
      return;
    }
    const auto sniffed = std::span<const std::byte>(first).first(static_cast<std::size_t>(got));
    FileKind kind = kind_of(Bytes(sniffed));
    if (kind == FileKind::other && sniffed.size() == sniffed_bytes &&
        std::ranges::all_of(sniffed, [](std::byte one) { return one == std::byte{}; }) &&
        has_bin_behind_zeros(file.number())) {
      kind = FileKind::hive;
    }
    EvidenceText path = EvidenceText::from_utf8(label);
    CollectedFile collected;
    collected.named_bytes = EvidenceText::from_utf8(named_->label).raw().size();
    collected.kind = kind;
    collected.file = std::make_unique<DiskFile>(
        std::move(path), DiskFile::Place{.root = root_, .below = below}, *state, pool_);
    into_.files.push_back(std::move(collected));
  }

  /// True for a hive whose first pages were wiped: a bin begins where one may.
  [[nodiscard]] static bool has_bin_behind_zeros(int file) {
    // Limit: who wipes more leaves little to read; most files of zeros are just that.
    constexpr off_t searched_bytes = 1 << 20;
    constexpr off_t page_bytes = 4096;
    for (off_t at = sniffed_bytes; at < searched_bytes; at += page_bytes) {
      std::array<std::byte, 4> mark{};
      ssize_t got = 0;
      do {
        got = ::pread(file, mark.data(), mark.size(), at);
      } while (got < 0 && errno == EINTR);
      if (got != static_cast<ssize_t>(mark.size())) {
        return false;
      }
      if (Bytes(mark).starts_with("hbin")) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] std::string label_of(const std::string& below) const {
    if (below.empty()) {
      return named_->label;
    }
    return named_->label.ends_with('/') ? named_->label + below : named_->label + "/" + below;
  }
  [[nodiscard]] std::string absolute_of(const std::string& below) const {
    return root_.ends_with('/') ? root_ + below : root_ + "/" + below;
  }

  const Limits& limits_;
  Diagnostics& diagnostics_;
  Collection& into_;
  // Shared by the files, which outlive this walk.
  std::shared_ptr<OpenFiles> pool_ = std::make_shared<OpenFiles>(open_files_max);
  const Named* named_ = nullptr;
  std::string root_;
  std::set<std::string> seen_;  ///< absolute paths of files and folders that were taken
  std::uint64_t entries_ = 0;
  bool full_ = false;
};

/// Finds what the user named. Error: io, when there is nothing of that name. Nothing when it is
/// neither a file nor a folder, which is reported.
Result<std::optional<Named>> locate(const std::string& path, std::size_t index,
                                    Diagnostics& diagnostics) {
  struct stat info{};
  // realpath's buffer is the C library's own, so it is freed by hand.
  char* real = ::stat(path.c_str(), &info) == 0 ? ::realpath(path.c_str(), nullptr) : nullptr;
  if (real == nullptr) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG) {
      return fail(ErrorCode::io, 0, "path", static_cast<std::uint64_t>(error), index);
    }
    diagnostics.add(DiagnosticCode::file_unreadable, Severity::error, 0, 0,
                    fmt::format("{} could not be read: {}", shown(path),
                                words_for(static_cast<std::uint64_t>(error))));
    return std::nullopt;
  }
  Named named{
      .label = without_last_slashes(path), .absolute = real, .is_folder = S_ISDIR(info.st_mode)};
  std::free(real);  // NOLINT(cppcoreguidelines-no-malloc): realpath's.
  if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode)) {
    diagnostics.add(DiagnosticCode::file_skipped, Severity::notice, 0, 0,
                    fmt::format("{} was not read: it is {}", shown(path), kind_word(info.st_mode)));
    return std::nullopt;
  }
  return named;
}

/// DER SEQUENCE with the certificate trust list's OID (1.3.6.1.4.1.311.10.1) near its start.
bool looks_like_catalog(Bytes first_bytes) {
  constexpr std::string_view signed_data = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
  constexpr std::string_view trust_list = "\x06\x09\x2b\x06\x01\x04\x01\x82\x37\x0a\x01";
  constexpr std::uint64_t near = 128;
  const auto start = first_bytes.clamp(0, near).data();
  return first_bytes.starts_with("0") &&
         !std::ranges::search(start, bytes_of(signed_data)).empty() &&
         !std::ranges::search(start, bytes_of(trust_list)).empty();
}

/// Where the file is on the disk; empty for one that is not.
std::string absolute_of(const CollectedFile& file) {
  const auto* on_disk = dynamic_cast<const DiskFile*>(file.file.get());
  return on_disk == nullptr ? std::string() : on_disk->absolute();
}

void sort_files(Collection& collection) {
  std::ranges::sort(collection.links, {}, &CollectedLink::path);
  std::ranges::sort(collection.files, [&](const CollectedFile& left, const CollectedFile& right) {
    const auto order = left.file->path() <=> right.file->path();
    return order != 0 ? order < 0 : absolute_of(left) < absolute_of(right);
  });
}

/// Standard input once, however often it was named. Error: io, have = the index in the paths.
Result<void> take_standard_input(std::size_t index, Collection& into) {
  if (!into.files.empty()) {
    return {};
  }
  auto file = open_standard_input();
  std::array<std::byte, sniffed_bytes> first{};
  Result<std::size_t> got = file ? (*file)->read_at(0, first) : std::unexpected(file.error());
  if (!got) {
    return fail(ErrorCode::io, 0, "path", got.error().need, index);
  }
  CollectedFile collected;
  collected.named_bytes = 1;
  collected.kind = kind_of(Bytes(std::span(first).first(*got)));
  collected.file = std::move(*file);
  into.files.push_back(std::move(collected));
  return {};
}

}  // namespace

FileKind kind_of(Bytes first_bytes) {
  const Bytes sector = first_bytes.clamp(0, 512);
  if (regf::looks_like_transaction_log(sector) || first_bytes.from(0x200).starts_with("HvLE")) {
    return FileKind::hive_log;
  }
  // A damaged base block does not make a hive something else: its bins and a log's entries have
  // marks of their own.
  if (regf::looks_like_hive(sector) || first_bytes.starts_with("regf") ||
      first_bytes.from(0x1000).starts_with("hbin")) {
    return FileKind::hive;
  }
  if (looks_like_evtx(first_bytes)) {
    return FileKind::event_log;
  }
  if (looks_like_pe(first_bytes)) {
    return FileKind::image;
  }
  if (looks_like_reg_export(first_bytes)) {
    return FileKind::registry_export;
  }
  if (looks_like_catalog(first_bytes)) {
    return FileKind::catalog;
  }
  switch (event_text_of(first_bytes)) {
    case EventText::json: return FileKind::event_json;
    case EventText::xml: return FileKind::event_xml;
    case EventText::csv: return FileKind::event_csv;
    case EventText::none: break;
  }
  return FileKind::other;
}

Result<Collection> open_collection(std::span<const std::string> paths, const Limits& limits,
                                   Diagnostics& diagnostics) {
  std::vector<Named> named;
  Collection collection;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i] == "-") {
      NPG_TRY_VOID(take_standard_input(i, collection));
      continue;
    }
    NPG_TRY(auto found, locate(paths[i], i, diagnostics));
    if (found) {
      named.push_back(std::move(*found));
    }
  }
  // Outer folders come before what is inside them, so that all of one tree is labelled alike.
  std::ranges::sort(named, [](const Named& left, const Named& right) {
    return std::tie(left.absolute, left.label) < std::tie(right.absolute, right.label);
  });
  Walk walk(limits, diagnostics, collection);
  for (const Named& each : named) {
    walk.add(each);
  }
  sort_files(collection);
  return collection;
}

Result<void> add_catalogs(Collection& collection, std::span<const std::string> paths,
                          const Limits& limits, Diagnostics& diagnostics) {
  if (paths.empty()) {
    return {};
  }
  NPG_TRY(Collection named, open_collection(paths, limits, diagnostics));
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < collection.files.size(); ++i) {
    known.emplace(absolute_of(collection.files[i]), i);
  }
  for (CollectedFile& file : named.files) {
    if (file.kind != FileKind::catalog) {
      continue;
    }
    file.is_for_every_host = true;
    if (const auto found = known.find(absolute_of(file)); found != known.end()) {
      collection.files[found->second].is_for_every_host = true;
    } else {
      collection.files.push_back(std::move(file));
    }
  }
  sort_files(collection);
  return {};
}

}  // namespace npg
