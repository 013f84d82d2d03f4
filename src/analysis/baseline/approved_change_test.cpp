#include "analysis/baseline/approved_change.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using S = FindingSeverity;

struct World {
  HostAssessment host;
  testing::HostFacts facts;
};
World world_with(std::string_view rule, S severity) {
  World world;
  world.host.host.name = std::string_view("HOST7");
  world.host.providers.push_back(
      {.name = std::string_view("PnSson"), .last_written = at("2026-11-10T21:00:00Z")});
  world.host.findings = {
      {.rule = std::string(rule), .severity = severity, .subject = "PnSson", .text = "t"}};
  return world;
}
const std::vector<ApprovedChange> calendar = {{.ticket = "CHG1",
                                               .from = at("2026-11-10T20:00:00Z"),
                                               .to = at("2026-11-10T22:00:00Z"),
                                               .hosts = {"host*"},
                                               .what = "Citrix single sign-on (PnSson)"}};

TEST(ApprovedChange, LowersByOneGradeAndSaysWhy) {
  World world = world_with("NPG1002", S::medium);
  lower_by_approved_changes(calendar, world.facts.facts, world.host);
  ASSERT_EQ(world.host.findings.size(), 1U);
  EXPECT_EQ(world.host.findings[0].severity, S::low);
  EXPECT_NE(world.host.findings[0].text.find("lowered from medium"), std::string::npos);
  EXPECT_NE(world.host.findings[0].text.find("CHG1"), std::string::npos);
  EXPECT_TRUE(world.host.findings[0].suppressed_by.empty());
}

TEST(ApprovedChange, ADllsTimeIsThatOfItsLoggedWrite) {
  const std::string dll = "C:\\Program Files\\Citrix\\pnsson.dll";
  for (const auto& [written, is_lowered] :
       {std::pair("", false), std::pair("2026-11-10T21:30:00Z", true),
        std::pair("2026-11-15T00:00:00Z", false)}) {
    World world = world_with("NPG1022", S::high);
    world.host.providers[0].dlls.emplace_back().path.resolved = dll;
    world.host.findings[0].subject = dll;
    if (*written != '\0') {
      world.facts.facts.file_changes.push_back(
          {.time = at(written), .path = std::string_view(dll)});
    }
    lower_by_approved_changes(calendar, world.facts.facts, world.host);
    EXPECT_EQ(world.host.findings[0].severity, is_lowered ? S::medium : S::high) << written;
  }
}

TEST(ApprovedChange, AFolderOnTheWayToTheFileIsNotWhatIsChanged) {
  struct Case {
    const char* what;
    bool is_lowered;
  };
  const std::string dll = "C:\\Users\\Public\\Sync tool\\logonhook.dll";
  const Case cases[] = {{"Clean up Public folders", false},
                        {"users of sync", false},
                        {"Move to Reston", false},
                        {"logonhook for kiosks", true},
                        {"PnSson", true},
                        {"Acme roll-out", true},
                        {"contoso logon", true}};
  for (const Case& one : cases) {
    for (const char* const rule : {"NPG1020", "NPG1022"}) {
      World world = world_with(rule, S::high);
      ProviderDll& file = world.host.providers[0].dlls.emplace_back();
      file.path.resolved = dll;
      file.image = ImageFact{.company = std::string_view("Acme")};
      file.image->signature.status = SignatureStatus::trusted;
      file.image->signature.subject =
          std::string_view("CN=Contoso\\, Ltd.,O=Contoso,L=Reston,ST=Virginia,C=US");
      world.facts.facts.file_changes.push_back(
          {.time = at("2026-11-10T21:30:00Z"), .path = std::string_view(dll)});
      if (std::string_view(rule) == "NPG1022") {
        world.host.findings[0].subject = dll;
      }
      std::vector<ApprovedChange> change = calendar;
      change[0].what = one.what;
      lower_by_approved_changes(change, world.facts.facts, world.host);
      EXPECT_EQ(world.host.findings[0].severity, one.is_lowered ? S::medium : S::high)
          << one.what << " " << rule;
      EXPECT_EQ(world.host.findings[0].lowered_from.has_value(), one.is_lowered);
    }
  }
}

