#include "app/export_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/checksum.hpp"
#include "extract/registry.hpp"
#include "fact/text_pool.hpp"
#include "source/reg_export/reg_export_view.hpp"

namespace npg {
namespace {

HiveKind kind_of_mounted(const RegExportView& hive) {
  const std::string_view mount = hive.mount();
  const std::string_view name = mount.substr(mount.rfind('\\') + 1);
  constexpr std::pair<std::string_view, HiveKind> names[] = {{"SYSTEM", HiveKind::system},
                                                             {"SOFTWARE", HiveKind::software},
                                                             {"SECURITY", HiveKind::security},
                                                             {"SAM", HiveKind::sam}};
  for (const auto& [known, kind] : names) {
    if (equal_names(name, known)) {
      return kind;
    }
  }
  return kind_of(static_cast<const RegistryView&>(hive));
}

/// The control set that the facts of the tree call current, else the first there is.
std::optional<KeyId> current_set(const RegistryView& view, const FactSet& facts) {
  std::optional<std::uint32_t> number;
  for (const ProviderOrderFact& order : facts.orders) {
    number = order.control_set_is_current ? order.control_set : number;
  }
  for (const RegistrationFact& registration : facts.registrations) {
    number = registration.control_set_is_current ? registration.control_set : number;
  }
  if (number) {
    const std::string name =
        *number == 0 ? std::string("CurrentControlSet") : fmt::format("ControlSet{:03}", *number);
    if (const auto set = find_subkey(view, view.root(), name)) {
      return set;
    }
  }
  for (const KeyId id : view.subkeys(view.root())) {
    const auto key = view.key(id);
    if (key && contains_name(key->name.raw(), "ControlSet")) {
      return id;
    }
  }
  return std::nullopt;
}

}  // namespace

void take_services(const RegistryView& view, const FactSet& facts, Reading& reading) {
  const auto set = current_set(view, facts);
  const auto services = set ? find_subkey(view, *set, "Services") : std::nullopt;
  if (const auto key = view.key(services.value_or(view.root()))) {
    reading.services = key->origin;
  }
  reading.lists_services = services.has_value();
}

void read_registry_export(const FileView& file, bool is_hashed, const Limits& limits,
                          Reading& reading) {
  const auto content = read_whole(file, limits.export_bytes_max);
  const auto refuse = [&](const Error& error) {
    reading.item.status = EvidenceStatus::damaged;
    reading.item.detail = describe(error);
    reading.diagnostics.add(DiagnosticCode::export_line_damaged, Severity::error, error,
                            "nothing was read from this file");
  };
  if (!content) {
    refuse(content.error());
    return;
  }
  const auto parsed = read_reg_export(Bytes(*content), limits, reading.diagnostics);
  if (!parsed) {
    refuse(parsed.error());
    return;
  }
  if (is_hashed) {
    reading.item.sha256 = sha256_hex(*content);
  }
  TextPool pool;
  FactSet& facts = reading.facts[""];
  std::string mounts;
  for (const RegExportView& hive :
       hives_of(*parsed, reading.evidence, limits, reading.diagnostics)) {
    const HiveKind kind = kind_of_mounted(hive);
    const bool is_first = reading.hive_kind == HiveKind::other;
    extract_registry(hive, HiveMoment::current, pool, facts, reading.diagnostics);
    if (kind == HiveKind::system && reading.hive_kind != HiveKind::system) {
      take_services(hive, facts, reading);
      const auto covers = [&hive](std::string_view path) {
        return std::ranges::any_of(hive.subkeys(hive.root()), [&](KeyId id) {
          const auto key = hive.key(id);
          return key && hive.covers(std::string(key->name.raw()) + "\\" + std::string(path));
        });
      };
      reading.has_all_services = covers("Services");
      reading.has_all_orders =
          covers("Control\\NetworkProvider") || (covers("Control\\NetworkProvider\\Order") &&
                                                 covers("Control\\NetworkProvider\\HwOrder"));
      reading.lists_services = reading.lists_services && reading.has_all_services;
    }
    reading.hive_kind = kind == HiveKind::system || is_first ? kind : reading.hive_kind;
    mounts +=
        (mounts.empty() ? "" : ", ") + escape_for_terminal(EvidenceText::from_utf8(hive.mount()));
  }
  reading.item.detail = fmt::format("registry export, version {}, of {}; it has no times",
                                    parsed->version, mounts.empty() ? "no key" : mounts);
  reading.item.counts["keys"] = parsed->keys.size();
}

}  // namespace npg
