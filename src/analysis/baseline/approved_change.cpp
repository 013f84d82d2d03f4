#include "analysis/baseline/approved_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "analysis/baseline/host_names.hpp"
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

std::string shown(const SharedText& text) {
  return escape_for_terminal(text.text());
}

/// When what the finding is about was written; not given when nothing says.
FileTime time_of(const Finding& finding, const HostAssessment& host) {
  if (finding.last_seen.given()) {
    return finding.last_seen;
  }
  for (const Provider& provider : host.providers) {
    const bool is_its_dll = std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
      return equal_names(dll.path.resolved, finding.subject);
    });
    if (shown(provider.name) == finding.subject || is_its_dll) {
      return provider.last_written;
    }
  }
  return {};
}

struct Lowering {
  std::string why;
  std::optional<Origin> evidence;
};

std::optional<Lowering> by_calendar(std::span<const ApprovedChange> calendar, FileTime time,
                                    const HostAssessment& host) {
  for (const ApprovedChange& change : calendar) {
    const bool is_for_host =
        change.hosts.empty() || std::ranges::any_of(change.hosts, [&](const std::string& name) {
          return fits_host(name, host.host.name.raw());
        });
    if (time.given() && change.from <= time && time <= change.to && is_for_host) {
      return Lowering{fmt::format("it was written inside the approved change {}{}{}",
                                  escape_for_terminal(EvidenceText::from_utf8(change.ticket)),
                                  change.what.empty() ? "" : ": ",
                                  escape_for_terminal(EvidenceText::from_utf8(change.what))),
                      std::nullopt};
    }
  }
  return std::nullopt;
}

std::optional<Lowering> by_installer(const FactSet& facts, FileTime time) {
  if (!time.given()) {
    return std::nullopt;
  }
  for (const SystemEventFact& event : facts.system_events) {
    const std::uint64_t apart =
        event.time > time ? event.time.ticks - time.ticks : time.ticks - event.time.ticks;
    if (event.event == SystemEventKind::software_installed && apart <= around_an_install) {
      return Lowering{fmt::format("{} was installed {} minutes {} it was written (event {})",
                                  shown(event.subject), apart / (60 * FileTime::per_second),
                                  event.time > time ? "after" : "before", event.event_id),
                      event.origin};
    }
  }
  return std::nullopt;
}

}  // namespace

void lower_by_approved_changes(std::span<const ApprovedChange> calendar, const FactSet& facts,
                               HostAssessment& host) {
  for (Finding& finding : host.findings) {
    const bool can_be =
        std::ranges::find(can_be_deployment, finding.rule) != std::end(can_be_deployment);
    if (!can_be || finding.severity <= FindingSeverity::low) {
      continue;
    }
    const FileTime time = time_of(finding, host);
    auto lowering = by_calendar(calendar, time, host);
    lowering = lowering ? lowering : by_installer(facts, time);
    if (!lowering) {
      continue;
    }
    const FindingSeverity before = finding.severity;
    finding.severity = static_cast<FindingSeverity>(static_cast<unsigned>(before) - 1);
    finding.text += fmt::format("; lowered from {}: {}", name_of(before), lowering->why);
    if (lowering->evidence) {
      finding.evidence.push_back(*lowering->evidence);
    }
  }
  sort_findings(host.findings);
}

}  // namespace npg
