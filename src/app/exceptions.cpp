#include "app/exceptions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include "app/exception_journal.hpp"
#include "app/small_files.hpp"
#include "base/checksum.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

std::unexpected<Failure> refused(std::string text) {
  return std::unexpected(Failure{FailureKind::refused, std::move(text)});
}

std::string in_folder(const std::string& folder, const std::string& file) {
  return (std::filesystem::path(folder) / file).string();
}

/// The rule as it will be read again, so that nothing is written that would then be refused.
Outcomed<std::string> checked_text(const ExceptionRule& rule) {
  std::string text = exception_text(rule);
  const auto read = parse_exception(text, "the exception");
  return read ? Outcomed<std::string>(std::move(text)) : std::unexpected(read.error());
}

/// The journal first: a change that it does not know of would be one that nobody answers for. Where
/// the second write is lost, `verify` says so and the same command again mends it.
Outcomed<void> keep(const std::string& folder, const std::string& file, const std::string& text,
                    JournalEntry entry) {
  entry.file = file;
  entry.sha256 = sha256_hex(bytes_of(text));
  NPG_TRY_VOID(append_to_journal(folder, entry));
  return write_small_file(in_folder(folder, file), text);
}

/// A file that somebody changed by hand must not become what the journal vouches for. One change
/// may have stopped between journal and file: repeating it is how that is mended.
Outcomed<void> require_sound(const std::string& folder, const std::vector<LoadedException>& all,
                             std::string_view action, std::string_view id) {
  NPG_TRY(const Journal journal, read_journal(folder));
  for (const LoadedException& one : all) {
    const std::string why = distrust(journal, one.file, one.sha256);
    const auto is_of_it = [&](const JournalEntry& entry) { return entry.file == one.file; };
    const auto last =
        std::ranges::find_if(journal.entries.rbegin(), journal.entries.rend(), is_of_it);
    const bool is_unfinished =
        journal.problems.empty() && last != journal.entries.rend() && last->action == action &&
        equal_names(one.rule.id, id) &&
        std::any_of(std::next(last), journal.entries.rend(), [&](const JournalEntry& entry) {
          return is_of_it(entry) && entry.sha256 == one.sha256;
        });
    if (!why.empty() && !is_unfinished) {
      return refused(fmt::format("{}: {}; nothing is changed beside it: see npguard verify",
                                 shown_path(in_folder(folder, one.file)), why));
    }
  }
  return {};
}

Outcomed<LoadedException> exception_of(const std::string& folder, const std::string& id,
                                       std::string_view action) {
  NPG_TRY(auto all, load_exceptions(folder));
  NPG_TRY_VOID(require_sound(folder, all, action, id));
  const auto found = std::ranges::find_if(
      all, [&](const LoadedException& one) { return equal_names(one.rule.id, id); });
  if (found == all.end()) {
    return std::unexpected(
        Failure{FailureKind::no_input,
                fmt::format("{}: no exception {}", shown_path(folder), shown_path(id))});
  }
  return std::move(*found);
}

std::string scope_text(const ExceptionScope& scope) {
  if (scope.hosts.empty() && scope.tags.empty() && scope.roles.empty()) {
    return "all hosts";
  }
  std::string text;
  const auto add = [&](std::string_view what, const std::vector<std::string>& list) {
    if (!list.empty()) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, fmt::join(list, " or "));
    }
  };
  add("hosts", scope.hosts);
  add("tags", scope.tags);
  add("roles", scope.roles);
  return text;
}

}  // namespace

std::string exception_state(const ExceptionRule& rule, FileTime now) {
  if (rule.revoked && *rule.revoked <= now) {
    return "revoked";
  }
  if (now < rule.created) {
    return fmt::format("not yet valid, created {}", to_screen_time(rule.created));
  }
  if (rule.expires <= now) {
    return "ended";
  }
  const std::uint64_t days = (rule.expires.ticks - now.ticks) / FileTime::per_day;
  return days < warning_days ? fmt::format("ends in {} day{}", days, days == 1 ? "" : "s")
                             : "holds";
}

