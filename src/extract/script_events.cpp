// ScriptBlockFact: PowerShell 4104. Parts of long scripts are all kept, since each is looked at
// alone and only the whole shows what it is about; of short ones those that name what npguard is
// about.
#include <algorithm>
#include <array>
#include <string>

#include "extract/event_parts.hpp"
#include "fact/readings.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

constexpr std::string_view power_shell = "Microsoft-Windows-PowerShell";
/// Quirk: PowerShell 7 logs under a name and channel of its own.
constexpr std::string_view power_shell_core = "PowerShellCore";

constexpr std::array interests = {EventInterest{power_shell, 4104},
                                  EventInterest{power_shell_core, 4104}};

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const std::uint32_t total = small_number(event, "MessageTotal").value_or(1);
  const EvidenceText* text = event.find("ScriptBlockText");
  if (text == nullptr || (total <= 1 && !names_provider_settings(text->raw()))) {
    return;
  }
  ScriptBlockFact fact;
  fact.time = event.time();
  fact.script_id = field_text(event, "ScriptBlockId", pool);
  fact.number = small_number(event, "MessageNumber").value_or(1);
  fact.total = total;
  fact.text = pool.share(*text);
  fact.path = field_text(event, "Path", pool);
  fact.sid = pool.share(event.user_sid);
  fact.process_id = event.process_id;
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.scripts.push_back(std::move(fact));
}

}  // namespace

EventExtractor script_extractor() {
  return {interests, EventPurpose::registration, extract};
}

}  // namespace npg
