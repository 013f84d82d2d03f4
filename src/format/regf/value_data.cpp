// Where a value's data are: in the record, in one cell, or in segments (docs/formats/regf.md, 6).
#include <algorithm>

#include "format/regf/hive.hpp"

namespace npg::regf {

namespace {

namespace layout {
struct BigData {
  static constexpr StaticText name = "regf.db";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint16_t> signature{0};
  static constexpr Field<std::uint16_t> count{2};
  static constexpr Field<std::uint32_t> list{4};
  static constexpr std::uint16_t db = 0x6264;
  /// What one segment holds, the last one excepted.
  static constexpr std::uint64_t segment_bytes = 16344;
};
}  // namespace layout

ValueData with_error(std::span<const std::byte> bytes, ErrorCode code, std::uint64_t offset,
                     StaticText what, std::uint64_t need) {
  return ValueData{
      .bytes = bytes,
      .lost = Error{
          .code = code, .offset = offset, .what = what.view(), .need = need, .have = bytes.size()}};
}

ValueData read_segments(const Hive& hive, Bytes record, std::uint64_t wanted,
                        std::vector<std::byte>& scratch) {
  using L = layout::BigData;
  scratch.clear();
  const auto fixed = record.record<L>(0);
  if (!fixed) {
    return ValueData{.bytes = {}, .lost = fixed.error()};
  }
  const auto list = hive.cells().cell(fixed->get<L::list>());
  if (!list) {
    return ValueData{.bytes = {}, .lost = list.error()};
  }
  const std::uint64_t count =
      std::min<std::uint64_t>(fixed->get<L::count>(), list->content.size() / 4);
  std::optional<Error> lost;
  for (std::uint64_t i = 0; i < count && scratch.size() < wanted && !lost; ++i) {
    const auto cell = hive.cells().cell(list->content.at<std::uint32_t>(i * 4));
    if (!cell) {
      lost = cell.error();
      break;
    }
    const std::uint64_t need = std::min(L::segment_bytes, wanted - scratch.size());
    const auto piece = cell->content.clamp(0, need).data();
    scratch.insert(scratch.end(), piece.begin(), piece.end());
    if (piece.size() < need) {
      lost = Error{.code = ErrorCode::truncated,
                   .offset = cell->offset,
                   .what = "regf.db.segment",
                   .need = need,
                   .have = piece.size()};
    }
  }
  if (lost) {
    return ValueData{.bytes = scratch, .lost = lost};
  }
  if (scratch.size() < wanted) {
    return with_error(scratch, ErrorCode::truncated, fixed->offset(), "regf.db.segments", wanted);
  }
  return ValueData{.bytes = scratch, .lost = std::nullopt};
}

}  // namespace

ValueData read_value_data(const Hive& hive, const ValueRecord& value,
                          std::vector<std::byte>& scratch) {
  if (value.resident) {
    if (value.resident_data.size() < value.data_bytes) {
      return with_error(value.resident_data.data(), ErrorCode::bad_value, value.offset,
                        "regf.vk.resident_data", value.data_bytes);
    }
    return ValueData{.bytes = value.resident_data.data(), .lost = std::nullopt};
  }
  if (value.data_bytes == 0) {
    return {};
  }
  const auto cell = hive.cells().cell(value.data_cell);
  if (!cell) {
    return ValueData{.bytes = {}, .lost = cell.error()};
  }
  const std::uint64_t limit =
      std::min<std::uint64_t>(hive.limits().value_bytes_max, hive.cells().size());
  const std::uint64_t wanted = std::min<std::uint64_t>(value.data_bytes, limit);
  // A cell that holds all of the data is not a big-data record even when it starts like one.
  const bool segmented = value.data_bytes > layout::BigData::segment_bytes &&
                         cell->content.starts_with("db") &&
                         (cell->content.size() < value.data_bytes || !cell->fits);
  ValueData data = segmented
                       ? read_segments(hive, cell->content, wanted, scratch)
                       : ValueData{.bytes = cell->content.clamp(0, wanted).data(), .lost = {}};
  if (!data.lost && data.bytes.size() < value.data_bytes) {
    const bool over = wanted < value.data_bytes && data.bytes.size() == wanted;
    data.lost = Error{.code = over ? ErrorCode::limit_exceeded : ErrorCode::truncated,
                      .offset = cell->offset,
                      .what = "regf.value_data",
                      .need = value.data_bytes,
                      .have = data.bytes.size()};
  }
  return data;
}

}  // namespace npg::regf
