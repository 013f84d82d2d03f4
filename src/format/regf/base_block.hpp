// The base block: the first 4096 bytes of a hive (512 in a transaction log), read without judging
// whether the rest fits to it (docs/formats/regf.md, 1).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/filetime.hpp"

namespace npg::regf {

/// Bytes of the base block in a primary file: the hive bins start behind it.
inline constexpr std::uint64_t base_block_bytes = 4096;
/// Bytes of it that carry fields and the checksum, and all of it in a transaction log.
inline constexpr std::uint64_t base_block_used_bytes = 512;

enum class FileKind : std::uint8_t {
  primary,  ///< type 0, and every type that is not a log's: read leniently as a hive
  old_log,  ///< type 1 (Windows XP to 8) or 2 (NT, 2000): DIRT bitmap
  new_log,  ///< type 6 (Windows 8.1 and later): HvLE entries
};

struct BaseBlock {
  std::uint32_t sequence1 = 0;
  std::uint32_t sequence2 = 0;
  FileTime last_written;  ///< not kept up to date since Windows 8.1
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t type = 0;
  std::uint32_t format = 0;
  std::uint32_t root_cell = 0;   ///< relative to the hive bins
  std::uint32_t bins_bytes = 0;  ///< size of the hive bins
  std::uint32_t clustering = 0;  ///< sector size in units of 512 bytes
  Bytes file_name;               ///< UTF-16LE, the end of the hive's path, up to its first NUL
  Bytes resource_manager;        ///< RmId: 16 bytes, one per hive, copied into its logs; or zeros
  std::uint32_t flags = 0;
  FileTime last_reorganized;  ///< low two bits: 1 defragmented, 2 access history cleared
  std::uint32_t checksum_stored = 0;
  std::uint32_t checksum_computed = 0;
  bool is_zero = false;  ///< the first 512 bytes are zeros: wiped or lost

  [[nodiscard]] bool checksum_ok() const { return checksum_stored == checksum_computed; }
  /// Both sequence numbers agree and the checksum holds: no write was under way.
  [[nodiscard]] bool clean() const { return sequence1 == sequence2 && checksum_ok(); }
  [[nodiscard]] FileKind kind() const;
};

/// XOR of the first 127 words, with the two values that are never stored moved aside.
[[nodiscard]] Result<std::uint32_t> base_block_checksum(Bytes first_512);

/// Reads the first 512 bytes of a hive or log. Errors: truncated; bad_signature when they do not
/// start with "regf". A bad checksum or odd number is no error: the caller judges.
[[nodiscard]] Result<BaseBlock> read_base_block(Bytes file);

/// The same fields taken on trust from a block whose magic is damaged; nothing when it is too
/// short.
[[nodiscard]] std::optional<BaseBlock> read_base_block_leniently(Bytes file);

/// True when the bytes (the first 512 of a file) start like a primary hive file.
[[nodiscard]] bool looks_like_hive(Bytes first_512);
/// True when they start like a transaction log: the same magic, type 1, 2 or 6.
[[nodiscard]] bool looks_like_transaction_log(Bytes first_512);

}  // namespace npg::regf
