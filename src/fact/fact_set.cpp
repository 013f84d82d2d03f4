#include "fact/fact_set.hpp"

#include <algorithm>
#include <concepts>
#include <iterator>
#include <optional>
#include <tuple>
#include <vector>

#include "base/check.hpp"

namespace npg {
namespace {

template <typename T>
void move_behind(std::vector<T>& into, std::vector<T>& from) {
  if (into.empty()) {
    into = std::move(from);
    return;
  }
  into.insert(into.end(), std::make_move_iterator(from.begin()),
              std::make_move_iterator(from.end()));
}

template <typename T>
concept FromEvent = requires(const T& fact) {
  fact.time;
  fact.record_id;
};

/// True when two facts are of one event: all that identifies the record is equal, whatever the
/// file.
template <FromEvent T>
bool is_same_event(const T& a, const T& b) {
  return std::apply(
      [&](const auto&... field) {
        const auto is_same = [&](const auto& f) {
          return f.name == "origin" || a.*(f.member) == b.*(f.member);
        };
        return (is_same(field) && ...);
      },
      T::fields());
}

/// True for facts of one event that is told twice, with times of different precision as the
/// collectors' dialects have them: one record id, one kind of event, less than a second apart, in
/// two files or at two places of one.
template <FromEvent T>
bool is_same_record(const T& a, const T& b) {
  const std::uint64_t apart =
      a.time > b.time ? a.time.ticks - b.time.ticks : b.time.ticks - a.time.ticks;
  const bool elsewhere =
      a.origin.evidence != b.origin.evidence || a.origin.offset != b.origin.offset;
  bool same = a.record_id == b.record_id && elsewhere && apart < FileTime::per_second;
  if constexpr (requires { a.event_id; }) {
    same = same && a.event_id == b.event_id;
  }
  if constexpr (requires { a.provider; }) {
    same = same && a.provider.raw() == b.provider.raw();
  }
  if constexpr (requires { a.source; }) {
    same = same && a.source == b.source;
  }
  if constexpr (requires { a.detail + 1U; }) {
    same = same && a.detail == b.detail;
  }
  return same;
}

/// How many decimal digits of a second a time leaves out.
constexpr unsigned missing_digits(FileTime time) {
  unsigned digits = 0;
  for (std::uint64_t ticks = time.ticks; digits < 7 && ticks % 10 == 0; ticks /= 10) {
    ++digits;
  }
  return digits;
}

template <typename T>
bool is_told(const T& value) {
  if constexpr (requires { value.has_value(); }) {
    return value.has_value();
  } else if constexpr (requires { value.empty(); }) {
    return !value.empty();
  } else {
    return value != T{};
  }
}

/// How many of its fields a copy of an event fills: collectors leave some out.
template <FromEvent T>
std::size_t told_fields(const T& fact) {
  return std::apply(
      [&](const auto&... field) {
        return (std::size_t{is_told(fact.*(field.member)) ? 1U : 0U} + ...);
      },
      T::fields());
}

/// True when of two copies of one record the other one is to be kept: what a checksum vouches for
/// before what none does, then what tells more, then the finer time.
template <FromEvent T>
bool is_better(const T& other, const T& one) {
  const auto rank = [](const T& fact) {
    return std::tuple(!fact.origin.unverified, told_fields(fact), 7 - missing_digits(fact.time));
  };
  return rank(other) > rank(one);
}

/// Of the facts of one record keeps the best.
template <FromEvent T>
void drop_lesser_copies(std::vector<T>& facts) {
  // One log's numbers rise with time: nothing is there twice.
  const auto falls = [](const T& a, const T& b) { return a.record_id >= b.record_id; };
  if (std::adjacent_find(facts.begin(), facts.end(), falls) == facts.end()) {
    return;
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (facts[i].record_id != 0) {
      order.push_back(i);
    }
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(facts[a].record_id, a) < std::tie(facts[b].record_id, b);
  });
  std::vector<bool> dropped(facts.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const T& one = facts[order[i]];
    for (std::size_t j = i + 1; j < order.size() && !dropped[order[i]]; ++j) {
      const T& other = facts[order[j]];
      // Facts stand in the order of time, so those of one id do, too.
      if (other.record_id != one.record_id ||
          other.time.ticks - one.time.ticks >= FileTime::per_second) {
        break;
      }
      if (!dropped[order[j]] && is_same_record(one, other)) {
        dropped[is_better(other, one) ? order[i] : order[j]] = true;
      }
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (!dropped[i]) {
      if (kept != i) {
        facts[kept] = std::move(facts[i]);
      }
      ++kept;
    }
  }
  facts.erase(facts.begin() + static_cast<std::ptrdiff_t>(kept), facts.end());
}

template <typename T>
void put_in_order(std::vector<T>& facts) {
  if constexpr (FromEvent<T>) {
    const auto is_before = [](const T& a, const T& b) {
      return std::tie(a.time, a.record_id, a.origin) < std::tie(b.time, b.record_id, b.origin);
    };
    if (!std::is_sorted(facts.begin(), facts.end(), is_before)) {
      std::sort(facts.begin(), facts.end(), is_before);
    }
    // Only facts with equal time and record id can be the same event; comparing those few is cheap.
    auto kept = facts.begin();
    for (auto run = facts.begin(); run != facts.end();) {
      auto end = run;
      while (end != facts.end() && end->time == run->time && end->record_id == run->record_id) {
        ++end;
      }
      const auto first = kept;
      for (; run != end; ++run) {
        const auto same =
            std::find_if(first, kept, [&](const T& seen) { return is_same_event(seen, *run); });
        if (same == kept) {
          if (kept != run) {
            *kept = std::move(*run);
          }
          ++kept;
        } else if (same->origin.unverified && !run->origin.unverified) {
          *same = std::move(*run);
        }
      }
    }
    facts.erase(kept, facts.end());
    if (!facts.empty()) {
      drop_lesser_copies(facts);
    }
  } else {
    std::stable_sort(facts.begin(), facts.end(),
                     [](const T& a, const T& b) { return a.origin < b.origin; });
  }
}

}  // namespace

FactSet::FactSet() = default;
FactSet::FactSet(const FactSet& other) = default;
FactSet::FactSet(FactSet&& other) noexcept = default;
FactSet& FactSet::operator=(const FactSet& other) = default;
FactSet& FactSet::operator=(FactSet&& other) noexcept = default;
FactSet::~FactSet() = default;

void FactSet::append(FactSet&& other) {
  move_behind(identities, other.identities);
  move_behind(environment, other.environment);
  move_behind(installed_products, other.installed_products);
  move_behind(registrations, other.registrations);
  move_behind(orders, other.orders);
  move_behind(selects, other.selects);
  move_behind(keys, other.keys);
  move_behind(hive_copies, other.hive_copies);
  move_behind(policies, other.policies);
  move_behind(copied_policies, other.copied_policies);
  move_behind(recovered, other.recovered);
  move_behind(disagreements, other.disagreements);
  move_behind(audit_policies, other.audit_policies);
  move_behind(images, other.images);
  move_behind(registry_changes, other.registry_changes);
  move_behind(file_changes, other.file_changes);
  move_behind(process_starts, other.process_starts);
  move_behind(module_loads, other.module_loads);
  move_behind(logons, other.logons);
  move_behind(logoffs, other.logoffs);
  move_behind(privileges, other.privileges);
  move_behind(password_changes, other.password_changes);
  move_behind(system_events, other.system_events);
  move_behind(scripts, other.scripts);
  move_behind(upgrades, other.upgrades);
  move_behind(log_coverage, other.log_coverage);
}

void FactSet::normalise() {
  for_each_kind(*this, [](auto& facts) { put_in_order(facts); });
}

std::string_view name_of(RecoveredKind kind) {
  switch (kind) {
    case RecoveredKind::registration: return "registration";
    case RecoveredKind::order: return "order";
    case RecoveredKind::policy: return "policy";
    case RecoveredKind::event: return "event";
  }
  NPG_CHECK(false);
}

std::string_view name_of(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::enable_mpr: return "enable_mpr";
    case PolicyKind::smart_card_logon_notify: return "smart_card_logon_notify";
    case PolicyKind::winlogon_mpnotify: return "winlogon_mpnotify";
    case PolicyKind::connect_notifyee: return "connect_notifyee";
    case PolicyKind::notification_package: return "notification_package";
    case PolicyKind::sysmon_service: return "sysmon_service";
    case PolicyKind::process_command_line: return "process_command_line";
    case PolicyKind::image_debugger: return "image_debugger";
    case PolicyKind::event_log_setting: return "event_log_setting";
    case PolicyKind::channel_setting: return "channel_setting";
    case PolicyKind::audit_option: return "audit_option";
    case PolicyKind::sysmon_rules: return "sysmon_rules";
    case PolicyKind::app_init: return "app_init";
  }
  NPG_CHECK(false);
}

