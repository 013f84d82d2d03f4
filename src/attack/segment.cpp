#include "attack/segment.hpp"

#include <algorithm>

#include "attack/container.hpp"
#include "attack/packing.hpp"

namespace npg::attack {
namespace {

constexpr std::string_view magic = "NPGSEG3\n";
constexpr std::size_t checksum_bytes = 32;

// Limit: what a part may unpack to; the largest of real releases is the words, under 2 MB.
std::uint64_t part_max(const Limits& limits) {
  return 2 * limits.attack_file_bytes_max;
}

}  // namespace

std::string encode_segment(const SegmentParts& parts) {
  Packer head;
  std::string body;
  Compressor compressor(3);
  const auto packed = [&](const std::string& text) {
    const std::string_view small = compressor.compress(text);
    head.number(text.size());
    head.number(small.size());
    body += small;
  };
  const auto plain = [&](const std::string& text) {
    head.number(text.size());
    body += text;
  };
  packed(parts.ids);
  packed(parts.columns);
  packed(parts.words);
  packed(parts.names);
  packed(parts.block_table);
  packed(parts.rows);
  packed(parts.gaps);
  plain(parts.blob_sha256);
  plain(parts.canonical);
  plain(parts.content);
  plain(parts.minified);
  plain(parts.arranged);
  head.number(parts.blocks.size());
  Packer length;
  length.text(head.packed());
  std::string out = std::string(magic) + length.packed() + body;
  const Digest sum = Hasher().hash(out);
  out.reserve(out.size() + checksum_bytes + parts.blocks.size());
  out += characters_of(sum);
  out += parts.blocks;
  return out;
}

Result<SegmentView> decode_segment(std::string_view file, const Limits& limits, Checksum checksum) {
  if (file.starts_with("NPGSEG") && file.size() > 6 && file[6] < magic[6]) {
    return fail(ErrorCode::unsupported, 0, older_segment);
  }
  if (!file.starts_with(magic)) {
    return fail(ErrorCode::bad_signature, 0, "attack.store.segment");
  }
  Unpacker start(file.substr(magic.size()));
  const std::string_view table = start.text();
  if (!start.ok() || table.size() > 256) {
    return fail(ErrorCode::truncated, magic.size(), "attack.store.segment.table");
  }
  Unpacker head(table);
  // The table's length takes one or two bytes before it.
  std::uint64_t at = magic.size() + (table.size() < 0x80 ? 1 : 2) + table.size();
  const auto take = [&](std::uint64_t size) -> Result<std::string_view> {
    if (!head.ok() || at > file.size() || size > file.size() - at) {
      return fail(ErrorCode::truncated, at, "attack.store.segment", size,
                  file.size() - std::min<std::uint64_t>(at, file.size()));
    }
    const std::string_view part =
        file.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
    at += size;
    return part;
  };
  const auto packed = [&](std::uint64_t& size) -> Result<std::string_view> {
    size = head.number_below(part_max(limits));
    return take(head.number());
  };
  const auto unpacked = [&](std::string& out) -> Result<void> {
    std::uint64_t size = 0;
    const std::uint64_t offset = at;
    NPG_TRY(const std::string_view part, packed(size));
    NPG_TRY(out, decompress(part, static_cast<std::size_t>(size), offset));
    return {};
  };
  SegmentView view;
  NPG_TRY_VOID(unpacked(view.ids));
  NPG_TRY_VOID(unpacked(view.columns));
  NPG_TRY_VOID(unpacked(view.words));
  NPG_TRY_VOID(unpacked(view.names));
  NPG_TRY_VOID(unpacked(view.block_table));
  NPG_TRY(view.packed_rows, packed(view.rows_size));
  NPG_TRY(view.packed_gaps, packed(view.gaps_size));
  NPG_TRY(view.blob_sha256, take(head.number()));
  NPG_TRY(view.canonical, take(head.number()));
  NPG_TRY(view.content, take(head.number()));
  NPG_TRY(view.minified, take(head.number()));
  NPG_TRY(view.arranged, take(head.number()));
  const std::uint64_t summed = at;
  NPG_TRY(const std::string_view sum, take(checksum_bytes));
  if (const Digest have = Hasher().hash(file.substr(0, static_cast<std::size_t>(summed)));
      characters_of(have) != sum && checksum == Checksum::held) {
    return fail(ErrorCode::bad_checksum, summed, "attack.store.segment.columns");
  }
  view.blocks_at = at;
  NPG_TRY(view.blocks, take(head.number()));
  if (at != file.size()) {
    return fail(ErrorCode::bad_value, at, "attack.store.segment.trailing_data");
  }
  return view;
}

std::string pack_blocks(const std::vector<BlockInfo>& blocks) {
  Packer out;
  out.number(blocks.size());
  for (const BlockInfo& each : blocks) {
    out.number(each.size);
    out.number(each.packed);
    out.number(each.depth);
    out.number(each.lists_rows ? 1 : 0);
    out.number(each.bases.size());
    std::uint64_t previous = 0;
    for (const std::uint32_t base : each.bases) {
      out.difference(base, previous);
      previous = base;
    }
  }
  return out.packed();
}

Result<std::vector<BlockInfo>> unpack_blocks(std::string_view table, std::uint64_t blocks_bytes,
                                             std::uint64_t blobs_before, const Limits& limits) {
  Unpacker in(table);
  std::vector<BlockInfo> out;
  const std::uint64_t count = in.number_below(table.size() + 1);
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    BlockInfo& each = out.emplace_back();
    each.size = in.number_below(limits.attack_file_bytes_max + 1);
    each.packed = in.number();
    each.depth = static_cast<std::uint32_t>(in.number_below(64));
    each.lists_rows = in.number_below(2) == 1;
    each.at = at;
    const std::uint64_t bases = in.number_below(table.size() + 1);
    std::uint64_t previous = 0;
    for (std::uint64_t b = 0; b < bases && in.ok(); ++b) {
      previous = in.difference(previous);
      if (previous >= blobs_before) {
        return fail(ErrorCode::loop, 0, "attack.store.block.base", previous, blobs_before);
      }
      each.bases.push_back(static_cast<std::uint32_t>(previous));
    }
    if (each.packed > blocks_bytes - at) {
      return fail(ErrorCode::truncated, at, "attack.store.block", each.packed, blocks_bytes - at);
    }
    at += each.packed;
  }
  if (!in.ok() || out.size() != count || !in.at_end()) {
    return fail(ErrorCode::bad_value, 0, "attack.store.block_table");
  }
  return out;
}

}  // namespace npg::attack
