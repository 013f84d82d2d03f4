#include "analysis/exposure/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::uint32_t first_build_with_policy =
    22621;  // Windows 11 22H2 (policy-csp-windowslogon)
constexpr std::uint32_t first_build_password_off =
    25216;  // from this build on, unset means an empty password

bool is_order_key(std::string_view key) {
  return contains_name(key, "\\Control\\NetworkProvider\\Order") ||
         contains_name(key, "\\Control\\NetworkProvider\\HwOrder");
}

bool is_key_of(const Change& change, const Provider& provider) {
  const std::string service = "\\Services\\" + std::string(provider.name.raw());
  const std::string_view key = change.key.raw();
  const std::string upper = name_key(key);
  return upper.ends_with(name_key(service)) ||
         upper.ends_with(name_key(service + "\\NetworkProvider"));
}

bool order_lists(const SharedText& order, const Provider& provider) {
  std::string_view rest = order.raw();
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (name.starts_with(' ')) {
      name.remove_prefix(1);
    }
    while (name.ends_with(' ')) {
      name.remove_suffix(1);
    }
    if (equal_names(name, provider.name.raw())) {
      return true;
    }
  }
  return false;
}

/// Something that says "from here on" or "until here", with the time that it bounds.
struct Mark {
  FileTime time;
  const Change* change = nullptr;
};

/// The first change that made the registration and the last one that completed it, before the first
/// removal.
struct Made {
  Mark first;
  Mark last;
};

void take(Mark& mark, const Change& change, bool later) {
  if (mark.change == nullptr || (later ? change.time > mark.time : change.time < mark.time)) {
    mark = {change.time, &change};
  }
}

Mark removal_of(const Provider& provider, std::span<const Change> changes) {
  Mark removal;
  for (const Change& change : changes) {
    const bool key_gone = is_key_of(change, provider) &&
                          (change.what == "key_deleted" || change.what == "registration_removed");
    const bool path_gone = is_key_of(change, provider) && change.what == "value_deleted" &&
                           (equal_names(change.value_name.raw(), "ProviderPath") ||
                            equal_names(change.value_name.raw(), "AuthentProviderPath") ||
                            equal_names(change.value_name.raw(), "Class"));
    const bool unlisted = is_order_key(change.key.raw()) && change.what == "value_set" &&
                          change.is_exact && !order_lists(change.new_value, provider) &&
                          order_lists(change.old_value, provider);
    if (key_gone || path_gone || unlisted) {
      // An exact event is better than a bound from comparing states, whichever comes first.
      const bool better =
          removal.change == nullptr || (change.is_exact && !removal.change->is_exact) ||
          (change.is_exact == removal.change->is_exact && change.time < removal.time);
      if (better) {
        removal = {change.time, &change};
      }
    }
  }
  return removal;
}

Made making_of(const Provider& provider, std::span<const Change> changes, const Mark& removal) {
  Made made;
  for (const Change& change : changes) {
    if (!change.is_exact || (removal.change != nullptr && change.time > removal.time)) {
      continue;
    }
    const bool writes_key =
        is_key_of(change, provider) && (change.what == "value_set" || change.what == "key_created");
    const bool lists = is_order_key(change.key.raw()) && change.what == "value_set" &&
                       order_lists(change.new_value, provider);
    if (writes_key || lists) {
      take(made.first, change, false);
      take(made.last, change, true);
    }
  }
  return made;
}

void set_start(const Provider& provider, const Made& made, const FactSet& facts,
               Exposure& exposure) {
  if (made.first.change != nullptr) {
    exposure.earliest_start = made.first.time;
    exposure.latest_start = made.last.time;
    exposure.start_basis = "the first and the last logged write that registered it";
    for (const Change* change : {made.first.change, made.last.change}) {
      exposure.evidence.insert(exposure.evidence.end(), change->evidence.begin(),
                               change->evidence.end());
    }
    return;
  }
  FileTime latest = provider.last_written;
  for (const ProviderOrderFact& order : facts.orders) {
    if (!order.is_hw_order && order.control_set_is_current && provider.order_position &&
        order.moment == HiveMoment::current) {
      latest = std::max(latest, order.last_written);
      exposure.evidence.push_back(order.origin);
    }
  }
  exposure.latest_start = latest;
  exposure.evidence.insert(exposure.evidence.end(), provider.evidence.begin(),
                           provider.evidence.end());
  for (const HostIdentityFact& identity : facts.identities) {
    exposure.earliest_start = std::max(exposure.earliest_start, identity.installed);
  }
  if (exposure.earliest_start > exposure.latest_start) {
    exposure.earliest_start = FileTime{};
  }
  exposure.start_basis = exposure.earliest_start.given()
                             ? "no logged write: in place at the latest when its keys were last "
                               "written, at the earliest when Windows was installed"
                             : "no logged write: in place at the latest when its keys were last "
                               "written; nothing bounds the start";
}

