#include "testing/pe_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.hpp"

namespace npg::testing {
namespace {

TEST(PeWriter, TheImageHasNoCodeAndNoEntryPoint) {
  for (const std::uint16_t machine : {std::uint16_t{0x8664}, std::uint16_t{0x14c}}) {
    const std::vector<std::byte> file =
        write_image({.dll_name = "x.dll",
                     .machine = machine,
                     .exports = {{.name = "NPGetCaps", .ordinal = 12, .forwarder = {}}},
                     .version = {.strings = {{"CompanyName", "Example"}}, .file_version = 1}});
    const Bytes bytes(file);
    const std::uint32_t pe = bytes.at<std::uint32_t>(0x3c);
    ASSERT_TRUE(bytes.from(pe).starts_with("PE"));
    EXPECT_EQ(bytes.at<std::uint16_t>(pe + 4), machine);
    EXPECT_EQ(bytes.at<std::uint16_t>(pe + 6), 1);         // one section
    EXPECT_EQ(bytes.at<std::uint32_t>(pe + 24 + 4), 0U);   // size of code
    EXPECT_EQ(bytes.at<std::uint32_t>(pe + 24 + 16), 0U);  // entry point
    const std::size_t section = pe + 24 + bytes.at<std::uint16_t>(pe + 20);
    EXPECT_EQ(bytes.at<std::uint32_t>(section + 36) & 0x20000020U, 0U);  // not executable
    const auto target = bytes.clamp(0x400, 16).data();
    EXPECT_TRUE(std::ranges::all_of(target, [](std::byte b) { return b == std::byte{0}; }));
  }
}

TEST(PeWriter, ForwardersStandInsideTheExportDirectory) {
  const std::vector<std::byte> file =
      write_image({.dll_name = "x.dll",
                   .exports = {{.name = "NPLogonNotify", .forwarder = "ntlanman.NPLogonNotify"},
                               {.name = {}, .ordinal = 40, .forwarder = {}}},
                   .version = {}});
  const Bytes bytes(file);
  const std::size_t directories = bytes.at<std::uint32_t>(0x3c) + 24 + 112;
  const std::uint32_t rva = bytes.at<std::uint32_t>(directories);
  const std::uint32_t size = bytes.at<std::uint32_t>(directories + 4);
  const std::size_t at = rva - 0x1000 + 0x400;
  EXPECT_EQ(bytes.at<std::uint32_t>(at + 20), 40U);  // functions
  EXPECT_EQ(bytes.at<std::uint32_t>(at + 24), 1U);   // names
  const std::uint32_t forwarder = bytes.at<std::uint32_t>(at + 40);
  EXPECT_GT(forwarder, rva);
  EXPECT_LT(forwarder, rva + size);
  EXPECT_TRUE(bytes.from(forwarder - 0x1000 + 0x400).starts_with("ntlanman.NPLogonNotify"));
}

}  // namespace
}  // namespace npg::testing
