#include "format/regf/base_block.hpp"

#include <algorithm>

namespace npg::regf {

namespace {
namespace layout {
struct BaseBlock {
  static constexpr StaticText name = "regf.base_block";
  static constexpr std::size_t size = 512;
  static constexpr Field<std::uint32_t> signature{0};
  static constexpr Field<std::uint32_t> sequence1{4};
  static constexpr Field<std::uint32_t> sequence2{8};
  static constexpr Field<std::uint64_t> last_written{12};
  static constexpr Field<std::uint32_t> major{20};
  static constexpr Field<std::uint32_t> minor{24};
  static constexpr Field<std::uint32_t> type{28};
  static constexpr Field<std::uint32_t> format{32};
  static constexpr Field<std::uint32_t> root_cell{36};
  static constexpr Field<std::uint32_t> bins_bytes{40};
  static constexpr Field<std::uint32_t> clustering{44};
  static constexpr Field<std::uint32_t> flags{144};
  static constexpr Field<std::uint64_t> last_reorganized{168};
  static constexpr Field<std::uint32_t> checksum{508};
  static constexpr std::size_t file_name_at = 48;
  static constexpr std::size_t file_name_bytes = 64;
  static constexpr std::size_t resource_manager_at = 112;
  static constexpr std::size_t resource_manager_bytes = 16;
  static constexpr std::uint32_t regf = 0x66676572;
};
}  // namespace layout

Bytes up_to_nul(Bytes units) {
  for (std::size_t at = 0; at + 2 <= units.size(); at += 2) {
    if (units.at<std::uint16_t>(at) == 0) {
      return units.clamp(0, at);
    }
  }
  return units;
}

}  // namespace

FileKind BaseBlock::kind() const {
  switch (type) {
    case 1:
    case 2: return FileKind::old_log;
    case 6: return FileKind::new_log;
    default: return FileKind::primary;
  }
}

Result<std::uint32_t> base_block_checksum(Bytes first_512) {
  constexpr std::size_t covered = 508;
  NPG_TRY(const Bytes words, first_512.slice(0, covered, "regf.base_block"));
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < covered; at += 4) {
    sum ^= words.at<std::uint32_t>(at);
  }
  if (sum == 0) {
    return 1U;
  }
  return sum == UINT32_MAX ? UINT32_MAX - 1 : sum;
}

std::optional<BaseBlock> read_base_block_leniently(Bytes file) {
  using L = layout::BaseBlock;
  const auto fixed = file.record<L>(0);
  const auto checksum = base_block_checksum(file);
  if (!fixed || !checksum) {
    return std::nullopt;
  }
  return BaseBlock{
      .sequence1 = fixed->get<L::sequence1>(),
      .sequence2 = fixed->get<L::sequence2>(),
      .last_written = FileTime{fixed->get<L::last_written>()},
      .major = fixed->get<L::major>(),
      .minor = fixed->get<L::minor>(),
      .type = fixed->get<L::type>(),
      .format = fixed->get<L::format>(),
      .root_cell = fixed->get<L::root_cell>(),
      .bins_bytes = fixed->get<L::bins_bytes>(),
      .clustering = fixed->get<L::clustering>(),
      .file_name = up_to_nul(file.clamp(L::file_name_at, L::file_name_bytes)),
      .resource_manager = file.clamp(L::resource_manager_at, L::resource_manager_bytes),
      .flags = fixed->get<L::flags>(),
      .last_reorganized = FileTime{fixed->get<L::last_reorganized>()},
      .checksum_stored = fixed->get<L::checksum>(),
      .checksum_computed = *checksum,
      .is_zero = std::ranges::all_of(file.clamp(0, base_block_used_bytes).data(),
                                     [](std::byte one) { return one == std::byte{}; }),
  };
}

Result<BaseBlock> read_base_block(Bytes file) {
  using L = layout::BaseBlock;
  NPG_TRY(const auto fixed, file.record<L>(0));
  if (fixed.get<L::signature>() != L::regf) {
    return fail(ErrorCode::bad_signature, fixed.offset(), "regf.base_block.signature", L::regf,
                fixed.get<L::signature>());
  }
  return *read_base_block_leniently(file);
}

bool looks_like_hive(Bytes first_512) {
  const auto block = read_base_block(first_512);
  return block && block->kind() == FileKind::primary;
}

bool looks_like_transaction_log(Bytes first_512) {
  const auto block = read_base_block(first_512);
  return block && block->kind() != FileKind::primary;
}

}  // namespace npg::regf
