// What a DLL can do in mpnotify.exe, whatever its name: whether it can be loaded there at all,
// where its forwarders lead, whose exports it repeats, and what it takes along.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "analysis/inventory/images.hpp"
#include "analysis/inventory/path_candidates.hpp"
#include "analysis/inventory/path_resolution.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

void judge_machine(ProviderCase& subject, const ImageFact& image) {
  if (can_load(image, subject.host)) {
    return;
  }
  // Lowers what was exposed and not what was meant: no weight is taken off.
  subject.lower(
      "dll_for_another_machine", 0,
      fmt::format("the DLL is for {}{}, this Windows for {}: its mpnotify.exe cannot load "
                  "it as it is now; what it was meant for is judged all the same",
                  image.machine, image.hybrid.empty() ? "" : " (" + image.hybrid + ")",
                  subject.host.machine),
      {image.origin});
}

/// The functions of one kind that one image forwards to one other: the same thing, however many
/// they are.
struct ForwardGroup {
  Forward forward;  ///< the first
  std::vector<std::string> names;
  std::vector<std::string> functions;
  std::vector<Origin> evidence;
};

std::vector<ForwardGroup> grouped(const std::vector<Forward>& forwards) {
  std::vector<ForwardGroup> groups;
  for (const Forward& forward : forwards) {
    auto group = std::ranges::find_if(groups, [&](const ForwardGroup& each) {
      return each.forward.from == forward.from && each.forward.is_logon == forward.is_logon &&
             equal_names(each.forward.module, forward.module) &&
             each.forward.target == forward.target;
    });
    if (group == groups.end()) {
      group = groups.insert(group, {.forward = forward, .names = {}, .functions = {}});
    }
    group->names.push_back(shown(forward.name));
    group->functions.push_back(shown(forward.function));
    group->evidence.push_back(forward.origin);
  }
  return groups;
}

/// "NPGetCaps and NPOpenEnum", of many the first few.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t named_max = 4;
  const std::size_t named = std::min(names.size(), named_max);
  std::string text = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(named), " and "));
  return named == names.size() ? text : fmt::format("{} and {} more", text, names.size() - named);
}

/// That functions are passed on: the logon functions to code that is handed passwords; any of them,
/// NPGetCaps before all, has that code loaded.
void judge_passing(ProviderCase& subject, const ForwardGroup& group, bool is_proxy,
                   const std::vector<Origin>& evidence) {
  const Forward& forward = group.forward;
  const std::string_view are = group.evidence.size() == 1 ? "is" : "are";
  const std::string file =
      forward.target == nullptr
          ? shown(forward.module)
          : fmt::format("{}, SHA-256 {}, signature {}", shown(forward.target_path),
                        forward.target->sha256, name_of(forward.target->signature.status));
  const std::string text = fmt::format("{} {} forwarded to {} of {}", listed(group.names), are,
                                       listed(group.functions), file);
  if (forward.is_logon) {
    subject.raise("credential_export_forwarded", 3, text, evidence);
    return;
  }
  const bool is_first = std::ranges::find(group.names, "NPGetCaps") != group.names.end();
  // A proxy is told by a reason of its own, and who signed the file signed where it leads.
  const bool is_told = is_proxy || (subject.match.whole() && subject.signatures_fit);
  subject.raise("np_export_forwarded", is_told ? 0 : is_first ? 2 : 1, text, evidence);
}

/// Where the code lies that is loaded for it.
void judge_forward_place(ProviderCase& subject, const Forward& forward,
                         const std::vector<Origin>& evidence) {
  if (forward.target_path.starts_with("\\\\")) {
    subject.raise("forward_target_unc", 4,
                  fmt::format("the code behind it lies on another machine (UNC path): {}",
                              shown(forward.module)),
                  evidence);
  } else if (is_writable_by_default(forward.target_path)) {
    subject.raise("forward_target_in_writable_folder", 3,
                  fmt::format("the code behind it, {}, lies where ordinary users may write by "
                              "default",
                              shown(forward.target_path)),
                  evidence);
  }
}

/// What is said of the file that functions are forwarded to, whichever they are.
void judge_forward_target(ProviderCase& subject, const ForwardGroup& group,
                          const std::vector<Origin>& evidence) {
  const Forward& forward = group.forward;
  judge_forward_place(subject, forward, evidence);
  if (forward.target == nullptr) {
    subject.missing("forward_target_not_in_evidence",
                    fmt::format("{} is in none of the places that the loader looks at, as far as "
                                "the evidence goes",
                                shown(forward.module)),
                    evidence);
    return;
  }
  const ImageFact& target = *forward.target;
  const std::string path = shown(forward.target_path);
  if (!target.unreadable.empty()) {
    subject.missing(
        "forward_target_not_in_evidence",
        fmt::format("{} lies in the evidence and cannot be read: {}", path, target.unreadable),
        evidence);
    return;
  }
  const auto its_export = std::ranges::find_if(target.exports, [&](const ExportFact& e) {
    return e.name.raw() == forward.function || fmt::format("#{}", e.ordinal) == forward.function;
  });
  if (its_export == target.exports.end()) {
    subject.raise("forward_leads_nowhere", 1,
                  fmt::format("{} exports no {}", path, shown(forward.function)), evidence);
  } else if (!its_export->forwarder.empty()) {
    subject.raise("forward_goes_on", 1,
                  fmt::format("there it is forwarded again, to {}", shown(its_export->forwarder)),
                  evidence);
  }
  const SignatureStatus status = target.signature.status;
  if (status == SignatureStatus::untrusted || status == SignatureStatus::broken ||
      status == SignatureStatus::unsigned_file) {
    subject.raise("forward_target_not_trusted", 2,
                  fmt::format("the code behind it, {}, is {}", path, name_of(status)), evidence);
  }
}

