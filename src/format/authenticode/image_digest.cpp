#include "format/authenticode/image_digest.hpp"

#include <algorithm>

namespace npg::authenticode {
namespace {

constexpr std::uint64_t checksum_size = 4;
constexpr std::uint64_t directory_entry_size = 8;
constexpr std::uint64_t alignment = 8;

/// A range of the file that is left out.
struct Hole {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::vector<Hole> header_holes(const ImageLayout& layout) {
  std::vector<Hole> holes = {{layout.checksum_offset, layout.checksum_offset + checksum_size}};
  if (layout.directory_offset != 0) {
    holes.push_back({layout.directory_offset, layout.directory_offset + directory_entry_size});
  }
  return holes;
}

/// [begin, end) of the file without the holes, which may overlap.
void add_without(std::vector<Bytes>& ranges, Bytes file, std::uint64_t begin, std::uint64_t end,
                 std::vector<Hole> holes) {
  std::ranges::sort(holes, {}, &Hole::begin);
  end = std::min<std::uint64_t>(end, file.size());
  const auto add = [&](std::uint64_t from, std::uint64_t to) {
    if (from < to) {
      ranges.push_back(file.clamp(from, to - from));
    }
  };
  for (const Hole& hole : holes) {
    add(begin, std::min(hole.begin, end));
    begin = std::max(begin, hole.end);
  }
  add(begin, end);
}

/// The table as far as it lies in the file and behind the two fields; nothing of it is hashed.
Hole table_hole(Bytes file, const ImageLayout& layout) {
  const std::uint64_t begin = std::min<std::uint64_t>(layout.table_offset, file.size());
  const std::uint64_t size = std::min<std::uint64_t>(layout.table_size, file.size() - begin);
  return {begin, begin + size};
}

}  // namespace

std::vector<Bytes> digest_ranges(Bytes file, const ImageLayout& layout) {
  std::vector<Hole> holes = header_holes(layout);
  if (layout.has_table()) {
    holes.push_back(table_hole(file, layout));
  }
  std::vector<Bytes> ranges;
  add_without(ranges, file, 0, file.size(), std::move(holes));
  return ranges;
}

std::vector<Bytes> digest_ranges_by_specification(Bytes file, const ImageLayout& layout) {
  std::vector<Bytes> ranges;
  add_without(ranges, file, 0, layout.headers_size, header_holes(layout));
  std::vector<ImageLayout::Section> sections = layout.sections;
  std::ranges::stable_sort(sections, {}, &ImageLayout::Section::offset);
  std::uint64_t hashed = std::min<std::uint64_t>(layout.headers_size, file.size());
  for (const ImageLayout::Section& section : sections) {
    const Bytes data = file.clamp(section.offset, section.size);
    if (!data.empty()) {
      ranges.push_back(data);
      hashed += data.size();
    }
  }
  const Hole table = layout.has_table() ? table_hole(file, layout) : Hole{};
  if (hashed < file.size()) {
    add_without(ranges, file, hashed, file.size(), {table});
  }
  return ranges;
}

std::uint64_t digest_padding(Bytes file, const ImageLayout& layout) {
  return layout.has_table() ? 0 : (alignment - file.size() % alignment) % alignment;
}

HashedPages hashed_pages(Bytes file, const ImageLayout& layout, std::uint64_t pages_max) {
  HashedPages hashed;
  const std::uint64_t page = layout.page_size;
  if (page == 0 || layout.headers_size > page || layout.headers_size > file.size()) {
    return hashed;
  }
  HashedPage headers{.offset = 0, .ranges = {}, .zeros = page - layout.headers_size};
  add_without(headers.ranges, file, 0, layout.headers_size, header_holes(layout));
  hashed.pages.push_back(std::move(headers));
  for (const ImageLayout::Section& section : layout.sections) {
    for (std::uint64_t at = 0; at < section.size; at += page) {
      if (hashed.pages.size() >= pages_max || section.offset + at > file.size()) {
        return {};
      }
      const Bytes data = file.clamp(section.offset + at, std::min(page, section.size - at));
      hashed.pages.push_back({.offset = static_cast<std::uint32_t>(section.offset + at),
                              .ranges = {data},
                              .zeros = page - data.size()});
    }
    if (section.size != 0) {
      hashed.end = static_cast<std::uint32_t>(section.offset + section.size);
    }
  }
  return hashed;
}

}  // namespace npg::authenticode
