#include "app/attack_mirror.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "app/attack_analysis.hpp"
#include "app/data.hpp"
#include "attack/diff_report.hpp"
#include "attack/import.hpp"
#include "attack/page.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/json_writer.hpp"

namespace npg {
namespace {

using attack::Release;
using attack::ReleaseInfo;
using attack::Store;

std::string safe(std::string_view text) {
  return escape_for_terminal(EvidenceText::from_utf8(text));
}

std::unexpected<MirrorError> failure(MirrorFailure kind, std::string text) {
  return std::unexpected(MirrorError{kind, std::move(text)});
}

std::unexpected<MirrorError> store_failure(const Error& error) {
  if (error.code == ErrorCode::io) {
    const auto code = static_cast<int>(error.need);
    return failure(MirrorFailure::not_written,
                   fmt::format("the store: {}", code == EWOULDBLOCK ? "another import is at work"
                                                                    : std::strerror(code)));
  }
  return failure(MirrorFailure::damaged, fmt::format("the store is damaged: {}", describe(error)));
}

std::filesystem::path folder_of(const MirrorRequest& request) {
  return request.store.empty() ? default_attack_store() : std::filesystem::path(request.store);
}

std::string domain_of(const MirrorRequest& request) {
  return request.domain.empty() ? "enterprise-attack" : request.domain;
}

/// The seconds since 1970 as RFC 3339; SOURCE_DATE_EPOCH stands in where runs must repeat.
std::string now() {
  const char* fixed = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t seconds =
      fixed != nullptr ? std::strtoll(fixed, nullptr, 10) : std::time(nullptr);
  return to_rfc3339(
      FileTime{FileTime::unix_epoch + static_cast<std::uint64_t>(seconds) * FileTime::per_second});
}

std::expected<Store, MirrorError> open_loaded(const MirrorRequest& request, const Limits& limits) {
  auto store = Store::open(folder_of(request), limits);
  if (!store) {
    return store_failure(store.error());
  }
  if (store->releases().empty()) {
    return failure(MirrorFailure::no_input,
                   fmt::format("nothing is imported in {}: see npguard attack import",
                               safe(folder_of(request).string())));
  }
  if (const auto loaded = store->load(); !loaded) {
    return store_failure(loaded.error());
  }
  return std::move(*store);
}

std::expected<std::size_t, MirrorError> release_index(const Store& store,
                                                      const MirrorRequest& request,
                                                      std::string_view release) {
  const auto found = release.empty() ? store.newest(domain_of(request))
                                     : store.find(domain_of(request), release, request.stix);
  if (!found) {
    return failure(MirrorFailure::not_found,
                   fmt::format("{} {} is not imported", domain_of(request),
                               release.empty() ? "no release of which" : safe(release)));
  }
  return *found;
}

struct Located {
  Release release;
  std::uint32_t row = 0;
};
std::expected<Located, MirrorError> locate(const Store& store, const MirrorRequest& request,
                                           const std::string& what, const Limits& limits) {
  const std::size_t at = what.find('@');
  const std::string id = what.substr(0, at);
  const auto index =
      release_index(store, request, at == std::string::npos ? "" : what.substr(at + 1));
  if (!index) {
    return std::unexpected(index.error());
  }
  auto release = Release::load(store, *index, limits);
  if (!release) {
    return store_failure(release.error());
  }
  const auto row = release->find(id);
  if (!row) {
    return store_failure(row.error());
  }
  if (!*row) {
    return failure(MirrorFailure::not_found,
                   fmt::format("{} is not in {} {}", safe(id), release->info().domain,
                               release->info().name()));
  }
  return Located{std::move(*release), **row};
}

std::string refusal(const std::string& file, const attack::ImportRefusal& why) {
  return fmt::format("{}: refused: {}; the store is as it was", safe(file),
                     why.text.empty() ? describe(why.error) : safe(why.text));
}

std::string report_line(const attack::ImportReport& report) {
  const ReleaseInfo& info = report.release;
  std::string out = fmt::format(
      "{} {}: {} objects, {} new texts, bundle SHA-256 {} ({}), release from {}{}\n", info.domain,
      info.name(), info.objects, info.new_blobs, info.bundle_sha256,
      info.pinned == "match"      ? "the published one"
      : info.pinned == "mismatch" ? "NOT the published one"
                                  : "no published hash known",
      info.release_from, report.already_there ? "; already there, nothing written" : "");
  for (const attack::ImportNote& note : report.notes) {
    out += fmt::format("  {}: {}\n", note.code, note.text);
  }
  return out;
}

}  // namespace

std::filesystem::path default_attack_store() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') {
    return std::filesystem::path(data) / "npguard" / "attack";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/") / ".local/share/npguard/attack";
}