/// `told` holds the files that functions of other groups are forwarded to: said once of each.
void judge_forward(ProviderCase& subject, const ForwardGroup& group, bool is_proxy,
                   std::set<std::string>& told) {
  const Forward& forward = group.forward;
  std::vector<Origin> evidence = group.evidence;
  if (forward.target != nullptr) {
    evidence.push_back(forward.target->origin);
  }
  judge_passing(subject, group, is_proxy, evidence);
  if ((forward.is_logon || !forward.is_api_set) &&
      told.insert(name_key(forward.target_path.empty() ? forward.module : forward.target_path))
          .second) {
    judge_forward_target(subject, group, evidence);
  }
}

void judge_circle(ProviderCase& subject, const std::vector<Forward>& forwards,
                  const std::vector<std::string>& circle) {
  std::vector<Origin> evidence;
  for (const Forward& forward : forwards) {
    if (forward.is_logon) {
      evidence.push_back(forward.origin);
    }
  }
  subject.raise("forward_circle", 3,
                fmt::format("its logon functions are forwarded in a circle, which no honest DLL "
                            "does and no code ends: {}",
                            shown(fmt::format("{}", fmt::join(circle, " to ")))),
                evidence);
}

void judge_forwards(ProviderCase& subject, const ImageFact& image) {
  auto forwards = all_forwards(image, subject.facts, subject.host);
  const auto circle = forward_circle(image, subject.facts, subject.host);
  if (!circle.empty()) {
    judge_circle(subject, forwards, circle);
    std::erase_if(forwards, &Forward::is_logon);
  }
  const bool is_proxy = export_shape(image).is_proxy();
  std::set<std::string> told;
  for (const ForwardGroup& group : grouped(forwards)) {
    judge_forward(subject, group, is_proxy, told);
  }
}

std::string file_key(std::string_view path) {
  return name_key(path.substr(path.rfind('\\') + 1));
}

/// The file of one of Windows' own providers that most functions are passed on to, as upper-case
/// text; empty when they go elsewhere.
std::string target_of_windows(const ExportShape& shape, const Knowledge& knowledge) {
  const std::string to = name_key(shape.forwarded_to);
  const std::string file = to.ends_with(".DLL") ? to : to + ".DLL";
  const bool is_most = !to.empty() && shape.forwarded_there * 2 >= shape.forwarded;
  const bool is_inbox = std::ranges::any_of(knowledge.providers, [&](const KnownProvider& row) {
    return row.is_inbox && std::ranges::any_of(row.paths, [&](const std::string& path) {
             return file_key(path) == file;
           });
  });
  return is_most && is_inbox ? file : std::string();
}

/// A DLL that passes the functions of another on, or exports just what one of Windows' own does.
void judge_proxy(ProviderCase& subject, const ImageFact& image) {
  constexpr unsigned nearly_all = 80;
  const ExportShape shape = export_shape(image);
  // The functions of several of Windows' own have the same names: where they are passed on decides.
  const std::string target = target_of_windows(shape, subject.knowledge);
  for (const KnownProvider& row : subject.knowledge.providers) {
    if (!row.is_inbox || &row == subject.match.row || shape.named < 3) {
      continue;
    }
    for (const std::string& form : row.paths) {
      if (!target.empty() && file_key(form) != target) {
        continue;
      }
      const ResolvedPath path = resolve_path(SharedText(std::string_view(form)), 2, subject.host);
      const ImageFact* own = image_at(subject.facts, path.resolved);
      if (own == nullptr || own->sha256 == image.sha256) {
        continue;
      }
      const unsigned shared = shared_exports_percent(image, *own);
      if (shared >= nearly_all && shape.forwarded > 0) {
        subject.raise("dll_is_proxy_of_inbox", 4,
                      fmt::format("its exports are those of {} ({} of 100 shared), {} of {} are "
                                  "forwarded: it stands in for it",
                                  shown(own->windows_path), shared, shape.forwarded, shape.named),
                      {image.origin, own->origin});
        return;
      }
    }
  }
  if (shape.is_proxy()) {
    subject.raise("dll_is_proxy", 3,
                  fmt::format("{} of its {} functions are passed on to {}: it stands in for it",
                              shape.forwarded_there, shape.named, shown(shape.forwarded_to)),
                  {image.origin});
  }
}

/// Packed code shows in neither names nor version.
void judge_code(ProviderCase& subject, const ImageFact& image) {
  constexpr std::uint32_t packed_from = 750;  // Plain code has about 6.5 bits a byte.
  if (subject.match.whole() && !subject.file_contradicts) {
    return;
  }
  if (image.has_writable_code) {
    subject.raise("dll_has_writable_code", 1,
                  "a section can be written and executed, as packers make it", {image.origin});
  } else if (image.entropy_highest >= packed_from) {
    subject.raise("dll_looks_packed", 1,
                  fmt::format("a section holds {}.{:02} bits a byte, as packed or encrypted data",
                              image.entropy_highest / 100, image.entropy_highest % 100),
                  {image.origin});
  }
}

}  // namespace

void judge_loading(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image) {
  judge_machine(subject, image);
  judge_forwards(subject, image);
  judge_proxy(subject, image);
  judge_beside(subject, image);
  judge_code(subject, image);
  for (const PathCandidate& candidate : dll.path.candidates) {
    if (candidate.why == "wow64_twin" && candidate.sha256 == image.sha256 &&
        !candidate.sha256.empty()) {
      subject.raise("twin_is_same_file", 1,
                    fmt::format("{}, which 32-bit programs get, is the same file: one of the two "
                                "cannot be loaded",
                                shown(candidate.path)),
                    {image.origin});
    }
  }
}

}  // namespace npg
