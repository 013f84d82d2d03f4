#include "analysis/exposure/later_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "analysis/exposure/route.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Limit: enough addresses to see where it came from.
constexpr std::size_t addresses_max = 8;
constexpr std::uint64_t day = 86'400 * FileTime::per_second;

std::string key_of(const SharedText& sid, const SharedText& account) {
  return sid.empty() ? name_key(account.raw()) : std::string(sid.raw());
}

bool is_reached(const ExposedAccount& account) {
  return account.certainty != Certainty::not_by_this_route || account.password_changed;
}

int rank_of_role(const HostAssessment& host) {
  return host.host.role == "domain_controller" ? 0 : host.host.role == "server" ? 1 : 2;
}

void add_address(std::vector<std::string>& addresses, const std::string& address) {
  const auto at = std::ranges::lower_bound(addresses, address);
  if ((at == addresses.end() || *at != address) && addresses.size() < addresses_max) {
    addresses.insert(at, address);
  }
}

}  // namespace

std::vector<AccountUse> account_uses(const FactSet& facts) {
  std::map<std::pair<std::string, std::uint64_t>, AccountUse> by_day;
  for (const LogonFact& logon : facts.logons) {
    if (logon.source != LogonSource::security_4624 || is_machine_account(logon)) {
      continue;
    }
    AccountUse& use = by_day[{key_of(logon.sid, logon.account), logon.time.ticks / day}];
    if (use.logons == 0) {
      use.sid = logon.sid;
      use.account = logon.account;
      use.first = logon.time;
    }
    use.first = std::min(use.first, logon.time);
    use.last = std::max(use.last, logon.time);
    ++use.logons;
    if (!logon.address.empty()) {
      add_address(use.addresses, escape_for_terminal(logon.address.text()));
    }
  }
  std::vector<AccountUse> uses;
  for (auto& [key, use] : by_day) {
    uses.push_back(std::move(use));
  }
  return uses;
}

void add_later_use(std::span<HostAssessment> hosts, std::span<const std::vector<AccountUse>> uses) {
  // By account: on which host, when. A local account of another computer has another SID.
  std::map<std::string, std::vector<std::pair<std::size_t, const AccountUse*>>> by_account;
  for (std::size_t i = 0; i < uses.size() && i < hosts.size(); ++i) {
    for (const AccountUse& use : uses[i]) {
      by_account[key_of(use.sid, use.account)].push_back({i, &use});
    }
  }
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (Exposure& exposure : hosts[i].exposures) {
      for (ExposedAccount& account : exposure.accounts) {
        const auto found = by_account.find(key_of(account.sid, account.account));
        if (!is_reached(account) || !account.first.given() || found == by_account.end()) {
          continue;
        }
        std::map<std::size_t, LaterUse> by_host;
        for (const auto& [host, use] : found->second) {
          if (host == i || use->last <= account.first) {
            continue;
          }
          LaterUse& later = by_host[host];
          later.host = hosts[host].host.name;
          const FileTime from = std::max(use->first, account.first);
          later.first = later.first.given() ? std::min(later.first, from) : from;
          later.last = std::max(later.last, use->last);
          later.logons += use->logons;
          for (const std::string& address : use->addresses) {
            add_address(later.addresses, address);
          }
        }
        for (auto& [host, later] : by_host) {
          account.used_later.push_back(std::move(later));
        }
        std::ranges::sort(account.used_later, [](const LaterUse& a, const LaterUse& b) {
          return std::tie(a.host, a.first) < std::tie(b.host, b.first);
        });
        if (!account.used_later.empty() && account.action != Action::none) {
          account.action_reason +=
              fmt::format("; used on {} other host{} since", account.used_later.size(),
                          account.used_later.size() == 1 ? "" : "s");
        }
      }
    }
  }
}

std::vector<ResetItem> reset_list(std::span<const HostAssessment> hosts) {
  struct Ranked {
    std::tuple<Action, int, Certainty, bool, bool, std::string, std::string> rank;
    ResetItem item;
  };
  std::map<std::string, Ranked> by_account;
  for (const HostAssessment& host : hosts) {
    for (const Exposure& exposure : host.exposures) {
      for (const ExposedAccount& account : exposure.accounts) {
        if (account.action == Action::none) {
          continue;
        }
        Ranked ranked{.rank = {account.action, rank_of_role(host), account.certainty,
                               !account.privileged, account.used_later.empty(),
                               name_key(account.account.raw()), std::string(host.host.name.raw())},
                      .item = {.account = account.account,
                               .sid = account.sid,
                               .host = host.host.name,
                               .action = account.action,
                               .certainty = account.certainty,
                               .reason = account.action_reason}};
        const auto [entry, is_new] =
            by_account.try_emplace(key_of(account.sid, account.account), ranked);
        if (!is_new && ranked.rank < entry->second.rank) {
          entry->second = std::move(ranked);
        }
      }
    }
  }
  std::vector<Ranked> all;
  for (auto& [key, ranked] : by_account) {
    all.push_back(std::move(ranked));
  }
  std::ranges::sort(all, {}, &Ranked::rank);
  std::vector<ResetItem> items;
  for (Ranked& each : all) {
    items.push_back(std::move(each.item));
  }
  return items;
}

}  // namespace npg
