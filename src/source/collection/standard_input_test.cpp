#include "source/collection/standard_input.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "source/collection/disk_file.hpp"

namespace npg {
namespace {

std::string content_of(const FileView& file) {
  const auto bytes = read_whole(file, UINT64_MAX);
  EXPECT_TRUE(bytes);
  std::string text;
  for (const std::byte byte : bytes ? *bytes : std::vector<std::byte>{}) {
    text.push_back(static_cast<char>(byte));
  }
  return text;
}

TEST(StandardInput, APipeCanBeReadMoreThanOnce) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Descriptor reading(ends[0]);
  const std::string text(3'000'001, 'x');
  std::size_t written = 0;
  {
    const std::jthread writer([&] {
      const Descriptor writing(ends[1]);
      while (written < text.size()) {
        const ssize_t put = ::write(writing.number(), text.data() + written, text.size() - written);
        if (put <= 0) {
          break;
        }
        written += static_cast<std::size_t>(put);
      }
    });
    const auto file = open_descriptor(reading.number());
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->size(), text.size());
    EXPECT_EQ(content_of(**file), text);
    EXPECT_EQ(content_of(**file), text);
    EXPECT_EQ((*file)->path().raw(), "-");
  }
  EXPECT_EQ(written, text.size());
}

TEST(StandardInput, AnEmptyPipeIsAnEmptyFile) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Descriptor reading(ends[0]);
  ::close(ends[1]);
  const auto file = open_descriptor(reading.number());
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size(), 0U);
}

TEST(StandardInput, AFileIsReadFromWhereItStands) {
  std::string name = ::testing::TempDir() + "npguard-input-XXXXXX";
  const Descriptor file(::mkstemp(name.data()));
  ASSERT_TRUE(file.open());
  ::unlink(name.c_str());
  ASSERT_EQ(::write(file.number(), "header|events", 13), 13);
  ASSERT_EQ(::lseek(file.number(), 7, SEEK_SET), 7);
  const auto opened = open_descriptor(file.number());
  ASSERT_TRUE(opened);
  EXPECT_EQ(content_of(**opened), "events");
  std::array<std::byte, 4> past{};
  EXPECT_EQ((*opened)->read_at(100, past), std::size_t{0});
}

TEST(StandardInput, AFolderIsRefused) {
  const Descriptor folder(::open("/", O_RDONLY | O_DIRECTORY));
  const auto file = open_descriptor(folder.number());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::io);
  EXPECT_EQ(file.error().need, static_cast<std::uint64_t>(EISDIR));
}

}  // namespace
}  // namespace npg
