// `npguard attack import`: all files or none, and nothing left behind by a refusal.
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "app/attack_mirror_parts.hpp"
#include "app/data.hpp"
#include "attack/import.hpp"
#include "base/diagnostic.hpp"
#include "base/filetime.hpp"
#include "base/json_writer.hpp"
#include "report/columns.hpp"

namespace npg {
namespace {

using attack::ReleaseInfo;
using attack::Store;

/// The seconds since 1970 as RFC 3339; SOURCE_DATE_EPOCH stands in where runs must repeat.
std::string now() {
  const char* fixed = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t seconds =
      fixed != nullptr ? std::strtoll(fixed, nullptr, 10) : std::time(nullptr);
  return to_rfc3339(
      FileTime{FileTime::unix_epoch + static_cast<std::uint64_t>(seconds) * FileTime::per_second});
}

/// A store's folder, made where it is not there.
class StoreFolder {
 public:
  explicit StoreFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code ignored;
    had_lock_ = std::filesystem::exists(folder_ / "lock", ignored);
    had_manifest_ = std::filesystem::exists(folder_ / "manifest", ignored);
    for (std::filesystem::path each = folder_;
         !each.empty() && !std::filesystem::exists(each, ignored); each = each.parent_path()) {
      made_.push_back(each);
    }
    std::filesystem::create_directories(folder_, ignored);
  }
  /// Takes away what was made here, down to the lock, which must be held.
  void undo() const {
    std::error_code ignored;
    if (!had_manifest_) {
      std::filesystem::remove(folder_ / "manifest", ignored);
    }
    if (!had_lock_) {
      std::filesystem::remove(folder_ / "lock", ignored);
    }
    for (const std::filesystem::path& each : made_) {
      std::filesystem::remove(each, ignored);  // Only where it is empty.
    }
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;  ///< the innermost first
  bool had_lock_ = false;
  bool had_manifest_ = false;
};

/// Undoes what was made of a folder, unless the import is kept.
class Undo {
 public:
  explicit Undo(const StoreFolder& folder) : folder_(&folder) {}
  ~Undo() {
    if (folder_ != nullptr) {
      folder_->undo();
    }
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  Undo(Undo&&) = delete;
  Undo& operator=(Undo&&) = delete;
  void keep() { folder_ = nullptr; }

 private:
  const StoreFolder* folder_;
};

std::string refusal(const std::string& file, const attack::ImportRefusal& why) {
  return fmt::format("{}: refused: {}; the store is as it was", mirror_safe(file),
                     why.text.empty() ? describe(why.error) : mirror_safe(why.text));
}

class Report {
 public:
  Report() {
    json_.begin_object().field("schema", "npguard.attack_import/1").key("imported").begin_array();
  }
  void add(const attack::ImportReport& report) {
    const ReleaseInfo& info = report.release;
    text_ += fmt::format("{} {}: {} objects, {} new texts; release from {}{}\n", info.domain,
                         info.name(), info.objects, info.new_blobs, info.release_from,
                         report.already_there ? "; already there, nothing written" : "");
    text_ += fmt::format("  bundle SHA-256 {}\n    {}\n", info.bundle_sha256,
                         attack::pinned_words(info.pinned));
    json_.begin_object().field("domain", info.domain).field("release", info.release);
    json_.field("stix", info.stix21 ? "2.1" : "2.0").field("release_from", info.release_from);
    json_.field("objects", info.objects).field("new_texts", info.new_blobs);
    json_.field("already_there", report.already_there);
    json_.field("bundle_sha256", info.bundle_sha256).field("published_hash", info.pinned);
    json_.key("notes").begin_array();
    for (const attack::ImportNote& note : report.notes) {
      text_ += fmt::format("  {}: {}\n", note.code, note.text);
      json_.begin_object().field("code", note.code).field("offset", note.offset);
      json_.field("text", note.text).end_object();
    }
    json_.end_array().end_object();
  }
  MirrorReply reply(bool as_json) {
    json_.end_array().end_object();
    return {as_json ? json_.take() + "\n" : fit_columns(text_), {}};
  }

