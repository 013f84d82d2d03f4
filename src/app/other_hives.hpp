// The hives that lie beside one, for registry links that lead from it into them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "base/limits.hpp"
#include "source/collection/collection.hpp"
#include "source/hive/hive_kind.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {

/// Opens nothing before it is asked: hardly any hive has such links.
class OtherHives {
 public:
  OtherHives(const Collection& collection, std::size_t of, const Limits& limits)
      : collection_(collection), of_(of), limits_(limits) {}

  /// "SOFTWARE", "SYSTEM", "SECURITY" or "SAM": the one hive of that kind in the same folder;
  /// nothing when there is none or more than one.
  [[nodiscard]] const RegistryView* hive(std::string_view name);

 private:
  void open();

  const Collection& collection_;
  std::size_t of_;
  const Limits& limits_;
  bool is_open_ = false;
  std::multimap<HiveKind, std::unique_ptr<HiveView>> hives_;
};

}  // namespace npg
