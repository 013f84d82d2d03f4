// The two assessments that look like real ones.
#include "report/sample_assessment.hpp"

#include <gtest/gtest.h>

#include "base/check.hpp"

namespace npg::sample {
namespace {

using namespace std::string_view_literals;

FileTime at(std::string_view text) {
  const auto time = parse_time(text);
  NPG_CHECK(time.has_value());
  return *time;
}

RegistryValueFact value(std::string_view name, std::uint32_t type, std::string_view text,
                        std::uint64_t offset) {
  return {.name = name,
          .type = type,
          .text = text,
          .number = type == 4 ? std::optional<std::uint64_t>(std::stoull(std::string(text)))
                              : std::nullopt,
          .origin = {.evidence = 0, .offset = offset, .length = 48}};
}

Provider provider(std::string_view name, std::uint32_t position, std::string_view file) {
  const std::string raw = "%SystemRoot%\\System32\\" + std::string(file);
  Provider made;
  made.name = name;
  made.control_sets = {1, 2};
  made.order_position = position;
  made.provider_class = 2;
  made.values = {value("ProviderPath", 2, raw, 0x2a40), value("Name", 1, name, 0x2aa0),
                 value("Class", 4, "2", 0x2b00)};
  made.receives_credentials = YesNo::no;
  made.last_written = at("2025-04-01T12:24:11.5Z");
  made.dlls = {{.path = {.raw = std::string_view(raw),
                         .type = 2,
                         .resolved = "C:\\Windows\\System32\\" + std::string(file),
                         .oddities = {},
                         .assumed_system_root = false},
                .is_authent = false,
                .image = std::nullopt}};
  made.verdict = ProviderVerdict::expected;
  made.score = -60;
  made.known_as = "Windows";
  made.reasons = {{.code = "known_registration",
                   .effect = ReasonEffect::lowers,
                   .weight = -60,
                   .text = "Name, path, class and order are those that this Windows build ships.",
                   .evidence = {{.evidence = 0, .offset = 0x2a00, .length = 88}}}};
  made.evidence = {{.evidence = 0, .offset = 0x2a00, .length = 88}};
  return made;
}

Provider planted() {
  Provider made = provider("ntlogon", 0, "ntlogon.dll");
  made.known_as = "";
  made.control_sets = {1};
  made.values.push_back(
      value("AuthentProviderPath", 2, "%SystemRoot%\\System32\\ntlogon.dll", 0x5a00));
  made.receives_credentials = YesNo::yes;
  made.last_written = at("2026-02-27T09:14:03.25Z");
  made.verdict = ProviderVerdict::malicious;
  made.score = 130;
  ImageFact image;
  image.windows_path = "C:\\Windows\\System32\\ntlogon.dll"sv;
  image.sha256 = std::string(64, '5');
  image.size_bytes = 91'136;
  image.machine = "x64";
  image.is_dll = true;
  image.export_name = "ntlogon.dll"sv;
  image.exports = {{.name = "NPGetCaps"sv, .ordinal = 1, .forwarder = {}},
                   {.name = "NPLogonNotify"sv, .ordinal = 2, .forwarder = {}}};
  image.origin = {.evidence = 2, .offset = 0, .length = 91'136};
  made.dlls[0].image = image;
  made.reasons = {
      {.code = "exports_logon_notify",
       .effect = ReasonEffect::raises,
       .weight = 40,
       .text = "The DLL exports NPLogonNotify and NPGetCaps and nothing else: it is built to be "
               "handed passwords.",
       .evidence = {{.evidence = 2, .offset = 0x1200, .length = 40}}},
      {.code = "registered_by_a_person",
       .effect = ReasonEffect::raises,
       .weight = 50,
       .text = "The registration was written with reg.exe from a remote desktop session, not by an "
               "installer.",
       .evidence = {{.evidence = 1, .offset = 0x11200, .length = 900}}},
      {.code = "first_in_order",
       .effect = ReasonEffect::raises,
       .weight = 20,
       .text = "It was put in front of the providers of Windows.",
       .evidence = {}},
      {.code = "no_version_information",
       .effect = ReasonEffect::raises,
       .weight = 20,
       .text = "The DLL has no version resource.",
       .evidence = {}},
      {.code = "signature_not_checked",
       .effect = ReasonEffect::missing,
       .weight = 0,
       .text = "No catalogs were collected, so a catalog signature could not be looked for.",
       .evidence = {}}};
  return made;
}

Change change(std::string_view time, std::string_view what, std::string_view key,
              std::string_view name, std::string_view old_value, std::string_view new_value) {
  Change made;
  made.time = at(time);
  made.actor = {.account = "CORP\\m.keller"sv,
                .sid = "S-1-5-21-1004336348-1177238915-682003330-1117"sv,
                .logon_id = 0x5f3a1c,
                .logon_type = 10,
                .source_address = "10.20.4.77"sv,
                .process = "C:\\Windows\\System32\\reg.exe"sv,
                .process_id = 5316,
                .command_line = {},
                .certainty = "seen"};
  made.what = what;
  made.key = key;
  made.value_name = name;
  made.old_value = old_value;
  made.new_value = new_value;
  made.evidence = {{.evidence = 1, .offset = 0x11200, .length = 900}};
  return made;
}

ExposedAccount account(std::string_view name, Certainty certainty, Action action,
                       std::uint64_t logons) {
  ExposedAccount made;
  made.account = name;
  made.sid = "S-1-5-21-1004336348-1177238915-682003330-1200"sv;
  made.certainty = certainty;
  made.reason = "Logged on with a typed password inside the window.";
  made.logons = logons;
  made.first = at("2026-02-27T09:40:12Z");
  made.last = at("2026-03-02T07:58:44Z");
  made.logon_types = {2, 7, 10};
  made.sources = {"security_4624"};
  made.action = action;
  made.evidence = {{.evidence = 1, .offset = 0x12400, .length = 1100}};
  return made;
}

Exposure exposure() {
  Exposure made;
  made.provider = "ntlogon"sv;
  made.earliest_start = at("2026-02-27T09:14:03.25Z");
  made.latest_start = at("2026-02-27T09:14:31Z");
  made.start_basis = "the ProviderOrder value was set at 09:14:31Z (Security 4657)";
  made.password_sent = YesNo::yes;
  made.password_basis = "EnableMPR is not set and this build is older than 24H2";
  ExposedAccount admin = account("CORP\\da-keller", Certainty::proven, Action::reset_now, 2);
  admin.privileged = true;
  admin.why_privileged = {"SeDebugPrivilege (4672)"};
  ExposedAccount user = account("CORP\\j.ito", Certainty::proven, Action::reset_now, 9);
  user.password_changed = true;
  ExposedAccount cached = account("WKS-0142\\helpdesk", Certainty::possible, Action::review, 1);
  cached.logon_types = {11};
  ExposedAccount service =
      account("CORP\\svc-backup", Certainty::not_by_this_route, Action::none, 41);
  service.logon_types = {3, 5};
  made.accounts = {admin, user, account("CORP\\p.andersson", Certainty::likely, Action::reset, 3),
                   cached, service};
  made.blind_spots = {"the Security log has a gap of 212 records on 2026-02-28"};
  made.evidence = {{.evidence = 0, .offset = 0x5a00, .length = 48}};
  return made;
}

Finding finding(std::string_view rule, std::string_view title, FindingSeverity severity,
                std::string_view subject) {
  return {.id = std::string(rule) + "-0f3c9a1be542",
          .rule = std::string(rule),
          .title = std::string(title),
          .severity = severity,
          .subject = std::string(subject),
          .text = "See the rule's page.",
          .first_seen = at("2026-02-27T09:14:03.25Z"),
          .last_seen = at("2026-02-27T09:14:31Z"),
          .attack = {"T1556.008"},
          .evidence = {{.evidence = 1, .offset = 0x11200, .length = 900}},
          .suppressed_by = ""};
}

CoverageSource log_source(std::string_view channel, std::uint64_t records) {
  return {.source = "event_log",
          .channel = channel,
          .first = at("2026-01-04T06:12:00Z"),
          .last = at("2026-03-02T08:01:30Z"),
          .records = records,
          .gaps = {},
          .origin = {.evidence = 1, .offset = 0, .length = 0}};
}

HostAssessment workstation() {
  HostAssessment made;
  made.host = {.name = "WKS-0142"sv,
               .domain = "corp.example"sv,
               .machine_sid = "S-1-5-21-1004336348-1177238915-682003330"sv,
               .machine_guid = "7c1d2a0e-6a50-4b0f-9d1c-2f4f4f1d8a11"sv,
               .product = "Windows 10 Pro"sv,
               .edition = "Professional"sv,
               .build = 19045,
               .revision = 5487,
               .installed = at("2024-05-13T08:00:00Z"),
               .role = "workstation",
               .names_seen = {"WKS-0142"sv}};
  made.verdict = HostVerdict::compromised;
  made.verdict_text =
      "A planted provider received typed passwords: 2 accounts are proven exposed, 1 of them "
      "privileged.";
  made.providers = {planted(), provider("RDPNP", 1, "drprov.dll"),
                    provider("LanmanWorkstation", 2, "ntlanman.dll"),
                    provider("webclient", 3, "davclnt.dll")};
  const std::string key = "HKLM\\SYSTEM\\CurrentControlSet\\";
  made.changes = {
      change("2026-02-27T09:14:03.25Z", "value_set", key + "Services\\ntlogon\\NetworkProvider",
             "ProviderPath", "", "%SystemRoot%\\System32\\ntlogon.dll"),
      change("2026-02-27T09:14:31Z", "value_set", key + "Control\\NetworkProvider\\Order",
             "ProviderOrder", "RDPNP,LanmanWorkstation,webclient",
             "ntlogon,RDPNP,LanmanWorkstation,webclient")};
  made.changes[0].actor.command_line =
      "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\ntlogon\\NetworkProvider /v ProviderPath "
      "/t "
      "REG_EXPAND_SZ /d %SystemRoot%\\System32\\ntlogon.dll /f"sv;
  made.findings = {
      finding("NPG-0001", "A provider that receives passwords is not one that Windows ships",
              FindingSeverity::critical, "ntlogon"),
      finding("NPG-0007", "The provider order was changed by hand", FindingSeverity::high,
              "ProviderOrder"),
      finding("NPG-0031", "Registry changes are not audited", FindingSeverity::low, "WKS-0142")};
  made.exposures = {exposure()};
  made.posture = {{.check = "registry_audit",
                   .mitigation = "M1047",
                   .status = CheckStatus::fail,
                   .observed = "no SACL on Control\\NetworkProvider\\Order",
                   .expected = "success of Set Value for Everyone",
                   .fix = "audit Set Value on Control\\NetworkProvider",
                   .evidence = {}},
                  {.check = "enable_mpr",
                   .mitigation = "M1028",
                   .status = CheckStatus::fail,
                   .observed = "not set",
                   .expected = "0",
                   .fix = "set EnableMPR to 0",
                   .evidence = {}}};
  made.coverage.sources = {log_source("Security", 48'112), log_source("System", 9'120)};
  made.coverage.sources[0].gaps = {{.after_id = 90'100,
                                    .next_id = 90'313,
                                    .after_time = at("2026-02-28T01:10:00Z"),
                                    .next_time = at("2026-02-28T05:02:00Z")}};
  made.coverage.not_evaluated = {
      {.rule = "NPG-0012", .needs = "Sysmon events", .why = "no Sysmon log was collected"},
      {.rule = "NPG-0014", .needs = "Sysmon events", .why = "no Sysmon log was collected"}};
  made.coverage.statements = {
      "Logons before 2026-01-04 06:12:00Z are not in the logs.",
      "Catalog signatures could not be checked: no catalogs were collected."};
  return made;
}

HostAssessment server() {
  HostAssessment made;
  made.host.name = "FS-02"sv;
  made.host.domain = "corp.example"sv;
  made.host.product = "Windows Server 2022 Standard"sv;
  made.host.build = 20348;
  made.host.role = "server";
  made.verdict = HostVerdict::clean;
  made.verdict_text = "All providers are expected, and what the rules need was there.";
  made.providers = {provider("RDPNP", 0, "drprov.dll"),
                    provider("LanmanWorkstation", 1, "ntlanman.dll")};
  made.coverage.sources = {log_source("Security", 310'444)};
  return made;
}

Assessment frame() {
  Assessment made;
  made.as_of = at("2026-03-02T09:00:00Z");
  made.evidence = {{.id = "E0001",
                    .path = EvidenceText::from_literal("WKS-0142/Windows/System32/config/SYSTEM"),
                    .kind = "hive",
                    .size = 14'680'064,
                    .sha256 = std::string(64, 'a'),
                    .status = EvidenceStatus::read,
                    .detail = "",
                    .counts = {{"keys", 40'112}, {"values", 120'007}}},
                   {.id = "E0002",
                    .path = EvidenceText::from_literal("WKS-0142/Security.evtx"),
                    .kind = "event_log",
                    .size = 69'210'112,
                    .sha256 = std::string(64, 'b'),
                    .status = EvidenceStatus::damaged,
                    .detail = "1 chunk of 1056 is damaged",
                    .counts = {{"records", 48'112}}},
                   {.id = "E0003",
                    .path = EvidenceText::from_literal("WKS-0142/Windows/System32/ntlogon.dll"),
                    .kind = "image",
                    .size = 91'136,
                    .sha256 = std::string(64, '5'),
                    .status = EvidenceStatus::read,
                    .detail = "",
                    .counts = {}}};
  made.diagnostics = {{.code = DiagnosticCode::evtx_chunk_checksum,
                       .severity = Severity::data_loss,
                       .offset = 0x41000,
                       .length = 0x10000,
                       .text = "The chunk's record checksum is 0x1f2e3d4c, computed 0x00aa11bb.",
                       .evidence = 1}};
  made.diagnostic_counts = {{DiagnosticCode::evtx_chunk_checksum, 1}};
  made.complete = false;
  return made;
}

}  // namespace

Assessment two_hosts() {
  Assessment made = frame();
  made.hosts = {server(), workstation()};
  return made;
}

Assessment compromised_host() {
  Assessment made = frame();
  made.hosts = {workstation()};
  return made;
}

Assessment undetermined_host() {
  Assessment made = frame();
  HostAssessment host;
  host.host.name = "unknown-host"sv;
  host.host.role = "unknown";
  host.verdict_text = "No SYSTEM hive was in the evidence, so the providers are not known.";
  host.coverage.statements = {"No SYSTEM hive was found."};
  host.coverage.not_evaluated = {
      {.rule = "NPG-0001", .needs = "the SYSTEM hive", .why = "none was found"}};
  made.hosts = {host};
  return made;
}

TEST(SampleAssessment, TheFleetHoldsTheCompromisedHost) {
  EXPECT_EQ(two_hosts().hosts.size(), 2U);
  EXPECT_EQ(compromised_host().hosts.front().host.name, two_hosts().hosts.back().host.name);
}

}  // namespace npg::sample
