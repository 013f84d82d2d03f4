#include "extract/recovered.hpp"

#include <gtest/gtest.h>

#include "fact/text_pool.hpp"
#include "testing/byte_writer.hpp"

namespace npg {
namespace {

using namespace std::literals;

RecoveredPath path_of(std::initializer_list<std::string_view> names, bool complete = true) {
  RecoveredPath path{.names = {}, .live = {}, .complete = complete};
  for (const std::string_view name : names) {
    path.names.push_back(EvidenceText::from_literal(name));
    path.live.push_back(true);
  }
  return path;
}

RecoveredRegistryValue text_value(std::string_view name, std::string_view text,
                                  std::uint32_t type = reg::sz) {
  testing::ByteWriter writer;
  writer.add_utf16(text);
  writer.add_zeros(2);
  RecoveredRegistryValue item{.value = {.name = EvidenceText::from_literal(name), .type = type},
                              .data_state = "whole"};
  item.value.data = writer.take();
  item.value.declared_bytes = item.value.data.size();
  return item;
}

RecoveredRegistryValue number_value(std::string_view name, std::uint8_t number) {
  RecoveredRegistryValue item{
      .value = {.name = EvidenceText::from_literal(name), .type = reg::dword},
      .data_state = "whole"};
  item.value.data = {std::byte{number}, std::byte{0}, std::byte{0}, std::byte{0}};
  return item;
}

RecoveredRegistryKey key_of(RecoveredPath path, std::vector<RecoveredRegistryValue> values) {
  RecoveredRegistryKey key{.name = path.names.back(),
                           .path = std::move(path),
                           .last_written = FileTime{1},
                           .place = "free_cell",
                           .list_state = "intact",
                           .values = std::move(values)};
  key.origin = {.evidence = 3, .offset = 100, .length = 80, .how = How::recovered};
  return key;
}

/// A host's tree with one order and one registration, and what is recovered beside it.
struct Beside {
  Beside() {
    facts.orders.push_back(
        {.control_set = 1,
         .raw = "VBoxSF,RDPNP,LanmanWorkstation,WebClient"sv,
         .names = {"VBoxSF"sv, "RDPNP"sv, "LanmanWorkstation"sv, "WebClient"sv}});
    facts.registrations.push_back(
        {.name = "RDPNP"sv, .control_set = 1, .provider_path = "drprov.dll"sv});
  }
  TextPool pool;
  FactSet facts;
};

TEST(Recovered, TakesWhatBearsOnProviders) {
  using Values = std::vector<RecoveredRegistryValue>;
  const auto services = [](std::string_view name) {
    return path_of({"ControlSet001", "Services", name, "NetworkProvider"});
  };
  const auto order = path_of({"ControlSet001", "Control", "NetworkProvider", "Order"});
  const struct {
    const char* name;
    RecoveredRegistryKey key;
    bool is_taken;
    RecoveredKind what;
    std::string_view is_named;
  } cases[] = {
      {"deleted registration", key_of(services("Evil"), {text_value("ProviderPath", "evil.dll")}),
       true, RecoveredKind::registration, "Evil"},
      {"without values", key_of(services("Evil"), {}), true, RecoveredKind::registration, "Evil"},
      {"no parent, but its values tell",
       key_of(path_of({"NetworkProvider"}, false), {number_value("Class", 2)}), true,
       RecoveredKind::registration, ""},
      {"no parent, no values", key_of(path_of({"NetworkProvider"}, false), {}), false, {}, ""},
      {"Control\\NetworkProvider",
       key_of(path_of({"ControlSet001", "Control", "NetworkProvider"}), {}),
       false,
       {},
       ""},
      {"WinSock's",
       key_of(path_of({"ControlSet001", "Services", "Tcpip", "ServiceProvider"}),
              {text_value("ProviderPath", "wsock32.dll"), number_value("Class", 8)}),
       false,
       {},
       ""},
      {"a service with a ProviderPath",
       key_of(path_of({"ControlSet001", "Services", "Evil"}),
              {text_value("ProviderPath", "e.dll")}),
       true, RecoveredKind::registration, "Evil"},
      {"a service", key_of(path_of({"ControlSet001", "Services", "Evil"}), {}), false, {}, ""},
      {"the present registration",
       key_of(services("rdpnp"), {text_value("ProviderPath", "drprov.dll")}),
       false,
       {},
       ""},
      {"another order", key_of(order, {text_value("ProviderOrder", "RDPNP,Evil")}), true,
       RecoveredKind::order, "Order"},
      {"an order in another case",
       key_of(order, {text_value("ProviderOrder", "vboxsf,rdpnp,lanmanworkstation,webclient")}),
       false,
       {},
       ""},
      {"WinSock's order",
       key_of(path_of({"ControlSet001", "Control", "ServiceProvider", "Order"}),
              {text_value("ProviderOrder", "Tcpip", reg::multi_sz)}),
       false,
       {},
       ""},
      {"mpnotify",
       key_of(path_of({"Microsoft", "Windows NT", "CurrentVersion", "Winlogon"}),
              {text_value("mpnotify", "evil.exe")}),
       true, RecoveredKind::policy, "mpnotify"},
      {"a package's smart card switch",
       key_of(path_of({"Microsoft", "Windows NT", "CurrentVersion", "Winlogon", "Notify", "Pkg"}),
              {number_value("SmartCardLogonNotify", 1)}),
       true, RecoveredKind::policy, "SmartCardLogonNotify"},
      {"a notifyee",
       key_of(path_of({"ControlSet001", "Control", "NetworkProvider", "Notifyees"}),
              Values{text_value("x", "evil.dll")}),
       true, RecoveredKind::policy, "x"},
      {"another value of Winlogon",
       key_of(path_of({"Microsoft", "Windows NT", "CurrentVersion", "Winlogon"}),
              {text_value("Shell", "explorer.exe")}),
       false,
       {},
       ""},
  };
  for (const auto& c : cases) {
    Beside beside;
    RecoveredExtractor extractor(beside.pool, beside.facts);
    extractor.key(c.key);
    extractor.key(c.key);  // In another old page.
    ASSERT_EQ(beside.facts.recovered.size(), c.is_taken ? 1U : 0U) << c.name;
    if (c.is_taken) {
      const RecoveredFact& fact = beside.facts.recovered.front();
      EXPECT_EQ(fact.what, c.what) << c.name;
      EXPECT_EQ(fact.name.raw(), c.is_named) << c.name;
      EXPECT_EQ(fact.key.raw(), c.key.path.text()) << c.name;
      EXPECT_EQ(fact.control_set, c.key.path.names.front().raw() == "ControlSet001" ? 1U : 0U);
    }
  }
}

TEST(Recovered, TheStateBeforeReplayIsToldElsewhere) {
  Beside beside;
  RecoveredExtractor extractor(beside.pool, beside.facts);
  auto key = key_of(path_of({"ControlSet001", "Services", "Evil", "NetworkProvider"}),
                    {text_value("ProviderPath", "evil.dll")});
  key.place = "primary_superseded";
  key.was_in_use = true;
  extractor.key(key);
  EXPECT_TRUE(beside.facts.recovered.empty());
  key.was_in_use = false;  // It was deleted before already.
  extractor.key(key);
  EXPECT_EQ(beside.facts.recovered.size(), 1U);
}

TEST(Recovered, LoneValuesAndTexts) {
  Beside beside;
  RecoveredExtractor extractor(beside.pool, beside.facts);
  const auto lone = [&](RecoveredRegistryValue item, RecoveredPath owner = {}) {
    extractor.value({.item = std::move(item),
                     .place = "free_cell",
                     .owner = std::move(owner),
                     .owner_proof = "none"});
  };
  lone(text_value("ProviderOrder", "RDPNP,Evil"));
  lone(text_value("ProviderOrder", "Tcpip"));  // WinSock's.
  lone(
      text_value("ProviderOrder", "RDPNP,LanmanWorkstation"));  // The present one, or a part of it.
  lone(text_value("ProviderPath", "wsock32.dll"));
  lone(text_value("AuthentProviderPath", "evil.dll"));
  lone(text_value("ProviderOrder", "Owned,RDPNP"),
       path_of({"ControlSet001", "Control", "NetworkProvider", "HwOrder"}));
  auto reused = text_value("ProviderOrder", "RDPNP,Gone");
  reused.data_state = "reused";
  lone(reused);
  const auto stretch = [&](std::string_view text) {
    testing::ByteWriter writer;
    writer.add<std::uint32_t>(0x40);
    writer.add_utf16(text);
    writer.add_zeros(2);
    const auto bytes = writer.take();
    extractor.stretch({.bytes = bytes,
                       .place = "free_cell",
                       .origin = {.evidence = 3, .offset = 1000, .length = bytes.size()}});
  };
  stretch("ion,WebClient");
  stretch("RDPNP,Stretch,WebClient");
  stretch("say, RDPNP and WebClient: two providers");
  ASSERT_EQ(beside.facts.recovered.size(), 4U);
  EXPECT_EQ(beside.facts.recovered[0].text.raw(), "RDPNP,Evil");
  EXPECT_TRUE(beside.facts.recovered[0].values_complete);
  EXPECT_EQ(beside.facts.recovered[1].authent_provider_path.raw(), "evil.dll");
  EXPECT_EQ(beside.facts.recovered[2].name.raw(), "HwOrder");
  EXPECT_TRUE(beside.facts.recovered[2].path_complete);
  EXPECT_EQ(beside.facts.recovered[3].text.raw(), "RDPNP,Stretch,WebClient");
  EXPECT_EQ(beside.facts.recovered[3].origin.offset, 1004U);
  EXPECT_FALSE(beside.facts.recovered[3].values_complete);
}

TEST(Recovered, TheEndOfALongerOrderStandsBehindTheShorterOne) {
  Beside beside;
  RecoveredExtractor extractor(beside.pool, beside.facts);
  testing::ByteWriter writer;
  writer.add_utf16(",Evil");
  writer.add_zeros(6);
  const auto bytes = writer.take();
  const std::string_view key = "ControlSet001\\Control\\NetworkProvider\\Order";
  extractor.order_slack(key, {.bytes = bytes, .place = "cell_slack", .origin = {.offset = 50}});
  const std::vector<std::byte> noise = {std::byte{1}, std::byte{0}, std::byte{2},
                                        std::byte{0}, std::byte{3}, std::byte{0}};
  extractor.order_slack(key, {.bytes = noise, .place = "cell_slack", .origin = {}});
  ASSERT_EQ(beside.facts.recovered.size(), 1U);
  EXPECT_EQ(beside.facts.recovered[0].text.raw(), ",Evil");
  EXPECT_EQ(beside.facts.recovered[0].name.raw(), "Order");
}

TEST(Recovered, DisagreementsAboutProvidersOnly) {
  Beside beside;
  RecoveredExtractor extractor(beside.pool, beside.facts);
  extractor.key(key_of(path_of({"ControlSet001", "Services", "Evil", "NetworkProvider"}),
                       {text_value("ProviderPath", "evil.dll")}));
  const auto tell = [&](RecoveredPath key, std::string_view other) {
    extractor.disagreement({.kind = "key_not_listed",
                            .key = std::move(key),
                            .other = EvidenceText::from_literal(other),
                            .origin = {}});
  };
  tell(path_of({"ControlSet001", "Services"}), "Evil");
  tell(path_of({"ControlSet001", "Services"}), "Tcpip");
  tell(path_of({"ControlSet001", "Services", "Tcpip"}), "NetworkProvider");
  tell(path_of({"ControlSet001", "Enum"}), "RDPNP");
  ASSERT_EQ(beside.facts.disagreements.size(), 2U);
  EXPECT_EQ(beside.facts.disagreements[0].other.raw(), "Evil");
  EXPECT_EQ(beside.facts.disagreements[1].other.raw(), "NetworkProvider");
}

TEST(Recovered, ValuesBehindADeletedRegistrationThatLostItsListAreJoinedToIt) {
  for (const std::uint64_t distance : {std::uint64_t{128}, std::uint64_t{5000}}) {
    Beside beside;
    RecoveredExtractor extractor(beside.pool, beside.facts);
    extractor.key(key_of(path_of({"ControlSet001", "Services", "Evil", "NetworkProvider"}), {}));
    const auto lone = [&](RecoveredRegistryValue item) {
      item.value.origin = {.evidence = 3, .offset = 100 + distance, .how = How::recovered};
      extractor.value(
          {.item = std::move(item), .place = "free_cell", .owner = {}, .owner_proof = "none"});
    };
    lone(text_value("ProviderPath", "C:\\evil.dll"));
    lone(number_value("Class", 2));
    lone(text_value("Description", "no value of a registration"));
    const bool is_near = distance < 4096;
    // A path too far behind is told by itself.
    ASSERT_EQ(beside.facts.recovered.size(), is_near ? 1U : 2U);
    const RecoveredFact& fact = beside.facts.recovered.front();
    EXPECT_EQ(fact.provider_path.raw(), is_near ? "C:\\evil.dll" : "");
    EXPECT_EQ(fact.provider_class, is_near ? std::optional<std::uint64_t>(2) : std::nullopt);
    EXPECT_EQ(fact.values.size(), is_near ? 2U : 0U);
    EXPECT_EQ(fact.values_complete, !is_near);
  }
}

TEST(Recovered, AKeyThatWindowsDoesNotHaveIsTellingWithoutItsValues) {
  const struct {
    RecoveredPath path;
    std::string_view value;
    std::string_view text;
    bool is_told;
    bool is_joined;
  } cases[] = {
      {path_of({"ControlSet001", "Control", "NetworkProvider", "Notifyees"}), "x", "C:\\n.dll",
       true, true},
      {path_of({"ControlSet001", "Control", "NetworkProvider", "Notifyees"}), "x", "no file", true,
       false},
      {path_of({"Microsoft", "Image File Execution Options", "mpnotify.exe"}), "Debugger",
       "C:\\e.exe", true, true},
      {path_of({"Microsoft", "Image File Execution Options", "mpnotify.exe"}), "Other", "C:\\e.exe",
       true, false},
      {path_of({"Microsoft", "SilentProcessExit", "mpnotify.exe"}), "MonitorProcess", "C:\\e.exe",
       true, true},
      {path_of({"Microsoft", "Image File Execution Options", "taskmgr.exe"}), "Debugger",
       "C:\\e.exe", false, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path.text() + " " + std::string(c.value));
    Beside beside;
    RecoveredExtractor extractor(beside.pool, beside.facts);
    EXPECT_TRUE(!c.is_told || RecoveredExtractor::wants(c.path.names.back().raw(), ""));
    extractor.key(key_of(c.path, {}));
    RecoveredRegistryValue item = text_value(c.value, c.text);
    item.value.origin = {.evidence = 3, .offset = 200, .how = How::recovered};
    extractor.value(
        {.item = std::move(item), .place = "free_cell", .owner = {}, .owner_proof = "none"});
    ASSERT_EQ(beside.facts.recovered.size(), (c.is_told ? 1U : 0U) + (c.is_joined ? 1U : 0U));
    if (c.is_joined) {
      const RecoveredFact& fact = beside.facts.recovered.back();
      EXPECT_EQ(fact.what, RecoveredKind::policy);
      EXPECT_EQ(fact.key.raw(), c.path.text());
      EXPECT_EQ(fact.text.raw(), c.text);
      EXPECT_FALSE(fact.path_complete);
    }
  }
}

TEST(Recovered, SettingsOfMpnotifyAreTakenFromDeletedKeys) {
  Beside beside;
  RecoveredExtractor extractor(beside.pool, beside.facts);
  extractor.key(key_of(path_of({"Microsoft", "Image File Execution Options", "mpnotify.exe"}),
                       {text_value("Debugger", "C:\\e.exe"), text_value("Other", "x")}));
  extractor.key(key_of(path_of({"mpnotify.exe"}, false), {text_value("VerifierDlls", "v.dll")}));
  ASSERT_EQ(beside.facts.recovered.size(), 2U);
  EXPECT_EQ(beside.facts.recovered[0].text.raw(), "C:\\e.exe");
  EXPECT_EQ(beside.facts.recovered[1].text.raw(), "v.dll");
}

TEST(Recovered, AProviderPathWithoutAKeyIsToldUnlessItIsThePresentOne) {
  Beside beside;
  beside.facts.registrations.push_back(
      {.name = "WebClient"sv, .provider_path = "%SystemRoot%\\System32\\davclnt.dll"sv});
  RecoveredExtractor extractor(beside.pool, beside.facts);
  for (const std::string_view path :
       {"%SystemRoot%\\System32\\DAVCLNT.dll", "C:\\Users\\Public\\evil.dll"}) {
    extractor.value({.item = text_value("ProviderPath", path),
                     .place = "free_cell",
                     .owner = {},
                     .owner_proof = "none"});
  }
  ASSERT_EQ(beside.facts.recovered.size(), 1U);
  EXPECT_EQ(beside.facts.recovered[0].what, RecoveredKind::registration);
  EXPECT_EQ(beside.facts.recovered[0].provider_path.raw(), "C:\\Users\\Public\\evil.dll");
}

}  // namespace
}  // namespace npg
