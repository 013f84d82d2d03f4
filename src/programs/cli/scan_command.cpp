#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "app/attack_mirror.hpp"
#include "app/case_keeping.hpp"
#include "app/expectation_files.hpp"
#include "app/outcome.hpp"
#include "app/render.hpp"
#include "app/scan.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/case_failure.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/failures.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {
namespace {

/// One line on stderr that is written over while work goes on.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown) {}
  ~ProgressLine() {
    if (shown_ && drawn_) {
      fmt::print(stderr, "\r\x1b[K");
    }
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ProgressLine(ProgressLine&&) = delete;
  ProgressLine& operator=(ProgressLine&&) = delete;

  void show(const Progress& progress) {
    if (!shown_) {
      return;
    }
    const std::scoped_lock lock(mutex_);
    if (drawn_ && progress.files_done < files_shown_) {
      return;  // Another thread has shown a later state.
    }
    drawn_ = true;
    files_shown_ = progress.files_done;
    fmt::print(stderr, "\r\x1b[Kreading {} of {} files, {} of {} MB", progress.files_done,
               progress.files_total, progress.bytes_done / 1'000'000,
               progress.bytes_total / 1'000'000);
    (void)std::fflush(stderr);  // A progress line that cannot be shown is no loss.
  }

 private:
  bool shown_;
  bool drawn_ = false;
  std::uint64_t files_shown_ = 0;
  std::mutex mutex_;
};

HashMode hash_mode_of(const std::string& name) {
  return name == "all" ? HashMode::all : name == "none" ? HashMode::none : HashMode::cited;
}

int exit_code_of(const Assessment& assessment, const ScanArguments& arguments) {
  const Outcome outcome = outcome_of(
      assessment,
      {.fail_on = finding_severity_of(arguments.fail_on).value_or(FindingSeverity::medium),
       .strict = arguments.strict});
  return (outcome.has_findings ? has_findings : 0) | (outcome.is_incomplete ? incomplete : 0);
}

/// The newest time that an event log of the assessment holds.
FileTime newest_evidence(const Assessment& assessment) {
  FileTime newest;
  for (const HostAssessment& host : assessment.hosts) {
    for (const CoverageSource& source : host.coverage.sources) {
      newest = std::max(newest, source.last);
    }
  }
  return newest;
}

void drop_below(Assessment& assessment, FindingSeverity level) {
  for (HostAssessment& host : assessment.hosts) {
    std::erase_if(host.findings, [&](const Finding& finding) { return finding.severity < level; });
  }
}

/// A store that was asked for must be there. The user's own is no part of the evidence: where it
/// cannot be read the names that npguard knows do, and stderr says so. Nothing: an error was shown.
std::optional<AttackCatalogue> catalogue_for_scan(const std::string& store) {
  const std::filesystem::path folder =
      store.empty() ? default_attack_store() : std::filesystem::path(store);
  auto catalogue = catalogue_of_store(folder, Limits{});
  const bool is_asked_for = !store.empty();
  if (catalogue && (catalogue->source.mirrored || !is_asked_for)) {
    return *std::move(catalogue);
  }
  fmt::print(stderr, "npguard: the ATT&CK mirror in {}: {}\n",
             escape_for_terminal(EvidenceText::from_utf8(folder.string())),
             catalogue ? "nothing of enterprise-attack is imported" : catalogue.error());
  return is_asked_for ? std::nullopt : std::optional(shipped_catalogue());
}

/// What hosts are held against, and what it points at.
Outcomed<ReadExpectations> expectations_of(const ScanArguments& arguments) {
  if (!arguments.baseline.empty() && arguments.baseline_key.empty()) {
    return std::unexpected(Failure{
        FailureKind::usage,
        "--baseline needs --baseline-key: a baseline that nobody checks is believed by nobody"});
  }
  return read_expectations({.baseline = arguments.baseline,
                            .baseline_key = arguments.baseline_key,
                            .exceptions = arguments.exceptions,
                            .calendar = arguments.calendar,
                            .tags = arguments.tags});
}

}  // namespace

