#include "analysis/baseline/approved_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "analysis/baseline/host_names.hpp"
#include "analysis/baseline/product_names.hpp"
#include "analysis/baseline/profile.hpp"
#include "base/evidence_text.hpp"
#include "fact/finding_id.hpp"

namespace npg {
namespace {

/// Limit: an installer writes its product's keys within minutes of saying that it is done.
constexpr std::uint64_t around_an_install = 15ULL * 60 * FileTime::per_second;

/// Findings that a proper deployment can cause. Suspicious and malicious providers, cleared logs
/// and the like are not among them.
constexpr std::string_view can_be_deployment[] = {"NPG1002", "NPG1004", "NPG1005", "NPG1006",
                                                  "NPG1020", "NPG1021", "NPG1022", "NPG1023",
                                                  "NPG1024", "NPG1025", "NPG1026"};

std::uint64_t apart(FileTime a, FileTime b) {
  return a > b ? a.ticks - b.ticks : b.ticks - a.ticks;
}

/// What a finding is about, as far as an approval has to fit it.
struct Subject {
  FileTime time;                   ///< when it was written; not given when nothing says
  std::vector<std::string> names;  ///< provider, files without their folders, their makers
  std::vector<std::string> files;  ///< whole paths
  std::string key;                 ///< name_key of what logged writes of it name, such as a key
  bool is_microsoft_file = false;  ///< its file has a trusted signature of Microsoft
};

/// What a path or key names: a file, not the folders on the way to it, which are anybody's; of a
/// service's keys the service.
std::string named_by(std::string_view path) {
  constexpr std::string_view services = "Services\\";
  if (equal_names(path.substr(0, services.size()), services)) {
    const std::string_view rest = path.substr(services.size());
    return std::string(rest.substr(0, rest.find('\\')));
  }
  const std::size_t end = path.find_last_of("\\/");
  return std::string(path.substr(end == std::string_view::npos ? 0 : end + 1));
}

/// Of a certificate's subject whom it names: where a maker sits fits anything.
std::string maker_in(std::string_view subject) {
  std::string makers;
  std::string part;
  const auto end_part = [&] {
    part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
    if (part.starts_with("CN=") || part.starts_with("O=")) {
      makers += part.substr(part.find('=') + 1) + " ";
    }
    part.clear();
  };
  for (std::size_t i = 0; i < subject.size(); ++i) {
    const bool is_escaped = i > 0 && subject[i - 1] == '\\';
    if ((subject[i] == ',' || subject[i] == '+') && !is_escaped) {
      end_part();
    } else {
      part += subject[i];
    }
  }
  end_part();
  return makers;
}

Subject subject_of(const Finding& finding, const FactSet& facts, const HostAssessment& host) {
  // When a file was replaced, no key's time tells; only a log does.
  const bool is_file = finding.rule == "NPG1022";
  Subject subject{.time = is_file ? file_written(facts, finding.subject) : finding.last_seen,
                  .names = {named_by(finding.subject)},
                  .files = {finding.subject}};
  if (finding.rule == "NPG1004" || finding.rule == "NPG1023") {
    subject.key = name_key("\\Control\\NetworkProvider\\");
  }
  if (finding.subject.find('\\') != std::string::npos) {
    subject.key = name_key("\\" + finding.subject + "\\");  // A key, or a file that no key is.
  }
  for (const Provider& provider : host.providers) {
    const bool is_its_dll = std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
      return equal_names(dll.path.resolved, finding.subject);
    });
    if (shown(provider.name) != finding.subject && !is_its_dll) {
      continue;
    }
    if (!is_file) {
      subject.time = subject.time.given() ? subject.time : provider.last_written;
      subject.key = name_key("\\Services\\" + std::string(provider.name.raw()) + "\\");
    }
    subject.names.emplace_back(provider.name.raw());
    for (const ProviderDll& dll : provider.dlls) {
      subject.names.push_back(named_by(dll.path.resolved));
      subject.files.push_back(dll.path.resolved);
      if (!dll.image) {
        continue;
      }
      subject.names.emplace_back(dll.image->company.raw());
      if (dll.image->signature.status == SignatureStatus::trusted) {
        const std::string_view signer = dll.image->signature.subject.raw();
        subject.names.push_back(maker_in(signer));
        subject.is_microsoft_file =
            subject.is_microsoft_file ||
            signer.find("O=Microsoft Corporation") != std::string_view::npos;
      }
    }
  }
  return subject;
}

