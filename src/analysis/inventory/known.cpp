#include "analysis/inventory/known.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"

namespace npg {
namespace {

/// Windows' own folder for DLLs, or one of the two that programs are installed to.
bool is_in_usual_folder(const ResolvedPath& path, const HostPaths& host) {
  const std::string upper = name_key(path.resolved);
  std::vector<std::string> folders = {host.system_root + "\\System32"};
  for (const std::string_view name : {"PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432"}) {
    if (const auto folder = host.folders.find(std::string(name)); folder != host.folders.end()) {
      folders.push_back(folder->second);
    }
  }
  return std::ranges::any_of(folders, [&](const std::string& folder) {
    return upper.starts_with(name_key(folder) + "\\");
  });
}

/// A form "*\x.dll" is any folder that products are installed to, and no other.
bool path_is_form(const ResolvedPath& path, const std::string& form, const HostPaths& host) {
  if (form.starts_with("*\\")) {
    const std::string tail = form.substr(1);
    return path.resolved.size() >= tail.size() &&
           equal_names(std::string_view(path.resolved).substr(path.resolved.size() - tail.size()),
                       tail) &&
           is_in_usual_folder(path, host) && !is_writable_by_default(path.resolved);
  }
  // What the record means are the folders of Windows, wherever the host's own environment leads.
  const std::string plain = expand_variables(form, host.folders).text;
  const ResolvedPath expected =
      resolve_path(SharedText(std::string_view(plain)), reg::expand_sz, host);
  return equal_names(path.resolved, expected.resolved);
}

bool any_form(const ResolvedPath& path, const std::vector<std::string>& forms,
              const HostPaths& host) {
  return std::any_of(forms.begin(), forms.end(),
                     [&](const std::string& f) { return path_is_form(path, f, host); });
}

/// True when no form with a folder of its own fits, and one that is a file name alone does.
bool fits_by_file_name(const ResolvedPath& path, const std::vector<std::string>& forms,
                       const HostPaths& host) {
  const auto is_file_name = [](const std::string& form) {
    return form.starts_with("*\\") && form.find('\\', 2) == std::string::npos;
  };
  return std::ranges::none_of(forms, [&](const std::string& form) {
    return !is_file_name(form) && path_is_form(path, form, host);
  });
}

/// What of a registration of Windows' own is not as Windows writes it, besides the parts that have
/// a reason of their own.
void compare_values(const KnownProvider& row, const Provider& provider, const Knowledge& knowledge,
                    KnownMatch& match) {
  const auto of_provider = [&](const WindowsValue& each) {
    return equal_names(each.provider, row.name);
  };
  if (std::ranges::none_of(knowledge.values, of_provider)) {
    return;
  }
  for (const RegistryValueFact& value : provider.values) {
    const std::string_view name = value.name.raw();
    if (equal_names(name, "Class") || equal_names(name, "AuthentProviderPath")) {
      continue;
    }
    bool is_known = false;
    bool is_same = false;
    for (const WindowsValue& each : knowledge.values) {
      if (of_provider(each) && equal_names(each.value, name)) {
        is_known = true;
        is_same = is_same || ((each.type == 0 || each.type == value.type) &&
                              (each.text == "*" || equal_names(each.text, value.text.raw())));
      }
    }
    const bool is_told = (equal_names(name, "ProviderPath") && !match.path_matches) ||
                         (equal_names(name, "Name") && !match.display_matches);
    if (!is_known) {
      match.added_values.push_back(&value);
    } else if (!is_same && !is_told) {
      match.changed_values.push_back(&value);
    }
  }
}

/// ASCII skeleton of a name: look-alikes from Cyrillic, Greek and full-width forms folded to the
/// Latin letter.
std::string skeleton(std::string_view name, bool capital_i_is_l = false) {
  constexpr std::array<std::pair<char16_t, char>, 34> look_alikes = {{
      {u'\u0410', 'A'}, {u'\u0412', 'B'}, {u'\u0421', 'C'}, {u'\u0415', 'E'}, {u'\u041d', 'H'},
      {u'\u0406', 'I'}, {u'\u0408', 'J'}, {u'\u041a', 'K'}, {u'\u041c', 'M'}, {u'\u041e', 'O'},
      {u'\u0420', 'P'}, {u'\u0405', 'S'}, {u'\u0422', 'T'}, {u'\u0425', 'X'}, {u'\u0423', 'Y'},
      {u'\u0391', 'A'}, {u'\u0392', 'B'}, {u'\u0395', 'E'}, {u'\u0396', 'Z'}, {u'\u0397', 'H'},
      {u'\u0399', 'I'}, {u'\u039a', 'K'}, {u'\u039c', 'M'}, {u'\u039d', 'N'}, {u'\u039f', 'O'},
      {u'\u03a1', 'P'}, {u'\u03a4', 'T'}, {u'\u03a5', 'Y'}, {u'\u03a7', 'X'}, {u'\u0501', 'D'},
      {u'\u051c', 'W'}, {u'\u0131', 'I'}, {u'0', 'O'},      {u'1', 'L'},
  }};
  // Small letters that look like a Latin letter which their capital does not look like.
  constexpr std::array<std::pair<char16_t, char>, 12> small = {{
      {u'\u03b1', 'A'},
      {u'\u03b3', 'Y'},
      {u'\u03bd', 'V'},
      {u'\u03c5', 'U'},
      {u'\u03c9', 'W'},
      {u'\u051b', 'Q'},
      {u'\u04bb', 'H'},
      {u'\u0251', 'A'},
      {u'\u0261', 'G'},
      {u'\u2113', 'L'},
      {u'\u0585', 'O'},
      {u'|', 'L'},
  }};
  std::string out;
  for (const char16_t unit : EvidenceText::from_utf8(name).to_utf16()) {
    char16_t c = windows_upcase(unit);
    const auto like = std::ranges::find(small, unit, &std::pair<char16_t, char>::first);
    c = like != small.end()             ? static_cast<char16_t>(like->second)
        : capital_i_is_l && unit == 'I' ? u'L'
                                        : c;
    if (c >= 0xff21 && c <= 0xff3a) {
      c = static_cast<char16_t>(c - 0xff21 + 'A');
    }
    const auto alike = std::find_if(look_alikes.begin(), look_alikes.end(),
                                    [c](const auto& p) { return p.first == c; });
    const bool invisible = c == 0 || (c >= 0x200b && c <= 0x200f) || c == 0xad || c == 0xfeff ||
                           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
                           c == 0x34f || c == 0x61c || c == 0x180e || (c >= 0xfe00 && c <= 0xfe0f);
    if (!invisible) {
      out.push_back(alike != look_alikes.end() ? alike->second
                    : c < 0x80                 ? static_cast<char>(c)
                                               : '?');
    }
  }
  // Two letters that read as one.
  for (const auto& [pair, letter] : {std::pair{"RN", 'M'}, std::pair{"VV", 'W'}}) {
    for (auto at = out.find(pair); at != std::string::npos; at = out.find(pair, at)) {
      out.replace(at, 2, 1, letter);
    }
  }
  const auto first = out.find_first_not_of(" .");
  const auto last = out.find_last_not_of(" .");
  return first == std::string::npos ? std::string() : out.substr(first, last - first + 1);
}

/// Edits (insert, delete, replace) between two short names.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string_view file_in(std::string_view path) {
  return path.substr(path.rfind('\\') + 1);
}

std::string_view stem_of(std::string_view file_name) {
  return file_name.substr(0, std::min(file_name.rfind('.'), file_name.size()));
}

KnownMatch match_row(const KnownProvider& row, const Provider& provider, std::uint32_t build,
                     const Knowledge& knowledge, const HostPaths& host) {
  KnownMatch match{.row = &row};
  match.is_seen_whole = !provider.values_incomplete;
  bool has_authent = false;
  bool has_path = false;
  for (const ProviderDll& dll : provider.dlls) {
    if (dll.is_authent) {
      has_authent = true;
      // Where the product's AuthentProviderPath is not known, its own DLL may stand there.
      match.authent_matches =
          any_form(dll.path, row.authent_is_known ? row.authent_paths : row.paths, host);
    } else {
      has_path = true;
      // Only forms that an installer writes count: "\\?\C:\Windows\..." reaches the same file but
      // is nobody's default.
      match.path_matches =
          any_form(dll.path, row.paths, host) &&
          std::all_of(dll.path.oddities.begin(), dll.path.oddities.end(),
                      [](const std::string& o) { return o == "relative" || o == "bare_name"; });
      match.by_file_name = match.path_matches && fits_by_file_name(dll.path, row.paths, host);
    }
  }
  if (!has_authent) {
    match.authent_matches = !row.authent_is_known || row.authent_paths.empty();
  } else if (has_path && row.authent_is_known && row.authent_paths == row.paths) {
    // The product registers one DLL under both values.
    match.authent_matches = match.authent_matches && names_one_file(provider);
  } else if (!has_path && !row.is_inbox && !row.authent_paths.empty()) {
    // Some products register the logon DLL alone (OpenAFS).
    match.path_matches = match.authent_matches;
  }
  match.class_matches = !row.class_is_known || row.provider_class == provider.provider_class ||
                        (!row.is_inbox && !row.provider_class &&
                         provider.provider_class == std::optional<std::uint64_t>(1));
  for (const RegistryValueFact& value : provider.values) {
    if (equal_names(value.name.raw(), "Name") && !row.display_name.empty()) {
      match.display_matches = value.text.raw() == row.display_name;
    }
  }
  match.build_matches = build == 0 || (build >= row.first_build && build <= row.last_build);
  if (row.is_inbox) {
    compare_values(row, provider, knowledge, match);
  }
  return match;
}

}  // namespace

