#include "source/reg_export/reg_export_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace npg {
namespace {

std::string_view take_part(std::string_view& path) {
  const std::size_t end = std::min(path.find('\\'), path.size());
  const std::string_view part = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return part;
}

/// "HKEY_LOCAL_MACHINE\SYSTEM" off the front: HKLM and HKEY_USERS have one hive a sub-key, the
/// other roots are one hive themselves.
std::string take_mount(std::string_view& path) {
  std::string mount(take_part(path));
  if (equal_names(mount, "HKLM")) {
    mount = "HKEY_LOCAL_MACHINE";
  }
  if (!path.empty() &&
      (equal_names(mount, "HKEY_LOCAL_MACHINE") || equal_names(mount, "HKEY_USERS"))) {
    mount += "\\" + std::string(take_part(path));
  }
  return mount;
}

void report(DiagnosticCode code, Severity severity, const Origin& origin, std::string text,
            Diagnostics& diagnostics) {
  diagnostics.add(Diagnostic{.code = code,
                             .severity = severity,
                             .offset = origin.offset,
                             .length = origin.length,
                             .text = std::move(text),
                             .evidence = origin.evidence});
}

}  // namespace

bool RegExportView::covers(std::string_view path) const {
  std::size_t at = 0;
  while (!nodes_[at].is_written) {
    if (path.empty()) {
      return false;
    }
    const auto next = nodes_[at].by_name.find(name_key(take_part(path)));
    if (next == nodes_[at].by_name.end()) {
      return false;
    }
    at = next->second;
  }
  return true;
}

Result<RegistryKey> RegExportView::key(KeyId id) const {
  if (id.number >= nodes_.size()) {
    return fail(ErrorCode::not_found, id.number, "reg_export.key_id");
  }
  const Node& node = nodes_[id.number];
  return RegistryKey{.name = node.name, .origin = node.origin};
}

std::vector<KeyId> RegExportView::subkeys(KeyId id) const {
  std::vector<KeyId> ids;
  if (id.number < nodes_.size()) {
    for (const std::size_t child : nodes_[id.number].children) {
      if (!nodes_[child].is_gone) {
        ids.push_back(KeyId{child});
      }
    }
  }
  return ids;
}

std::vector<RegistryValue> RegExportView::values(KeyId id) const {
  return id.number < nodes_.size() ? nodes_[id.number].values : std::vector<RegistryValue>();
}

bool RegExportView::has_lost_values(KeyId id) const {
  return id.number < nodes_.size() && nodes_[id.number].has_lost_values;
}

Result<std::vector<std::byte>> RegExportView::security(KeyId /*id*/) const {
  return std::vector<std::byte>();
}

std::vector<RegExportView> hives_of(const RegExport& file, std::uint32_t evidence,
                                    const Limits& limits, Diagnostics& diagnostics) {
  std::vector<RegExportView> hives;
  std::map<std::string, std::size_t> by_mount;
  std::uint64_t nodes = 0;
  for (const ExportedKey& key : file.keys) {
    const Origin origin{.evidence = evidence, .offset = key.offset, .length = key.length};
    std::string_view path = key.path.raw();
    const std::string mount = take_mount(path);
    const auto [found, is_new] = by_mount.emplace(name_key(mount), hives.size());
    if (is_new) {
      hives.emplace_back(mount);
      // No line is the root's own: the first one that speaks of the hive stands for it.
      hives.back().nodes_.front().origin = origin;
    }
    RegExportView& hive = hives[found->second];
    std::size_t at = 0;
    std::uint32_t depth = 0;
    bool is_there = true;
    while (!path.empty() && is_there) {
      const std::string_view name = take_part(path);
      const auto child = hive.nodes_[at].by_name.find(name_key(name));
      const bool known = child != hive.nodes_[at].by_name.end();
      if (!known &&
          (key.is_deletion || ++nodes > limits.hive_keys_max || ++depth > limits.key_depth_max)) {
        is_there = false;
        if (!key.is_deletion) {
          report(DiagnosticCode::limit_hit, Severity::data_loss, origin,
                 "the export has more keys, or deeper ones, than allowed", diagnostics);
        }
        break;
      }
      if (!known) {
        const std::size_t fresh = hive.nodes_.size();
        hive.nodes_.emplace_back();
        hive.nodes_[fresh].name = EvidenceText::from_utf8(name);
        hive.nodes_[fresh].origin = origin;
        hive.nodes_[at].children.push_back(fresh);
        hive.nodes_[at].by_name.emplace(name_key(name), fresh);
        at = fresh;
      } else {
        at = child->second;
      }
      hive.nodes_[at].is_gone = hive.nodes_[at].is_gone && key.is_deletion;
    }
    if (key.is_deletion) {
      report(DiagnosticCode::registry_value_odd, Severity::notice, origin,
             fmt::format("the file deletes the key {} when it is imported; an export does not",
                         escape_for_terminal(key.path)),
             diagnostics);
      if (is_there) {
        // Everything below goes, too: a key that comes again begins anew.
        RegExportView::Node& node = hive.nodes_[at];
        node.is_gone = at != 0;
        node.values.clear();
        node.children.clear();
        node.by_name.clear();
      }
      continue;
    }
    if (!is_there) {
      continue;
    }
    RegExportView::Node& node = hive.nodes_[at];
    node.is_written = true;
    node.has_lost_values = node.has_lost_values || key.has_lost_lines;
    node.origin = origin;
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < node.values.size(); ++i) {
      known.emplace(name_key(node.values[i].name.raw()), i);
    }
    for (const ExportedValue& value : key.values) {
      const Origin place{.evidence = evidence, .offset = value.offset, .length = value.length};
      const std::string name = name_key(value.name.raw());
      const auto same = known.find(name);
      if (value.is_deletion) {
        report(DiagnosticCode::registry_value_odd, Severity::notice, place,
               fmt::format("the file deletes the value {} of {} when it is imported; an export "
                           "does not",
                           escape_for_terminal(value.name), escape_for_terminal(key.path)),
               diagnostics);
        if (same != known.end()) {
          const std::size_t gone = same->second;
          node.values.erase(node.values.begin() + static_cast<std::ptrdiff_t>(gone));
          known.erase(same);
          for (auto& [other, index] : known) {
            index -= index > gone ? 1 : 0;
          }
        }
        continue;
      }
      RegistryValue stored{.name = value.name,
                           .type = value.type,
                           .data = value.data,
                           .declared_bytes = value.data.size(),
                           .origin = place};
      if (same != known.end()) {
        node.values[same->second] = std::move(stored);
      } else {
        known.emplace(name, node.values.size());
        node.values.push_back(std::move(stored));
      }
    }
  }
  return hives;
}

}  // namespace npg
