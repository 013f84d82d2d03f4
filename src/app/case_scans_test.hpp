// Scans for tests of cases.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "app/case_keeping.hpp"
#include "app/scan.hpp"

namespace npg::case_scans {

/// What a scan says that keeps all in the case at `path`.
inline Assessment scan_into(const std::string& path, std::vector<std::string> paths) {
  auto keeping = CaseKeeping::open(path);
  EXPECT_TRUE(keeping.has_value()) << keeping.error().text;
  const auto assessment = scan({.paths = std::move(paths), .keeping = &*keeping});
  EXPECT_TRUE(assessment.has_value()) << keeping->failure().text;
  return assessment ? *assessment : Assessment{};
}
/// What one says without a case.
inline Assessment scan_alone(std::vector<std::string> paths) {
  const auto assessment = scan({.paths = std::move(paths)});
  EXPECT_TRUE(assessment.has_value());
  return assessment ? *assessment : Assessment{};
}

}  // namespace npg::case_scans
