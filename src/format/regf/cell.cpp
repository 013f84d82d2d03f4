#include "format/regf/cell.hpp"

#include <algorithm>

namespace npg::regf {

namespace {
namespace layout {
struct Bin {
  static constexpr StaticText name = "regf.hbin";
  static constexpr std::size_t size = 32;
  static constexpr Field<std::uint32_t> signature{0};
  static constexpr Field<std::uint32_t> position{4};
  static constexpr Field<std::uint32_t> bytes{8};
  static constexpr Field<std::uint64_t> timestamp{20};
  static constexpr std::uint32_t hbin = 0x6e696268;
};
}  // namespace layout
}  // namespace

std::optional<Bin> CellSpace::bin(std::uint64_t position) const {
  using L = layout::Bin;
  const auto fixed = bins_.record<L>(position);
  if (!fixed) {
    return std::nullopt;
  }
  Bin bin{.offset = fixed->offset(),
          .position = fixed->get<L::position>(),
          .size = fixed->get<L::bytes>(),
          .timestamp = fixed->get<L::timestamp>()};
  bin.sound = fixed->get<L::signature>() == L::hbin && bin.position == position && bin.size > 0 &&
              bin.size % Bin::unit_bytes == 0 && bin.size <= bins_.size() - position;
  return bin;
}

}  // namespace npg::regf
