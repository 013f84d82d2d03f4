#include "analysis/exposure/password_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "analysis/exposure/build_history.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

constexpr std::uint32_t first_build_with_policy =
    22621;  // Windows 11 22H2 (policy-csp-windowslogon)
constexpr std::uint32_t first_build_password_off =
    25216;  // from this build on, unset means an empty password

using Number = std::optional<std::uint64_t>;

bool sends_password(std::uint32_t build, Number enable_mpr) {
  return build >= first_build_password_off  ? enable_mpr == Number(1)
         : build >= first_build_with_policy ? enable_mpr != Number(0)
                                            : true;
}

/// EnableMPR from a time on.
struct ValueSince {
  FileTime since;
  bool is_known = false;
  Number value;  ///< nothing: not set; where it is not known, the next known one
  bool is_before_log =
      false;  ///< not known, and a logged write ended it: taken for Windows' default
};

FileTime after(FileTime time) {
  return {time.ticks + 1};
}

/// When the key that holds EnableMPR was last written; not given when no hive of the present has
/// it.
FileTime policy_key_written(const FactSet& facts) {
  FileTime written;
  for (const RegistryKeyFact& key : facts.keys) {
    if (equal_names(key.key.raw(), "Microsoft\\Windows\\CurrentVersion\\Policies\\System")) {
      written = std::max(written, key.last_written);
    }
  }
  return written;
}

const PolicyFact* present_policy(const FactSet& facts) {
  const PolicyFact* found = nullptr;
  for (const PolicyFact& policy : facts.policies) {
    found = policy.policy == PolicyKind::enable_mpr ? &policy : found;
  }
  return found;
}

bool is_policy_write(const Change& change) {
  return change.is_exact && equal_names(change.value_name.raw(), "EnableMPR") &&
         (change.what == "value_set" || change.what == "value_deleted");
}

std::vector<ValueSince> logged_values(std::span<const Change> changes) {
  std::vector<ValueSince> values;
  for (const Change& change : changes) {
    if (!is_policy_write(change)) {
      continue;
    }
    if (values.empty()) {
      const bool is_known = !change.old_value.empty() || change.was_created;
      values.push_back({.since = {},
                        .is_known = is_known,
                        .value = logged_number(change.old_value.raw()),
                        .is_before_log = !is_known});
    }
    values.push_back(
        {.since = change.time,
         .is_known = true,
         .value = change.what == "value_set" ? logged_number(change.new_value.raw()) : Number()});
  }
  return values;
}

/// What older copies of the SOFTWARE hive say: the value as it was from its key's last write to the
/// copy's, or that it was not set when the copy was made.
std::vector<ValueSince> copied_values(const FactSet& facts) {
  std::vector<const HiveCopyFact*> copies;
  for (const HiveCopyFact& copy : facts.hive_copies) {
    if (copy.is_software && copy.number != 0 && !copy.is_export && copy.written.given()) {
      copies.push_back(&copy);
    }
  }
  std::ranges::stable_sort(copies, {}, [](const HiveCopyFact* copy) { return copy->written; });
  std::vector<ValueSince> values;
  for (const HiveCopyFact* copy : copies) {
    const auto policy = std::ranges::find_if(facts.copied_policies, [&](const auto& each) {
      return each.policy == PolicyKind::enable_mpr && each.copy == copy->number;
    });
    const bool is_set = policy != facts.copied_policies.end();
    if (!is_set && !copy->lists_services) {
      continue;
    }
    const FileTime from = is_set && policy->last_written.given()
                              ? std::min(policy->last_written, copy->written)
                              : known_until(*copy);
    while (!values.empty() && values.back().since >= from) {
      values.pop_back();
    }
    values.push_back(
        {.since = from, .is_known = true, .value = is_set ? policy->number : Number()});
    values.push_back({.since = after(std::max(from, known_until(*copy)))});
  }
  return values;
}

