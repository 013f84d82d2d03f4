#include "format/regf/disagreement.hpp"

#include <numeric>

#include "base/check.hpp"

namespace npg::regf {

std::string_view name_of(DisagreementKind kind) {
  switch (kind) {
    case DisagreementKind::key_not_listed: return "key_not_listed";
    case DisagreementKind::value_not_listed: return "value_not_listed";
    case DisagreementKind::parent_differs: return "parent_differs";
    case DisagreementKind::listed_twice: return "listed_twice";
    case DisagreementKind::subkey_count: return "subkey_count";
    case DisagreementKind::value_count: return "value_count";
    case DisagreementKind::name_order: return "name_order";
    case DisagreementKind::name_hash: return "name_hash";
    case DisagreementKind::name_twice: return "name_twice";
    case DisagreementKind::name_encoding: return "name_encoding";
    case DisagreementKind::record_slack: return "record_slack";
    case DisagreementKind::value_size: return "value_size";
  }
  NPG_CHECK(false);
}

void Disagreements::add(const Disagreement& one) {
  if (++counts_.at(static_cast<std::size_t>(one.kind)) <= max_) {
    kept_.push_back(one);
  }
}

std::uint64_t Disagreements::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace npg::regf
