#include <fmt/format.h>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

std::string_view words_for_logon_type(std::uint32_t type) {
  switch (type) {
    case 2: return "at the console";
    case 3: return "over the network";
    case 4: return "batch";
    case 5: return "service";
    case 7: return "unlock";
    case 8: return "network, clear text";
    case 9: return "new credentials";
    case 10: return "remote desktop";
    case 11: return "cached";
    default: return "other";
  }
}

std::string describe(const Actor& actor) {
  std::vector<std::string> parts;
  const SharedText& who = actor.account.empty() ? actor.sid : actor.account;
  if (!who.empty()) {
    parts.push_back(name(who));
  }
  if (actor.logon_id) {
    parts.push_back(fmt::format("logon {:#x}", *actor.logon_id));
  }
  if (actor.logon_type) {
    parts.push_back(
        fmt::format("type {} ({})", *actor.logon_type, words_for_logon_type(*actor.logon_type)));
  }
  if (!actor.source_address.empty()) {
    parts.push_back("from " + name(actor.source_address));
  }
  if (!actor.process.empty()) {
    parts.push_back("with " + name(actor.process) +
                    (actor.process_id ? fmt::format(" (pid {})", *actor.process_id) : ""));
  }
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  if (text.empty()) {
    return "not visible in the evidence";
  }
  return actor.certainty.empty() || actor.certainty == "seen"
             ? text
             : text + fmt::format(" ({})", spaced(actor.certainty));
}

void one_change(Page& page, const Change& change) {
  constexpr std::size_t hang = 24;
  std::string what = spaced(change.what) + ": " + name(change.key);
  if (!change.value_name.empty()) {
    what += ", value " + name(change.value_name);
  }
  if (!change.is_exact) {
    what += change.not_before.given()
                ? fmt::format(" (at that time or before, not before {})", time(change.not_before))
                : " (at that time or before)";
  }
  page.paragraph(2, fmt::format("{:<22}", time(change.time)), what);
  if (!change.old_value.empty()) {
    page.paragraph(hang, "old ", name(change.old_value));
  }
  if (!change.new_value.empty()) {
    page.paragraph(hang, "new ", name(change.new_value));
  }
  page.paragraph(hang, "by  ", describe(change.actor));
  if (!change.actor.command_line.empty()) {
    page.paragraph(hang, "run ", name(change.actor.command_line));
  }
}

/// True when the change touches a provider that needs a reader.
bool concerns_reader(const HostAssessment& host, const Change& change) {
  return std::ranges::any_of(host.providers, [&](const Provider& provider) {
    return !is_plainly_expected(provider) && !provider.name.empty() &&
           (contains_name(change.key.raw(), provider.name.raw()) ||
            contains_name(change.new_value.raw(), provider.name.raw()));
  });
}

}  // namespace

void changes(Page& page, const HostAssessment& host, const Cuts& cuts) {
  if (host.changes.empty()) {
    return;
  }
  page.section("CHANGES (times in UTC)");
  const auto indexes = chosen(host.changes, cuts.changes,
                              [&](const Change& change) { return concerns_reader(host, change); });
  for (const std::size_t i : indexes) {
    one_change(page, host.changes[i]);
  }
  more(page, 2, host.changes.size() - indexes.size(), "change", "changes");
}

}  // namespace npg::screen
