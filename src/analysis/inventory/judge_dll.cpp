// The reasons that a provider's DLL gives by what it exports, and the order in which all that is
// known of the file is looked at.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/images.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

bool has_export(const ImageFact& image, std::string_view name) {
  return std::ranges::any_of(image.exports,
                             [&](const ExportFact& each) { return each.name.raw() == name; });
}

/// MPR asks each provider by NPGetCaps what it is. A DLL without it is loaded all the same.
bool lacks_caps(const ProviderCase& subject, const ProviderDll& dll, const ImageFact& image) {
  // What is no provider's needs none.
  const bool is_provider = !subject.provider.name.empty() && !dll.is_authent && image.is_dll;
  return is_provider && !image.damaged && !image.exports_incomplete &&
         !has_export(image, "NPGetCaps");
}

void judge_caps(ProviderCase& subject, const ImageFact& image, const std::vector<Origin>& file) {
  const bool is_told = std::ranges::any_of(subject.provider.reasons, [](const Reason& reason) {
    return reason.code == "exports_do_not_fit";
  });
  if (is_told) {
    return;
  }
  const ExportShape shape = export_shape(image);
  const bool is_nothing = !shape.logon && !shape.network;
  subject.doubt(
      "no_provider_exports", is_nothing ? 2 : 1,
      fmt::format(
          "the DLL exports no NPGetCaps by name{}{}: MPR has no way to use it as a "
          "provider, and its start code (DllMain) runs all the same",
          is_nothing ? ", nor any function of a provider" : "",
          shape.unnamed == 0 ? std::string() : fmt::format(" ({} by number alone)", shape.unnamed)),
      file);
}

void judge_exports(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image,
                   const std::vector<Origin>& file) {
  const ExportShape shape = export_shape(image);
  const bool is_receiver =
      has_credential_class(subject.provider) &&
      (dll.is_authent || subject.provider.dlls.size() == 1 || names_one_file(subject.provider));
  const std::vector<Origin> named = logon_export_evidence(image);
  const std::vector<Origin>& logon = named.empty() ? file : named;
  if (shape.logon && !shape.network) {
    subject.raise("exports_logon_functions_only", is_known_receiver(subject) ? 0 : 3,
                  "the DLL exports the logon functions and nothing that a network needs", logon);
  } else if (shape.logon && !has_credential_class(subject.provider)) {
    subject.raise(
        "exports_logon_functions",
        subject.match.whole() && !subject.file_contradicts &&
                subject.match.row->exports != "network"
            ? 0
            : 1,
        "the DLL exports logon functions, though the registration does not ask for credentials",
        logon);
  } else if (!shape.logon && image.exports_incomplete) {
    subject.missing("exports_incomplete",
                    fmt::format("not all exports of {} could be read: a logon function may be "
                                "among the others",
                                shown(image.windows_path)),
                    file);
  } else if (is_receiver && !shape.logon) {
    subject.doubt(
        "class_without_logon_export", 2,
        fmt::format("the class asks for credentials, but no logon function is exported "
                    "by name{}: it may be made at load time",
                    shape.unnamed == 0 ? std::string()
                                       : fmt::format(" ({} by number alone)", shape.unnamed)),
        file);
  } else if (!shape.logon && !lacks_caps(subject, dll, image)) {
    subject.lower("no_logon_exports", 1, "the DLL exports no logon function", file);
  }
}

/// What the file would have to export to be the one of this place, and does not, or the other way
/// round; empty when its exports fit, or what they should be is not on record.
std::string export_misfit(const KnownProvider& row, const ImageFact& image) {
  const ExportShape shape = export_shape(image);
  if (row.exports == "mpr") {
    return has_export(image, "WNetAddConnection2W") && has_export(image, "WNetOpenEnumW")
               ? ""
               : "does not export WNetAddConnection2W and WNetOpenEnumW, which mpr.dll has";
  }
  if (row.is_inbox && !has_export(image, "NPGetCaps")) {
    return "does not export NPGetCaps, which every network provider of Windows has";
  }
  const bool is_network = row.exports == "network" || row.exports == "both";
  const bool is_logon = row.exports == "credential" || row.exports == "both";
  if (is_network && !shape.network) {
    return "exports no function that connects or lists, which its own file does";
  }
  if (is_logon && !shape.logon) {
    return "exports no logon function, which its own file does";
  }
  return row.exports == "network" && shape.logon
             ? "exports logon functions, which its own file does not"
             : "";
}

