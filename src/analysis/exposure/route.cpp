#include "analysis/exposure/route.hpp"

#include "base/evidence_text.hpp"

namespace npg {
namespace {

bool image_is(const SharedText& process, std::string_view name) {
  const std::string_view path = process.raw();
  return equal_names(path.substr(path.rfind('\\') + 1), name);
}

Route interactive_route(const LogonFact& logon) {
  if (image_is(logon.process, "consent.exe") || equal_names(logon.logon_process.raw(), "CredPro")) {
    return {Certainty::not_by_this_route, "elevation prompt: winlogon is not involved"};
  }
  if (image_is(logon.process, "CloudExperienceHostBroker.exe")) {
    return {Certainty::not_by_this_route, "first set-up of Windows: winlogon is not involved"};
  }
  if (equal_names(logon.logon_process.raw(), "seclogo")) {
    return {Certainty::not_by_this_route, "runas: winlogon is not involved"};
  }
  if (!logon.logon_process.empty() && !equal_names(logon.logon_process.raw(), "User32") &&
      !equal_names(logon.logon_process.raw(), "Winlogon")) {
    return {Certainty::possible,
            "interactive logon by a process other than winlogon's; whether it notifies is not "
            "documented"};
  }
  return {Certainty::likely, "interactive logon at winlogon"};
}

/// Pseudo accounts that Windows signs on with after a restart.
bool is_restart_sign_on(const LogonFact& logon) {
  const std::string_view account = logon.account.raw();
  return name_key(account.substr(account.rfind('\\') + 1)).starts_with("_TBAL_");
}

Route security_route(const LogonFact& logon) {
  if (!logon.logon_type) {
    return {Certainty::possible, "the event names no logon type"};
  }
  if (is_restart_sign_on(logon)) {
    return {Certainty::possible,
            "automatic restart sign-on: whether it carries a password is not documented"};
  }
  switch (*logon.logon_type) {
    case 2: return interactive_route(logon);
    case 11: return interactive_route(logon);
    case 10:
    case 12:
      if (logon.restricted_admin) {
        return {Certainty::not_by_this_route, "Restricted Admin: no password reached the host"};
      }
      if (logon.remote_credential_guard) {
        return {Certainty::not_by_this_route,
                "Remote Credential Guard: no password reached the host"};
      }
      return {Certainty::likely, "remote desktop logon: the password is given to winlogon"};
    case 7:
    case 13: return {Certainty::possible, "unlock: whether it notifies is not documented"};
    case 5:
      return {Certainty::possible,
              "service logon: documented for SvcCtl, not confirmed on current Windows"};
    case 3: return {Certainty::not_by_this_route, "network logon: winlogon is not involved"};
    case 4: return {Certainty::not_by_this_route, "batch logon: winlogon is not involved"};
    case 8:
      return {Certainty::not_by_this_route, "network cleartext logon: winlogon is not involved"};
    case 9: return {Certainty::not_by_this_route, "runas /netonly: winlogon is not involved"};
    case 0: return {Certainty::not_by_this_route, "system start: no account logs on"};
    default: return {Certainty::possible, "unknown logon type"};
  }
}

}  // namespace

Route route_of(const LogonFact& logon) {
  switch (logon.source) {
    case LogonSource::security_4624: return security_route(logon);
    case LogonSource::security_4648:
      return image_is(logon.process, "winlogon.exe")
                 ? Route{Certainty::possible,
                         "credentials were given to winlogon; the logon that follows is not seen"}
                 : Route{Certainty::not_by_this_route,
                         "explicit credentials: counted by the logon that follows"};
    case LogonSource::security_4778:
    case LogonSource::local_session_25:
      return {Certainty::possible,
              "session reconnected: the password was typed, whether it notifies is not documented"};
    case LogonSource::security_4801:
      return {Certainty::possible, "unlock: whether it notifies is not documented"};
    case LogonSource::winlogon_7001:
    case LogonSource::local_session_21:
      return {Certainty::likely,
              "a user session began; the Security log does not say by which credential"};
    case LogonSource::remote_connection_1149:
      return {Certainty::possible,
              "remote desktop authentication; the session's own logon is not seen"};
    case LogonSource::winlogon_811:
    case LogonSource::winlogon_812:
      return logon.detail == 5
                 ? Route{Certainty::possible, "unlock: whether it notifies is not documented"}
                 : Route{Certainty::likely, "winlogon notified its subscribers of a logon"};
    case LogonSource::profile_1:
    case LogonSource::profile_67: return {Certainty::possible, "a user profile was loaded"};
    case LogonSource::profile_5:
      return {Certainty::possible,
              "the account's registry file was loaded: at a logon, or for a service or task of it"};
    case LogonSource::local_session_41:
      return {Certainty::possible, "a session was set up for it; its logon is not seen"};
  }
  return {Certainty::possible, "unknown source"};
}

bool is_machine_account(const LogonFact& logon) {
  // 4648 has no SID: Windows' own names of these domains, which no real domain can have.
  const std::string_view domain = logon.account.raw().substr(0, logon.account.raw().find('\\'));
  if (domain.size() < logon.account.raw().size() &&
      (equal_names(domain, "Window Manager") || equal_names(domain, "Font Driver Host"))) {
    return true;
  }
  const std::string_view sid = logon.sid.raw();
  const std::string_view account = logon.account.raw();
  return logon.virtual_account || sid == "S-1-5-18" || sid == "S-1-5-19" || sid == "S-1-5-20" ||
         sid == "S-1-5-7" || sid == "S-1-0-0" || sid.starts_with("S-1-5-90-") ||
         sid.starts_with("S-1-5-96-") || sid.starts_with("S-1-5-80-") ||
         sid.starts_with("S-1-5-82-") || sid.starts_with("S-1-5-83-") || account.ends_with('$');
}

}  // namespace npg
