// The reasons that the path of a provider's DLL gives: how it is written, where it leads, and in
// which folder the file lies.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "analysis/inventory/path_candidates.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {

bool is_writable_by_default(std::string_view path) {
  static constexpr std::string_view writable[] = {"\\USERS\\",
                                                  "\\PROGRAMDATA\\",
                                                  "\\TEMP\\",
                                                  "\\PERFLOGS\\",
                                                  "\\$RECYCLE.BIN\\",
                                                  "\\WINDOWS\\TASKS\\",
                                                  "\\WINDOWS\\TRACING\\",
                                                  "\\SPOOL\\DRIVERS\\COLOR\\"};
  const std::string upper = name_key(path);
  return std::ranges::any_of(
      writable, [&](std::string_view folder) { return upper.find(folder) != std::string::npos; });
}

namespace {

/// Neither in System32 nor where programs are installed to, on the host's own drive.
bool is_unusual(const ProviderCase& subject, std::string_view path) {
  const std::string upper = name_key(path);
  const auto below = [&upper](std::string_view folder) {
    return upper.starts_with(name_key(folder));
  };
  const std::string drive = subject.host.system_root.substr(0, 2);
  return !upper.empty() && !upper.starts_with("\\\\") &&
         !below(subject.host.system_root + "\\System32\\") && !below(drive + "\\Program Files\\") &&
         !below(drive + "\\Program Files (x86)\\");
}

void judge_folder(ProviderCase& subject, const ProviderDll& dll,
                  const std::vector<Origin>& evidence) {
  // Through a link the file lies in another folder than the path says: both count.
  std::vector<std::string> paths = {dll.path.resolved};
  if (dll.image && !dll.image->through_link.empty()) {
    paths.emplace_back(dll.image->through_link.raw());
  }
  for (const std::string& path : paths) {
    if (is_writable_by_default(path)) {
      subject.raise("path_in_writable_folder", 3,
                    fmt::format("{} lies where ordinary users may write by default", shown(path)),
                    evidence);
      return;
    }
  }
  for (const std::string& path : paths) {
    const bool is_on_record = subject.match.path_matches && &path == &paths.front();
    if (!is_on_record && is_unusual(subject, path)) {
      subject.raise("path_in_unusual_folder", 2,
                    fmt::format("{} lies neither in System32 nor in Program Files", shown(path)),
                    evidence);
      return;
    }
  }
}

/// A file that passes for one of Windows' own by its name.
void judge_file_name(ProviderCase& subject, const ProviderDll& dll,
                     const std::vector<Origin>& evidence) {
  const bool is_in_its_place =
      subject.match.row != nullptr && subject.match.row->is_inbox && !dll.is_authent;
  const std::string& path = dll.path.resolved;
  const std::string name = path.substr(path.rfind('\\') + 1);
  if (is_in_its_place || name.empty()) {
    return;
  }
  const std::string system = subject.host.system_root + "\\System32\\" + name;
  if (const KnownProvider* owner = owner_of_file(name, subject.knowledge);
      owner != nullptr && !equal_names(path, system)) {
    subject.raise("dll_name_of_windows", 3,
                  fmt::format("{} bears the name of the DLL of {}, which is in System32 and "
                              "nowhere else",
                              shown(path), owner->name),
                  evidence);
  } else if (const KnownProvider* like = imitated_file(name, subject.knowledge);
             owner == nullptr && like != nullptr) {
    const std::string letters = unusual_letters(name);
    subject.raise("dll_name_imitates_windows", 2,
                  fmt::format("the file name {} reads like that of the DLL of {}{}{}", shown(name),
                              like->name, letters.empty() ? "" : "; it holds ", letters),
                  evidence);
  }
}

/// Which of the places that the loader looks at holds a file of that name.
void judge_search(ProviderCase& subject, const ProviderDll& dll,
                  const std::vector<Origin>& evidence) {
  const auto is_odd = [&dll](std::string_view what) {
    return std::ranges::find(dll.path.oddities, what) != dll.path.oddities.end();
  };
  if (!is_odd("bare_name") && !is_odd("relative")) {
    return;
  }
  std::vector<std::string> there;
  std::size_t places = 0;
  std::size_t first = 0;
  for (const PathCandidate& candidate : dll.path.candidates) {
    if (is_aside(candidate)) {
      continue;
    }
    ++places;
    if (!candidate.sha256.empty()) {
      first = there.empty() ? places : first;
      there.push_back(shown(candidate.path));
    }
  }
  if (!subject.match.whole()) {
    subject.raise("path_searched", 1,
                  fmt::format("the loader's search order decides which file {} is: {} place{}, the "
                              "evidence has {}",
                              shown(dll.path.raw), places, places == 1 ? "" : "s",
                              there.empty() ? "none" : fmt::format("{}", fmt::join(there, ", "))),
                  evidence);
  }
  if (there.size() > 1) {
    subject.raise("path_ambiguous", 2,
                  fmt::format("{} files of that name lie on the way; {} comes first", there.size(),
                              there.front()),
                  evidence);
  } else if (first > 1 && !subject.match.path_matches) {
    subject.raise("path_found_late", 1,
                  fmt::format("it is found only in place {} of the search, {}; a file put into an "
                              "earlier one takes its place",
                              first, there.front()),
                  evidence);
  }
}

/// Forms of which nobody has written down what Windows makes of them.
void judge_certainty(ProviderCase& subject, const ProviderDll& dll,
                     const std::vector<Origin>& evidence) {
  static constexpr std::string_view unverified[] = {
      "arguments",        "device_name",       "literal_parent", "device_share", "drive_relative",
      "hidden_character", "illegal_character", "long_path",      "no_text",      "profile_variable",
      "quoted",           "unusual_type"};
  std::vector<std::string> forms;
  for (const std::string_view form : unverified) {
    if (std::ranges::find(dll.path.oddities, form) != dll.path.oddities.end()) {
      forms.emplace_back(form);
      std::ranges::replace(forms.back(), '_', ' ');
    }
  }
  if (!forms.empty()) {
    subject.missing("path_form_unverified",
                    fmt::format("what Windows loads for a path of this form ({}) was not verified "
                                "on a real Windows: {} is taken for it, and it may be nothing",
                                fmt::join(forms, ", "),
                                dll.path.resolved.empty() ? "nothing" : shown(dll.path.resolved)),
                    evidence);
  }
}

}  // namespace

