#include "format/event_text/event_xml.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace npg {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool ends_name(char c) {
  return is_space(c) || c == '>' || c == '/' || c == '=' || c == '<' || c == '"' || c == '\'';
}

std::string_view local_part(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return name.substr(colon == std::string_view::npos ? 0 : colon + 1);
}

bool append_point(std::uint32_t point, std::string& out) {
  const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0U | point >> 6U);
    byte(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    byte(0xe0U | point >> 12U);
    byte(0x80U | (point >> 6U & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  } else if (point <= 0x10ffff) {
    byte(0xf0U | point >> 18U);
    byte(0x80U | (point >> 12U & 0x3fU));
    byte(0x80U | (point >> 6U & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  } else {
    return false;
  }
  return true;
}

/// Appends what stands between & and ;. False when XML itself does not know it.
bool append_reference(std::string_view name, std::string& out) {
  constexpr std::array<std::pair<std::string_view, char>, 5> known = {
      {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [word, character] : known) {
    if (word == name) {
      out.push_back(character);
      return true;
    }
  }
  if (!name.starts_with('#') || name.size() < 2) {
    return false;
  }
  // Quirk: Windows writes control characters as references, which XML 1.0 forbids.
  const bool hexadecimal = name[1] == 'x' || name[1] == 'X';
  const std::string_view digits = name.substr(hexadecimal ? 2 : 1);
  std::uint32_t point = 0;
  const auto [end, status] =
      std::from_chars(digits.data(), digits.data() + digits.size(), point, hexadecimal ? 16 : 10);
  return status == std::errc{} && end == digits.data() + digits.size() && append_point(point, out);
}

}  // namespace

class EventXmlReader {
 public:
  EventXmlReader(std::string_view text, std::uint64_t offset, const StreamLimits& limits)
      : text_(text), offset_(offset), limits_(limits) {}

  Result<EventXml> run() {
    NPG_TRY_VOID(skip_before_root());
    NPG_TRY_VOID(open_element());
    while (!open_.empty()) {
      NPG_TRY_VOID(step());
    }
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      out_.nodes_[i].text = EvidenceText::from_utf8(texts_[i]);
    }
    return std::move(out_);
  }

 private:
  struct Open {
    std::uint32_t node;
    std::string_view name;
    std::uint32_t last_child;
  };

  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] auto refuse(ErrorCode code, StaticText what) const {
    return fail(code, offset_ + at_, what, 0, 0);
  }

  /// Moves behind the next `end`. Error: truncated.
  Result<void> skip_behind(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) {
      return refuse(ErrorCode::truncated, "event_xml.markup");
    }
    at_ = found + end.size();
    return {};
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) {
      ++at_;
    }
  }

  Result<void> skip_before_root() {
    for (;;) {
      skip_space();
      if (rest().starts_with("<?")) {
        NPG_TRY_VOID(skip_behind("?>"));
      } else if (rest().starts_with("<!--")) {
        NPG_TRY_VOID(skip_behind("-->"));
      } else if (rest().starts_with("<!")) {
        return refuse(ErrorCode::unsupported, "event_xml.document_type");
      } else if (rest().starts_with('<')) {
        return {};
      } else {
        return refuse(ErrorCode::bad_value, "event_xml.root");
      }
    }
  }

  Result<std::uint32_t> add_node(std::string_view name, bool is_attribute) {
    if (out_.nodes_.size() >= limits_.event_xml_nodes_max) {
      return fail(ErrorCode::limit_exceeded, offset_ + at_, "event_xml.nodes",
                  out_.nodes_.size() + 1, limits_.event_xml_nodes_max);
    }
    const auto node = static_cast<std::uint32_t>(out_.nodes_.size());
    out_.nodes_.push_back({.name = local_part(name), .is_attribute = is_attribute});
    texts_.emplace_back();
    if (!open_.empty()) {
      Open& parent = open_.back();
      (parent.last_child == XmlNode::none ? out_.nodes_[parent.node].first_child
                                          : out_.nodes_[parent.last_child].next) = node;
      parent.last_child = node;
    }
    return node;
  }

  std::string_view take_name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && !ends_name(text_[at_])) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  /// At "<name".
  Result<void> open_element() {
    ++at_;
    const std::string_view name = take_name();
    if (name.empty()) {
      return refuse(ErrorCode::bad_value, "event_xml.element");
    }
    if (open_.size() >= limits_.event_xml_depth_max) {
      return fail(ErrorCode::limit_exceeded, offset_ + at_, "event_xml.depth", open_.size() + 1,
                  limits_.event_xml_depth_max);
    }
    NPG_TRY(const std::uint32_t node, add_node(name, false));
    open_.push_back({.node = node, .name = name, .last_child = XmlNode::none});
    for (;;) {
      skip_space();
      if (at_ >= text_.size()) {
        return refuse(ErrorCode::truncated, "event_xml.element");
      }
      if (text_[at_] == '>') {
        ++at_;
        return {};
      }
      if (rest().starts_with("/>")) {
        at_ += 2;
        open_.pop_back();
        return {};
      }
      NPG_TRY_VOID(take_attribute());
    }
  }

  Result<void> take_attribute() {
    const std::string_view name = take_name();
    skip_space();
    if (name.empty() || at_ >= text_.size() || text_[at_] != '=') {
      return refuse(ErrorCode::bad_value, "event_xml.attribute");
    }
    ++at_;
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') {
      return refuse(ErrorCode::bad_value, "event_xml.attribute");
    }
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) {
      return refuse(ErrorCode::truncated, "event_xml.attribute");
    }
    NPG_TRY(const std::uint32_t node, add_node(name, true));
    ++at_;
    NPG_TRY_VOID(append_text(text_.substr(at_, end - at_), texts_[node]));
    at_ = end + 1;
    return {};
  }

  /// Appends text with its references resolved.
  Result<void> append_text(std::string_view text, std::string& out) {
    while (!text.empty()) {
      const std::size_t ampersand = std::min(text.find('&'), text.size());
      out.append(text.substr(0, ampersand));
      text.remove_prefix(ampersand);
      if (text.empty()) {
        break;
      }
      const std::size_t end = text.substr(0, 12).find(';');
      if (end == std::string_view::npos || !append_reference(text.substr(1, end - 1), out)) {
        return refuse(ErrorCode::bad_value, "event_xml.reference");
      }
      text.remove_prefix(end + 1);
    }
    return {};
  }

  /// Text up to the next markup, or one piece of markup.
  Result<void> step() {
    if (at_ >= text_.size()) {
      return refuse(ErrorCode::truncated, "event_xml.element");
    }
    if (text_[at_] != '<') {
      const std::size_t end = std::min(text_.find('<', at_), text_.size());
      NPG_TRY_VOID(append_text(text_.substr(at_, end - at_), texts_[open_.back().node]));
      at_ = end;
      return {};
    }
    if (rest().starts_with("</")) {
      at_ += 2;
      const std::string_view name = take_name();
      skip_space();
      if (name != open_.back().name || !rest().starts_with('>')) {
        return refuse(ErrorCode::bad_value, "event_xml.end");
      }
      ++at_;
      open_.pop_back();
      return {};
    }
    if (rest().starts_with("<![CDATA[")) {
      const std::size_t start = at_ + 9;
      NPG_TRY_VOID(skip_behind("]]>"));
      texts_[open_.back().node].append(text_.substr(start, at_ - 3 - start));
      return {};
    }
    if (rest().starts_with("<!--")) {
      return skip_behind("-->");
    }
    if (rest().starts_with("<?")) {
      return skip_behind("?>");
    }
    if (rest().starts_with("<!")) {
      return refuse(ErrorCode::unsupported, "event_xml.document_type");
    }
    return open_element();
  }

  std::string_view text_;
  std::uint64_t offset_;
  const StreamLimits& limits_;
  std::size_t at_ = 0;
  EventXml out_;
  std::vector<std::string> texts_;  ///< by node
  std::vector<Open> open_;
};