std::string_view name_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::value_set: return "value_set";
    case ChangeKind::value_deleted: return "value_deleted";
    case ChangeKind::key_created: return "key_created";
    case ChangeKind::key_deleted: return "key_deleted";
    case ChangeKind::renamed: return "renamed";
    case ChangeKind::accessed_for_write: return "accessed_for_write";
    case ChangeKind::security_changed: return "security_changed";
  }
  NPG_CHECK(false);
}

std::string_view name_of(LogonSource source) {
  switch (source) {
    case LogonSource::security_4624: return "Security 4624";
    case LogonSource::security_4648: return "Security 4648";
    case LogonSource::security_4778: return "Security 4778";
    case LogonSource::security_4801: return "Security 4801";
    case LogonSource::winlogon_7001: return "System Winlogon 7001";
    case LogonSource::local_session_21: return "LocalSessionManager 21";
    case LogonSource::local_session_25: return "LocalSessionManager 25";
    case LogonSource::remote_connection_1149: return "RemoteConnectionManager 1149";
    case LogonSource::winlogon_811: return "Winlogon 811";
    case LogonSource::profile_1: return "User Profile Service 1";
    case LogonSource::local_session_41: return "LocalSessionManager 41";
    case LogonSource::winlogon_812: return "Winlogon 812";
    case LogonSource::profile_5: return "User Profile Service 5";
    case LogonSource::profile_67: return "User Profile Service 67";
  }
  NPG_CHECK(false);
}

std::string_view name_of(SystemEventKind kind) {
  switch (kind) {
    case SystemEventKind::log_cleared: return "log_cleared";
    case SystemEventKind::log_service_stopped: return "log_service_stopped";
    case SystemEventKind::events_dropped: return "events_dropped";
    case SystemEventKind::log_archived: return "log_archived";
    case SystemEventKind::audit_policy_changed: return "audit_policy_changed";
    case SystemEventKind::time_changed: return "time_changed";
    case SystemEventKind::service_installed: return "service_installed";
    case SystemEventKind::service_changed: return "service_changed";
    case SystemEventKind::boot: return "boot";
    case SystemEventKind::shutdown: return "shutdown";
    case SystemEventKind::software_installed: return "software_installed";
    case SystemEventKind::monitoring_changed: return "monitoring_changed";
    case SystemEventKind::servicing: return "servicing";
    case SystemEventKind::group_policy: return "group_policy";
    case SystemEventKind::remote_access: return "remote_access";
    case SystemEventKind::task_registered: return "task_registered";
  }
  NPG_CHECK(false);
}

}  // namespace npg
