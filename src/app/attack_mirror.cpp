#include "app/attack_mirror.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "app/attack_analysis.hpp"
#include "app/attack_facts.hpp"
#include "app/attack_mirror_parts.hpp"
#include "app/data.hpp"
#include "attack/page.hpp"
#include "base/diagnostic.hpp"
#include "base/json_writer.hpp"
#include "report/columns.hpp"

namespace npg {
namespace {

using attack::Release;
using attack::ReleaseInfo;
using attack::Store;

/// Where else the id is: in the newest release of another domain, or in another release of this.
std::string elsewhere(const Store& store, std::size_t asked, const std::string& id,
                      const Limits& limits) {
  for (std::size_t i = store.releases().size(); i-- > 0;) {
    const ReleaseInfo& info = store.releases()[i];
    const auto release = i == asked ? Result<Release>(fail(ErrorCode::not_found, 0, "attack.id"))
                                    : Release::load(store, i, limits);
    const auto row = release ? release->find(id) : Result<std::optional<std::uint32_t>>();
    if (row && *row) {
      return info.domain == store.releases()[asked].domain
                 ? fmt::format("; {} has it: ask for {}@{}", info.name(), mirror_safe(id),
                               info.release)
                 : fmt::format("; {} {} has it: ask with --domain {}", info.domain, info.name(),
                               info.domain);
    }
  }
  return "";
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
    return store_failure(request, release.error());
  }
  const auto row = release->find(id);
  if (!row) {
    return store_failure(request, row.error());
  }
  if (!*row) {
    return mirror_failure(
        MirrorFailure::not_found,
        fmt::format("{} is not in {} {}{}", mirror_safe(id), release->info().domain,
                    release->info().name(), elsewhere(store, *index, id, limits)));
  }
  return Located{std::move(*release), **row};
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

MirrorResult mirror_list(const MirrorRequest& request, const Limits& limits) {
  std::error_code ignored;
  if (!request.store.empty() && !std::filesystem::is_directory(request.store, ignored)) {
    return mirror_failure(MirrorFailure::no_input,
                          fmt::format("there is no store {}", mirror_safe(request.store)));
  }
  const auto store = Store::open(folder_of(request), limits);
  if (!store) {
    return store_failure(request, store.error());
  }
  std::string text;
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("schema", "npguard.attack_list/1").key("releases").begin_array();
  std::uint64_t total = 0;
  for (const ReleaseInfo& each : store->releases()) {
    const std::string stix = each.stix21 ? "2.1" : "2.0";
    total += each.file_bytes;
    if ((!request.domain.empty() && each.domain != request.domain) ||
        (!request.stix.empty() && stix != request.stix)) {
      continue;
    }
    text += fmt::format("{:<18} {:<5} STIX {}  {:>6} objects, {:>6} new here, {:>9} bytes stored\n",
                        mirror_safe(each.domain), mirror_safe(each.release), stix, each.objects,
                        each.new_blobs, each.file_bytes);
    text += fmt::format("    from {}, imported {}\n    SHA-256 {}\n    {}\n",
                        mirror_safe(each.source), mirror_safe(each.imported),
                        mirror_safe(each.bundle_sha256), attack::pinned_words(each.pinned));
    json.begin_object().field("domain", each.domain).field("release", each.release);
    json.field("stix", stix).field("objects", each.objects).field("new_texts", each.new_blobs);
    json.field("stored_bytes", each.file_bytes).field("bundle_sha256", each.bundle_sha256);
    json.field("bundle_bytes", each.bundle_bytes).field("published_hash", each.pinned);
    json.field("source", each.source).field("imported", each.imported);
    json.field("release_from", each.release_from).end_object();
  }
  json.end_array().field("stored_bytes", total).end_object();
  const auto newest = store->newest(domain_of(request), request.stix);
  text += newest ? fmt::format("{} imported up to {}; {} bytes in all\n", domain_of(request),
                               mirror_safe(store->releases()[*newest].release), total)
                 : fmt::format(
                       "no release of {} is imported: npguard attack import FILE takes a "
                       "bundle in\n",
                       domain_of(request));
  return MirrorReply{request.json ? json.take() + "\n" : fit_columns(text), {}};
}

namespace {

/// Without a release of the domain: the ids and names that npguard knows.
MirrorResult facts_alone(const MirrorRequest& request, const std::string& what) {
  const std::string id = what.substr(0, what.find('@'));
  const std::string why = fmt::format("no release of {} is imported in {}", domain_of(request),
                                      mirror_safe(folder_of(request).string()));
  std::string facts = id == what && domain_of(request) == "enterprise-attack"
                          ? known_facts(id, why, request.json)
                          : std::string();
  if (facts.empty()) {
    return mirror_failure(
        MirrorFailure::no_input,
        fmt::format("{}: no source object is mirrored, since {}, and npguard knows no such name. "
                    "npguard attack import FILE takes a bundle in",
                    mirror_safe(what), why));
  }
  return MirrorReply{request.json ? facts : fit_columns(facts), {}};
}

}  // namespace

MirrorResult mirror_show(const MirrorRequest& request, const std::string& what,
                         const Limits& limits) {
  auto store = Store::open(folder_of(request), limits);
  if (!store) {
    return store_failure(request, store.error());
  }
  if (!store->newest(domain_of(request))) {
    return facts_alone(request, what);
  }
  if (const auto loaded = store->load(); !loaded) {
    return store_failure(request, loaded.error());
  }
  const auto located = locate(*store, request, what, limits);
  if (!located) {
    return std::unexpected(located.error());
  }
  const auto page = attack::page_of(located->release, located->row, limits);
  if (!page) {
    return store_failure(request, page.error());
  }
  return MirrorReply{request.json
                         ? attack::page_json(*page, data::attack_licence)
                         : fit_columns(attack::page_text(*page, printed_licence()) +
                                       statements_about(located->release, page->object.id)),
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
    return store_failure(request, raw.error());
  }
  return MirrorReply{std::move(*raw), std::string(data::attack_licence)};
}

namespace {

/// A release as far as it can be looked at; nothing is thrown away for one that cannot.
class Verification {
 public:
  Verification() {
    json_.begin_object().field("schema", "npguard.attack_verify/1");
    json_.key("releases").begin_array();
  }
  void add(const ReleaseInfo& info, const attack::Verdict& verdict) {
    const bool sound = verdict.sound();
    count(sound);
    text_ += fmt::format("{} {}: {} objects, bundle {}, four hashes each {}, segment {}: {}\n",
                         mirror_safe(info.domain), mirror_safe(info.name()), verdict.objects,
                         verdict.bundle ? "made again byte for byte" : "NOT made again",
                         verdict.hashes ? "as imported" : "NOT as imported",
                         verdict.file ? "intact" : "CHANGED", sound ? "sound" : "DAMAGED");
    if (verdict.first) {
      text_ += fmt::format("  {} of them cannot be made again ({}):\n", verdict.damaged.size(),
                           describe(*verdict.first));
    }
    // Limit: enough to see what they are; JSON has all.
    constexpr std::size_t shown = 20;
    for (std::size_t i = 0; i < std::min(shown, verdict.damaged.size()); ++i) {
      text_ += fmt::format("    {}\n", mirror_safe(verdict.damaged[i]));
    }
    if (verdict.damaged.size() > shown) {
      text_ += fmt::format("    and {} more\n", verdict.damaged.size() - shown);
    }
    begin(info, sound);
    json_.field("objects", verdict.objects).field("bundle", verdict.bundle);
    json_.field("hashes", verdict.hashes).field("segment", verdict.file).key("damaged");
    json_.begin_array();
    for (const std::string& id : verdict.damaged) {
      json_.value(id);
    }
    json_.end_array().end_object();
  }
  void add_unreadable(const ReleaseInfo& info, const Error& why) {
    count(false);
    text_ += fmt::format("{} {}: cannot be read: {}: DAMAGED\n", mirror_safe(info.domain),
                         mirror_safe(info.name()), describe(why));
    begin(info, false);
    json_.field("error", describe(why)).end_object();
  }
  MirrorReply reply(const MirrorRequest& request) {
    json_.end_array().field("sound", damaged_ == 0).end_object();
    text_ += damaged_ == 0
                 ? fmt::format("{}\n", total_ == 1 ? "1 release, sound"
                                                   : fmt::format("{} releases, all sound", total_))
                 : fmt::format(
                       "{} of {} releases DAMAGED: import the bundles again "
                       "into another folder with --store\n",
                       damaged_, total_);
    return {request.json ? json_.take() + "\n" : fit_columns(text_), {}, damaged_ == 0};
  }

