#include "source/collection/links.hpp"

#include <gtest/gtest.h>

#include "source/collection/layout.hpp"

namespace npg {
namespace {

TEST(Links, LeadToWindowsPathsByTheirText) {
  const Collection collection{.files = {},
                              .links = {{.path = "case/C/Junction", .target = "Program Files/Real"},
                                        {.path = "case/C/Drive", .target = "\\??\\D:\\Data"},
                                        {.path = "case/C/One", .target = "Two"},
                                        {.path = "case/C/Two", .target = "One"},
                                        {.path = "case/C/Chain", .target = "./Junction/Sub"},
                                        {.path = "case/C/Outside", .target = "/etc"},
                                        {.path = "case/C/Up", .target = "../../../.."},
                                        {.path = "other/C/Else", .target = "Program Files"}}};
  const std::string group = group_of("case/C/Windows/System32/x.dll");
  struct Case {
    std::string_view path;
    std::string_view leads_to;
  };
  const Case cases[] = {{"C:\\Junction\\x.dll", "C:\\Program Files\\Real\\x.dll"},
                        {"c:\\JUNCTION\\x.dll", "C:\\Program Files\\Real\\x.dll"},
                        {"C:\\Drive\\a\\x.dll", "D:\\Data\\a\\x.dll"},
                        {"C:\\Chain\\x.dll", "C:\\Program Files\\Real\\Sub\\x.dll"},
                        {"C:\\One\\x.dll", "-"},
                        {"C:\\Outside\\x.dll", "-"},
                        {"C:\\Up\\x.dll", "-"},
                        {"C:\\Else\\x.dll", "-"},
                        {"C:\\Junctions\\x.dll", "-"},
                        {"x.dll", "-"}};
  for (const Case& c : cases) {
    EXPECT_EQ(path_through_links(collection, group, c.path).value_or("-"), c.leads_to) << c.path;
  }
}

TEST(Links, OfAMountedVolumeAreBelowIt) {
  const Collection collection{
      .files = {}, .links = {{.path = "/mnt/case/C/Link", .target = "/mnt/case/C/Real"}}};
  EXPECT_EQ(path_through_links(collection, "/mnt/case", "C:\\Link\\x.dll").value_or("-"),
            "C:\\Real\\x.dll");
}

TEST(Links, OfAMountedVolumeHaveTheLetterOfTheHost) {
  const Collection collection{.files = {},
                              .links = {{.path = "/mnt/case/E/Link", .target = "/mnt/case/E/Real"},
                                        {.path = "/mnt/case/E/Far", .target = "C:\\Real"}},
                              .drives = {{.group = "/mnt/case", .folder = 'E', .drive = 'C'}}};
  for (const std::string_view link : {"Link", "Far"}) {
    EXPECT_EQ(path_through_links(collection, "/mnt/case", "C:\\" + std::string(link) + "\\x.dll")
                  .value_or("-"),
              "C:\\Real\\x.dll");
  }
}

}  // namespace
}  // namespace npg
