#include "fact/fact_set.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

LogonFact logon(std::uint32_t evidence, std::string_view account, std::uint64_t ticks = 0) {
  LogonFact fact;
  fact.time = FileTime{133'000'000'000'000'000 + ticks};
  fact.account = account;
  fact.record_id = 7;
  fact.origin = {.evidence = evidence, .offset = 100};
  return fact;
}

FactSet normalised(const std::vector<LogonFact>& logons) {
  FactSet facts;
  facts.logons = logons;
  facts.normalise();
  return facts;
}

TEST(FactSet, OfCopiesOfOneRecordTheBestIsKeptInAnyOrder) {
  for (const std::uint32_t bad_first : {0U, 1U}) {
    LogonFact sound = logon(bad_first, "CORP\\alice");
    LogonFact altered = logon(1 - bad_first, "CORP\\blice");
    altered.origin.unverified = true;
    altered.address = std::string_view("10.0.0.1");  // tells more, and nobody vouches for it
    const FactSet facts = normalised({sound, altered});
    ASSERT_EQ(facts.logons.size(), 1U);
    EXPECT_EQ(facts.logons[0].account.raw(), "CORP\\alice");

    LogonFact poor = logon(1 - bad_first, "", 1);  // finer by a digit, and empty
    const FactSet richer = normalised({sound, poor});
    ASSERT_EQ(richer.logons.size(), 1U);
    EXPECT_EQ(richer.logons[0].account.raw(), "CORP\\alice");

    LogonFact fine = logon(1 - bad_first, "CORP\\alice", 1);
    const FactSet finer = normalised({sound, fine});
    ASSERT_EQ(finer.logons.size(), 1U);
    EXPECT_EQ(finer.logons[0].time, fine.time);

    LogonFact same = logon(1 - bad_first, "CORP\\alice");
    same.origin.unverified = true;
    const FactSet vouched = normalised({sound, same});
    ASSERT_EQ(vouched.logons.size(), 1U);
    EXPECT_FALSE(vouched.logons[0].origin.unverified);
  }
}

TEST(FactSet, OneEventToldTwiceIsOneAndTwoAtOneTimeAreTwo) {
  EXPECT_EQ(normalised({logon(0, "a"), logon(1, "a"), logon(2, "a")}).logons.size(), 1U);
  LogonFact other = logon(0, "b");
  other.record_id = 8;
  EXPECT_EQ(normalised({logon(0, "a"), other}).logons.size(), 2U);
}

}  // namespace
}  // namespace npg
