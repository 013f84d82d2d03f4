#include "format/authenticode/certificate_table.hpp"

#include <algorithm>
#include <array>

namespace npg::authenticode {
namespace {

/// WIN_CERTIFICATE in front of its content.
struct EntryHeader {
  static constexpr StaticText name = "authenticode.win_certificate";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint32_t> length{0x00};
  static constexpr Field<std::uint16_t> revision{0x04};
  static constexpr Field<std::uint16_t> type{0x06};
};
constexpr std::uint64_t alignment = 8;
constexpr std::uint16_t revision_1 = 0x0100;
constexpr std::uint16_t revision_2 = 0x0200;

bool is_zero(std::byte b) {
  return b == std::byte{0};
}

/// Where headers and section data end that the table has no business to cover.
std::uint64_t end_of_image(Bytes file, const ImageLayout& layout) {
  std::uint64_t end = layout.headers_size;
  for (const ImageLayout::Section& section : layout.sections) {
    if (section.size != 0 && section.offset < file.size()) {
      end = std::max(end, section.offset + std::min(section.size, file.size() - section.offset));
    }
  }
  return end;
}

class Walk {
 public:
  Walk(Bytes file, const ImageLayout& layout) : file_(file), layout_(layout) {}

  CertificateTable run(std::uint32_t entries_max) {
    judge_place();
    const Bytes table = file_.clamp(layout_.table_offset, layout_.table_size);
    std::uint64_t at = 0;
    while (at < table.size() && read_.entries.size() < entries_max) {
      const std::uint64_t next = read_entry(table, at);
      if (next == at) {
        break;
      }
      at = next;
    }
    judge_rest(table.from(at));
    if (read_.entries.size() > 1) {
      const TableEntry& second = read_.entries[1];
      flaw(TableFlaw::several_entries, second.offset, second.length, 1, read_.entries.size());
    }
    if (read_.entries.empty()) {
      flaw(TableFlaw::table_empty, layout_.table_offset, table.size());
    }
    return std::move(read_);
  }

 private:
  void flaw(TableFlaw what, std::uint64_t offset, std::uint64_t length, std::uint64_t need = 0,
            std::uint64_t have = 0) {
    read_.flaws.push_back(
        {.flaw = what, .offset = offset, .length = length, .need = need, .have = have});
  }

  void judge_place() {
    const std::uint64_t offset = layout_.table_offset;
    const std::uint64_t there = offset > file_.size() ? 0 : file_.size() - offset;
    if (layout_.table_size > there) {
      flaw(TableFlaw::table_outside_file, offset, there, layout_.table_size, there);
    } else if (there > layout_.table_size) {
      flaw(TableFlaw::bytes_behind_table, offset + layout_.table_size, there - layout_.table_size);
    }
    if (offset % alignment != 0) {
      flaw(TableFlaw::table_misaligned, offset, 0, alignment, offset % alignment);
    }
    const std::uint64_t end = end_of_image(file_, layout_);
    if (offset < end) {
      flaw(TableFlaw::table_overlaps_image, offset, end - offset, end, offset);
    }
  }

  /// Gives where the next entry begins; `at` when this one cannot be read.
  std::uint64_t read_entry(Bytes table, std::uint64_t at) {
    const auto header = table.record<EntryHeader>(at);
    const std::uint64_t left = table.size() - at;
    if (!header) {
      return at;
    }
    const std::uint32_t length = header->get<EntryHeader::length>();
    if (length == 0) {
      return at;  // Zeros: no entry, and told of as bytes behind the entries.
    }
    if (length < EntryHeader::size || length > left) {
      flaw(TableFlaw::entry_truncated, header->offset(), left, length, left);
      return at;
    }
    TableEntry entry{.offset = header->offset(),
                     .length = length,
                     .revision = header->get<EntryHeader::revision>(),
                     .type = header->get<EntryHeader::type>(),
                     .content = table.clamp(at + EntryHeader::size, length - EntryHeader::size)};
    if (entry.revision == revision_1) {
      flaw(TableFlaw::entry_revision_1, entry.offset, length, revision_2, entry.revision);
    } else if (entry.revision != revision_2) {
      flaw(TableFlaw::entry_revision, entry.offset, length, revision_2, entry.revision);
    }
    if (entry.type != TableEntry::pkcs7_type) {
      flaw(TableFlaw::entry_type, entry.offset, length, TableEntry::pkcs7_type, entry.type);
    }
    read_.entries.push_back(entry);
    const std::uint64_t padded = (at + length + alignment - 1) / alignment * alignment;
    return std::min<std::uint64_t>(padded, table.size());
  }

  /// Padding of less than eight zeros is as it should be.
  void judge_rest(Bytes rest) {
    if (rest.size() >= alignment || !std::ranges::all_of(rest.data(), is_zero)) {
      flaw(TableFlaw::bytes_behind_entries, rest.offset(), rest.size());
    }
  }

  Bytes file_;
  const ImageLayout& layout_;
  CertificateTable read_;
};

}  // namespace

std::string_view name_of(TableFlaw flaw) {
  constexpr std::array<std::string_view, 11> names = {
      "table_outside_file", "table_overlaps_image", "table_misaligned", "table_empty",
      "entry_truncated",    "entry_revision",       "entry_type",       "bytes_behind_entries",
      "bytes_behind_table", "entry_revision_1",     "several_entries"};
  return names.at(static_cast<std::size_t>(flaw));
}

CertificateTable read_certificate_table(Bytes file, const ImageLayout& layout,
                                        std::uint32_t entries_max) {
  if (!layout.has_table()) {
    return {};
  }
  return Walk(file, layout).run(entries_max);
}

}  // namespace npg::authenticode
