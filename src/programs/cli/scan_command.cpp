#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "app/render.hpp"
#include "app/scan.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
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
    drawn_ = true;
    fmt::print(stderr, "\r\x1b[Kreading {} of {} files, {} of {} MB", progress.files_done,
               progress.files_total, progress.bytes_done / 1'000'000,
               progress.bytes_total / 1'000'000);
    std::fflush(stderr);
  }

 private:
  bool shown_;
  bool drawn_ = false;
  std::mutex mutex_;
};

HashMode hash_mode_of(const std::string& name) {
  return name == "all" ? HashMode::all : name == "none" ? HashMode::none : HashMode::cited;
}

int exit_code_of(const Assessment& assessment, const ScanArguments& arguments) {
  const FindingSeverity fail_on =
      finding_severity_of(arguments.fail_on).value_or(FindingSeverity::medium);
  int code = clean_and_complete;
  bool not_evaluated = false;
  for (const HostAssessment& host : assessment.hosts) {
    not_evaluated = not_evaluated || !host.coverage.not_evaluated.empty();
    for (const Finding& finding : host.findings) {
      if (finding.severity >= fail_on && finding.suppressed_by.empty()) {
        code |= has_findings;
      }
    }
  }
  if (!assessment.complete || (arguments.strict && not_evaluated)) {
    code |= incomplete;
  }
  return code;
}

void drop_below(Assessment& assessment, FindingSeverity level) {
  for (HostAssessment& host : assessment.hosts) {
    std::erase_if(host.findings, [&](const Finding& finding) { return finding.severity < level; });
  }
}

}  // namespace

int run_scan(const ScanArguments& arguments) {
  ScanOptions options{.paths = arguments.paths,
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
  auto assessment = [&] {
    ProgressLine progress(!arguments.no_progress && !arguments.quiet && isatty(STDERR_FILENO) == 1);
    options.on_progress = [&](const Progress& now) { progress.show(now); };
    return scan(options);
  }();
  if (!assessment) {
    const std::size_t which = static_cast<std::size_t>(assessment.error().have);
    fmt::print(stderr, "npguard: cannot open {}: {}\n",
               which < arguments.paths.size()
                   ? escape_for_terminal(EvidenceText::from_utf8(arguments.paths[which]))
                   : "input",
               std::strerror(static_cast<int>(assessment.error().need)));
    return no_input;
  }
  const int code = exit_code_of(*assessment, arguments);
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
    const std::string screen =
        assessment_as_screen(*assessment, {.color = color, .verbosity = arguments.verbosity});
    if (const auto written = write_output("-", screen); !written) {
      return cannot_create;
    }
  }
  return code;
}

}  // namespace npg::cli
