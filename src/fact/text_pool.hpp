// TextPool: gives facts that hold the same text one copy of it.
#pragma once

#include <string_view>
#include <unordered_map>

#include "fact/shared_text.hpp"

namespace npg {

/// Gives the same SharedText for the same text. One pool belongs to one thread's work.
class TextPool {
 public:
  [[nodiscard]] SharedText share(const EvidenceText& text) {
    if (text.empty()) {
      return {};
    }
    const auto found = known_.find(text.raw());
    if (found != known_.end()) {
      return found->second;
    }
    SharedText shared{text};
    known_.emplace(shared.raw(), shared);
    return shared;
  }

 private:
  std::unordered_map<std::string_view, SharedText> known_;  ///< keys point into the values' text
};

}  // namespace npg
