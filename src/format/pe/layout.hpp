// The fixed records of a PE image, as winnt.h and docs/formats/pe.md have them. Tables only.
#pragma once

#include "base/bytes.hpp"

namespace npg::pe::layout {

struct DosHeader {
  static constexpr StaticText name = "pe.dos_header";
  static constexpr std::size_t size = 0x40;
  static constexpr Field<std::uint16_t> magic{0x00};
  static constexpr Field<std::uint32_t> new_header_offset{0x3c};
  static constexpr std::uint16_t mz = 0x5a4d;
};

/// The signature and the COFF header behind it.
struct NtHeader {
  static constexpr StaticText name = "pe.nt_header";
  static constexpr std::size_t size = 0x18;
  static constexpr Field<std::uint32_t> signature{0x00};
  static constexpr Field<std::uint16_t> machine{0x04};
  static constexpr Field<std::uint16_t> section_count{0x06};
  static constexpr Field<std::uint32_t> timestamp{0x08};
  static constexpr Field<std::uint16_t> optional_header_size{0x14};
  static constexpr Field<std::uint16_t> characteristics{0x16};
  static constexpr std::uint32_t pe00 = 0x4550;
  static constexpr std::uint16_t is_dll = 0x2000;
};

/// The part of the optional header before the data directories, 32-bit form.
struct OptionalHeader32 {
  static constexpr StaticText name = "pe.optional_header32";
  static constexpr std::size_t size = 0x60;
  static constexpr Field<std::uint16_t> magic{0x00};
  static constexpr Field<std::uint32_t> entry_point{0x10};
  static constexpr Field<std::uint32_t> image_base{0x1c};
  static constexpr Field<std::uint32_t> section_alignment{0x20};
  static constexpr Field<std::uint32_t> file_alignment{0x24};
  static constexpr Field<std::uint32_t> image_size{0x38};
  static constexpr Field<std::uint32_t> headers_size{0x3c};
  static constexpr Field<std::uint32_t> checksum{0x40};
  static constexpr Field<std::uint16_t> subsystem{0x44};
  static constexpr Field<std::uint16_t> dll_characteristics{0x46};
  static constexpr Field<std::uint32_t> directory_count{0x5c};
  static constexpr std::uint16_t pe32 = 0x10b;
};

struct OptionalHeader64 {
  static constexpr StaticText name = "pe.optional_header64";
  static constexpr std::size_t size = 0x70;
  static constexpr Field<std::uint16_t> magic{0x00};
  static constexpr Field<std::uint32_t> entry_point{0x10};
  static constexpr Field<std::uint64_t> image_base{0x18};
  static constexpr Field<std::uint32_t> section_alignment{0x20};
  static constexpr Field<std::uint32_t> file_alignment{0x24};
  static constexpr Field<std::uint32_t> image_size{0x38};
  static constexpr Field<std::uint32_t> headers_size{0x3c};
  static constexpr Field<std::uint32_t> checksum{0x40};
  static constexpr Field<std::uint16_t> subsystem{0x44};
  static constexpr Field<std::uint16_t> dll_characteristics{0x46};
  static constexpr Field<std::uint32_t> directory_count{0x6c};
  static constexpr std::uint16_t pe32_plus = 0x20b;
};

struct DataDirectory {
  static constexpr StaticText name = "pe.data_directory";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint32_t> address{0x00};
  static constexpr Field<std::uint32_t> length{0x04};
};

struct SectionHeader {
  static constexpr StaticText name = "pe.section_header";
  static constexpr std::size_t size = 0x28;
  static constexpr std::size_t name_bytes = 8;
  static constexpr Field<std::uint32_t> virtual_size{0x08};
  static constexpr Field<std::uint32_t> virtual_address{0x0c};
  static constexpr Field<std::uint32_t> raw_size{0x10};
  static constexpr Field<std::uint32_t> raw_offset{0x14};
  static constexpr Field<std::uint32_t> characteristics{0x24};
};

struct ExportDirectory {
  static constexpr StaticText name = "pe.export_directory";
  static constexpr std::size_t size = 0x28;
  static constexpr Field<std::uint32_t> timestamp{0x04};
  static constexpr Field<std::uint32_t> name_rva{0x0c};
  static constexpr Field<std::uint32_t> ordinal_base{0x10};
  static constexpr Field<std::uint32_t> function_count{0x14};
  static constexpr Field<std::uint32_t> name_count{0x18};
  static constexpr Field<std::uint32_t> functions_rva{0x1c};
  static constexpr Field<std::uint32_t> names_rva{0x20};
  static constexpr Field<std::uint32_t> name_ordinals_rva{0x24};
};

struct ImportDescriptor {
  static constexpr StaticText name = "pe.import_descriptor";
  static constexpr std::size_t size = 0x14;
  static constexpr Field<std::uint32_t> lookup_rva{0x00};
  static constexpr Field<std::uint32_t> name_rva{0x0c};
  static constexpr Field<std::uint32_t> address_rva{0x10};
};

struct DelayDescriptor {
  static constexpr StaticText name = "pe.delay_descriptor";
  static constexpr std::size_t size = 0x20;
  static constexpr Field<std::uint32_t> attributes{0x00};
  static constexpr Field<std::uint32_t> name_rva{0x04};
  static constexpr Field<std::uint32_t> address_rva{0x0c};
  static constexpr Field<std::uint32_t> lookup_rva{0x10};
  static constexpr std::uint32_t holds_rvas = 1;
};

struct ResourceDirectory {
  static constexpr StaticText name = "pe.resource_directory";
  static constexpr std::size_t size = 0x10;
  static constexpr Field<std::uint16_t> named_count{0x0c};
  static constexpr Field<std::uint16_t> id_count{0x0e};
};

struct ResourceEntry {
  static constexpr StaticText name = "pe.resource_entry";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint32_t> id{0x00};
  static constexpr Field<std::uint32_t> target{0x04};
  static constexpr std::uint32_t high_bit = 0x8000'0000;
};

struct ResourceData {
  static constexpr StaticText name = "pe.resource_data";
  static constexpr std::size_t size = 0x10;
  static constexpr Field<std::uint32_t> data_rva{0x00};
  static constexpr Field<std::uint32_t> data_size{0x04};
  static constexpr Field<std::uint32_t> codepage{0x08};
};

struct FixedFileInfo {
  static constexpr StaticText name = "pe.fixed_file_info";
  static constexpr std::size_t size = 0x34;
  static constexpr Field<std::uint32_t> signature{0x00};
  static constexpr Field<std::uint32_t> file_version_high{0x08};
  static constexpr Field<std::uint32_t> file_version_low{0x0c};
  static constexpr Field<std::uint32_t> product_version_high{0x10};
  static constexpr Field<std::uint32_t> product_version_low{0x14};
  static constexpr std::uint32_t feef = 0xfeef04bd;
};

struct DebugEntry {
  static constexpr StaticText name = "pe.debug_entry";
  static constexpr std::size_t size = 0x1c;
  static constexpr Field<std::uint32_t> timestamp{0x04};
  static constexpr Field<std::uint32_t> type{0x0c};
  static constexpr Field<std::uint32_t> data_size{0x10};
  static constexpr Field<std::uint32_t> data_rva{0x14};
  static constexpr Field<std::uint32_t> data_offset{0x18};
};

/// The fields of IMAGE_LOAD_CONFIG_DIRECTORY that are read; each image has as much of it as its own
/// first field says, so they are read one by one.
struct LoadConfig32 {
  static constexpr StaticText name = "pe.load_config32";
  static constexpr std::size_t size = 0x38;
  static constexpr Field<std::uint32_t> own_size{0x00};
  static constexpr Field<std::uint16_t> dependent_load_flags{0x36};
};

struct LoadConfig64 {
  static constexpr StaticText name = "pe.load_config64";
  static constexpr std::size_t size = 0xd0;
  static constexpr Field<std::uint32_t> own_size{0x00};
  static constexpr Field<std::uint16_t> dependent_load_flags{0x4e};
  static constexpr Field<std::uint64_t> hybrid_metadata{0xc8};
};

}  // namespace npg::pe::layout
