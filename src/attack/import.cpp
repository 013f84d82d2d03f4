#include "attack/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "attack/container.hpp"
#include "attack/import_checks.hpp"
#include "attack/packing.hpp"
#include "base/checksum.hpp"

namespace npg::attack {
namespace {

/// The first eight bytes of a digest: well spread already.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t out = 0;
    std::memcpy(&out, digest.data(), sizeof(out));
    return out;
  }
};

/// Reads the bundle: candidates, their stripped texts, and the four hashes of each.
class Gathering {
 public:
  explicit Gathering(const Limits& limits) : limits_(limits) {}

  Result<BundleInfo> read(std::string_view text) {
    stripped.reserve(text.size() / 4 * 3);
    // An object takes two kilobytes on average.
    objects.reserve(text.size() / 1800);
    checks.reserve(text.size() / 1800);
    NPG_TRY(const BundleInfo info,
            read_bundle(text, limits_, [&](const BundleObject& object) { return take(object); }));
    hashes_sha256 = hex_of(all_.finish());
    return info;
  }

  std::vector<Candidate> objects;
  std::string stripped;
  std::vector<Layout> layouts;
  std::vector<std::string> exact;
  BundleChecks checks;
  std::string hashes_sha256;

 private:
  static constexpr std::uint32_t irregular = 1U << 31;

  Result<void> take(const BundleObject& object) {
    const JsonValue value(object.raw, object.tape);
    NPG_TRY_VOID(checks.see(object, value, static_cast<std::uint32_t>(objects.size())));
    Candidate& candidate = objects.emplace_back();
    candidate.id = object.id;
    candidate.offset = object.offset;
    candidate.raw_size = static_cast<std::uint32_t>(object.raw.size());
    candidate.is_collection = object.type == "x-mitre-collection";
    candidate.modified = value.text("modified");
    if (candidate.modified.size() > 40 ||
        candidate.modified.find_first_not_of("0123456789-:TZ.+") != std::string::npos) {
      return fail(ErrorCode::bad_value, object.offset + value.member("modified").token().start,
                  "stix.modified");
    }
    candidate.attack_id = attack_id_of(value);
    if (object.type == "relationship") {
      candidate.relation = value.text("relationship_type");
      candidate.source = value.text("source_ref");
      candidate.target = value.text("target_ref");
      const bool fits = is_stix_id(candidate.source) && is_stix_id(candidate.target) &&
                        !candidate.relation.empty() && candidate.relation.size() <= 64 &&
                        candidate.relation.find_first_not_of(
                            "abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
      if (!fits) {
        return fail(ErrorCode::bad_value, object.offset, "stix.relationship");
      }
    }
    strip(object, candidate);
    hash(object, value, candidate);
    return {};
  }

  void strip(const BundleObject& object, Candidate& candidate) {
    candidate.stripped_at = stripped.size();
    const std::optional<Layout> layout = append_stripped(stripped, object.raw, object.tape);
    candidate.stripped_size = static_cast<std::uint32_t>(stripped.size() - candidate.stripped_at);
    const auto known = layout ? std::ranges::find(layouts, *layout) : layouts.end();
    if (known != layouts.end()) {
      candidate.layout = static_cast<std::uint32_t>(known - layouts.begin());
    } else if (layout && layouts.size() < 256) {
      candidate.layout = static_cast<std::uint32_t>(layouts.size());
      layouts.push_back(*layout);
    } else {
      candidate.layout = irregular | static_cast<std::uint32_t>(exact.size());
      exact.emplace_back(object.raw);
    }
  }

  void hash(const BundleObject& object, const JsonValue& value, Candidate& candidate) {
    const Digest raw = hasher_.hash(object.raw);
    candidate.blob = hasher_.hash(std::string_view(stripped).substr(candidate.stripped_at));
    Digest minified = candidate.blob;
    if (!object.tape.plain) {
      form_.clear();
      append_minified(form_, value);
      minified = hasher_.hash(form_);
    }
    form_.clear();
    content_.clear();
    append_canonical_and_content(form_, content_, value);
    candidate.canonical = hasher_.hash(form_);
    candidate.content = hasher_.hash(content_);
    all_.add(characters_of(raw));
    all_.add(characters_of(minified));
    all_.add(characters_of(candidate.canonical));
    all_.add(characters_of(candidate.content));
  }

  const Limits& limits_;
  Hasher hasher_;
  Hasher all_;
  std::string form_;
  std::string content_;
};

/// Turns candidates into a segment: which texts are new, in which blocks, against which prefix.
class SegmentMaker {
 public:
  SegmentMaker(const Store& store, const Gathering& gathered)
      : store_(store), gathered_(gathered), objects_(gathered.objects) {}

