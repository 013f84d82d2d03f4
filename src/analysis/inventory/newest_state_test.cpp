#include "analysis/inventory/newest_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/inventory/changes.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/judgement.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::ChangeShape;
using testing::HostFacts;
using testing::hw_order_key;
using testing::order_key;
using testing::provider_key;

constexpr std::string_view before_hive = "2026-11-19T09:00:00Z";
constexpr std::string_view hive_time = "2026-11-19T10:00:00Z";
constexpr std::string_view later = "2026-11-19T12:00:00Z";
constexpr std::string_view last = "2026-11-19T13:00:00Z";
const std::string evil_key = provider_key("Evil");
const std::string service_key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil";

ChangeShape write(std::string_view time, std::string_view value, std::string_view now) {
  return {.time = time, .key = evil_key, .value = value, .now = now};
}
ChangeShape key_event(std::string_view time, std::string_view key, ChangeKind kind) {
  return {.time = time, .key = key, .change = kind, .event_id = 12};
}
ChangeShape order_write(std::string_view time, std::string_view now, std::string_view before = {},
                        std::string_view key = order_key) {
  return {.time = time, .key = key, .value = "ProviderOrder", .now = now, .before = before};
}

std::vector<Provider> judged(const HostFacts& host) {
  const FactSet facts = host.normalised();
  auto providers = list_providers(facts);
  judge_providers(providers, list_changes(facts), facts,
                  testing::shipped_providers(NPG_SOURCE_DIR));
  return providers;
}

const Provider* find(const std::vector<Provider>& providers, std::string_view name) {
  const auto found = std::find_if(providers.begin(), providers.end(),
                                  [&](const Provider& p) { return p.name.raw() == name; });
  return found == providers.end() ? nullptr : &*found;
}

const Reason* reason_of(const Provider& provider, std::string_view code) {
  const auto found = std::find_if(provider.reasons.begin(), provider.reasons.end(),
                                  [&](const Reason& r) { return r.code == code; });
  return found == provider.reasons.end() ? nullptr : &*found;
}

enum class Hive : std::uint8_t { none, without_evil, with_evil };

struct Case {
  std::string_view name;
  Hive hive;
  std::vector<ChangeShape> logged;
  std::optional<ProviderState> state;  ///< nothing: it is not listed
  std::optional<std::uint32_t> position;
  YesNo receives = YesNo::yes;
  std::string_view basis = {};  ///< words of the reason; empty: there is no such reason
};

