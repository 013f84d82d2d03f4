// Assessments built by hand for the report tests.
#pragma once

#include <functional>
#include <string>

#include "fact/assessment.hpp"

namespace npg::sample {

/// Gives the text to put where a field wants one; told the field's name.
using Text = std::function<EvidenceText(const std::string& field)>;

/// A small fleet: one compromised workstation as a responder would meet it, and a clean server.
[[nodiscard]] Assessment two_hosts();
/// Only the compromised host of it.
[[nodiscard]] Assessment compromised_host();
/// A host of which only a damaged log is known.
[[nodiscard]] Assessment undetermined_host();
/// Every field of the model given, every enumerator used, every text made by `text`.
[[nodiscard]] Assessment everything(const Text& text);
/// Text with what a terminal, a page or a parser could trip over.
[[nodiscard]] EvidenceText hostile(const std::string& field);

}  // namespace npg::sample
