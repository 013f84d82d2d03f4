// FileChangeFact: Sysmon 2, 11, 23 and 26, of files that Windows could load.
#include <algorithm>
#include <array>

#include "extract/event_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::sysmon;

constexpr std::array<std::string_view, 4> endings = {".dll", ".exe", ".cpl", ".ocx"};
constexpr std::array<std::string_view, 1> notifier = {"mpnotify.exe"};
constexpr std::array tests = {FieldTest{"TargetFilename", endings}, FieldTest{"Image", notifier}};

constexpr std::array interests = {
    EventInterest{sysmon, 2, tests},
    EventInterest{sysmon, 11, tests},
    EventInterest{sysmon, 23, tests},
    EventInterest{sysmon, 26, tests},
};

/// Hosts create thousands of files a day. What a provider writes itself may be its loot, whatever
/// its name.
bool is_of_interest(const WinEvent& event) {
  const std::string_view path = event.text("TargetFilename");
  return ends_with_name(event.text("Image"), "\\mpnotify.exe") ||
         std::ranges::any_of(endings,
                             [&](std::string_view end) { return ends_with_name(path, end); });
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  if (!is_of_interest(event)) {
    return;
  }
  FileChangeFact fact;
  fact.time = event.time();
  fact.path = field_text(event, "TargetFilename", pool);
  fact.deleted = event.event_id == 23 || event.event_id == 26;
  fact.claimed_creation = sysmon_time_field(event, "CreationUtcTime");
  fact.actor = sysmon_actor(event, pool);
  fact.event_id = event.event_id;
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.file_changes.push_back(std::move(fact));
}

}  // namespace

EventExtractor file_change_extractor() {
  return {interests, EventPurpose::registration, extract};
}

}  // namespace npg
