#include "attack/store.hpp"

#include <algorithm>
#include <cerrno>
#include <span>

#include "attack/bundle.hpp"
#include "attack/container.hpp"
#include "attack/packing.hpp"
#include "base/check.hpp"

namespace npg::attack {
namespace {

/// Cuts a text at line feeds; the last line must end with one.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

template <std::size_t N>
std::array<std::byte, N> digest_at(std::string_view column, std::size_t index) {
  std::array<std::byte, N> out{};
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = static_cast<std::byte>(column[index * N + i]);
  }
  return out;
}

std::uint64_t segments_in(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::uint64_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    count += is_segment_file(entry.path()) ? 1U : 0U;
  }
  return count;
}

std::unexpected<Error> damaged(StaticText what, std::uint64_t need = 0, std::uint64_t have = 0) {
  return fail(ErrorCode::bad_value, 0, what, need, have);
}

}  // namespace

Result<Store> Store::open(const std::filesystem::path& folder, const Limits& limits) {
  Store store;
  store.folder_ = folder;
  store.limits_ = limits;
  const auto manifest = MappedFile::open(folder / "manifest");
  if (!manifest) {
    if (manifest.error().need == ENOENT) {
      const std::uint64_t segments = segments_in(folder);
      return segments == 0 ? Result<Store>(std::move(store))
                           : fail(ErrorCode::not_found, 0, lost_manifest, 1, segments);
    }
    return std::unexpected(manifest.error());
  }
  NPG_TRY(store.releases_, parse_manifest(manifest->text(), limits));
  return store;
}

std::optional<std::size_t> Store::find(std::string_view domain, std::string_view release,
                                       std::string_view stix) const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < releases_.size(); ++i) {
    const ReleaseInfo& each = releases_[i];
    const bool fits = stix.empty() || (stix == "2.1") == each.stix21;
    if (each.domain == domain && each.release == release && fits && (!found || each.stix21)) {
      found = i;
    }
  }
  return found;
}

std::vector<std::size_t> Store::of_domain(std::string_view domain, std::string_view stix) const {
  std::vector<std::size_t> out;
  std::size_t newer_form = 0;
  std::size_t older_form = 0;
  for (std::size_t i = 0; i < releases_.size(); ++i) {
    if (releases_[i].domain != domain) {
      continue;
    }
    ++(releases_[i].stix21 ? newer_form : older_form);
    if (find(domain, releases_[i].release, stix) == i) {
      out.push_back(i);
    }
  }
  std::ranges::sort(out, [&](std::size_t a, std::size_t b) {
    return compare_versions(releases_[a].release, releases_[b].release) < 0;
  });
  bool is_newer = newer_form >= older_form;
  for (std::size_t& each : out) {
    if (stix.empty()) {
      each = find(domain, releases_[each].release, is_newer ? "2.1" : "2.0").value_or(each);
    }
    is_newer = releases_[each].stix21;
  }
  return out;
}

std::optional<std::size_t> Store::newest(std::string_view domain, std::string_view stix) const {
  const std::vector<std::size_t> all = of_domain(domain, stix);
  return all.empty() ? std::nullopt : find(domain, releases_[all.back()].release, stix);
}

Result<void> Store::load() {
  while (segments_.size() < releases_.size()) {
    NPG_TRY_VOID(load_segment(segments_.size()));
  }
  return {};
}

Result<void> Store::load_segment(std::size_t index) {
  Segment segment;
  const ReleaseInfo& info = releases_[index];
  auto file = MappedFile::open(folder_ / info.file);
  if (!file && file.error().need == ENOENT) {
    return fail(ErrorCode::not_found, 0, "attack.store.segment.missing");
  }
  NPG_TRY(segment.file, std::move(file));
  NPG_TRY(SegmentView view, decode_segment(segment.file.text(), limits_));
  segment.view = std::make_shared<const SegmentView>(std::move(view));
  segment.first_blob = static_cast<std::uint32_t>(blobs_.size());
  if (segment.view->blob_sha256.size() != 32 * info.new_blobs ||
      segment.view->canonical.size() != 16 * info.new_blobs ||
      segment.view->content.size() % 32 != 0 || segment.view->minified.size() % 16 != 0 ||
      segment.view->arranged.size() % 16 != 0) {
    return damaged("attack.store.hashes");
  }
  for (const std::string_view id : lines_of(segment.view->ids)) {
    ids_.push_back(id);
  }
  NPG_TRY(segment.blocks, unpack_blocks(segment.view->block_table, segment.view->blocks.size(),
                                        segment.first_blob, limits_));
  NPG_TRY_VOID(load_columns(segment, info));
  segments_.push_back(std::move(segment));
  return {};
}