struct Lowering {
  std::string why;
  std::optional<Origin> evidence;
};

std::optional<Lowering> by_calendar(std::span<const ApprovedChange> calendar,
                                    const Subject& subject, const HostAssessment& host) {
  for (const ApprovedChange& change : calendar) {
    const bool is_for_host =
        change.hosts.empty() || std::ranges::any_of(change.hosts, [&](const std::string& name) {
          return fits_host(name, host.host.name.raw());
        });
    const FileTime time = subject.time;
    if (!time.given() || time < change.from || change.to < time || !is_for_host) {
      continue;
    }
    const bool is_any = equal_names(change.what, any_change);
    const std::string word = common_word(change.what, subject.names);
    if (!is_any && word.empty()) {
      continue;
    }
    return Lowering{
        fmt::format("it was written inside the approved change {}{}",
                    escape_for_terminal(EvidenceText::from_utf8(change.ticket)),
                    is_any ? " for any change, which is weak: nothing ties it to this one"
                           : fmt::format(": {} (fits by \"{}\")",
                                         escape_for_terminal(EvidenceText::from_utf8(change.what)),
                                         escape_for_terminal(EvidenceText::from_utf8(word)))),
        std::nullopt};
  }
  return std::nullopt;
}

bool ends_in(std::string_view path, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(
      ends, [key = name_key(path)](std::string_view end) { return key.ends_with(name_key(end)); });
}
bool is_installer(std::string_view image) {
  return ends_in(image, {"\\System32\\msiexec.exe", "\\SysWOW64\\msiexec.exe"});
}
bool is_servicing(std::string_view image) {
  return ends_in(image, {"\\servicing\\TrustedInstaller.exe", "\\TiWorker.exe"}) &&
         contains_name(image, "\\Windows\\");
}

/// Whether the process or one that started it, as far as starts are logged, is such a program.
using IsProgram = bool (*)(std::string_view image);
bool descends_from(IsProgram is_program, const Change& change, const FactSet& facts) {
  if (is_program(change.actor.process.raw())) {
    return true;
  }
  std::optional<std::uint64_t> process = change.actor.process_id;
  FileTime before = change.time;
  constexpr int generations_max = 8;
  for (int i = 0; i < generations_max && process; ++i) {
    const ProcessStartFact* start = nullptr;
    for (const ProcessStartFact& one : facts.process_starts) {
      if (one.process_id == *process && one.time <= before &&
          (start == nullptr || one.time > start->time)) {
        start = &one;
      }
    }
    if (start == nullptr) {
      return false;
    }
    if (is_program(start->parent_image.raw()) || is_program(start->image.raw())) {
      return true;
    }
    process = start->parent_process_id;
    before = start->time;
  }
  return false;
}

enum class Writers : std::uint8_t { unknown, all, others };
/// Who wrote it, by the logged changes around its time.
Writers writers(IsProgram is_program, const Subject& subject, const HostAssessment& host,
                const FactSet& facts) {
  Writers answer = Writers::unknown;
  for (const Change& change : host.changes) {
    const bool is_of_it =
        !subject.key.empty() && !change.actor.process.empty() &&
        fmt::format("\\{}\\", name_key(change.key.raw())).find(subject.key) != std::string::npos;
    if (!is_of_it || apart(change.time, subject.time) > around_an_install) {
      continue;
    }
    if (!descends_from(is_program, change, facts)) {
      return Writers::others;
    }
    answer = Writers::all;
  }
  return answer;
}

/// What ties a logged installation to the subject; empty when nothing does.
std::string tie_of(const SystemEventFact& event, const Subject& subject, const HostAssessment& host,
                   const FactSet& facts) {
  const bool is_msi = event.event == SystemEventKind::software_installed;
  const Writers by = writers(is_msi ? is_installer : is_servicing, subject, host, facts);
  if (by == Writers::others) {
    return {};
  }
  if (by == Writers::all) {
    return is_msi ? "msiexec.exe wrote it" : "Windows' servicing wrote it";
  }
  if (!is_msi) {
    return subject.is_microsoft_file ? "who wrote it is not logged; its file is signed by Microsoft"
                                     : "";
  }
  const std::string word = common_word(
      std::string(event.subject.raw()) + " " + std::string(event.detail.raw()), subject.names);
  return word.empty() ? std::string()
                      : fmt::format("who wrote it is not logged; \"{}\" is in both names",
                                    escape_for_terminal(EvidenceText::from_utf8(word)));
}

