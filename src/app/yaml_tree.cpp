#include "app/yaml_tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

std::string beginning_of(std::string_view text) {
  constexpr std::size_t shown_max = 60;
  return escape_for_terminal(EvidenceText::from_utf8(text.substr(0, shown_max)));
}

YamlPlace place_of(const YAML::Mark& mark) {
  return {.line = static_cast<std::uint64_t>(std::max(mark.line, 0)) + 1,
          .column = static_cast<std::uint64_t>(std::max(mark.column, 0)) + 1};
}

/// Ends yaml-cpp's parsing from inside its events; caught in read_yaml.
struct Refusal {
  YamlProblem problem;
};
[[noreturn]] void refuse(const YAML::Mark& mark, std::string text) {
  throw Refusal{{place_of(mark), std::move(text)}};
}

/// Builds the tree. yaml-cpp calls it before it goes deeper itself, so the depth that is refused
/// here is one that it never reaches.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(has_document_, true)) {
      refuse(mark, "a second document");
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_anchor(mark, anchor);
    // yaml-cpp marks what is not there by what comes next; people look at the key.
    const bool is_a_value = !open_.empty() && open_.back().has_key;
    add(mark, {.kind = YamlNode::Kind::scalar,
               .place = is_a_value ? open_.back().key_place : place_of(mark),
               .text = "",
               .is_plain = true});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases are not taken");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_anchor(mark, anchor);
    if (tag != "?" && tag != "!" && !tag.empty()) {
      refuse(mark, "tags are not taken");
    }
    add(mark, {.kind = YamlNode::Kind::scalar,
               .place = place_of(mark),
               .text = value,
               .is_plain = tag != "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] bool has_document() const { return has_document_; }
  [[nodiscard]] YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    bool has_key = false;
    YamlPlace key_place;
    std::string key;
  };

  static void check_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      refuse(mark, "anchors are not taken");
    }
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    check_anchor(mark, anchor);
    if (tag != "?" && !tag.empty()) {
      refuse(mark, "tags are not taken");
    }
    if (open_.size() >= yaml_depth_max) {
      refuse(mark, fmt::format("nested deeper than {} levels", yaml_depth_max));
    }
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_key) {
      refuse(mark, "a key must be text");
    }
    count(mark);
    open_.push_back({.node = {.kind = kind, .place = place_of(mark)}});
  }
  void count(const YAML::Mark& mark) {
    if (++nodes_ > yaml_nodes_max) {
      refuse(mark, fmt::format("more than {} values", yaml_nodes_max));
    }
  }
  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }
  void add(const YAML::Mark& mark, YamlNode node) {
    count(mark);
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_key) {
      if (open_.back().node.find(node.text) != nullptr) {
        refuse(mark, fmt::format("the key {} is told twice", beginning_of(node.text)));
      }
      open_.back().has_key = true;
      open_.back().key_place = node.place;
      open_.back().key = std::move(node.text);
      return;
    }
    put(std::move(node));
  }
  void put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == YamlNode::Kind::list) {
      open_.back().node.items.push_back(std::move(node));
    } else {
      open_.back().node.entries.push_back(
          {open_.back().key_place, std::move(open_.back().key), std::move(node)});
      open_.back().has_key = false;
    }
  }

  bool has_document_ = false;
  std::size_t nodes_ = 0;
  std::vector<Open> open_;
  YamlNode root_;
};

/// The first character that is no part of a plain text file.
std::expected<void, YamlProblem> check_characters(std::string_view text) {
  YamlPlace place;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7f || (byte < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
      return std::unexpected(
          YamlProblem{place, fmt::format("the control character 0x{:02x}", byte)});
    }
    place.column += 1;
    if (c == '\n') {
      place = {.line = place.line + 1, .column = 1};
    }
  }
  if (!EvidenceText::from_utf8(text).well_formed()) {
    return std::unexpected(YamlProblem{{}, "not UTF-8"});
  }
  return {};
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::ranges::find(
      entries, key, [](const Entry& entry) { return std::string_view(entry.key); });
  return found == entries.end() ? nullptr : &found->value;
}

std::expected<YamlNode, YamlProblem> read_yaml(std::string_view text) {
  if (text.size() > yaml_bytes_max) {
    return std::unexpected(YamlProblem{{}, fmt::format("larger than {} bytes", yaml_bytes_max)});
  }
  if (auto plain = check_characters(text); !plain) {
    return std::unexpected(plain.error());
  }
  std::istringstream in{std::string(text)};
  try {
    YAML::Parser parser(in);
    TreeBuilder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    if (!builder.has_document()) {
      return std::unexpected(YamlProblem{{}, "the file is empty"});
    }
    return builder.take();
  } catch (const Refusal& refusal) {
    return std::unexpected(refusal.problem);
  } catch (const YAML::Exception& error) {
    return std::unexpected(YamlProblem{place_of(error.mark), beginning_of(error.msg)});
  }
}

std::string yaml_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace npg