 private:
  JsonWriter json_{JsonWriter::Layout::indented};
  std::string text_;
};

std::expected<std::vector<attack::PinnedBundle>, MirrorError> pins_of(const MirrorImport& import) {
  auto pins = attack::parse_pins(data::attack_bundles);
  if (!pins) {
    return mirror_failure(MirrorFailure::damaged, "data/attack_bundles.tsv: " + pins.error());
  }
  if (!import.pins.empty()) {
    const auto file = attack::MappedFile::open(import.pins);
    const auto more =
        file ? attack::parse_pins(file->text()) : std::unexpected(std::string("cannot be read"));
    if (!more) {
      return mirror_failure(MirrorFailure::no_input,
                            fmt::format("{}: {}", mirror_safe(import.pins), more.error()));
    }
    pins->insert(pins->end(), more->begin(), more->end());
  }
  return *std::move(pins);
}

/// Reads and appends every file; what was appended is dropped again when one is refused.
std::expected<void, MirrorError> append_all(Store& store, const MirrorRequest& request,
                                            const MirrorImport& import,
                                            const std::vector<attack::PinnedBundle>& pins,
                                            const Limits& limits, Report& out) {
  for (const std::string& path : import.files) {
    const auto file = attack::MappedFile::open(path);
    if (!file) {
      return mirror_failure(MirrorFailure::no_input,
                            fmt::format("cannot open {}: {}", mirror_safe(path),
                                        std::strerror(static_cast<int>(file.error().need))));
    }
    const attack::ImportRequest each{.source = std::filesystem::path(path).filename().string(),
                                     .release = import.release,
                                     .domain = request.domain,
                                     .imported = now(),
                                     .require_pinned = import.require_pinned,
                                     .require_closed = import.require_closed};
    const auto report = attack::import_bundle(store, Bytes(file->bytes()), each, pins, limits);
    if (!report) {
      // The bundle is read from memory: what the system refused is the writing of the store.
      const Error& error = report.error().error;
      const bool of_store = error.code == ErrorCode::io || error.what.starts_with("attack.store");
      if (report.error().text.empty() && of_store) {
        return store_failure(request, error, MirrorFailure::not_written);
      }
      return mirror_failure(MirrorFailure::refused, refusal(path, report.error()));
    }
    out.add(*report);
  }
  return {};
}

}  // namespace

MirrorResult mirror_import(const MirrorRequest& request, const MirrorImport& import,
                           const Limits& limits) {
  const auto pins = pins_of(import);
  if (!pins) {
    return std::unexpected(pins.error());
  }
  if (import.files.size() > 1 && !import.release.empty()) {
    return mirror_failure(
        MirrorFailure::usage,
        "--release names the release of one file: import the files one after the other");
  }
  const std::filesystem::path folder = folder_of(request);
  const StoreFolder made(folder);
  const auto lock = attack::FolderLock::take(folder);
  if (!lock) {
    return store_failure(request, lock.error(), MirrorFailure::not_written);
  }
  Undo undo(made);  // Before the lock is given back.
  auto store = Store::open(folder, limits);
  if (!store) {
    return store_failure(request, store.error(), MirrorFailure::not_written);
  }
  if (const auto loaded = store->load(); !loaded) {
    return store_failure(request, loaded.error(), MirrorFailure::not_written);
  }
  if (const auto begun = store->begin(); !begun) {
    return store_failure(request, begun.error(), MirrorFailure::not_written);
  }
  store->sweep();
  const std::size_t before = store->releases().size();
  Report report;
  if (const auto appended = append_all(*store, request, import, *pins, limits, report); !appended) {
    store->drop_from(before);
    return std::unexpected(appended.error());
  }
  if (store->releases().size() > before) {
    if (const auto committed = store->commit(); !committed) {
      // The new list may have got its name before the system failed: then its segments must stay.
      const auto now_there = Store::open(folder, limits);
      if (now_there && now_there->releases().size() == before) {
        store->drop_from(before);
      } else {
        undo.keep();
      }
      return store_failure(request, committed.error(), MirrorFailure::not_written);
    }
  }
  undo.keep();
  return report.reply(request.json);
}

}  // namespace npg