Outcomed<ExceptionAnswer> add_exception(const std::string& folder, const ExceptionRule& rule,
                                        FileTime now) {
  NPG_TRY(const std::string text, checked_text(rule));
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    return std::unexpected(Failure{FailureKind::not_written,
                                   fmt::format("{}: {}", shown_path(folder), failed.message())});
  }
  NPG_TRY(const JournalLock lock, JournalLock::take(folder));
  NPG_TRY(const auto all, load_exceptions(folder));
  NPG_TRY_VOID(require_sound(folder, all, "add", rule.id));
  if (std::ranges::any_of(
          all, [&](const LoadedException& one) { return equal_names(one.rule.id, rule.id); })) {
    return refused(
        fmt::format("{}: there is an exception {} already", shown_path(folder), rule.id));
  }
  const std::string file = rule.id + ".yaml";
  NPG_TRY_VOID(
      keep(folder, file, text, {.time = now, .action = "add", .id = rule.id, .by = rule.author}));
  return ExceptionAnswer{fmt::format("{}: approves by {}, until {}\n", rule.id,
                                     name_of(strength_of(rule.selector)),
                                     to_screen_time(rule.expires))};
}

Outcomed<ExceptionAnswer> list_exceptions(const std::string& folder, FileTime now, bool expiring) {
  NPG_TRY(const auto all, load_exceptions(folder));
  ExceptionAnswer answer;
  NPG_TRY(const TrustedExceptions trusted, load_trusted_exceptions(folder));
  if (!all.empty() && !trusted.without_journal.empty()) {
    answer.text += trusted.without_journal + "\n";
    answer.sound = false;
  }
  for (const std::string& text : trusted.distrusted) {
    answer.text += text + "\n";
    answer.sound = false;
  }
  for (const LoadedException& one : all) {
    const ExceptionRule& rule = one.rule;
    const bool counts =
        std::ranges::find(trusted.rules, one.file, &LoadedException::file) != trusted.rules.end();
    const std::string state = counts ? exception_state(rule, now) : "does not count";
    const bool is_ending = state.starts_with("ends in");
    answer.sound = answer.sound && !is_ending && (expiring || state != "ended");
    if (expiring && !is_ending) {
      continue;
    }
    answer.text +=
        fmt::format("{}  {}, until {}  by {}{}  {}  owner {}  {}\n", rule.id, state,
                    to_screen_time(rule.expires), name_of(strength_of(rule.selector)),
                    rule.weak ? " (weak)" : "", scope_text(rule.scope), rule.owner, rule.title);
  }
  return answer;
}

Outcomed<ExceptionAnswer> renew_exception(const std::string& folder, const Renewal& renewal,
                                          FileTime now) {
  NPG_TRY(const JournalLock lock, JournalLock::take(folder));
  NPG_TRY(LoadedException one, exception_of(folder, renewal.id, "renew"));
  if (one.rule.revoked) {
    return refused(fmt::format("{} is revoked: add a new exception", one.rule.id));
  }
  if (now < one.rule.renewed.value_or(one.rule.created)) {
    return refused(fmt::format("{} was {} at {}, which is later than the renewal", one.rule.id,
                               one.rule.renewed ? "renewed" : "created",
                               to_screen_time(one.rule.renewed.value_or(one.rule.created))));
  }
  one.rule.author = renewal.author;
  one.rule.approver = renewal.approver;
  one.rule.renewed = now;
  one.rule.expires = {now.ticks + renewal.days * FileTime::per_day};
  NPG_TRY(const std::string text, checked_text(one.rule));
  NPG_TRY_VOID(keep(folder, one.file, text,
                    {.time = now, .action = "renew", .id = one.rule.id, .by = renewal.author}));
  return ExceptionAnswer{
      fmt::format("{}: until {}\n", one.rule.id, to_screen_time(one.rule.expires))};
}

Outcomed<ExceptionAnswer> revoke_exception(const std::string& folder, const Revocation& revocation,
                                           FileTime now) {
  NPG_TRY(const JournalLock lock, JournalLock::take(folder));
  NPG_TRY(LoadedException one, exception_of(folder, revocation.id, "revoke"));
  if (one.rule.revoked) {
    return refused(fmt::format("{} is revoked already, since {}", one.rule.id,
                               to_screen_time(*one.rule.revoked)));
  }
  one.rule.revoked = now;
  one.rule.revoked_by = revocation.by;
  one.rule.revoked_because = revocation.because;
  NPG_TRY(const std::string text, checked_text(one.rule));
  NPG_TRY_VOID(keep(folder, one.file, text,
                    {.time = now, .action = "revoke", .id = one.rule.id, .by = revocation.by}));
  return ExceptionAnswer{fmt::format("{}: revoked\n", one.rule.id)};
}

