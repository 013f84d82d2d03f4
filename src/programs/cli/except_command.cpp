// `npguard except`: argv to the use cases of exceptions.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <memory>

#include "app/exception_trial.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/failures.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {
namespace {

struct ExceptArguments {
  std::string folder;
  std::string as_of;
  ExceptionRule rule;
  std::vector<std::string> tickets;
  std::vector<std::string> documents;
  std::string window_from;
  std::string window_to;
  std::uint64_t days = default_exception_days;
  std::string hides_up_to = "medium";
  bool expiring = false;
  Renewal renewal;
  Revocation revocation;
  ExceptionTest test;
};

/// The time of a command that people give: now, unless they say otherwise.
std::optional<FileTime> time_or_now(const std::string& text) {
  if (!text.empty()) {
    return parse_time(text);
  }
  return time_now();
}

int answer(const Outcomed<ExceptionAnswer>& result) {
  if (!result) {
    return failed(result.error());
  }
  if (const auto written = write_stdout(result->text); !written && written.error() != EPIPE) {
    return cannot_create;
  }
  return result->sound ? clean_and_complete : has_findings;
}

int run_add(ExceptArguments& arguments, FileTime now) {
  ExceptionRule& rule = arguments.rule;
  std::optional<ChangeWindow> window;
  if (!arguments.window_from.empty() || !arguments.window_to.empty()) {
    const auto from = parse_time(arguments.window_from);
    const auto to = parse_time(arguments.window_to);
    if (!from || !to) {
      return failed({FailureKind::usage,
                     "--window-from and --window-to are times such as 2026-11-28T18:00:00+01:00, "
                     "and go together"});
    }
    window = ChangeWindow{*from, *to};
  }
  for (const std::string& ticket : arguments.tickets) {
    rule.evidence.push_back({"ticket", ticket, window});
  }
  for (const std::string& document : arguments.documents) {
    rule.evidence.push_back(
        {"document", document, arguments.tickets.empty() ? window : std::nullopt});
  }
  constexpr std::uint64_t seconds_per_day = 24ULL * 3600;
  rule.created = now;
  rule.expires = {now.ticks + arguments.days * seconds_per_day * FileTime::per_second};
  rule.hides_up_to = finding_severity_of(arguments.hides_up_to).value_or(FindingSeverity::medium);
  return answer(add_exception(arguments.folder, rule, now));
}

}  // namespace

FileTime time_now() {
  const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return FileTime{FileTime::unix_epoch +
                  static_cast<std::uint64_t>(since_1970.count()) * FileTime::per_second};
}

