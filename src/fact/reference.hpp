// The reference page of the facts (docs/facts.md), made from their field lists.
#pragma once

#include <string>

namespace npg {

/// Markdown: a section a kind, in the order of FactSet, with a table of its fields.
[[nodiscard]] std::string facts_reference();

}  // namespace npg