namespace {

/// True when most of the lines are those that npguard writes for the rule (quotes and times as
/// people do not write them), so that a line that was changed by hand makes no other file of it.
bool is_as_npguard_writes(const LoadedException& one) {
  std::set<std::string_view> there;
  for (std::string_view rest = one.text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    there.insert(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::string own = exception_text(one.rule);
  std::size_t lines = 0;
  std::size_t found = 0;
  for (std::string_view rest = own; !rest.empty(); ++lines) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    found += there.contains(rest.substr(0, end)) ? 1U : 0U;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 2 * found > lines;
}

}  // namespace

Outcomed<TrustedExceptions> load_trusted_exceptions(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  const std::string parent = fs::path(path).parent_path().string();
  const std::string folder = is_folder ? path : parent.empty() ? "." : parent;
  TrustedExceptions trusted;
  NPG_TRY(auto all, load_exceptions(path));
  const auto distrusts = [&](const std::string& file, std::string_view why) {
    trusted.distrusted.push_back(fmt::format(
        "{}: {}; it hides nothing", shown_path(is_folder ? in_folder(path, file) : path), why));
  };
  if (!fs::exists(in_folder(folder, std::string(journal_name)), ignored)) {
    if (const auto ours = std::ranges::find_if(all, is_as_npguard_writes); ours != all.end()) {
      for (const LoadedException& one : all) {
        const std::string file = fs::path(one.file).filename().string();
        distrusts(file, fmt::format("{} is as npguard writes it, and the {} that npguard notes it "
                                    "in is not there",
                                    one.file == ours->file
                                        ? "it"
                                        : shown_path(fs::path(ours->file).filename().string()),
                                    journal_name));
      }
      return trusted;
    }
    trusted.without_journal = fmt::format(
        "{}: there is no {} beside the exceptions: whether they are what was approved, and by "
        "whom, "
        "nothing proves; they count all the same",
        shown_path(path), journal_name);
    trusted.rules = std::move(all);
    return trusted;
  }
  NPG_TRY(const Journal journal, read_journal(folder));
  for (LoadedException& one : all) {
    const std::string file = fs::path(one.file).filename().string();
    if (const std::string why = distrust(journal, file, one.sha256); why.empty()) {
      trusted.rules.push_back(std::move(one));
    } else {
      distrusts(file, why);
    }
  }
  return trusted;
}

Outcomed<ExceptionAnswer> verify_exceptions(const std::string& folder) {
  NPG_TRY(const Journal journal, read_journal(folder));
  NPG_TRY(const auto files, load_exceptions(folder));
  ExceptionAnswer answer;
  const auto wrong = [&](std::string text) {
    answer.text += text + "\n";
    answer.sound = false;
  };
  for (const std::string& problem : journal.problems) {
    wrong(fmt::format("{}: {}", journal_name, problem));
  }
  std::map<std::string, std::string> last;
  for (const JournalEntry& entry : journal.entries) {
    last[entry.file] = entry.sha256;
  }
  for (const LoadedException& one : files) {
    const auto told = last.find(one.file);
    if (told == last.end()) {
      wrong(fmt::format("{}: the journal does not know it", shown_path(one.file)));
    } else if (told->second != one.sha256) {
      wrong(fmt::format("{}: it is not what the journal's last entry for it says",
                        shown_path(one.file)));
    }
    last.erase(one.file);
  }
  for (const auto& [file, sha256] : last) {
    wrong(fmt::format("{}: the journal speaks of it, and it is not there", shown_path(file)));
  }
  if (answer.sound) {
    answer.text = fmt::format(
        "{} exceptions, {} changes: the chain is whole and the files are those that it ends with\n",
        files.size(), journal.entries.size());
  }
  return answer;
}

}  // namespace npg
