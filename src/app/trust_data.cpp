#include "app/trust_data.hpp"

#include "app/data.hpp"
#include "base/check.hpp"

namespace npg {

const trust::Anchors& shipped_anchors() {
  static const auto anchors =
      trust::Anchors::parse(data::trusted_roots, data::distrusted_certificates);
  NPG_CHECK(anchors.has_value());  // A test reads the tables, too.
  return *anchors;
}

}  // namespace npg
