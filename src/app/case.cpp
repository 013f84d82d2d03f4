#include "app/case.hpp"

#include <fmt/format.h>

#include "base/evidence_text.hpp"

namespace npg {
CaseResult<std::string> stack_case(const std::string& path, const StackQuery& query) {
  NPG_TRY(CaseFile file, CaseFile::open(path, {}));
  NPG_TRY(const auto rows, file.stack(query));
  std::string text;
  std::string_view what;
  for (const StackRow& row : rows) {
    if (row.what != what) {
      text += fmt::format("{}{}\n", what.empty() ? "" : "\n", shown(row.what));
      what = row.what;
    }
    std::string names;
    for (const std::string& name : row.host_names) {
      names += fmt::format("{}{}", names.empty() ? "  on " : ", ", shown(name));
    }
    text += fmt::format(
        "{:>9}  {}  {}{}\n", row.hosts,
        row.first_seen.given() ? to_screen_time(row.first_seen) : "(time not known)    ",
        shown(row.value), names);
  }
  return text;
}

CaseResult<CaseVerdict> verify_case(const std::string& path) {
  NPG_TRY(CaseFile file, CaseFile::open(path, {}));
  NPG_TRY(const auto wrong, file.verify());
  CaseVerdict verdict;
  for (const std::string& one : wrong) {
    verdict.text += one + "\n";
    verdict.sound = false;
  }
  if (verdict.sound) {
    NPG_TRY(const CaseCounts counts, file.counts());
    verdict.text = fmt::format(
        "{} evidence files, {} readings, {} facts, {} hosts, {} findings: structures, references, "
        "ids and counts agree\n",
        counts.evidence, counts.readings, counts.facts, counts.hosts, counts.findings);
  }
  return verdict;
}

CaseResult<void> dump_case(const std::string& path,
                           const std::function<void(std::string_view line)>& take) {
  NPG_TRY(CaseFile file, CaseFile::open(path, {}));
  return file.export_lines(take);
}

bool is_opened_case(const CaseResult<CaseFile>& opened) {
  return opened.has_value() || (opened.error().kind != CaseFailure::not_a_case &&
                                opened.error().kind != CaseFailure::not_found);
}

bool is_case(const std::string& path) {
  return is_opened_case(CaseFile::open(path, {}));
}

bool is_database(const std::string& path) {
  const auto file = CaseFile::open(path, {});
  return file.has_value() || file.error().kind != CaseFailure::not_a_case;
}

}  // namespace npg
