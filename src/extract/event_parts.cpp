#include "extract/event_parts.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"
#include "view/sensors.hpp"

namespace npg {
namespace {

/// The field's value unless it is absent, empty or "-".
const EvidenceText* given_field(const WinEvent& event, std::string_view name) {
  const EvidenceText* value = event.find(name);
  return value == nullptr || value->empty() || value->raw() == "-" ? nullptr : value;
}

}  // namespace

bool is_from(const WinEvent& event, std::string_view provider) {
  return equal_names(shape_of(event.provider.raw()), provider);
}

SharedText field_text(const WinEvent& event, std::string_view name, TextPool& pool) {
  const EvidenceText* value = given_field(event, name);
  return value == nullptr ? SharedText() : pool.share(*value);
}

SharedText trimmed_field(const WinEvent& event, std::string_view name, TextPool& pool) {
  const std::string_view text = without_spaces(event.text(name));
  return text == "-" ? SharedText() : pool.share(EvidenceText::from_utf8(text));
}

SharedText account_text(const WinEvent& event, std::string_view domain_field,
                        std::string_view name_field, TextPool& pool) {
  const EvidenceText* name = given_field(event, name_field);
  if (name == nullptr) {
    return {};
  }
  const EvidenceText* domain = given_field(event, domain_field);
  return pool.share(domain == nullptr ? *name : joined(*domain, "\\", *name));
}

SharedText sid_field(const WinEvent& event, std::string_view name, TextPool& pool) {
  return event.text(name) == "S-1-0-0" ? SharedText() : field_text(event, name, pool);
}

std::optional<std::uint64_t> logon_id_field(const WinEvent& event, std::string_view name) {
  const auto id = event.number(name);
  return id == std::uint64_t{0} ? std::nullopt : id;
}

SharedText address_field(const WinEvent& event, std::string_view name, TextPool& pool) {
  constexpr std::array<std::string_view, 6> here = {"-",         "LOCAL",   "::1",
                                                    "127.0.0.1", "0.0.0.0", "::"};
  const std::string_view text = without_spaces(event.text(name));
  const bool is_here =
      std::ranges::any_of(here, [&](std::string_view form) { return equal_names(form, text); });
  return is_here ? SharedText() : pool.share(EvidenceText::from_utf8(text));
}

std::optional<std::uint32_t> small_number(const WinEvent& event, std::string_view name) {
  const auto number = event.number(name);
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

bool says_yes(const WinEvent& event, std::string_view name) {
  const std::string_view text = without_spaces(event.text(name));
  return text == "%%1842" || equal_names(text, "Yes") || equal_names(text, "true");
}

FileTime sysmon_time_field(const WinEvent& event, std::string_view name) {
  const std::string text(event.text(name));
  if (const auto time = parse_time(text + "Z")) {
    return *time;
  }
  return parse_time(text).value_or(FileTime{});
}

ActorFact security_actor(const WinEvent& event, TextPool& pool) {
  return {.account = account_text(event, "SubjectDomainName", "SubjectUserName", pool),
          .sid = sid_field(event, "SubjectUserSid", pool),
          .logon_id = logon_id_field(event, "SubjectLogonId"),
          .process = field_text(event, "ProcessName", pool),
          .process_id = event.number("ProcessId"),
          .process_guid = {}};
}

ActorFact sysmon_actor(const WinEvent& event, TextPool& pool) {
  // The SID and the logon are what sensors tell besides.
  return {.account = field_text(event, "User", pool),
          .sid = sid_field(event, "UserSid", pool),
          .logon_id = logon_id_field(event, "LogonId"),
          .process = field_text(event, "Image", pool),
          .process_id = event.number("ProcessId"),
          .process_guid = field_text(event, "ProcessGuid", pool)};
}

}  // namespace npg
