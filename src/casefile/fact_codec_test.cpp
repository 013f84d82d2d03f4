#include "casefile/fact_codec.hpp"

#include <gtest/gtest.h>

#include "fact/members.hpp"
#include "fact/text_pool.hpp"
#include "testing/fleet.hpp"

namespace npg {
namespace {

TEST(Members, AreCountedByTheCompiler) {
  struct Two {
    std::optional<FileTime> time;
    std::vector<Origin> origins;
  };
  EXPECT_EQ(member_count<Two>, 2U);
  EXPECT_EQ(member_count<Origin>, 5U);
  EXPECT_EQ(member_count<ActorFact>, 6U);
  EXPECT_EQ(enumerator_count<How>, 3U);
  EXPECT_EQ(enumerator_count<ChangeKind>,
            static_cast<std::size_t>(ChangeKind::security_changed) + 1);
  Two two;
  std::get<1>(members_of(two)).push_back({.offset = 5});
  EXPECT_EQ(two.origins[0].offset, 5U);
}

TEST(FactCodec, EveryMemberOfAnEventComesBack) {
  const LogonFact fact{
      .time = {.ticks = 5},
      .source = LogonSource::winlogon_811,
      .account = std::string_view("CORP\\alice"),
      .logon_type = 10,
      .logon_id = UINT64_MAX,
      .session = std::nullopt,
      .elevated = true,
      .detail = 7,
      .record_id = 9,
      .origin = {
          .evidence = 3, .offset = 11, .length = 12, .how = How::replayed, .unverified = true}};
  FactSet facts;
  facts.logons.push_back(fact);
  FactSet back;
  TextPool pool;
  const std::uint32_t evidence[] = {8};
  encode_facts(facts, {{3, 0}}, [&](const EncodedFact& one) {
    EXPECT_EQ(one.kind, "logon");
    ASSERT_TRUE(decode_fact(one.kind, one.body, evidence, pool, back));
  });
  ASSERT_EQ(back.logons.size(), 1U);
  const LogonFact& have = back.logons[0];
  EXPECT_EQ(have.time.ticks, 5U);
  EXPECT_EQ(have.source, LogonSource::winlogon_811);
  EXPECT_EQ(have.account.raw(), "CORP\\alice");
  EXPECT_EQ(have.logon_type, 10U);
  EXPECT_EQ(have.logon_id, UINT64_MAX);
  EXPECT_FALSE(have.session.has_value());
  EXPECT_TRUE(have.elevated);
  EXPECT_EQ(
      have.origin,
      (Origin{
          .evidence = 8, .offset = 11, .length = 12, .how = How::replayed, .unverified = true}));
}

TEST(FactCodec, EveryPrefixAndEveryByteIsReadOrRefused) {
  const FactSet facts = testing::fleet_host(7).facts;
  TextPool pool;
  const std::uint32_t evidence[] = {0};
  std::uint64_t refused = 0;
  encode_facts(facts, {{0, 0}}, [&](const EncodedFact& one) {
    FactSet into;
    for (std::size_t size = 0; size < one.body.size(); ++size) {
      const auto cut = decode_fact(one.kind, one.body.substr(0, size), evidence, pool, into);
      ASSERT_FALSE(cut.has_value()) << one.kind << " " << size;
    }
    for (std::size_t at = 0; at < one.body.size(); ++at) {
      for (const unsigned value : {0x00U, 0x7fU, 0x80U, 0xffU}) {
        std::string bad(one.body);
        bad[at] = static_cast<char>(value);
        refused += decode_fact(one.kind, bad, evidence, pool, into) ? 0U : 1U;
      }
    }
    EXPECT_FALSE(decode_fact(one.kind, std::string(one.body) + '\0', evidence, pool, into));
  });
  EXPECT_GT(refused, 100U);
  FactSet into;
  EXPECT_EQ(decode_fact("nothing", "", evidence, pool, into).error().code, ErrorCode::not_found);
}

TEST(FactCodec, NestingIsBounded) {
  FactSet facts;
  facts.images.emplace_back();
  SignatureFact* deepest = &facts.images[0].signature;
  for (int i = 0; i < 40; ++i) {
    deepest = &deepest->others.emplace_back();
  }
  TextPool pool;
  FactSet into;
  const std::uint32_t evidence[] = {0};
  encode_facts(facts, {{0, 0}}, [&](const EncodedFact& one) {
    const auto read = decode_fact(one.kind, one.body, evidence, pool, into);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, ErrorCode::limit_exceeded);
  });
}

TEST(FactCodec, OwnTextMustBeFitForATerminal) {
  FactSet facts;
  facts.images.emplace_back().signature.why = "\x1b[2J";
  TextPool pool;
  FactSet into;
  const std::uint32_t evidence[] = {0};
  encode_facts(facts, {{0, 0}}, [&](const EncodedFact& one) {
    EXPECT_FALSE(decode_fact(one.kind, one.body, evidence, pool, into).has_value());
  });
}

TEST(FactCodec, TheLayoutNamesEveryKind) {
  const std::string layout = facts_layout();
  EXPECT_NE(layout.find("registration{s"), std::string::npos);
  EXPECT_NE(layout.find("log_coverage{"), std::string::npos);
}

}  // namespace
}  // namespace npg