  Result<SegmentParts> make(std::string_view text, ReleaseInfo& info) {
    number_ids();
    find_new();
    write_columns();
    NPG_TRY_VOID(write_blocks());
    write_rows();
    write_frame(text);
    info.new_blobs = fresh_.size();
    info.new_ids = new_ids_.size();
    return std::move(parts_);
  }

 private:
  std::uint32_t number_of(const std::string& id) {
    if (const auto known = store_.id_number(id)) {
      return *known;
    }
    const auto next = static_cast<std::uint32_t>(store_.ids().size() + new_ids_.size());
    const auto [found, is_new] = new_ids_.emplace(id, next);
    if (is_new) {
      parts_.ids += id;
      parts_.ids += '\n';
    }
    return found->second;
  }

  void number_ids() {
    order_.resize(objects_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    // Relationships of one object side by side pack a third smaller than in the order of their ids.
    std::ranges::sort(order_, [&](std::uint32_t left, std::uint32_t right) {
      const auto key = [&](const Candidate& each) {
        return std::tie(each.source, each.target, each.id);
      };
      return key(objects_[left]) < key(objects_[right]);
    });
    new_ids_.reserve(objects_.size());
    numbers_.resize(objects_.size());
    for (const std::uint32_t i : order_) {
      numbers_[i].id = number_of(objects_[i].id);
    }
    for (const std::uint32_t i : order_) {
      if (!objects_[i].relation.empty()) {
        numbers_[i].source = number_of(objects_[i].source);
        numbers_[i].target = number_of(objects_[i].target);
      }
    }
  }

  std::string_view text_of(std::uint32_t object) const {
    return std::string_view(gathered_.stripped)
        .substr(objects_[object].stripped_at, objects_[object].stripped_size);
  }

  void find_new() {
    std::unordered_map<Digest, std::uint32_t, DigestHash> known;
    const auto blobs = static_cast<std::uint32_t>(store_.blobs().size());
    known.reserve(blobs + objects_.size());
    latest_.assign(store_.ids().size(), nothing);
    for (std::uint32_t blob = 0; blob < blobs; ++blob) {
      known.emplace(store_.blob_sha256(blob), blob);
      latest_[store_.blobs()[blob].id] = blob;
    }
    blob_of_.resize(objects_.size());
    for (const std::uint32_t i : order_) {
      const auto [found, is_new] =
          known.emplace(objects_[i].blob, blobs + static_cast<std::uint32_t>(fresh_.size()));
      blob_of_[i] = found->second;
      if (is_new) {
        fresh_.push_back(i);
      }
    }
  }

  std::uint32_t base_of(std::uint32_t object) const {
    const std::uint32_t id = numbers_[object].id;
    return id < latest_.size() ? latest_[id] : nothing;
  }

  void write_columns() {
    Packer columns;
    std::vector<std::string> kinds;
    for (const std::uint32_t i : fresh_) {
      const Candidate& object = objects_[i];
      const std::uint32_t base = base_of(i);
      const bool same_content = base != nothing && store_.content(base) == object.content;
      columns.number(numbers_[i].id);
      columns.number(object.stripped_size);
      columns.number(base == nothing ? 0 : base + 1);
      columns.number((same_content ? 1U : 0U) | (object.relation.empty() ? 0U : 2U));
      if (!object.relation.empty()) {
        const auto kind = std::ranges::find(kinds, object.relation);
        columns.number(static_cast<std::uint64_t>(kind - kinds.begin()));
        if (kind == kinds.end()) {
          kinds.push_back(object.relation);
        }
        columns.number(numbers_[i].source);
        columns.number(numbers_[i].target);
      }
      parts_.words += object.modified;
      parts_.words += '\t';
      parts_.words += object.attack_id;
      parts_.words += '\n';
      parts_.blob_sha256 += characters_of(object.blob);
      parts_.canonical += characters_of(std::span(object.canonical).first<16>());
      if (!same_content) {
        parts_.content += characters_of(object.content);
      }
    }
    for (const std::string& kind : kinds) {
      parts_.words += kind;
      parts_.words += '\n';
    }
    parts_.columns = columns.packed();
  }

  // Limit: 512 KiB a block: small enough that one object is had in a millisecond.
  static constexpr std::size_t block_bytes = 512 << 10;
  // Limit: a reader unpacks at most this many blocks for one; then a block stands alone again.
  static constexpr std::uint32_t depth_max = 8;

  Result<void> write_blocks() {
    std::vector<BlockInfo> blocks;
    std::string text;
    BlockInfo block;
    const auto flush = [&]() -> Result<void> {
      if (text.empty()) {
        return {};
      }
      NPG_TRY_VOID(write_block(text, block));
      blocks.push_back(std::exchange(block, {}));
      text.clear();
      return {};
    };
    for (const std::uint32_t i : fresh_) {
      const bool alone = objects_[i].is_collection;
      if (alone) {
        NPG_TRY_VOID(flush());
        block.lists_rows = true;
      } else if (const std::uint32_t base = base_of(i); base != nothing) {
        block.bases.push_back(base);
      }
      text += text_of(i);
      if (alone || text.size() >= block_bytes) {
        NPG_TRY_VOID(flush());
      }
    }
    NPG_TRY_VOID(flush());
    parts_.block_table = pack_blocks(blocks);
    return {};
  }

  Result<void> write_block(const std::string& text, BlockInfo& block) {
    std::string prefix;
    for (const std::uint32_t base : block.bases) {
      const Blob& blob = store_.blobs()[base];
      const std::size_t segment = store_.segment_of(base);
      block.depth = std::max(block.depth, store_.blocks(segment)[blob.block].depth + 1);
    }
    if (block.depth > depth_max) {
      block.depth = 0;
      block.bases.clear();
    }
    if (block.lists_rows) {
      std::vector<std::pair<std::string_view, std::string_view>> listed;
      for (const Candidate& each : objects_) {
        if (!each.is_collection) {
          listed.emplace_back(each.id, each.modified);
        }
      }
      prefix = contents_prefix(std::move(listed));
    }
    for (const std::uint32_t base : block.bases) {
      NPG_TRY(const std::string earlier, store_.stripped(base));
      prefix += earlier;
    }
    const std::string packed = compress(text, 3, prefix);
    block.size = text.size();
    block.packed = packed.size();
    parts_.blocks += packed;
    return {};
  }

  void write_rows() {
    Packer rows;
    std::uint64_t expected = 0;
    for (const std::uint32_t blob : blob_of_) {
      rows.difference(blob, expected);
      expected = std::uint64_t{blob} + 1;
    }
    for (const Candidate& each : objects_) {
      const bool irregular = each.layout >= 1U << 31;
      rows.number(irregular ? gathered_.layouts.size() + (each.layout & 0x7fffffffU) : each.layout);
    }
    parts_.rows = rows.packed();
  }

  void write_frame(std::string_view text) {
    Packer out;
    out.number(gathered_.layouts.size());
    for (const Layout& each : gathered_.layouts) {
      out.number(each.base);
      out.number(each.indent);
      out.number(each.colon);
      out.number(each.lines ? 1 : 0);
    }
    out.number(gathered_.exact.size());
    for (const std::string& each : gathered_.exact) {
      out.text(each);
    }
    std::string_view previous;
    std::uint64_t count = 0;
    const auto add = [&](std::string_view gap) {
      if (count > 0 && gap != previous) {
        out.text(previous);
        out.number(std::exchange(count, 0));
      }
      previous = gap;
      ++count;
    };
    std::uint64_t at = 0;
    for (const Candidate& each : objects_) {
      add(text.substr(at, each.offset - at));
      at = each.offset + each.raw_size;
    }
    add(text.substr(at));
    out.text(previous);
    out.number(count);
    parts_.gaps = out.packed();
  }

  const Store& store_;
  const Gathering& gathered_;
  const std::vector<Candidate>& objects_;
  SegmentParts parts_;
  struct Numbers {
    std::uint32_t id = nothing;
    std::uint32_t source = nothing;
    std::uint32_t target = nothing;
  };
  std::unordered_map<std::string_view, std::uint32_t> new_ids_;
  std::vector<Numbers> numbers_;        ///< per object
  std::vector<std::uint32_t> order_;    ///< objects by source, target, id
  std::vector<std::uint32_t> fresh_;    ///< objects whose text is new, in that order
  std::vector<std::uint32_t> blob_of_;  ///< per object
  std::vector<std::uint32_t> latest_;   ///< per id known before, its newest blob
};

std::string domain_of_collection(const std::string& name) {
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  return has("Enterprise") ? "enterprise-attack"
         : has("Mobile")   ? "mobile-attack"
         : has("ICS")      ? "ics-attack"
                           : "";
}

bool is_release_name(std::string_view release) {
  return !release.empty() && release.size() <= 16 &&
         release.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::unexpected<ImportRefusal> refuse(std::string text) {
  return std::unexpected(
      ImportRefusal{{ErrorCode::does_not_belong, 0, "attack.import"}, std::move(text)});
}

/// Which release and domain the bundle is: its own word, then a pinned hash, then the user's.
std::expected<void, ImportRefusal> identify(const BundleChecks& checks,
                                            const ImportRequest& request,
                                            const std::vector<PinnedBundle>& pins,
                                            ReleaseInfo& info) {
  const auto pinned = std::ranges::find(pins, info.bundle_sha256, &PinnedBundle::sha256);
  info.domain = domain_of_collection(checks.collection_name);
  info.release = is_release_name(checks.collection_version) ? checks.collection_version : "";
  info.release_from = "bundle";
  if (info.release.empty() && pinned != pins.end()) {
    info.domain = pinned->domain;
    info.release = pinned->release;
    info.release_from = "pinned hash";
  }
  if (info.domain.empty()) {
    info.domain = checks.matrix_domain;
  }
  if (!request.release.empty()) {
    if (!is_release_name(request.release)) {
      return refuse("a release is a number such as 19.1");
    }
    if (!info.release.empty() && info.release != request.release) {
      return refuse(fmt::format("the bundle says that it is release {}, not {}", info.release,
                                request.release));
    }
    info.release_from = info.release.empty() ? "user" : info.release_from;
    info.release = request.release;
  }
  if (!request.domain.empty()) {
    if (!info.domain.empty() && info.domain != request.domain) {
      return refuse(fmt::format("the bundle is of {}, not of {}", info.domain, request.domain));
    }
    info.domain = request.domain;
  }
  if (info.release.empty()) {
    return refuse("the bundle does not say which release it is: name it with --release");
  }
  if (info.domain.empty()) {
    return refuse("the bundle does not say which domain it is of: name it with --domain");
  }
  info.pinned = "unknown";
  for (const PinnedBundle& each : pins) {
    if (each.domain == info.domain && each.release == info.release && each.stix21 == info.stix21) {
      info.pinned = each.sha256 == info.bundle_sha256 ? "match"
                    : info.pinned == "match"          ? "match"
                                                      : "mismatch";
    }
  }
  return {};
}

std::unexpected<ImportRefusal> because(const Error& error) {
  return std::unexpected(ImportRefusal{error, {}});
}

}  // namespace

std::expected<ImportReport, ImportRefusal> import_bundle(Store& store, Bytes file,
                                                         const ImportRequest& request,
                                                         const std::vector<PinnedBundle>& pins,
                                                         const Limits& limits) {
  const auto unpacked = unpack(file, limits);
  if (!unpacked) {
    return because(unpacked.error());
  }
  const std::string_view text = unpacked->view();
  Gathering gathered(limits);
  const auto bundle = gathered.read(text);
  if (!bundle) {
    return because(bundle.error());
  }
  ImportReport report;
  ReleaseInfo& info = report.release;
  info.stix21 = bundle->stix21;
  info.source = request.source;
  info.imported = request.imported;
  info.bundle_sha256 = sha256_hex(bytes_of(text));
  info.bundle_bytes = text.size();
  info.objects = gathered.objects.size();
  info.collection_id = gathered.checks.collection_id;
  info.collection_modified = gathered.checks.collection_modified;
  info.spec_version = gathered.checks.spec_version;
  info.hashes_sha256 = gathered.hashes_sha256;
  if (const auto identified = identify(gathered.checks, request, pins, info); !identified) {
    return std::unexpected(identified.error());
  }
  gathered.checks.finish(gathered.objects, report);
  if (info.pinned != "match" && request.require_pinned) {
    return refuse(fmt::format("its SHA-256 {} is not a pinned one of {} {}", info.bundle_sha256,
                              info.domain, info.name()));
  }
  if (report.dangling > 0 && request.require_closed) {
    return refuse(report.notes.front().text);
  }
  for (const ReleaseInfo& each : store.releases()) {
    if (each.domain == info.domain && each.release == info.release && each.stix21 == info.stix21) {
      if (each.bundle_sha256 != info.bundle_sha256) {
        return refuse(fmt::format("another bundle of {} {} is in the store, with SHA-256 {}",
                                  info.domain, info.name(), each.bundle_sha256));
      }
      report.already_there = true;
      report.release = each;
      return report;
    }
  }
  if (store.releases().size() >= limits.attack_imports_max) {
    return because(Error{ErrorCode::limit_exceeded, 0, "attack.imports",
                         store.releases().size() + 1, limits.attack_imports_max});
  }
  auto parts = SegmentMaker(store, gathered).make(text, info);
  if (!parts) {
    return because(parts.error());
  }
  if (const auto appended = store.append(info, *parts); !appended) {
    return because(appended.error());
  }
  info = store.releases().back();
  return report;
}

}  // namespace npg::attack
