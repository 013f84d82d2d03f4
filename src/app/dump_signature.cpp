#include "app/dump_signature.hpp"

#include "report/json_signature.hpp"

namespace npg {

void write_dumped_signature(JsonWriter& json, const SignatureFact& signature) {
  json.key("signature");
  signature_json(json, signature, {{.id = "file"}});
}

}  // namespace npg
