// SharedText: evidence text that many facts repeat (account names, paths), held once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/evidence_text.hpp"

namespace npg {

/// A value that points at text shared between facts. Owners: every fact that holds it, and the pool
/// while it lives.
class SharedText {
 public:
  SharedText() = default;
  explicit SharedText(EvidenceText text)
      : text_(text.empty() ? nullptr : std::make_shared<const EvidenceText>(std::move(text))) {}
  // Literals of this program convert, for tests and derived facts.
  // NOLINTNEXTLINE(google-explicit-constructor)
  SharedText(std::string_view literal) : SharedText(EvidenceText::from_literal(literal)) {}

  [[nodiscard]] const EvidenceText& text() const { return text_ == nullptr ? nothing() : *text_; }
  [[nodiscard]] std::string_view raw() const { return text().raw(); }
  [[nodiscard]] bool empty() const { return text_ == nullptr; }
  bool operator==(const SharedText& other) const {
    return text_ == other.text_ || raw() == other.raw();
  }
  auto operator<=>(const SharedText& other) const { return raw() <=> other.raw(); }

 private:
  static const EvidenceText& nothing() {
    static const EvidenceText empty;
    return empty;
  }
  std::shared_ptr<const EvidenceText> text_;
};

/// The text as a terminal and a sentence may have it.
[[nodiscard]] inline std::string shown(const SharedText& text) {
  return escape_for_terminal(text.text());
}

}  // namespace npg
