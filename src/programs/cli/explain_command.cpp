#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "app/explain.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {

std::optional<Knowledge> knowledge_for(const std::string& path, int& exit_code) {
  if (path.empty()) {
    return shipped_knowledge();
  }
  const std::string name = escape_for_terminal(EvidenceText::from_utf8(path));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream table;
  table << file.rdbuf();
  if (!file.is_open() || file.bad()) {
    fmt::print(stderr, "npguard: --known: cannot read {}: {}\n", name, std::strerror(errno));
    exit_code = no_input;
    return std::nullopt;
  }
  auto knowledge = knowledge_with(table.str());
  if (!knowledge) {
    fmt::print(stderr, "npguard: --known {}: {}\n", name, knowledge.error());
    exit_code = usage;
    return std::nullopt;
  }
  for (const std::string& twice : names_given_twice(*knowledge)) {
    fmt::print(
        stderr,
        "npguard: --known {}: several rows are of {}; the one that fits a host best counts\n", name,
        twice);
  }
  return *std::move(knowledge);
}

int run_explain(const ExplainArguments& arguments) {
  int exit_code = clean_and_complete;
  const auto knowledge = knowledge_for(arguments.known, exit_code);
  if (!knowledge) {
    return exit_code;
  }
  const ScanOptions options{
      .paths = arguments.paths,
      .threads = arguments.threads == 0 ? default_threads() : arguments.threads,
      .knowledge = &*knowledge};
  const auto explained = explain(arguments.id, options);
  if (!explained) {
    const auto which = static_cast<std::size_t>(explained.error().have);
    fmt::print(stderr, "npguard: cannot open {}: {}\n",
               which < arguments.paths.size()
                   ? escape_for_terminal(EvidenceText::from_utf8(arguments.paths[which]))
                   : "input",
               why_not_opened(explained.error()));
    return no_input;
  }
  if (!explained->found) {
    fmt::print(stderr, "npguard: {}\n", explained->text);
    return no_input;
  }
  if (const auto written = write_output("-", explained->text);
      !written && written.error() != EPIPE) {
    return cannot_create;
  }
  return clean_and_complete;
}

}  // namespace npg::cli