TEST(ApprovedChange, NeverLowersWhatNoDeploymentCauses) {
  for (const std::string_view rule : {"NPG1001", "NPG1003", "NPG1011", "NPG1013", "NPG1015"}) {
    World world = world_with(rule, S::critical);
    lower_by_approved_changes(calendar, world.facts.facts, world.host);
    EXPECT_EQ(world.host.findings[0].severity, S::critical) << rule;
  }
}

TEST(ApprovedChange, OutsideTheWindowOrOnAnotherHostNothingIsLowered) {
  World late = world_with("NPG1002", S::medium);
  late.host.providers[0].last_written = at("2026-11-10T22:00:01Z");
  lower_by_approved_changes(calendar, late.facts.facts, late.host);
  EXPECT_EQ(late.host.findings[0].severity, S::medium);
  World elsewhere = world_with("NPG1002", S::medium);
  elsewhere.host.host.name = std::string_view("SERVER");
  lower_by_approved_changes(calendar, elsewhere.facts.facts, elsewhere.host);
  EXPECT_EQ(elsewhere.host.findings[0].severity, S::medium);
}

TEST(ApprovedChange, AnInstallerNearbyLowersAndIsCited) {
  for (const auto& [time, is_near] :
       {std::pair("2026-11-10T20:50:00Z", true), std::pair("2026-11-10T21:15:00Z", true),
        std::pair("2026-11-10T20:44:59Z", false)}) {
    World world = world_with("NPG1020", S::high);
    world.facts.event(time, SystemEventKind::software_installed, "PnSson for Citrix", 1033);
    lower_by_approved_changes({}, world.facts.facts, world.host);
    EXPECT_EQ(world.host.findings[0].severity, is_near ? S::medium : S::high) << time;
    EXPECT_EQ(world.host.findings[0].evidence.size(), is_near ? 1U : 0U);
  }
}

S after_install(std::string_view product, std::string_view status, std::string_view writer,
                std::string_view parent = "") {
  World world = world_with("NPG1020", S::high);
  world.facts.event("2026-11-10T21:00:00Z", SystemEventKind::software_installed, product, 1033);
  if (!status.empty()) {
    world.facts.facts.system_events.back().detail = SharedText(status);
  }
  if (!writer.empty()) {
    Change change{.time = at("2026-11-10T21:00:00Z")};
    change.key = std::string_view("Services\\PnSson\\NetworkProvider");
    change.actor.process = SharedText(writer);
    change.actor.process_id = 77;
    world.host.changes.push_back(std::move(change));
  }
  if (!parent.empty()) {
    world.facts.process("2026-11-10T20:59:00Z", writer, parent, 77);
  }
  lower_by_approved_changes({}, world.facts.facts, world.host);
  return world.host.findings[0].severity;
}

TEST(ApprovedChange, AnInstallationCountsWhenItSucceededAndFits) {
  constexpr std::string_view msiexec = "C:\\Windows\\System32\\msiexec.exe";
  constexpr std::string_view reg = "C:\\Windows\\System32\\reg.exe";
  EXPECT_EQ(after_install("Adobe Reader", "", ""), S::high) << "another product, nobody seen";
  EXPECT_EQ(after_install("Adobe Reader", "", reg), S::high) << "another product, another writer";
  EXPECT_EQ(after_install("PnSson", "", reg), S::high) << "another writer";
  EXPECT_EQ(after_install("PnSson", "1.0, X, failed with status 1603", msiexec), S::high);
  EXPECT_EQ(after_install("Adobe Reader", "", msiexec), S::medium);
  EXPECT_EQ(after_install("Adobe Reader", "", "C:\\Temp\\msiexec.exe"), S::high);
  EXPECT_EQ(after_install("Adobe Reader", "", reg, msiexec), S::medium) << "a child of msiexec";
  EXPECT_EQ(after_install("Some Client", "1.0, PNSSON Inc", ""), S::medium) << "the maker fits";
}

TEST(ApprovedChange, ServicingCountsWhenItWroteTheKeysOrMicrosoftSignedTheFile) {
  for (const bool is_signed : {false, true}) {
    World world = world_with("NPG1021", S::high);
    world.facts.event("2026-11-10T21:05:00Z", SystemEventKind::servicing, "KB5030000", 19);
    if (is_signed) {
      ImageFact image;
      image.signature.status = SignatureStatus::trusted;
      image.signature.subject =
          std::string_view("CN=Microsoft Windows,O=Microsoft Corporation,C=US");
      world.host.providers[0].dlls.push_back({.image = image});
    }
    lower_by_approved_changes({}, world.facts.facts, world.host);
    EXPECT_EQ(world.host.findings[0].severity, is_signed ? S::medium : S::high);
  }
}

