// Hive files that hold a part of a SYSTEM, SOFTWARE or SECURITY hive: `reg save` of one of its keys
// makes that key the root of a file, and the file does not say which key it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/hive/hive_kind.hpp"
#include "view/registry_view.hpp"

namespace npg {

struct SavedPart {
  HiveKind kind = HiveKind::other;  ///< of the hive that it was saved from
  /// Of the file's root in that hive: "ControlSet001\\Services". "?" for a name that is not known.
  std::string path;
  std::string_view doubt;     ///< a sentence on what of the path is not proved; empty when all is
  bool has_services = false;  ///< every service of its control set is in it
  bool has_orders = false;    ///< Order and HwOrder of its control set are
};
/// Which part a hive is, told by the keys and values below its root and by the name that the root
/// was saved under; nothing when they do not tell.
[[nodiscard]] std::optional<SavedPart> saved_part_of(const RegistryView& view);

/// A key with values of a network provider or an order in a hive that is none of those known.
[[nodiscard]] std::optional<KeyId> provider_key_in(const RegistryView& view);

/// A saved part with the keys above its root put back, so that paths are those of the whole hive.
/// The keys put back have nothing but their names, and the file's root as their origin.
class SavedPartView final : public RegistryView {
 public:
  /// `part` is shown in its place; it must outlive this.
  SavedPartView(const RegistryView& part, std::string_view path);

  [[nodiscard]] KeyId root() const override { return above(0); }
  [[nodiscard]] Result<RegistryKey> key(KeyId id) const override;
  [[nodiscard]] std::vector<KeyId> subkeys(KeyId id) const override;
  [[nodiscard]] std::vector<RegistryValue> values(KeyId id) const override;
  [[nodiscard]] bool has_lost_values(KeyId id) const override;
  [[nodiscard]] Result<std::vector<std::byte>> security(KeyId id) const override;

 private:
  // No cell of a hive lies so high.
  static constexpr std::uint64_t first_above = std::uint64_t{1} << 62;
  [[nodiscard]] static KeyId above(std::size_t depth) { return KeyId{first_above + depth}; }
  [[nodiscard]] static bool is_above(KeyId id) { return id.number >= first_above; }

  const RegistryView& part_;
  std::vector<std::string> names_;  ///< of the keys below the hive's root, the part's root last
};

}  // namespace npg
