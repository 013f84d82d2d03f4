// What makes an exception one that may be used: who, how long, and by what it selects.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "analysis/baseline/exception.hpp"
#include "analysis/baseline/versions.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

using Wrong = std::function<void(std::string field, std::string text)>;

std::string trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

bool is_hex(std::string_view text, std::initializer_list<std::size_t> sizes) {
  return std::ranges::find(sizes, text.size()) != sizes.end() &&
         std::ranges::all_of(
             text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void check_people(const ExceptionRule& rule, const Wrong& wrong) {
  struct Text {
    std::string_view field;
    const std::string& text;
  };
  const Text texts[] = {{"id", rule.id},         {"title", rule.title},
                        {"reason", rule.reason}, {"owner", rule.owner},
                        {"author", rule.author}, {"approver", rule.approver}};
  for (const Text& one : texts) {
    if (trimmed(one.text).empty()) {
      wrong(std::string(one.field), "must not be empty");
    } else if (trimmed(one.text) != one.text) {
      wrong(std::string(one.field), "must not begin or end with a blank");
    }
  }
  const bool is_plain_id = !rule.id.empty() && rule.id.size() <= 64 && rule.id.front() != '.' &&
                           std::ranges::all_of(rule.id, [](char c) {
                             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                           });
  if (!rule.id.empty() && !is_plain_id) {
    wrong("id", "letters, digits, -, _ and . only, at most 64");
  }
  if (!rule.approver.empty() && equal_names(trimmed(rule.approver), trimmed(rule.author))) {
    wrong("approver", "must be another than the author");
  }
}

void check_times(const ExceptionRule& rule, const Wrong& wrong) {
  if (rule.evidence.empty()) {
    wrong("evidence", "at least one change ticket, document or other evidence");
  }
  for (const ChangeEvidence& one : rule.evidence) {
    if (one.window && one.window->to <= one.window->from) {
      wrong("evidence", "a window ends before it begins");
    }
  }
  if (rule.renewed && *rule.renewed < rule.created) {
    wrong("renewed", "must not be before created");
  }
  const FileTime begin = rule.renewed.value_or(rule.created);
  // A date alone means that day to its end.
  const std::uint64_t last_day = rule.expires.ticks % FileTime::per_day == 0 ? 1 : 0;
  if (rule.expires <= begin) {
    wrong("expires", fmt::format("must be after {}", rule.renewed ? "renewed" : "created"));
  } else if (rule.expires.ticks - begin.ticks >
             (longest_exception_days + last_day) * FileTime::per_day) {
    wrong("expires", fmt::format("at most {} days after {}", longest_exception_days,
                                 rule.renewed ? "renewed" : "created"));
  }
}

void check_selector(const ExceptionRule& rule, const Wrong& wrong) {
  const ExceptionSelector& selector = rule.selector;
  const SelectorStrength strength = strength_of(selector);
  const bool has_signer = !selector.signer.empty() || !selector.signer_thumbprint.empty();
  const bool has_version = !selector.version_from.empty() || !selector.version_to.empty();
  if (strength == SelectorStrength::none) {
    wrong("selector", "must name a provider, a path or a hash");
  }
  if (has_signer && selector.path.empty()) {
    wrong("selector.signer", "needs a path beside it");
  }
  if (has_version && !has_signer) {
    wrong("selector.version", "needs a signer beside it: anybody can write a version");
  }
  if (!selector.version_from.empty() && !selector.version_to.empty() &&
      version_numbers(selector.version_from) > version_numbers(selector.version_to)) {
    wrong("selector.version", fmt::format("from {} is above to {}: no version fits",
                                          selector.version_from, selector.version_to));
  }
  if (has_version &&
      ((!selector.version_from.empty() && version_numbers(selector.version_from).empty()) ||
       (!selector.version_to.empty() && version_numbers(selector.version_to).empty()))) {
    wrong("selector.version", "numbers with dots between them");
  }
  if (!selector.sha256.empty() && !is_hex(selector.sha256, {64})) {
    wrong("selector.sha256", "64 hexadecimal digits in lower case");
  }
  if (!selector.signer_thumbprint.empty() && !is_hex(selector.signer_thumbprint, {40, 64})) {
    wrong("selector.signer_thumbprint", "40 or 64 hexadecimal digits in lower case");
  }
  if (!selector.path.empty() && (selector.path.size() < 4 || selector.path.substr(1, 2) != ":\\")) {
    wrong("selector.path", "a whole path such as C:\\Windows\\System32\\x.dll");
  }
  const bool is_weak = strength == SelectorStrength::name || strength == SelectorStrength::path;
  if (is_weak && !rule.weak) {
    wrong("weak",
          fmt::format(
              "a selector by {} alone is weak: say \"weak: true\", or add a signer or the hash",
              name_of(strength)));
  }
  if (rule.hides_up_to > FindingSeverity::medium && is_weak) {
    wrong("hides_up_to", "a weak selector hides at most medium findings");
  }
}

}  // namespace

std::vector<ExceptionProblem> check_exception(const ExceptionRule& rule) {
  std::vector<ExceptionProblem> problems;
  const Wrong wrong = [&](std::string field, std::string text) {
    problems.push_back({std::move(field), std::move(text)});
  };
  check_people(rule, wrong);
  check_times(rule, wrong);
  const std::string& approved_class = rule.registration.provider_class;
  if (!approved_class.empty() && approved_class != "none" &&
      !std::ranges::all_of(approved_class, [](char c) { return c >= '0' && c <= '9'; })) {
    wrong("registration.class", "a decimal number, or none");
  }
  check_selector(rule, wrong);
  return problems;
}

}  // namespace npg