TEST(ApprovedChange, AnEntryMustNameWhatItIsForOrSayThatItIsForAnything) {
  for (const auto& [what, severity] :
       {std::pair("new printers", S::high), std::pair("Windows update", S::high),
        std::pair("PnSson roll-out", S::medium), std::pair("Any change", S::medium)}) {
    World world = world_with("NPG1020", S::high);
    std::vector<ApprovedChange> one = calendar;
    one[0].what = what;
    lower_by_approved_changes(one, world.facts.facts, world.host);
    EXPECT_EQ(world.host.findings[0].severity, severity) << what;
    EXPECT_EQ(world.host.findings[0].text.find("weak") != std::string::npos,
              std::string_view(what) == "Any change");
  }
}

TEST(ApprovedChange, LowStaysLow) {
  World world = world_with("NPG1002", S::low);
  lower_by_approved_changes(calendar, world.facts.facts, world.host);
  EXPECT_EQ(world.host.findings[0].severity, S::low);
  EXPECT_EQ(world.host.findings[0].text, "t");
}

S with_product(std::string_view name, std::string_view location, std::string_view written,
               std::string_view dll = {}, std::string_view writer = {}) {
  World world = world_with("NPG1020", S::high);
  world.facts.facts.installed_products.push_back({.name = SharedText(name),
                                                  .location = SharedText(location),
                                                  .last_written = at(written),
                                                  .origin = {.offset = 7, .length = 80}});
  if (!dll.empty()) {
    world.host.providers[0].dlls.push_back({.path = {.resolved = std::string(dll)}});
  }
  if (!writer.empty()) {
    world.host.changes.push_back(
        {.time = at("2026-11-10T21:00:00Z"),
         .actor = {.process = SharedText(writer)},
         .what = "value_set",
         .key = SharedText("HKLM\\SYSTEM\\CurrentControlSet\\Services\\PnSson\\NetworkProvider")});
  }
  lower_by_approved_changes({}, world.facts.facts, world.host);
  const Finding& finding = world.host.findings[0];
  const bool is_cited = !finding.evidence.empty() && finding.evidence.back().offset == 7;
  EXPECT_EQ(is_cited, finding.severity != S::high);
  EXPECT_EQ(is_cited, finding.text.find("software inventory") != std::string::npos);
  return finding.severity;
}

TEST(ApprovedChange, AProductOfTheInventoryLowersWhenItsTimeAndItsNameOrFolderFit) {
  constexpr std::string_view near = "2026-11-10T21:10:00Z";
  constexpr std::string_view folder = "C:\\Program Files\\Maker\\";
  constexpr std::string_view dll = "c:\\program files\\maker\\bin\\np.dll";
  EXPECT_EQ(with_product("PnSson 24", "", near), S::medium);
  EXPECT_EQ(with_product("PnSson 24", "", "2026-11-10T21:15:01Z"), S::high) << "too late";
  EXPECT_EQ(with_product("Something", "", near), S::high) << "nothing ties them";
  EXPECT_EQ(with_product("Something", folder, near, dll), S::medium);
  EXPECT_EQ(with_product("Something", "\"C:\\Program Files\\Maker\"", near, dll), S::medium);
  EXPECT_EQ(with_product("Something", "C:\\Program Files\\Mak", near, dll), S::high)
      << "no folder of it";
  EXPECT_EQ(with_product("Something", "C:\\", near, dll), S::high) << "a drive holds anything";
  EXPECT_EQ(
      with_product("Something", "C:\\Windows\\System32", near, "C:\\Windows\\System32\\np.dll"),
      S::high)
      << "so does Windows' folder";
  EXPECT_EQ(with_product("PnSson 24", "", near, "", "C:\\Windows\\System32\\msiexec.exe"),
            S::medium);
  EXPECT_EQ(with_product("PnSson 24", "", near, "", "C:\\Users\\x\\tool.exe"), S::high)
      << "a log says that somebody else wrote it";
}

}  // namespace
}  // namespace npg
