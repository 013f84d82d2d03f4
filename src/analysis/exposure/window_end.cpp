#include "analysis/exposure/window_end.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/audit_switches.hpp"
#include "analysis/exposure/bounds.hpp"
#include "analysis/exposure/listing.hpp"
#include "base/evidence_text.hpp"
#include "fact/control_sets.hpp"
#include "fact/later_copy.hpp"
#include "fact/readings.hpp"
#include "fact/silences.hpp"

namespace npg::exposure {
namespace {

/// The last time that the provider is known to have been in place: the newest of its writes, of
/// `seen` and of the loads of its DLL by mpnotify.exe, none of them behind the end.
FileTime last_known(const Provider& provider, FileTime seen, const FactSet& facts,
                    Exposure& exposure) {
  FileTime known = std::max(seen, exposure.latest_start);
  std::optional<Origin> record;
  for (const ModuleLoadFact& load : facts.module_loads) {
    const bool is_own = std::any_of(
        provider.dlls.begin(), provider.dlls.end(),
        [&](const ProviderDll& dll) { return equal_names(dll.path.resolved, load.module.raw()); });
    if (is_own && ends_with_name(load.image.raw(), "\\mpnotify.exe") && load.time > known &&
        load.time <= exposure.end) {
      known = load.time;
      record = load.origin;
    }
  }
  if (record) {
    exposure.evidence.push_back(*record);
  }
  return std::min(known, exposure.end);
}

std::string until(const Exposure& exposure) {
  return exposure.earliest_end.given() && exposure.earliest_end != exposure.end
             ? fmt::format("; it is known to have been there until {}",
                           to_screen_time(exposure.earliest_end))
             : std::string();
}

/// A removal between two states has two bounds: the last time it was there and the first write
/// after it.
void set_compared_end(const Provider& provider, const Mark& removal, const FactSet& facts,
                      FileTime evidence_end, Exposure& exposure) {
  // Without a later write nothing bounds the removal but the end of the evidence.
  const bool is_bounded = removal.time > removal.change->not_before;
  exposure.end = is_bounded ? removal.time : std::max(evidence_end, removal.time);
  exposure.earliest_end = last_known(provider, removal.change->not_before, facts, exposure);
  exposure.end_basis =
      (is_bounded ? "gone from the newest state of the registry; the time is the last write that "
                    "can bound it"
                  : "gone from the newest state of the registry; no write bounds when, so the "
                    "window goes on to the end of the evidence") +
      until(exposure);
}

/// When Registry auditing ended that was on until then and had told of the making; not given when
/// it did not.
FileTime paused_behind(FileTime made, const FactSet& facts) {
  for (const AuditPause& pause : audit_pauses(facts, "Registry")) {
    if (!pause.to.given() || pause.to > made) {
      return std::max(pause.from, made);
    }
  }
  return {};
}

/// The end of a channel, over all files of it, that tells of registry changes at `made`: its last
/// record, or where records are missing or Registry auditing ends behind that.
FileTime end_of_telling(const SharedText& channel, FileTime made, const FactSet& facts) {
  FileTime last;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (equal_names(log.channel.raw(), channel.raw())) {
      last = std::max(last, log.last);
    }
  }
  for (const LogGap& gap : channel_gaps(facts, channel.raw())) {
    if (!is_silence(gap) && gap.next_time > made) {
      last = std::min(last, std::max(gap.after_time, made));
    }
  }
  const FileTime pause = paused_behind(made, facts);
  return pause.given() && equal_names(channel.raw(), "Security") ? std::min(last, pause) : last;
}

/// Until when a provider that only the log knows is known to be there: to the end of the logs that
/// hold registry changes, which would have told of its removal, or to its own last write.
FileTime known_by_log(const Life& life, const FactSet& facts, const Exposure& exposure) {
  const FileTime made =
      std::max(exposure.latest_start, life.has_making() ? life.complete().time : FileTime{});
  FileTime known = made;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (log.registry_value_events > 0) {
      known = std::max(known, end_of_telling(log.channel, made, facts));
    }
  }
  return known;
}

/// Where a provider stands that the current Order does not list.
std::string place_of(const Provider& provider, const NamedFacts& facts) {
  if (provider.hw_order_position) {
    return "only HwOrder lists it";
  }
  for (const ProviderOrderFact& order : facts.all().orders) {
    if (order.moment == HiveMoment::current && !order.control_set_is_current &&
        facts.lists(order.raw, provider.name)) {
      return fmt::format("only an order of ControlSet{:03} lists it, {}", order.control_set,
                         knows_current_set(facts.all())
                             ? "which is not the current one"
                             : "and which control set is the current one is not known");
    }
  }
  return facts.all().orders.empty()     ? "no order is in the evidence"
         : sees_all_orders(facts.all()) ? "in no order"
                                        : "whether an order lists it cannot be told";
}

