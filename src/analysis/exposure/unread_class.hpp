// UnreadClass: providers of which nobody can say whether they are handed passwords, since their
// Class is lost, or no number.
#pragma once

#include <string_view>

#include "fact/assessment.hpp"

namespace npg::exposure {

/// True where whether it asks for passwords is not known because its Class cannot be read: it is
/// stored and gives no number, or it may be among values that are lost or stand behind a link out
/// of the evidence. It counts as one that asks; how Windows reads such a value is not documented.
[[nodiscard]] bool has_unread_class(const Provider& provider);

/// Why an account of such a provider is no more than possible.
inline constexpr std::string_view unread_class_doubt =
    "the provider's Class cannot be read, and whether it was handed passwords is not known";

}  // namespace npg::exposure
