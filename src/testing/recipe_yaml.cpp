#include "testing/recipe_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "view/win_event.hpp"

namespace npg::testing {
namespace {

// Limit: the longest list of a recipe; a noisy host needs a few thousand events.
constexpr std::size_t items_max = 100'000;

}  // namespace

std::string describe(const RecipeError& error) {
  return error.line == 0 ? error.text
                         : fmt::format("{}:{}: {}", error.line, error.column, error.text);
}

void refuse(const YAML::Node& at, std::string text) {
  RecipeError error{.text = std::move(text)};
  if (at.IsDefined() && !at.Mark().is_null()) {
    error.line = at.Mark().line + 1;
    error.column = at.Mark().column + 1;
  }
  throw RecipeFault{std::move(error)};
}

YAML::Node entry(const YAML::Node& map, std::string_view name) {
  return map.IsDefined() && map.IsMap() ? map[std::string(name)]
                                        : YAML::Node(YAML::NodeType::Undefined);
}

void require_map(const YAML::Node& node, std::string_view what) {
  if (!node.IsDefined() || !node.IsMap()) {
    refuse(node, fmt::format("{} must be a map", what));
  }
}

void require_known(const YAML::Node& map, std::initializer_list<std::string_view> names) {
  for_each_entry(map, [&](const std::string& name, const YAML::Node& value) {
    if (std::ranges::find(names, name) == names.end()) {
      refuse(value, fmt::format("unknown word: {}", name));
    }
  });
}

std::string text_in(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsMap() || node.IsSequence()) {
    refuse(node, "a text is wanted here");
  }
  return node.IsNull() ? std::string() : node.Scalar();
}

std::string text_in(const YAML::Node& map, std::string_view name, std::string_view otherwise) {
  const YAML::Node node = entry(map, name);
  return node.IsDefined() ? text_in(node) : std::string(otherwise);
}

FileTime time_in(const YAML::Node& node) {
  const std::string text = text_in(node);
  const std::optional<FileTime> time = parse_time(text);
  if (!time) {
    refuse(node, fmt::format("no such time: {}", text));
  }
  return *time;
}

FileTime time_in(const YAML::Node& map, std::string_view name, FileTime otherwise) {
  const YAML::Node node = entry(map, name);
  return node.IsDefined() ? time_in(node) : otherwise;
}

std::uint64_t number_in(const YAML::Node& node) {
  const std::string text = text_in(node);
  const std::optional<std::uint64_t> number = parse_number(text);
  if (!number) {
    refuse(node, fmt::format("no number: {}", text));
  }
  return *number;
}

std::uint64_t number_in(const YAML::Node& map, std::string_view name, std::uint64_t otherwise) {
  const YAML::Node node = entry(map, name);
  return node.IsDefined() ? number_in(node) : otherwise;
}

bool yes_in(const YAML::Node& map, std::string_view name, bool otherwise) {
  const YAML::Node node = entry(map, name);
  if (!node.IsDefined()) {
    return otherwise;
  }
  const std::string text = text_in(node);
  if (text != "yes" && text != "no" && text != "true" && text != "false") {
    refuse(node, fmt::format("yes or no is wanted, not {}", text));
  }
  return text == "yes" || text == "true";
}

void for_each_item(const YAML::Node& sequence, const std::function<void(const YAML::Node&)>& call) {
  if (!sequence.IsDefined() || sequence.IsNull()) {
    return;
  }
  if (!sequence.IsSequence() || sequence.size() > items_max) {
    refuse(sequence, "a list of at most 100000 items is wanted here");
  }
  for (const YAML::Node& item : sequence) {
    call(item);
  }
}

void for_each_entry(const YAML::Node& map,
                    const std::function<void(const std::string&, const YAML::Node&)>& call) {
  if (!map.IsDefined() || map.IsNull()) {
    return;
  }
  if (!map.IsMap() || map.size() > items_max) {
    refuse(map, "a map of at most 100000 entries is wanted here");
  }
  for (const auto& pair : map) {
    call(text_in(pair.first), pair.second);
  }
}

std::vector<std::string> split(std::string_view text, char divider) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(divider), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace npg::testing
