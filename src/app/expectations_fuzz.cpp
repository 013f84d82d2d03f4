// Any bytes as an exception's YAML and as a calendar: what is taken of the first is written in one
// form that is taken again, and every refusal has a text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "app/calendar.hpp"
#include "app/exception_file.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto exception = parse_exception(text, "x.yaml");
  if (exception) {
    const std::string written = exception_text(*exception);
    const auto again = parse_exception(written, "x.yaml");
    NPG_CHECK(again.has_value());
    NPG_CHECK(exception_text(*again) == written);
  } else {
    NPG_CHECK(!exception.error().text.empty());
  }
  const auto calendar = parse_calendar(text, "x.csv");
  NPG_CHECK(calendar.has_value() || !calendar.error().text.empty());
  return 0;
}
