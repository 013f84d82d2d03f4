#include "programs/cli/commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "programs/cli/exit_codes.hpp"
#include "programs/cli/help.hpp"

namespace npg::cli {
namespace {

constexpr const char* examples = R"(
Examples:
  npguard scan /cases/host7                    a folder of evidence: hives, event logs, DLLs
  npguard scan SYSTEM SOFTWARE Security.evtx   single files; what they are, their content tells
  npguard scan --catalogs CatRoot /cases/host7 with the catalogs that sign files of Windows
  npguard scan - < events.jsonl                events as JSON, XML or CSV, of any collector
  npguard scan --json out.json /cases/*        the assessment as JSON for one host or a fleet
  npguard dump evtx Security.evtx | jq .       the plain records
)";

constexpr const char* exit_codes = R"(
Exit codes: 0 clean and complete; 1 findings at or above --fail-on; 2 incomplete; 3 both;
64 usage; 66 no such input; 70 internal error; 73 cannot create output.
The evidence is only read. A default Windows host logs almost nothing of this technique: read what
the report says it could not see before you take its silence for an answer.)";

void add_scan(CLI::App& app, ScanArguments& arguments, int& exit_code) {
  CLI::App* scan = app.add_subcommand("scan", "Assess hosts from hives, event logs and DLLs");
  scan->footer(std::string(examples) + exit_codes);
  scan->add_option("PATH", arguments.paths,
                   "Files and folders of evidence; - is standard input; none with --case: all that "
                   "the case knows");
  scan->add_option(
      "--case", arguments.case_file,
      "Keep facts and findings in this file, and read along what it knows of the same hosts");
  scan->add_option("--catalogs", arguments.catalogs,
                   "A catalog or a folder of them (CatRoot), for every host")
      ->allow_extra_args(false);
  scan->add_option(
      "--as-of", arguments.as_of,
      "The \"now\" of the assessment, RFC 3339 (default: newest time in the evidence)");
  scan->add_option("--json", arguments.json,
                   "Write the assessment as JSON to this file, or - for stdout");
  scan->add_option("--fail-on", arguments.fail_on, "Exit 1 from this severity on")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}))
      ->capture_default_str();
  scan->add_option("--level", arguments.level, "Show findings from this severity on")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}))
      ->capture_default_str();
  scan->add_option("--hash", arguments.hash, "Which evidence to hash: cited, all, none")
      ->check(CLI::IsMember({"cited", "all", "none"}))
      ->capture_default_str();
  CLI::Option* baseline =
      scan->add_option("-b,--baseline", arguments.baseline, "Tell what drifted from this baseline");
  scan->add_option("--baseline-key", arguments.baseline_key,
                   "The key (PEM) that must have signed the baseline")
      ->needs(baseline);
  scan->add_option("-x,--exceptions", arguments.exceptions,
                   "Approvals: a YAML file, or a folder of them");
  scan->add_option("--calendar", arguments.calendar,
                   "Approved changes (CSV or JSON), which lower findings");
  scan->add_option("--tag", arguments.tags,
                   "Tags of the hosts, for scopes; the first chooses the baseline's group");
  scan->add_option("--attack-store", arguments.attack_store,
                   "The ATT&CK mirror to name objects from (default: that of npguard attack)");
  scan->add_option("--known", arguments.known,
                   "Your own table of known providers, in the form of data/known_providers.tsv");
  scan->add_flag("--strict", arguments.strict,
                 "A rule that could not be evaluated makes the result incomplete");
  scan->add_option("--threads", arguments.threads, "Threads to use (default: one a core)")
      ->check(CLI::Range(0, 256));
  scan->add_flag("--no-progress", arguments.no_progress, "No progress on stderr");
  scan->add_flag("--no-color", arguments.no_color, "No colour (also: NO_COLOR)");
  scan->add_flag("-q,--quiet", arguments.quiet, "No screen report, only the exit code and --json");
  scan->add_flag("-v,--verbose", arguments.verbosity, "Show lists in full");
  scan->callback([&] { exit_code = run_scan(arguments); });
}

void add_timeline(CLI::App& app, TimelineArguments& arguments, int& exit_code) {
  CLI::App* timeline = app.add_subcommand(
      "timeline",
      "One ordered line of what bears on providers and passwords, with the windows drawn");
  timeline->footer(
      "\nExamples:\n  npguard timeline /cases/host7\n  npguard timeline -t timesketch -o line.csv "
      "/cases/*\n  npguard timeline --from 2026-11-17T00:00:00Z -t jsonl /cases/host7 | jq .text");
  timeline->add_option("PATH", arguments.paths, "Files and folders of evidence")->required();
  timeline->add_option("-t,--form", arguments.form, "text, jsonl, csv or timesketch")
      ->check(CLI::IsMember({"text", "jsonl", "csv", "timesketch"}))
      ->capture_default_str();
  timeline->add_option("-o,--output", arguments.output, "Write to this file (default: stdout)");
  timeline->add_option("--from", arguments.from, "Leave out what is earlier, RFC 3339");
  timeline->add_option("--to", arguments.to, "Leave out what is later, RFC 3339");
  timeline->add_flag("--all-logons", arguments.all_logons,
                     "Also logons that reach no provider, such as those over the network");
  timeline->add_option("--threads", arguments.threads, "Threads to use (default: one a core)")
      ->check(CLI::Range(0, 256));
  timeline->callback([&] { exit_code = run_timeline(arguments); });
}

void add_dump(CLI::App& app, DumpArguments& arguments, int& exit_code) {
  CLI::App* dump = app.add_subcommand("dump", "Print what a parser reads, as JSON lines");
  dump->require_subcommand(1);
  dump->footer(
      "\nExamples:\n  npguard dump hive SYSTEM          its logs beside it are replayed in memory\n"
      "  npguard dump hive --no-logs SYSTEM\n  npguard dump hive --recovered SYSTEM\n  npguard "
      "dump evtx Security.evtx\n  npguard dump evtx --recovered Security.evtx\n  npguard dump pe "
      "drprov.dll\n  npguard dump pe --as-of 2026-11-01T00:00:00Z drprov.dll\n  npguard dump "
      "catalog ntexe.cat\n  npguard dump case host7.npg");
  const auto add = [&](const std::string& kind, const std::string& about) {
    CLI::App* sub = dump->add_subcommand(kind, about);
    sub->add_option("FILE", arguments.file, "The file")->required();
    sub->callback([&arguments, &exit_code, kind] {
      arguments.kind = kind;
      exit_code = run_dump(arguments);
    });
    return sub;
  };
  CLI::App* hive = add("hive", "A registry hive: one object a key");
  CLI::Option* log = hive->add_option("--log", arguments.logs,
                                      "A transaction log of the hive (default: those beside it)");
  log->allow_extra_args(false);  // One a --log, so that the hive may stand behind it.
  hive->add_flag("--no-logs", arguments.no_logs, "Replay no transaction log")->excludes(log);
  hive->add_flag("--recovered", arguments.recovered,
                 "What is deleted, hidden, overwritten or contradicts itself, instead of the tree");
  CLI::App* evtx = add("evtx", "An event log: one object a record");
  evtx->add_flag("--recovered", arguments.recovered,
                 "Whole records in space that the log does not use, instead of the live ones");
  evtx->add_option("--threads", arguments.threads, "Threads to use (default: one a core)")
      ->check(CLI::Range(0, 256));
  CLI::App* pe = add("pe", "A DLL or EXE: one object");
  CLI::App* catalog = add("catalog", "A security catalog: its signature, then one object a member");
  for (CLI::App* const sub : {pe, catalog}) {
    sub->add_option("--as-of", arguments.as_of,
                    "When signatures without a timestamp must be valid, RFC 3339 (default: they "
                    "are not trusted)");
  }
  add("case", "A case: one object a row, in an order of its own");
}

void add_explain(CLI::App& app, ExplainArguments& arguments, int& exit_code) {
  CLI::App* explain = app.add_subcommand(
      "explain", "Show the bytes and the rule behind a finding, a provider or a reason");
  explain->footer(
      "\nExamples:\n  npguard explain LanmanRedirSvc /cases/host7   every reason of a provider's "
      "verdict\n  npguard explain NPG1001-ab12cd34ef56 /cases/host7\n"
      "  npguard explain dll_in_no_catalog /cases/host7\n  npguard explain unknown_name\n");
  explain
      ->add_option("ID", arguments.id,
                   "A finding's id, a provider's name, a rule or the code of a reason")
      ->required();
  explain->add_option("PATH", arguments.paths,
                      "Files and folders of evidence; without them what a rule or code means");
  explain->add_option("--known", arguments.known, "As for scan");
  explain->add_option("--threads", arguments.threads, "As for scan")->check(CLI::Range(0, 256));
  explain->callback([&] { exit_code = run_explain(arguments); });
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{
      "npguard: which DLLs are registered to receive typed Windows passwords, should they be, who "
      "put them there, "
      "whose password they saw, and what could not be seen (ATT&CK T1556.008)."};
  app.footer(std::string(examples) + exit_codes);
  app.set_version_flag("--version", "npguard " NPG_VERSION);
  app.require_subcommand(1);
  ScanArguments scan_arguments;
  TimelineArguments timeline_arguments;
  DumpArguments dump_arguments;
  ExplainArguments explain_arguments;
  int exit_code = clean_and_complete;
  add_scan(app, scan_arguments, exit_code);
  add_explain(app, explain_arguments, exit_code);
  add_timeline(app, timeline_arguments, exit_code);
  add_dump(app, dump_arguments, exit_code);
  add_baseline(app, exit_code);
  add_except(app, exit_code);
  add_case(app, exit_code);
  add_attack(app, exit_code);
  set_help(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : usage;
  }
  return exit_code;
}

}  // namespace npg::cli
