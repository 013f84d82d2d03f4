#include "app/dump_pe.hpp"

#include <gtest/gtest.h>

#include "testing/pe_writer.hpp"

namespace npg {
namespace {

TEST(DumpPe, GivesOneObjectAndALineFeed) {
  testing::ImageRecipe recipe;
  recipe.dll_name = "np.dll";
  recipe.exports = {{.name = "NPLogonNotify", .forwarder = "other.NPLogonNotify"}, {.ordinal = 4}};
  recipe.version.strings = {{"CompanyName", "<Example> \x1b"}};
  const MemoryFile file(EvidenceText::from_literal("a/np.dll"), testing::write_image(recipe));
  Diagnostics diagnostics;
  std::string out;
  const auto done =
      dump_pe(file, {}, Limits{}, [&](std::string_view text) { out += text; }, diagnostics);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(out.find('\n'), out.size() - 1);
  for (const std::string_view part : {
           R"({"path":"a/np.dll","size":)",
           R"("machine":"x64","pe32_plus":true,"dll":true,)",
           R"("export_name":"np.dll","exports":[{"name":"NPLogonNotify","ordinal":1,)",
           R"("forwarder":"other.NPLogonNotify"},{"name":null,"ordinal":4,)",
           R"("strings":[["CompanyName","\u003cExample\u003e \u001b"]])",
           R"("signature":{"status":"unsigned","kind":null,"why_code":"no_signature",)",
           R"("certificate_table":null)",
       }) {
    EXPECT_NE(out.find(part), std::string::npos) << part << "\n" << out;
  }
}

TEST(DumpPe, WhatIsNoImageIsRefusedWithoutOutput) {
  const MemoryFile file(EvidenceText::from_literal("a"), {});
  Diagnostics diagnostics;
  const auto done = dump_pe(file, {}, Limits{}, [](std::string_view) { FAIL(); }, diagnostics);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::not_this_format);
}

}  // namespace
}  // namespace npg