/// A signature says who made a file, not which one it is: another file of Windows under the name of
/// one of its providers is as foreign there as anybody's.
void judge_place_fit(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image,
                     const std::vector<Origin>& file) {
  const KnownProvider* row = subject.match.row;
  const bool is_in_place =
      row != nullptr && !dll.is_authent && (row->is_inbox || subject.match.path_matches);
  if (!is_in_place) {
    return;
  }
  const bool is_known = !image.damaged && !image.exports_incomplete;
  const std::string misfit = is_known ? export_misfit(*row, image) : std::string();
  if (!misfit.empty() && (row->is_inbox || row->is_confident)) {
    const auto named = logon_export_evidence(image);
    subject.contradict(
        "exports_do_not_fit", row->is_inbox ? 6 : 3,
        fmt::format("{} {}: it is not {}'s file", shown(image.windows_path), misfit, row->name),
        named.empty() || misfit.starts_with("does not") ? file : named);
  }
  if (row->is_inbox && !can_load(image, subject.host)) {
    subject.contradict(
        "machine_does_not_fit", 4,
        fmt::format("{} is for {}, this Windows for {}: it is not {}'s file",
                    shown(image.windows_path), image.machine, subject.host.machine, row->name),
        file);
  }
}

/// A program in a DLL's place, or a DLL in a program's.
void judge_kind(ProviderCase& subject, const ImageFact& image, bool should_be_dll,
                const std::vector<Origin>& file) {
  if (image.is_dll == should_be_dll) {
    return;
  }
  const bool is_inbox = subject.match.row != nullptr && subject.match.row->is_inbox;
  const std::string text =
      shown(image.windows_path) +
      (should_be_dll ? " is a program and no DLL: Windows maps it without running its start code"
                     : " is a DLL and no program: Windows cannot start it");
  if (is_inbox) {
    subject.contradict(should_be_dll ? "dll_is_program" : "program_is_dll", 6, text, file);
  } else {
    subject.doubt(should_be_dll ? "dll_is_program" : "program_is_dll", 2, text, file);
  }
}

/// Something lies there and says nothing. It may be that the collector could not read it: Windows
/// keeps files compressed in ways that copy as zeros or as nothing.
void judge_unreadable(ProviderCase& subject, const ImageFact& image,
                      const std::vector<Origin>& file) {
  const bool holds_something = image.size_bytes > 0 && image.unreadable != "it holds zeros alone";
  const bool is_inbox = subject.match.row != nullptr && subject.match.row->is_inbox;
  if (holds_something) {
    const std::string text =
        fmt::format("{} holds {} bytes that are no image of Windows: something else was put there",
                    shown(image.windows_path), image.size_bytes);
    if (is_inbox) {
      subject.contradict("dll_is_no_image", 4, text, file);
    } else {
      subject.raise("dll_is_no_image", 2, text, file);
    }
  }
  subject.missing(
      "dll_unreadable",
      image.size_bytes == 0
          ? fmt::format("{} is in the evidence and is empty (0 bytes): Windows loads nothing from "
                        "such a file; what was there before, or whether the collector could not "
                        "read it, is unknown",
                        shown(image.windows_path))
          : fmt::format("{} is in the evidence ({} bytes) and is nothing that Windows loads: {}; "
                        "exports and signature are unknown",
                        shown(image.windows_path), image.size_bytes, image.unreadable),
      file);
  subject.signatures_fit = false;
}

}  // namespace

