// SystemEventFact: Security 5145, the pipes through which a host is administered from afar.
#include <algorithm>
#include <array>

#include "extract/event_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

constexpr std::array interests = {EventInterest{event_provider::security, 5145}};

/// Remote registry, services, scheduled tasks. File servers log thousands of other accesses a day.
bool administers(std::string_view pipe) {
  constexpr std::array<std::string_view, 3> pipes = {"winreg", "svcctl", "atsvc"};
  return std::ranges::any_of(pipes,
                             [pipe](std::string_view one) { return equal_names(pipe, one); });
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  if (!administers(event.text("RelativeTargetName"))) {
    return;
  }
  SystemEventFact fact;
  fact.time = event.time();
  fact.event = SystemEventKind::remote_access;
  fact.event_id = event.event_id;
  fact.provider = pool.share(event.provider);
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  fact.subject = field_text(event, "RelativeTargetName", pool);
  fact.detail = address_field(event, "IpAddress", pool);
  fact.actor = security_actor(event, pool);
  facts.system_events.push_back(std::move(fact));
}

}  // namespace

EventExtractor remote_access_extractor() {
  return {interests, EventPurpose::people, extract};
}

}  // namespace npg
