#include "analysis/baseline/exception.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "analysis/baseline/drift.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using M = ExceptionMatch;
using V = ProviderVerdict;

constexpr std::string_view citrix = "C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll";
const std::string hash(64, 'a');
const std::string other_hash(64, 'b');
constexpr std::string_view signer = "CN=Citrix Systems\\, Inc.,O=Citrix Systems\\, Inc.,C=US";

/// A host with one unexplained provider, its signed DLL, its keys with Windows' permissions, and
/// findings about it.
HostAssessment host_with_citrix() {
  HostAssessment host;
  host.host.name = std::string_view("KIOSK-07");
  host.host.build = 22631;
  host.host.role = "workstation";
  ImageFact image{.windows_path = citrix,
                  .sha256 = hash,
                  .file_version = std::string_view("22.3.1.41"),
                  .has_version = true};
  image.signature.status = SignatureStatus::trusted;
  image.signature.subject = signer;
  image.signature.thumbprint = std::string(40, 'c');
  image.signature.chain = {{.subject = signer, .sha256 = std::string(64, 'd')}};
  host.providers.push_back({.name = std::string_view("PnSson"),
                            .last_written = at("2026-11-10T21:00:00Z"),
                            .dlls = {{.path = {.resolved = std::string(citrix)}, .image = image}},
                            .verdict = V::unexplained});
  for (const std::string_view key :
       {"ControlSet001\\Services\\PnSson\\NetworkProvider", "ControlSet001\\Services\\Other"}) {
    host.keys.push_back(
        {.fact = {.key = key},
         .writers = {{.sid = "S-1-5-32-544", .rights = {"set_value"}}, {.sid = "S-1-5-18"}}});
  }
  host.findings = {
      {.id = "a", .rule = "NPG1002", .severity = FindingSeverity::medium, .subject = "PnSson"},
      {.id = "b", .rule = "NPG1011", .severity = FindingSeverity::medium, .subject = "Security"}};
  return host;
}

ExceptionRule by_hash() {
  return {.id = "EX-1",
          .title = "t",
          .reason = "r",
          .evidence = {{.kind = "ticket", .reference = "CHG1", .window = std::nullopt}},
          .owner = "team",
          .author = "alice",
          .approver = "bob",
          .created = at("2026-11-01T00:00:00Z"),
          .expires = at("2027-01-01T00:00:00Z"),
          .selector = {.provider = "PnSson", .sha256 = hash},
          .revoked = std::nullopt};
}

struct World {
  HostAssessment host = host_with_citrix();
  ExceptionRule rule = by_hash();
  ExceptionContext context{.tags = {"kiosk"}, .as_of = at("2026-11-28T12:00:00Z")};
  Provider& provider() { return host.providers[0]; }
  ImageFact& image() { return *host.providers[0].dlls[0].image; }
  ExceptionSelector& selector() { return rule.selector; }
};

struct Case {
  const char* name;
  std::function<void(World&)> change;
  ExceptionMatch match;
  ProviderVerdict verdict;
};

void weak_name(World& w) {
  w.selector() = {.provider = "PnSson"};
  w.rule.weak = true;
}
void by_path(World& w) {
  w.selector() = {.path = std::string(citrix)};
  w.rule.weak = true;
}
void by_signer(World& w) {
  w.selector() = {.path = std::string(citrix), .signer = std::string(signer)};
}
void by_version(World& w) {
  by_signer(w);
  w.selector().version_from = "22.3";
  w.selector().version_to = "23.9.9";
}
void window(World& w, std::string_view from, std::string_view to) {
  w.rule.evidence[0].window = ChangeWindow{at(from), at(to)};
}

void register_as(World& w, std::uint64_t provider_class) {
  w.provider().provider_class = provider_class;
  w.provider().values = {{.name = std::string_view("Class"), .type = 4},
                         {.name = std::string_view("ProviderPath"),
                          .text = std::string_view("%ProgramFiles%\\X.dll")}};
}
void lies_at(World& w, std::string_view path) {
  w.provider().dlls[0].path.resolved = path;
}

