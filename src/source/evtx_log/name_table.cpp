#include "source/evtx_log/name_table.hpp"

#include <span>

#include "base/byte_search.hpp"

namespace npg {

std::uint32_t NameTable::id_of(Bytes utf16) {
  if (utf16.empty()) {
    return empty_name;
  }
  const std::string_view units = chars_of(utf16.data());
  const auto found = ids_.find(units);
  if (found != ids_.end()) {
    return found->second;
  }
  if (texts_.size() >= names_max_) {
    full_ = true;
    return empty_name;
  }
  const auto id = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(EvidenceText::from_utf16(utf16.data()));
  ids_.emplace(units, id);
  return id;
}

std::uint32_t NameTable::id_of(const EvidenceText& name) {
  const std::u16string units = name.to_utf16();
  return id_of(Bytes(std::as_bytes(std::span(units))));
}

}  // namespace npg
