// The fixed structures of an event log file as tables (docs/formats/evtx.md, "Structures").
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace npg::evtx {

/// Where the first chunk starts, and the size of every chunk.
inline constexpr std::uint64_t first_chunk_offset = 4096;
inline constexpr std::uint64_t chunk_size = 65'536;

namespace layout {

struct FileHeader {
  static constexpr StaticText name = "evtx.file_header";
  static constexpr std::size_t size = 128;
  static constexpr std::string_view magic{"ElfFile\0", 8};
  static constexpr Field<std::uint64_t> first_chunk{8};
  static constexpr Field<std::uint64_t> last_chunk{16};
  static constexpr Field<std::uint64_t> next_record_id{24};
  static constexpr Field<std::uint16_t> minor_version{36};
  static constexpr Field<std::uint16_t> major_version{38};
  static constexpr Field<std::uint16_t> chunk_count{42};
  static constexpr Field<std::uint32_t> flags{120};
  static constexpr Field<std::uint32_t> checksum{124};
  static constexpr std::uint32_t dirty = 1;
};

struct ChunkHeader {
  static constexpr StaticText name = "evtx.chunk_header";
  static constexpr std::size_t size = 512;  ///< with the string and template tables
  static constexpr std::string_view magic{"ElfChnk\0", 8};
  static constexpr Field<std::uint64_t> first_record_id{24};
  static constexpr Field<std::uint64_t> last_record_id{32};
  static constexpr Field<std::uint32_t> last_record_offset{44};
  static constexpr Field<std::uint32_t> free_space_offset{48};
  static constexpr Field<std::uint32_t> records_checksum{52};
  static constexpr Field<std::uint32_t> header_checksum{124};
};

struct RecordHeader {
  static constexpr StaticText name = "evtx.record";
  static constexpr std::size_t size = 24;
  static constexpr std::size_t size_copy = 4;  ///< after the BinXML
  static constexpr std::uint32_t magic = 0x00002a2a;
  static constexpr Field<std::uint32_t> signature{0};
  static constexpr Field<std::uint32_t> record_size{4};
  static constexpr Field<std::uint64_t> id{8};
  static constexpr Field<std::uint64_t> written{16};
};

struct TemplateDefinition {
  static constexpr StaticText name = "evtx.template_definition";
  static constexpr std::size_t size = 24;
  static constexpr Field<std::uint32_t> body_size{20};
};

struct Name {
  static constexpr StaticText name = "evtx.name";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint16_t> length{6};  ///< UTF-16 units without the NUL after them
};

}  // namespace layout
}  // namespace npg::evtx
