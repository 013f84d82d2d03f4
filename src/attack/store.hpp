// The mirror on disk: releases as rows of content-addressed objects. Reading needs the manifest and
// the columns of the segments; texts are unpacked block by block when they are asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attack/files.hpp"
#include "attack/layout.hpp"
#include "attack/segment.hpp"

namespace npg::attack {

/// What stood around a release's objects in its file, so that the file can be made again.
struct BundleFrame {
  std::vector<Layout> layouts;
  std::vector<std::string> exact;  ///< texts whose white space is irregular
  std::vector<std::string> gaps;   ///< before the first object, between, and after the last
};

/// Error::what of a folder that has segments and no manifest (have: how many segments).
inline constexpr StaticText lost_manifest = "attack.store.manifest.lost";

class Store {
 public:
  /// Reads the manifest alone; a folder without one is an empty store. Errors: io, those of
  /// parse_manifest; not_found (lost_manifest).
  [[nodiscard]] static Result<Store> open(const std::filesystem::path& folder,
                                          const Limits& limits);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::vector<ReleaseInfo>& releases() const { return releases_; }
  /// Index of a release; the 2.1 form where both are there, unless `stix` names one. Nothing when
  /// it was not imported.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view domain, std::string_view release,
                                                std::string_view stix = {}) const;
  /// Index of the newest release of a domain by number, in the form that find() takes.
  [[nodiscard]] std::optional<std::size_t> newest(std::string_view domain,
                                                  std::string_view stix = {}) const;
  /// One index a release of the domain, oldest first, by number. Where a release is there in both
  /// forms, the form of the one before it is taken, so that forms change as seldom as can be; the
  /// first has the form that more of the releases have, 2.1 when as many have either.
  [[nodiscard]] std::vector<std::size_t> of_domain(std::string_view domain,
                                                   std::string_view stix = {}) const;

  /// Reads ids and columns of all segments; the calls below need it. Errors: io, damage.
  [[nodiscard]] Result<void> load();
  /// How many releases load() read: all, unless it failed.
  [[nodiscard]] std::size_t loaded() const { return segments_.size(); }
  [[nodiscard]] const std::vector<Blob>& blobs() const { return blobs_; }
  [[nodiscard]] const std::vector<std::string_view>& ids() const { return ids_; }
  /// Number of a STIX id; nothing when no release has it.
  [[nodiscard]] std::optional<std::uint32_t> id_number(std::string_view id) const;
  [[nodiscard]] std::string_view relation_of(const Blob& blob) const;
  /// The release's objects in the bundle's order.
  [[nodiscard]] Result<std::vector<Row>> rows(std::size_t release) const;
  [[nodiscard]] Result<BundleFrame> frame(std::size_t release) const;
  /// The object's text without white space. Errors: damage, also of a text that is not the one that
  /// was imported (bad_checksum).
  [[nodiscard]] Result<std::string> stripped(std::uint32_t blob) const;
  [[nodiscard]] Digest blob_sha256(std::uint32_t blob) const;
  [[nodiscard]] ShortDigest minified(std::uint32_t blob) const;
  [[nodiscard]] ShortDigest canonical(std::uint32_t blob) const;
  /// RFC 8785 with the lists that have no order sorted.
  [[nodiscard]] ShortDigest arranged(std::uint32_t blob) const;
  [[nodiscard]] Digest content(std::uint32_t blob) const;
  [[nodiscard]] std::size_t segment_of(std::uint32_t blob) const;
  [[nodiscard]] const std::vector<BlockInfo>& blocks(std::size_t release) const {
    return segments_[release].blocks;
  }
  [[nodiscard]] const MappedFile& file(std::size_t release) const {
    return segments_[release].file;
  }

  /// Writes a segment whose release is not in the manifest yet, and reads it back into this store.
  [[nodiscard]] Result<void> append(ReleaseInfo info, const SegmentParts& parts);
  /// Writes a list of no releases where there is no list yet, so that a segment without one is
  /// never what a killed import left. Errors: io.
  [[nodiscard]] Result<void> begin() const;
  /// Makes every appended segment part of the store, at once. Errors: io.
  [[nodiscard]] Result<void> commit() const;
  /// Takes away the files of the segments from `first` on: an import that failed.
  void drop_from(std::size_t first);
  /// Takes away segments that no release names and files half written: what an import left that was
  /// killed. The folder's lock must be held. Other files stay.
  void sweep() const;

 private:
  struct Segment {
    MappedFile file;
    std::shared_ptr<const SegmentView>
        view;  ///< shared by copies of the store, which never change it
    std::uint32_t first_blob = 0;
    std::vector<std::string_view> kinds;
    std::vector<BlockInfo> blocks;
  };
  Result<void> load_segment(std::size_t index);
  Result<void> load_columns(Segment& segment, const ReleaseInfo& info);
  Result<std::shared_ptr<const std::string>> block(std::size_t segment, std::uint32_t number) const;
  Result<std::string> prefix_of(std::size_t segment, const BlockInfo& block) const;

  std::filesystem::path folder_;
  Limits limits_;
  std::vector<ReleaseInfo> releases_;
  std::vector<Segment> segments_;
  std::vector<Blob> blobs_;
  std::vector<Digest> contents_;
  std::vector<std::string_view> ids_;
  mutable std::unordered_map<std::string_view, std::uint32_t> id_numbers_;
  /// Blocks already unpacked: neighbours are asked for one after the other.
  mutable std::map<std::pair<std::size_t, std::uint32_t>, std::shared_ptr<const std::string>>
      cache_;
  mutable std::uint64_t cached_bytes_ = 0;
};

/// The text that a collection's block is packed with: its likely list of contents.
[[nodiscard]] std::string contents_prefix(
    std::vector<std::pair<std::string_view, std::string_view>> ids_and_modified);

}  // namespace npg::attack
