// The compromised host's hive before and after its log: registered, then deleted but still there in
// free cells.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>

#include "format/regf/hive.hpp"
#include "format/regf/transaction_log.hpp"
#include "testing/recipe.hpp"

namespace npg::testing {
namespace {

std::vector<std::byte> file_of(const BuiltHost& host, std::string_view path) {
  const auto found = std::ranges::find(host.files, path, &BuiltFile::path);
  return found == host.files.end() ? std::vector<std::byte>{} : found->content;
}

std::optional<regf::KeyNode> find(const regf::Hive& hive, std::string_view path,
                                  Diagnostics& diagnostics) {
  auto at = hive.key(hive.root());
  while (at && !path.empty()) {
    const std::size_t end = std::min(path.find('\\'), path.size());
    regf::SubkeyCursor cursor(hive, *at, diagnostics);
    std::optional<regf::KeyNode> next;
    while ((next = cursor.next()) && !equal_names(next->name.text().raw(), path.substr(0, end))) {
    }
    if (!next) {
      return std::nullopt;
    }
    at = *next;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return at ? std::optional(*at) : std::nullopt;
}

std::optional<std::vector<std::byte>> order(const regf::Hive& hive, Diagnostics& diagnostics) {
  const auto key = find(hive, "ControlSet001\\Control\\NetworkProvider\\Order", diagnostics);
  if (!key) {
    return std::nullopt;
  }
  regf::ValueCursor values(hive, *key, diagnostics);
  const auto value = values.next();
  if (!value) {
    return std::nullopt;
  }
  std::vector<std::byte> scratch;
  const auto bytes = regf::read_value_data(hive, *value, scratch).bytes;
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

constexpr std::string_view provider = "ControlSet001\\Services\\LanmanRedirSvc\\NetworkProvider";

TEST(ExampleReplay, TheLogDeletesTheProviderAndRestoresTheOrder) {
  std::ifstream in(std::string(NPG_SOURCE_DIR) + "/examples/compromised-host/recipe.yaml");
  std::ostringstream recipe;
  recipe << in.rdbuf();
  const auto host = build_host(recipe.str());
  ASSERT_TRUE(host.has_value()) << describe(host.error());
  const std::vector<std::byte> primary = file_of(*host, "C/Windows/System32/config/SYSTEM");
  const std::vector<std::byte> log = file_of(*host, "C/Windows/System32/config/SYSTEM.LOG1");

  const Limits limits;
  Diagnostics diagnostics;
  const auto before = regf::Hive::open(Bytes(primary), limits, diagnostics);
  ASSERT_TRUE(before.has_value());
  EXPECT_TRUE(find(*before, provider, diagnostics).has_value());
  const auto stale = order(*before, diagnostics);
  ASSERT_TRUE(stale.has_value());
  EXPECT_EQ(EvidenceText::from_utf16(*stale).before_nul().raw(),
            "RDPNP,LanmanWorkstation,LanmanRedirSvc");

  const std::array logs{Bytes(log)};
  const regf::Replay replay = regf::replay_logs(Bytes(primary), logs, limits);
  ASSERT_TRUE(replay.applied) << replay.logs.front().reason;
  EXPECT_EQ(replay.logs.front().entries_applied, 2U);
  const auto after = regf::Hive::open(Bytes(replay.bytes), limits, diagnostics, replay.block);
  ASSERT_TRUE(after.has_value());
  EXPECT_FALSE(find(*after, provider, diagnostics).has_value());
  const auto restored = order(*after, diagnostics);
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(EvidenceText::from_utf16(*restored).before_nul().raw(), "RDPNP,LanmanWorkstation");
  after->examine_bins(diagnostics);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_bin_damaged), 0U);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_cell_damaged), 0U);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_list_damaged), 0U);

  // The deleted key's name still stands in the replayed bytes, in a free cell.
  const auto name = bytes_of("LanmanRedirSvc");
  EXPECT_FALSE(std::ranges::search(replay.bytes, name).empty());
}

}  // namespace
}  // namespace npg::testing