void add_except(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<ExceptArguments>();  // owned by the callbacks together
  CLI::App* except =
      app.add_subcommand("except", "Owned, evidenced, expiring approvals of providers");
  except->require_subcommand(1);
  except->footer(
      "\nExamples:\n"
      "  npguard except add -x exceptions --id EX-1 --title 'Citrix single sign-on' \\\n"
      "    --reason 'kiosk roll-out' --ticket CHG0042 --owner team-eus --author alice \\\n"
      "    --approver bob --provider PnSson --sha256 ...\n"
      "  npguard except test -x exceptions /cases/fleet.npgcase\n  npguard except list -x "
      "exceptions --expiring");
  const auto verb = [&](const std::string& name, const std::string& about, auto run) {
    CLI::App* sub = except->add_subcommand(name, about);
    sub->add_option("-x,--exceptions", arguments->folder, "The folder of exceptions")->required();
    sub->add_option("--as-of", arguments->as_of, "The time of the command (default: now)");
    sub->callback([arguments, &exit_code, run] {
      const auto now = time_or_now(arguments->as_of);
      exit_code =
          now ? run(*arguments, *now)
              : failed({FailureKind::usage, "--as-of: not a time such as 2026-11-22T18:20:00Z"});
    });
    return sub;
  };
  CLI::App* add = verb("add", "Write a new exception and note it in the journal", run_add);
  ExceptionRule& rule = arguments->rule;
  add->add_option("--id", rule.id, "Its name: letters, digits, -, _ and .")->required();
  add->add_option("--title", rule.title, "One line")->required();
  add->add_option("--reason", rule.reason, "Why it is right")->required();
  add->add_option("--ticket", arguments->tickets, "Change ticket");
  add->add_option("--document", arguments->documents, "Other evidence");
  add->add_option("--window-from", arguments->window_from, "The approved deployment's begin");
  add->add_option("--window-to", arguments->window_to, "... and its end");
  add->add_option("--owner", rule.owner, "Who answers for it")->required();
  add->add_option("--author", rule.author, "Who writes it")->required();
  add->add_option("--approver", rule.approver, "Who approves it: somebody else")->required();
  add->add_option("--days", arguments->days, "Its term")
      ->check(CLI::Range(std::uint64_t{1}, longest_exception_days))
      ->capture_default_str();
  add->add_option("--host", rule.scope.hosts, "Host it is for; may end in *");
  add->add_option("--tag", rule.scope.tags, "Tag it is for");
  add->add_option("--role", rule.scope.roles,
                  "Role it is for: workstation, server, domain_controller");
  add->add_option("--provider", rule.selector.provider, "Name of the provider");
  add->add_option("--path", rule.selector.path, "Whole path of the DLL");
  add->add_option("--signer", rule.selector.signer, "Subject of the signer's certificate");
  add->add_option("--signer-thumbprint", rule.selector.signer_thumbprint,
                  "SHA-1 or SHA-256 of the signer's certificate");
  add->add_option("--version-from", rule.selector.version_from, "Lowest file version");
  add->add_option("--version-to", rule.selector.version_to, "Highest file version");
  add->add_option("--sha256", rule.selector.sha256, "SHA-256 of the DLL");
  add->add_option("--class", rule.registration.provider_class,
                  "Class that was approved: a number, or none");
  add->add_option("--provider-path", rule.registration.provider_path,
                  "ProviderPath that was approved, as registered");
  add->add_option("--authent-path", rule.registration.authent_provider_path,
                  "AuthentProviderPath that was approved, or none");
  add->add_flag("--weak", rule.weak,
                "The selector is weak (name or path alone), and that is meant");
  add->add_option("--hides-up-to", arguments->hides_up_to, "The highest severity that it may hide")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}))
      ->capture_default_str();

  CLI::App* list =
      verb("list", "What there is, and until when", [](ExceptArguments& given, FileTime now) {
        return answer(list_exceptions(given.folder, now, given.expiring));
      });
  list->add_flag("--expiring", arguments->expiring, "Those alone that end within 14 days");

  CLI::App* renew = verb("renew", "A new term from now on, with an approver; created stays",
                         [](ExceptArguments& given, FileTime now) {
                           return answer(renew_exception(given.folder, given.renewal, now));
                         });
  renew->add_option("ID", arguments->renewal.id, "The exception")->required();
  renew->add_option("--author", arguments->renewal.author, "Who renews it")->required();
  renew->add_option("--approver", arguments->renewal.approver, "Who approves that: somebody else")
      ->required();
  renew->add_option("--days", arguments->renewal.days, "Its term")
      ->check(CLI::Range(std::uint64_t{1}, longest_exception_days))
      ->capture_default_str();

  CLI::App* revoke = verb("revoke", "It no longer holds; the file stays",
                          [](ExceptArguments& given, FileTime now) {
                            return answer(revoke_exception(given.folder, given.revocation, now));
                          });
  revoke->add_option("ID", arguments->revocation.id, "The exception")->required();
  revoke->add_option("--by", arguments->revocation.by, "Who revokes it")->required();
  revoke->add_option("--because", arguments->revocation.because, "Why")->required();

  CLI::App* test = verb("test", "What each would hide over evidence or a case",
                        [](ExceptArguments& given, FileTime now) {
                          given.test.expected.exceptions = given.folder;
                          given.test.as_of =
                              given.as_of.empty() ? std::nullopt : std::optional(now);
                          given.test.now = now;
                          given.test.threads = default_threads();
                          return answer(test_exceptions(given.test));
                        });
  test->add_option("PATH", arguments->test.paths, "Evidence, or one case")->required();
  ExpectationFiles& expected = arguments->test.expected;
  CLI::Option* baseline = test->add_option("-b,--baseline", expected.baseline,
                                           "The baseline that the hosts are compared with");
  CLI::Option* key = test->add_option("--baseline-key", expected.baseline_key,
                                      "The key (PEM) that must have signed the baseline");
  baseline->needs(key);
  key->needs(baseline);
  test->add_option("--calendar", expected.calendar, "Approved changes, as CSV or JSON");
  test->add_option("--tag", expected.tags,
                   "The hosts' tags; the first chooses the baseline's group");
}

}  // namespace npg::cli
