#include "extract/registry_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/identifiers.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

/// The number of a name "ControlSetNNN"; 0 for "CurrentControlSet", which is a key only in exports;
/// nothing for any other name.
std::optional<std::uint32_t> control_set_number(std::string_view name) {
  constexpr std::string_view prefix = "ControlSet";
  if (equal_names(name, "CurrentControlSet")) {
    return 0;
  }
  if (name.size() <= prefix.size() || !equal_names(name.substr(0, prefix.size()), prefix)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(prefix.size());
  std::uint32_t number = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = status == std::errc{} && end == digits.data() + digits.size();
  return whole ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> selected_control_set(const RegistryView& view) {
  const auto select = find_subkey(view, view.root(), "Select");
  if (!select) {
    return std::nullopt;
  }
  const auto current = find_value(view, *select, "Current");
  return current ? number_of(*current) : std::nullopt;
}

std::string upper_hexadecimal(std::span<const std::byte> data) {
  std::string digits = to_hex(data);
  std::ranges::transform(digits, digits.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return digits;
}

bool is_number_type(std::uint32_t type) {
  return type == reg::dword || type == reg::dword_big_endian || type == reg::qword;
}

}  // namespace

std::vector<ControlSet> control_sets(const RegistryReading& reading) {
  std::vector<ControlSet> sets = stored_control_sets(reading);
  for (ControlSet& set : sets) {
    set.key = shown_key(reading, set.key, "").value_or(set.key);
  }
  return sets;
}

std::vector<ControlSet> stored_control_sets(const RegistryReading& reading) {
  std::vector<ControlSet> sets;
  for (const KeyId id : reading.view.subkeys(reading.view.root())) {
    const auto key = reading.view.key(id);
    if (!key) {
      continue;
    }
    if (const auto number = control_set_number(key->name.raw())) {
      sets.push_back({.key = id, .number = *number, .name = std::string(key->name.raw())});
    }
  }
  std::ranges::stable_sort(sets, {}, &ControlSet::number);
  if (sets.empty()) {
    return sets;
  }
  // What Select names is current. The name CurrentControlSet is a link that Windows makes when it
  // starts: exports have it as a key, of a hive at rest it is none of Windows' doing.
  const auto selected = selected_control_set(reading.view);
  auto current = std::ranges::find_if(
      sets, [&](const ControlSet& set) { return set.number != 0 && set.number == selected; });
  if (current == sets.end()) {
    current = std::ranges::find(sets, 0U, &ControlSet::number);
  }
  if (current != sets.end()) {
    current->is_current = true;
    // An export of a running Windows holds the current set twice; exports have no times.
    std::erase_if(sets, [&](const ControlSet& set) {
      const auto key = reading.view.key(set.key);
      return set.number == 0 && !set.is_current && key && !key->last_written.given();
    });
    return sets;
  }
  sets.front().is_current = true;
  if (selected || sets.size() > 1) {
    reading.diagnostics.add(
        DiagnosticCode::registry_value_odd, Severity::notice, 0, 0,
        selected
            ? fmt::format("Select\\Current is {}, and this hive has no such control set; {} is "
                          "taken as current.",
                          *selected, sets.front().name)
            : fmt::format("Select\\Current names no control set of this hive; {} is taken as "
                          "current.",
                          sets.front().name));
  }
  return sets;
}

EvidenceText value_text(const RegistryValue& value) {
  if (value.type == reg::sz || value.type == reg::expand_sz || value.type == reg::link) {
    return text_of(value);
  }
  if (value.type == reg::multi_sz) {
    EvidenceText all;
    bool is_first = true;
    for (const EvidenceText& text : texts_of(value)) {
      all = is_first ? text : joined(all, ", ", text);
      is_first = false;
    }
    return all;
  }
  if (is_number_type(value.type)) {
    if (const auto number = number_of(value)) {
      return EvidenceText::from_literal(fmt::format("{}", *number));
    }
  }
  return EvidenceText::from_literal(upper_hexadecimal(value.data));
}

RegistryValueFact value_fact(const RegistryValue& value, TextPool& pool) {
  return {.name = pool.share(value.name),
          .type = value.type,
          .text = pool.share(value_text(value)),
          .number = number_of(value),
          .origin = value.origin,
          .data_origin = value.data_origin.length > 0 ? value.data_origin
                                                      : Origin{.evidence = value.origin.evidence},
          .is_cut = value.data.size() < value.declared_bytes};
}

EvidenceText path_text(const RegistryValue& value) {
  return is_number_type(value.type) ? value_text(value) : text_of(value);
}

void report_odd(const RegistryReading& reading, const RegistryValue& value, std::string_view what) {
  const std::string name =
      value.name.empty() ? "The default value" : "The value " + escape_for_terminal(value.name);
  reading.diagnostics.add(Diagnostic{.code = DiagnosticCode::registry_value_odd,
                                     .severity = Severity::notice,
                                     .offset = value.origin.offset,
                                     .length = value.origin.length,
                                     .text = fmt::format("{} {}", name, what),
                                     .evidence = value.origin.evidence});
}

void add_policy(const RegistryReading& reading, PolicyKind kind, KeyId key,
                std::string_view key_path, const RegistryValue& value) {
  PolicyFact fact{.policy = kind,
                  .key = reading.pool.share(EvidenceText::from_utf8(key_path)),
                  .value_name = reading.pool.share(value.name),
                  .type = value.type,
                  .text = reading.pool.share(value_text(value)),
                  .number = number_of(value),
                  .last_written = {},
                  .origin = value.origin};
  if (const auto read = reading.view.key(key)) {
    fact.last_written = read->last_written;
  }
  reading.facts.policies.push_back(std::move(fact));
}

}  // namespace npg
