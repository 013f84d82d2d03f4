// `npguard baseline`: argv to the use cases of baselines.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "app/baseline.hpp"
#include "app/small_files.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/failures.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {
namespace {

struct BaselineArguments {
  BaselineBuild build;
  BaselineDiff diff;
  std::string output;
  std::string as_of;
  std::string file;
  std::string key_file;
};

int run_build(BaselineArguments& arguments) {
  BaselineBuild& build = arguments.build;
  if (!arguments.as_of.empty()) {
    const auto as_of = parse_time(arguments.as_of);
    if (!as_of) {
      return failed({FailureKind::usage, "--as-of: not a time such as 2026-11-22T18:20:00Z"});
    }
    build.settings.as_of = *as_of;
  }
  for (const std::string& text : {build.settings.name, build.tag}) {
    if (shown_path(text) != text) {
      return failed({FailureKind::usage, "--name and --tag are one line of visible characters"});
    }
  }
  if (lies_in_evidence(arguments.output, build.paths)) {
    return failed({FailureKind::usage,
                   fmt::format("--output {}: lies in the evidence, which is never written to",
                               shown_path(arguments.output))});
  }
  build.threads = default_threads();
  const auto built = build_baseline(build);
  if (!built) {
    return failed(built.error());
  }
  fmt::print(stderr, "{}", built->summary);
  if (const auto written = write_output(arguments.output, built->text); !written) {
    return failed({FailureKind::not_written, fmt::format("{}: {}", shown_path(arguments.output),
                                                         std::strerror(written.error()))});
  }
  return built->complete ? clean_and_complete : incomplete;
}

int run_diff(BaselineArguments& arguments) {
  arguments.diff.threads = default_threads();
  const auto answer = diff_with_baseline(arguments.diff);
  if (!answer) {
    return failed(answer.error());
  }
  if (const auto written = write_stdout(answer->text); !written && written.error() != EPIPE) {
    return cannot_create;
  }
  return (answer->has_differences ? has_findings : 0) | (answer->complete ? 0 : incomplete);
}

int run_show(const BaselineArguments& arguments) {
  const auto known = read_baseline(arguments.file, arguments.key_file);
  if (!known) {
    return failed(known.error());
  }
  if (const auto written = write_stdout(baseline_summary(*known));
      !written && written.error() != EPIPE) {
    return cannot_create;
  }
  return clean_and_complete;
}

}  // namespace

void add_baseline(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<BaselineArguments>();  // owned by the callbacks together
  CLI::App* baseline = app.add_subcommand(
      "baseline", "What hosts of one build, role and tag have; what drifted from it");
  baseline->require_subcommand(1);
  baseline->footer(
      "\nExamples:\n  openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem "
      "-pubout -out pub.pem\n"
      "  npguard baseline build /golden/* -o win11.npgbase --key key.pem\n"
      "  npguard baseline diff win11.npgbase /cases/host7 --key pub.pem");

  CLI::App* build =
      baseline->add_subcommand("build", "Make a signed baseline from hosts, an image, or a case");
  build->add_option("PATH", arguments->build.paths, "Evidence of reference hosts, or cases")
      ->required();
  build->add_option("-o,--output", arguments->output, "The baseline file, or - for stdout")
      ->required();
  build->add_option("--key", arguments->build.key_file, "Ed25519 private key (PEM) to sign with")
      ->required();
  build->add_option("--name", arguments->build.settings.name, "What the baseline is of, in words");
  build->add_option("--tag", arguments->build.tag,
                    "The hosts' tag: a group of its own beside build and role");
  build->add_option("--add-to", arguments->build.add_to, "Keep the other groups of this baseline");
  build
      ->add_option("--minimum-hosts", arguments->build.settings.minimum_hosts,
                   "A value is known from so many hosts on")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  build
      ->add_option("--minimum-age", arguments->build.settings.minimum_age_days,
                   "... and when the oldest is of so many days")
      ->check(CLI::Range(0, 3650))
      ->capture_default_str();
  build->add_option("--as-of", arguments->as_of,
                    "Up to when ages count (default: newest time in the evidence)");
  build->callback([arguments, &exit_code] { exit_code = run_build(*arguments); });

  CLI::App* diff = baseline->add_subcommand(
      "diff", "What hosts have that the baseline does not, field by field");
  diff->add_option("FILE", arguments->diff.baseline_file, "The baseline")->required();
  diff->add_option("PATH", arguments->diff.paths, "Evidence of hosts, or cases")->required();
  diff->add_option("--key", arguments->diff.key_file, "The key (PEM) that must have signed it")
      ->required();
  diff->add_option("--tag", arguments->diff.tag, "The hosts' tag");
  diff->add_option("--host", arguments->diff.host, "Of a case, this host only");
  diff->callback([arguments, &exit_code] { exit_code = run_diff(*arguments); });

  CLI::App* show =
      baseline->add_subcommand("show", "Check a baseline's signature and say what it holds");
  show->add_option("FILE", arguments->file, "The baseline")->required();
  show->add_option("--key", arguments->key_file, "The key (PEM) that must have signed it")
      ->required();
  show->callback([arguments, &exit_code] { exit_code = run_show(*arguments); });
}

}  // namespace npg::cli
