#include "format/regf/records.hpp"

#include <algorithm>

namespace npg::regf {

namespace {
namespace layout {
struct KeyNode {
  static constexpr StaticText name = "regf.nk";
  static constexpr std::size_t size = 0x4c;
  static constexpr Field<std::uint16_t> signature{0x00};
  static constexpr Field<std::uint16_t> flags{0x02};
  static constexpr Field<std::uint64_t> last_written{0x04};
  static constexpr Field<std::uint8_t> access_bits{0x0c};
  static constexpr Field<std::uint8_t> layer{0x0d};
  static constexpr Field<std::uint32_t> parent{0x10};
  static constexpr Field<std::uint32_t> subkey_count{0x14};
  static constexpr Field<std::uint32_t> subkey_list{0x1c};
  static constexpr Field<std::uint32_t> value_count{0x24};
  static constexpr Field<std::uint32_t> value_list{0x28};
  static constexpr Field<std::uint32_t> security{0x2c};
  static constexpr Field<std::uint32_t> class_name{0x30};
  // The largest sub-key name, of which newer versions use the third byte for two sets of flags.
  static constexpr Field<std::uint8_t> user_and_virtualization_flags{0x36};
  static constexpr Field<std::uint16_t> name_length{0x48};
  static constexpr Field<std::uint16_t> class_name_length{0x4a};
  static constexpr std::uint16_t nk = 0x6b6e;
};
struct ValueRecord {
  static constexpr StaticText name = "regf.vk";
  static constexpr std::size_t size = 0x14;
  static constexpr Field<std::uint16_t> signature{0x00};
  static constexpr Field<std::uint16_t> name_length{0x02};
  static constexpr Field<std::uint32_t> data_size{0x04};
  static constexpr Field<std::uint32_t> data_cell{0x08};
  static constexpr Field<std::uint32_t> type{0x0c};
  static constexpr Field<std::uint16_t> flags{0x10};
  static constexpr std::size_t resident_at = 0x08;
  static constexpr std::uint16_t vk = 0x6b76;
  static constexpr std::uint16_t latin1_name = 0x01;
  static constexpr std::uint32_t resident = 0x80000000;
};
struct SecurityRecord {
  static constexpr StaticText name = "regf.sk";
  static constexpr std::size_t size = 0x14;
  static constexpr Field<std::uint16_t> signature{0x00};
  static constexpr Field<std::uint32_t> descriptor_bytes{0x10};
  static constexpr std::uint16_t sk = 0x6b73;
};
}  // namespace layout

Name read_name(Bytes content, std::size_t at, std::uint32_t declared, bool is_latin1,
               std::uint64_t bytes_max) {
  return Name{.bytes = content.clamp(at, std::min<std::uint64_t>(declared, bytes_max)),
              .is_latin1 = is_latin1,
              .declared_bytes = declared};
}

}  // namespace

Result<KeyNode> read_key_node(const Cell& cell, const Limits& limits) {
  using L = layout::KeyNode;
  NPG_TRY(const auto fixed, cell.content.record<L>(0));
  if (fixed.get<L::signature>() != L::nk) {
    return fail(ErrorCode::bad_signature, fixed.offset(), "regf.nk.signature", L::nk,
                fixed.get<L::signature>());
  }
  const std::uint16_t flags = fixed.get<L::flags>();
  const std::uint8_t nibbles = fixed.get<L::user_and_virtualization_flags>();
  return KeyNode{
      .cell_offset = cell.cell_offset,
      .offset = cell.offset,
      .length = cell.content.offset() - cell.offset + cell.content.size(),
      .allocated = cell.allocated,
      .flags = flags,
      .access_bits = fixed.get<L::access_bits>(),
      .layer = fixed.get<L::layer>(),
      .virtualization_flags = static_cast<std::uint8_t>(nibbles >> 4U),
      .user_flags = static_cast<std::uint8_t>(nibbles & 0xfU),
      .last_written = FileTime{fixed.get<L::last_written>()},
      .parent = fixed.get<L::parent>(),
      .subkey_count = fixed.get<L::subkey_count>(),
      .subkey_list = fixed.get<L::subkey_list>(),
      // Where a predefined handle stands in the count's place there are no values to read.
      .value_count = (flags & key_flag::predefined_handle) != 0 ? 0 : fixed.get<L::value_count>(),
      .value_list = fixed.get<L::value_list>(),
      .security = fixed.get<L::security>(),
      .class_name = fixed.get<L::class_name>(),
      .class_name_bytes = fixed.get<L::class_name_length>(),
      .name = read_name(cell.content, L::size, fixed.get<L::name_length>(),
                        (flags & key_flag::latin1_name) != 0, limits.key_name_bytes_max),
  };
}

Result<ValueRecord> read_value_record(const Cell& cell, const Limits& limits) {
  using L = layout::ValueRecord;
  NPG_TRY(const auto fixed, cell.content.record<L>(0));
  if (fixed.get<L::signature>() != L::vk) {
    return fail(ErrorCode::bad_signature, fixed.offset(), "regf.vk.signature", L::vk,
                fixed.get<L::signature>());
  }
  const std::uint32_t stored_size = fixed.get<L::data_size>();
  const bool resident = (stored_size & L::resident) != 0;
  const std::uint32_t data_bytes = stored_size & ~L::resident;
  const std::uint16_t flags = fixed.get<L::flags>();
  return ValueRecord{
      .cell_offset = cell.cell_offset,
      .offset = cell.offset,
      .length = cell.content.offset() - cell.offset + cell.content.size(),
      .type = fixed.get<L::type>(),
      .flags = flags,
      .data_bytes = data_bytes,
      .resident = resident,
      .data_cell = resident ? no_cell : fixed.get<L::data_cell>(),
      .resident_data =
          resident ? cell.content.clamp(L::resident_at, std::min<std::uint32_t>(data_bytes, 4))
                   : Bytes(),
      .name = read_name(cell.content, L::size, fixed.get<L::name_length>(),
                        (flags & L::latin1_name) != 0, limits.value_name_bytes_max),
  };
}

Result<Bytes> read_security_record(const Cell& cell) {
  using L = layout::SecurityRecord;
  NPG_TRY(const auto fixed, cell.content.record<L>(0));
  if (fixed.get<L::signature>() != L::sk) {
    return fail(ErrorCode::bad_signature, fixed.offset(), "regf.sk.signature", L::sk,
                fixed.get<L::signature>());
  }
  return cell.content.slice(L::size, fixed.get<L::descriptor_bytes>(), "regf.sk.descriptor");
}

}  // namespace npg::regf
