#include "analysis/exposure/unread_class.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/exposure/exposure.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;

constexpr std::string_view registered = "2026-11-19T10:00:00Z";
constexpr std::string_view logged_on = "2026-11-19T12:00:00Z";

RegistryValueFact value(std::string_view name, std::optional<std::uint64_t> number) {
  RegistryValueFact fact{.name = name, .type = 4, .origin = {.offset = 0x500, .length = 8}};
  fact.number = number;
  return fact;
}

Provider evil(YesNo receives) {
  return {.name = std::string_view("Evil"),
          .state = ProviderState::active,
          .control_sets = {1},
          .order_position = 0,
          .receives_credentials = receives,
          .last_written = at(registered)};
}

std::vector<Exposure> exposures_of(const Provider& provider) {
  HostFacts host;
  host.windows(19045).orders("Evil", registered);
  host.logon({.time = logged_on,
              .account = "CORP\\anna",
              .sid = "S-1-5-21-1-2-3-1105",
              .type = 2,
              .logon_process = "User32"});
  host.log("Security", "2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z");
  return list_exposures(std::span(&provider, 1), {}, host.normalised(), {}, {}, {});
}

TEST(UnreadClass, ExposesWhoLoggedOnAsPossible) {
  Provider no_number = evil(YesNo::unknown);
  no_number.values = {value("Class", std::nullopt)};
  Provider lost = evil(YesNo::unknown);
  lost.values_incomplete = true;
  for (const Provider& provider : {no_number, lost}) {
    const auto exposures = exposures_of(provider);
    ASSERT_EQ(exposures.size(), 1U);
    const Exposure& window = exposures.front();
    EXPECT_EQ(window.latest_start, at(registered));
    EXPECT_EQ(window.end_kind, WindowEnd::still_active);
    ASSERT_EQ(window.accounts.size(), 1U);
    EXPECT_EQ(window.accounts.front().certainty, Certainty::possible);
    EXPECT_TRUE(window.accounts.front().reason.contains(exposure::unread_class_doubt))
        << window.accounts.front().reason;
    EXPECT_TRUE(std::ranges::any_of(window.blind_spots, [](const std::string& spot) {
      return spot.contains("its Class cannot be read");
    }));
  }
}

TEST(UnreadClass, IsNoneWhereTheClassIsThereOrTheAnswerKnown) {
  Provider other_value_lost = evil(YesNo::unknown);
  other_value_lost.values_incomplete = true;
  other_value_lost.values = {value("Class", 1)};
  Provider none = evil(YesNo::no);
  Provider odd_path = evil(YesNo::unknown);
  for (const Provider& provider : {other_value_lost, none, odd_path}) {
    EXPECT_TRUE(exposures_of(provider).empty());
  }
  Provider receiver = evil(YesNo::yes);
  receiver.values = {value("Class", 2)};
  receiver.provider_class = 2;
  const auto exposures = exposures_of(receiver);
  ASSERT_EQ(exposures.size(), 1U);
  ASSERT_EQ(exposures.front().accounts.size(), 1U);
  EXPECT_EQ(exposures.front().accounts.front().certainty, Certainty::likely);
}

}  // namespace
}  // namespace npg
