#include "testing/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/check.hpp"
#include "base/evidence_text.hpp"

namespace npg::testing {
namespace {

constexpr std::uint32_t registry_file = 0;
constexpr std::uint32_t security_file = 1;
constexpr std::uint32_t system_file = 2;
constexpr std::uint32_t sysmon_file = 3;
constexpr std::uint32_t image_file = 4;
constexpr std::uint32_t terminal_services_file = 5;

std::uint32_t file_of(std::uint32_t event_id) {
  return event_id <= 29 ? sysmon_file : security_file;
}

RegistryValueFact text_value(std::string_view name, std::string_view text, std::uint32_t type,
                             Origin origin) {
  return {.name = name, .type = type, .text = text, .origin = origin};
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

std::vector<std::string> forms(const std::string& cell) {
  return cell == "?" || cell == "-" ? std::vector<std::string>() : split(cell, '|');
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace

FileTime at(std::string_view text) {
  const auto time = parse_time(text);
  NPG_CHECK(time.has_value());
  return *time;
}

std::string provider_key(std::string_view name) {
  return "HKLM\\SYSTEM\\CurrentControlSet\\Services\\" + std::string(name) + "\\NetworkProvider";
}

Origin HostFacts::next(std::uint32_t evidence) {
  offset_ += 0x100;
  return {.evidence = evidence, .offset = offset_, .length = 0x80};
}

HostFacts& HostFacts::windows(std::uint32_t build, std::string_view system_root,
                              std::string_view product_type, HiveMoment moment) {
  facts.identities.push_back({.computer_name = std::string_view("HOST"),
                              .product_type = product_type,
                              .build = build,
                              .installed = at("2025-01-01T00:00:00Z"),
                              .system_root = system_root,
                              .moment = moment,
                              .origin = next(registry_file)});
  return *this;
}

HostFacts& HostFacts::variable(std::string_view name, std::string_view text) {
  facts.environment.push_back(
      {.name = name, .text = text, .control_set = 1, .origin = next(registry_file)});
  return *this;
}

HostFacts& HostFacts::provider(const ProviderShape& shape) {
  RegistrationFact fact{.name = shape.name,
                        .control_set = shape.control_set,
                        .control_set_is_current = shape.control_set_is_current,
                        .moment = shape.moment,
                        .last_written = at(shape.written),
                        .service_last_written = at(shape.written),
                        .provider_path = shape.path,
                        .authent_provider_path = shape.authent,
                        .provider_class = shape.provider_class,
                        .origin = next(registry_file)};
  if (!shape.display.empty()) {
    fact.values.push_back(text_value("Name", shape.display, 1, next(registry_file)));
  }
  if (!shape.path.empty()) {
    fact.values.push_back(
        text_value("ProviderPath", shape.path, shape.path_type, next(registry_file)));
  }
  if (!shape.authent.empty()) {
    fact.values.push_back(
        text_value("AuthentProviderPath", shape.authent, shape.authent_type, next(registry_file)));
  }
  if (shape.provider_class) {
    fact.values.push_back(text_value("Class", std::to_string(*shape.provider_class),
                                     shape.class_type, next(registry_file)));
    fact.values.back().number = shape.provider_class;
  }
  if (!shape.hollow) {
    fact.service_values.push_back(text_value("Group", "NetworkProvider", 1, next(registry_file)));
  }
  facts.registrations.push_back(std::move(fact));
  return *this;
}

HostFacts& HostFacts::order(std::string_view names, bool is_hw_order, std::string_view written,
                            HiveMoment moment) {
  ProviderOrderFact fact{.control_set = 1,
                         .control_set_is_current = true,
                         .is_hw_order = is_hw_order,
                         .moment = moment,
                         .raw = names,
                         .type = 1,
                         .last_written = at(written),
                         .origin = next(registry_file)};
  for (const std::string& name : split(std::string(names), ',')) {
    fact.names.emplace_back(std::string_view(name));
  }
  facts.orders.push_back(std::move(fact));
  return *this;
}

HostFacts& HostFacts::orders(std::string_view names, std::string_view written) {
  return order(names, false, written).order(names, true, written);
}

HostFacts& HostFacts::defaults() {
  const auto inbox = [this](std::string_view name, std::string_view path,
                            std::string_view display) {
    provider({.name = name, .path = path, .display = display, .written = "2019-12-07T09:15:00Z"});
  };
  inbox("RDPNP", "%SystemRoot%\\System32\\drprov.dll", "Microsoft Terminal Services");
  inbox("LanmanWorkstation", "%SystemRoot%\\System32\\ntlanman.dll", "Microsoft Windows Network");
  inbox("WebClient", "%SystemRoot%\\System32\\davclnt.dll", "Web Client Network");
  facts.selects.push_back({.current = 1,
                           .default_set = 1,
                           .failed = 0,
                           .last_known_good = 1,
                           .control_sets = {1},
                           .last_written = at("2019-12-07T09:15:00Z"),
                           .origin = {.evidence = registry_file}});
  return orders("RDPNP,LanmanWorkstation,webclient", "2019-12-07T09:15:00Z");
}

HostFacts& HostFacts::policy(PolicyKind kind, std::string_view value_name, std::string_view text,
                             std::optional<std::uint64_t> value) {
  facts.policies.push_back({.policy = kind,
                            .key = std::string_view("Policies"),
                            .value_name = value_name,
                            .type = value ? 4U : 1U,
                            .text = text,
                            .number = value,
                            .last_written = at("2026-01-01T00:00:00Z"),
                            .origin = next(registry_file)});
  return *this;
}

HostFacts& HostFacts::audit(std::initializer_list<AuditSetting> settings) {
  facts.audit_policies.push_back({.settings = settings,
                                  .last_written = at("2026-01-01T00:00:00Z"),
                                  .origin = next(registry_file)});
  return *this;
}

namespace {
/// Such files say that Microsoft made them, whatever a test is about.
bool is_windows_own(std::string_view path) {
  static constexpr std::string_view names[] = {"drprov.dll", "ntlanman.dll", "davclnt.dll",
                                               "p9np.dll",   "mpr.dll",      "mpnotify.exe"};
  return std::ranges::any_of(names, [&](std::string_view name) {
    return equal_names(path.substr(path.rfind('\\') + 1), name);
  });
}
}  // namespace

HostFacts& HostFacts::image(const ImageShape& shape) {
  ImageFact fact{.windows_path = shape.path,
                 .sha256 = std::string(64, 'a'),
                 .size_bytes = 4096,
                 .machine = std::string(shape.machine),
                 .is_dll = !name_key(shape.path).ends_with(".EXE"),
                 .company = shape.company.empty() && is_windows_own(shape.path)
                                ? std::string_view("Microsoft Corporation")
                                : shape.company,
                 .original_filename = shape.original_filename,
                 .has_version = shape.has_version,
                 .signature = shape.signature,
                 .origin = next(image_file)};
  std::uint32_t ordinal = 0;
  for (const std::string_view name : shape.exports) {
    fact.exports.push_back({.name = name, .ordinal = ++ordinal, .forwarder = shape.forwarder});
  }
  facts.images.push_back(std::move(fact));
  return *this;
}

HostFacts& HostFacts::logon(const LogonShape& shape) {
  const std::uint32_t file = shape.source <= LogonSource::security_4801   ? security_file
                             : shape.source == LogonSource::winlogon_7001 ? system_file
                                                                          : terminal_services_file;
  const Origin origin = next(file);
  facts.logons.push_back({.time = at(shape.time),
                          .source = shape.source,
                          .account = shape.account,
                          .sid = shape.sid,
                          .logon_type = shape.type,
                          .logon_id = shape.logon_id,
                          .session = shape.session,
                          .logon_process = shape.logon_process,
                          .process = shape.process,
                          .address = shape.address,
                          .restricted_admin = shape.restricted_admin,
                          .remote_credential_guard = shape.remote_credential_guard,
                          .virtual_account = shape.virtual_account,
                          .elevated = shape.elevated,
                          .detail = shape.detail,
                          .record_id = origin.offset,
                          .origin = origin});
  return *this;
}

HostFacts& HostFacts::change(const ChangeShape& shape) {
  const Origin origin = next(file_of(shape.event_id));
  facts.registry_changes.push_back(
      {.time = at(shape.time),
       .change = shape.change,
       .key = shape.key,
       .raw_key = shape.key,
       .value_name = shape.value,
       .old_value = shape.before,
       .new_value = shape.now,
       .event_id = shape.event_id,
       .actor = {.account = shape.account, .logon_id = shape.logon_id, .process = shape.process},
       .record_id = origin.offset,
       .origin = origin});
  return *this;
}

HostFacts& HostFacts::process(std::string_view time, std::string_view image,
                              std::string_view parent, std::uint64_t process_id,
                              std::optional<std::uint64_t> session, std::uint32_t event_id) {
  const Origin origin = next(file_of(event_id));
  facts.process_starts.push_back({.time = at(time),
                                  .image = image,
                                  .process_id = process_id,
                                  .parent_image = parent,
                                  .session = session,
                                  .event_id = event_id,
                                  .record_id = origin.offset,
                                  .origin = origin});
  return *this;
}

HostFacts& HostFacts::load(std::string_view time, std::string_view image, std::string_view module) {
  const Origin origin = next(sysmon_file);
  facts.module_loads.push_back({.time = at(time),
                                .image = image,
                                .module = module,
                                .record_id = origin.offset,
                                .origin = origin});
  return *this;
}

HostFacts& HostFacts::privilege(std::string_view time, std::string_view account,
                                std::string_view sid) {
  const Origin origin = next(security_file);
  facts.privileges.push_back({.time = at(time),
                              .account = account,
                              .sid = sid,
                              .record_id = origin.offset,
                              .origin = origin});
  return *this;
}

HostFacts& HostFacts::password(std::string_view time, std::string_view account,
                               std::string_view sid, std::uint32_t event_id) {
  const Origin origin = next(security_file);
  facts.password_changes.push_back({.time = at(time),
                                    .account = account,
                                    .sid = sid,
                                    .by_user = event_id == 4723,
                                    .event_id = event_id,
                                    .record_id = origin.offset,
                                    .origin = origin});
  return *this;
}

HostFacts& HostFacts::event(std::string_view time, SystemEventKind kind, std::string_view subject,
                            std::uint32_t event_id, std::string_view detail) {
  const Origin origin = next(event_id == 104 ? system_file : security_file);
  facts.system_events.push_back({.time = at(time),
                                 .event = kind,
                                 .subject = subject,
                                 .detail = detail,
                                 .actor = {.account = std::string_view("CORP\\mallory")},
                                 .event_id = event_id,
                                 .record_id = origin.offset,
                                 .origin = origin});
  return *this;
}

HostFacts& HostFacts::log(std::string_view channel, std::string_view first, std::string_view last,
                          std::uint64_t first_id, std::uint64_t last_id) {
  facts.log_coverage.push_back({.channel = channel,
                                .computer = std::string_view("HOST"),
                                .records = last_id - first_id + 1,
                                .first_id = first_id,
                                .last_id = last_id,
                                .first = at(first),
                                .last = at(last),
                                .registry_value_events = 1,
                                .module_load_events = 1,
                                .process_start_events = 1,
                                .logon_events = 1,
                                .origin = next(security_file)});
  return *this;
}

SignatureFact windows_signature(SignatureForm form) {
  SignatureFact signature = vendor_signature("Microsoft Windows", "Microsoft Corporation");
  signature.form = form;
  signature.purposes.windows_system_component = true;
  signature.catalog = form == SignatureForm::catalog ? std::string_view("windows.cat") : "";
  return signature;
}

SignatureFact vendor_signature(std::string_view common_name, std::string_view organization) {
  SignatureFact signature;
  signature.status = SignatureStatus::trusted;
  signature.form = SignatureForm::embedded;
  signature.subject =
      SharedText(EvidenceText::from_utf8(fmt::format("CN={},O={}", common_name, organization)));
  signature.common_name = common_name;
  signature.organization = organization;
  signature.purposes.code_signing = true;
  return signature;
}

SignatureFact whcp_signature() {
  SignatureFact signature = vendor_signature("Microsoft Windows Hardware Compatibility Publisher",
                                             "Microsoft Corporation");
  signature.purposes.whql = true;
  return signature;
}

SignatureFact bad_signature(SignatureStatus status, std::string_view common_name,
                            std::string_view why_code) {
  SignatureFact signature = vendor_signature(common_name, common_name);
  signature.status = status;
  signature.why_code = why_code;
  signature.why = std::string(why_code);
  if (status == SignatureStatus::unsigned_file) {
    signature = SignatureFact{};
    signature.status = status;
  }
  return signature;
}

FactSet HostFacts::normalised() const {
  FactSet out = facts;
  out.normalise();
  return out;
}

Knowledge shipped_providers(const std::string& source_dir) {
  Knowledge knowledge;
  std::ifstream file(source_dir + "/data/known_providers.tsv");
  bool header_seen = false;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (!header_seen) {
      header_seen = true;
      continue;
    }
    const auto cells = split(line, '\t');
    NPG_CHECK(cells.size() == 17);
    KnownProvider row{.name = cells[0], .product = cells[1], .vendor = cells[2]};
    row.is_inbox = cells[3] == "inbox";
    row.paths = forms(cells[4]);
    row.authent_is_known = cells[5] != "?";
    row.authent_paths = forms(cells[5]);
    row.class_is_known = cells[6] != "?";
    row.provider_class = number(cells[6]);
    row.credentials = cells[7] == "yes"  ? YesNo::yes
                      : cells[7] == "no" ? YesNo::no
                                         : YesNo::unknown;
    row.display_name = cells[8] == "?" ? "" : cells[8];
    const auto dash = cells[9].find('-');
    row.first_build = number(cells[9].substr(0, dash)).value_or(0);
    row.last_build = number(cells[9].substr(dash + 1)).value_or(UINT32_MAX);
    row.exports = cells[10] == "?" ? "" : cells[10];
    row.signers = forms(cells[11]);
    row.signer_is_confident = cells[12] == "high";
    row.file_products = forms(cells[13]);
    row.source = cells[14];
    row.is_confident = cells[15] == "high";
    knowledge.providers.push_back(std::move(row));
  }
  NPG_CHECK(!knowledge.providers.empty());
  std::ifstream values(source_dir + "/data/known_values.tsv");
  for (std::string line; std::getline(values, line);) {
    const auto cells = split(line, '\t');
    if (line.starts_with('#') || cells.front() == "provider") {
      continue;
    }
    NPG_CHECK(cells.size() == 6);
    knowledge.values.push_back({.provider = cells[0],
                                .value = cells[1],
                                .type = cells[2] == "sz"          ? 1U
                                        : cells[2] == "expand_sz" ? 2U
                                                                  : 0U,
                                .text = cells[3],
                                .source = cells[4]});
  }
  NPG_CHECK(!knowledge.values.empty());
  return knowledge;
}

}  // namespace npg::testing