void judge_file(ProviderCase& subject, const ProviderDll& dll, bool exports_matter) {
  auto evidence = subject.value_evidence(dll.is_authent ? "AuthentProviderPath" : "ProviderPath");
  if (!dll.image) {
    const auto loads = logged_loads(subject, dll);
    const LoggedLoad* const load = loads.empty() ? nullptr : &loads.back();
    if (load != nullptr) {
      evidence.push_back(load->newest->origin);
    }
    subject.missing(
        "dll_not_in_evidence",
        fmt::format("{} is not in the evidence: exports{} and signature are unknown{}",
                    dll.path.resolved.empty() ? "which file the path means cannot be told, and it"
                                              : shown(dll.path.resolved),
                    load == nullptr ? ", hash" : "",
                    load == nullptr
                        ? ""
                        : fmt::format(", Sysmon logged SHA256 {} when it was "
                                      "loaded at {}",
                                      shown(load->sha256), to_screen_time(load->newest->time))),
        evidence);
    subject.signatures_fit = false;
    return;
  }
  const ImageFact& image = *dll.image;
  const std::vector<Origin> file = {image.origin};
  if (!image.unreadable.empty()) {
    judge_unreadable(subject, image, file);
    return;
  }
  judge_signature(subject, image);
  judge_loads(subject, dll, image);
  if (exports_matter || subject.match.row != nullptr) {
    judge_kind(subject, image, exports_matter, file);
  }
  if (image.unread_bytes > 0) {
    subject.raise("dll_oversized", 1,
                  fmt::format("the file has {} bytes, and the last {} were not looked at: Windows "
                              "loads it all the same, and much that looks for bad files does not "
                              "look at one of this size",
                              image.size_bytes, image.unread_bytes),
                  file);
  }
  if (image.damaged) {
    subject.raise("dll_damaged", 1, "the file's headers or tables are damaged", file);
  }
  if (exports_matter) {
    judge_place_fit(subject, dll, image, file);
    judge_exports(subject, dll, image, file);
    if (lacks_caps(subject, dll, image)) {
      judge_caps(subject, image, file);
    }
    judge_loading(subject, dll, image);
  } else if (subject.match.row != nullptr && !can_load(image, subject.host)) {
    subject.contradict("machine_does_not_fit", 4,
                       fmt::format("{} is for {}, this Windows for {}: it is not Windows' own file",
                                   shown(image.windows_path), image.machine, subject.host.machine),
                       file);
  }
  judge_version(subject, dll, image);
}

namespace {

/// Says of each reason from `first` on which of two DLLs it is about.
void name_the_dll(ProviderCase& subject, const ProviderDll& dll, std::size_t first) {
  const std::string& path = dll.path.resolved;
  const std::string file = path.empty()
                               ? shown(dll.path.raw)
                               : shown(std::string_view(path).substr(path.rfind('\\') + 1));
  for (std::size_t i = first; i < subject.provider.reasons.size(); ++i) {
    std::string& text = subject.provider.reasons[i].text;
    text = fmt::format("{} ({}): {}", dll.is_authent ? "AuthentProviderPath" : "ProviderPath", file,
                       text);
  }
}

}  // namespace

void judge_dlls(ProviderCase& subject) {
  const bool is_one_file = names_one_file(subject.provider);
  const bool is_one_text =
      is_one_file &&
      subject.provider.dlls[0].path.raw.raw() == subject.provider.dlls[1].path.raw.raw() &&
      subject.provider.dlls[0].path.type == subject.provider.dlls[1].path.type;
  for (const ProviderDll& dll : subject.provider.dlls) {
    const std::size_t first = subject.provider.reasons.size();
    // One file that two values name is one file, and what is odd in one text is odd once.
    const bool is_repeat = is_one_file && dll.is_authent;
    if (!is_repeat || !is_one_text) {
      judge_path_form(subject, dll);
    }
    if (!is_repeat) {
      judge_place(subject, dll);
      judge_file(subject, dll, true);
    }
    if (subject.provider.dlls.size() > 1 && !(is_one_file && is_one_text)) {
      name_the_dll(subject, dll, first);
    }
  }
}

}  // namespace npg
