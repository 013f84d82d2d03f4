// Which way of logging on reaches NPLogonNotify, and how sure that is (docs/routes.md).
#pragma once

#include <string>
#include <string_view>

#include "fact/assessment.hpp"
#include "fact/event_facts.hpp"

namespace npg {

struct Route {
  Certainty certainty =
      Certainty::possible;  ///< never proven: that needs a witness for this very logon
  std::string_view reason;  ///< a literal
};

/// The route of one logon event by itself.
[[nodiscard]] Route route_of(const LogonFact& logon);

/// True for accounts that no person types a password for: machine accounts, virtual accounts of the
/// window and font managers, SYSTEM, LOCAL SERVICE, NETWORK SERVICE, ANONYMOUS LOGON.
[[nodiscard]] bool is_machine_account(const LogonFact& logon);

}  // namespace npg