/// The present order does not list it and was last written behind the start: it was out of it at
/// the latest then, whatever else is still there.
void end_with_order(const Provider& provider, const Life& life, const Presence& presence,
                    const NamedFacts& facts, Exposure& window) {
  const auto absence = order_without(provider, facts);
  const bool is_logged = life.removal().change != nullptr && window.end == life.removal().time;
  // An order whose time lies before a copy that has the provider was brought back with its time: it
  // says nothing of when.
  // Nor where nothing dates that the provider was there at all, as of a registry export.
  const bool is_disproved =
      absence &&
      (absence->time <= presence.last_known() ||
       !(window.latest_start.given() || life.has_making() || presence.last_known().given()));
  if (!absence || is_logged || is_disproved || absence->time <= window.earliest_start ||
      (window.end.given() && absence->time >= window.end)) {
    return;
  }
  // Nothing shows that it was listed, and its keys are younger than the order.
  if (absence->time < window.latest_start && listing_of(provider, facts) != Listing::order) {
    return;
  }
  // A log that is newer than the order's last write puts it back.
  if (life.has_making() && life.complete().time > absence->time) {
    return;
  }
  window.end_kind = WindowEnd::removed;
  window.end = absence->time;
  window.earliest_end =
      last_known(provider, std::min(window.earliest_end, absence->time), facts.all(), window);
  window.latest_start = std::min(window.latest_start, window.end);
  window.end_basis =
      "the present order does not list it and was last written then: it was out of it at the "
      "latest "
      "then" +
      until(window);
  window.evidence.push_back(absence->origin);
  Bounds(window).add(
      "order_without", "end", absence->time, true,
      "the present order, which does not list it, was last written: out of it at the "
      "latest then",
      {absence->origin});
}

