// Names of a log (providers, channels, computers), each kept once and called by a number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
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
  /// The same for a name of another table.
  [[nodiscard]] std::uint32_t id_of(const EvidenceText& name);
  [[nodiscard]] const EvidenceText& text(std::uint32_t id) const { return texts_[id]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  [[nodiscard]] bool full() const { return full_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view units) const {
      return std::hash<std::string_view>()(units);
    }
  };
  std::uint64_t names_max_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> ids_;
  std::vector<EvidenceText> texts_;
  bool full_ = false;
};

}  // namespace npg
