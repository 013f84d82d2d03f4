// The sections of the screen report, each a function that writes one. Not for use outside
// src/report.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fact/assessment.hpp"
#include "report/screen_text.hpp"

namespace npg::screen {

/// How many items of each list are shown; the rest is counted.
struct Cuts {
  std::size_t hosts = 10;
  std::size_t summary_rows = 40;
  std::size_t providers = 12;
  std::size_t files = 8;
  std::size_t provider_details = 8;
  std::size_t windows = 4;         ///< of exposure
  std::size_t account_lines = 15;  ///< of one window, with the notes
  std::size_t reasons = 5;         ///< that speak against a provider
  std::size_t change_lines = 10;   ///< with the lines that name the actors
  std::size_t accounts = 12;
  std::size_t account_reasons = 8;
  std::size_t findings = 10;
  std::size_t statements = 6;
  std::size_t few = 3;   ///< items named inside a sentence
  bool is_short = true;  ///< leaves out what few readers need: codes, full ids, accounts not
                         ///< reached, suppressed findings, details of what Windows ships
};
/// Everything, for a reader who asked for it.
inline constexpr Cuts no_cuts{SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX,
                              SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX,
                              SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, false};

/// The indexes to show, in the list's order: the important ones first in line when not all fit.
template <typename T, typename Test>
[[nodiscard]] std::vector<std::size_t> chosen(const std::vector<T>& items, std::size_t most,
                                              const Test& is_important) {
  std::vector<std::size_t> indexes;
  for (const bool important : {true, false}) {
    for (std::size_t i = 0; i < items.size() && indexes.size() < most; ++i) {
      if (is_important(items[i]) == important) {
        indexes.push_back(i);
      }
    }
  }
  std::ranges::sort(indexes);
  return indexes;
}

/// About how many lines the text takes behind its label on a page of the usual width.
[[nodiscard]] std::size_t lines_of(std::string_view text);
/// "… and 3 more changes (--json for all)"; nothing when none were left out.
void more(Page& page, std::size_t indent, std::size_t left_out, std::string_view singular,
          std::string_view plural);
/// The first of the items, joined, and how many more there are.
[[nodiscard]] std::string first_of(const std::vector<std::string>& items, std::size_t most);

[[nodiscard]] Paint paint_of(Action action);
[[nodiscard]] Paint paint_of(FindingSeverity severity);
[[nodiscard]] Paint paint_of(HostVerdict verdict);
[[nodiscard]] Paint paint_of(ProviderVerdict verdict);
[[nodiscard]] std::string name_of_host(const HostAssessment& host);
/// The key without the part that all keys of interest share, HKLM\SYSTEM\CurrentControlSet\.
[[nodiscard]] std::string short_key(std::string_view text);
/// "Sysmon" for Microsoft-Windows-Sysmon/Operational.
[[nodiscard]] std::string short_channel(const SharedText& channel);

/// Numbered steps of the advice.
class Steps {
 public:
  explicit Steps(Page& page) : page_(page) {}
  void add(std::string_view text) { page_.paragraph(2, std::to_string(++count_) + ". ", text); }
  [[nodiscard]] bool none() const { return count_ == 0; }

 private:
  Page& page_;
  std::size_t count_ = 0;
};
/// What to keep before anything is changed.
void preserve(Steps& steps, const HostAssessment& host, const Cuts& cuts);
/// How to be rid of bad providers without breaking Windows or the product whose name they bear.
void remove(Steps& steps, const HostAssessment& host, const Cuts& cuts);

/// Providers with the strongest reasons of those that are not plainly expected.
void providers(Page& page, const HostAssessment& host, const Cuts& cuts);
void companions(Page& page, const HostAssessment& host, const Cuts& cuts);
void changes(Page& page, const HostAssessment& host, const Cuts& cuts);
void exposures(Page& page, const HostAssessment& host, const Cuts& cuts);
void findings(Page& page, const HostAssessment& host, const Cuts& cuts);
/// The technique that most findings name, with the log sources that its analytic needs; nothing
/// when no finding names one with an analytic.
void attack_line(Page& page, const AttackSource& source, const HostAssessment& host);
void could_not_see(Page& page, const HostAssessment& host, const Cuts& cuts);
/// A file of which something was lost.
struct UnreadFile {
  std::string text;    ///< id, path, what and the first thing lost
  std::string source;  ///< "the SYSTEM hive" where nothing of a main source was read
  std::string file;    ///< the last part of its path, as the evidence has it
  std::string id;      ///< of the evidence; empty for a file that could not be opened
  std::string why;
  bool is_lost = false;  ///< nothing of it was read
};
[[nodiscard]] std::vector<UnreadFile> unread_files(const Assessment& assessment);
void files_not_read(Page& page, const std::vector<UnreadFile>& files, const Cuts& cuts);

/// `unread` are the files of this host; empty where it is not known whose they are.
void next_steps(Page& page, const HostAssessment& host, const std::vector<UnreadFile>& unread,
                const Cuts& cuts);
/// A clean or undetermined host in a few lines, without tables and headings.
void host_in_short(Page& page, const HostAssessment& host, const std::vector<UnreadFile>& unread,
                   const Cuts& cuts);
/// Registry values that may hide something; nothing when there are none.
void odd_values(Page& page, const Assessment& assessment);

/// True for findings whose subject is only a value's name.
[[nodiscard]] bool is_about_a_value(const Finding& finding);

/// What was not visible, each thing once: the coverage's statements, then the exposures' blind
/// spots that no statement says already.
[[nodiscard]] std::vector<std::string> unseen(const HostAssessment& host);
/// The same in a few words each: "No Security log; No Sysmon log".
[[nodiscard]] std::string unseen_in_short(const HostAssessment& host, const Cuts& cuts);
/// What to collect, in words of the field: "the DLLs of RDPNP and WebClient (System32)", "the
/// Security log". Empty when nothing that could be collected was missing.
struct ToCollect {
  std::vector<std::string> missing;
  std::vector<std::string> again;  ///< there and unreadable, each with its id and why
};
[[nodiscard]] ToCollect to_collect(const HostAssessment& host,
                                   const std::vector<UnreadFile>& unread);

/// The accounts of one action over all exposures, each once, most urgent exposure first.
[[nodiscard]] std::vector<std::string> accounts_to(const HostAssessment& host, Action action);
/// Accounts that are proven, likely or possible, each once.
[[nodiscard]] std::size_t exposed_accounts(const HostAssessment& host);
/// The account's name, or its SID where there is no name.
[[nodiscard]] std::string account_label(const ExposedAccount& account);

}  // namespace npg::screen
