// People: the logon events of every source, joined into people and what they typed. Made once a
// host and asked by every window: what it holds grows with people and sessions, not with events.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/exposure/route.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// One typing of a password that may have reached a provider, told by one or more events.
struct HumanLogon {
  FileTime time;
  Route route;
  std::vector<const LogonFact*> told_by;  ///< the one that speaks for it first
};

/// The logons of one person that do not reach a provider, of one stretch of time in which no window
/// begins or ends.
struct OtherLogons {
  std::size_t stretch = 0;
  FileTime first;
  FileTime last;
  std::string_view reason;  ///< of the first
  std::vector<std::uint32_t> types;
  std::vector<LogonSource> sources;
  std::vector<Origin> evidence;  ///< the first few
};

struct Person {
  SharedText account;
  SharedText sid;
  std::string key;                  ///< the SID, else the name in upper case
  std::vector<HumanLogon> logons;   ///< in time order
  std::vector<OtherLogons> others;  ///< by stretch
};

/// True from the window's earliest start to its end; without an end, for ever.
[[nodiscard]] bool in_window(FileTime time, const Exposure& window);

class People {
 public:
  /// The facts must be in their one order and outlive it. Others are summed between the starts and
  /// ends of the windows.
  People(const FactSet& facts, std::span<const Exposure> windows);
  People(const People&) = delete;
  People& operator=(const People&) = delete;
  ~People() = default;

  /// Everyone with a logon or a change of password of their own, by key.
  [[nodiscard]] std::span<const Person> all() const { return people_; }
  /// The person's logons that lie in the window.
  [[nodiscard]] static std::span<const HumanLogon> logons_in(const Person& person,
                                                             const Exposure& window);
  /// True when the stretch lies in the window, which must be one that was given.
  [[nodiscard]] bool is_in(std::size_t stretch, const Exposure& window) const;

  /// A logon of people_[person] at a time.
  struct Timed {
    FileTime time;
    const Person* person = nullptr;
    const HumanLogon* logon = nullptr;
  };
  /// Every logon that may have reached a provider, in time order.
  [[nodiscard]] std::span<const Timed> by_time() const { return by_time_; }

 private:
  [[nodiscard]] std::size_t stretch_of(FileTime time) const;

  std::vector<FileTime> borders_;
  std::vector<Person> people_;
  std::vector<Timed> by_time_;
};

}  // namespace npg::exposure
