#include "analysis/detect/rule_world_test.hpp"

namespace npg {
namespace {

using rule_world::at;
using rule_world::RuleCase;
using rule_world::World;

LogonCommand command() {
  return {.time = at("2026-11-19T10:00:00Z"),
          .account = std::string_view("CORP\\anna"),
          .command = std::string_view("cmd /C x.cmd"),
          .parent = std::string_view("userinit.exe"),
          .text = "started by userinit.exe",
          .evidence = {Origin{.evidence = 1}}};
}

void add_script(World& world, std::string_view text) {
  world.host.facts.scripts.push_back({.time = at("2026-11-19T10:00:00Z"), .text = text});
}

constexpr RuleCase cases[] = {
    {"NPG1018", "one command at two logons",
     [](World& w) {
       Exposure window{.provider = std::string_view("Evil")};
       window.commands = {command(), command()};
       w.exposures.push_back(std::move(window));
     },
     "cmd /C x.cmd", FindingSeverity::medium},
    {"NPG1018", "a window without commands",
     [](World& w) { w.exposures.push_back({.provider = std::string_view("Evil")}); }, ""},
    {"NPG1019", "a script that writes",
     [](World& w) {
       add_script(w, "Set-ItemProperty HKLM:/x/NetworkProvider/Order ProviderOrder x");
     },
     "a script at 2026-11-19 10:00:00Z", FindingSeverity::medium},
    {"NPG1019", "a script that reads",
     [](World& w) { add_script(w, "Get-ItemProperty HKLM:/x/NetworkProvider/Order"); },
     "a script at 2026-11-19 10:00:00Z", FindingSeverity::info},
    {"NPG1019", "a script about something else",
     [](World& w) { add_script(w, "Set-ItemProperty HKLM:/x/Run y"); }, ""},
};

}  // namespace

std::span<const RuleCase> rule_world::logon_rule_cases() {
  return cases;
}

}  // namespace npg
