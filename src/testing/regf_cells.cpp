#include "testing/regf_cells.hpp"

#include <algorithm>

namespace npg::testing {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t big_data_bytes = 16'344;  // Limit: larger data stand in segments (regf.md).

}  // namespace

std::uint32_t CellStore::allocate(std::span<const std::byte> content) {
  const std::size_t size = (content.size() + 4 + 7) / 8 * 8;
  if (bin_end_ - bin_start_ < size) {
    open_bin(size);
  }
  const std::size_t cell = bin_start_;
  bins.set<std::uint32_t>(cell, static_cast<std::uint32_t>(0U - static_cast<std::uint32_t>(size)));
  bins.set(cell + 4, content);
  bin_start_ += size;
  mark_rest_free();
  return static_cast<std::uint32_t>(cell);
}

void CellStore::release(std::uint32_t cell) {
  if (cell != no_cell) {
    const std::uint32_t size = 0U - bins.get<std::uint32_t>(cell);
    bins.set<std::uint32_t>(cell, size);
  }
}

void CellStore::open_bin(std::size_t needed_bytes) {
  const std::size_t start = bins.size();
  const std::size_t size = (needed_bytes + 32 + page_bytes - 1) / page_bytes * page_bytes;
  bins.add_ascii("hbin");
  bins.add<std::uint32_t>(static_cast<std::uint32_t>(start));
  bins.add<std::uint32_t>(static_cast<std::uint32_t>(size));
  bins.add_zeros(size - 12);
  bin_start_ = start + 32;
  bin_end_ = start + size;
  mark_rest_free();
}

void CellStore::mark_rest_free() {
  if (bin_start_ < bin_end_) {
    bins.set<std::uint32_t>(bin_start_, static_cast<std::uint32_t>(bin_end_ - bin_start_));
  }
}

std::uint32_t CellStore::write_data(std::span<const std::byte> data) {
  if (data.size() <= big_data_bytes) {
    return allocate(data);
  }
  ByteWriter list;
  std::uint16_t count = 0;
  for (std::size_t at = 0; at < data.size(); at += big_data_bytes) {
    list.add<std::uint32_t>(allocate(data.subspan(at, std::min(big_data_bytes, data.size() - at))));
    ++count;
  }
  const std::uint32_t list_cell = allocate(list.bytes());
  ByteWriter record;
  record.add_ascii("db");
  record.add<std::uint16_t>(count);
  record.add<std::uint32_t>(list_cell);
  return allocate(record.bytes());
}

void CellStore::release_data(std::uint32_t cell) {
  // Big data: the segments and their list are freed with the record (its cell is 16 bytes).
  if (cell != no_cell && bins.view().from(at_of(cell)).starts_with("db") &&
      bins.get<std::uint32_t>(cell) == 0U - 16U) {
    const std::uint16_t count = bins.get<std::uint16_t>(at_of(cell) + 2);
    const std::uint32_t list = bins.get<std::uint32_t>(at_of(cell) + 4);
    for (std::size_t i = 0; i < count; ++i) {
      release(bins.get<std::uint32_t>(at_of(list) + i * 4));
    }
    release(list);
  }
  release(cell);
}

std::uint32_t CellStore::security_cell(const std::vector<std::byte>& descriptor) {
  if (const auto found = security_cells_.find(descriptor); found != security_cells_.end()) {
    const std::size_t count_at = at_of(found->second) + 12;
    bins.set<std::uint32_t>(count_at, bins.get<std::uint32_t>(count_at) + 1);
    return found->second;
  }
  ByteWriter record;
  record.add_ascii("sk");
  record.add<std::uint16_t>(0);
  record.add<std::uint32_t>(0);
  record.add<std::uint32_t>(0);
  record.add<std::uint32_t>(1);
  record.add<std::uint32_t>(static_cast<std::uint32_t>(descriptor.size()));
  record.add(descriptor);
  const std::uint32_t cell = allocate(record.bytes());
  security_cells_.emplace(descriptor, cell);
  security_order_.push_back(cell);
  // The cells form one ring: forward at 4, backward at 8.
  for (std::size_t i = 0; i < security_order_.size(); ++i) {
    const std::size_t next = (i + 1) % security_order_.size();
    bins.set<std::uint32_t>(at_of(security_order_[i]) + 4, security_order_[next]);
    bins.set<std::uint32_t>(at_of(security_order_[next]) + 8, security_order_[i]);
  }
  return cell;
}

std::uint32_t CellStore::inherited_security(std::uint32_t cell) {
  const std::size_t count_at = at_of(cell) + 12;
  bins.set<std::uint32_t>(count_at, bins.get<std::uint32_t>(count_at) + 1);
  return cell;
}

}  // namespace npg::testing
