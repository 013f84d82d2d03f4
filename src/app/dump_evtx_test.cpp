#include "app/dump_evtx.hpp"

#include <gtest/gtest.h>

#include "testing/evtx_writer.hpp"

namespace npg {
namespace {

using testing::datum;
using testing::EventRecipe;
using testing::EventType;

std::string dump(const EventRecipe& recipe) {
  const MemoryFile file(EvidenceText::from_literal("a.evtx"),
                        testing::write_evtx(std::span(&recipe, 1)));
  std::string out;
  Diagnostics diagnostics;
  EXPECT_TRUE(
      dump_evtx(file, {}, Limits{}, [&](std::string_view line) { out += line; }, diagnostics));
  EXPECT_TRUE(out.ends_with("}\n"));
  return out;
}

EventRecipe logon() {
  return {.provider = "Microsoft-Windows-Security-Auditing",
          .channel = "Security",
          .computer = "host",
          .event_id = 4624,
          .time = {133'000'000'000'000'000},
          .user_sid = "S-1-5-18",
          .data = {}};
}

TEST(DumpEvtx, WritesTheHeadAndTypedData) {
  EventRecipe recipe = logon();
  recipe.data = {datum("LogonType", EventType::uint32, "2"),
                 datum("LogonId", EventType::hex_int64, "0x3e7"),
                 datum("Elevated", EventType::boolean, "true"),
                 datum("Size", EventType::uint64, "18446744073709551615")};
  const std::string line = dump(recipe);
  EXPECT_TRUE(line.starts_with(R"({"record_id":1,"written":"2022-06-18T04:26:40.0000000Z",)"
                               R"("channel":"Security",)"
                               R"("provider":"Microsoft-Windows-Security-Auditing",)"
                               R"("event_id":4624,"computer":"host","user_sid":"S-1-5-18",)"
                               R"("system":{"Provider":{)"))
      << line;
  EXPECT_NE(line.find(R"("event_data":{"LogonType":2,"LogonId":"0x3e7","Elevated":true,)"
                      R"("Size":18446744073709551615})"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("origin":{"offset":4608,)"), std::string::npos) << line;
}

TEST(DumpEvtx, RepeatedAndMissingNamesLoseNothing) {
  EventRecipe recipe = logon();
  recipe.data = {datum("a", EventType::string, "1"), datum("a", EventType::string, "2"),
                 datum("", EventType::string_array, "x\ny"), datum("", EventType::string, "z")};
  const std::string line = dump(recipe);
  EXPECT_NE(line.find(R"("event_data":{"a":["1","2"],"Data":["x","y","z"]})"), std::string::npos)
      << line;
}

TEST(DumpEvtx, UserDataIsNested) {
  EventRecipe recipe = logon();
  recipe.user_data = testing::UserDataShape{"LogFileCleared", "urn:x"};
  recipe.data = {datum("Channel", EventType::string, "Security")};
  const std::string line = dump(recipe);
  EXPECT_NE(line.find(R"("LogFileCleared":{"@xmlns":"urn:x","Channel":"Security"})"),
            std::string::npos)
      << line;
}

}  // namespace
}  // namespace npg
