#include "extract/registry_path.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Takes the text before the next backslash, skipping empty names.
std::string_view take_name(std::string_view& path) {
  while (path.starts_with('\\')) {
    path.remove_prefix(1);
  }
  const std::string_view name = path.substr(0, path.find('\\'));
  path.remove_prefix(name.size());
  return name;
}

std::string_view short_root(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> roots = {{
      {"HKLM", "HKLM"},
      {"HKEY_LOCAL_MACHINE", "HKLM"},
      {"MACHINE", "HKLM"},
      {"HKU", "HKU"},
      {"HKEY_USERS", "HKU"},
      {"HKCU", "HKCU"},
      {"HKEY_CURRENT_USER", "HKCU"},
      {"HKCR", "HKCR"},
      {"HKEY_CLASSES_ROOT", "HKCR"},
      {"HKCC", "HKCC"},
      {"HKEY_CURRENT_CONFIG", "HKCC"},
  }};
  if (name.ends_with(':')) {
    name.remove_suffix(1);
  }
  for (const auto& [form, root] : roots) {
    if (equal_names(form, name)) {
      return root;
    }
  }
  return {};
}

/// The root in its short form, taken off the path; empty when the path does not begin with one.
std::string_view take_root(std::string_view& path) {
  if (const std::size_t provider = path.find("::"); provider != std::string_view::npos) {
    path.remove_prefix(provider + 2);
  }
  std::string_view name = take_name(path);
  if (equal_names(name, "Computer")) {
    name = take_name(path);
  }
  if (!equal_names(name, "REGISTRY")) {
    return short_root(name);
  }
  name = take_name(path);
  if (equal_names(name, "MACHINE")) {
    return "HKLM";
  }
  return equal_names(name, "USER") ? "HKU" : std::string_view();
}

std::optional<std::uint32_t> control_set_number(std::string_view name) {
  constexpr std::string_view prefix = "ControlSet";
  if (name.size() <= prefix.size() || !equal_names(name.substr(0, prefix.size()), prefix)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(prefix.size());
  std::uint32_t number = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = status == std::errc{} && end == digits.data() + digits.size();
  return whole ? std::optional(number) : std::nullopt;
}

/// Appends the hive's name and, for SYSTEM, the control set.
void append_hive(std::string_view& path, RegistryPath& out) {
  std::string_view hive = take_name(path);
  for (const std::string_view known : {"SYSTEM", "SOFTWARE", "SECURITY", "SAM"}) {
    hive = equal_names(hive, known) ? known : hive;
  }
  if (hive.empty()) {
    return;
  }
  out.canonical.append("\\").append(hive);
  if (hive != "SYSTEM") {
    return;
  }
  const std::string_view set = take_name(path);
  if (set.empty()) {
    return;
  }
  const auto number = control_set_number(set);
  const bool is_control_set = number || equal_names(set, "CurrentControlSet");
  out.canonical.append("\\").append(is_control_set ? "CurrentControlSet" : set);
  out.control_set = number.value_or(0);
}

}  // namespace

RegistryPath normalise_registry_path(std::string_view path) {
  std::string_view rest = path;
  const std::string_view root = take_root(rest);
  if (root.empty()) {
    return {.canonical = std::string(path)};
  }
  RegistryPath out{.canonical = std::string(root)};
  if (root == "HKLM") {
    append_hive(rest, out);
  }
  for (std::string_view name = take_name(rest); !name.empty(); name = take_name(rest)) {
    out.canonical.append("\\").append(name);
  }
  return out;
}

}  // namespace npg