Result<EventXml> EventXml::read(std::string_view text, std::uint64_t offset,
                                const StreamLimits& limits) {
  return EventXmlReader(text, offset, limits).run();
}

std::uint32_t EventXml::element(std::uint32_t parent, std::string_view name) const {
  if (parent >= nodes_.size()) {
    return XmlNode::none;
  }
  for (std::uint32_t i = nodes_[parent].first_child; i != XmlNode::none; i = nodes_[i].next) {
    if (!nodes_[i].is_attribute && nodes_[i].name == name) {
      return i;
    }
  }
  return XmlNode::none;
}

const EvidenceText* EventXml::attribute(std::uint32_t parent, std::string_view name) const {
  if (parent >= nodes_.size()) {
    return nullptr;
  }
  for (std::uint32_t i = nodes_[parent].first_child; i != XmlNode::none; i = nodes_[i].next) {
    if (nodes_[i].is_attribute && nodes_[i].name == name) {
      return &nodes_[i].text;
    }
  }
  return nullptr;
}

const EvidenceText* EventXml::text(std::uint32_t parent, std::string_view name) const {
  const std::uint32_t found = element(parent, name);
  return found == XmlNode::none ? nullptr : &nodes_[found].text;
}

bool EventXml::has_elements(std::uint32_t node) const {
  for (std::uint32_t i = nodes_[node].first_child; i != XmlNode::none; i = nodes_[i].next) {
    if (!nodes_[i].is_attribute) {
      return true;
    }
  }
  return false;
}

}  // namespace npg