/// EnableMPR through time, the first from the beginning on.
std::vector<ValueSince> value_history(const FactSet& facts, std::span<const Change> changes) {
  const bool has_present = current_build(facts) != 0;
  const PolicyFact* policy = present_policy(facts);
  const FileTime written = policy != nullptr && policy->last_written.given()
                               ? policy->last_written
                               : policy_key_written(facts);
  const Number now = policy != nullptr ? policy->number : Number();
  std::vector<ValueSince> values = logged_values(changes);
  if (values.empty()) {
    values = copied_values(facts);
    while (!values.empty() && values.back().since >= written) {
      values.pop_back();
    }
    values.push_back(
        {.since = written, .is_known = has_present || policy != nullptr, .value = now});
  } else {
    // A key's time and its event lie some milliseconds apart.
    const FileTime last = values.back().since;
    const bool is_contradicted = has_present && values.back().value != now &&
                                 written.ticks > last.ticks + FileTime::per_second;
    if (is_contradicted) {
      values.push_back({.since = after(last)});
      values.push_back({.since = written, .is_known = true, .value = now});
    }
  }
  if (values.front().since.given()) {
    values.insert(values.begin(), ValueSince{});
  }
  for (std::size_t i = values.size() - 1; i-- > 0;) {
    const bool stays = values[i].is_known || values[i].is_before_log;
    values[i].value = stays ? values[i].value : values[i + 1].value;
  }
  return values;
}

PolicyHistory::State state_of(std::uint32_t build, std::uint32_t next_build,
                              const ValueSince& value) {
  // Windows only goes up: what ran before a build without the new default had not got it either.
  const std::uint32_t known = build != 0 ? build : next_build;
  if (known == 0 || (build == 0 && known >= first_build_password_off)) {
    return {.sends = YesNo::unknown,
            .reason =
                "which Windows build ran then is not known, and with it whether passwords "
                "were sent"};
  }
  if (known < first_build_with_policy) {
    return {.sends = YesNo::yes, .reason = "this build sends passwords"};
  }
  if (value.is_known) {
    const bool sends = sends_password(known, value.value);
    return {.sends = sends ? YesNo::yes : YesNo::no,
            .reason = sends         ? "EnableMPR let passwords through"
                      : value.value ? "no password was sent at that time: EnableMPR said so"
                                    : "no password was sent at that time: this Windows sends none "
                                      "unless EnableMPR is 1"};
  }
  // Not known, and Windows sends by default, as it does now.
  if (known < first_build_password_off && sends_password(known, value.value)) {
    return {
        .sends = YesNo::yes, .reason = "Windows sends passwords by default", .is_assumed = true};
  }
  return {.sends = YesNo::unknown,
          .reason =
              "what EnableMPR was then is not known, and with it whether the password was "
              "sent"};
}

std::string basis_of_now(std::uint32_t build, const PolicyFact* policy, bool has_hive) {
  const std::string setting = policy != nullptr && policy->number
                                  ? fmt::format("EnableMPR is {}", *policy->number)
                              : has_hive || policy != nullptr ? "EnableMPR is not set"
                                                              : "EnableMPR is not in the evidence";
  if (build == 0) {
    return setting + "; the Windows build is not in the evidence";
  }
  if (build >= first_build_password_off) {
    return fmt::format("{}; from build 25216 on the password is sent only when it is 1 (build {})",
                       setting, build);
  }
  return build >= first_build_with_policy
             ? fmt::format("{}; on 22H2 and 23H2 the password is sent unless it is 0 (build {})",
                           setting, build)
             : fmt::format(
                   "{}; build {} sends the password, and whether it honours the policy at "
                   "all is not verified",
                   setting, build);
}

/// Times that follow each other are told as one.
struct Stretches {
  struct Stretch {
    FileTime from;
    FileTime to;  ///< not given: on and on
  };
  std::vector<Stretch> all;
  std::string_view reason;  ///< of the last

  void add(FileTime from, FileTime to, std::string_view why) {
    if (!all.empty() && all.back().to == from) {
      all.back().to = to;
    } else {
      all.push_back({from, to});
    }
    reason = why;
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const Stretch& each : all) {
      const std::string end = each.to.given() ? "until " + to_screen_time(each.to) : "on";
      text += text.empty() ? "" : ", ";
      text += each.from.given() ? fmt::format("from {} {}", to_screen_time(each.from), end)
              : each.to.given() ? end
                                : "all the time";
    }
    return text;
  }
};

}  // namespace