KnownMatch match_known(const Provider& provider, std::uint32_t build, const Knowledge& knowledge,
                       const HostPaths& host) {
  // A product may have a row for each of its versions, and Windows one for each of its builds; the
  // user's own rows come last and win where they fit as well.
  KnownMatch best;
  for (const KnownProvider& row : knowledge.providers) {
    if (!equal_names(row.name, provider.name.raw())) {
      continue;
    }
    const KnownMatch match = match_row(row, provider, build, knowledge, host);
    if (best.row == nullptr || match.agreement() >= best.agreement()) {
      best = match;
    }
  }
  return best;
}

const KnownProvider* imitated_provider(std::string_view name, const Knowledge& knowledge) {
  const auto is_its_own = [name](const KnownProvider& row) { return equal_names(row.name, name); };
  if (std::ranges::any_of(knowledge.providers, is_its_own)) {
    return nullptr;
  }
  const std::string mine = skeleton(name);
  const std::string mine_with_l = skeleton(name, true);
  for (const bool wants_inbox : {true, false}) {
    for (const KnownProvider& row : knowledge.providers) {
      if (row.is_inbox != wants_inbox) {
        continue;
      }
      const std::string theirs = skeleton(row.name);
      // Short names have many honest neighbours; one edit only counts where the name is long enough
      // to be read over, and products number their names.
      const bool is_near =
          row.is_inbox && theirs.size() >= 6 && mine.size() >= 5 && edits(mine, theirs) == 1;
      if (mine == theirs || mine_with_l == theirs || is_near) {
        return &row;
      }
    }
  }
  return nullptr;
}