MirrorResult mirror_import(const MirrorRequest& request, const MirrorImport& import,
                           const Limits& limits) {
  auto pins = attack::parse_pins(data::attack_bundles);
  if (!pins) {
    return failure(MirrorFailure::damaged, "data/attack_bundles.tsv: " + pins.error());
  }
  if (!import.pins.empty()) {
    const auto file = attack::MappedFile::open(import.pins);
    const auto more =
        file ? attack::parse_pins(file->text()) : std::unexpected(std::string("cannot be read"));
    if (!more) {
      return failure(MirrorFailure::no_input,
                     fmt::format("{}: {}", safe(import.pins), more.error()));
    }
    pins->insert(pins->end(), more->begin(), more->end());
  }
  if (import.files.size() > 1 && !import.release.empty()) {
    return failure(MirrorFailure::usage, "--release names the release of one file");
  }
  const std::filesystem::path folder = folder_of(request);
  std::error_code created;
  std::filesystem::create_directories(folder, created);
  const auto lock = attack::FolderLock::take(folder);
  if (!lock) {
    return store_failure(lock.error());
  }
  auto store = Store::open(folder, limits);
  if (!store) {
    return store_failure(store.error());
  }
  store->sweep();
  if (const auto loaded = store->load(); !loaded) {
    return store_failure(loaded.error());
  }
  const std::size_t before = store->releases().size();
  MirrorReply reply;
  for (const std::string& path : import.files) {
    const auto file = attack::MappedFile::open(path);
    if (!file) {
      store->drop_from(before);
      return failure(MirrorFailure::no_input,
                     fmt::format("cannot open {}: {}", safe(path),
                                 std::strerror(static_cast<int>(file.error().need))));
    }
    const attack::ImportRequest each{.source = std::filesystem::path(path).filename().string(),
                                     .release = import.release,
                                     .domain = request.domain,
                                     .imported = now(),
                                     .require_pinned = import.require_pinned,
                                     .require_closed = import.require_closed};
    const auto report = attack::import_bundle(*store, Bytes(file->bytes()), each, *pins, limits);
    if (!report) {
      store->drop_from(before);
      // The bundle is read from memory: what the system refused is the writing of the store.
      if (report.error().text.empty() && report.error().error.code == ErrorCode::io) {
        return store_failure(report.error().error);
      }
      return failure(MirrorFailure::refused, refusal(path, report.error()));
    }
    reply.out += report_line(*report);
  }
  if (store->releases().size() > before) {
    if (const auto committed = store->commit(); !committed) {
      store->drop_from(before);
      return store_failure(committed.error());
    }
  }
  return reply;
}

MirrorResult mirror_list(const MirrorRequest& request, const Limits& limits) {
  const auto store = Store::open(folder_of(request), limits);
  if (!store) {
    return store_failure(store.error());
  }
  MirrorReply reply;
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("schema", "npguard.attack_list/1").key("releases").begin_array();
  std::uint64_t total = 0;
  for (const ReleaseInfo& each : store->releases()) {
    total += each.file_bytes;
    reply.out +=
        fmt::format("{:<18} {:<16} {:>6} objects {:>6} new {:>9} bytes  hash {:<8}  {}  {}\n",
                    safe(each.domain), safe(each.name()), each.objects, each.new_blobs,
                    each.file_bytes, each.pinned, each.bundle_sha256, safe(each.source));
    json.begin_object()
        .field("domain", each.domain)
        .field("release", each.release)
        .field("stix", each.stix21 ? "2.1" : "2.0");
    json.field("objects", each.objects)
        .field("new_texts", each.new_blobs)
        .field("stored_bytes", each.file_bytes);
    json.field("bundle_sha256", each.bundle_sha256)
        .field("bundle_bytes", each.bundle_bytes)
        .field("published_hash", each.pinned);
    json.field("source", each.source)
        .field("imported", each.imported)
        .field("release_from", each.release_from)
        .end_object();
  }
  json.end_array().field("stored_bytes", total).end_object();
  const auto newest = store->newest(domain_of(request));
  reply.out += newest ? fmt::format("{} imported up to {}; {} bytes in all\n", domain_of(request),
                                    store->releases()[*newest].release, total)
                      : fmt::format("no release of {} is imported\n", domain_of(request));
  if (request.json) {
    reply.out = json.take() + "\n";
  }
  return reply;
}

MirrorResult mirror_show(const MirrorRequest& request, const std::string& what,
                         const Limits& limits) {
  const auto store = open_loaded(request, limits);
  if (!store) {
    return std::unexpected(store.error());
  }
  const auto located = locate(*store, request, what, limits);
  if (!located) {
    return std::unexpected(located.error());
  }
  const auto page = attack::page_of(located->release, located->row, limits);
  if (!page) {
    return store_failure(page.error());
  }
  return MirrorReply{request.json ? attack::page_json(*page, data::attack_licence)
                                  : attack::page_text(*page, data::attack_licence) +
                                        statements_about(located->release, page->object.id),
                     {}};
}

