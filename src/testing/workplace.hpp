// Workplace: a folder of a test's own, entered so that paths in reports do not depend on where it
// is, and gone with the test.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace npg::testing {

class Workplace {
 public:
  /// Makes the folder below the system's one for temporary files and enters it; a system that
  /// refuses is an exception, which fails the test.
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  Workplace(Workplace&&) = delete;
  Workplace& operator=(Workplace&&) = delete;

 private:
  std::filesystem::path before_;
  std::filesystem::path folder_;
};

/// Writes a file anew, making its folders; false when the system refuses.
bool write_file(const std::filesystem::path& path, std::span<const std::byte> content);

}  // namespace npg::testing
