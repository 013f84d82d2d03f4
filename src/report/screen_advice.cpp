#include <fmt/format.h>

#include <array>
#include <set>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

std::vector<std::string> names_where(const HostAssessment& host, bool (*test)(const Provider&)) {
  std::vector<std::string> names;
  for (const Provider& each : host.providers) {
    if (test(each)) {
      names.push_back(name(each.name));
    }
  }
  return names;
}

std::string shown_path(const ProviderDll& dll) {
  return name(path_of(dll));
}

bool has_serious_finding(const HostAssessment& host) {
  return std::ranges::any_of(host.findings, [](const Finding& finding) {
    return finding.severity >= FindingSeverity::high && finding.suppressed_by.empty();
  });
}

void reset(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  const std::size_t most = cuts.few == SIZE_MAX ? SIZE_MAX : 8;
  const auto now = accounts_to(host, Action::reset_now);
  const auto next = accounts_to(host, Action::reset);
  const auto review = accounts_to(host, Action::review);
  if (!now.empty()) {
    const bool is_bent = std::ranges::any_of(host.providers, [](const Provider& provider) {
      return is_bad(provider) && !provider.known_as.empty();
    });
    steps.add(fmt::format("Reset now, from another host and after the {} is gone: {}.",
                          is_bent ? "foreign DLL" : "provider", first_of(now, most)));
  }
  std::string later = next.empty() ? "" : fmt::format("Reset next: {}.", first_of(next, most));
  if (!review.empty()) {
    later += fmt::format("{}Review: {}.", later.empty() ? "" : " ", first_of(review, most));
  }
  if (!later.empty()) {
    steps.add(later);
  }
}

/// What one account did to the registrations of bad providers.
struct Deed {
  std::string account;
  bool is_machine = false;  ///< an account that nobody logs on with: the process is what matters
  std::vector<std::string> sources;
  std::vector<std::string> processes;
  std::vector<std::string> registered;
  std::vector<std::string> removed;
  bool is_seen = false;  ///< by an event of the write itself
};

void add_once(std::vector<std::string>& items, const std::string& item) {
  if (std::ranges::find(items, item) == items.end()) {
    items.push_back(item);
  }
}

bool is_machine_account(const Actor& actor) {
  return actor.sid == SharedText("S-1-5-18") || actor.sid == SharedText("S-1-5-19") ||
         actor.sid == SharedText("S-1-5-20") || actor.account.raw().ends_with('$') ||
         contains_name(actor.account.raw(), "NT AUTHORITY\\") ||
         actor.logon_id == std::optional<std::uint64_t>(0x3e7);
}

Deed& deed_of(std::vector<Deed>& deeds, const Actor& actor) {
  const std::string who = name(actor.account.empty() ? actor.sid : actor.account);
  const auto found =
      std::ranges::find_if(deeds, [&](const Deed& deed) { return equal_names(deed.account, who); });
  Deed& deed = found == deeds.end() ? deeds.emplace_back() : *found;
  deed.account = who;
  deed.is_machine = deed.is_machine || is_machine_account(actor);
  if (!actor.source_address.empty()) {
    add_once(deed.sources, name(actor.source_address));
  }
  if (!actor.process.empty()) {
    add_once(deed.processes, name(actor.process));
  }
  return deed;
}

std::vector<Deed> deeds_of(const HostAssessment& host) {
  std::vector<Deed> deeds;
  for (const Change& change : host.changes) {
    if (change.actor.account.empty() && change.actor.sid.empty()) {
      continue;
    }
    for (const Provider& provider : host.providers) {
      if (!is_bad(provider) || provider.name.empty()) {
        continue;
      }
      const std::string_view its_name = provider.name.raw();
      const bool writes = change.what == "value_set" || change.what == "key_created" ||
                          change.what == "write_inferred";
      const bool is_here = contains_name(change.key.raw(), its_name);
      if ((is_here && writes) || contains_name(change.new_value.raw(), its_name)) {
        Deed& deed = deed_of(deeds, change.actor);
        add_once(deed.registered, name(its_name));
        deed.is_seen = deed.is_seen || change.what != "write_inferred";
      } else if (is_here || contains_name(change.old_value.raw(), its_name)) {
        add_once(deed_of(deeds, change.actor).removed, name(its_name));
      }
    }
  }
  return deeds;
}

void follow(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  if (!has_serious_finding(host)) {
    return;
  }
  const std::vector<Deed> deeds = deeds_of(host);
  for (std::size_t i = 0; i < deeds.size() && i < cuts.few; ++i) {
    const Deed& deed = deeds[i];
    std::string what = deed.registered.empty()
                           ? ""
                           : (deed.is_seen ? "registered " : "is inferred to have registered ") +
                                 first_of(deed.registered, cuts.few);
    if (!deed.sources.empty()) {
      what += fmt::format("{}from {}", what.empty() ? "" : " ", first_of(deed.sources, cuts.few));
    }
    if (!deed.removed.empty()) {
      what = deed.registered.empty()
                 ? fmt::format("removed {}{}", first_of(deed.removed, cuts.few),
                               what.empty() ? "" : " " + what)
                 : what + (deed.removed == deed.registered
                               ? " and removed it"
                               : ", and removed " + first_of(deed.removed, cuts.few));
    }
    if (deed.is_machine) {
      steps.add(
          fmt::format("Find out what ran as {}: it {}{}.", deed.account, what,
                      deed.processes.empty() ? "" : " with " + first_of(deed.processes, cuts.few)));
    } else if (deed.registered.empty() && !deed.removed.empty()) {
      // Who only takes a provider away is most often who cleans up.
      steps.add(
          fmt::format("Ask whether {} cleaned up or hid its traces: it {}.", deed.account, what));
    } else {
      steps.add(fmt::format("Treat {} as compromised: it {}.", deed.account, what));
    }
  }
}