const KnownProvider* owner_of_file(std::string_view file_name, const Knowledge& knowledge) {
  const auto found = std::ranges::find_if(knowledge.providers, [&](const KnownProvider& row) {
    return row.is_inbox && std::ranges::any_of(row.paths, [&](const std::string& path) {
             return equal_names(file_in(path), file_name);
           });
  });
  return found == knowledge.providers.end() ? nullptr : &*found;
}

const KnownProvider* imitated_file(std::string_view file_name, const Knowledge& knowledge) {
  constexpr std::size_t near_from = 6;
  if (owner_of_file(file_name, knowledge) != nullptr) {
    return nullptr;
  }
  const std::string mine = skeleton(stem_of(file_name));
  const std::string mine_with_l = skeleton(stem_of(file_name), true);
  for (const KnownProvider& row : knowledge.providers) {
    for (const std::string& path : row.paths) {
      const std::string theirs = skeleton(stem_of(file_in(path)));
      const bool is_near =
          theirs.size() >= near_from && mine.size() + 1 >= near_from && edits(mine, theirs) == 1;
      if (row.is_inbox && (mine == theirs || mine_with_l == theirs || is_near)) {
        return &row;
      }
    }
  }
  return nullptr;
}

std::string unusual_letters(std::string_view name) {
  std::string out;
  for (const char16_t unit : EvidenceText::from_utf8(name).to_utf16()) {
    if (unit < 0x21 || unit >= 0x7f) {
      out += fmt::format("{}U+{:04X}", out.empty() ? "" : ", ", static_cast<unsigned>(unit));
    }
  }
  return out;
}

}  // namespace npg