int run_scan(const ScanArguments& arguments) {
  ScanOptions options{.paths = arguments.paths,
                      .catalogs = arguments.catalogs,
                      .threads = arguments.threads == 0 ? default_threads() : arguments.threads,
                      .hash = hash_mode_of(arguments.hash)};
  if (!arguments.as_of.empty()) {
    options.as_of = parse_time(arguments.as_of);
    if (!options.as_of) {
      fmt::print(stderr, "npguard: --as-of: \"{}\" is not a time such as 2026-11-22T18:20:00Z\n",
                 escape_for_terminal(EvidenceText::from_utf8(arguments.as_of)));
      return usage;
    }
  }
  if (arguments.paths.empty() && arguments.case_file.empty()) {
    fmt::print(stderr, "npguard: scan needs a PATH, or --case FILE\n");
    return usage;
  }
  for (const auto& [option, output] :
       {std::pair("--json", arguments.json), std::pair("--case", arguments.case_file)}) {
    if (!output.empty() && output != "-" && lies_in_evidence(output, arguments.paths)) {
      fmt::print(stderr,
                 "npguard: {} {}: lies in the evidence, which is never written to; choose "
                 "another place\n",
                 option, escape_for_terminal(EvidenceText::from_utf8(output)));
      return usage;
    }
  }
  if (!arguments.case_file.empty() && options.hash == HashMode::none) {
    fmt::print(stderr, "npguard: --hash none: a case knows evidence by its hash\n");
    return usage;
  }
  const auto attack = catalogue_for_scan(arguments.attack_store);
  if (!attack) {
    return no_input;
  }
  options.attack = &*attack;
  int exit_code = clean_and_complete;
  const auto knowledge = knowledge_for(arguments.known, exit_code);
  if (!knowledge) {
    return exit_code;
  }
  options.knowledge = &*knowledge;
  auto expectations = expectations_of(arguments);
  if (!expectations) {
    return failed(expectations.error());
  }
  for (const auto* texts :
       {&expectations->expectations.not_counted, &expectations->expectations.unproven}) {
    for (const std::string& text : *texts) {
      fmt::print(stderr, "npguard: {}\n", text);
    }
  }
  if (options.as_of) {
    expectations->expectations.as_of = *options.as_of;
  } else {
    expectations->expectations.as_of = time_now();
    expectations->expectations.is_clock = true;
  }
  if (expectations->asks_something()) {
    options.expectations = &expectations->expectations;
  }
  std::optional<CaseKeeping> keeping;
  std::error_code not_there;
  if (arguments.paths.empty() && !std::filesystem::exists(arguments.case_file, not_there)) {
    fmt::print(stderr, "npguard: cannot open {}: {}\n",
               escape_for_terminal(EvidenceText::from_utf8(arguments.case_file)),
               std::strerror(not_there ? not_there.value() : ENOENT));
    return no_input;
  }
  if (!arguments.case_file.empty()) {
    auto opened = CaseKeeping::open(arguments.case_file);
    if (!opened) {
      return case_failed(arguments.case_file, opened.error());
    }
    options.keeping = &keeping.emplace(*std::move(opened));
  }
  auto assessment = [&] {
    ProgressLine progress(!arguments.no_progress && !arguments.quiet && isatty(STDERR_FILENO) == 1);
    options.on_progress = [&](const Progress& now) { progress.show(now); };
    return scan(options);
  }();
  if (keeping && !keeping->failure().text.empty()) {
    return case_failed(arguments.case_file, keeping->failure());
  }
  if (!assessment) {
    const std::size_t which = static_cast<std::size_t>(assessment.error().have);
    const std::size_t catalog = which - std::min(which, arguments.paths.size());
    fmt::print(stderr, "npguard: cannot open {}: {}\n",
               which < arguments.paths.size()
                   ? escape_for_terminal(EvidenceText::from_utf8(arguments.paths[which]))
               : catalog < arguments.catalogs.size()
                   ? "--catalogs " +
                         escape_for_terminal(EvidenceText::from_utf8(arguments.catalogs[catalog]))
                   : "input",
               why_not_opened(assessment.error()));
    return no_input;
  }
  int code = exit_code_of(*assessment, arguments);
  if (keeping && !keeping->outdated().empty()) {
    code |= incomplete;
    fmt::print(stderr,
               "npguard: {} file{} of the case {} read by an npguard that kept other facts and "
               "must be scanned again "
               "to count, the first being {}\n",
               keeping->outdated().size(), keeping->outdated().size() == 1 ? "" : "s",
               keeping->outdated().size() == 1 ? "was" : "were",
               escape_for_terminal(EvidenceText::from_utf8(keeping->outdated().front())));
  }
  if (assessment->hosts.empty()) {
    fmt::print(stderr,
               "npguard: nothing in the input tells of a host: no hive, no event log that could be "
               "read\n");
  } else if (options.as_of && *options.as_of < newest_evidence(*assessment)) {
    fmt::print(stderr, "npguard: --as-of is earlier than the newest evidence\n");
  }
  const bool json_on_stdout = arguments.json == "-";
  if (!arguments.json.empty()) {
    if (const auto written = write_output(arguments.json, assessment_as_json(*assessment));
        !written) {
      fmt::print(stderr, "npguard: cannot write {}: {}\n",
                 escape_for_terminal(EvidenceText::from_utf8(arguments.json)),
                 std::strerror(written.error()));
      return cannot_create;
    }
  }
  if (!json_on_stdout && !arguments.quiet) {
    drop_below(*assessment, finding_severity_of(arguments.level).value_or(FindingSeverity::info));
    const bool color =
        !arguments.no_color && std::getenv("NO_COLOR") == nullptr && isatty(STDOUT_FILENO) == 1;
    const std::string screen = assessment_as_screen(
        *assessment, {.width = screen_width(), .color = color, .verbosity = arguments.verbosity});
    if (const auto written = write_output("-", screen); !written && written.error() != EPIPE) {
      return cannot_create;
    }
  }
  return code;
}

}  // namespace npg::cli
