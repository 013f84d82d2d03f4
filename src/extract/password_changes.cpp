// PasswordChangeFact: Security 4723 (by the user), 4724 (by somebody else) and those 4738 that say
// that the password was set then.
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <vector>

#include "extract/event_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::security;

constexpr std::array interests = {
    EventInterest{security, 4723},
    EventInterest{security, 4724},
    EventInterest{security, 4738},
};

/// The numbers of a text, up to six.
std::vector<std::uint32_t> numbers_in(std::string_view text) {
  constexpr std::size_t parts_of_a_time = 6;
  std::vector<std::uint32_t> numbers;
  while (!text.empty() && numbers.size() < parts_of_a_time) {
    std::uint32_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = status == std::errc{};
    if (is_number) {
      numbers.push_back(number);
    }
    text.remove_prefix(is_number ? static_cast<std::size_t>(end - text.data()) : 1);
  }
  return numbers;
}

/// True when a year, month and day are at most one day from a time: zones move a date by no more.
bool is_date_of(FileTime time, std::uint32_t year, std::uint32_t month, std::uint32_t day) {
  using std::chrono::days;
  constexpr std::uint32_t century = 100;
  const std::chrono::year_month_day date(
      std::chrono::year(static_cast<int>(year < century ? 2000 + year : year)),
      std::chrono::month(month), std::chrono::day(day));
  if (!date.ok()) {
    return false;
  }
  const auto since_1601 =
      std::chrono::sys_days(date) - std::chrono::sys_days(std::chrono::January / 1 / 1601);
  const auto apart = since_1601 - days(time.ticks / (86400 * FileTime::per_second));
  return apart >= days(-1) && apart <= days(1);
}

/// True when minutes and seconds are those of a time, in whatever zone: zones are whole quarters of
/// an hour apart.
bool is_minute_of(FileTime time, std::uint32_t minute, std::optional<std::uint32_t> second) {
  constexpr std::uint32_t quarter = 15 * 60;
  const auto there = static_cast<std::uint32_t>(time.ticks / FileTime::per_second % quarter);
  const std::uint32_t here = (minute * 60 + second.value_or(0)) % quarter;
  const std::uint32_t apart = (there + quarter - here) % quarter;
  const std::uint32_t slack = second ? 5 : 60;
  return apart <= slack || quarter - apart <= slack;
}

/// 4738 is logged for every change of an account, and repeats the time of the last change of the
/// password whatever was changed. It tells of one when that time is the event's own. It is written
/// in the host's zone and language; "-" and messages such as %%1794 (never) are no times.
bool sets_password(const WinEvent& event) {
  const std::string_view text = without_spaces(event.text("PasswordLastSet"));
  if (text.starts_with("%%")) {
    return false;
  }
  const std::vector<std::uint32_t> n = numbers_in(text);
  if (n.size() < 5 ||
      !is_minute_of(event.time(), n[4], n.size() > 5 ? std::optional(n[5]) : std::nullopt)) {
    return false;
  }
  return is_date_of(event.time(), n[0], n[1], n[2]) || is_date_of(event.time(), n[2], n[0], n[1]) ||
         is_date_of(event.time(), n[2], n[1], n[0]);
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  // A change that was refused leaves the password as it was: it cures nothing, and providers are
  // told of those that were made.
  if (event.is_audit_failure) {
    return;
  }
  if (event.event_id == 4738 && !sets_password(event)) {
    return;
  }
  PasswordChangeFact fact;
  fact.time = event.time();
  fact.account = account_text(event, "TargetDomainName", "TargetUserName", pool);
  fact.sid = sid_field(event, "TargetSid", pool);
  fact.by_user = event.event_id == 4723;
  fact.actor = security_actor(event, pool);
  fact.event_id = event.event_id;
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.password_changes.push_back(std::move(fact));
}

}  // namespace

EventExtractor password_change_extractor() {
  return {interests, EventPurpose::registration, extract};
}

}  // namespace npg