void collect(Steps& steps, const HostAssessment& host, const std::vector<UnreadFile>& unread,
             const Cuts& cuts) {
  const ToCollect wanted = to_collect(host, unread);
  if (!wanted.again.empty()) {
    steps.add(fmt::format("Collect again what is there and could not be read: {}.",
                          first_of(wanted.again, cuts.statements)));
  }
  if (!wanted.missing.empty()) {
    steps.add(
        fmt::format("Collect and assess again: {}.", first_of(wanted.missing, cuts.statements)));
  } else if (wanted.again.empty() && host.verdict == HostVerdict::undetermined) {
    steps.add(
        "Collect the SYSTEM hive with its logs, the DLLs that providers name, and the Security "
        "and System logs, and assess again.");
  }
}

void explain(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  // What Windows ships needs no owner; its DLL is among the things to collect.
  const auto unexplained = names_where(host, [](const Provider& provider) {
    return provider.verdict == ProviderVerdict::unexplained &&
           !has_reason(provider, "registration_is_windows_own");
  });
  if (!unexplained.empty()) {
    steps.add(fmt::format(
        "Ask the host's owner what {} {}; approve {} by an exception, or treat {} as suspicious.",
        first_of(unexplained, cuts.few), unexplained.size() == 1 ? "is" : "are",
        unexplained.size() == 1 ? "it" : "them", unexplained.size() == 1 ? "it" : "them"));
  }
}

/// The sentence without its full stop, to stand inside another one.
std::string without_stop(std::string text) {
  while (text.ends_with('.') || text.ends_with(' ')) {
    text.pop_back();
  }
  return text;
}

void harden(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  std::vector<std::string> fixes;
  for (const PostureCheck& each : host.posture) {
    if (each.status == CheckStatus::fail) {
      fixes.push_back(fmt::format("{} ({})", without_stop(each.fix.empty() ? each.check : each.fix),
                                  each.mitigation));
    }
  }
  if (fixes.empty()) {
    return;
  }
  const std::size_t shown = std::min(fixes.size(), cuts.few);
  std::string text = "Harden: ";
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : "; ") + fixes[i];
  }
  steps.add(text +
            (shown < fixes.size() ? fmt::format("; and {} more.", fixes.size() - shown) : "."));
}

/// The file of that name of which nothing could be read; nothing when there is none.
const UnreadFile* lost_file(const std::vector<UnreadFile>& unread, std::string_view file) {
  const auto found = std::ranges::find_if(unread, [file](const UnreadFile& each) {
    return each.is_lost && equal_names(each.file, file);
  });
  return found == unread.end() ? nullptr : &*found;
}

/// "the SYSTEM hive (E0001: bad signature)".
std::string unreadable(std::string_view what, const UnreadFile& file) {
  return fmt::format("{} ({}{}{})", what, file.id, file.id.empty() ? "" : ": ",
                     without_stop(file.why));
}

/// Texts in the order that they came in, each once. Of a few add_once() will do.
class Texts {
 public:
  void add(const std::string& text) {
    if (seen_.insert(text).second) {
      all_.push_back(text);
    }
  }
  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
  std::set<std::string> seen_;
};

/// "the DLLs of RDPNP and WebClient (System32)", and by path what lies elsewhere.
void add_missing_dlls(ToCollect& wanted, const HostAssessment& host,
                      const std::vector<UnreadFile>& unread) {
  Texts in_system32;
  Texts elsewhere;
  for (const Provider& provider : host.providers) {
    for (const ProviderDll& dll : provider.dlls) {
      if (dll.image || is_plainly_expected(provider)) {
        continue;
      }
      const std::string path = shown_path(dll);
      const std::size_t folder_end = path.rfind('\\');
      const UnreadFile* const there = lost_file(unread, path.substr(folder_end + 1));
      if (there != nullptr) {
        add_once(wanted.again, unreadable(path, *there));
        continue;
      }
      const bool is_there = folder_end != std::string::npos &&
                            equal_names(path.substr(0, folder_end), "C:\\Windows\\System32");
      (is_there ? in_system32 : elsewhere).add(is_there ? name(provider.name) : path);
    }
  }
  if (const auto& names = in_system32.all(); !names.empty()) {
    wanted.missing.push_back(fmt::format("the {} of {} (System32)",
                                         names.size() == 1 ? "DLL" : "DLLs", first_of(names, 8)));
  }
  for (const Companion& each : host.companions) {
    if (!each.file.image && !path_of(each.file).empty()) {
      elsewhere.add(shown_path(each.file));
    }
  }
  wanted.missing.insert(wanted.missing.end(), elsewhere.all().begin(), elsewhere.all().end());
}

