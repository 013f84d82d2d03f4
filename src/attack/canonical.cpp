#include "attack/canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/check.hpp"

namespace npg::attack {
namespace {

/// A string as JSON.stringify writes it: only quote, backslash and controls are escaped.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    out.append(text.substr(done, at - done));
    done = at + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out.append(text.substr(done));
  out += '"';
}

/// A number as ECMAScript's Number::toString writes the double nearest to it (RFC 8785, 3.2.2.3).
void append_number(std::string& out, std::string_view source) {
  double number = 0;
  const auto parsed = std::from_chars(source.data(), source.data() + source.size(), number);
  if (parsed.ec != std::errc() || !std::isfinite(number)) {
    out += source;  // Beyond a double's range: kept as written, which no canonical reader accepts.
    return;
  }
  if (number == 0) {
    out += '0';
    return;
  }
  std::array<char, 40> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number),
                                     std::chars_format::scientific);
  const std::string_view form(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t e = form.find('e');
  std::string digits(form.substr(0, 1));
  if (e > 2) {
    digits += form.substr(2, e - 2);
  }
  int exponent = 0;
  const std::string_view power = form.substr(e + (form[e + 1] == '+' ? 2 : 1));
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  const int point = exponent + 1;  // digits before the decimal point
  const int count = static_cast<int>(digits.size());
  if (number < 0) {
    out += '-';
  }
  const auto zeros = [](int n) { return std::string(static_cast<std::size_t>(n), '0'); };
  if (count <= point && point <= 21) {
    out += digits + zeros(point - count);
  } else if (0 < point && point <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(point)) + "." +
           digits.substr(static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0." + zeros(-point) + digits;
  } else {
    out += digits.substr(0, 1);
    if (count > 1) {
      out += "." + digits.substr(1);
    }
    out += fmt::format("e{}{}", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
}

void append_leaf(std::string& out, const JsonValue& value) {
  if (value.token().kind == JsonKind::string && value.token().escaped) {
    append_string(out, value.text());
  } else if (value.token().kind == JsonKind::number) {
    append_number(out, value.source());
  } else {
    out += value.source();
  }
}

bool is_container(const JsonValue& value) {
  return value.is(JsonKind::object) || value.is(JsonKind::array);
}

std::u16string utf16_of(std::string_view utf8) {
  std::u16string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t j = 1; j < length && i + j < utf8.size(); ++j) {
      point = (point << 6) | (static_cast<unsigned char>(utf8[i + j]) & 0x3fU);
    }
    if (point >= 0x10000) {
      out += static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10));
      out += static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      out += static_cast<char16_t>(point);
    }
    i += length;
  }
  return out;
}

/// A member whose name needs no resolving, as nearly all are: the name as a view of the source.
struct Entry {
  std::string_view name;
  JsonValue key;
  JsonValue value;
};

/// Members in source order; `simple` is false when a name has escapes or is not ASCII.
std::vector<Entry> entries_of(const JsonValue& object, bool& simple) {
  std::vector<Entry> entries;
  simple = true;
  for (JsonChildren children(object); children.more();) {
    const JsonValue key = children.take();
    const JsonValue value = children.take();
    const std::string_view quoted = key.source();
    const std::string_view name = quoted.substr(1, quoted.size() - 2);
    simple = simple && !key.token().escaped &&
             std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    entries.push_back({name, key, value});
  }
  return entries;
}

void sort_entries(std::vector<Entry>& entries, bool simple) {
  if (simple) {
    std::ranges::sort(entries, {}, &Entry::name);
  } else {
    std::ranges::sort(entries, {}, [](const Entry& each) { return utf16_of(each.key.text()); });
  }
}

// Limit: recursion in these two is bounded by the depth that scan_json let through.
void append(std::string& out, const JsonValue& value, bool sorted) {
  if (!is_container(value)) {
    append_leaf(out, value);
    return;
  }
  bool first = true;
  if (value.is(JsonKind::array)) {
    out += '[';
    for (JsonChildren children(value); children.more();) {
      if (!std::exchange(first, false)) {
        out += ',';
      }
      append(out, children.take(), sorted);
    }
    out += ']';
    return;
  }
  out += '{';
  bool simple = true;
  std::vector<Entry> entries = entries_of(value, simple);
  if (sorted) {
    sort_entries(entries, simple);
  }
  for (const Entry& each : entries) {
    if (!std::exchange(first, false)) {
      out += ',';
    }
    append_leaf(out, each.key);
    out += ':';
    append(out, each.value, sorted);
  }
  out += '}';
}

