// Any bytes as the body of a fact of any kind (the first byte tells which), of an image, a
// reading's state or its diagnostics, as a foreign case file may hold them: what is taken is
// written in one form that is taken again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "casefile/fact_codec.hpp"

namespace npg {
namespace {

const std::vector<std::uint32_t> evidence = {7, 8};
const EvidencePositions positions = {{7, 0}, {8, 1}};

std::vector<std::string_view> kinds() {
  std::vector<std::string_view> names;
  const FactSet none;
  FactSet::for_each_kind(none, [&]<typename Fact>(const std::vector<Fact>& /*facts*/) {
    names.push_back(Fact::kind);
  });
  return names;
}

std::string only_body(const FactSet& facts) {
  std::string body;
  std::size_t count = 0;
  encode_facts(facts, positions, [&](const EncodedFact& fact) {
    body = fact.body;
    ++count;
  });
  NPG_CHECK(count == 1);
  return body;
}

void try_fact(std::string_view kind, std::string_view body) {
  TextPool pool;
  FactSet facts;
  if (!decode_fact(kind, body, evidence, pool, facts)) {
    return;
  }
  const std::string written = only_body(facts);
  FactSet again;
  NPG_CHECK(decode_fact(kind, written, evidence, pool, again).has_value());
  NPG_CHECK(only_body(again) == written);
}

void try_others(std::string_view body) {
  TextPool pool;
  if (const auto state = decode_state(body, evidence, pool)) {
    const std::string written = encode_state(*state, positions);
    const auto again = decode_state(written, evidence, pool);
    NPG_CHECK(again.has_value() && encode_state(*again, positions) == written);
  }
  if (const auto image = decode_image(body, evidence[0], pool)) {
    const std::string written = encode_image(*image);
    const auto again = decode_image(written, evidence[0], pool);
    NPG_CHECK(again.has_value() && encode_image(*again) == written);
  }
  (void)decode_diagnostics(body, evidence).has_value();
}

}  // namespace
}  // namespace npg

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  if (size == 0) {
    return 0;
  }
  static const std::vector<std::string_view> names = kinds();
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] < names.size()) {
    try_fact(names[data[0]], body);
  } else {
    try_others(body);
  }
  return 0;
}
