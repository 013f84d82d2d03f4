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

void add_command(World& world, std::string_view line, std::uint32_t event_id) {
  world.host.process("2026-11-19T10:00:00Z", "C:\\Windows\\System32\\reg.exe",
                     "C:\\Windows\\System32\\cmd.exe", 700, std::nullopt, event_id);
  world.host.facts.process_starts.back().command_line = line;
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
    {"NPG1019", "a command line that writes, told by two logs",
     [](World& w) {
       add_command(w, "reg add HKLM\\x\\NetworkProvider\\Order /v ProviderOrder /d x /f", 4688);
       add_command(w, "reg add HKLM\\x\\NetworkProvider\\Order /v ProviderOrder /d x /f", 1);
     },
     "reg.exe at 2026-11-19 10:00:00Z", FindingSeverity::medium},
    {"NPG1019", "a command line that reads, and mpnotify.exe itself",
     [](World& w) {
       add_command(w, "reg query HKLM\\x\\NetworkProvider\\Order", 4688);
       add_command(w, "mpnotify.exe", 4688);
       add_script(w, "Set-ItemProperty HKLM:/x/Run y");
     },
     ""},
    {"NPG1019", "a script about something else",
     [](World& w) { add_script(w, "Set-ItemProperty HKLM:/x/Run y"); }, ""},
};

}  // namespace

std::span<const RuleCase> rule_world::logon_rule_cases() {
  return cases;
}

}  // namespace npg
