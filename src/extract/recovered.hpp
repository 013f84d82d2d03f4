// RecoveredFact and DisagreementFact: of everything that a hive's unused space and older pages
// hold, what bears on providers.
#pragma once

#include <set>
#include <string>

#include "fact/fact_set.hpp"
#include "fact/text_pool.hpp"
#include "view/recovered_registry.hpp"

namespace npg {

/// True when there is something to read of a value.
[[nodiscard]] bool has_data(const RecoveredRegistryValue& item);
/// True when a value lies where values of a key that has lost its list would: behind its record.
[[nodiscard]] bool is_behind(const RecoveredFact& key, const RecoveredLoneValue& value);

/// Takes recovered records one by one and adds facts. What is the same as in the facts that the set
/// holds already is left out: an old copy of the present order is no news.
class RecoveredExtractor {
 public:
  /// `facts` are those of the hive's tree; its two new kinds are added to it.
  RecoveredExtractor(TextPool& pool, FactSet& facts);

  /// False for a key of which key() makes nothing, whatever its values are.
  [[nodiscard]] static bool wants(std::string_view name, std::string_view parent);
  void key(const RecoveredRegistryKey& key);
  void value(const RecoveredLoneValue& value);
  void stretch(const RecoveredStretch& stretch);
  /// The end of an older, longer ProviderOrder, in the slack of the present one's cell. `key` is
  /// the path of Order or HwOrder.
  void order_slack(std::string_view key, const RecoveredStretch& slack);
  /// Sequences of the applied log entries that hold something which bears on providers, whether it
  /// was told of or stood elsewhere, too.
  [[nodiscard]] const std::set<std::uint32_t>& entries_of_interest() const { return entries_; }
  /// After all keys: a hidden service counts when a recovered registration stands below it.
  void disagreement(const RegistryDisagreement& one);

 private:
  void registration(const RecoveredRegistryKey& key, std::string_view name);
  void order(const RecoveredRegistryKey& key);
  [[nodiscard]] bool join_to_registration(const RecoveredLoneValue& value);
  void policies(const RecoveredRegistryKey& key);
  [[nodiscard]] bool join_to_setting(const RecoveredLoneValue& value);
  [[nodiscard]] bool is_present_path(std::string_view path) const;
  void order_text(const EvidenceText& text, RecoveredFact fact);
  [[nodiscard]] bool is_known_provider(std::string_view name) const;
  [[nodiscard]] bool is_way_to_provider(std::string_view key) const;
  [[nodiscard]] bool is_present_order(std::string_view text) const;
  [[nodiscard]] bool is_present_registration(const RecoveredFact& fact) const;
  [[nodiscard]] bool is_present_policy(const RecoveredFact& fact) const;
  [[nodiscard]] RecoveredFact fact_of(const RecoveredRegistryKey& key, RecoveredKind what) const;
  void add(RecoveredFact fact);

  TextPool& pool_;
  FactSet& facts_;
  std::set<std::string> known_;  ///< providers that the tree names, as name_key
  std::set<std::size_t> bare_;   ///< recovered registrations whose record has lost its values
  std::set<std::size_t> bare_settings_;  ///< the same of keys of settings
  std::set<std::uint32_t> entries_;
  std::set<std::string> told_;  ///< what has been added
};

}  // namespace npg
