#include "app/dump_recovered.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "testing/regf_writer.hpp"
#include "view/registry_view.hpp"

namespace npg {
namespace {

using ::testing::HasSubstr;

constexpr FileTime when{132'000'000'000'000'000};
constexpr FileTime later{132'000'000'600'000'000};
constexpr std::string_view order = "ControlSet001\\Control\\NetworkProvider\\Order";

npg::testing::RegfValue text_value(std::string_view name, std::string_view text) {
  npg::testing::ByteWriter writer;
  writer.add_utf16(text);
  writer.add_zeros(2);
  return {.name = std::string(name), .type = reg::sz, .data = writer.take()};
}

npg::testing::HiveWriter make_writer() {
  npg::testing::RegfKey root{.name = "ROOT", .last_written = when};
  npg::testing::set_value(
      npg::testing::key_at(root, "ControlSet001\\Services\\Evil\\NetworkProvider", when),
      text_value("ProviderPath", "C:\\evil.dll"));
  npg::testing::set_value(npg::testing::key_at(root, order, when),
                          text_value("ProviderOrder", "RDPNP,Evil"));
  // A value beside it that stays: the freed list names both, and so tells whose they were.
  npg::testing::set_value(npg::testing::key_at(root, order, when), text_value("Note", "stays"));
  return npg::testing::HiveWriter(root);
}

std::string dump(const std::vector<std::byte>& hive, const std::vector<std::byte>& log,
                 Diagnostics& diagnostics, const Limits& limits = {}) {
  const MemoryFile file(EvidenceText::from_literal("SYSTEM"), hive);
  const MemoryFile log_file(EvidenceText::from_literal("SYSTEM.LOG1"), log);
  const FileView* const logs[] = {&log_file};
  std::string text;
  const auto result = dump_recovered(
      file, log.empty() ? std::span<const FileView* const>() : std::span(logs), limits,
      [&](std::string_view part) { text += part; }, diagnostics);
  EXPECT_TRUE(result);
  return text;
}

TEST(DumpRecovered, GivesKeysValuesAndWhereTheyLie) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  writer.set_value(order, text_value("ProviderOrder", "RDPNP"), later);
  Diagnostics diagnostics;
  const std::string text = dump(writer.image({}), {}, diagnostics);
  EXPECT_THAT(text, HasSubstr(R"({"record":"key","path":"ControlSet001\\Services\\Evil\\)"
                              R"(NetworkProvider","path_complete":true,"path_live_names":2,)"
                              R"("last_written":"2019-04-17T18:40:00.0000000Z",)"
                              R"("place":"free_cell","older_version":false,"in_use":false,)"
                              R"("list":"intact","values":[{"name":"ProviderPath",)"));
  EXPECT_THAT(text, HasSubstr(R"("data":"C:\\evil.dll","data_state":"whole","origin":{"file":)"
                              R"("SYSTEM","offset":)"));
  EXPECT_THAT(text, HasSubstr(R"({"record":"value","name":"ProviderOrder","type":"REG_SZ",)"));
  EXPECT_THAT(text, HasSubstr(R"("owner":"ControlSet001\\Control\\NetworkProvider\\Order",)"));
  EXPECT_THAT(text, HasSubstr(R"("owner_proof":"former_list"})"));
  EXPECT_EQ(diagnostics.worst(), Severity::info);
}

TEST(DumpRecovered, NamesTheLogThatHoldsAnOlderVersion) {
  auto writer = make_writer();
  std::vector<std::vector<std::byte>> states = {writer.image({})};
  writer.set_value(order, text_value("ProviderOrder", "Evil,RDPNP"), FileTime{when.ticks + 1});
  states.push_back(writer.image({}));
  writer.set_value(order, text_value("ProviderOrder", "RDPNP"), later);
  states.push_back(writer.image({}));
  const auto made = npg::testing::log_states(states, 5);
  Diagnostics diagnostics;
  const std::string text = dump(made.primary, made.log, diagnostics);
  EXPECT_THAT(text, HasSubstr(R"("place":"log_superseded","sequence":5,"older_version":true,)"
                              R"("in_use":true,"list":"intact","values":[{"name":)"
                              R"("ProviderOrder","type":"REG_SZ","size":22,"data":)"
                              R"("Evil,RDPNP","data_state":"whole","origin":{"file":)"
                              R"("SYSTEM.LOG1","offset":)"));
}

TEST(DumpRecovered, SaysWhenALimitLeftSomethingOut) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  Limits limits;
  limits.recovered_records_max = 1;
  Diagnostics diagnostics;
  static_cast<void>(dump(writer.image({}), {}, diagnostics, limits));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::limit_hit), 1U);
}

}  // namespace
}  // namespace npg
