// The hives of a registry export as registry views: what HKEY_LOCAL_MACHINE\SYSTEM and its like
// would be after an import into nothing.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "format/reg_export/reg_export.hpp"
#include "view/registry_view.hpp"

namespace npg {

/// One hive of an export. Keys have no times, classes, flags or permissions: exports hold none.
class RegExportView final : public RegistryView {
 public:
  explicit RegExportView(std::string mount) : mount_(std::move(mount)), nodes_(1) {}
  /// Where it was mounted: "HKEY_LOCAL_MACHINE\SYSTEM". An offline hive may be under any name.
  [[nodiscard]] const std::string& mount() const { return mount_; }
  /// True when everything below a path of this hive ("" is its root) was exported: the file gives
  /// the path, or a key above it, as a key of its own.
  [[nodiscard]] bool covers(std::string_view path) const;

  [[nodiscard]] KeyId root() const override { return KeyId{0}; }
  [[nodiscard]] Result<RegistryKey> key(KeyId id) const override;
  [[nodiscard]] std::vector<KeyId> subkeys(KeyId id) const override;
  [[nodiscard]] std::vector<RegistryValue> values(KeyId id) const override;
  [[nodiscard]] bool has_lost_values(KeyId id) const override;
  [[nodiscard]] Result<std::vector<std::byte>> security(KeyId id) const override;

 private:
  friend std::vector<RegExportView> hives_of(const RegExport& file, std::uint32_t evidence,
                                             const Limits& limits, Diagnostics& diagnostics);
  struct Node {
    EvidenceText name;
    Origin origin;
    bool is_written = false;  ///< the file gives it as a key, not only as part of a path
    bool is_gone = false;     ///< deleted again by the file
    bool has_lost_values = false;
    std::vector<std::size_t> children;
    std::vector<RegistryValue> values;
    std::map<std::string, std::size_t> by_name;
  };
  std::string mount_;
  std::vector<Node> nodes_;
};

/// The hives that the export has keys of, in the order of the file. Deletions take away what stood
/// before them in the file, and are reported: an export holds none, so the file is one made to be
/// imported.
[[nodiscard]] std::vector<RegExportView> hives_of(const RegExport& file, std::uint32_t evidence,
                                                  const Limits& limits, Diagnostics& diagnostics);

}  // namespace npg
