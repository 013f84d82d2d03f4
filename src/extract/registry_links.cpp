// Symbolic links in the registry: a key with flag 0x10 whose value SymbolicLinkValue (REG_LINK)
// names another key by its full path. Windows shows that key in the link's place.
#include <array>
#include <set>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

constexpr std::uint32_t link_flag = 0x10;

/// The path below the root of a hive, from a full one: what stands behind
/// \Registry\Machine\<hive>\. CurrentControlSet is itself a link that only a running Windows has.
std::optional<KeyId> key_of_path(const RegistryReading& reading, std::string_view path) {
  constexpr std::string_view machine = "\\Registry\\Machine\\";
  if (path.size() <= machine.size() || !equal_names(path.substr(0, machine.size()), machine)) {
    return std::nullopt;
  }
  path.remove_prefix(machine.size());
  const std::string_view hive = path.substr(0, path.find('\\'));
  path.remove_prefix(std::min(hive.size() + 1, path.size()));
  const auto sets = control_sets(reading);
  // Limit: only the two hives that are read for their content are told apart by it.
  const bool is_here = equal_names(hive, sets.empty() ? "SOFTWARE" : "SYSTEM");
  if (!is_here) {
    return std::nullopt;
  }
  constexpr std::string_view current = "CurrentControlSet\\";
  if (path.size() > current.size() && equal_names(path.substr(0, current.size()), current)) {
    for (const ControlSet& set : sets) {
      if (set.is_current) {
        return find_key(reading.view, set.key, path.substr(current.size()));
      }
    }
  }
  return find_key(reading.view, reading.view.root(), path);
}

}  // namespace

std::optional<KeyLink> link_of(const RegistryReading& reading, KeyId id) {
  const auto key = reading.view.key(id);
  if (!key || (key->flags & link_flag) == 0) {
    return std::nullopt;
  }
  KeyLink link;
  if (const auto value = find_value(reading.view, id, "SymbolicLinkValue")) {
    link.target = text_of(*value);
    link.key = key_of_path(reading, link.target.before_nul().raw());
  }
  return link;
}

KeyId followed(const RegistryReading& reading, KeyId key, EvidenceText& target) {
  // Limit: Windows itself gives up after 64 links.
  constexpr int links_max = 64;
  std::set<KeyId> seen = {key};
  KeyId at = key;
  for (int i = 0; i < links_max; ++i) {
    const auto link = link_of(reading, at);
    if (!link) {
      return at;
    }
    const auto read = reading.view.key(at);
    target = target.empty() ? link->target : target;
    reading.diagnostics.add(
        Diagnostic{.code = DiagnosticCode::registry_value_odd,
                   .severity = Severity::notice,
                   .offset = read ? read->origin.offset : 0,
                   .length = read ? read->origin.length : 0,
                   .text = "The key " + (read ? escape_for_terminal(read->name) : std::string()) +
                           " is a symbolic link to \"" + escape_for_terminal(link->target) +
                           "\": Windows shows the key there in its place" +
                           (link->key ? ", and so do the facts." : ", which is not in this hive."),
                   .evidence = read ? read->origin.evidence : Diagnostic::no_evidence});
    if (!link->key || !seen.insert(*link->key).second) {
      return at;
    }
    at = *link->key;
  }
  return at;
}

}  // namespace npg
