// The assessment as JSON: the contract npguard.assessment/1 (docs/schema). It owns the names and
// the order of the fields; it judges nothing and leaves the order of lists to the assessment.
#pragma once

#include <string>

#include "fact/assessment.hpp"

namespace npg {

/// The whole assessment as one indented JSON document with a new line at its end. What is absent is
/// null, times are RFC 3339 in UTC, evidence text is escaped and never altered. The same assessment
/// gives the same bytes.
[[nodiscard]] std::string assessment_json(const Assessment& assessment);

}  // namespace npg
