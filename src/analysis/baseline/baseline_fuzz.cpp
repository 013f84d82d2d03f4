// Any bytes as a baseline and as a host's profile: what is taken is written in one form that is
// taken again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "analysis/baseline/baseline.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto baseline = parse_baseline(text)) {
    const std::string written = baseline_text(*baseline);
    const auto again = parse_baseline(written);
    NPG_CHECK(again.has_value());
    NPG_CHECK(baseline_text(*again) == written);
  }
  if (const auto profile = parse_profile(text)) {
    const std::string written = profile_text(*profile);
    const auto again = parse_profile(written);
    NPG_CHECK(again.has_value());
    NPG_CHECK(profile_text(*again) == written);
    Baseline baseline;
    baseline.add(*profile, "");
    const DriftReport report = compare(*profile, baseline, "");
    NPG_CHECK(report.has_group);
  }
  return 0;
}