void append_set(std::string& out, const JsonValue& list) {
  std::vector<std::string> items;
  for (JsonChildren children(list); children.more();) {
    const JsonValue item = children.take();
    append_canonical(items.emplace_back(), item);
  }
  std::ranges::sort(items);
  const auto [from, to] = std::ranges::unique(items);
  items.erase(from, to);
  out += '[';
  bool first = true;
  for (const std::string& item : items) {
    if (!std::exchange(first, false)) {
      out += ',';
    }
    out += item;
  }
  out += ']';
}

const std::string blanks(70'000, ' ');

}  // namespace

bool is_bookkeeping(std::string_view member, std::string_view type) {
  return member == "modified" || member == "spec_version" ||
         member == "x_mitre_attack_spec_version" || member == "x_mitre_modified_by_ref" ||
         (member == "x_mitre_version" && type == "relationship");
}

bool is_set(std::string_view member) {
  return member == "external_references" || member == "kill_chain_phases" ||
         member == "x_mitre_platforms" || member == "x_mitre_domains" ||
         member == "x_mitre_contributors" || member == "x_mitre_data_sources";
}

bool is_empty(std::string_view member, const JsonValue& value) {
  if (value.is(JsonKind::boolean_false)) {
    return member == "revoked" || member == "x_mitre_deprecated";
  }
  return value.is(JsonKind::null) || (value.is(JsonKind::string) && value.source().size() == 2) ||
         (is_container(value) && value.token().next == value.index() + 1);
}

void append_minified(std::string& out, const JsonValue& value) {
  append(out, value, false);
}
void append_canonical(std::string& out, const JsonValue& value) {
  append(out, value, true);
}

void append_content(std::string& out, const JsonValue& object) {
  std::string canonical;
  append_canonical_and_content(canonical, out, object);
}

void append_canonical_and_content(std::string& canonical, std::string& content,
                                  const JsonValue& object) {
  if (!object.is(JsonKind::object)) {
    append_canonical(canonical, object);
    append_canonical(content, object);
    return;
  }
  bool simple = true;
  std::vector<Entry> entries = entries_of(object, simple);
  sort_entries(entries, simple);
  const std::string type = object.text("type");
  canonical += '{';
  content += '{';
  bool first = true;
  bool first_of_content = true;
  for (const Entry& each : entries) {
    if (!std::exchange(first, false)) {
      canonical += ',';
    }
    const std::size_t start = canonical.size();
    append_leaf(canonical, each.key);
    canonical += ':';
    const std::size_t value = canonical.size();
    append_canonical(canonical, each.value);
    if (is_bookkeeping(each.name, type) || is_empty(each.name, each.value)) {
      continue;
    }
    if (!std::exchange(first_of_content, false)) {
      content += ',';
    }
    const std::string_view member = std::string_view(canonical).substr(start);
    if (is_set(each.name) && each.value.is(JsonKind::array)) {
      content += member.substr(0, value - start);
      append_set(content, each.value);
    } else {
      content += member;
    }
  }
  canonical += '}';
  content += '}';
}

namespace {

/// Compares white space with a layout that is learned from the first places that show it.
class LayoutCheck {
 public:
  void space(std::string_view space, char before, char after, std::size_t depth) {
    const bool after_open = before == '{' || before == '[';
    if (after == '}' || after == ']') {
      after_open ? expect(space.empty()) : line(space, depth - 1);
    } else if (after_open || before == ',') {
      line(space, depth);
    } else if (before == ':') {
      if (!std::exchange(knows_colon_, true)) {
        layout_.colon = static_cast<std::uint8_t>(std::min<std::size_t>(space.size(), 255));
      }
      expect(space == std::string_view(blanks).substr(0, layout_.colon));
    } else {
      expect(space.empty());
    }
  }
  [[nodiscard]] std::optional<Layout> result() const {
    return regular_ ? std::optional(layout_) : std::nullopt;
  }
  /// The outermost value's last line and one inner line give base and indent.
  void learn(std::string_view raw) {
    const std::size_t last = raw.rfind('\n');
    layout_.lines = raw.size() > 1 && raw[1] == '\n';
    if (!layout_.lines || last == std::string_view::npos) {
      return;
    }
    const std::size_t base = raw.size() - 1 - (last + 1);
    std::size_t inner = 2;
    while (inner < raw.size() && raw[inner] == ' ') {
      ++inner;
    }
    inner -= 2;
    expect(base <= 4096 && inner >= base && inner - base <= 64);
    if (regular_) {
      layout_.base = static_cast<std::uint16_t>(base);
      layout_.indent = static_cast<std::uint8_t>(inner - base);
    }
  }

