// NamedFacts: a host's facts, with those that bear a provider's name found without a walk over all,
// so that a hive of many providers does not cost their square.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg::exposure {

class NamedFacts {
 public:
  /// The facts must outlive it, as they are.
  explicit NamedFacts(const FactSet& facts);

  [[nodiscard]] const FactSet& all() const { return facts_; }
  /// The registrations under a name, of every copy, control set and moment, in the facts' order.
  [[nodiscard]] std::span<const RegistrationFact* const> registrations(
      const SharedText& name) const;
  /// True when an order's text, stored or logged, lists the name.
  [[nodiscard]] bool lists(const SharedText& order, const SharedText& name) const;
  /// The same of a whole order: its text or what other names it is known to hold.
  [[nodiscard]] bool may_list(const ProviderOrderFact& order, const SharedText& name) const;
  /// hive_written() of the facts.
  [[nodiscard]] FileTime hive_written() const { return hive_written_; }

 private:
  void add_order(const SharedText& order);

  const FactSet& facts_;
  FileTime hive_written_;
  std::unordered_map<std::string, std::vector<const RegistrationFact*>> registrations_;
  /// By an order's text, which the facts hold: the names that it lists, as name_key() has them.
  std::unordered_map<std::string_view, std::unordered_set<std::string>> orders_;
};

}  // namespace npg::exposure
