#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/timeline.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {
namespace {

/// False when the text is given and no time; stderr says so.
bool take_time(const char* option, const std::string& text, std::optional<FileTime>& into) {
  if (text.empty()) {
    return true;
  }
  into = parse_time(text);
  if (!into) {
    fmt::print(stderr, "npguard: {}: \"{}\" is not a time such as 2026-11-22T18:20:00Z\n", option,
               shown(text));
  }
  return into.has_value();
}

}  // namespace

int run_timeline(const TimelineArguments& arguments) {
  TimelineOptions options;
  options.scan.paths = arguments.paths;
  options.scan.threads = arguments.threads == 0 ? default_threads() : arguments.threads;
  options.all_logons = arguments.all_logons;
  if (!take_time("--from", arguments.from, options.from) ||
      !take_time("--to", arguments.to, options.to)) {
    return usage;
  }
  if (!arguments.output.empty() && arguments.output != "-" &&
      lies_in_evidence(arguments.output, arguments.paths)) {
    fmt::print(stderr,
               "npguard: -o {}: lies in the evidence, which is never written to; choose another "
               "place\n",
               shown(arguments.output));
    return usage;
  }
  const auto form = timeline_form_of(arguments.form);
  if (!form) {
    return usage;
  }
  const auto timeline = build_timeline(std::move(options));
  if (!timeline) {
    const auto which = static_cast<std::size_t>(timeline.error().have);
    fmt::print(stderr, "npguard: cannot open {}: {}\n",
               which < arguments.paths.size() ? shown(arguments.paths[which]) : "input",
               why_not_opened(timeline.error()));
    return no_input;
  }
  const std::string output = arguments.output.empty() ? "-" : arguments.output;
  const std::string text = render_timeline(*timeline, *form, screen_width());
  if (const auto written = write_output(output, text); !written && written.error() != EPIPE) {
    fmt::print(stderr, "npguard: cannot write {}: {}\n", shown(output),
               std::strerror(written.error()));
    return cannot_create;
  }
  if (timeline->assessment.hosts.empty()) {
    fmt::print(stderr,
               "npguard: nothing in the input tells of a host: no hive, no event log that could be "
               "read\n");
  }
  return timeline->assessment.complete ? clean_and_complete : incomplete;
}

}  // namespace npg::cli
