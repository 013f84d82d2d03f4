// Who logged on inside a window: the events of every source, joined into people and their logons.
#pragma once

#include <string>
#include <vector>

#include "analysis/exposure/route.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// One typing of a password, told by one or more events.
struct HumanLogon {
  FileTime time;
  Route route;
  bool is_proven = false;
  bool saw_listener = false;  ///< the witness saw the provider's own DLL, or the program itself
  std::string proof;
  std::vector<Origin> proof_records;  ///< the witness: starts of mpnotify.exe, loads by it
  std::vector<const LogonFact*> told_by;
};

struct Person {
  SharedText account;
  SharedText sid;
  std::vector<HumanLogon> logons;  ///< none: the password was changed in the window
};

/// True from the window's earliest start to its end; without an end, for ever.
[[nodiscard]] bool in_window(FileTime time, const Exposure& window);

/// Everyone with a logon or a change of password inside the window, by SID and name. Logons of one
/// person are in time order; what several events tell of one logon is one.
[[nodiscard]] std::vector<Person> people_in(const Exposure& window, const FactSet& facts);

}  // namespace npg::exposure