PolicyHistory::PolicyHistory(const FactSet& facts, std::span<const Change> changes) {
  const std::vector<BuildSince> builds = build_history(facts);
  newest_build_ = builds.back().build;
  const std::vector<ValueSince> values = value_history(facts, changes);
  std::size_t build = 0;
  std::size_t value = 0;
  while (true) {
    std::uint32_t next_build = 0;
    for (std::size_t i = build; i < builds.size() && next_build == 0; ++i) {
      next_build = builds[i].build;
    }
    State state = state_of(builds[build].build, next_build, values[value]);
    state.since = std::max(builds[build].since, values[value].since);
    if (!states_.empty() && states_.back().since == state.since) {
      states_.pop_back();
    }
    states_.push_back(state);
    const bool more_builds = build + 1 < builds.size();
    const bool more_values = value + 1 < values.size();
    if (!more_builds && !more_values) {
      break;
    }
    const bool build_first =
        more_builds && (!more_values || builds[build + 1].since <= values[value + 1].since);
    const bool value_first =
        more_values && (!more_builds || values[value + 1].since <= builds[build + 1].since);
    build += build_first ? 1U : 0U;
    value += value_first ? 1U : 0U;
  }
  for (const Change& change : changes) {
    if (is_policy_write(change) &&
        sends_at(change.time) !=
            sends_at({change.time.ticks - std::min<std::uint64_t>(change.time.ticks, 1)})) {
      turns_.push_back(&change);
    }
  }
}

const PolicyHistory::State& PolicyHistory::state_at(FileTime time) const {
  const auto later = std::ranges::upper_bound(states_, time, {}, &State::since);
  return later == states_.begin() ? states_.front() : *std::prev(later);
}

void set_password_policy(const FactSet& facts, const PolicyHistory& history, Exposure& window) {
  const PolicyFact* policy = present_policy(facts);
  if (policy != nullptr) {
    window.evidence.push_back(policy->origin);
  }
  window.password_basis = basis_of_now(history.newest_build(), policy, current_build(facts) != 0);
  window.password_sent = YesNo::unknown;
  if (!history.knows_build()) {
    return;
  }
  Stretches sent;
  Stretches not_sent;
  Stretches not_known;
  Stretches assumed;
  bool has_known_sending = false;
  const auto states = history.states();
  for (std::size_t i = 0; i < states.size(); ++i) {
    const PolicyHistory::State& state = states[i];
    const FileTime to = i + 1 < states.size() ? states[i + 1].since : FileTime{};
    const bool is_over = to.given() && to <= window.earliest_start;
    const bool is_later = window.end.given() && state.since > window.end;
    if (is_over || is_later) {
      continue;
    }
    const FileTime from = state.since <= window.earliest_start ? FileTime{} : state.since;
    (state.sends == YesNo::yes  ? sent
     : state.sends == YesNo::no ? not_sent
                                : not_known)
        .add(from, to, state.reason);
    has_known_sending = has_known_sending || (state.sends == YesNo::yes && !state.is_assumed);
    if (state.is_assumed) {
      assumed.add(from, to, state.reason);
    }
  }
  // What is assumed is no fact, unless a part of the window bears it out.
  window.password_sent = has_known_sending                             ? YesNo::yes
                         : !sent.all.empty() || !not_known.all.empty() ? YesNo::unknown
                                                                       : YesNo::no;
  if (!sent.all.empty() && (!not_sent.all.empty() || !not_known.all.empty())) {
    window.password_basis += "; in the window it was sent " + sent.text();
  }
  if (!not_sent.all.empty() && (!sent.all.empty() || !not_known.all.empty())) {
    window.password_basis += "; it was not sent " + not_sent.text();
  }
  if (!not_known.all.empty()) {
    window.assumed.push_back(fmt::format("that passwords may have been sent {} is assumed: {}",
                                         not_known.text(), not_known.reason));
  }
  if (!assumed.all.empty()) {
    window.assumed.push_back(fmt::format(
        "that passwords were sent {} is assumed: Windows does so by default, and {}",
        assumed.text(),
        policy == nullptr && current_build(facts) == 0 ? "EnableMPR is not in the evidence"
                                                       : "the key of EnableMPR was written later"));
  }
}

}  // namespace npg::exposure