MirrorResult mirror_raw(const MirrorRequest& request, const std::string& what,
                        const Limits& limits) {
  const auto store = open_loaded(request, limits);
  if (!store) {
    return std::unexpected(store.error());
  }
  const auto located = locate(*store, request, what, limits);
  if (!located) {
    return std::unexpected(located.error());
  }
  auto raw = located->release.raw(located->row);
  if (!raw) {
    return store_failure(raw.error());
  }
  return MirrorReply{std::move(*raw), std::string(data::attack_licence)};
}

MirrorResult mirror_verify(const MirrorRequest& request, const Limits& limits) {
  const auto store = open_loaded(request, limits);
  if (!store) {
    return std::unexpected(store.error());
  }
  MirrorReply reply;
  for (std::size_t i = 0; i < store->releases().size(); ++i) {
    const auto release = Release::load(*store, i, limits);
    if (!release) {
      return store_failure(release.error());
    }
    const auto verdict = attack::verify(*release, limits);
    if (!verdict) {
      return store_failure(verdict.error());
    }
    const bool sound =
        verdict->bundle && verdict->hashes && verdict->file && verdict->damaged.empty();
    reply.sound = reply.sound && sound;
    reply.out += fmt::format("{} {}: {} objects, bundle {}, four hashes each {}, segment {}, {}\n",
                             release->info().domain, release->info().name(), verdict->objects,
                             verdict->bundle ? "made again byte for byte" : "DIFFERS",
                             verdict->hashes ? "as imported" : "DIFFER",
                             verdict->file ? "intact" : "CHANGED", sound ? "sound" : "DAMAGED");
    for (const std::string& id : verdict->damaged) {
      reply.out += fmt::format("  damaged: {}\n", safe(id));
    }
  }
  return reply;
}

namespace {

/// The steps in words or as JSON; an id that none of these releases has is not found.
MirrorResult history_reply(const Store& store, const MirrorRequest& request, const std::string& id,
                           const std::vector<std::size_t>& releases, const Limits& limits) {
  const auto steps = attack::history(store, releases, id, limits);
  if (!steps) {
    return store_failure(steps.error());
  }
  if (std::ranges::none_of(*steps, &attack::HistoryStep::present)) {
    return failure(MirrorFailure::not_found,
                   fmt::format("{} is in none of the {} releases of {} asked for", safe(id),
                               steps->size(), domain_of(request)));
  }
  const auto identity = attack::identity_of(store, releases, id, limits);
  if (!identity) {
    return store_failure(identity.error());
  }
  return MirrorReply{request.json
                         ? attack::history_json(store, id, *identity, *steps, data::attack_licence)
                         : attack::history_text(store, id, *identity, *steps) + "\n" +
                               std::string(data::attack_licence),
                     {}};
}

}  // namespace

MirrorResult mirror_history(const MirrorRequest& request, const std::string& id,
                            const Limits& limits) {
  const auto store = open_loaded(request, limits);
  if (!store) {
    return std::unexpected(store.error());
  }
  return history_reply(*store, request, id, store->of_domain(domain_of(request), request.stix),
                       limits);
}

MirrorResult mirror_diff(const MirrorRequest& request, const std::vector<std::string>& what,
                         const Limits& limits) {
  const auto store = open_loaded(request, limits);
  if (!store) {
    return std::unexpected(store.error());
  }
  const auto before = release_index(*store, request, what[what.size() - 2]);
  const auto after = release_index(*store, request, what.back());
  if (!before || !after) {
    return std::unexpected(before ? after.error() : before.error());
  }
  if (what.size() == 3) {
    return history_reply(*store, request, what.front(), {*before, *after}, limits);
  }
  const auto left = Release::load(*store, *before, limits);
  const auto right = Release::load(*store, *after, limits);
  if (!left || !right) {
    return store_failure(left ? right.error() : left.error());
  }
  auto difference = attack::compare_releases(*left, *right);
  if (!difference) {
    return store_failure(difference.error());
  }
  if (request.fields) {
    if (const auto added = attack::add_differences(*left, *right, *difference); !added) {
      return store_failure(added.error());
    }
  }
  // Tactic and object names are MITRE's texts: its licence goes with them.
  if (request.json) {
    return MirrorReply{
        attack::release_difference_json(*left, *right, *difference, data::attack_licence), {}};
  }
  return MirrorReply{attack::release_difference_text(*left, *right, *difference) + "\n" +
                         std::string(data::attack_licence),
                     {}};
}

}  // namespace npg
