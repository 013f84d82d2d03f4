// `npguard stack` and `npguard verify`: argv to the use cases of a case and of exceptions.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "app/case.hpp"
#include "app/exceptions.hpp"
#include "programs/cli/case_failure.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/failures.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {
namespace {

int print(std::string_view text, int code) {
  const auto written = write_stdout(text);
  return !written && written.error() != EPIPE ? cannot_create : code;
}

int run_stack(const std::string& path, const StackQuery& query) {
  const auto text = stack_case(path, query);
  return text ? print(*text, clean_and_complete) : case_failed(path, text.error());
}

int run_verify(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    const auto verdict = verify_exceptions(path);
    return verdict ? print(verdict->text, verdict->sound ? clean_and_complete : has_findings)
                   : failed(verdict.error());
  }
  const auto verdict = verify_case(path);
  return verdict ? print(verdict->text, verdict->sound ? clean_and_complete : has_findings)
                 : case_failed(path, verdict.error());
}

}  // namespace

int dump_case_lines(const std::string& path) {
  int error = 0;
  std::string piece;
  constexpr std::size_t piece_bytes = 1 << 20;
  const auto flush = [&] {
    const auto written = write_stdout(piece);
    error = written || error != 0 ? error : written.error();
    piece.clear();
  };
  const auto done = dump_case(path, [&](std::string_view line) {
    piece.append(line).push_back('\n');
    if (piece.size() >= piece_bytes && error == 0) {
      flush();
    }
  });
  flush();
  if (!done) {
    return case_failed(path, done.error());
  }
  return error == 0 || error == EPIPE ? clean_and_complete : cannot_create;
}

void add_case(CLI::App& app, int& exit_code) {
  struct CaseArguments {
    std::string path;
    StackQuery query;
  };
  const auto arguments = std::make_shared<CaseArguments>();  // owned by the callbacks together
  CLI::App* stack = app.add_subcommand(
      "stack", "What few hosts of a case have: providers, paths, hashes, signers, orders");
  stack->add_option("CASE", arguments->path, "The case")->required();
  stack->add_option("--what", arguments->query.what, "One kind only")
      ->check(CLI::IsMember({"provider", "path", "hash", "signer", "order"}));
  stack->add_option("--hosts", arguments->query.at_most_hosts, "Values on at most so many hosts");
  stack->add_option("--rows", arguments->query.rows_max, "Rows of each kind")
      ->capture_default_str();
  stack->callback(
      [arguments, &exit_code] { exit_code = run_stack(arguments->path, arguments->query); });

  CLI::App* verify = app.add_subcommand(
      "verify", "Whether a case, or a folder of exceptions and its journal, is sound");
  verify->add_option("PATH", arguments->path, "A case file, or a folder of exceptions")->required();
  verify->callback([arguments, &exit_code] { exit_code = run_verify(arguments->path); });
}

}  // namespace npg::cli
