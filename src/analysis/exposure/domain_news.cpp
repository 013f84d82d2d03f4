#include "analysis/exposure/domain_news.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/accounts.hpp"
#include "analysis/exposure/actions.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

bool is_local(const SharedText& sid, const HostSummary& host) {
  const std::string_view machine = host.machine_sid.raw();
  return !machine.empty() && host.role != "domain_controller" &&
         sid.raw().starts_with(std::string(machine) + "-");
}

/// Gives one account what another host tells of it. True when something is new.
bool tell(const AccountNews& news, const SharedText& teller, const Exposure& window,
          ExposedAccount& account) {
  bool is_new = false;
  for (const AccountNews::Password& change : news.passwords) {
    const bool is_known = std::ranges::any_of(account.resets, [&](const PasswordReset& reset) {
      return reset.time == change.time && reset.event_id == change.event_id;
    });
    if (change.time < window.earliest_start || is_known) {
      continue;
    }
    const bool is_after =
        window.end.given() && window.end_kind == WindowEnd::removed && change.time > window.end;
    account.resets.push_back({.time = change.time,
                              .event_id = change.event_id,
                              .by = change.by,
                              .is_after_end = is_after});
    if (is_after) {
      account.reset_seen = std::max(account.reset_seen, change.time);
    }
    account.evidence.push_back(change.origin);
    is_new = true;
  }
  std::ranges::stable_sort(account.resets, {}, [](const PasswordReset& reset) {
    return std::pair(reset.time, reset.event_id);
  });
  for (const auto& [sid, group] : news.groups) {
    const bool has_left = group.left.given() && group.left >= group.since;
    if (has_left && group.left < account.first) {
      continue;
    }
    const std::string why =
        fmt::format("{} (by the log of {}){}", group.name, escape_for_terminal(teller.text()),
                    has_left ? ", until " + to_screen_time(group.left) : std::string());
    const bool is_known = std::ranges::any_of(account.why_privileged, [&](const std::string& each) {
      return each.starts_with(group.name + " (");
    });
    if (is_known) {
      continue;
    }
    if (!account.privileged) {
      account.why_privileged.clear();  // What was only a hint.
    }
    account.privileged = true;
    account.why_privileged.insert(std::ranges::lower_bound(account.why_privileged, why), why);
    account.evidence.push_back(group.origin);
    is_new = true;
  }
  return is_new;
}

}  // namespace

HostNews account_news(const SharedText& host, const FactSet& facts) {
  HostNews news{.host = host, .accounts = {}};
  for (const PasswordChangeFact& change : facts.password_changes) {
    if (change.sid.raw().starts_with("S-1-5-21-")) {
      news.accounts[std::string(change.sid.raw())].passwords.push_back(
          {change.time, change.event_id, change.actor.account, change.origin});
    }
  }
  const bool is_no_controller =
      std::ranges::any_of(facts.identities, [](const HostIdentityFact& identity) {
        return identity.moment == HiveMoment::current && !identity.product_type.empty() &&
               !equal_names(identity.product_type.raw(), "LanmanNT");
      });
  for (const PrivilegeFact& fact : facts.privileges) {
    // A builtin group is the domain's own on a controller alone, which a log by itself may be of.
    if (fact.groups.raw().starts_with("S-1-5-32-") && is_no_controller) {
      continue;
    }
    // A logon elsewhere has its groups by that host; what is written to an account goes with it.
    const bool is_membership = fact.event_id != 4672 && fact.event_id != 4627 &&
                               fact.event_id != 4964 && fact.sid.raw().starts_with("S-1-5-21-");
    if (!is_membership || !is_powerful_group(fact.groups.raw())) {
      continue;
    }
    AccountNews::Group& group =
        news.accounts[std::string(fact.sid.raw())].groups[std::string(fact.groups.raw())];
    group.name = std::string(exposure::group_name(fact.groups.raw()));
    FileTime& newest = fact.removed ? group.left : group.since;
    newest = std::max(newest, fact.time);
    group.origin = fact.origin;
  }
  return news;
}

void add_domain_news(const HostSummary& host, std::span<const HostNews> news,
                     std::vector<Exposure>& exposures) {
  for (Exposure& window : exposures) {
    bool is_new = false;
    for (ExposedAccount& account : window.accounts) {
      if (account.sid.empty() || is_local(account.sid, host)) {
        continue;
      }
      bool has_news = false;
      for (const HostNews& other : news) {
        const auto found = other.accounts.find(account.sid.raw());
        if (other.host.raw() != host.name.raw() && found != other.accounts.end()) {
          has_news = tell(found->second, other.host, window, account) || has_news;
        }
      }
      if (has_news) {
        exposure::choose_action(window, host.role == "domain_controller", account);
        is_new = true;
      }
    }
    if (is_new) {
      exposure::sort_accounts(window.accounts);
    }
  }
}

}  // namespace npg
