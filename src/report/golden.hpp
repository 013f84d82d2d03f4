// Golden files of the report tests: src/report/golden/NAME.
#pragma once

#include <string>
#include <string_view>

namespace npg::sample {

/// Compares with the golden file and shows the first line that differs. With NPGUARD_UPDATE=1 in
/// the environment it writes the file instead.
void expect_golden(const std::string& file_name, std::string_view actual);

}  // namespace npg::sample
