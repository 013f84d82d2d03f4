// One line of MITRE ATT&CK: the technique, where its object is from, and which of its analytic's
// log sources the evidence had.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

/// "Sysmon 7, 10 and 11" from sources of one status; empty when there are none.
std::string sources_of(const AttackContext& context, bool present) {
  std::map<std::string, std::vector<std::string>> by_log;
  for (const AttackLogSource& each : context.log_sources) {
    if (each.named_by == "npguard" || (each.status == LogSourceStatus::present) != present) {
      continue;
    }
    constexpr std::string_view log = "WinEventLog:";
    constexpr std::string_view code = "EventCode=";
    by_log[each.name.starts_with(log) ? each.name.substr(log.size()) : each.name].push_back(
        each.channel.starts_with(code) ? each.channel.substr(code.size()) : each.channel);
  }
  std::string out;
  for (auto& [log, channels] : by_log) {
    // Event ids as numbers.
    std::ranges::sort(channels, {},
                      [](const std::string& each) { return std::pair(each.size(), each); });
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", log, joined(channels));
  }
  return out;
}

}  // namespace

void attack_line(Page& page, const AttackSource& source, const HostAssessment& host) {
  const AttackContext* most = nullptr;
  for (const AttackContext& each : host.attack) {
    if (!each.findings.empty() && !each.analytics.empty() &&
        (most == nullptr || each.findings.size() > most->findings.size())) {
      most = &each;
    }
  }
  if (most == nullptr) {
    return;
  }
  std::string text = fmt::format("{} {} ({}).", most->technique.attack_id, most->technique.name,
                                 source.mirrored ? fmt::format("release {}", source.release)
                                                 : std::string("no source object is mirrored"));
  std::vector<std::string> analytics;
  for (const AttackObject& each : most->analytics) {
    analytics.push_back(each.attack_id);
  }
  const std::string present = sources_of(*most, true);
  const std::string missing = sources_of(*most, false);
  text += fmt::format(" Log sources of {}: {}{}{}.", joined(analytics),
                      present.empty() ? "none present" : present + " present",
                      missing.empty() ? "" : ", without events: ", missing);
  page.paragraph(2, "MITRE ATT&CK® ", text);
}

}  // namespace npg::screen