std::optional<Lowering> by_installer(const FactSet& facts, const Subject& subject,
                                     const HostAssessment& host) {
  if (!subject.time.given()) {
    return std::nullopt;
  }
  for (const SystemEventFact& event : facts.system_events) {
    const bool is_kind =
        (event.event == SystemEventKind::software_installed && !is_failed_installation(event)) ||
        event.event == SystemEventKind::servicing;
    if (!is_kind || apart(event.time, subject.time) > around_an_install) {
      continue;
    }
    const std::string tie = tie_of(event, subject, host, facts);
    if (tie.empty()) {
      continue;
    }
    return Lowering{
        fmt::format("{} was installed {} minutes {} it was written (event {}), and {}",
                    shown(event.subject),
                    apart(event.time, subject.time) / (60 * FileTime::per_second),
                    event.time > subject.time ? "after" : "before", event.event_id, tie),
        event.origin};
  }
  return std::nullopt;
}

/// A folder's path with one backslash at its end, as name_key.
std::string folder_key(std::string_view path) {
  std::string key = name_key(path);
  while (key.ends_with('\\') || key.ends_with('"')) {
    key.pop_back();
  }
  key.erase(0, key.find_first_not_of('"'));
  return key.empty() ? key : key + '\\';
}

/// What ties a product of the inventory to the subject; empty when nothing does.
std::string tie_of(const InstalledProductFact& product, const Subject& subject) {
  const std::string folder = folder_key(product.location.raw());
  // Windows' own folders, and a drive's root, hold files of anybody.
  constexpr std::size_t shortest_folder = 8;
  const bool may_tell = folder.size() >= shortest_folder && !contains_name(folder, "\\Windows\\");
  if (may_tell && std::ranges::any_of(subject.files, [&](const std::string& name) {
        return name_key(name).starts_with(folder);
      })) {
    return "its file lies in that product's folder";
  }
  const std::string word = common_word(
      std::string(product.name.raw()) + " " + std::string(product.publisher.raw()), subject.names);
  return word.empty() ? std::string()
                      : fmt::format("\"{}\" is in both names",
                                    escape_for_terminal(EvidenceText::from_utf8(word)));
}

/// The inventory has one time a product, that of its key.
std::optional<Lowering> by_inventory(const FactSet& facts, const Subject& subject,
                                     const HostAssessment& host) {
  if (!subject.time.given() || writers(is_installer, subject, host, facts) == Writers::others) {
    return std::nullopt;
  }
  for (const InstalledProductFact& product : facts.installed_products) {
    if (!product.last_written.given() ||
        apart(product.last_written, subject.time) > around_an_install) {
      continue;
    }
    const std::string tie = tie_of(product, subject);
    if (tie.empty()) {
      continue;
    }
    return Lowering{
        fmt::format("the software inventory has {}, written {} minutes {} it, and {}; anybody who "
                    "may write to HKLM can say so",
                    shown(product.name),
                    apart(product.last_written, subject.time) / (60 * FileTime::per_second),
                    product.last_written > subject.time ? "after" : "before", tie),
        product.origin};
  }
  return std::nullopt;
}

}  // namespace

bool is_failed_installation(const SystemEventFact& event) {
  return std::string_view(event.detail.raw()).find(", failed with status ") !=
         std::string_view::npos;
}

void lower_by_approved_changes(std::span<const ApprovedChange> calendar, const FactSet& facts,
                               HostAssessment& host) {
  for (Finding& finding : host.findings) {
    const bool can_be =
        std::ranges::find(can_be_deployment, finding.rule) != std::end(can_be_deployment);
    if (!can_be || finding.severity <= FindingSeverity::low) {
      continue;
    }
    const Subject subject = subject_of(finding, facts, host);
    auto lowering = by_calendar(calendar, subject, host);
    lowering = lowering ? lowering : by_installer(facts, subject, host);
    lowering = lowering ? lowering : by_inventory(facts, subject, host);
    if (!lowering) {
      continue;
    }
    const FindingSeverity before = finding.severity;
    finding.lowered_from = before;
    finding.severity = static_cast<FindingSeverity>(static_cast<unsigned>(before) - 1);
    finding.text += fmt::format("; lowered from {}: {}", name_of(before), lowering->why);
    if (lowering->evidence) {
      finding.evidence.push_back(*lowering->evidence);
    }
  }
  sort_findings(host.findings);
}

}  // namespace npg