namespace {

/// A REG_SZ that begins with a variable is a name below the loader's search folders, percent signs
/// and all, and none of them was found. That this is nothing can be said where such folders were
/// collected.
void judge_literal(ProviderCase& subject, const ProviderDll& dll,
                   const std::vector<Origin>& evidence) {
  const std::string system = name_key(subject.host.system_root + "\\System32\\");
  const bool is_collected = std::ranges::any_of(subject.facts.images, [&](const ImageFact& image) {
    return name_key(image.windows_path.raw()).starts_with(system);
  });
  if (is_collected) {
    subject.lower("path_does_not_load", 2,
                  fmt::format("as it stands Windows loads nothing: {} is not expanded, and no "
                              "folder of that name is in the evidence",
                              shown(dll.path.raw)),
                  evidence);
  } else {
    subject.missing(
        "path_literal_not_seen",
        fmt::format("{} is not expanded: it loads nothing, unless a folder of that very name lies "
                    "in one of {} places, none of which is in the evidence",
                    shown(dll.path.raw),
                    std::ranges::count_if(dll.path.candidates, std::not_fn(is_aside))),
        evidence);
  }
}

std::vector<Origin> evidence_of(const ProviderCase& subject, const ProviderDll& dll) {
  return subject.value_evidence(dll.is_authent ? "AuthentProviderPath" : "ProviderPath");
}

}  // namespace

