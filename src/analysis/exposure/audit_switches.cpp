#include "analysis/exposure/audit_switches.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg::exposure {

std::vector<AuditPause> audit_pauses(const FactSet& facts, std::string_view subcategory) {
  std::vector<const SystemEventFact*> changes;
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event == SystemEventKind::audit_policy_changed &&
        equal_names(event.subject.raw(), subcategory)) {
      changes.push_back(&event);
    }
  }
  std::ranges::stable_sort(changes, {}, [](const SystemEventFact* event) { return event->time; });
  std::vector<AuditPause> pauses;
  for (const SystemEventFact* event : changes) {
    const std::string_view detail = event->detail.raw();
    const bool is_off = !pauses.empty() && !pauses.back().to.given();
    if (detail.contains("success removed") && !is_off) {
      pauses.push_back({.from = event->time, .origin = event->origin});
    } else if (detail.contains("success added") && is_off) {
      pauses.back().to = event->time;
    }
  }
  return pauses;
}

}  // namespace npg::exposure
