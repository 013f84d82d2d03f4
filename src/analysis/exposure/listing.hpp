// Listing: whether an order named a provider, and since when the present one does not.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "analysis/exposure/bounds.hpp"
#include "analysis/exposure/named_facts.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// The best place in which any state or logged write has the name of a provider.
enum class Listing : std::uint8_t {
  order,        ///< Order of the control set that Windows ran with
  by_default,   ///< no order is there to ask; Windows lists this name unless somebody takes it out
  unknown_set,  ///< Order of a control set that may be the one that Windows ran with
  hw_order,     ///< HwOrder alone: whether Windows reads it is not documented
  other_set,    ///< an order of a control set that is not the current one
  none,
};
[[nodiscard]] Listing listing_of(const Provider& provider, const NamedFacts& facts);
/// Why a logon is no more than possible; empty for Listing::order and by_default.
[[nodiscard]] std::string_view doubt_of(Listing listing);
/// What a window of such a provider takes for granted; empty for Listing::order.
[[nodiscard]] std::string_view assumption_of(Listing listing);

/// When the present Order, which does not list the provider, was last written: it was out of it at
/// the latest then. Nothing where an order lists it, or may and is not seen.
[[nodiscard]] std::optional<Absence> order_without(const Provider& provider,
                                                   const NamedFacts& facts);

/// The times in which Order is known not to list a provider that HwOrder lists: whether Windows
/// heeds that is not documented. `to` is not given where it goes on.
struct HwOnly {
  FileTime from;
  FileTime to;
};
[[nodiscard]] std::vector<HwOnly> only_in_hw_order(const Provider& provider,
                                                   const NamedFacts& facts);

/// True when the control set that Windows runs with, or may run with, has the provider's key, or
/// only a log tells of it.
[[nodiscard]] bool is_in_current_set(const Provider& provider, const NamedFacts& facts);

}  // namespace npg::exposure
