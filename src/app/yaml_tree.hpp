// A small YAML document as a tree that knows where everything stands. What a rule file has no use
// for is refused: anchors and aliases (and with them every bomb), tags, further documents, keys
// told twice, deep nesting, odd characters.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npg {

struct YamlPlace {
  std::uint64_t line = 1;    ///< from 1
  std::uint64_t column = 1;  ///< from 1
};
struct YamlProblem {
  YamlPlace place;
  std::string text;  ///< a sentence; text of the file in it is escaped for a terminal
};

struct YamlNode {
  enum class Kind : std::uint8_t { scalar, list, map };
  Kind kind = Kind::scalar;
  YamlPlace place;
  std::string text;       ///< of a scalar
  bool is_plain = false;  ///< a scalar without quotes
  std::vector<YamlNode> items;
  struct Entry;
  std::vector<Entry> entries;  ///< of a map, in the file's order; keys are scalars, each once

  /// Nothing when the map has no such key.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};
struct YamlNode::Entry {
  YamlPlace place;
  std::string key;
  YamlNode value;
};

inline constexpr std::uint64_t yaml_bytes_max = 64ULL << 10;
inline constexpr std::size_t yaml_depth_max = 8;
inline constexpr std::size_t yaml_nodes_max = 4000;

[[nodiscard]] std::expected<YamlNode, YamlProblem> read_yaml(std::string_view text);

/// Text as a quoted scalar of one line; it must hold no control characters.
[[nodiscard]] std::string yaml_quoted(std::string_view text);

}  // namespace npg
