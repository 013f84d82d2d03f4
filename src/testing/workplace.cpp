#include "testing/workplace.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace npg::testing {

namespace fs = std::filesystem;

Workplace::Workplace() : before_(fs::current_path()) {
  std::string pattern = (fs::temp_directory_path() / "npguard-test-XXXXXX").string();
  const char* made = ::mkdtemp(pattern.data());
  if (made == nullptr) {
    throw std::system_error(errno, std::generic_category(), pattern);
  }
  folder_ = made;
  fs::current_path(folder_);
}

Workplace::~Workplace() {
  std::error_code ignored;  // What is left behind lies in the system's folder for such things.
  fs::current_path(before_, ignored);
  fs::remove_all(folder_, ignored);
}

bool write_file(const fs::path& path, std::span<const std::byte> content) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) {
    std::error_code refused;
    fs::create_directories(path.parent_path(), refused);
    file = std::fopen(path.c_str(), "wb");
  }
  if (file == nullptr) {
    return false;
  }
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  return std::fclose(file) == 0 && written;
}

}  // namespace npg::testing
