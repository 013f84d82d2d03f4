// What a hive and its logs tell of before, through a whole scan: dated changes from the logs, and
// what is deleted, hidden or overwritten.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "format/regf/base_block.hpp"
#include "testing/regf_writer.hpp"
#include "testing/workplace.hpp"
#include "view/registry_view.hpp"

namespace npg {
namespace {

constexpr FileTime when{132'000'000'000'000'000};
constexpr FileTime later{132'000'000'600'000'000};
constexpr FileTime latest{132'000'001'200'000'000};
constexpr std::string_view order = "ControlSet001\\Control\\NetworkProvider\\Order";
constexpr std::string_view evil = "ControlSet001\\Services\\Evil\\NetworkProvider";

testing::RegfValue text_value(std::string_view name, std::string_view text) {
  testing::ByteWriter writer;
  writer.add_utf16(text);
  writer.add_zeros(2);
  return {.name = std::string(name), .type = reg::sz, .data = writer.take()};
}

testing::RegfValue number_value(std::string_view name, std::uint8_t number) {
  return {.name = std::string(name),
          .type = reg::dword,
          .data = {std::byte{number}, std::byte{0}, std::byte{0}, std::byte{0}}};
}

testing::HiveWriter make_writer(std::string_view providers) {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::set_value(testing::key_at(root, "Select", when), number_value("Current", 1));
  testing::set_value(testing::key_at(root, order, when), text_value("ProviderOrder", providers));
  testing::set_value(testing::key_at(root, "ControlSet001\\Services\\RDPNP\\NetworkProvider", when),
                     text_value("ProviderPath", "%SystemRoot%\\System32\\drprov.dll"));
  return testing::HiveWriter(root);
}

void register_evil(testing::HiveWriter& writer, std::string_view path, FileTime at) {
  writer.set_value(evil, text_value("ProviderPath", path), at);
  writer.set_value(evil, number_value("Class", 2), at);
}

HostAssessment scan_hive(const std::vector<std::byte>& hive, const std::vector<std::byte>& log) {
  const testing::Workplace workplace;
  EXPECT_TRUE(testing::write_file("host/SYSTEM", hive));
  if (!log.empty()) {
    EXPECT_TRUE(testing::write_file("host/SYSTEM.LOG1", log));
  }
  const auto assessment = scan({.paths = {"host"}});
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}

const Change* change_of(const HostAssessment& host, std::string_view what, std::string_view value) {
  const auto found = std::ranges::find_if(host.changes, [&](const Change& change) {
    return change.what == what && change.value_name.raw() == value;
  });
  return found == host.changes.end() ? nullptr : &*found;
}

const Finding* finding_of(const HostAssessment& host, std::string_view rule,
                          std::string_view subject) {
  const auto found = std::ranges::find_if(host.findings, [&](const Finding& finding) {
    return finding.rule == rule && finding.subject == subject;
  });
  return found == host.findings.end() ? nullptr : &*found;
}

TEST(RegistryPast, ALogThatEndsInDamageIsNotTheNewestState) {
  auto writer = make_writer("RDPNP");
  std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
  register_evil(writer, "C:\\evil.dll", later);
  states.push_back(writer.image({.last_written = when}));
  writer.remove_key("ControlSet001\\Services\\Evil", latest);
  states.push_back(writer.image({.last_written = when}));
  auto made = testing::log_states(states, 5);
  const auto says_so = [](const HostAssessment& host) {
    return std::ranges::any_of(host.coverage.statements, [](const std::string& one) {
      return one.contains("A transaction log of a hive is damaged");
    });
  };
  EXPECT_FALSE(says_so(scan_hive(made.primary, made.log)));
  made.log.back() ^= std::byte{1};
  EXPECT_TRUE(says_so(scan_hive(made.primary, made.log)));
}

TEST(RegistryPast, WhatTheLogsChangedIsADatedChange) {
  using Writer = testing::HiveWriter;
  const struct {
    const char* name;
    void (*before)(Writer&);
    void (*after)(Writer&);
    std::string_view what;
    std::string_view value;
    std::string_view old_value;
    std::string_view new_value;
    FileTime not_before;
    FileTime time;
  } cases[] = {
      {"registered", [](Writer&) {}, [](Writer& w) { register_evil(w, "C:\\evil.dll", later); },
       "registration_added", "", "", "C:\\evil.dll", when, later},
      {"path changed", [](Writer& w) { register_evil(w, "C:\\good.dll", later); },
       [](Writer& w) { register_evil(w, "C:\\evil.dll", latest); }, "value_set", "ProviderPath",
       "C:\\good.dll", "C:\\evil.dll", later, latest},
      {"removed", [](Writer& w) { register_evil(w, "C:\\evil.dll", later); },
       [](Writer& w) { w.remove_key("ControlSet001\\Services\\Evil", latest); },
       "registration_removed", "", "C:\\evil.dll", "", later, later},
      {"listed", [](Writer&) {},
       [](Writer& w) { w.set_value(order, text_value("ProviderOrder", "RDPNP,Evil"), latest); },
       "value_set", "ProviderOrder", "RDPNP", "RDPNP,Evil", when, latest},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto writer = make_writer("RDPNP");
    c.before(writer);
    std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
    c.after(writer);
    states.push_back(writer.image({.last_written = when}));
    const auto made = testing::log_states(states, 5);
    const HostAssessment host = scan_hive(made.primary, made.log);
    const Change* change = change_of(host, c.what, c.value);
    ASSERT_NE(change, nullptr);
    EXPECT_EQ(change->old_value.raw(), c.old_value);
    EXPECT_EQ(change->new_value.raw(), c.new_value);
    EXPECT_EQ(change->not_before, c.not_before);
    EXPECT_EQ(change->time, c.time);
    EXPECT_FALSE(change->is_exact);
    EXPECT_FALSE(change->evidence.empty());
  }
}

bool has_reason(const HostAssessment& host, std::string_view provider, std::string_view code) {
  return std::ranges::any_of(host.providers, [&](const Provider& one) {
    return one.name.raw() == provider &&
           std::ranges::any_of(one.reasons,
                               [code](const Reason& reason) { return reason.code == code; });
  });
}

TEST(RegistryPast, AKeyTimeThatTheLogsContradictIsAReason) {
  constexpr FileTime set_back{130'000'000'000'000'000};
  for (const FileTime at : {set_back, latest}) {
    auto writer = make_writer("RDPNP");
    std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
    register_evil(writer, "C:\\evil.dll", at);
    states.push_back(writer.image({.last_written = when}));
    const auto made = testing::log_states(states, 5);
    const HostAssessment host = scan_hive(made.primary, made.log);
    EXPECT_EQ(has_reason(host, "Evil", "last_written_contradicted"), at == set_back);
  }
}

TEST(RegistryPast, AKeyTimeThatNoWindowsGivesIsAReason) {
  for (const FileTime at : {FileTime{}, FileTime{1}, later}) {
    auto writer = make_writer("RDPNP");
    register_evil(writer, "C:\\evil.dll", at);
    const HostAssessment host = scan_hive(writer.image({.last_written = when}), {});
    EXPECT_EQ(has_reason(host, "Evil", "last_written_impossible"), at != later);
  }
}

TEST(RegistryPast, ADeletedRegistrationIsFoundAndJudgesNobody) {
  auto writer = make_writer("RDPNP");
  const HostAssessment untouched = scan_hive(writer.image({}), {});
  register_evil(writer, "C:\\evil.dll", later);
  writer.set_value(order, text_value("ProviderOrder", "RDPNP,Evil"), later);
  writer.set_value(order, text_value("ProviderOrder", "RDPNP"), latest);
  writer.remove_key("ControlSet001\\Services\\Evil", latest);
  const auto bytes = writer.image({});
  const HostAssessment host = scan_hive(bytes, {});
  EXPECT_EQ(host.verdict, untouched.verdict);
  EXPECT_EQ(host.providers.size(), untouched.providers.size());
  EXPECT_TRUE(host.changes.empty());
  const Finding* finding = finding_of(host, "NPG1016", "Evil");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, FindingSeverity::medium);
  EXPECT_EQ(finding->first_seen, later);
  // The key's record, and the order that listed it.
  ASSERT_EQ(finding->evidence.size(), 2U);
  EXPECT_TRUE(std::ranges::any_of(finding->evidence, [&bytes](const Origin& origin) {
    return origin.how == How::recovered && Bytes(bytes).from(origin.offset + 4).starts_with("nk");
  }));
  EXPECT_NE(finding->text.find("listed it"), std::string::npos) << finding->text;
  const Finding* older = finding_of(host, "NPG1016", "ProviderOrder of an unknown key");
  ASSERT_NE(older, nullptr);
  EXPECT_NE(older->text.find("RDPNP,Evil"), std::string::npos) << older->text;
}

TEST(RegistryPast, AHiddenServiceIsFoundAndTheDisagreementTold) {
  auto writer = make_writer("RDPNP");
  register_evil(writer, "C:\\evil.dll", later);
  auto bytes = writer.image({});
  // The first two entries of the list of services change places; the count forgets the second.
  const std::string_view name = "Services";
  const auto found = std::ranges::search(bytes, bytes_of(name));
  ASSERT_FALSE(found.empty());
  const auto node = static_cast<std::size_t>(found.begin() - bytes.begin()) - 0x4c;
  const auto put = [&bytes](std::size_t at, std::uint32_t number) {
    for (std::size_t i = 0; i < 4; ++i) {
      bytes.at(at + i) = static_cast<std::byte>(number >> (8 * i) & 0xffU);
    }
  };
  const std::size_t list = 4096 + Bytes(bytes).at<std::uint32_t>(node + 28) + 4;
  put(list + 4, Bytes(bytes).at<std::uint32_t>(list + 12));
  put(list + 8, Bytes(bytes).at<std::uint32_t>(list + 16));
  bytes.at(list + 2) = std::byte{1};
  put(node + 20, 1);
  const HostAssessment host = scan_hive(bytes, {});
  const Finding* hidden = finding_of(host, "NPG1016", "Evil");
  ASSERT_NE(hidden, nullptr);
  EXPECT_NE(hidden->text.find("in use, but in no key's list"), std::string::npos) << hidden->text;
  const Finding* told = finding_of(host, "NPG1017", "ControlSet001\\Services\\Evil");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->severity, FindingSeverity::medium);
}

TEST(RegistryPast, AStalePageGivesAnOrderThatNoStateHas) {
  auto writer = make_writer("RDPNP");
  std::vector<std::vector<std::byte>> states = {writer.image({})};
  writer.set_value(order, text_value("ProviderOrder", "Evil,RDPNP"), later);
  states.push_back(writer.image({}));
  writer.set_value(order, text_value("ProviderOrder", "RDPNP"), latest);
  states.push_back(writer.image({}));
  const auto made = testing::log_states(states, 5);
  const HostAssessment host = scan_hive(made.primary, made.log);
  const Finding* finding = finding_of(host, "NPG1016", std::string(order));
  ASSERT_NE(finding, nullptr);
  EXPECT_NE(finding->text.find("older page of a transaction log (entry 5): Evil,RDPNP"),
            std::string::npos)
      << finding->text;
  EXPECT_EQ(finding->first_seen, later);
}

TEST(RegistryPast, WhatTheLogsBringAndTakeAwayWasThere) {
  auto writer = make_writer("RDPNP");
  std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
  writer.set_value(evil, text_value("ProviderPath", "C:\\evil.dll"), later);
  states.push_back(writer.image({.last_written = when}));
  writer.set_value(evil, number_value("Class", 2), later);
  writer.set_value(order, text_value("ProviderOrder", "RDPNP,Evil"), later);
  states.push_back(writer.image({.last_written = when}));
  writer.remove_key("ControlSet001\\Services\\Evil", latest);
  writer.set_value(order, text_value("ProviderOrder", "RDPNP"), latest);
  states.push_back(writer.image({.last_written = when}));
  const auto made = testing::log_states(states, 5);
  const HostAssessment host = scan_hive(made.primary, made.log);
  const Change* added = change_of(host, "registration_added", "");
  ASSERT_NE(added, nullptr);
  EXPECT_EQ(added->new_value.raw(), "C:\\evil.dll");
  EXPECT_EQ(added->not_before, when);
  EXPECT_EQ(added->time, later);
  const Change* removed = change_of(host, "registration_removed", "");
  ASSERT_NE(removed, nullptr);
  EXPECT_EQ(removed->old_value.raw(), "C:\\evil.dll");
  EXPECT_EQ(removed->not_before, later);
  EXPECT_EQ(removed->time, latest);
  EXPECT_EQ(std::ranges::count(host.changes, "registration_removed", &Change::what), 1);
  // The order that listed it, and the one that did so no longer; what was there first is there
  // again.
  std::vector<std::pair<std::string_view, std::string_view>> orders;
  for (const Change& change : host.changes) {
    if (change.value_name.raw() == "ProviderOrder") {
      orders.emplace_back(change.old_value.raw(), change.new_value.raw());
    }
  }
  using Pair = std::pair<std::string_view, std::string_view>;
  EXPECT_EQ(orders, (std::vector<Pair>{{"", "RDPNP,Evil"}, {"RDPNP,Evil", "RDPNP"}}));
  ASSERT_EQ(host.providers.size(), 2U);
  const auto gone = std::ranges::find(host.providers, ProviderState::removed, &Provider::state);
  ASSERT_NE(gone, host.providers.end());
  EXPECT_EQ(gone->receives_credentials, YesNo::yes);
  ASSERT_EQ(host.exposures.size(), 1U);
}

TEST(RegistryPast, AKeyTimeThatTheLogsContradictIsAReasonWhereTheyTakeTheKeyAwayAgain) {
  constexpr FileTime set_back{130'000'000'000'000'000};
  for (const FileTime at : {set_back, later}) {
    auto writer = make_writer("RDPNP");
    std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
    register_evil(writer, "C:\\evil.dll", at);
    writer.set_value(order, text_value("ProviderOrder", "RDPNP,Evil"), at);
    states.push_back(writer.image({.last_written = when}));
    writer.remove_key("ControlSet001\\Services\\Evil", latest);
    writer.set_value(order, text_value("ProviderOrder", "RDPNP"), latest);
    states.push_back(writer.image({.last_written = when}));
    const auto made = testing::log_states(states, 5);
    const HostAssessment host = scan_hive(made.primary, made.log);
    EXPECT_EQ(has_reason(host, "Evil", "last_written_contradicted"), at == set_back);
  }
}

TEST(RegistryPast, WhatTheLogsBroughtWithAContradictedTimeIsSureFromTheHivesEndOn) {
  constexpr FileTime old{131'999'000'000'000'000};       // of the order, before all else
  constexpr FileTime set_back{131'999'500'000'000'000};  // a day before the hive without it
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::set_value(testing::key_at(root, "Select", when), number_value("Current", 1));
  testing::set_value(testing::key_at(root, order, old), text_value("ProviderOrder", "RDPNP"));
  testing::set_value(
      testing::key_at(root, "ControlSet001\\Control\\ComputerName\\ComputerName", when),
      text_value("ComputerName", "WKS"));
  testing::key_at(root, "ControlSet001\\Services\\Dhcp", when);
  testing::HiveWriter writer(root);
  std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
  register_evil(writer, "C:\\evil.dll", set_back);
  writer.set_value(order, text_value("ProviderOrder", "RDPNP,Evil"), set_back);
  writer.add_key("Setup", latest);
  states.push_back(writer.image({.last_written = when}));
  const auto made = testing::log_states(states, 5);
  const HostAssessment host = scan_hive(made.primary, made.log);
  ASSERT_EQ(host.exposures.size(), 1U);
  const Exposure& window = host.exposures.front();
  EXPECT_EQ(window.earliest_start, old);
  EXPECT_EQ(window.latest_start, latest);
  EXPECT_TRUE(window.start_basis.contains("whose order was last written")) << window.start_basis;
}

TEST(RegistryPast, AnOrderThatTheLogsPassThroughIsComparedWithTheOnesBesideIt) {
  auto writer = make_writer("RDPNP,WebClient");
  std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
  writer.set_value(order, text_value("ProviderOrder", "RDPNP,webclient,Evil"), later);
  states.push_back(writer.image({.last_written = when}));
  writer.set_value(order, text_value("ProviderOrder", "RDPNP,webclient"), latest);
  states.push_back(writer.image({.last_written = when}));
  const auto made = testing::log_states(states, 5);
  const HostAssessment host = scan_hive(made.primary, made.log);
  std::vector<std::string> told;
  told.reserve(host.changes.size());
  for (const Change& change : host.changes) {
    told.push_back(std::string(change.old_value.raw()) + " -> " +
                   std::string(change.new_value.raw()));
  }
  EXPECT_EQ(told, (std::vector<std::string>{"RDPNP,WebClient -> RDPNP,webclient,Evil",
                                            "RDPNP,webclient,Evil -> RDPNP,webclient"}));
  EXPECT_EQ(host.changes.front().not_before, when);
  EXPECT_EQ(host.changes.front().time, later);
}

TEST(RegistryPast, AStateOnTheWayToThePresentOneIsNoChange) {
  auto writer = make_writer("RDPNP");
  std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
  writer.set_value(evil, text_value("ProviderPath", "C:\\evil.dll"), later);
  states.push_back(writer.image({.last_written = when}));
  writer.set_value(evil, number_value("Class", 2), latest);
  states.push_back(writer.image({.last_written = when}));
  const auto made = testing::log_states(states, 5);
  const HostAssessment host = scan_hive(made.primary, made.log);
  EXPECT_EQ(host.changes.size(), 1U);
  EXPECT_NE(change_of(host, "registration_added", ""), nullptr);
}

TEST(RegistryPast, ARegistrationThatTheLogsBendAndPutRightIsTold) {
  auto writer = make_writer("RDPNP");
  constexpr std::string_view rdpnp = "ControlSet001\\Services\\RDPNP\\NetworkProvider";
  std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
  writer.set_value(rdpnp, text_value("AuthentProviderPath", "C:\\evil.dll"), later);
  states.push_back(writer.image({.last_written = when}));
  writer.remove_value(rdpnp, "AuthentProviderPath", latest);
  states.push_back(writer.image({.last_written = when}));
  const auto made = testing::log_states(states, 5);
  const HostAssessment host = scan_hive(made.primary, made.log);
  const Change* deleted = change_of(host, "value_deleted", "AuthentProviderPath");
  ASSERT_NE(deleted, nullptr);
  EXPECT_EQ(deleted->old_value.raw(), "C:\\evil.dll");
}

/// An old-format log whose marked sectors are those in which a state differs from the one before.
std::vector<std::byte> old_log(const std::vector<std::byte>& before,
                               const std::vector<std::byte>& after) {
  constexpr std::size_t sector = 512;
  constexpr std::size_t block = 4096;
  std::vector<std::byte> log(after.begin(), after.begin() + sector);
  log[28] = std::byte{1};
  std::vector<std::byte> bitmap((after.size() - block) / sector / 8);
  std::vector<std::byte> sectors;
  for (std::size_t at = block; at < after.size(); at += sector) {
    const auto from = after.begin() + static_cast<std::ptrdiff_t>(at);
    const bool is_same =
        at < before.size() &&
        std::equal(from, from + sector, before.begin() + static_cast<std::ptrdiff_t>(at));
    if (!is_same) {
      const std::size_t bit = (at - block) / sector;
      bitmap[bit / 8] |= static_cast<std::byte>(1U << (bit % 8));
      sectors.insert(sectors.end(), from, from + sector);
    }
  }
  for (const char c : std::string_view("DIRT")) {
    log.push_back(static_cast<std::byte>(c));
  }
  log.insert(log.end(), bitmap.begin(), bitmap.end());
  log.resize((log.size() + sector - 1) / sector * sector);
  log.insert(log.end(), sectors.begin(), sectors.end());
  const std::uint32_t sum = *regf::base_block_checksum(Bytes(log));
  for (std::size_t i = 0; i < 4; ++i) {
    log[508 + i] = static_cast<std::byte>(sum >> (8 * i));
  }
  return log;
}

TEST(RegistryPast, SectorsOfAnOldLogThatIsNotAppliedAreRead) {
  auto writer = make_writer("RDPNP");
  const auto before = writer.image({.last_written = when});
  register_evil(writer, "C:\\evil.dll", later);
  // The last sectors hold something else, so that a cut costs that.
  writer.set_value("ControlSet001\\Services\\Filler",
                   {.name = "Fill", .type = reg::binary, .data = std::vector<std::byte>(2000)},
                   later);
  const auto after = writer.image({.last_written = later});
  const auto log = old_log(before, after);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{100}}) {
    SCOPED_TRACE(cut);
    const std::vector<std::byte> kept(log.begin(), log.end() - static_cast<std::ptrdiff_t>(cut));
    const HostAssessment host = scan_hive(before, kept);
    const Finding* finding = finding_of(host, "NPG1016", "Evil");
    ASSERT_NE(finding, nullptr);
    EXPECT_NE(finding->text.find("older page of a transaction log"), std::string::npos);
    EXPECT_TRUE(host.exposures.empty());
  }
}

TEST(RegistryPast, AnUnappliedPageBehindTheEndOfTheHiveIsRead) {
  auto writer = make_writer("RDPNP");
  std::vector<std::vector<std::byte>> states = {writer.image({.last_written = when})};
  // The registration makes the hive larger, so that its key lies behind the end of the first state.
  writer.set_value("ControlSet001\\Services\\Filler",
                   {.name = "Fill", .type = reg::binary, .data = std::vector<std::byte>(6000)},
                   later);
  register_evil(writer, "C:\\evil.dll", later);
  states.push_back(writer.image({.last_written = when}));
  ASSERT_GT(states[1].size(), states[0].size());
  const auto made = testing::log_states(states, 5);
  std::vector<std::byte> clean = made.primary;
  testing::restamp_hive(clean, 5, 5);
  const HostAssessment host = scan_hive(clean, made.log);
  const Finding* finding = finding_of(host, "NPG1016", "Evil");
  ASSERT_NE(finding, nullptr);
  EXPECT_NE(finding->text.find("C:\\evil.dll"), std::string::npos) << finding->text;
}

TEST(RegistryPast, TheEndOfAnOverwrittenOrderStandsInTheSlack) {
  auto writer = make_writer("RDPNP,Evil,Tail");
  auto bytes = writer.image({});
  // A shorter order written over the longer one: Windows keeps the cell when the data fit.
  const auto old = text_value("", "RDPNP,Evil,Tail").data;
  const auto found = std::ranges::search(bytes, old);
  ASSERT_FALSE(found.empty());
  const auto at = static_cast<std::size_t>(found.begin() - bytes.begin());
  const auto fresh = text_value("", "RDPNP").data;
  std::ranges::copy(fresh, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::size_t i = 0; i + 4 < bytes.size(); ++i) {
    if (Bytes(bytes).from(i).starts_with("vk") &&
        Bytes(bytes).at<std::uint32_t>(i + 4) == old.size() &&
        Bytes(bytes).at<std::uint32_t>(i + 8) == at - 4 - 4096) {
      bytes.at(i + 4) = static_cast<std::byte>(fresh.size());
    }
  }
  const HostAssessment host = scan_hive(bytes, {});
  const Finding* finding = finding_of(host, "NPG1016", std::string(order));
  ASSERT_NE(finding, nullptr);
  EXPECT_NE(finding->text.find("Evil,Tail (perhaps not whole)"), std::string::npos)
      << finding->text;
}

}  // namespace
}  // namespace npg
