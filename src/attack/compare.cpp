#include "attack/compare.hpp"

#include <algorithm>
#include <map>

#include "attack/bundle.hpp"
#include "attack/canonical.hpp"

namespace npg::attack {
namespace {

std::string canonical_of(const JsonValue& value) {
  std::string out;
  if (value.exists()) {
    append_canonical(out, value);
  }
  return out;
}

std::vector<std::string> set_of(const JsonValue& list) {
  std::vector<std::string> out;
  for (const JsonValue& item : list.items()) {
    out.push_back(canonical_of(item));
  }
  std::ranges::sort(out);
  const auto [from, to] = std::ranges::unique(out);
  out.erase(from, to);
  return out;
}

std::map<std::string, std::string> references_by_name(const JsonValue& list) {
  std::map<std::string, std::string> out;
  for (const JsonValue& item : list.items()) {
    out.emplace(item.text("source_name"), canonical_of(item));
  }
  return out;
}

void compare_sets(const JsonValue& before, const JsonValue& after, FieldChange& change) {
  const std::vector<std::string> left = set_of(before);
  const std::vector<std::string> right = set_of(after);
  std::ranges::set_difference(right, left, std::back_inserter(change.added));
  std::ranges::set_difference(left, right, std::back_inserter(change.removed));
  if (change.field == "external_references") {
    const auto old_references = references_by_name(before);
    for (const auto& [name, text] : references_by_name(after)) {
      const auto found = old_references.find(name);
      if (found != old_references.end() && found->second != text) {
        change.altered.push_back(name);
      }
    }
  }
}

/// A list without order, on each side that has it.
bool is_unordered(std::string_view field, const JsonValue& before, const JsonValue& after) {
  const auto fits = [](const JsonValue& value) {
    return !value.exists() || value.is(JsonKind::array);
  };
  return is_set(field) && fits(before) && fits(after);
}

/// A member that STIX 2.1 brings or takes away: "STIX 2.1 = STIX 2.0 + spec_version", and of
/// software is_family more, labels less.
bool is_of_form(std::string_view field, std::string_view type) {
  const bool software = type == "malware" || type == "tool";
  return field == "spec_version" || (software && (field == "is_family" || field == "labels"));
}

std::string kind_of(const FieldChange& change, const JsonValue& before, const JsonValue& after,
                    std::string_view type, StixForms forms) {
  if (forms == StixForms::differ && is_of_form(change.field, type)) {
    return "form";
  }
  const bool nothing_before = !before.exists() || is_empty(change.field, before);
  const bool nothing_after = !after.exists() || is_empty(change.field, after);
  if (nothing_before && nothing_after) {
    return after.exists() && !before.exists()   ? "empty-added"
           : before.exists() && !after.exists() ? "empty-removed"
                                                : "bookkeeping";
  }
  if (is_bookkeeping(change.field, type)) {
    return "bookkeeping";
  }
  if (is_unordered(change.field, before, after) && change.added.empty() && change.removed.empty()) {
    return "order-only";
  }
  return "content";
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(' '), text.size());
    end = std::min(end + 1, text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

std::string joined(const std::vector<std::string_view>& words, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) {
    out += words[i];
  }
  return out;
}

std::string shortened(const std::vector<std::string_view>& words, std::size_t from,
                      std::size_t to) {
  constexpr std::size_t kept = 6;
  if (to - from <= 2 * kept) {
    return joined(words, from, to);
  }
  return joined(words, from, from + kept) + "... " + joined(words, to - kept, to);
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::identical: return "identical";
    case Level::layout: return "layout only";
    case Level::order: return "order only";
    case Level::form: return "form only";
    case Level::bookkeeping: return "bookkeeping only";
    case Level::content: return "content";
  }
  return "content";
}

Level level_of(const SameForms& same) {
  return same.bytes                        ? Level::identical
         : same.minified                   ? Level::layout
         : same.canonical || same.arranged ? Level::order
         : same.content                    ? Level::bookkeeping
                                           : Level::content;
}

std::string_view state_change(ObjectState before, ObjectState after) {
  const auto rank = [](ObjectState state) { return state.revoked ? 2 : state.deprecated ? 1 : 0; };
  constexpr std::string_view names[] = {"restored", "deprecated", "revoked"};
  return rank(before) == rank(after) ? "" : names[rank(after)];
}

std::string version_kind(std::string_view before, std::string_view after) {
  const int order = compare_versions(before, after);
  if (before == after) {
    return "unchanged";
  }
  const auto first = [](std::string_view text) { return text.substr(0, text.find('.')); };
  if (before.empty() || after.empty() || order >= 0) {
    return "other";
  }
  return compare_versions(first(before), first(after)) != 0 ? "major" : "minor";
}

std::string word_difference(std::string_view before, std::string_view after) {
  const std::vector<std::string_view> left = words_of(before);
  const std::vector<std::string_view> right = words_of(after);
  std::size_t head = 0;
  while (head < left.size() && head < right.size() && left[head] == right[head]) {
    ++head;
  }
  std::size_t tail = 0;
  while (tail < left.size() - head && tail < right.size() - head &&
         left[left.size() - 1 - tail] == right[right.size() - 1 - tail]) {
    ++tail;
  }
  const std::size_t rows = left.size() - head - tail;
  const std::size_t columns = right.size() - head - tail;
  std::string out = shortened(left, 0, head);
  const auto mark = [&](std::string_view open, const std::string& text, std::string_view close) {
    if (!text.empty()) {
      out += open;
      out += text;
      out += close;
    }
  };
  // Limit: a table of four million steps; longer changes are shown as one.
  if (rows * columns > 4'000'000) {
    mark("[-", joined(left, head, head + rows), "-]");
    mark("{+", joined(right, head, head + columns), "+}");
    return out + shortened(left, left.size() - tail, left.size());
  }
  std::vector<std::uint32_t> common((rows + 1) * (columns + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return common[i * (columns + 1) + j];
  };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      at(i, j) = left[head + i] == right[head + j] ? at(i + 1, j + 1) + 1
                                                   : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows || j < columns) {
    const std::size_t same = i;
    while (i < rows && j < columns && left[head + i] == right[head + j]) {
      ++i;
      ++j;
    }
    out += shortened(left, head + same, head + i);
    const std::size_t from_left = i;
    const std::size_t from_right = j;
    while ((i < rows || j < columns) &&
           !(i < rows && j < columns && left[head + i] == right[head + j])) {
      if (j >= columns || (i < rows && at(i + 1, j) >= at(i, j + 1))) {
        ++i;
      } else {
        ++j;
      }
    }
    mark("[-", joined(left, head + from_left, head + i), "-]");
    mark("{+", joined(right, head + from_right, head + j), "+}");
  }
  return out + shortened(left, left.size() - tail, left.size());
}

namespace {

SameForms same_forms(const JsonValue& before, const JsonValue& after) {
  SameForms same;
  same.bytes = before.source() == after.source();
  std::string left;
  std::string right;
  append_minified(left, before);
  append_minified(right, after);
  same.minified = left == right;
  ObjectForms old_forms;
  ObjectForms new_forms;
  make_forms(old_forms, before);
  make_forms(new_forms, after);
  const auto arranged = [](const ObjectForms& forms) -> const std::string& {
    return forms.arranged.empty() ? forms.canonical : forms.arranged;
  };
  same.canonical = old_forms.canonical == new_forms.canonical;
  same.arranged = arranged(old_forms) == arranged(new_forms);
  same.content = old_forms.content == new_forms.content;
  return same;
}

}  // namespace

ObjectDifference compare_objects(const JsonValue& before, const JsonValue& after, StixForms forms) {
  ObjectDifference out;
  const std::string type = after.text("type");
  std::map<std::string, std::pair<JsonValue, JsonValue>> members;
  for (const auto& [name, value] : before.members()) {
    members[name].first = value;
  }
  for (const auto& [name, value] : after.members()) {
    members[name].second = value;
  }
  for (const auto& [name, pair] : members) {
    FieldChange change{.field = name,
                       .kind = {},
                       .before = canonical_of(pair.first),
                       .after = canonical_of(pair.second),
                       .added = {},
                       .removed = {},
                       .altered = {},
                       .words = {}};
    if (change.before == change.after) {
      continue;
    }
    const bool list = pair.first.is(JsonKind::array) || pair.second.is(JsonKind::array);
    if (is_set(name) || list) {
      compare_sets(pair.first, pair.second, change);
    }
    change.kind = kind_of(change, pair.first, pair.second, type, forms);
    if (change.kind == "content" && pair.first.is(JsonKind::string) &&
        pair.second.is(JsonKind::string)) {
      change.words = word_difference(pair.first.text(), pair.second.text());
    }
    out.fields.push_back(std::move(change));
  }
  if (forms == StixForms::same) {
    out.level = level_of(same_forms(before, after));
  } else {
    const bool content = std::ranges::any_of(
        out.fields, [](const FieldChange& each) { return each.kind == "content"; });
    out.level = content ? Level::content : Level::form;
  }
  out.modified_moved = before.text("modified") != after.text("modified");
  out.version_before = before.text("x_mitre_version");
  out.version_after = after.text("x_mitre_version");
  out.version_kind = version_kind(out.version_before, out.version_after);
  const auto state = [](const JsonValue& value) {
    return ObjectState{value.truth("revoked"), value.truth("x_mitre_deprecated")};
  };
  out.state = state_change(state(before), state(after));
  return out;
}

}  // namespace npg::attack
