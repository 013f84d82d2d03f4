#include "analysis/exposure/names.hpp"

#include <algorithm>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg::exposure {

namespace {

/// The user's own name and the first label of the domain, both in upper case.
std::pair<std::string, std::string> parts_of(std::string_view account) {
  const std::size_t slash = account.rfind('\\');
  const std::size_t at = account.rfind('@');
  std::string_view user = account;
  std::string_view domain;
  if (slash != std::string_view::npos) {
    domain = account.substr(0, slash);
    user = account.substr(slash + 1);
  } else if (at != std::string_view::npos) {
    user = account.substr(0, at);
    domain = account.substr(at + 1);
  }
  return {name_key(user), name_key(domain == "." ? domain : domain.substr(0, domain.find('.')))};
}

}  // namespace

std::string person_key(std::string_view account) {
  const auto [user, domain] = parts_of(account);
  return domain.empty() ? user : domain + "\\" + user;
}

Names::Names(const FactSet& facts) {
  for (const LogonFact& logon : facts.logons) {
    learn(logon.account, logon.sid);
  }
  for (const PrivilegeFact& privilege : facts.privileges) {
    learn(privilege.account, privilege.sid);
  }
  for (const PasswordChangeFact& change : facts.password_changes) {
    learn(change.account, change.sid);
  }
  for (const ProcessStartFact& start : facts.process_starts) {
    learn(start.account, start.sid);
  }
  for (const RegistryChangeFact& change : facts.registry_changes) {
    learn(change.actor.account, change.actor.sid);
  }
  pair_sessions(facts);
}

SharedText Names::account_of(const SharedText& sid) const {
  const auto found = by_sid_.find(sid.raw());
  return found == by_sid_.end() ? SharedText() : found->second;
}

SharedText Names::sid_of(const SharedText& account) const {
  const auto found = by_account_.find(name_key(account.raw()));
  return found == by_account_.end() ? sid_of_other_form(account) : found->second;
}

SharedText Names::sid_of_other_form(const SharedText& account) const {
  const auto [user, domain] = parts_of(account.raw());
  const auto found = by_user_.find(user);
  if (user.empty() || found == by_user_.end()) {
    return {};
  }
  SharedText sid;
  for (const Form& form : found->second) {
    if (!domain.empty() && domain != "." && form.domain != domain) {
      continue;
    }
    if (!sid.empty() && !(sid == form.sid)) {
      return {};
    }
    sid = form.sid;
  }
  return sid;
}

void Names::learn(const SharedText& account, const SharedText& sid) {
  if (account.empty() || !sid.raw().starts_with("S-1-")) {
    return;
  }
  const auto [entry, is_new] = by_sid_.try_emplace(sid.raw(), account);
  // Most events repeat a pair that is known.
  if (!is_new && entry->second == account) {
    return;
  }
  if (by_account_.try_emplace(name_key(account.raw()), sid).second) {
    auto [user, domain] = parts_of(account.raw());
    by_user_[std::move(user)].push_back({std::move(domain), sid});
  }
}

/// System 7001 has only the SID of a session's user and LocalSessionManager 21 only the name: the
/// same session within seconds makes them one person, where no event says otherwise.
void Names::pair_sessions(const FactSet& facts) {
  constexpr std::uint64_t same_logon = 10 * FileTime::per_second;
  std::vector<const LogonFact*> named;
  for (const LogonFact& logon : facts.logons) {
    if (logon.source == LogonSource::local_session_21 && logon.session &&
        sid_of(logon.account).empty()) {
      named.push_back(&logon);
    }
  }
  for (const LogonFact& logon : facts.logons) {
    if (logon.source != LogonSource::winlogon_7001 || !account_of(logon.sid).empty()) {
      continue;
    }
    const FileTime earliest{logon.time.ticks - std::min(logon.time.ticks, same_logon)};
    auto other = std::lower_bound(named.begin(), named.end(), earliest,
                                  [](const LogonFact* f, FileTime t) { return f->time < t; });
    for (; other != named.end() && (*other)->time.ticks <= logon.time.ticks + same_logon; ++other) {
      if ((*other)->session == logon.session) {
        learn((*other)->account, logon.sid);
        break;
      }
    }
  }
}

}  // namespace npg::exposure