void judge_path_form(ProviderCase& subject, const ProviderDll& dll, bool is_program) {
  const auto evidence = evidence_of(subject, dll);
  struct Form {
    std::string_view oddity;
    int weight;
    std::string_view text;
  };
  static constexpr Form forms[] = {
      {"unc", 4, "the DLL lies on another machine (UNC path)"},
      {"webdav", 1, "it is fetched by HTTP (WebDAV)"},
      {"unc_to_self", 1, "the way leads over the network back to this host"},
      {"junction", 1, "the path goes through a link that Windows keeps for old programs"},
      {"sysnative", 2, "Sysnative is there for 32-bit programs alone; mpnotify.exe finds nothing"},
      {"device_path", 3, "the path has a device prefix that no installer writes"},
      {"embedded_nul", 4,
       "the value goes on behind a NUL character, where Windows' tools do not show it"},
      {"alternate_stream", 4, "the path names a data stream of a file"},
      {"device_name", 2,
       "a part of the path is a name that Windows keeps for a device (NUL, COM1): no file is "
       "opened "
       "by it"},
      {"parent_folder", 2, "the path climbs with .."},
      {"forward_slashes", 1, "the path has forward slashes"},
      {"quoted", 1,
       "the path is in quotes, which LoadLibrary takes for a part of the name; the file inside "
       "them "
       "is looked at"},
      {"hidden_character", 4,
       "the path holds characters that are not shown or turn the direction of reading"},
      {"illegal_character", 2, "the path holds characters that no file name may have"},
      {"arguments", 2,
       "something stands behind the file as on a command line; LoadLibrary takes all of it as one "
       "name"},
      {"other_extension", 1, "the file is not named .dll; LoadLibrary takes any name"},
      {"drive_relative", 2, "the path is below the folder that is current on that drive"},
      {"long_path", 2, "the path has 260 characters or more, which LoadLibrary may refuse"},
      {"no_text", 2, "the value holds no text: which DLL it names is unknown"},
      {"idle_part", 1, "the path has parts that lead nowhere (\\.\\ or two backslashes)"},
      {"short_name", 2, "the path uses an 8.3 name"},
      {"trailing_dot_or_space", 3,
       "a part of the path ends in dots or spaces, which Windows drops or which make another "
       "folder that reads the same"},
      {"unexpanded_variable", 1, "the path is a REG_SZ with %, which Windows does not expand"},
      {"unknown_variable", 2, "the path uses a variable that the host's hives do not define"},
      {"profile_variable", 2,
       "the path uses a variable of a user's profile, and mpnotify.exe runs as SYSTEM"},
      {"changed_variable", 3,
       "the path uses a variable of Windows that this host's own environment leads to another "
       "folder"},
      {"unusual_type", 2, "the path is stored with an unusual value type"},
      {"too_long", 3, "the path is longer than Windows takes"},
      {"no_extension", 1, "the path has no extension"},
      {"empty", 2, "the path is stored, but empty or unreadable: which DLL it names is unknown"},
  };
  for (const Form& form : forms) {
    // A program that is started has any extension, and LoadLibrary has no part in it.
    const bool is_of_dlls = form.oddity == "other_extension";
    if ((!is_program || !is_of_dlls) &&
        std::find(dll.path.oddities.begin(), dll.path.oddities.end(), form.oddity) !=
            dll.path.oddities.end()) {
      subject.raise("path_" + std::string(form.oddity), form.weight,
                    fmt::format("{}: {}", form.text, shown(dll.path.raw)), evidence);
    }
  }
  if (const std::string set = named_override(dll.path.raw.raw(), subject.host); !set.empty()) {
    subject.raise("path_fixed_variable", 1,
                  fmt::format("the machine's environment sets {}, which Windows sets itself: the "
                              "path is judged by what Windows sets, and whether the other value "
                              "has an effect is not documented: {}",
                              shown(set), shown(dll.path.raw)),
                  evidence);
  }
  judge_certainty(subject, dll, evidence);
}

void judge_place(ProviderCase& subject, const ProviderDll& dll) {
  const auto evidence = evidence_of(subject, dll);
  if (dll.image && !dll.image->through_link.empty()) {
    subject.raise("path_through_link", 1,
                  fmt::format("the way to {} goes through a link of the evidence: the file lies at "
                              "{}",
                              shown(dll.path.resolved), shown(dll.image->through_link)),
                  {dll.image->origin});
  }
  if (loads_nothing(dll)) {
    judge_literal(subject, dll, evidence);
    return;
  }
  judge_search(subject, dll, evidence);
  judge_folder(subject, dll, evidence);
  judge_file_name(subject, dll, evidence);
}

bool loads_nothing(const ProviderDll& dll) {
  return dll.path.resolved.empty() && std::find(dll.path.oddities.begin(), dll.path.oddities.end(),
                                                "unexpanded_variable") != dll.path.oddities.end();
}

}  // namespace npg
