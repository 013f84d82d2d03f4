// The store as it is written: segments first, then the list that makes them part of it.
#include <algorithm>

#include "attack/canonical.hpp"
#include "attack/store.hpp"

namespace npg::attack {

Result<void> Store::append(ReleaseInfo info, const SegmentParts& parts) {
  const std::string text = encode_segment(parts);
  Hasher hasher;
  info.file = std::to_string(10'000 + releases_.size()).substr(1) + "-" +
              info.bundle_sha256.substr(0, 12) + ".segment";
  info.file_bytes = text.size();
  info.file_sha256 = hex_of(hasher.hash(text));
  releases_.push_back(info);
  if (const auto written = write_whole(folder_ / info.file, text); !written) {
    releases_.pop_back();
    return written;
  }
  return load_segment(segments_.size());
}

Result<void> Store::begin() const {
  std::error_code ignored;
  if (std::filesystem::exists(folder_ / "manifest", ignored)) {
    return {};
  }
  return commit();
}

Result<void> Store::commit() const {
  return write_whole(folder_ / "manifest", manifest_text(releases_));
}

void Store::drop_from(std::size_t first) {
  for (std::size_t i = first; i < releases_.size(); ++i) {
    std::error_code ignored;
    std::filesystem::remove(folder_ / releases_[i].file, ignored);
  }
}

void Store::sweep() const {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool half_written = name.ends_with(".part") && (name.find(".segment.") != name.npos ||
                                                          name.starts_with("manifest."));
    const bool unnamed = is_segment_file(entry.path()) &&
                         std::ranges::find(releases_, name, &ReleaseInfo::file) == releases_.end();
    if (half_written || unnamed) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

}  // namespace npg::attack