Drift class_drift() {
  return {
      .subject = "PnSson", .field = "Class", .before = {"REG_DWORD:1"}, .after = {"REG_DWORD:2"}};
}
ImageFact another_content(std::string sha256) {
  ImageFact image{.windows_path = citrix, .sha256 = std::move(sha256)};
  image.signature.status = SignatureStatus::trusted;
  image.signature.subject = signer;
  return image;
}

const Case cases[] = {
    // strength
    {"hash", [](World&) {}, M::applies, V::approved},
    {"hash alone", [](World& w) { w.selector() = {.sha256 = hash}; }, M::applies, V::approved},
    {"hash and path", [](World& w) { w.selector().path = citrix; }, M::applies, V::approved},
    {"path, signer and version", by_version, M::applies, V::approved},
    {"path and signer", by_signer, M::applies, V::approved},
    {"path and thumbprint",
     [](World& w) {
       by_path(w);
       w.selector().signer_thumbprint = std::string(40, 'c');
     },
     M::applies, V::approved},
    {"path and SHA-256 of the certificate",
     [](World& w) {
       by_path(w);
       w.selector().signer_thumbprint = std::string(64, 'd');
     },
     M::applies, V::approved},
    {"weak: path", by_path, M::applies, V::approved},
    {"weak: name", weak_name, M::applies, V::approved},
    {"path in other capitals",
     [](World& w) {
       by_path(w);
       w.selector().path = "c:\\program files (X86)\\citrix\\ica client\\X64\\PNSSON.DLL";
     },
     M::applies, V::approved},
    {"name in other capitals", [](World& w) { w.selector().provider = "pnsson"; }, M::applies,
     V::approved},
    // another thing
    {"another name", [](World& w) { w.selector().provider = "Other"; }, M::not_this_provider,
     V::unexplained},
    {"another path, no name",
     [](World& w) {
       by_path(w);
       w.selector().path = "C:\\x\\y.dll";
     },
     M::not_this_provider, V::unexplained},
    {"another hash, no name", [](World& w) { w.selector() = {.sha256 = other_hash}; },
     M::not_this_provider, V::unexplained},
    // drift
    {"the hash is another", [](World& w) { w.image().sha256 = other_hash; }, M::hash_differs,
     V::unexplained},
    {"the path is another",
     [](World& w) {
       by_path(w);
       w.selector().provider = "PnSson";
       w.provider().dlls[0].path.resolved = "C:\\x\\pnsson.dll";
     },
     M::path_differs, V::unexplained},
    {"the hash holds, the path does not", [](World& w) { w.selector().path = "C:\\x\\pnsson.dll"; },
     M::path_differs, V::unexplained},
    {"a second DLL of another hash",
     [](World& w) {
       w.provider().dlls.push_back(w.provider().dlls[0]);
       w.provider().dlls[1].image->sha256 = other_hash;
     },
     M::hash_differs, V::unexplained},
    {"a second DLL of the same hash",
     [](World& w) { w.provider().dlls.push_back(w.provider().dlls[0]); }, M::applies, V::approved},
    {"a second DLL that is missing",
     [](World& w) { w.provider().dlls.push_back({.path = {.resolved = "C:\\x.dll"}}); },
     M::file_missing, V::unexplained},
    // missing file
    {"the file is missing, by hash", [](World& w) { w.provider().dlls[0].image.reset(); },
     M::file_missing, V::unexplained},
    {"the file is missing, by name",
     [](World& w) {
       weak_name(w);
       w.provider().dlls[0].image.reset();
     },
     M::file_missing, V::unexplained},
    {"the file was not hashed",
     [](World& w) {
       weak_name(w);
       w.image().sha256.clear();
     },
     M::file_missing, V::unexplained},
    {"no DLL at all",
     [](World& w) {
       weak_name(w);
       w.provider().dlls.clear();
     },
     M::file_missing, V::unexplained},
    // signer
    {"unsigned",
     [](World& w) {
       by_signer(w);
       w.image().signature.status = SignatureStatus::unsigned_file;
     },
     M::signer_not_verified, V::unexplained},
    {"not checked",
     [](World& w) {
       by_signer(w);
       w.image().signature.status = SignatureStatus::not_checked;
     },
     M::signer_not_verified, V::unexplained},
    {"broken",
     [](World& w) {
       by_version(w);
       w.image().signature.status = SignatureStatus::broken;
     },
     M::signer_not_verified, V::unexplained},
    {"untrusted",
     [](World& w) {
       by_version(w);
       w.image().signature.status = SignatureStatus::untrusted;
     },
     M::signer_not_verified, V::unexplained},
    {"another signer",
     [](World& w) {
       by_signer(w);
       w.image().signature.subject = std::string_view("CN=Evil");
     },
     M::signer_differs, V::unexplained},
    {"a signer that holds the name",
     [](World& w) {
       by_signer(w);
       w.image().signature.subject = std::string_view("CN=Citrix Systems\\, Inc. Ltd");
     },
     M::signer_differs, V::unexplained},
    {"another certificate of the same subject",
     [](World& w) {
       by_signer(w);
       w.selector().signer_thumbprint = std::string(40, 'e');
     },
     M::signer_differs, V::unexplained},
    {"unsigned, by hash",
     [](World& w) { w.image().signature.status = SignatureStatus::unsigned_file; }, M::applies,
     V::approved},
    // version
    {"a lower version",
     [](World& w) {
       by_version(w);
       w.image().file_version = std::string_view("22.2.9");
     },
     M::version_differs, V::unexplained},
    {"a higher version",
     [](World& w) {
       by_version(w);
       w.image().file_version = std::string_view("23.10");
     },
     M::version_differs, V::unexplained},
    {"the highest version",
     [](World& w) {
       by_version(w);
       w.image().file_version = std::string_view("23.9.9 (x)");
     },
     M::applies, V::approved},
    {"no version",
     [](World& w) {
       by_version(w);
       w.image().file_version = {};
     },
     M::version_differs, V::unexplained},
    {"a version as numbers, not text",
     [](World& w) {
       by_version(w);
       w.selector().version_to = "100.0";
     },
     M::applies, V::approved},
    // scope
    {"the host by name", [](World& w) { w.rule.scope.hosts = {"kiosk-07"}; }, M::applies,
     V::approved},
    {"the host by its beginning", [](World& w) { w.rule.scope.hosts = {"A", "KIOSK-*"}; },
     M::applies, V::approved},
    {"another host", [](World& w) { w.rule.scope.hosts = {"KIOSK-0"}; }, M::out_of_scope,
     V::unexplained},
    {"the role", [](World& w) { w.rule.scope.roles = {"workstation"}; }, M::applies, V::approved},
    {"another role", [](World& w) { w.rule.scope.roles = {"server"}; }, M::out_of_scope,
     V::unexplained},
    {"the tag", [](World& w) { w.rule.scope.tags = {"vdi", "kiosk"}; }, M::applies, V::approved},
    {"another tag", [](World& w) { w.rule.scope.tags = {"vdi"}; }, M::out_of_scope, V::unexplained},
    {"host and tag: one does not hold",
     [](World& w) { w.rule.scope = {.hosts = {"KIOSK-*"}, .tags = {"vdi"}}; }, M::out_of_scope,
     V::unexplained},
    // time
    {"the moment before it ends",
     [](World& w) { w.context.as_of = {at("2027-01-01T00:00:00Z").ticks - 1}; }, M::applies,
     V::approved},
    {"the moment it ends", [](World& w) { w.context.as_of = at("2027-01-01T00:00:00Z"); },
     M::expired, V::unexplained},
    {"ended", [](World& w) { w.context.as_of = at("2027-02-01T00:00:00Z"); }, M::expired,
     V::unexplained},
    {"before it begins", [](World& w) { w.context.as_of = at("2026-10-31T23:59:59Z"); }, M::not_yet,
     V::unexplained},
    {"a clock east of UTC that has the next day",
     [](World& w) { w.context.as_of = at("2027-01-01T00:30:00+01:00"); }, M::applies, V::approved},
    {"a clock west of UTC that has the day before",
     [](World& w) { w.context.as_of = at("2026-12-31T20:00:00-05:00"); }, M::expired,
     V::unexplained},
    {"revoked", [](World& w) { w.rule.revoked = at("2026-11-20T00:00:00Z"); }, M::revoked,
     V::unexplained},
    {"revoked later", [](World& w) { w.rule.revoked = at("2026-12-20T00:00:00Z"); }, M::applies,
     V::approved},
    // writable
    {"the DLL's folder is writable",
     [](World& w) { w.provider().reasons = {{.code = "path_in_writable_folder"}}; },
     M::dll_writable, V::unexplained},
    {"the DLL is on another machine",
     [](World& w) { w.provider().reasons = {{.code = "path_unc"}}; }, M::dll_writable,
     V::unexplained},
    {"the key is writable by users",
     [](World& w) { w.host.keys[0].writers.push_back({.sid = "S-1-5-32-545"}); }, M::key_writable,
     V::unexplained},
    {"the key has no DACL", [](World& w) { w.host.keys[0].everyone_may_write = true; },
     M::key_writable, V::unexplained},
    {"the service's key is writable",
     [](World& w) {
       w.host.keys[0].fact.key = std::string_view("ControlSet002\\services\\PNSSON");
       w.host.keys[0].writers = {{.sid = "S-1-1-0"}};
     },
     M::key_writable, V::unexplained},
    {"another key is writable", [](World& w) { w.host.keys[1].writers = {{.sid = "S-1-1-0"}}; },
     M::applies, V::approved},
    {"domain administrators may write",
     [](World& w) { w.host.keys[0].writers.push_back({.sid = "S-1-5-21-1-2-3-512"}); }, M::applies,
     V::approved},
    // approved deployment
    {"registered inside the window",
     [](World& w) { window(w, "2026-11-10T20:00:00Z", "2026-11-10T23:00:00Z"); }, M::applies,
     V::approved},
    {"registered after the window",
     [](World& w) { window(w, "2026-11-09T20:00:00Z", "2026-11-10T20:59:59Z"); }, M::outside_window,
     V::unexplained},
    {"inside the second window",
     [](World& w) {
       window(w, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
       w.rule.evidence.push_back(
           {.kind = "ticket",
            .reference = "CHG2",
            .window = ChangeWindow{at("2026-11-10T00:00:00Z"), at("2026-11-11T00:00:00Z")}});
     },
     M::applies, V::approved},
    {"a window, and the time is not known",
     [](World& w) {
       window(w, "2026-11-10T20:00:00Z", "2026-11-10T23:00:00Z");
       w.provider().last_written = {};
     },
     M::outside_window, V::unexplained},
    // what was approved of the registration
    {"the registration as approved",
     [](World& w) {
       register_as(w, 2);
       w.rule.registration = {.provider_class = "2",
                              .provider_path = "%ProgramFiles%\\x.dll",
                              .authent_provider_path = "none"};
     },
     M::applies, V::approved},
    {"another class",
     [](World& w) {
       register_as(w, 3);
       w.rule.registration.provider_class = "2";
     },
     M::registration_differs, V::unexplained},
    {"a class where none was",
     [](World& w) {
       register_as(w, 2);
       w.rule.registration.provider_class = "none";
     },
     M::registration_differs, V::unexplained},
    {"another path",
     [](World& w) {
       register_as(w, 2);
       w.rule.registration.provider_path = "%ProgramFiles%\\y.dll";
     },
     M::registration_differs, V::unexplained},
    {"drifted from the baseline", [](World& w) { w.context.drifts = {class_drift()}; },
     M::registration_drifted, V::unexplained},
    {"its file drifted, by path alone",
     [](World& w) {
       by_path(w);
       w.context.drifted_files = {name_key(citrix)};
     },
     M::file_drifted, V::unexplained},
    {"its file drifted, by name alone",
     [](World& w) {
       weak_name(w);
       w.context.drifted_files = {name_key(citrix)};
     },
     M::file_drifted, V::unexplained},
    {"its file drifted to one of the approved signer",
     [](World& w) {
       by_signer(w);
       w.context.drifted_files = {name_key(citrix)};
     },
     M::applies, V::approved},
    {"its file drifted to the approved hash",
     [](World& w) { w.context.drifted_files = {name_key(citrix)}; }, M::applies, V::approved},
    {"drifted to what was approved",
     [](World& w) {
       register_as(w, 2);
       w.rule.registration.provider_class = "2";
       w.context.drifts = {class_drift()};
     },
     M::applies, V::approved},
    // several contents of the path
    {"another content beside the approved one",
     [](World& w) { w.host.other_contents.push_back(another_content(other_hash)); },
     M::hash_differs, V::unexplained},
    {"another content beside the approved one, by hash alone",
     [](World& w) {
       w.selector() = {.sha256 = hash};
       w.host.other_contents.push_back(another_content(other_hash));
     },
     M::hash_differs, V::unexplained},
    {"the approved content beside another one, by hash alone",
     [](World& w) {
       w.selector() = {.sha256 = hash};
       w.image().sha256 = other_hash;
       w.host.other_contents.push_back(another_content(hash));
     },
     M::hash_differs, V::unexplained},
    {"another content of the approved signer",
     [](World& w) {
       by_signer(w);
       w.host.other_contents.push_back(another_content(other_hash));
     },
     M::applies, V::approved},
    {"an unsigned content beside one of the approved signer",
     [](World& w) {
       by_signer(w);
       w.host.other_contents.push_back(another_content(other_hash));
       w.host.other_contents[0].signature.status = SignatureStatus::unsigned_file;
     },
     M::signer_not_verified, V::unexplained},
    // folders
    {"a folder that users may write to, by hash",
     [](World& w) { lies_at(w, "C:\\Windows\\System32\\Tasks\\x.dll"); }, M::dll_writable,
     V::unexplained},
    {"a folder of the drive's root, by hash", [](World& w) { lies_at(w, "C:\\Tools\\x.dll"); },
     M::applies, V::approved},
    {"a folder of the drive's root, by signer",
     [](World& w) {
       lies_at(w, "C:\\Tools\\x.dll");
       w.selector() = {.path = "C:\\Tools\\x.dll", .signer = std::string(signer)};
     },
     M::folder_unknown, V::unexplained},
    {"a key whose owner is a user",
     [](World& w) {
       KeySecurity security;
       security.owner = std::string_view("S-1-5-21-1-2-3-1001");
       w.host.keys[0].fact.security = security;
     },
     M::key_writable, V::unexplained},
    {"a key whose owner is a user, and OWNER RIGHTS say what it may",
     [](World& w) {
       KeySecurity security;
       security.owner = std::string_view("S-1-5-21-1-2-3-1001");
       security.dacl.push_back({.mask = 0x20019, .sid = std::string_view("S-1-3-4")});
       w.host.keys[0].fact.security = security;
     },
     M::applies, V::approved},
    // what it may hide
    {"a high finding stays", [](World& w) { w.host.findings[0].severity = FindingSeverity::high; },
     M::applies, V::unexplained},
    {"a high finding that it may hide",
     [](World& w) {
       w.host.findings[0].severity = FindingSeverity::high;
       w.rule.hides_up_to = FindingSeverity::high;
     },
     M::applies, V::approved},
    {"malicious, and it may not hide critical",
     [](World& w) {
       w.provider().verdict = V::malicious;
       w.host.findings[0] = {
           .rule = "NPG1001", .severity = FindingSeverity::critical, .subject = "PnSson"};
       w.rule.hides_up_to = FindingSeverity::high;
     },
     M::applies, V::malicious},
    {"a high finding that was lowered stays",
     [](World& w) { w.host.findings[0].lowered_from = FindingSeverity::high; }, M::applies,
     V::unexplained},
    {"a lowered one that it may hide",
     [](World& w) {
       w.host.findings[0].lowered_from = FindingSeverity::high;
       w.rule.hides_up_to = FindingSeverity::high;
     },
     M::applies, V::approved},
    {"an expected provider stays expected", [](World& w) { w.provider().verdict = V::expected; },
     M::applies, V::expected},
};

TEST(Exception, CasesAndTheirVerdicts) {
  static_assert(std::size(cases) >= 60);
  for (const Case& one : cases) {
    World world;
    one.change(world);
    EXPECT_EQ(name_of(match_exception(world.rule, world.provider(), world.host, world.context)),
              name_of(one.match))
        << one.name;
    const bool may_hide = full_severity(world.host.findings[0]) <= world.rule.hides_up_to;
    apply_exceptions(std::span(&world.rule, 1), world.context, world.host);
    EXPECT_EQ(name_of(world.provider().verdict), name_of(one.verdict)) << one.name;
    std::size_t suppressed = 0;
    std::size_t about_the_log = 0;
    for (const Finding& finding : world.host.findings) {
      suppressed += finding.suppressed_by == "EX-1" ? 1U : 0U;
      about_the_log += finding.rule == "NPG1011" && finding.suppressed_by.empty() ? 1U : 0U;
    }
    EXPECT_EQ(suppressed, one.match == M::applies && may_hide ? 1U : 0U) << one.name;
    EXPECT_EQ(about_the_log, 1U) << one.name
                                 << ": a finding about something else is nobody's to hide";
    const bool has_note = std::ranges::any_of(world.host.findings, [](const Finding& f) {
      return f.rule == "NPG1027" && f.severity == FindingSeverity::low;
    });
    EXPECT_EQ(has_note, is_reopened(one.match)) << one.name;
  }
}

std::string hider_of(const HostAssessment& host, std::string_view rule) {
  for (const Finding& finding : host.findings) {
    if (finding.rule == rule) {
      return finding.suppressed_by;
    }
  }
  return "no such finding";
}

TEST(Exception, AnApprovedCredentialManagersExposureIsCovered) {
  World world;
  world.host.findings.push_back({.id = "c",
                                 .rule = "NPG1015",
                                 .severity = FindingSeverity::high,
                                 .subject = "CORP\\anna to PnSson"});
  World allowed = world;
  apply_exceptions(std::span(&world.rule, 1), world.context, world.host);
  EXPECT_EQ(hider_of(world.host, "NPG1015"), "") << "it hides medium findings at most";
  EXPECT_EQ(world.provider().verdict, V::approved) << "what a provider is, is another question";
  allowed.rule.hides_up_to = FindingSeverity::high;
  apply_exceptions(std::span(&allowed.rule, 1), allowed.context, allowed.host);
  EXPECT_EQ(hider_of(allowed.host, "NPG1015"), "EX-1");
}

TEST(Exception, OneThatIsNotYetValidSaysSo) {
  World world;
  world.context.as_of = at("2026-10-31T00:00:00Z");
  apply_exceptions(std::span(&world.rule, 1), world.context, world.host);
  const auto note = std::ranges::find(world.host.findings, "NPG1027", &Finding::rule);
  ASSERT_NE(note, world.host.findings.end());
  EXPECT_NE(note->text.find("not yet valid at 2026-10-31"), std::string::npos) << note->text;
}

TEST(Exception, TheStrongestOfSeveralCounts) {
  World world;
  ExceptionRule weak = by_hash();
  weak.id = "A-WEAK";
  weak.selector = {.provider = "PnSson"};
  weak.weak = true;
  const ExceptionRule rules[] = {weak, world.rule};
  apply_exceptions(rules, world.context, world.host);
  EXPECT_EQ(world.host.findings[0].suppressed_by, "EX-1");
  World again;
  again.image().sha256 = other_hash;
  apply_exceptions(rules, again.context, again.host);
  EXPECT_TRUE(std::ranges::any_of(again.host.findings,
                                  [](const Finding& f) { return f.suppressed_by == "A-WEAK"; }));
}

TEST(Exception, TheEndIsAnnouncedFourteenDaysBefore) {
  for (const auto& [as_of, is_announced] :
       {std::pair("2026-12-17T23:59:59Z", false), std::pair("2026-12-18T00:00:00Z", true)}) {
    World world;
    world.context.as_of = at(as_of);
    apply_exceptions(std::span(&world.rule, 1), world.context, world.host);
    EXPECT_EQ(std::ranges::any_of(world.host.findings,
                                  [](const Finding& f) {
                                    return f.rule == "NPG1027" &&
                                           f.severity == FindingSeverity::info;
                                  }),
              is_announced)
        << as_of;
  }
}

struct Bad {
  const char* field;
  std::function<void(ExceptionRule&)> change;
};
TEST(Exception, WhatMakesItNone) {
  EXPECT_TRUE(check_exception(by_hash()).empty());
  const Bad bads[] = {
      {"id", [](ExceptionRule& r) { r.id = ""; }},
      {"id", [](ExceptionRule& r) { r.id = "../x"; }},
      {"id", [](ExceptionRule& r) { r.id = ".hidden"; }},
      {"owner", [](ExceptionRule& r) { r.owner = ""; }},
      {"reason", [](ExceptionRule& r) { r.reason = ""; }},
      {"approver", [](ExceptionRule& r) { r.approver = "ALICE"; }},
      {"author", [](ExceptionRule& r) { r.author = "alice "; }},
      {"owner", [](ExceptionRule& r) { r.owner = " "; }},
      {"renewed", [](ExceptionRule& r) { r.renewed = at("2026-10-31T00:00:00Z"); }},
      {"expires", [](ExceptionRule& r) { r.expires = at("2027-11-01T00:00:01Z"); }},
      {"registration.class", [](ExceptionRule& r) { r.registration.provider_class = "0x2"; }},
      {"evidence", [](ExceptionRule& r) { r.evidence.clear(); }},
      {"evidence",
       [](ExceptionRule& r) {
         r.evidence[0].window =
             ChangeWindow{at("2026-11-02T00:00:00Z"), at("2026-11-01T00:00:00Z")};
       }},
      {"expires", [](ExceptionRule& r) { r.expires = r.created; }},
      {"expires", [](ExceptionRule& r) { r.expires = at("2027-11-03T00:00:00Z"); }},
      {"selector", [](ExceptionRule& r) { r.selector = {}; }},
      {"selector.sha256", [](ExceptionRule& r) { r.selector.sha256 = "AB"; }},
      {"selector.signer",
       [](ExceptionRule& r) { r.selector = {.provider = "x", .signer = "CN=x", .sha256 = hash}; }},
      {"selector.version",
       [](ExceptionRule& r) {
         r.selector = {.path = std::string(citrix), .version_from = "1", .sha256 = hash};
       }},
      {"selector.version",
       [](ExceptionRule& r) {
         r.selector = {.path = std::string(citrix), .signer = "CN=x", .version_from = "a"};
       }},
      {"selector.version",
       [](ExceptionRule& r) {
         r.selector = {.path = std::string(citrix),
                       .signer = "CN=x",
                       .version_from = "2.0",
                       .version_to = "1.9"};
       }},
      {"selector.path", [](ExceptionRule& r) { r.selector.path = "pnsson.dll"; }},
      {"weak", [](ExceptionRule& r) { r.selector = {.provider = "PnSson"}; }},
      {"weak", [](ExceptionRule& r) { r.selector = {.path = std::string(citrix)}; }},
      {"hides_up_to",
       [](ExceptionRule& r) {
         r.selector = {.provider = "PnSson"};
         r.weak = true;
         r.hides_up_to = FindingSeverity::high;
       }},
  };
  for (const Bad& bad : bads) {
    ExceptionRule rule = by_hash();
    bad.change(rule);
    const auto problems = check_exception(rule);
    ASSERT_EQ(problems.size(), 1U) << bad.field;
    EXPECT_EQ(problems[0].field, bad.field);
  }
  ExceptionRule longest = by_hash();
  longest.expires = at("2027-11-01T00:00:00Z");
  EXPECT_TRUE(check_exception(longest).empty());
  longest.renewed = at("2027-10-20T00:00:00Z");
  longest.expires = at("2028-10-19T00:00:00Z");
  EXPECT_TRUE(check_exception(longest).empty()) << "the term counts from the renewal";
  ExceptionRule alone = by_hash();
  alone.author = "alice ";
  alone.approver = "Alice";
  EXPECT_EQ(check_exception(alone).size(), 2U) << "a blank makes nobody another";
}

}  // namespace
}  // namespace npg
