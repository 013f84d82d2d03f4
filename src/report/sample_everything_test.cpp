// The assessment in which every field is given and every enumerator is used.
#include <gtest/gtest.h>

#include "report/sample_assessment.hpp"

namespace npg::sample {
namespace {

using namespace std::string_view_literals;

/// Builds one of each thing; its texts all come from the caller.
class Everything {
 public:
  explicit Everything(const Text& text) : text_(text) {}

  [[nodiscard]] SharedText shared(const std::string& field) const {
    return SharedText(text_(field));
  }
  [[nodiscard]] std::string plain(const std::string& field) const {
    return std::string(text_(field).raw());
  }
  [[nodiscard]] static FileTime time(std::uint64_t step) {
    return {.ticks = 134'200'000'000'000'000 + step * 600'000'000'123};
  }
  [[nodiscard]] static std::vector<Origin> cited() {
    return {{.evidence = 0, .offset = 0x1000, .length = 80, .how = How::allocated},
            {.evidence = 1, .offset = 0x2000, .length = 0, .how = How::replayed},
            {.evidence = 1, .offset = UINT64_MAX, .length = 12, .how = How::recovered},
            {.evidence = 99, .offset = 1, .length = 1, .how = How::allocated}};
  }
  [[nodiscard]] Reason reason(ReasonEffect effect, int weight) const {
    return {.code = plain("reason.code"),
            .effect = effect,
            .weight = weight,
            .text = plain("reason.text"),
            .evidence = cited()};
  }
  [[nodiscard]] RegistryValueFact value(const SharedText& name, std::uint32_t type) const {
    return {.name = name,
            .type = type,
            .text = shared("value.text"),
            .number = type == 4 ? std::optional<std::uint64_t>(UINT64_MAX) : std::nullopt,
            .origin = {}};
  }
  [[nodiscard]] ChainLink link(bool is_pinned) const {
    return {.subject = shared("link.subject"),
            .issuer = shared("link.issuer"),
            .thumbprint = plain("link.thumbprint"),
            .sha256 = plain("link.sha256"),
            .not_before = time(1),
            .not_after = time(2),
            .is_pinned = is_pinned};
  }
  [[nodiscard]] SignatureFact signature(SignatureStatus status, SignatureForm form,
                                        TimestampKind stamp) const {
    SignatureFact made;
    made.status = status;
    made.why_code = plain("signature.why_code");
    made.why = plain("signature.why");
    made.form = form;
    made.subject = shared("signature.subject");
    made.common_name = shared("signature.common_name");
    made.organization = shared("signature.organization");
    made.issuer = shared("signature.issuer");
    made.thumbprint = plain("signature.thumbprint");
    made.serial = plain("signature.serial");
    made.signed_at = time(3);
    made.signing_time = time(4);
    made.purposes = {.windows_system_component = true,
                     .whql = true,
                     .code_signing = true,
                     .lifetime_signing = true,
                     .oids = {plain("signature.oid")}};
    made.program_name = shared("signature.program_name");
    made.program_url = shared("signature.program_url");
    made.digest_algorithm = plain("signature.digest_algorithm");
    made.digest = plain("signature.digest");
    made.stated_digest = plain("signature.stated_digest");
    made.chain = {link(false), link(true)};
    made.timestamp = {.kind = stamp,
                      .status = status,
                      .why = plain("timestamp.why"),
                      .time = time(3),
                      .signer = shared("timestamp.signer"),
                      .chain = {link(true)}};
    made.catalog = shared("signature.catalog");
    made.catalog_member = plain("signature.catalog_member");
    made.oddities = {{.code = plain("oddity.code"),
                      .text = plain("oddity.text"),
                      .breaks = true,
                      .origin = cited().back()}};
    made.origin = cited().front();
    return made;
  }
  [[nodiscard]] SignatureFact signatures() const {
    using enum SignatureStatus;
    SignatureFact made = signature(broken, SignatureForm::embedded, TimestampKind::rfc3161);
    made.others = {signature(trusted, SignatureForm::catalog, TimestampKind::pkcs9),
                   signature(untrusted, SignatureForm::embedded, TimestampKind::none)};
    return made;
  }
  [[nodiscard]] ImageFact image() const {
    ImageFact made;
    made.windows_path = shared("image.windows_path");
    made.sha256 = plain("image.sha256");
    made.size_bytes = 4096;
    made.machine = plain("image.machine");
    made.is_dll = true;
    made.damaged = true;
    made.has_certificate_table = true;
    made.export_name = shared("image.export_name");
    made.exports = {
        {.name = shared("export.name"), .ordinal = 1, .forwarder = {}},
        {.name = {}, .ordinal = 7, .forwarder = shared("export.forwarder")},
        {.name = "NPLogonNotify"sv, .ordinal = 8, .forwarder = shared("export.forwarder")}};
    made.company = shared("image.company");
    made.product = shared("image.product");
    made.original_filename = shared("image.original_filename");
    made.file_version = shared("image.file_version");
    made.description = shared("image.description");
    made.has_version = true;
    made.imports = {shared("image.import")};
    made.delay_imports = {shared("image.delay_import")};
    made.hybrid = "arm64x";
    made.pdb_path = shared("image.pdb_path");
    made.signature = signatures();
    made.origin = cited().front();
    return made;
  }
  [[nodiscard]] ProviderDll dll(bool is_authent, bool is_found) const {
    return {
        .path = {.raw = shared("path.raw"),
                 .type = is_authent ? 1U : 0x1fU,
                 .resolved = is_authent ? plain("path.resolved") : "",
                 .oddities = {plain("path.oddity"), "unc"},
                 .assumed_system_root = is_authent,
                 .candidates = {{.path = plain("candidate.path"),
                                 .why = "as_stored",
                                 .sha256 = plain("candidate.sha256")},
                                {.path = plain("twin.path"), .why = "wow64_twin", .sha256 = {}}}},
        .is_authent = is_authent,
        .image = is_found ? std::optional(image()) : std::nullopt,
        .can_be = is_found ? "both" : ""};
  }
  [[nodiscard]] Provider provider(ProviderState state, ProviderVerdict verdict,
                                  YesNo receives) const {
    Provider made;
    made.name = shared("provider.name");
    made.state = state;
    made.control_sets = {1, 2};
    if (state == ProviderState::active) {
      made.order_position = 0;
    } else {
      made.hw_order_position = 3;
    }
    made.values = {value("ProviderPath"sv, 2),
                   value("PROVIDERPATH"sv, 1),
                   value("Class"sv, 4),
                   value("authentproviderpath"sv, 2),
                   value({}, 0x1234),
                   value(shared("value.name"), 3),
                   value(shared("value.name"), 7)};
    made.provider_class = 2;
    made.receives_credentials = receives;
    made.last_written = time(1);
    made.dlls = {dll(false, true), dll(true, false), dll(true, true)};
    made.verdict = verdict;
    made.score = -5;
    made.reasons = {reason(ReasonEffect::raises, 40), reason(ReasonEffect::lowers, -45),
                    reason(ReasonEffect::missing, 0)};
    made.known_as = plain("provider.known_as");
    made.evidence = cited();
    return made;
  }
  [[nodiscard]] Companion companion(CompanionRole role, ProviderVerdict verdict) const {
    return {
        .role = role,
        .registered = role == CompanionRole::mpr ? SharedText() : shared("companion.registered"),
        .file = dll(role == CompanionRole::mpr, role != CompanionRole::mpr),
        .verdict = verdict,
        .score = 9,
        .reasons = {reason(ReasonEffect::raises, 9), reason(ReasonEffect::missing, 0)},
        .evidence = cited()};
  }
  [[nodiscard]] Change change(bool is_exact) const {
    Change made;
    made.time = time(2);
    made.is_exact = is_exact;
    if (!is_exact) {
      made.not_before = time(1);
    }
    made.actor = {.account = shared("actor.account"),
                  .sid = shared("actor.sid"),
                  .logon_id = UINT64_MAX,
                  .logon_type = 10,
                  .source_address = shared("actor.source_address"),
                  .process = shared("actor.process"),
                  .process_id = 4,
                  .command_line = shared("actor.command_line"),
                  .certainty = plain("actor.certainty")};
    made.what = plain("change.what");
    made.key = shared("change.key");
    made.value_name = shared("change.value_name");
    made.old_value = shared("change.old_value");
    made.new_value = shared("change.new_value");
    made.evidence = cited();
    made.chain = {
        {.link = "account", .status = "seen", .text = plain("link.text"), .evidence = cited()}};
    return made;
  }
  [[nodiscard]] Finding finding(FindingSeverity severity, bool is_suppressed) const {
    return {.id = plain("finding.id"),
            .rule = plain("finding.rule"),
            .title = plain("finding.title"),
            .severity = severity,
            .subject = plain("finding.subject"),
            .text = plain("finding.text"),
            .first_seen = time(3),
            .last_seen = {.ticks = UINT64_MAX},
            .attack = {plain("finding.attack")},
            .evidence = cited(),
            .suppressed_by = is_suppressed ? plain("finding.suppressed_by") : ""};
  }
  [[nodiscard]] ExposedAccount account(Certainty certainty, Action action) const {
    ExposedAccount made;
    made.account = shared("account.account");
    made.sid = shared("account.sid");
    made.certainty = certainty;
    made.reason = plain("account.reason");
    made.privileged = true;
    made.why_privileged = {plain("account.why_privileged")};
    made.logons = 12;
    made.first = time(4);
    made.last = {.ticks = UINT64_MAX};
    made.logon_types = {2, 3, 10};
    made.sources = {plain("account.source")};
    made.password_changed = true;
    made.reset_seen = time(9);
    made.resets = {
        {.time = time(9), .event_id = 4724, .by = shared("reset.by"), .is_after_end = true}};
    made.used_later = {{.host = shared("later.host"),
                        .first = time(10),
                        .last = time(11),
                        .logons = 3,
                        .addresses = {plain("later.address")}}};
    made.action_reason = plain("account.action_reason");
    made.action = action;
    made.evidence = cited();
    return made;
  }
  [[nodiscard]] Exposure exposure(WindowEnd end, YesNo sent) const {
    Exposure made;
    made.provider = shared("exposure.provider");
    made.earliest_start = time(2);
    made.latest_start = time(3);
    if (end != WindowEnd::still_active) {
      made.end = time(8);
      made.earliest_end = time(7);
    }
    made.end_kind = end;
    made.start_basis = plain("exposure.start_basis");
    made.end_basis = plain("exposure.end_basis");
    made.password_sent = sent;
    made.password_basis = plain("exposure.password_basis");
    made.accounts = {account(Certainty::proven, Action::reset_now),
                     account(Certainty::likely, Action::reset),
                     account(Certainty::possible, Action::review),
                     account(Certainty::not_by_this_route, Action::none)};
    made.blind_spots = {plain("exposure.blind_spot")};
    made.bounds = {{.what = plain("bound.what"),
                    .side = "start",
                    .time = time(3),
                    .is_known = false,
                    .text = plain("bound.text"),
                    .evidence = cited()}};
    made.parts = {{.from = time(3), .to = time(4)}, {.from = time(5), .to = {}}};
    made.assumed = {plain("exposure.assumed")};
    made.commands = {{.time = time(6),
                      .account = shared("command.account"),
                      .command = shared("command.command"),
                      .parent = shared("command.parent"),
                      .text = plain("command.text"),
                      .evidence = cited()}};
    made.evidence = cited();
    return made;
  }
  [[nodiscard]] PostureCheck check(CheckStatus status) const {
    return {.check = plain("posture.check"),
            .mitigation = plain("posture.mitigation"),
            .status = status,
            .observed = plain("posture.observed"),
            .expected = plain("posture.expected"),
            .fix = plain("posture.fix"),
            .evidence = cited()};
  }
  [[nodiscard]] KeyState key() const {
    KeyState made;
    made.fact.key = shared("key.key");
    made.fact.control_set = 1;
    made.fact.control_set_is_current = true;
    made.fact.last_written = time(1);
    made.fact.class_name = shared("key.class_name");
    made.fact.flags = 0x11;
    made.fact.access_bits = 3;
    made.fact.layer = 1;
    made.fact.link_target = shared("key.link_target");
    made.fact.security = KeySecurity{.owner = shared("key.owner"), .group = shared("key.group")};
    made.fact.origin = cited().front();
    made.sddl = plain("key.sddl");
    made.owner_name = plain("key.owner_name");
    made.group_name = plain("key.group_name");
    made.writers = {{.sid = plain("writer.sid"),
                     .name = plain("writer.name"),
                     .rights = {"set_value", "write_dac"},
                     .is_conditional = true}};
    made.everyone_may_write = true;
    made.comparison = DefaultComparison::differs;
    made.differences = {plain("key.difference")};
    made.default_source = plain("key.default_source");
    made.default_basis = plain("key.default_basis");
    return made;
  }
  [[nodiscard]] Coverage coverage() const {
    return {.sources =
                {{.source = plain("coverage.source"),
                  .channel = shared("coverage.channel"),
                  .first = time(0),
                  .last = time(9),
                  .records = 1000,
                  .gaps = {{.after_id = 10, .next_id = 20, .after_time = time(5), .next_time = {}}},
                  .clears = {time(6)},
                  .size_max = 20'971'520,
                  .overwrites = YesNo::yes,
                  .origin = cited().front()}},
            .auditing = {{.setting = plain("auditing.setting"),
                          .value = plain("auditing.value"),
                          .since = time(7),
                          .text = plain("auditing.text"),
                          .evidence = cited()}},
            .not_evaluated = {{.rule = plain("not_evaluated.rule"),
                               .needs = plain("not_evaluated.needs"),
                               .why = plain("not_evaluated.why")}},
            .statements = {plain("coverage.statement")}};
  }
  [[nodiscard]] AttackObject attack_object(const std::string& field) const {
    return {.attack_id = plain(field + ".id"),
            .name = plain(field + ".name"),
            .stix_id = plain(field + ".stix_id"),
            .content_sha256 = plain(field + ".content_sha256")};
  }
  [[nodiscard]] AttackContext attack() const {
    AttackContext made;
    made.technique = attack_object("attack.technique");
    made.revoked = true;
    made.successor = attack_object("attack.successor");
    made.tactics = {attack_object("attack.tactic")};
    made.strategies = {attack_object("attack.strategy")};
    made.analytics = {attack_object("attack.analytic")};
    for (int i = 0; i < 4; ++i) {
      made.log_sources.push_back({.name = plain("attack.log_source"),
                                  .channel = plain("attack.channel"),
                                  .component = attack_object("attack.component"),
                                  .named_by = plain("attack.named_by"),
                                  .why = plain("attack.why"),
                                  .status = static_cast<LogSourceStatus>(i),
                                  .records = 7});
    }
    made.log_sources[1].component = {};
    made.mitigations = {{.mitigation = attack_object("attack.mitigation"),
                         .checks = {{.check = plain("attack.check"), .status = "pass"}}},
                        {}};
    made.statements = {{.id = plain("attack.statement"),
                        .author = plain("attack.author"),
                        .date = plain("attack.date"),
                        .text = plain("attack.text"),
                        .state = "stale"}};
    made.findings = {plain("attack.finding")};
    return made;
  }
  [[nodiscard]] AttackSource attack_source() const {
    return {.mirrored = true,
            .domain = plain("attack_source.domain"),
            .release = plain("attack_source.release"),
            .stix = plain("attack_source.stix"),
            .bundle_sha256 = plain("attack_source.bundle_sha256"),
            .published_hash = plain("attack_source.published_hash"),
            .text = plain("attack_source.text"),
            .licence = plain("attack_source.licence")};
  }
  [[nodiscard]] HostAssessment host(HostVerdict verdict) const {
    HostAssessment made;
    made.host = {.name = shared("host.name"),
                 .domain = shared("host.domain"),
                 .machine_sid = shared("host.machine_sid"),
                 .machine_guid = shared("host.machine_guid"),
                 .product = shared("host.product"),
                 .edition = shared("host.edition"),
                 .build = 26100,
                 .revision = 1,
                 .installed = time(0),
                 .role = plain("host.role"),
                 .names_seen = {shared("host.names_seen")}};
    made.verdict = verdict;
    made.verdict_text = plain("host.verdict_text");
    made.providers = {
        provider(ProviderState::active, ProviderVerdict::expected, YesNo::yes),
        provider(ProviderState::staged, ProviderVerdict::known_vendor, YesNo::no),
        provider(ProviderState::order_only, ProviderVerdict::approved, YesNo::unknown),
        provider(ProviderState::removed, ProviderVerdict::unexplained, YesNo::yes),
        provider(ProviderState::recovered, ProviderVerdict::suspicious, YesNo::yes),
        provider(ProviderState::active, ProviderVerdict::malicious, YesNo::yes)};
    made.companions = {companion(CompanionRole::mpr, ProviderVerdict::expected),
                       companion(CompanionRole::image_debugger, ProviderVerdict::malicious)};
    made.changes = {change(true), change(false)};
    for (int i = 0; i < 5; ++i) {
      made.findings.push_back(finding(static_cast<FindingSeverity>(i), i == 1));
    }
    made.exposures = {exposure(WindowEnd::removed, YesNo::yes),
                      exposure(WindowEnd::still_active, YesNo::no),
                      exposure(WindowEnd::evidence_ends, YesNo::unknown)};
    made.posture = {check(CheckStatus::pass), check(CheckStatus::fail), check(CheckStatus::unknown),
                    check(CheckStatus::not_applicable)};
    made.attack = {attack(), {}};
    made.keys = {key()};
    made.coverage = coverage();
    return made;
  }
  void add_evidence(Assessment& made) const {
    for (int i = 0; i < 4; ++i) {
      made.evidence.push_back({.id = plain("evidence.id"),
                               .path = text_("evidence.path"),
                               .kind = plain("evidence.kind"),
                               .size = 8192,
                               .sha256 = plain("evidence.sha256"),
                               .status = static_cast<EvidenceStatus>(i),
                               .detail = plain("evidence.detail"),
                               .counts = {{plain("evidence.count"), UINT64_MAX}}});
      made.diagnostics.push_back({.code = static_cast<DiagnosticCode>(i),
                                  .severity = static_cast<Severity>(i),
                                  .offset = 64,
                                  .length = 8,
                                  .text = plain("diagnostic.text"),
                                  .evidence = i == 0 ? Diagnostic::no_evidence : 1U});
    }
  }

