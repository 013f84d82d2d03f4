#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "app/dump.hpp"
#include "app/outcome.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {

int run_dump(const DumpArguments& arguments) {
  if (arguments.kind == "case") {
    return dump_case_lines(arguments.file);
  }
  int write_error = 0;
  const auto out = [&](std::string_view text) {
    if (write_error == 0) {
      if (const auto written = write_stdout(text); !written) {
        write_error = written.error();
      }
    }
  };
  const std::optional<FileTime> as_of =
      arguments.as_of.empty() ? FileTime{} : parse_time(arguments.as_of);
  if (!as_of) {
    fmt::print(stderr, "npguard: --as-of: \"{}\" is not a time such as 2026-11-22T18:20:00Z\n",
               escape_for_terminal(EvidenceText::from_utf8(arguments.as_of)));
    return usage;
  }
  const DumpRequest request{
      .kind = arguments.kind,
      .path = arguments.file,
      .logs = arguments.logs,
      .find_logs = !arguments.no_logs && arguments.logs.empty(),
      .as_of = *as_of,
      .recovered = arguments.recovered,
      .threads = arguments.threads == 0 ? default_threads() : arguments.threads};
  Diagnostics diagnostics;
  DumpNotes notes;
  const auto dumped = dump(request, Limits{}, out, diagnostics, notes);
  for (const std::string& note : notes.logs) {
    fmt::print(stderr, "npguard: {}\n", note);
  }
  for (const Diagnostic& diagnostic : diagnostics.kept()) {
    if (diagnostic.severity >= Severity::notice) {
      // Of several files it must be said which one the offset is in.
      const bool is_named = notes.files.size() > 1 && diagnostic.evidence < notes.files.size();
      fmt::print(stderr, "npguard: {} {} at 0x{:x}{}: {}\n", name_of(diagnostic.severity),
                 name_of(diagnostic.code), diagnostic.offset,
                 is_named ? " of " + notes.files[diagnostic.evidence] : "", diagnostic.text);
    }
  }
  if (write_error == EPIPE) {
    return clean_and_complete;  // The reader has seen enough.
  }
  if (write_error != 0) {
    fmt::print(stderr, "npguard: cannot write: {}\n", std::strerror(write_error));
    return cannot_create;
  }
  if (!dumped) {
    const std::string name = escape_for_terminal(EvidenceText::from_utf8(arguments.file));
    if (dumped.error().code == ErrorCode::io) {
      fmt::print(stderr, "npguard: cannot open {}: {}\n", name,
                 std::strerror(static_cast<int>(dumped.error().need)));
      return no_input;
    }
    fmt::print(stderr, "npguard: {}: {}\n", name, describe(dumped.error()));
    return incomplete;
  }
  return outcome_of(dumped, diagnostics).is_incomplete ? incomplete : clean_and_complete;
}

}  // namespace npg::cli