Result<void> Store::load_columns(Segment& segment, const ReleaseInfo& info) {
  const std::vector<std::string_view> words = lines_of(segment.view->words);
  if (words.size() < info.new_blobs) {
    return damaged("attack.store.words", info.new_blobs, words.size());
  }
  segment.kinds.assign(words.begin() + static_cast<std::ptrdiff_t>(info.new_blobs), words.end());
  blobs_.reserve(blobs_.size() + static_cast<std::size_t>(info.new_blobs));
  contents_.reserve(blobs_.capacity());
  Unpacker in(segment.view->columns);
  Unpacker names(segment.view->names);
  std::size_t block = 0;
  std::uint64_t at = 0;
  std::size_t contents = 0;
  std::uint32_t minified = 0;
  std::uint32_t arranged = 0;
  const std::uint64_t content_count = segment.view->content.size() / 32;
  for (std::uint64_t i = 0; i < info.new_blobs && in.ok(); ++i) {
    Blob blob;
    blob.id = static_cast<std::uint32_t>(in.number_below(ids_.size()));
    blob.size = static_cast<std::uint32_t>(in.number_below(limits_.attack_object_bytes_max + 1));
    blob.base =
        static_cast<std::uint32_t>(in.number_below(std::uint64_t{segment.first_blob} + 1)) - 1;
    const std::uint64_t flags = in.number_below(64);
    blob.same_content = (flags & 1) != 0;
    blob.revoked = (flags & 4) != 0;
    blob.deprecated = (flags & 8) != 0;
    blob.minified_at = (flags & 16) != 0 ? minified++ : nothing;
    blob.arranged_at = (flags & 32) != 0 ? arranged++ : nothing;
    if ((flags & 2) != 0) {
      blob.relation = static_cast<std::uint32_t>(in.number_below(segment.kinds.size()));
      blob.source = static_cast<std::uint32_t>(in.number_below(ids_.size()));
      blob.target = static_cast<std::uint32_t>(in.number_below(ids_.size()));
    } else if (names.number_below(2) == 1) {
      blob.name = blob.base != nothing ? blobs_[blob.base].name : std::string_view();
    } else {
      blob.name = names.text();
    }
    const std::string_view line = words[i];
    const std::size_t tab = std::min(line.find('\t'), line.size());
    blob.modified = line.substr(0, tab);
    blob.attack_id = line.substr(std::min(tab + 1, line.size()));
    while (block < segment.blocks.size() && at == segment.blocks[block].size) {
      ++block;
      at = 0;
    }
    const bool shares = blob.same_content && blob.base != nothing;
    if (!in.ok() || !names.ok() || block >= segment.blocks.size() ||
        blob.size > segment.blocks[block].size - at || (!shares && contents >= content_count)) {
      return damaged("attack.store.columns");
    }
    blob.block = static_cast<std::uint32_t>(block);
    blob.at = static_cast<std::uint32_t>(at);
    at += blob.size;
    BlockInfo& holder = segment.blocks[block];
    holder.first_blob =
        holder.blobs == 0 ? static_cast<std::uint32_t>(blobs_.size()) : holder.first_blob;
    ++holder.blobs;
    contents_.push_back(shares ? contents_[blob.base]
                               : digest_at<32>(segment.view->content, contents++));
    blobs_.push_back(blob);
  }
  const bool whole = in.ok() && in.at_end() && names.at_end() &&
                     segment.view->minified.size() == std::size_t{16} * minified &&
                     segment.view->arranged.size() == std::size_t{16} * arranged;
  return whole ? Result<void>{} : damaged("attack.store.columns");
}