void set_end(const Provider& provider, const Mark& removal, FileTime evidence_end,
             Exposure& exposure) {
  const bool still_there =
      provider.state == ProviderState::active || provider.state == ProviderState::staged;
  if (still_there && (removal.change == nullptr || exposure.latest_start > removal.time)) {
    exposure.end_kind = WindowEnd::still_active;
    exposure.end_basis = "registered in the newest state of the registry";
    return;
  }
  if (removal.change != nullptr) {
    exposure.end_kind = WindowEnd::removed;
    exposure.end = removal.time;
    exposure.end_basis = removal.change->is_exact ? "the logged change that removed it"
                                                  : "gone from the newest state of the registry; "
                                                    "the time is the last write that can bound it";
    exposure.evidence.insert(exposure.evidence.end(), removal.change->evidence.begin(),
                             removal.change->evidence.end());
    return;
  }
  exposure.end_kind = WindowEnd::evidence_ends;
  exposure.end = evidence_end;
  exposure.end_basis = "no removal is seen; the evidence ends here";
}

void set_password_policy(const FactSet& facts, Exposure& exposure) {
  std::uint32_t build = 0;
  for (const HostIdentityFact& identity : facts.identities) {
    build = std::max(build, identity.build);
  }
  std::optional<std::uint64_t> enable_mpr;
  for (const PolicyFact& policy : facts.policies) {
    if (policy.policy == PolicyKind::enable_mpr) {
      enable_mpr = policy.number;
      exposure.evidence.push_back(policy.origin);
    }
  }
  const std::string setting =
      enable_mpr ? fmt::format("EnableMPR is {}", *enable_mpr) : "EnableMPR is not set";
  if (build == 0) {
    exposure.password_sent = YesNo::unknown;
    exposure.password_basis = setting + "; the Windows build is not in the evidence";
  } else if (build >= first_build_password_off) {
    exposure.password_sent = enable_mpr == std::optional<std::uint64_t>(1) ? YesNo::yes : YesNo::no;
    exposure.password_basis =
        fmt::format("{}; from build 25216 on the password is sent only when it is 1 (build {})",
                    setting, build);
  } else if (build >= first_build_with_policy) {
    exposure.password_sent = enable_mpr == std::optional<std::uint64_t>(0) ? YesNo::no : YesNo::yes;
    exposure.password_basis = fmt::format(
        "{}; on 22H2 and 23H2 the password is sent unless it is 0 (build {})", setting, build);
  } else {
    exposure.password_sent = YesNo::yes;
    exposure.password_basis = fmt::format(
        "{}; build {} sends the password, and whether it honours the policy at all is not verified",
        setting, build);
  }
}

}  // namespace

FileTime newest_time(const FactSet& facts) {
  FileTime newest;
  const auto take_time = [&](FileTime t) { newest = std::max(newest, t); };
  for (const LogCoverageFact& log : facts.log_coverage) {
    take_time(log.last);
  }
  for (const RegistrationFact& r : facts.registrations) {
    take_time(r.last_written);
  }
  for (const ProviderOrderFact& o : facts.orders) {
    take_time(o.last_written);
  }
  for (const PolicyFact& p : facts.policies) {
    take_time(p.last_written);
  }
  return newest;
}

Exposure exposure_window(const Provider& provider, std::span<const Change> changes,
                         const FactSet& facts, FileTime evidence_end) {
  Exposure exposure{.provider = provider.name};
  const Mark removal = removal_of(provider, changes);
  set_start(provider, making_of(provider, changes, removal), facts, exposure);
  set_end(provider, removal, evidence_end, exposure);
  set_password_policy(facts, exposure);
  std::sort(exposure.evidence.begin(), exposure.evidence.end());
  exposure.evidence.erase(std::unique(exposure.evidence.begin(), exposure.evidence.end()),
                          exposure.evidence.end());
  return exposure;
}

}  // namespace npg
