// Builds registry hives (regf 1.5, docs/formats/regf.md) and their new-format transaction logs from
// a readable tree. Made for tests: what it writes is valid unless the caller asks for damage.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/filetime.hpp"
#include "testing/byte_writer.hpp"

namespace npg::testing {

struct RegfValue {
  std::string name = {};  ///< "" is the default value
  std::uint32_t type = 0;
  std::vector<std::byte> data = {};
};

struct RegfKey {
  std::string name = {};
  FileTime last_written = {};
  std::string class_name = {};
  std::uint16_t flags = 0;  ///< besides "compressed name" and the root's own, which are set here
  std::uint8_t access_bits = 0;
  std::optional<std::vector<std::byte>> security =
      {};  ///< a self-relative descriptor; nothing: that of the parent
  std::vector<RegfValue> values = {};
  std::vector<RegfKey> children = {};
};

/// The sub-key at a path below `root`, made with `last_written` where it is missing; a key that is
/// there keeps its time.
RegfKey& key_at(RegfKey& root, std::string_view path, FileTime last_written);
/// Sets or replaces a value of a key.
void set_value(RegfKey& key, RegfValue value);

/// Security descriptors as Windows' own keys have them (self-relative).
struct AccessEntry {
  std::string sid = {};  ///< "S-1-5-18"
  std::uint32_t mask = 0;
  std::uint8_t flags = 0;  ///< 2 inherited by sub-keys, 8 inherit only, 0x40 audit success
};
struct DescriptorRecipe {
  std::string owner = "S-1-5-32-544";
  std::string group = "S-1-5-18";
  bool is_protected = false;
  std::vector<AccessEntry> allow = {};
  std::vector<AccessEntry> audit = {};  ///< the SACL; none when empty
};
[[nodiscard]] std::vector<std::byte> descriptor_bytes(const DescriptorRecipe& recipe);
/// Control\NetworkProvider and most of the SYSTEM hive: Users read, Administrators and SYSTEM full.
[[nodiscard]] std::vector<std::byte> default_descriptor();
/// RDPNP and P9NP: owned by TrustedInstaller, who alone may write.
[[nodiscard]] std::vector<std::byte> trusted_installer_descriptor();
/// A SID in binary form; an ill-formed text is a bug in the caller.
[[nodiscard]] std::vector<std::byte> sid_bytes(std::string_view text);
/// True for a text that sid_bytes() takes.
[[nodiscard]] bool is_sid(std::string_view text);

struct HiveStamp {
  std::string file_name = "SYSTEM";
  FileTime last_written = {};
  std::uint32_t primary_sequence = 1;
  std::uint32_t secondary_sequence = 1;  ///< other than the primary: the hive is dirty
  std::uint32_t minor_version = 5;
};

/// A hive in the making. Built once from a tree, then edited in place as Windows edits: cells are
/// freed, not wiped, and never reused, so that deleted keys stay readable in free cells.
class HiveWriter {
 public:
  explicit HiveWriter(const RegfKey& root);
  ~HiveWriter();
  HiveWriter(HiveWriter&&) noexcept;
  HiveWriter& operator=(HiveWriter&&) noexcept;
  HiveWriter(const HiveWriter&) = delete;
  HiveWriter& operator=(const HiveWriter&) = delete;

  /// Each gives false when the path or the value is not there and nothing was changed.
  bool remove_key(std::string_view path, FileTime when);
  bool remove_value(std::string_view path, std::string_view name, FileTime when);
  /// Makes the keys and the value where missing.
  void set_value(std::string_view path, const RegfValue& value, FileTime when);
  void add_key(std::string_view path, FileTime when);

  /// Base block and bins; a whole number of 4096-byte pages.
  [[nodiscard]] std::vector<std::byte> image(const HiveStamp& stamp) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The hive of a tree in one step.
[[nodiscard]] std::vector<std::byte> write_hive(const RegfKey& root, const HiveStamp& stamp = {});

/// Stamps a base block anew: sequence numbers, then the checksum.
void restamp_hive(std::vector<std::byte>& hive, std::uint32_t primary_sequence,
                  std::uint32_t secondary_sequence);

/// A primary file that was not brought up to date, and the LOG1 that does it.
struct LoggedHive {
  std::vector<std::byte> primary = {};  ///< the pages of the first state, dirty
  std::vector<std::byte> log = {};      ///< one HvLE entry for each further state
};
/// States are images of one hive, oldest first, at least two. `sequence` is that of the first
/// entry; the primary gets the next number as its first sequence and this one as its second.
[[nodiscard]] LoggedHive log_states(std::span<const std::vector<std::byte>> states,
                                    std::uint32_t sequence);

}  // namespace npg::testing