 private:
  void expect(bool condition) { regular_ = regular_ && condition; }
  void line(std::string_view space, std::size_t depth) {
    if (!layout_.lines) {
      expect(space.empty());
      return;
    }
    const std::size_t width = layout_.base + depth * layout_.indent;
    expect(space.size() == width + 1 && space[0] == '\n' &&
           space.substr(1) == std::string_view(blanks).substr(0, width));
  }
  Layout layout_;
  bool knows_colon_ = false;
  bool regular_ = true;
};

}  // namespace

std::optional<Layout> append_stripped(std::string& out, std::string_view raw,
                                      const JsonTape& tape) {
  LayoutCheck check;
  check.learn(raw);
  std::size_t depth = 0;
  std::size_t at = 0;
  char before = 'v';
  const auto structure = [&](std::size_t until) {
    while (at < until) {
      const std::size_t space = at;
      at = skip_space(raw, at);
      const char after = at < until ? raw[at] : 'v';
      if (space != 0 || at != 0) {
        check.space(raw.substr(space, at - space), before, after, depth);
      }
      if (at >= until) {
        return;
      }
      depth += after == '{' || after == '[' ? 1U : 0U;
      depth -= after == '}' || after == ']' ? 1U : 0U;
      out += after;
      before = after;
      ++at;
    }
    if (before == ':' || before == ',' || before == '{' || before == '[') {
      check.space({}, before, 'v', depth);
    }
  };
  for (const JsonToken& token : tape.tokens) {
    if (token.kind == JsonKind::object || token.kind == JsonKind::array) {
      continue;
    }
    structure(token.start);
    out += raw.substr(token.start, token.end - token.start);
    at = token.end;
    before = 'v';
  }
  structure(raw.size());
  return check.result();
}

std::string lay_out(std::string_view stripped, const Layout& layout) {
  std::string out;
  out.reserve(stripped.size() * 2);
  std::size_t depth = 0;
  const auto line = [&] {
    if (layout.lines) {
      out += '\n';
      out.append(layout.base + depth * layout.indent, ' ');
    }
  };
  for (std::size_t at = 0; at < stripped.size(); ++at) {
    const char c = stripped[at];
    if (c == '"') {
      std::size_t end = at + 1;
      while (end < stripped.size() && stripped[end] != '"') {
        end += stripped[end] == '\\' ? 2U : 1U;
      }
      out += stripped.substr(at, end + 1 - at);
      at = end;
    } else if (c == '{' || c == '[') {
      out += c;
      if (at + 1 < stripped.size() && (stripped[at + 1] == '}' || stripped[at + 1] == ']')) {
        out += stripped[++at];
      } else {
        ++depth;
        line();
      }
    } else if (c == '}' || c == ']') {
      depth -= depth > 0 ? 1U : 0U;
      line();
      out += c;
    } else if (c == ',') {
      out += c;
      line();
    } else if (c == ':') {
      out += c;
      out.append(layout.colon, ' ');
    } else {
      out += c;
    }
  }
  return out;
}

ObjectHashes hashes_of(std::string_view raw, const JsonTape& tape, Hasher& hasher) {
  const JsonValue object(raw, tape);
  ObjectHashes hashes;
  std::string form;
  hashes.raw = hasher.hash(raw);
  append_minified(form, object);
  hashes.minified = hasher.hash(form);
  form.clear();
  std::string content;
  append_canonical_and_content(form, content, object);
  hashes.canonical = hasher.hash(form);
  hashes.content = hasher.hash(content);
  return hashes;
}

}  // namespace npg::attack
