#include "testing/recipe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/bytes.hpp"
#include "testing/event_shapes.hpp"
#include "testing/recipe_yaml.hpp"

namespace npg::testing {
namespace {

constexpr std::string_view host = R"(
host: {windows: windows-10-22h2, computer: WS01, domain: CORP, dns_domain: corp.example, domain_sid: S-1-5-21-1-2-3}
accounts: {CORP\anna: 1105}
)";

std::string recipe_file(const std::string& name) {
  std::ifstream in(std::string(NPG_SOURCE_DIR) + "/examples/" + name + "/recipe.yaml");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const BuiltFile* find(const BuiltHost& built, std::string_view ending) {
  const auto found = std::ranges::find_if(
      built.files, [&](const BuiltFile& file) { return file.path.ends_with(ending); });
  return found == built.files.end() ? nullptr : &*found;
}

bool holds_utf16(const BuiltFile& file, std::string_view text) {
  std::vector<std::byte> units;
  for (const char c : text) {
    units.push_back(static_cast<std::byte>(c));
    units.push_back(std::byte{0});
  }
  return !std::ranges::search(file.content, units).empty();
}

TEST(Recipe, ALogonBecomesACompleteRecord) {
  const auto built = build_host(std::string(host) +
                                "events:\n  - {time: 2026-11-20T10:00:00Z, logon: {user: "
                                "CORP\\anna, type: 10, from: 10.1.2.3, logon_id: 0x5a1b2}}\n");
  ASSERT_TRUE(built.has_value()) << describe(built.error());
  const BuiltFile* log = find(*built, "/Security.evtx");
  ASSERT_NE(log, nullptr);
  for (const std::string_view text :
       {"TargetLinkedLogonId", "anna", "10.1.2.3", "User32 ", "WS01.corp.example", "WS01$"}) {
    EXPECT_TRUE(holds_utf16(*log, text)) << text;
  }
}

TEST(Recipe, RefusalsNameTheLine) {
  struct Case {
    std::string_view name;
    std::string_view more;
    int line;
    std::string_view word;
  };
  const Case cases[] = {
      {"unknown word", "hive: {}\n", 4, "unknown word: hive"},
      {"unknown account", "events:\n  - {time: 2026-11-20T10:00:00Z, logon: {user: CORP\\bob}}\n",
       5, "unknown account"},
      {"no time", "events:\n  - {time: noon, logon: {user: CORP\\anna}}\n", 5, "no such time"},
      {"no parameter", "events:\n  - {time: 2026-11-20T10:00:00Z, logon: {colour: red}}\n", 5,
       "logon has no colour"},
      {"no field",
       "events:\n  - {time: 2026-11-20T10:00:00Z, event: Security 4624, fields: {Colour: 1}}\n", 5,
       "no field Colour"},
      {"not a value",
       "events:\n  - {time: 2026-11-20T10:00:00Z, logon: {user: CORP\\anna, type: ten}}\n", 5,
       "LogonType cannot hold ten"},
      {"key not there",
       "hives:\n  SYSTEM:\n    log:\n      - {time: 2026-11-20T10:00:00Z, delete_key: Nowhere}\n",
       7, "no such key"},
      {"value type", "hives:\n  SYSTEM:\n    keys:\n      A: {values: {x: !colour 1}}\n", 7,
       "no such type"},
      {"path leaves the folder", "dlls:\n  - {path: 'C:\\..\\x.dll'}\n", 5, "a path such as"},
      {"not YAML", "events: [\n", 5, ""},
      {"audit", "audit: {Registry: loud}\n", 4, "no such audit setting"},
  };
  for (const Case& each : cases) {
    const auto built = build_host(std::string(host) + std::string(each.more));
    ASSERT_FALSE(built.has_value()) << each.name;
    EXPECT_EQ(built.error().line, each.line) << each.name << ": " << built.error().text;
    EXPECT_NE(built.error().text.find(each.word), std::string::npos) << built.error().text;
  }
}

TEST(Recipe, EveryCutOfARecipeIsBuiltOrRefused) {
  const std::string whole = recipe_file("clean-host");
  ASSERT_FALSE(whole.empty());
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    const auto built = build_host(std::string_view(whole).substr(0, length));
    if (!built) {
      EXPECT_FALSE(built.error().text.empty());
    }
  }
}

TEST(Recipe, TheExamplesBuildAndTwoBuildsAgree) {
  for (const std::string name : {"compromised-host", "clean-host"}) {
    const auto first = build_host(recipe_file(name));
    const auto second = build_host(recipe_file(name));
    ASSERT_TRUE(first.has_value()) << describe(first.error());
    ASSERT_EQ(first->files.size(), second->files.size());
    for (std::size_t i = 0; i < first->files.size(); ++i) {
      EXPECT_EQ(first->files[i].content, second->files[i].content) << first->files[i].path;
    }
    for (const BuiltFile& file : first->files) {
      if (file.path.ends_with(".dll")) {
        const std::uint32_t pe = Bytes(file.content).at<std::uint32_t>(0x3c);
        EXPECT_EQ(Bytes(file.content).at<std::uint32_t>(pe + 40), 0U) << file.path;
      }
    }
  }
}

TEST(Recipe, TheCompromisedHostIsDirtyAndItsClearedLogIsShort) {
  const auto built = build_host(recipe_file("compromised-host"));
  ASSERT_TRUE(built.has_value()) << describe(built.error());
  const BuiltFile* system = find(*built, "config/SYSTEM");
  ASSERT_NE(system, nullptr);
  EXPECT_EQ(Bytes(system->content).at<std::uint32_t>(4),
            Bytes(system->content).at<std::uint32_t>(8) + 1);
  EXPECT_TRUE(holds_utf16(*system, "LanmanRedirSvc"));
  EXPECT_NE(find(*built, "config/SYSTEM.LOG1"), nullptr);
  EXPECT_FALSE(holds_utf16(*find(*built, "/Security.evtx"), "LanmanRedirSvc"));
  EXPECT_TRUE(holds_utf16(*find(*built, "-204.evtx"), "LanmanRedirSvc"));
}

TEST(EventShapes, EveryWordNamesAKnownEventAndItsFields) {
  for (const Shorthand& word : shorthands()) {
    const EventShape* shape = find_event(word.provider, word.event_id);
    ASSERT_NE(shape, nullptr) << word.word;
    EXPECT_NE(find_provider(word.provider), nullptr) << word.word;
    std::vector<std::string> names;
    for (const std::string& token : split(shape->fields, ' ')) {
      names.push_back(token.substr(0, token.find(':')));
    }
    for (const std::string& parameter : split(word.parameters, ' ')) {
      const std::size_t at = parameter.find_first_of("=@!^?");
      ASSERT_NE(at, std::string::npos) << parameter;
      const char kind = parameter[at];
      for (std::string field : split(parameter.substr(at + 1), ',')) {
        field += kind == '@' ? "UserName" : "";
        EXPECT_NE(std::ranges::find(names, field), names.end()) << word.word << ": " << field;
      }
    }
    for (const std::string& pair : split(word.defaults, '|')) {
      EXPECT_NE(std::ranges::find(names, pair.substr(0, pair.find('='))), names.end())
          << word.word << ": " << pair;
    }
  }
}

}  // namespace
}  // namespace npg::testing
