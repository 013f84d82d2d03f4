// The signature object of the assessment JSON, for whoever else shows one.
#pragma once

#include <vector>

#include "base/json_writer.hpp"
#include "fact/assessment.hpp"

namespace npg {

/// As in docs/schema ($defs/signature). `evidence` is the list that its citations point into.
void signature_json(JsonWriter& json, const SignatureFact& signature,
                    const std::vector<EvidenceItem>& evidence);

}  // namespace npg
