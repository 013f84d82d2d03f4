#include "analysis/exposure/named_facts.hpp"

#include <gtest/gtest.h>

namespace npg::exposure {
namespace {

using Text = SharedText;

TEST(NamedFacts, RegistrationsAreFoundByNameAsWindowsComparesIt) {
  FactSet facts;
  for (const char* name : {"Evil", "RDPNP", "EVIL"}) {
    facts.registrations.emplace_back().name = Text(name);
  }
  const NamedFacts named(facts);
  const auto found = named.registrations(Text("evil"));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], &facts.registrations[0]);
  EXPECT_EQ(found[1], &facts.registrations[2]);
  EXPECT_TRUE(named.registrations(Text("Evi")).empty());
  EXPECT_TRUE(named.registrations(Text("")).empty());
}

TEST(NamedFacts, OrdersListWhatTheirTextAndTheirOtherReadingsName) {
  FactSet facts;
  ProviderOrderFact& order = facts.orders.emplace_back();
  order.raw = Text("RDPNP, evil ,");
  order.other_names = {Text("Odd;Name")};
  RegistryChangeFact& change = facts.registry_changes.emplace_back();
  change.value_name = Text("providerorder");
  change.old_value = Text("A");
  change.new_value = Text("A,B");
  RegistryChangeFact& other = facts.registry_changes.emplace_back();
  other.value_name = Text("Name");
  other.new_value = Text("C");
  const NamedFacts named(facts);
  EXPECT_TRUE(named.lists(order.raw, Text("Evil")));
  EXPECT_FALSE(named.lists(order.raw, Text("RDP")));
  EXPECT_FALSE(named.lists(order.raw, Text("")));
  EXPECT_FALSE(named.lists(order.raw, Text("Odd;Name")));
  EXPECT_TRUE(named.may_list(order, Text("odd;name")));
  EXPECT_TRUE(named.may_list(order, Text("EVIL")));
  EXPECT_FALSE(named.may_list(order, Text("A")));
  EXPECT_TRUE(named.lists(Text("A,B"), Text("b")));
  EXPECT_FALSE(named.lists(Text("A"), Text("b")));
  EXPECT_FALSE(named.lists(Text("C"), Text("c")));  // The text of no order.
}

}  // namespace
}  // namespace npg::exposure