std::optional<std::uint32_t> Store::id_number(std::string_view id) const {
  for (std::size_t i = id_numbers_.size(); i < ids_.size(); ++i) {
    id_numbers_.emplace(ids_[i], static_cast<std::uint32_t>(i));
  }
  const auto found = id_numbers_.find(id);
  return found == id_numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t Store::segment_of(std::uint32_t blob) const {
  const auto after = std::ranges::upper_bound(segments_, blob, {}, &Segment::first_blob);
  NPG_CHECK(after != segments_.begin());
  // A segment without new blobs begins where the next one does; the last one that begins there
  // owns.
  return static_cast<std::size_t>(after - segments_.begin()) - 1;
}

std::string_view Store::relation_of(const Blob& blob) const {
  if (blob.relation == nothing) {
    return {};
  }
  const auto number = static_cast<std::uint32_t>(&blob - blobs_.data());
  return segments_[segment_of(number)].kinds[blob.relation];
}

Result<std::vector<Row>> Store::rows(std::size_t release) const {
  const SegmentView& view = *segments_[release].view;
  NPG_TRY(const std::string packed,
          decompress(view.packed_rows, static_cast<std::size_t>(view.rows_size), 0));
  Unpacker in(packed);
  std::vector<Row> out(static_cast<std::size_t>(releases_[release].objects));
  const std::uint64_t blobs = segments_[release].first_blob + releases_[release].new_blobs;
  std::uint64_t expected = 0;
  for (Row& row : out) {
    const std::uint64_t blob = in.difference(expected);
    if (!in.ok() || blob >= blobs) {
      return damaged("attack.store.rows", blob, blobs);
    }
    row.blob = static_cast<std::uint32_t>(blob);
    expected = blob + 1;
  }
  for (Row& row : out) {
    row.layout = static_cast<std::uint32_t>(in.number_below(UINT32_MAX));
  }
  for (Row& row : out) {
    row.raw_size = static_cast<std::uint32_t>(in.number_below(limits_.attack_object_bytes_max + 1));
  }
  return in.ok() && in.at_end() ? Result<std::vector<Row>>(std::move(out))
                                : damaged("attack.store.rows");
}

Result<BundleFrame> Store::frame(std::size_t release) const {
  const SegmentView& view = *segments_[release].view;
  NPG_TRY(const std::string packed,
          decompress(view.packed_gaps, static_cast<std::size_t>(view.gaps_size), 0));
  Unpacker in(packed);
  BundleFrame frame;
  for (std::uint64_t i = in.number_below(packed.size() + 1); i > 0 && in.ok(); --i) {
    Layout& layout = frame.layouts.emplace_back();
    layout.base = static_cast<std::uint16_t>(in.number_below(4097));
    layout.indent = static_cast<std::uint8_t>(in.number_below(65));
    layout.colon = static_cast<std::uint8_t>(in.number_below(256));
    layout.lines = in.number_below(2) == 1;
  }
  for (std::uint64_t i = in.number_below(packed.size() + 1); i > 0 && in.ok(); --i) {
    frame.exact.emplace_back(in.text());
  }
  const std::uint64_t gaps_max = releases_[release].objects + 1;
  while (in.ok() && !in.at_end()) {
    const std::string_view gap = in.text();
    const std::uint64_t count = in.number_below(gaps_max + 1 - frame.gaps.size());
    frame.gaps.insert(frame.gaps.end(), static_cast<std::size_t>(count), std::string(gap));
  }
  if (!in.ok() || frame.gaps.size() != gaps_max) {
    return damaged("attack.store.frame");
  }
  return frame;
}

Result<std::string> Store::prefix_of(std::size_t segment, const BlockInfo& block) const {
  if (block.lists_rows) {
    NPG_TRY(const std::vector<Row> all, rows(segment));
    std::vector<std::pair<std::string_view, std::string_view>> listed;
    for (const Row& row : all) {
      const Blob& blob = blobs_[row.blob];
      if (!ids_[blob.id].starts_with("x-mitre-collection--")) {
        listed.emplace_back(ids_[blob.id], blob.modified);
      }
    }
    return contents_prefix(std::move(listed));
  }
  std::string prefix;
  for (const std::uint32_t base : block.bases) {
    if (prefix.size() > limits_.attack_file_bytes_max) {
      return damaged("attack.store.block.prefix");
    }
    NPG_TRY(const std::string text, stripped(base));
    prefix += text;
  }
  return prefix;
}

Result<std::shared_ptr<const std::string>> Store::block(std::size_t segment,
                                                        std::uint32_t number) const {
  const std::pair key(segment, number);
  if (const auto found = cache_.find(key); found != cache_.end()) {
    return found->second;
  }
  const BlockInfo& info = segments_[segment].blocks[number];
  // Recursion ends: a block's bases stand in earlier segments (unpack_blocks refuses others).
  NPG_TRY(const std::string prefix, prefix_of(segment, info));
  const SegmentView& view = *segments_[segment].view;
  NPG_TRY(std::string text,
          decompress(view.blocks.substr(static_cast<std::size_t>(info.at),
                                        static_cast<std::size_t>(info.packed)),
                     static_cast<std::size_t>(info.size), view.blocks_at + info.at, prefix));
  // zstd's frames carry no checksum, and a wrong prefix gives a wrong text without a word.
  Hasher hasher;
  for (std::uint32_t blob = info.first_blob; blob < info.first_blob + info.blobs; ++blob) {
    if (hasher.hash(std::string_view(text).substr(blobs_[blob].at, blobs_[blob].size)) !=
        blob_sha256(blob)) {
      return fail(ErrorCode::bad_checksum, view.blocks_at + info.at, "attack.store.block");
    }
  }
  // Limit: 192 MB of blocks stay unpacked. A block may need blocks of eight earlier releases, which
  // need others in turn: with room for fewer they would be unpacked over and over.
  if (cached_bytes_ > (192ULL << 20)) {
    cache_.clear();
    cached_bytes_ = 0;
  }
  cached_bytes_ += text.size();
  return cache_[key] = std::make_shared<const std::string>(std::move(text));
}

Result<std::string> Store::stripped(std::uint32_t number) const {
  const Blob& blob = blobs_[number];
  NPG_TRY(const std::shared_ptr<const std::string> text, block(segment_of(number), blob.block));
  return text->substr(blob.at, blob.size);
}

Digest Store::blob_sha256(std::uint32_t blob) const {
  const Segment& segment = segments_[segment_of(blob)];
  return digest_at<32>(segment.view->blob_sha256, blob - segment.first_blob);
}

ShortDigest Store::minified(std::uint32_t blob) const {
  const Segment& segment = segments_[segment_of(blob)];
  const std::uint32_t at = blobs_[blob].minified_at;
  return at == nothing ? digest_at<16>(segment.view->blob_sha256, 2 * (blob - segment.first_blob))
                       : digest_at<16>(segment.view->minified, at);
}

ShortDigest Store::arranged(std::uint32_t blob) const {
  const std::uint32_t at = blobs_[blob].arranged_at;
  return at == nothing ? canonical(blob)
                       : digest_at<16>(segments_[segment_of(blob)].view->arranged, at);
}

ShortDigest Store::canonical(std::uint32_t blob) const {
  const Segment& segment = segments_[segment_of(blob)];
  return digest_at<16>(segment.view->canonical, blob - segment.first_blob);
}

Digest Store::content(std::uint32_t blob) const {
  return contents_[blob];
}

std::string contents_prefix(
    std::vector<std::pair<std::string_view, std::string_view>> ids_and_modified) {
  std::ranges::sort(ids_and_modified);
  std::string out;
  for (const auto& [id, modified] : ids_and_modified) {
    out += "{\"object_ref\":\"";
    out += id;
    out += "\",\"object_modified\":\"";
    out += modified;
    out += "\"},";
  }
  return out;
}

}  // namespace npg::attack