TEST(NewestState, TheNewerOfHiveAndLogDecides) {
  using enum ProviderState;
  const ChangeShape path = write(later, "ProviderPath", "C:\\evil.dll");
  const ChangeShape credential = write(later, "Class", "2");
  const ChangeShape gone = key_event(later, evil_key, ChangeKind::key_deleted);
  const Case cases[] = {
      {"the hive alone", Hive::with_evil, {}, active, 2},
      {"a deletion older than the key",
       Hive::with_evil,
       {key_event(before_hive, evil_key, ChangeKind::key_deleted)},
       active,
       2},
      {"deleted, and the order still names it",
       Hive::with_evil,
       {gone},
       order_only,
       2,
       YesNo::yes,
       "written until 2026-11-19 10:00:00Z, still registers it; the log has its key deleted at "
       "2026-11-19 12:00:00Z"},
      {"deleted and taken out of both orders",
       Hive::with_evil,
       {gone, order_write(later, "RDPNP", "RDPNP,Evil"),
        order_write(later, "RDPNP", "RDPNP,Evil", hw_order_key)},
       removed,
       std::nullopt,
       YesNo::yes,
       "still registers it"},
      {"the service's key deleted",
       Hive::with_evil,
       {key_event(later, service_key, ChangeKind::key_deleted)},
       order_only,
       2,
       YesNo::yes,
       "still registers it"},
      {"the key of another deleted",
       Hive::with_evil,
       {key_event(later, provider_key("Evil2"), ChangeKind::key_deleted)},
       active,
       2},
      {"the right to delete used, which need not delete",
       Hive::with_evil,
       {key_event(later, evil_key, ChangeKind::accessed_for_write)},
       active,
       2},
      {"taken out of Order",
       Hive::with_evil,
       {order_write(later, "RDPNP", "RDPNP,Evil")},
       staged,
       std::nullopt,
       YesNo::yes,
       "Order of 2026-11-19 10:00:00Z lists it, the one logged at 2026-11-19 12:00:00Z does not"},
      {"taken out and put back",
       Hive::with_evil,
       {order_write(later, "RDPNP", "RDPNP,Evil"), order_write(last, "Evil,RDPNP", "RDPNP")},
       active,
       0},
      {"an order write that the hive has seen",
       Hive::with_evil,
       {order_write(before_hive, "RDPNP", "RDPNP,Evil")},
       active,
       2},
      {"a write to an order of another control set",
       Hive::with_evil,
       {order_write(later, "RDPNP", "RDPNP,Evil")},
       active,
       2},
      {"class deleted",
       Hive::with_evil,
       {{.time = later, .key = evil_key, .value = "Class", .change = ChangeKind::value_deleted}},
       active,
       2,
       YesNo::no,
       "newer writes to its values"},
      {"deleted and made anew",
       Hive::with_evil,
       {gone, write(last, "ProviderPath", "C:\\new.dll"), write(last, "Class", "2")},
       active,
       2,
       YesNo::yes,
       "deleted and made again"},
      {"registered behind the hive",
       Hive::without_evil,
       {path, credential},
       staged,
       std::nullopt,
       YesNo::yes,
       "written until 2026-11-19 10:00:00Z, does not register it; the log has it registered at "
       "2026-11-19 12:00:00Z"},
      {"registered and listed behind the hive",
       Hive::without_evil,
       {path, credential, order_write(later, "Evil,RDPNP")},
       active,
       0,
       YesNo::yes,
       "the one logged at 2026-11-19 12:00:00Z does"},
      {"registered and gone before the hive was copied",
       Hive::without_evil,
       {write(before_hive, "ProviderPath", "C:\\evil.dll"), write(before_hive, "Class", "2")},
       removed,
       std::nullopt},
      {"only listed behind the hive",
       Hive::without_evil,
       {order_write(later, "RDPNP,Evil")},
       order_only,
       1,
       YesNo::unknown,
       "does not list it, the one logged at 2026-11-19 12:00:00Z does"},
      {"registered, no hive",
       Hive::none,
       {path, credential},
       staged,
       std::nullopt,
       YesNo::yes,
       "no hive is in the evidence"},
      {"registered and listed, no hive",
       Hive::none,
       {path, credential, order_write(later, "RDPNP,LanmanWorkstation,Evil")},
       active,
       2,
       YesNo::yes,
       "Order is known from a logged write at 2026-11-19 12:00:00Z alone"},
      {"only put into the order, no hive",
       Hive::none,
       {order_write(later, "RDPNP,Evil", "RDPNP")},
       order_only,
       1,
       YesNo::unknown,
       "Order is known from a logged write"},
      {"an order without what was before, no hive",
       Hive::none,
       {order_write(later, "RDPNP,Evil")},
       std::nullopt,
       std::nullopt},
      {"registered, deleted, no hive",
       Hive::none,
       {path, credential, key_event(last, evil_key, ChangeKind::key_deleted)},
       removed,
       std::nullopt},
      {"a path alone, no hive",
       Hive::none,
       {path},
       staged,
       std::nullopt,
       YesNo::unknown,
       "no hive is in the evidence"},
      {"a class alone, no hive",
       Hive::none,
       {credential},
       staged,
       std::nullopt,
       YesNo::yes,
       "no hive is in the evidence"},
      {"its values deleted one by one, no hive",
       Hive::none,
       {path,
        credential,
        {.time = last, .key = evil_key, .value = "Class", .change = ChangeKind::value_deleted}},
       staged,
       std::nullopt,
       YesNo::no,
       "no hive is in the evidence"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    if (c.hive != Hive::none) {
      host.windows(19045).defaults();
      host.facts.orders.clear();
      host.orders(c.hive == Hive::with_evil ? "RDPNP,LanmanWorkstation,Evil" : "RDPNP", hive_time);
    }
    if (c.hive == Hive::with_evil) {
      host.provider({.name = "Evil", .path = "C:\\evil.dll", .provider_class = 2});
    }
    for (const ChangeShape& shape : c.logged) {
      host.change(shape);
      if (c.name == "a write to an order of another control set") {
        host.facts.registry_changes.back().control_set = 2;
      }
    }
    const auto providers = judged(host);
    const Provider* evil = find(providers, "Evil");
    ASSERT_EQ(evil != nullptr, c.state.has_value());
    if (evil == nullptr) {
      continue;
    }
    EXPECT_EQ(name_of(evil->state), name_of(*c.state));
    EXPECT_EQ(evil->order_position, c.position);
    EXPECT_EQ(name_of(evil->receives_credentials), name_of(c.receives));
    // What receives no more is told as what it was.
    EXPECT_EQ(std::ranges::any_of(providers,
                                  [](const Provider& one) {
                                    return one.state == ProviderState::removed &&
                                           one.receives_credentials == YesNo::yes;
                                  }),
              c.receives == YesNo::no || c.state == removed);
    const Reason* reason = reason_of(*evil, "state_from_log_only");
    ASSERT_EQ(reason != nullptr, !c.basis.empty()) << evil->state_basis;
    if (reason != nullptr) {
      EXPECT_NE(reason->text.find(c.basis), std::string::npos) << reason->text;
      EXPECT_EQ(reason->effect, ReasonEffect::missing);
      EXPECT_FALSE(reason->evidence.empty());
    }
    EXPECT_EQ(reason_of(*evil, "registration_not_in_evidence") != nullptr,
              evil->state == ProviderState::order_only && evil->values.empty());
  }
}

TEST(NewestState, AProviderBentBehindTheHiveReceives) {
  HostFacts host;
  host.windows(19045).defaults();
  host.change({.time = later, .key = provider_key("RDPNP"), .value = "Class", .now = "2"});
  host.change({.time = later,
               .key = provider_key("RDPNP"),
               .value = "AuthentProviderPath",
               .now = "C:\\evil.dll"});
  const auto providers = judged(host);
  EXPECT_EQ(std::count_if(providers.begin(), providers.end(),
                          [](const Provider& p) { return p.name.raw() == "RDPNP"; }),
            1);
  const Provider* bent = find(providers, "RDPNP");
  ASSERT_NE(bent, nullptr);
  EXPECT_EQ(bent->state, ProviderState::active);
  EXPECT_EQ(bent->receives_credentials, YesNo::yes);
  EXPECT_NE(reason_of(*bent, "inbox_authent_path_added"), nullptr);
}

TEST(NewestState, APathThatNoLogNamesIsNotAnotherOne) {
  for (const bool names_path : {false, true}) {
    HostFacts host;
    host.change({.time = later,
                 .key = provider_key("LanmanWorkstation"),
                 .value = "AuthentProviderPath",
                 .now = "C:\\evil.dll"});
    host.change(
        {.time = later, .key = provider_key("LanmanWorkstation"), .value = "Class", .now = "3"});
    if (names_path) {
      host.change({.time = later,
                   .key = provider_key("LanmanWorkstation"),
                   .value = "ProviderPath",
                   .now = "C:\\other.dll"});
    }
    const auto providers = judged(host);
    const Provider* bent = find(providers, "LanmanWorkstation");
    ASSERT_NE(bent, nullptr);
    EXPECT_NE(reason_of(*bent, "inbox_authent_path_added"), nullptr);
    EXPECT_EQ(reason_of(*bent, "inbox_name_other_path") != nullptr, names_path);
  }
}

TEST(NewestState, AHiveWrittenLaterElsewhereIsNewer) {
  HostFacts host;
  host.windows(19045).defaults();
  host.change(write(later, "ProviderPath", "C:\\evil.dll"));
  host.change(write(later, "Class", "2"));
  host.facts.identities.front().newest_write = testing::at(last);
  const auto providers = judged(host);
  const Provider* evil = find(providers, "Evil");
  ASSERT_NE(evil, nullptr);
  EXPECT_EQ(evil->state, ProviderState::removed);
  host.facts.identities.front().moment = HiveMoment::older_copy;
  EXPECT_EQ(find(judged(host), "Evil")->state, ProviderState::staged);
}

}  // namespace
}  // namespace npg
