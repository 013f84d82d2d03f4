// Whether what people and installers call a product is what a provider and its file are called.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace npg {

/// The first word of `product` that one of `names` has, too, as upper-case text; empty when none
/// has. Words are runs of letters and digits; those of fewer than three, and those that any product
/// may bear (CLIENT, MICROSOFT, SETUP and the like), tell nothing.
[[nodiscard]] std::string common_word(std::string_view product, std::span<const std::string> names);

}  // namespace npg