bool has_records(const HostAssessment& host, std::string_view channel) {
  return std::ranges::any_of(host.coverage.sources, [&](const CoverageSource& source) {
    return source.records > 0 && contains_name(short_channel(source.channel), channel);
  });
}

}  // namespace

void next_steps(Page& page, const HostAssessment& host, const std::vector<UnreadFile>& unread,
                const Cuts& cuts) {
  page.section("WHAT TO DO NEXT");
  Steps steps(page);
  preserve(steps, host, cuts);
  remove(steps, host, cuts);
  reset(steps, host, cuts);
  follow(steps, host, cuts);
  explain(steps, host, cuts);
  collect(steps, host, unread, cuts);
  harden(steps, host, cuts);
  if (steps.none()) {
    page.paragraph(2, "", "Nothing follows from this evidence.");
  }
}

ToCollect to_collect(const HostAssessment& host, const std::vector<UnreadFile>& unread) {
  struct Source {
    std::string_view word;  ///< in what rules say that they need
    std::string_view words;
    bool is_there;
  };
  const bool has_registrations = std::ranges::any_of(
      host.providers, [](const Provider& provider) { return !provider.values.empty(); });
  const std::array<Source, 5> sources = {
      {{"SYSTEM hive", "the SYSTEM hive with its logs", has_registrations},
       {"SOFTWARE hive", "the SOFTWARE hive", host.host.build != 0},
       {"Security", "the Security log", has_records(host, "Security")},
       {"Sysmon", "the Sysmon log", has_records(host, "Sysmon")},
       {"System log", "the System log", has_records(host, "System")}}};
  ToCollect wanted;
  add_missing_dlls(wanted, host, unread);
  std::array<bool, sources.size()> is_wanted{};
  std::vector<std::string> others;
  for (const NotEvaluated& each : host.coverage.not_evaluated) {
    bool is_known = false;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (contains_name(each.needs, sources[i].word)) {
        is_known = true;
        is_wanted[i] = is_wanted[i] || !sources[i].is_there;
      }
    }
    // Only what is in other words is said in the rule's own. What a source that is there does not
    // hold cannot be collected; the checks of the host's settings speak of it.
    if (!is_known && !each.needs.empty() && !contains_name(each.needs, "provider")) {
      add_once(others, each.needs);
    }
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto there = std::ranges::find_if(unread, [&](const UnreadFile& file) {
      return !file.source.empty() && sources[i].words.starts_with(file.source);
    });
    if (is_wanted[i] && there != unread.end()) {
      wanted.again.push_back(unreadable(there->source, *there));
    } else if (is_wanted[i]) {
      wanted.missing.emplace_back(sources[i].words);
    }
  }
  wanted.missing.insert(wanted.missing.end(), others.begin(), others.end());
  return wanted;
}

void host_in_short(Page& page, const HostAssessment& host, const std::vector<UnreadFile>& unread,
                   const Cuts& cuts) {
  page.blank();
  std::vector<std::string> plain;
  for (const Provider& each : host.providers) {
    plain.push_back(fmt::format("{} ({})", name(each.name), spaced(npg::name_of(each.verdict))));
  }
  page.paragraph(0, "Providers      ",
                 plain.empty() ? "none was found in the evidence" : first_of(plain, 8),
                 Paint::heading);
  std::vector<std::string> titles;
  for (const Finding& each : host.findings) {
    titles.push_back(fmt::format("{}: {} ({})", npg::name_of(each.severity), each.title,
                                 short_key(each.subject)));
  }
  if (!titles.empty()) {
    page.paragraph(0, "Findings       ", first_of(titles, cuts.few), Paint::heading);
  }
  const std::string missing = unseen_in_short(host, cuts);
  page.paragraph(0, "Could not see  ",
                 missing.empty() ? "nothing that the rules need was missing" : missing,
                 Paint::heading);
  const ToCollect wanted = to_collect(host, unread);
  std::string next = wanted.again.empty()
                         ? ""
                         : fmt::format("collect again what is there and could not be read: {}",
                                       first_of(wanted.again, cuts.statements));
  if (!wanted.missing.empty()) {
    next += fmt::format("{}collect and assess again: {}", next.empty() ? "" : "; ",
                        first_of(wanted.missing, cuts.statements));
  }
  if (!next.empty()) {
    page.paragraph(0, "Next           ", next, Paint::heading);
  }
  const auto failed = std::ranges::count(host.posture, CheckStatus::fail, &PostureCheck::status);
  if (failed > 0) {
    page.paragraph(
        0, "Settings       ",
        fmt::format("{} (--json says how to mend it)",
                    counted(static_cast<std::uint64_t>(failed), "check fails", "checks fail")),
        Paint::heading);
  }
}

}  // namespace npg::screen
