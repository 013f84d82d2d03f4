#include "source/evtx_log/name_table.hpp"

namespace npg {

std::uint32_t NameTable::id_of(Bytes utf16) {
  if (utf16.empty()) {
    return empty_name;
  }
  const auto found = ids_.find(utf16.data());
  if (found != ids_.end()) {
    return found->second;
  }
  if (texts_.size() >= names_max_) {
    full_ = true;
    return empty_name;
  }
  const auto id = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(EvidenceText::from_utf16(utf16.data()));
  ids_.emplace(std::vector<std::byte>(utf16.data().begin(), utf16.data().end()), id);
  return id;
}

}  // namespace npg
