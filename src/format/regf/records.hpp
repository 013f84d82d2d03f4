// The records inside cells: keys (nk), values (vk) and security descriptors (sk), as views of their
// bytes (docs/formats/regf.md, 4 to 6).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/evidence_text.hpp"
#include "base/filetime.hpp"
#include "base/limits.hpp"
#include "format/regf/cell.hpp"

namespace npg::regf {

/// A name as stored: Latin-1 when the record says so, else UTF-16LE.
struct Name {
  Bytes bytes;
  bool is_latin1 = true;
  std::uint32_t declared_bytes = 0;  ///< more than bytes.size() when the rest was lost

  [[nodiscard]] bool complete() const { return declared_bytes == bytes.size(); }
  [[nodiscard]] EvidenceText text() const {
    return is_latin1 ? EvidenceText::from_latin1(bytes.data())
                     : EvidenceText::from_utf16(bytes.data());
  }
};

namespace key_flag {
inline constexpr std::uint16_t volatile_key = 0x01;
inline constexpr std::uint16_t hive_exit = 0x02;
inline constexpr std::uint16_t hive_entry = 0x04;  ///< the root key
inline constexpr std::uint16_t no_delete = 0x08;
inline constexpr std::uint16_t symbolic_link = 0x10;
inline constexpr std::uint16_t latin1_name = 0x20;
inline constexpr std::uint16_t predefined_handle = 0x40;  ///< the value count is a handle
}  // namespace key_flag

struct KeyNode {
  std::uint32_t cell_offset = 0;  ///< names the key inside its hive
  std::uint64_t offset = 0;       ///< of the cell, absolute
  std::uint64_t length = 0;       ///< of the cell as far as it is there
  bool allocated = true;          ///< false when a live list leads to a cell marked free
  std::uint16_t flags = 0;
  std::uint8_t access_bits = 0;
  std::uint8_t layer = 0;                 ///< layered key bits (Windows 10 1607 and later)
  std::uint8_t virtualization_flags = 0;  ///< four bits
  std::uint8_t user_flags = 0;            ///< four bits
  FileTime last_written;
  std::uint32_t parent = no_cell;
  std::uint32_t subkey_count = 0;
  std::uint32_t subkey_list = no_cell;
  std::uint32_t value_count = 0;
  std::uint32_t value_list = no_cell;
  std::uint32_t security = no_cell;
  std::uint32_t class_name = no_cell;
  std::uint32_t class_name_bytes = 0;
  Name name;
};

struct ValueRecord {
  std::uint32_t cell_offset = 0;
  std::uint64_t offset = 0;  ///< of the cell, absolute
  std::uint64_t length = 0;  ///< of the cell as far as it is there
  std::uint32_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t data_bytes = 0;  ///< declared, without the bit that says resident
  bool resident = false;
  std::uint32_t data_cell = no_cell;  ///< where the data are when they are not resident
  Bytes resident_data;                ///< up to 4 bytes
  Name name;
};

/// Reads a cell as a key. The name is cut to what is there and to the limit. Errors: truncated,
/// bad_signature.
[[nodiscard]] Result<KeyNode> read_key_node(const Cell& cell, const Limits& limits);
/// Reads a cell as a value record. Errors: truncated, bad_signature.
[[nodiscard]] Result<ValueRecord> read_value_record(const Cell& cell, const Limits& limits);
/// The self-relative security descriptor in a cell that holds an sk record. Errors: truncated,
/// bad_signature.
[[nodiscard]] Result<Bytes> read_security_record(const Cell& cell);

}  // namespace npg::regf