 private:
  const Text& text_;
};

}  // namespace

Assessment everything(const Text& text) {
  const Everything builder(text);
  Assessment made;
  made.as_of = Everything::time(10);
  made.complete = false;
  for (int i = 0; i < 5; ++i) {
    made.hosts.push_back(builder.host(static_cast<HostVerdict>(i)));
    if (i > 0) {
      // One host with all of it is enough to read; the others show their verdicts.
      made.hosts.back().providers.clear();
      made.hosts.back().companions.clear();
      made.hosts.back().exposures.clear();
      made.hosts.back().changes.clear();
      made.hosts.back().posture.clear();
      made.hosts.back().attack.clear();
      made.hosts.back().keys.clear();
    }
  }
  made.attack_source = builder.attack_source();
  builder.add_evidence(made);
  for (int code = 0; code <= static_cast<int>(DiagnosticCode::catalog_not_trusted); ++code) {
    made.diagnostic_counts[static_cast<DiagnosticCode>(code)] = 1U + static_cast<unsigned>(code);
  }
  return made;
}

EvidenceText hostile(const std::string& field) {
  // Colour on, title set, carriage return, right-to-left override, quotes, a tag, a lone surrogate,
  // a NUL, a wide character, a letter that looks like another.
  return EvidenceText::from_utf8(field +
                                 " \x1b[31m\x1b]0;t\x07\r\n\t\"'<b>&\\ \xe2\x80\xaegnp.dll "
                                 "\xed\xa0\x80 \xff" +
                                 std::string(1, '\0') + " \xe6\xbc\xa2 \xd0\xb0");
}

TEST(SampleAssessment, HoldsEveryDiagnosticCode) {
  EXPECT_GE(everything(hostile).diagnostic_counts.size(), 30U);
}

}  // namespace npg::sample
