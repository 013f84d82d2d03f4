#include "fact/own_mpnotify.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"

namespace npg {
namespace {

/// Without the blanks and NULs around it.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank(" \t\0", 3);
  const std::size_t first = text.find_first_not_of(blank);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string system_root_of(const FactSet& facts) {
  std::string root = "C:\\Windows";
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current && !identity.system_root.empty()) {
      root = identity.system_root.raw();
    }
  }
  while (root.ends_with('\\')) {
    root.pop_back();
  }
  return root;
}

}  // namespace

bool is_default_mpnotify(std::string_view text) {
  return trimmed(text).empty() || equal_names(text, "mpnotify.exe");
}

bool names_own_mpnotify(std::string_view text, std::optional<std::uint32_t> type,
                        const FactSet& facts) {
  if (is_default_mpnotify(text)) {
    return true;
  }
  std::string_view program = trimmed(text);
  if (program.size() >= 2 && program.starts_with('"') && program.ends_with('"')) {
    program = program.substr(1, program.size() - 2);
  }
  const bool is_expanded = type.value_or(reg::expand_sz) == reg::expand_sz;
  const std::string below = "\\System32\\mpnotify";
  std::array<std::string, 3> forms = {"mpnotify", system_root_of(facts) + below,
                                      is_expanded ? "%SystemRoot%" + below : std::string()};
  return std::ranges::any_of(forms, [program](const std::string& form) {
    return !form.empty() && (equal_names(program, form) || equal_names(program, form + ".exe"));
  });
}

}  // namespace npg
