// Names of a log (providers, channels, computers), each kept once and called by a number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/evidence_text.hpp"

namespace npg {

class NameTable {
 public:
  static constexpr std::uint32_t empty_name = 0;

  /// Limit: so many names are kept; later ones become the empty name, and full() says so.
  explicit NameTable(std::uint64_t names_max) : names_max_(names_max), texts_(1) {}

  [[nodiscard]] std::uint32_t id_of(Bytes utf16);
  [[nodiscard]] const EvidenceText& text(std::uint32_t id) const { return texts_[id]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  [[nodiscard]] bool full() const { return full_; }

 private:
  using Units = std::span<const std::byte>;
  struct Less {
    using is_transparent = void;
    bool operator()(Units left, Units right) const {
      return std::ranges::lexicographical_compare(left, right);
    }
  };
  std::uint64_t names_max_;
  std::map<std::vector<std::byte>, std::uint32_t, Less> ids_;
  std::vector<EvidenceText> texts_;
  bool full_ = false;
};

}  // namespace npg