 private:
  void count(bool sound) {
    ++total_;
    damaged_ += sound ? 0U : 1U;
  }
  void begin(const ReleaseInfo& info, bool sound) {
    json_.begin_object().field("domain", info.domain).field("release", info.release);
    json_.field("stix", info.stix21 ? "2.1" : "2.0").field("sound", sound);
  }
  JsonWriter json_{JsonWriter::Layout::indented};
  std::string text_;
  std::size_t total_ = 0;
  std::size_t damaged_ = 0;
};

}  // namespace

MirrorResult mirror_verify(const MirrorRequest& request, const Limits& limits) {
  auto store = Store::open(folder_of(request), limits);
  if (!store) {
    return store_failure(request, store.error());
  }
  if (store->releases().empty()) {
    return std::unexpected(open_loaded(request, limits).error());
  }
  // A segment that cannot be read takes with it those behind it, which lean on it.
  const auto loaded = store->load();
  Verification verification;
  for (std::size_t i = 0; i < store->releases().size(); ++i) {
    const ReleaseInfo& info = store->releases()[i];
    const auto release = i < store->loaded() ? Release::load(*store, i, limits)
                                             : Result<Release>(std::unexpected(loaded.error()));
    const auto verdict = release ? attack::verify(*release, limits)
                                 : Result<attack::Verdict>(std::unexpected(release.error()));
    if (verdict) {
      verification.add(info, *verdict);
    } else {
      verification.add_unreadable(info, verdict.error());
    }
  }
  return verification.reply(request);
}

}  // namespace npg
