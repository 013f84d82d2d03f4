#include "attack/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/checksum.hpp"

namespace npg::attack {
namespace {

constexpr std::string_view first_line = "npguard attack store 1\n";

std::string field(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

std::vector<std::string> split(std::string_view line, char at) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t tab = line.find(at);
    out.emplace_back(line.substr(0, tab));
    if (tab == std::string_view::npos) {
      return out;
    }
    line.remove_prefix(tab + 1);
  }
}

bool read_number(std::string_view text, std::uint64_t& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

}  // namespace

std::string ReleaseInfo::name() const {
  return stix21 ? release : release + " (STIX 2.0)";
}

std::string_view pinned_words(std::string_view pinned) {
  return pinned == "match"      ? "the published one"
         : pinned == "mismatch" ? "NOT the published one"
                                : "no published hash known";
}

std::string manifest_text(const std::vector<ReleaseInfo>& releases) {
  std::string out(first_line);
  for (const ReleaseInfo& each : releases) {
    out += fmt::format(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
        field(each.domain), field(each.release), each.stix21 ? "2.1" : "2.0", each.release_from,
        field(each.source), each.imported, each.bundle_sha256, each.bundle_bytes, each.pinned,
        field(each.collection_id), field(each.collection_modified), field(each.spec_version),
        each.hashes_sha256, each.objects, each.new_blobs, each.new_ids, each.file, each.file_bytes,
        each.file_sha256);
  }
  return out + sha256_hex(bytes_of(out)) + "\n";
}

Result<std::vector<ReleaseInfo>> parse_manifest(std::string_view text, const Limits& limits) {
  if (!text.starts_with(first_line)) {
    return fail(ErrorCode::not_this_format, 0, "attack.store.manifest");
  }
  constexpr std::size_t tail = 65;
  if (text.size() < first_line.size() + tail ||
      sha256_hex(bytes_of(text.substr(0, text.size() - tail))) !=
          text.substr(text.size() - tail, 64)) {
    return fail(ErrorCode::bad_checksum, text.size() < tail ? 0 : text.size() - tail,
                "attack.store.manifest");
  }
  std::vector<ReleaseInfo> out;
  std::size_t at = first_line.size();
  while (at < text.size() - tail) {
    const std::size_t end = text.find('\n', at);
    const std::vector<std::string> cells = split(text.substr(at, end - at), '\t');
    if (cells.size() != 19 || out.size() >= limits.attack_imports_max) {
      return fail(ErrorCode::bad_value, at, "attack.store.manifest.line", 19, cells.size());
    }
    ReleaseInfo& each = out.emplace_back(ReleaseInfo{.domain = cells[0],
                                                     .release = cells[1],
                                                     .stix21 = cells[2] == "2.1",
                                                     .release_from = cells[3],
                                                     .source = cells[4],
                                                     .imported = cells[5],
                                                     .bundle_sha256 = cells[6],
                                                     .pinned = cells[8],
                                                     .collection_id = cells[9],
                                                     .collection_modified = cells[10],
                                                     .spec_version = cells[11],
                                                     .hashes_sha256 = cells[12],
                                                     .file = cells[16],
                                                     .file_sha256 = cells[18]});
    if (!read_number(cells[7], each.bundle_bytes) || !read_number(cells[13], each.objects) ||
        !read_number(cells[14], each.new_blobs) || !read_number(cells[15], each.new_ids) ||
        !read_number(cells[17], each.file_bytes) || !is_file_name(each.file) ||
        each.objects > limits.attack_objects_max || each.new_blobs > each.objects ||
        each.new_ids > 64 * limits.attack_objects_max) {
      return fail(ErrorCode::bad_value, at, "attack.store.manifest.line");
    }
    at = end + 1;
  }
  return out;
}

std::expected<std::vector<PinnedBundle>, std::string> parse_pins(std::string_view table) {
  std::vector<PinnedBundle> out;
  std::size_t number = 0;
  for (const std::string& line : split(table, '\n')) {
    ++number;
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::vector<std::string> cells = split(line, '\t');
    const bool fits = cells.size() == 5 && (cells[2] == "2.0" || cells[2] == "2.1") &&
                      cells[3].size() == 64 &&
                      cells[3].find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!fits) {
      return std::unexpected(fmt::format(
          "line {}: not domain, release, 2.0 or 2.1, SHA-256 and source, parted by tabs", number));
    }
    out.push_back({cells[0], cells[1], cells[2] == "2.1", cells[3], cells[4]});
  }
  return out;
}

}  // namespace npg::attack
