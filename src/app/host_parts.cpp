#include "app/host_parts.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// The NetBIOS-like part of a computer name, upper case: "host" of "host.corp.example".
std::string short_name(std::string_view name) {
  return name_key(name.substr(0, name.find('.')));
}

std::string stem_of(const Reading& reading) {
  const std::string_view path = reading.item.path.raw();
  std::string stem = name_key(path.substr(path.rfind('/') + 1));
  for (const std::string_view word : {"SYSTEM", "SOFTWARE", "SECURITY"}) {
    if (const auto at = stem.find(word); at != std::string::npos) {
      stem.erase(at, word.size());
      break;
    }
  }
  return stem;
}

/// "S-1-5-21-x-y-z" of the SID of a local account or of the machine itself; empty for other SIDs.
std::string machine_of(std::string_view sid, bool has_account) {
  constexpr std::string_view prefix = "S-1-5-21-";
  if (!sid.starts_with(prefix)) {
    return {};
  }
  const auto dashes = std::count(sid.begin() + prefix.size(), sid.end(), '-');
  if (dashes != (has_account ? 3 : 2)) {
    return {};
  }
  return std::string(has_account ? sid.substr(0, sid.rfind('-')) : sid);
}

/// An account whose domain is the computer itself is a local one, and its SID begins with the
/// machine's.
void take_local_account(const SharedText& account, const SharedText& sid, HostPart& part) {
  const std::string_view full = account.raw();
  const std::size_t slash = full.find('\\');
  if (slash == std::string_view::npos || part.name.empty() ||
      name_key(full.substr(0, slash)) != part.name) {
    return;
  }
  if (std::string machine = machine_of(sid.raw(), true); !machine.empty()) {
    part.machine_sids.insert(std::move(machine));
  }
}

void take_log(const FactSet& facts, HostPart& part) {
  part.name = short_name(part.computer);
  const auto dot = part.computer.find('.');
  part.domain = dot == std::string::npos ? "" : part.computer.substr(dot + 1);
  for (const LogonFact& logon : facts.logons) {
    take_local_account(logon.account, logon.sid, part);
  }
  for (const PrivilegeFact& privilege : facts.privileges) {
    take_local_account(privilege.account, privilege.sid, part);
  }
  for (const PasswordChangeFact& change : facts.password_changes) {
    take_local_account(change.account, change.sid, part);
  }
}

void take_hive(const Reading& reading, const FactSet& facts, HostPart& part) {
  part.file_stem = stem_of(reading);
  for (const HostIdentityFact& identity : facts.identities) {
    if (!identity.computer_name.empty()) {
      part.name = short_name(identity.computer_name.raw());
      if (!identity.domain.empty()) {
        part.hive_domains.insert(name_key(identity.domain.raw()));
      }
    }
    part.machine_guid = name_key(identity.machine_guid.raw());
    if (std::string machine = machine_of(identity.machine_sid.raw(), false); !machine.empty()) {
      part.machine_sids.insert(std::move(machine));
    }
  }
}

}  // namespace

std::vector<HostPart> host_parts(const std::vector<Reading>& readings) {
  std::vector<HostPart> parts;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    for (const auto& [computer, facts] : readings[i].facts) {
      HostPart part{.reading = i, .computer = computer};
      if (holds_registry(readings[i].kind)) {
        take_hive(readings[i], facts, part);
      } else {
        take_log(facts, part);
      }
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

}  // namespace npg
