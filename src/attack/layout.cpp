#include "attack/layout.hpp"

#include <algorithm>
#include <utility>

#include "attack/json_text.hpp"

namespace npg::attack {
namespace {

bool is_open(char c) {
  return c == '{' || c == '[';
}
bool is_close(char c) {
  return c == '}' || c == ']';
}
/// Stand for a value's text, and for what is before the outermost one.
constexpr char some_value = 'v';
constexpr char start_of_text = 's';

/// Walks what stands between the leaves of one object, and compares the white space there with a
/// layout that is learned from the first places that show it.
class Stripper {
 public:
  Stripper(std::string& out, std::string_view raw) : out_(out), raw_(raw) { learn(); }

  /// The white space and brackets, commas and colons up to the leaf at `until`.
  void structure(std::size_t until) {
    for (;;) {
      const char after = space(until);
      if (at_ >= until) {
        return;
      }
      depth_ += is_open(after) ? 1U : 0U;
      depth_ -= is_close(after) && depth_ > 0 ? 1U : 0U;
      out_ += after;
      before_ = after;
      ++at_;
    }
  }
  /// A string, number or word, kept as it is.
  void leaf(std::size_t end) {
    out_.append(raw_.substr(at_, end - at_));
    at_ = end;
    before_ = some_value;
  }
  [[nodiscard]] std::optional<Layout> layout() const {
    return regular_ ? std::optional(layout_) : std::nullopt;
  }

 private:
  /// The outermost value's last line and one inner line give base and indent.
  void learn() {
    const std::size_t last = raw_.rfind('\n');
    layout_.lines = raw_.size() > 1 && raw_[1] == '\n';
    if (!layout_.lines || last == std::string_view::npos) {
      return;
    }
    const std::size_t base = raw_.size() - 1 - (last + 1);
    const std::size_t inner = count_blanks(raw_, 2);
    expect(base <= 4096 && inner >= base && inner - base <= 64);
    if (regular_) {
      layout_.base = static_cast<std::uint16_t>(base);
      layout_.indent = static_cast<std::uint8_t>(inner - base);
    }
  }

  /// Passes the white space at `at_`, if any, and gives what comes after it.
  char space(std::size_t until) {
    const bool on_new_line = at_ < until && raw_[at_] == '\n';
    const std::size_t blanks = count_blanks(raw_, at_ + (on_new_line ? 1 : 0));
    at_ += blanks + (on_new_line ? 1 : 0);
    if (const std::size_t more = skip_space(raw_, at_); more != at_) {
      expect(false);
      at_ = more;
    }
    const char after = at_ < until ? raw_[at_] : some_value;
    if (at_ <= until && regular_) {
      check(on_new_line, blanks, after);
    }
    return after;
  }

  void check(bool on_new_line, std::size_t blanks, char after) {
    if (before_ == ':') {
      if (!std::exchange(knows_colon_, true)) {
        layout_.colon = static_cast<std::uint8_t>(std::min<std::size_t>(blanks, 255));
      }
      expect(!on_new_line && blanks == layout_.colon);
      return;
    }
    const bool breaks = before_ == ',' || is_open(before_) != is_close(after);
    if (!layout_.lines || !breaks || before_ == start_of_text) {
      expect(!on_new_line && blanks == 0);
      return;
    }
    const std::size_t depth = depth_ - (is_close(after) && depth_ > 0 ? 1U : 0U);
    expect(on_new_line && blanks == layout_.base + depth * layout_.indent);
  }

  void expect(bool condition) { regular_ = regular_ && condition; }

  std::string& out_;
  std::string_view raw_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  char before_ = start_of_text;
  Layout layout_;
  bool knows_colon_ = false;
  bool regular_ = true;
};

}  // namespace

std::optional<Layout> append_stripped(std::string& out, std::string_view raw,
                                      const JsonTape& tape) {
  Stripper stripper(out, raw);
  for (const JsonToken& token : tape.tokens) {
    if (token.kind != JsonKind::object && token.kind != JsonKind::array) {
      stripper.structure(token.start);
      stripper.leaf(token.end);
    }
  }
  stripper.structure(raw.size());
  return stripper.layout();
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

}  // namespace npg::attack
