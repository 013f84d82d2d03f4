// Copies of the SYSTEM hive that claim to be newer by a few times alone, which anybody may set:
// what they have or lack counts until all other times of them.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using testing::RegfKey;

FileTime on_day(std::uint64_t day) {
  return FileTime{133'500'000'000'000'000 + day * 86400 * FileTime::per_second};
}

void put_text(RegfKey& root, std::string_view path, std::string_view name, std::string_view text,
              std::uint64_t day) {
  testing::set_value(testing::key_at(root, path, on_day(day)),
                     {.name = std::string(name), .type = reg::sz, .data = testing::sz_data(text)});
}

constexpr std::string_view evil = "ControlSet001\\Services\\Evil\\NetworkProvider";

/// Written to until a day, with Evil since another one where that is given, and with `set` services
/// whose time was set to a third.
struct Shape {
  std::uint64_t written = 0;
  std::optional<std::uint64_t> evil_since;
  std::size_t set = 0;
  std::uint64_t set_to = 0;
  std::optional<std::uint64_t> header;
};

std::vector<std::byte> hive(const Shape& shape) {
  RegfKey root{.name = "ROOT", .last_written = on_day(shape.written)};
  testing::set_value(testing::key_at(root, "Select", on_day(0)),
                     {.name = "Current", .type = reg::dword, .data = testing::dword_data(1)});
  put_text(root, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WKS",
           shape.written);
  put_text(root, "ControlSet001\\Control\\NetworkProvider\\Order", "ProviderOrder",
           shape.evil_since ? "RDPNP,Evil" : "RDPNP", shape.evil_since.value_or(0));
  for (std::size_t i = 0; i < 20; ++i) {
    put_text(root, "ControlSet001\\Services\\S" + std::to_string(i), "ImagePath", "s.exe",
             i < shape.set ? shape.set_to : shape.written);
  }
  if (shape.evil_since) {
    put_text(root, evil, "ProviderPath", "C:\\evil.dll", *shape.evil_since);
    testing::set_value(testing::key_at(root, evil, on_day(*shape.evil_since)),
                       {.name = "Class", .type = reg::dword, .data = testing::dword_data(2)});
  }
  return testing::write_hive(root, {.last_written = on_day(shape.header.value_or(shape.written))});
}

HostAssessment scan_copies(const Shape& older, const Shape& now) {
  const testing::Workplace workplace;
  EXPECT_TRUE(testing::write_file("C/Windows/System32/config/RegBack/SYSTEM", hive(older)));
  EXPECT_TRUE(testing::write_file("C/Windows/System32/config/SYSTEM", hive(now)));
  const auto assessment = scan({.paths = {"C"}});
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}

bool says(const std::vector<std::string>& texts, std::string_view what) {
  return std::ranges::any_of(texts,
                             [what](const std::string& text) { return text.contains(what); });
}

TEST(LoneTimes, DoNotMoveTheStartBehindTheKeysOwnTime) {
  const Shape now{.written = 60, .evil_since = 20};
  for (const Shape& older :
       {Shape{.written = 15, .set = 1, .set_to = 30}, Shape{.written = 15, .set = 1, .set_to = 59},
        Shape{.written = 15, .header = 30},
        Shape{.written = 15, .set = 1, .set_to = 30, .header = 40}}) {
    const HostAssessment host = scan_copies(older, now);
    ASSERT_EQ(host.exposures.size(), 1U);
    const Exposure& window = host.exposures.front();
    EXPECT_EQ(window.earliest_start, on_day(15));
    EXPECT_EQ(window.latest_start, on_day(60)) << "which of the two times was set is not known";
    EXPECT_TRUE(says(window.assumed, "one of the two was set"));
    EXPECT_TRUE(says(host.coverage.statements, "by a few of its times alone"));
  }
}

TEST(LoneTimes, BoundTheStartByAllOthersWhereTheyContradictNothing) {
  const HostAssessment host =
      scan_copies({.written = 15, .set = 1, .set_to = 19}, {.written = 60, .evil_since = 20});
  ASSERT_EQ(host.exposures.size(), 1U);
  EXPECT_EQ(host.exposures.front().earliest_start, on_day(15));
  EXPECT_EQ(host.exposures.front().latest_start, on_day(20));
}

TEST(LoneTimes, DoNotProlongWhatIsGone) {
  const HostAssessment host =
      scan_copies({.written = 25, .evil_since = 20, .set = 1, .set_to = 50}, {.written = 60});
  ASSERT_EQ(host.exposures.size(), 1U);
  const Exposure& window = host.exposures.front();
  EXPECT_EQ(window.earliest_end, on_day(25));
  EXPECT_EQ(window.end, on_day(60));
}

TEST(LoneTimes, AreNoneWhereManyTimesSayTheSame) {
  const HostAssessment host =
      scan_copies({.written = 15, .set = 12, .set_to = 30}, {.written = 60, .evil_since = 20});
  ASSERT_EQ(host.exposures.size(), 1U);
  const Exposure& window = host.exposures.front();
  EXPECT_EQ(window.earliest_start, on_day(30));
  EXPECT_EQ(window.latest_start, on_day(60));
  EXPECT_TRUE(says(window.assumed, "that the former was set"));
  EXPECT_FALSE(says(host.coverage.statements, "by a few of its times alone"));
}

TEST(LoneTimes, ACopyThatIsLaterByThemDoesNotPutThePresentInDoubt) {
  const HostAssessment host =
      scan_copies({.written = 15, .evil_since = 10, .set = 1, .set_to = 90}, {.written = 60});
  const auto found = std::ranges::find_if(
      host.providers, [](const Provider& one) { return one.name.raw() == "Evil"; });
  ASSERT_NE(found, host.providers.end());
  EXPECT_EQ(found->state, ProviderState::removed);
}

TEST(LaterCopy, ThatHasAProviderLeavesItInPlace) {
  const HostAssessment host = scan_copies({.written = 60, .evil_since = 50}, {.written = 40});
  const auto found = std::ranges::find_if(
      host.providers, [](const Provider& one) { return one.name.raw() == "Evil"; });
  ASSERT_NE(found, host.providers.end());
  EXPECT_EQ(found->state, ProviderState::active);
  EXPECT_TRUE(found->state_basis.contains("in doubt")) << found->state_basis;
  const auto has_reason = [&found](std::string_view code) {
    return std::ranges::any_of(found->reasons,
                               [code](const Reason& reason) { return reason.code == code; });
  };
  EXPECT_TRUE(has_reason("state_in_doubt"));
  EXPECT_FALSE(has_reason("removed_after_use"));
  EXPECT_TRUE(std::ranges::none_of(
      host.findings, [](const Finding& finding) { return finding.rule == "NPG1003"; }));
  ASSERT_EQ(host.exposures.size(), 1U);
  const Exposure& window = host.exposures.front();
  EXPECT_EQ(window.latest_start, on_day(50));
  EXPECT_EQ(window.end_kind, WindowEnd::still_active);
  EXPECT_EQ(window.earliest_end, on_day(60));
  EXPECT_TRUE(window.end_basis.contains("in doubt"));
}

TEST(LaterCopy, OfWhichANewerOneHasItNoLongerIsNoPresence) {
  const testing::Workplace workplace;
  EXPECT_TRUE(testing::write_file("C/Windows/System32/config/SYSTEM", hive({.written = 40})));
  EXPECT_TRUE(testing::write_file("C/Windows/System32/config/RegBack/SYSTEM",
                                  hive({.written = 60, .evil_since = 50})));
  EXPECT_TRUE(testing::write_file("saved/system.hiv", hive({.written = 70})));
  const auto assessment = scan({.paths = {"C", "saved"}});
  ASSERT_TRUE(assessment && !assessment->hosts.empty());
  for (const Provider& provider : assessment->hosts.front().providers) {
    EXPECT_TRUE(provider.name.raw() != "Evil" || provider.state == ProviderState::removed);
  }
}

}  // namespace
}  // namespace npg
