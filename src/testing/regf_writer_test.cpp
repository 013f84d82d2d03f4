#include "testing/regf_writer.hpp"

#include <gtest/gtest.h>

#include <array>

#include "format/regf/marvin32.hpp"
#include "testing/virtual_registry.hpp"

namespace npg::testing {
namespace {

RegfKey small_tree() {
  RegfKey root;
  root.name = "ROOT";
  RegfKey& order = key_at(root, "ControlSet001\\Control\\NetworkProvider\\Order", FileTime{100});
  set_value(order, {"ProviderOrder", reg::sz, sz_data("RDPNP,LanmanWorkstation")});
  RegfKey& evil = key_at(root, "ControlSet001\\Services\\Evil\\NetworkProvider", FileTime{200});
  set_value(evil, {"Class", reg::dword, dword_data(2)});
  set_value(evil, {"Big", reg::binary, std::vector<std::byte>(40'000, std::byte{7})});
  return root;
}

std::uint32_t xor_of_header(const std::vector<std::byte>& hive) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 508; at += 4) {
    sum ^= Bytes(hive).at<std::uint32_t>(at);
  }
  return sum;
}

TEST(RegfWriter, TheBaseBlockIsConsistent) {
  const std::vector<std::byte> hive = write_hive(small_tree());
  const Bytes bytes(hive);
  EXPECT_TRUE(bytes.starts_with("regf"));
  EXPECT_EQ(bytes.at<std::uint32_t>(508), xor_of_header(hive));
  EXPECT_EQ(bytes.at<std::uint32_t>(40) + 4096, hive.size());
  EXPECT_EQ(hive.size() % 4096, 0U);
}

TEST(RegfWriter, CellsOfEveryBinFillItExactly) {
  HiveWriter writer(small_tree());
  writer.set_value("ControlSet001\\Control\\NetworkProvider\\Order",
                   {"ProviderOrder", reg::sz, sz_data("RDPNP")}, FileTime{300});
  EXPECT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", FileTime{301}));
  EXPECT_FALSE(writer.remove_key("ControlSet001\\Services\\Evil", FileTime{302}));
  const std::vector<std::byte> hive = writer.image({});
  const Bytes bytes(hive);
  std::size_t bin = 4096;
  while (bin < hive.size()) {
    ASSERT_TRUE(bytes.from(bin).starts_with("hbin"));
    ASSERT_EQ(bytes.at<std::uint32_t>(bin + 4), bin - 4096);
    const std::size_t end = bin + bytes.at<std::uint32_t>(bin + 8);
    std::size_t cell = bin + 32;
    while (cell < end) {
      const auto size = static_cast<std::int32_t>(bytes.at<std::uint32_t>(cell));
      ASSERT_NE(size, 0);
      ASSERT_EQ(size % 8, 0);
      cell += static_cast<std::size_t>(size < 0 ? -size : size);
    }
    ASSERT_EQ(cell, end);
    bin = end;
  }
}

TEST(RegfWriter, ALogTurnsTheFirstStateIntoTheLast) {
  HiveWriter writer(small_tree());
  std::array<std::vector<std::byte>, 3> states;
  states[0] = writer.image({});
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", FileTime{301}));
  states[1] = writer.image({});
  writer.set_value("A", {"x", reg::binary, std::vector<std::byte>(9'000)}, FileTime{302});
  states[2] = writer.image({});
  const LoggedHive logged = log_states(states, 7);
  EXPECT_EQ(Bytes(logged.primary).at<std::uint32_t>(4), 8U);
  EXPECT_EQ(Bytes(logged.primary).at<std::uint32_t>(8), 7U);

  std::vector<std::byte> replayed = logged.primary;
  const Bytes log(logged.log);
  std::size_t at = 512;
  std::uint32_t sequence = 7;
  while (at < log.size()) {
    ASSERT_TRUE(log.from(at).starts_with("HvLE"));
    const std::size_t size = log.at<std::uint32_t>(at + 4);
    EXPECT_EQ(log.at<std::uint32_t>(at + 12), sequence++);
    EXPECT_EQ(log.at<std::uint64_t>(at + 24),
              regf::marvin32(log.data().subspan(at + 40, size - 40)));
    EXPECT_EQ(log.at<std::uint64_t>(at + 32), regf::marvin32(log.data().subspan(at, 32)));
    replayed.resize(4096 + log.at<std::uint32_t>(at + 16));
    const std::size_t count = log.at<std::uint32_t>(at + 20);
    std::size_t data = at + 40 + count * 8;
    ByteWriter out(std::move(replayed));
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t length = log.at<std::uint32_t>(at + 44 + i * 8);
      out.set(4096 + log.at<std::uint32_t>(at + 40 + i * 8), log.data().subspan(data, length));
      data += length;
    }
    replayed = out.take();
    at += size;
  }
  EXPECT_EQ(sequence, 9U);
  ASSERT_EQ(replayed.size(), states[2].size());
  EXPECT_TRUE(std::equal(replayed.begin() + 4096, replayed.end(), states[2].begin() + 4096));
}

TEST(SecurityDescriptor, SidsRoundTripAndOddTextIsNone) {
  EXPECT_EQ(sid_bytes("S-1-5-32-544").size(), 16U);
  for (const std::string_view odd :
       {"", "S-1-5", "S-1-5-", "S-1-5-x", "S-2-5-18", "S-1-5-99999999999"}) {
    EXPECT_FALSE(is_sid(odd)) << odd;
  }
}

}  // namespace
}  // namespace npg::testing
