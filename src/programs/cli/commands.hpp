// The command line: its verbs and options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/knowledge.hpp"
#include "base/filetime.hpp"
#include "base/limits.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}  // namespace CLI

namespace npg::cli {

/// Parses argv and runs the verb; gives the process' exit code.
[[nodiscard]] int run(int argc, char** argv);

/// This machine's clock, in whole seconds: for what people approve, never for the evidence.
[[nodiscard]] FileTime time_now();

struct ScanArguments {
  std::vector<std::string> paths;
  std::vector<std::string> catalogs;
  std::string as_of;
  std::string json;
  std::string fail_on = "medium";
  std::string level = "info";
  std::string hash = "cited";
  std::string case_file;  ///< empty: nothing is kept
  std::string baseline;
  std::string baseline_key;
  std::string exceptions;  ///< a file or folder
  std::string calendar;
  std::vector<std::string> tags;
  std::string attack_store;  ///< empty: the user's own, where there is one
  std::string known;         ///< a user's own table of known providers; empty: none
  bool strict = false;
  unsigned threads = 0;  ///< 0: one a core
  bool no_progress = false;
  bool quiet = false;
  int verbosity = 0;
  bool no_color = false;
};
[[nodiscard]] int run_scan(const ScanArguments& arguments);

struct TimelineArguments {
  std::vector<std::string> paths;
  std::string form = "text";
  std::string output;  ///< empty: stdout
  std::string from;
  std::string to;
  bool all_logons = false;
  unsigned threads = 0;  ///< 0: one a core
};
[[nodiscard]] int run_timeline(const TimelineArguments& arguments);

struct DumpArguments {
  std::string kind;  ///< hive, evtx, pe, catalog
  std::string file;
  std::vector<std::string> logs;  ///< transaction logs; found beside the hive when none are named
  std::string as_of;  ///< pe, catalog; empty: signatures without a timestamp are not trusted
  bool no_logs = false;
  bool recovered = false;
  unsigned threads = 0;  ///< evtx; 0: one a core
};
[[nodiscard]] int run_dump(const DumpArguments& arguments);

struct ExplainArguments {
  std::string id;
  std::vector<std::string> paths;
  std::string known;
  unsigned threads = 0;
};
[[nodiscard]] int run_explain(const ExplainArguments& arguments);

/// The shipped knowledge with the user's table behind it, or nothing when that cannot be used: then
/// `exit_code` says why, and stderr in words. An empty path gives the shipped alone.
[[nodiscard]] std::optional<Knowledge> knowledge_for(const std::string& path, int& exit_code);

/// Every line of a case on stdout; gives the exit code.
[[nodiscard]] int dump_case_lines(const std::string& path);

/// Adds `npguard baseline`, `npguard except`, and `npguard stack` and `npguard verify`.
void add_baseline(CLI::App& app, int& exit_code);
void add_except(CLI::App& app, int& exit_code);
void add_case(CLI::App& app, int& exit_code);

/// Adds `npguard attack` with its verbs; the one that runs sets the exit code.
void add_attack(CLI::App& app, int& exit_code);

}  // namespace npg::cli