void find_end(const Provider& provider, const Life& life, const Presence& presence,
              const NamedFacts& facts, FileTime evidence_end, Exposure& exposure) {
  const bool is_present =
      (provider.state == ProviderState::active || provider.state == ProviderState::staged) &&
      is_in_current_set(provider, facts);
  const auto deleted = dll_times(provider, facts.all()).deleted;
  if (deleted && deleted->time > exposure.latest_start) {
    Bounds(exposure).add(deleted->what, "end", deleted->time, true, deleted->text,
                         deleted->evidence);
  }
  const bool came_back = deleted && deleted->time > exposure.latest_start && has_file(provider);
  Mark removal = life.removal();
  if (removal.change != nullptr && is_present && is_back(provider, life, facts)) {
    removal = {};
  }
  if (removal.change == nullptr && provider.state != ProviderState::active) {
    removal = life.compared_removal();
  }
  if (removal.change != nullptr) {
    exposure.end_kind = WindowEnd::removed;
    exposure.end = removal.time;
    exposure.earliest_end = removal.time;
    exposure.end_basis =
        provider.state == ProviderState::active
            ? "the logged change that removed it; its key is there again, and not all that it "
              "needs is seen to be"
            : "the logged change that removed it";
    if (!removal.change->is_exact) {
      set_compared_end(provider, removal, facts.all(), evidence_end, exposure);
    }
    exposure.evidence.insert(exposure.evidence.end(), removal.change->evidence.begin(),
                             removal.change->evidence.end());
    Bounds(exposure).add(removal.change->is_exact ? "removal_logged" : "removal_compared", "end",
                         exposure.end, removal.change->is_exact, exposure.end_basis,
                         removal.change->evidence);
    if (!removal.change->is_exact) {
      Bounds(exposure).add("last_known", "end", exposure.earliest_end, true,
                           "the last time that it is known to have been there");
    }
    return;
  }
  // A DLL in use is deleted only when the last process lets go of it, and a file may come back
  // unseen; but it is gone from the place that the registration names.
  if (deleted && deleted->time > exposure.latest_start && !came_back) {
    exposure.end_kind = WindowEnd::removed;
    exposure.end = deleted->time;
    exposure.earliest_end = deleted->time;
    exposure.end_basis = "the logged deletion of its DLL; the registration itself is still there";
    exposure.evidence.insert(exposure.evidence.end(), deleted->evidence.begin(),
                             deleted->evidence.end());
    return;
  }
  // Only then something else than the hive decides.
  if (is_present && !provider.state_basis.empty() &&
      registration_in_later_copy(facts.all(), provider.name.raw()) != nullptr) {
    exposure.end_kind = WindowEnd::still_active;
    exposure.earliest_end = std::max(presence.last_known(), exposure.latest_start);
    exposure.end_basis =
        "a copy of the hive has it that was written later than the hive taken for the present one, "
        "which does not: which of the two is newer is in doubt, and it may be there still";
    Bounds(exposure).add("copy_written", "end", exposure.earliest_end, true,
                         "a copy of the hive that has it was written to then");
    return;
  }
  if (is_present) {
    exposure.end_kind = WindowEnd::still_active;
    exposure.end_basis = provider.state_basis.empty()
                             ? "registered in the newest state of the registry"
                             : "registered by the newest logged changes, which no hive confirms";
    if (!provider.state_basis.empty()) {
      exposure.earliest_end = known_by_log(life, facts.all(), exposure);
      Bounds(exposure).add(
          "log_ends", "end", exposure.earliest_end, false,
          "the last time at which the log that tells of registry changes would have "
          "told of its removal");
    } else {
      Bounds(exposure).add("hive_written", "end", facts.hive_written(), true,
                           "the newest state of the registry that has it was written to then");
    }
    if (provider.state != ProviderState::active) {
      exposure.end_basis += ", though " + place_of(provider, facts);
    }
    if (came_back) {
      exposure.earliest_end = deleted->time;
      exposure.end_basis += fmt::format(
          "; its DLL was deleted at {}, and a file lies at its path in the evidence: it came back "
          "unseen, or was collected before",
          to_screen_time(deleted->time));
    }
    if (provider.state_basis.empty() && presence.is_gone_in_later_copy()) {
      exposure.earliest_end = presence.last_known();
      exposure.end_basis +=
          "; a copy of the hive that was written later does not have it, so that which of the two "
          "is newer is in doubt";
    }
    return;
  }
  exposure.end_kind = WindowEnd::evidence_ends;
  exposure.end = evidence_end;
  if (!is_in_current_set(provider, facts)) {
    exposure.earliest_end = exposure.latest_start;
    exposure.end_basis =
        "only a control set that is not the current one has it, so it is not active; until when it "
        "was is not seen, and the evidence ends here";
    Bounds(exposure).add(
        "evidence_ends", "end", evidence_end, false,
        "the newest time in the evidence: that it was there until then is assumed");
    return;
  }
  // A removal that the log should have told of came behind the end of its auditing.
  exposure.earliest_end = last_known(
      provider, life.has_making() ? paused_behind(exposure.latest_start, facts.all()) : FileTime{},
      facts.all(), exposure);
  exposure.end_basis =
      exposure.latest_start.given()
          ? "no removal is seen; the evidence ends here" + until(exposure)
          : "it is gone, and nothing dates when it was there; the evidence ends here";
  Bounds(exposure).add("evidence_ends", "end", evidence_end, false,
                       "the newest time in the evidence: that it was there until then is assumed");
}

/// Where Windows sends no password any more, the window ends, whatever is still registered.
void end_with_policy(const PolicyHistory& policy, Exposure& window) {
  const auto states = policy.states();
  const auto is_off = [](const PolicyHistory::State& state) {
    return state.sends == YesNo::no && !state.is_assumed;
  };
  std::size_t first = states.size();
  while (first > 0 && is_off(states[first - 1])) {
    --first;
  }
  if (first == 0 || first == states.size()) {
    return;  // At no time, or still.
  }
  const PolicyHistory::State& off = states[first];
  if (!window.latest_start.given() || off.since <= window.latest_start ||
      (window.end.given() && window.end <= off.since)) {
    return;
  }
  window.end = off.since;
  window.end_kind = WindowEnd::removed;
  window.earliest_end =
      window.earliest_end.given() ? std::min(window.earliest_end, window.end) : window.end;
  Bounds(window).add("sending_ended", "end", off.since, true,
                     "the first time from which on Windows sent no password");
  window.end_basis =
      fmt::format("from then on Windows sent no password, whatever was registered: {}", off.reason);
}

}  // namespace

void set_end(const Provider& provider, const Life& life, const Presence& presence,
             const NamedFacts& facts, const PolicyHistory& policy, FileTime evidence_end,
             Exposure& window) {
  find_end(provider, life, presence, facts, evidence_end, window);
  end_with_order(provider, life, presence, facts, window);
  end_with_policy(policy, window);
}

}  // namespace npg::exposure
