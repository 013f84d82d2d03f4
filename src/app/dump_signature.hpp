// The "signature" of `dump pe` and `dump catalog`: the assessment's object, its evidence being the
// dumped file.
#pragma once

#include "base/json_writer.hpp"
#include "fact/signature_fact.hpp"

namespace npg {

void write_dumped_signature(JsonWriter& json, const SignatureFact& signature);

}  // namespace npg
