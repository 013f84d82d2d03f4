#include "app/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "analysis/baseline/counted_hosts.hpp"
#include "app/case.hpp"
#include "app/expectations.hpp"
#include "app/scan.hpp"
#include "app/small_files.hpp"
#include "base/evidence_text.hpp"
#include "base/signing.hpp"
#include "casefile/case_file.hpp"

namespace npg {
namespace {

constexpr std::uint64_t baseline_bytes_max = 256ULL << 20;
constexpr std::uint64_t key_bytes_max = 64ULL << 10;
constexpr std::string_view signature_word = "signature\ted25519\t";

std::unexpected<Failure> refused(std::string text) {
  return std::unexpected(Failure{FailureKind::refused, std::move(text)});
}

struct Profiles {
  FileTime newest;
  bool complete = true;
};
using TakeProfile = std::function<void(const HostProfile&)>;

/// `file` is what opening the path as a case gave.
Outcomed<void> profiles_of_case(const std::string& path, CaseResult<CaseFile> file,
                                const std::string& host, const TakeProfile& take,
                                FileTime& newest) {
  const auto failed = [&](const CaseError& error) {
    return std::unexpected(Failure{FailureKind::no_input,
                                   fmt::format("the case {}: {}", shown_path(path), error.text)});
  };
  if (!file) {
    return failed(file.error());
  }
  const auto as_of = file->latest_as_of();
  if (!as_of) {
    return failed(as_of.error());
  }
  newest = std::max(newest, *as_of);
  std::string damaged;
  const auto take_text = [&](std::string_view name, std::string_view text) {
    const auto profile = parse_profile(text);
    if (profile) {
      take(*profile);
    } else {
      damaged = fmt::format(
          "the case {}: the profile of {} is damaged in line {}, or an earlier "
          "npguard kept it: scan into the case again",
          shown_path(path), shown_path(name), profile.error().offset);
    }
  };
  if (host.empty()) {
    if (const auto all = file->profiles(take_text); !all) {
      return failed(all.error());
    }
  } else {
    const auto one = file->profile_of(host);
    if (!one) {
      return failed(one.error());
    }
    if (!*one) {
      return std::unexpected(
          Failure{FailureKind::no_input,
                  fmt::format("the case {} has no host {}", shown_path(path), shown_path(host))});
    }
    take_text(host, **one);
  }
  return damaged.empty() ? Outcomed<void>() : refused(damaged);
}

/// The profiles of every host in the paths; those that are cases give what they keep.
Outcomed<Profiles> profiles_of(const std::vector<std::string>& paths, const std::string& host,
                               unsigned threads, const TakeProfile& take) {
  Profiles answer;
  std::vector<std::string> evidence;
  const auto take_and_date = [&](const HostProfile& profile) {
    for (const ProfileField& field : profile.fields) {
      answer.newest = std::max(answer.newest, field.since);
    }
    take(profile);
  };
  for (const std::string& path : paths) {
    auto file = CaseFile::open(path, {});
    if (!is_opened_case(file)) {
      evidence.push_back(path);
      continue;
    }
    const auto read = profiles_of_case(path, std::move(file), host, take_and_date, answer.newest);
    if (!read) {
      return std::unexpected(read.error());
    }
  }
  if (evidence.empty()) {
    return answer;
  }
  std::vector<HostProfile> profiles;
  const auto assessment = scan({.paths = evidence, .threads = threads, .profiles = &profiles});
  if (!assessment) {
    const auto which = static_cast<std::size_t>(assessment.error().have);
    return std::unexpected(Failure{FailureKind::no_input,
                                   fmt::format("cannot open {}: {}", shown_path(evidence[which]),
                                               why_not_opened(assessment.error()))});
  }
  for (const HostProfile& profile : profiles) {
    take_and_date(profile);
  }
  answer.newest = std::max(answer.newest, assessment->as_of);
  answer.complete = assessment->complete;
  return answer;
}

struct KnownCounts {
  std::uint64_t known = 0;
  std::uint64_t rare = 0;
  std::uint64_t since_baseline = 0;
};
KnownCounts counts_of(const Baseline& baseline, const BaselineGroup& group) {
  KnownCounts counts;
  for (const auto& [key, field] : group.fields) {
    for (const auto& [value, known] : field.values) {
      ++(baseline.is_known(known, group) ? counts.known : counts.rare);
      counts.since_baseline += known.is_since_baseline ? 1U : 0U;
    }
  }
  return counts;
}

std::string group_lines(const Baseline& baseline) {
  std::string text;
  for (const auto& [key, group] : baseline.groups) {
    const KnownCounts counts = counts_of(baseline, group);
    text += fmt::format("{}: {} host{}, {} values known, {} too rare or too new\n",
                        group_name(key.build, key.role, key.tag), group.hosts,
                        group.hosts == 1 ? "" : "s", counts.known, counts.rare);
    if (counts.since_baseline > 0) {
      text += fmt::format(
          "  {} values of DLLs have no time of their own (no log tells when the files were "
          "written): "
          "their\n  age counts from when the baseline first had them, which --add-to keeps\n",
          counts.since_baseline);
    }
    const BaselineMinimum minimum = baseline.minimum_of(group);
    if (group.minimum) {
      text += fmt::format("  kept as it was: known from {} hosts and {} days on, as of {}\n",
                          minimum.hosts, minimum.age_days, to_screen_time(minimum.as_of));
    }
    if (group.hosts < minimum.hosts) {
      text += fmt::format("  nothing of it is known: fewer hosts than the minimum of {}\n",
                          minimum.hosts);
    }
  }
  return text;
}

/// The hosts that were given several times.
std::string repeated_lines(const CountedHosts& counted) {
  constexpr std::size_t shown_max = 5;
  const auto repeated = counted.repeated();
  std::string text;
  std::size_t shown = 0;
  for (const auto& [name, times] : repeated) {
    if (shown++ == shown_max) {
      return text + fmt::format("and {} hosts more that were given several times and count once\n",
                                repeated.size() - shown_max);
    }
    text += fmt::format("{} was given {} times and counts once\n", name, times);
  }
  return text;
}

std::string drift_lines(const Drift& drift) {
  std::string text = fmt::format("  {:8} {} {}{}{}\n", name_of(drift.drift), name_of(drift.kind),
                                 drift.subject, drift.field == "present" ? "" : " " + drift.field,
                                 drift.is_other ? " (other control set)" : "");
  if (drift.field == "present") {
    return text;
  }
  for (const std::string& value : drift.before) {
    text += fmt::format("           before {}\n", value);
  }
  for (const std::string& value : drift.after) {
    text += fmt::format("           after  {}\n", value);
  }
  if (drift.rare_on > 0) {
    text += fmt::format("           the baseline saw it on {} hosts, which is too few or too new\n",
                        drift.rare_on);
  }
  return text;
}

/// Path and class of a provider that the baseline does not have.
std::string what_was_added(const Drift& drift, const HostProfile& profile) {
  std::string text;
  if (drift.kind != ProfileKind::provider || drift.drift != DriftKind::added ||
      drift.field != "present") {
    return text;
  }
  for (const ProfileField& field : profile.fields) {
    const bool is_told = equal_names(field.field, "ProviderPath") ||
                         equal_names(field.field, "AuthentProviderPath") ||
                         equal_names(field.field, "Class");
    if (is_told && field.kind == drift.kind && field.is_other == drift.is_other &&
        equal_names(field.subject, drift.subject)) {
      text += fmt::format("           {} {}\n", field.field, field.value);
    }
  }
  return text;
}

void describe(const HostProfile& profile, const Baseline& baseline, const std::string& tag,
              DiffAnswer& answer) {
  const DriftReport report = compare(profile, baseline, tag);
  const std::string group = group_name(profile.build, profile.role, tag);
  if (!report.has_group) {
    answer.text +=
        fmt::format("{}: not compared: the baseline has no hosts of {}\n", profile.host, group);
    answer.complete = false;
    return;
  }
  answer.text += fmt::format("{}: {} difference{} from {} host{} of {}\n", profile.host,
                             report.drifts.size(), report.drifts.size() == 1 ? "" : "s",
                             report.group_hosts, report.group_hosts == 1 ? "" : "s", group);
  for (const Drift& drift : report.drifts) {
    answer.text += drift_lines(drift);
    answer.text += what_was_added(drift, profile);
  }
  if (!report.not_seen.empty() || report.not_compared > 0) {
    answer.text +=
        fmt::format("  not compared: {} fields of the baseline{}{}\n", report.not_compared,
                    report.not_seen.empty() ? "" : "; the evidence has no ",
                    fmt::join(report.not_seen, ", no "));
  }
  for (const std::string& dll : report.dlls_not_seen) {
    answer.text += fmt::format("  not compared: {}: the evidence does not have it\n", dll);
  }
  for (const std::string& section : report.baseline_lacks) {
    answer.text += fmt::format(
        "  not compared: what the {} hive tells: the baseline's evidence had none\n", section);
  }
  for (const std::string& dll : report.baseline_lacks_dlls) {
    answer.text +=
        fmt::format("  not compared: {}: the baseline's evidence did not have it\n", dll);
  }
  answer.complete = answer.complete && report.not_seen.empty() && report.dlls_not_seen.empty() &&
                    report.baseline_lacks.empty() && report.baseline_lacks_dlls.empty();
  answer.has_differences = answer.has_differences || !report.drifts.empty();
}

}  // namespace

Outcomed<BuiltBaseline> build_baseline(const BaselineBuild& build) {
  NPG_TRY(const std::string key, read_small_file(build.key_file, key_bytes_max));
  Baseline baseline;
  baseline.settings = build.settings;
  if (!build.add_to.empty()) {
    NPG_TRY(const SignedBaseline before, read_baseline(build.add_to, build.key_file));
    baseline.groups = before.baseline.groups;
    // What was known of them stays known, and what was too rare stays so.
    for (auto& [which, group] : baseline.groups) {
      group.minimum = before.baseline.minimum_of(group);
    }
  }
  const Baseline before = baseline;
  Baseline fresh;
  CountedHosts counted;
  NPG_TRY(const Profiles profiles,
          profiles_of(build.paths, "", build.threads,
                      [&](const HostProfile& profile) { counted.add(profile, build.tag, fresh); }));
  if (fresh.groups.empty()) {
    return std::unexpected(Failure{FailureKind::no_input, "nothing in the input tells of a host"});
  }
  for (auto& [group, content] : fresh.groups) {
    baseline.groups.insert_or_assign(group, std::move(content));
  }
  if (!baseline.settings.as_of.given()) {
    baseline.settings.as_of = profiles.newest;
  }
  baseline.date_the_undated(&before, baseline.settings.as_of);
  for (auto& [which, group] : baseline.groups) {
    if (group.minimum == baseline.minimum_of(BaselineGroup{})) {
      group.minimum.reset();
    }
  }
  std::string text = baseline_text(baseline);
  const auto signature = sign_ed25519(text, key);
  if (!signature) {
    return refused(fmt::format("{}: {}", shown_path(build.key_file), signature.error()));
  }
  text += fmt::format("{}{}\t{}\n", signature_word, signature->key_id, to_base64(signature->bytes));
  return BuiltBaseline{std::move(text), group_lines(baseline) + repeated_lines(counted),
                       profiles.complete};
}

Outcomed<SignedBaseline> read_baseline(const std::string& path, const std::string& key_file) {
  NPG_TRY(const std::string content, read_small_file(path, baseline_bytes_max));
  NPG_TRY(const std::string key, read_small_file(key_file, key_bytes_max));
  const auto no = [&](std::string_view why) {
    return refused(fmt::format("{}: {}", shown_path(path), why));
  };
  const std::size_t at = content.rfind(signature_word);
  const bool is_last_line = at != std::string::npos && (at == 0 || content[at - 1] == '\n') &&
                            content.ends_with('\n') && content.find('\n', at) == content.size() - 1;
  if (!is_last_line) {
    return no("it is not signed: its last line is no signature");
  }
  const std::string_view line = std::string_view(content).substr(
      at + signature_word.size(), content.size() - at - signature_word.size() - 1);
  const std::size_t tab = line.find('\t');
  const auto signature =
      from_base64(tab == std::string_view::npos ? std::string_view() : line.substr(tab + 1));
  const auto text = std::string_view(content).substr(0, at);
  const auto key_id = signature ? verify_ed25519(text, *signature, key) : signature;
  if (!key_id) {
    return no(fmt::format("refused: {}", key_id.error()));
  }
  if (*key_id != line.substr(0, tab)) {
    return no("refused: its last line names another key than the one that signed it");
  }
  if (text.starts_with("npguard-baseline\t1\n")) {
    return no(
        "an earlier npguard made it, which took the control sets' settings for one: build it "
        "again");
  }
  auto baseline = parse_baseline(text);
  if (!baseline) {
    return no(fmt::format("line {}: {}", baseline.error().offset, baseline.error().what));
  }
  return SignedBaseline{*std::move(baseline), *key_id};
}

Outcomed<DiffAnswer> diff_with_baseline(const BaselineDiff& diff) {
  NPG_TRY(const SignedBaseline known, read_baseline(diff.baseline_file, diff.key_file));
  DiffAnswer answer;
  std::size_t hosts = 0;
  NPG_TRY(const Profiles profiles,
          profiles_of(diff.paths, diff.host, diff.threads, [&](const HostProfile& profile) {
            ++hosts;
            describe(profile, known.baseline, diff.tag, answer);
          }));
  if (hosts == 0) {
    return std::unexpected(Failure{FailureKind::no_input, "nothing in the input tells of a host"});
  }
  answer.complete = answer.complete && profiles.complete;
  return answer;
}

std::string baseline_summary(const SignedBaseline& known) {
  const BaselineSettings& settings = known.baseline.settings;
  return fmt::format("{}\nas of {}; known from {} hosts and {} days on; signed by the key {}\n{}",
                     settings.name.empty() ? "(no name)" : settings.name,
                     to_screen_time(settings.as_of), settings.minimum_hosts,
                     settings.minimum_age_days, known.key_id, group_lines(known.baseline));
}

}  // namespace npg
