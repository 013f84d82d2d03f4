// RegistryView: a registry tree as Windows shows it, whatever it came from (hive, .reg export, test
// double).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/evidence_text.hpp"
#include "base/filetime.hpp"
#include "base/registry_types.hpp"
#include "fact/origin.hpp"

namespace npg {

/// Names one key inside one RegistryView (for a hive: its cell offset).
struct KeyId {
  std::uint64_t number = 0;
  auto operator<=>(const KeyId&) const = default;
};

struct RegistryKey {
  EvidenceText name;
  EvidenceText class_name;  ///< empty when the key has none
  FileTime last_written;
  std::uint32_t flags = 0;       ///< nk flags as stored
  std::uint8_t access_bits = 0;  ///< regf access bits (Windows 8 and later); 0 when not kept
  std::uint8_t layer = 0;        ///< regf layered key semantics (Windows 10 1607 and later)
  Origin origin;
};

struct RegistryValue {
  EvidenceText name;  ///< empty for the default value
  std::uint32_t type = 0;
  std::vector<std::byte> data;
  std::uint64_t declared_bytes =
      0;          ///< the size that the value claims; more than data.size() when data were lost
  Origin origin;  ///< of the value record
  Origin data_origin;  ///< of the data; length 0 when they stand in the record or in pieces
};

class RegistryView {
 public:
  virtual ~RegistryView() = default;
  [[nodiscard]] virtual KeyId root() const = 0;
  /// Errors name the byte where the key's record is damaged.
  [[nodiscard]] virtual Result<RegistryKey> key(KeyId id) const = 0;
  /// Sub-keys that could be read, in stored order; damaged ones are left out and stand in the
  /// view's diagnostics.
  [[nodiscard]] virtual std::vector<KeyId> subkeys(KeyId id) const = 0;
  /// Values that could be read, in stored order; damaged ones are left out and stand in the view's
  /// diagnostics.
  [[nodiscard]] virtual std::vector<RegistryValue> values(KeyId id) const = 0;
  /// True when values() does not give all that the key has: a value, or data of one, could not be
  /// read.
  [[nodiscard]] virtual bool has_lost_values(KeyId id) const = 0;
  /// The self-relative security descriptor of the key; empty when it has none.
  [[nodiscard]] virtual Result<std::vector<std::byte>> security(KeyId id) const = 0;
};

/// The sub-key of that name (Windows' comparison), the first one where there are several.
[[nodiscard]] std::optional<KeyId> find_subkey(const RegistryView& view, KeyId from,
                                               std::string_view name);
/// Follows names divided by backslashes from a key; nothing when a step is missing.
[[nodiscard]] std::optional<KeyId> find_key(const RegistryView& view, KeyId from,
                                            std::string_view path);
/// The value of that name (Windows' comparison; "" is the default value).
[[nodiscard]] std::optional<RegistryValue> find_value(const RegistryView& view, KeyId key,
                                                      std::string_view name);

/// A string value's text: REG_SZ, REG_EXPAND_SZ, REG_LINK and any other type taken as UTF-16, with
/// one terminating NUL taken off and embedded ones kept.
[[nodiscard]] EvidenceText text_of(const RegistryValue& value);
/// REG_MULTI_SZ: its strings up to the first empty one.
[[nodiscard]] std::vector<EvidenceText> texts_of(const RegistryValue& value);
/// The number in a REG_DWORD, big-endian DWORD or REG_QWORD, or in other types read leniently (4 or
/// 8 bytes little-endian, or decimal or 0x text); nothing when there is no number in it.
[[nodiscard]] std::optional<std::uint64_t> number_of(const RegistryValue& value);

}  // namespace npg
