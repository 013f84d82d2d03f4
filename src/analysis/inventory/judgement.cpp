#include "analysis/inventory/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/known.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// Text of evidence inside a sentence.
std::string shown(std::string_view wtf8) {
  return escape_for_terminal(EvidenceText::from_utf8(wtf8));
}
std::string shown(const SharedText& text) {
  return escape_for_terminal(text.text());
}

class Judge {
 public:
  Judge(Provider& provider, std::span<const Change> changes, const FactSet& facts,
        const Knowledge& knowledge, const HostPaths& host, std::uint32_t build)
      : provider_(provider),
        changes_(changes),
        facts_(facts),
        knowledge_(knowledge),
        host_(host),
        match_(match_known(provider, build, knowledge, host)),
        build_(build) {}

  void run() {
    judge_name();
    judge_class();
    judge_place();
    for (const ProviderDll& dll : provider_.dlls) {
      judge_path(dll);
      judge_dll(dll);
    }
    judge_history();
    judge_shape();
    judge_age();
    conclude();
  }

 private:
  void add(std::string code, ReasonEffect effect, int weight, std::string text,
           std::vector<Origin> evidence) {
    provider_.reasons.push_back(
        {std::move(code), effect, weight, std::move(text), std::move(evidence)});
  }
  void raise(std::string code, int weight, std::string text, std::vector<Origin> evidence) {
    add(std::move(code), ReasonEffect::raises, weight, std::move(text), std::move(evidence));
  }
  void lower(std::string code, int weight, std::string text, std::vector<Origin> evidence) {
    add(std::move(code), ReasonEffect::lowers, -weight, std::move(text), std::move(evidence));
  }
  void missing(std::string code, std::string text, std::vector<Origin> evidence) {
    add(std::move(code), ReasonEffect::missing, 0, std::move(text), std::move(evidence));
  }

  [[nodiscard]] std::vector<Origin> own_evidence() const {
    return provider_.evidence.empty() ? std::vector<Origin>()
                                      : std::vector<Origin>{provider_.evidence.front()};
  }
  [[nodiscard]] const RegistryValueFact* value(std::string_view name) const {
    for (const RegistryValueFact& v : provider_.values) {
      if (equal_names(v.name.raw(), name)) {
        return &v;
      }
    }
    return nullptr;
  }
  [[nodiscard]] std::vector<Origin> value_evidence(std::string_view name) const {
    const RegistryValueFact* found = value(name);
    return found == nullptr ? own_evidence() : std::vector<Origin>{found->origin};
  }

  void judge_name() {
    const bool is_named_only = provider_.state == ProviderState::order_only;
    const bool has_registration = !provider_.values.empty();
    if (is_named_only && !has_registration && !provider_.state_basis.empty()) {
      missing("registration_not_in_evidence",
              "a logged write put this name into an order; whether a key registers it is in no "
              "evidence of that time",
              own_evidence());
    } else if (is_named_only) {
      raise("order_name_without_key", 1,
            "an order lists this name, but no Services key registers it: whoever creates the key "
            "is loaded",
            own_evidence());
    }
    if (match_.row == nullptr) {
      if (!is_named_only || has_registration) {
        raise("unknown_name", 1, "no known product registers a provider under this name",
              own_evidence());
      }
      const std::string imitated = imitated_inbox_name(provider_.name.raw(), knowledge_);
      if (!imitated.empty()) {
        raise("name_imitates_inbox", 3,
              fmt::format("the name reads like Windows' own {}", imitated), own_evidence());
      }
      return;
    }
    provider_.known_as = fmt::format("{} ({})", match_.row->product, match_.row->vendor);
    if (match_.whole()) {
      lower(match_.row->is_inbox ? "registration_is_windows_own" : "registration_is_known_product",
            match_.row->is_inbox ? 4 : 3,
            fmt::format("path, class and the rest of the registration are those of {}",
                        provider_.known_as),
            own_evidence());
    } else if (has_registration && match_.row->is_inbox) {
      judge_inbox_difference();
    } else if (has_registration && !match_.path_matches && !match_.row->paths.empty()) {
      raise("product_name_other_path", 2,
            fmt::format("the name is that of {}, the DLL path is not", provider_.known_as),
            value_evidence("ProviderPath"));
    }
  }

  void judge_inbox_difference() {
    if (!match_.path_matches) {
      raise("inbox_name_other_path", 6,
            fmt::format(
                "the name is Windows' own, but ProviderPath is not the one that Windows ships ({})",
                match_.row->paths.empty() ? "" : match_.row->paths.front()),
            value_evidence("ProviderPath"));
    }
    if (!match_.authent_matches) {
      raise("inbox_authent_path_added", 5,
            "Windows ships this provider without AuthentProviderPath",
            value_evidence("AuthentProviderPath"));
    }
    if (!match_.class_matches) {
      raise("inbox_class_changed", has_credential_class(provider_) ? 4 : 1,
            "Windows ships this provider without this Class", value_evidence("Class"));
    }
    if (!match_.display_matches) {
      raise("inbox_display_name_changed", 1, "the Name value is not the one that Windows ships",
            value_evidence("Name"));
    }
    if (!match_.build_matches) {
      raise("inbox_build_mismatch", 2,
            fmt::format("Windows build {} does not ship this provider", build_), own_evidence());
    }
  }

  void judge_class() {
    const RegistryValueFact* stored = value("Class");
    if (has_unreadable_class(provider_)) {
      raise(
          "class_unreadable", 2,
          "Class is stored, but its data is no number: whether it asks for credentials is unknown",
          value_evidence("Class"));
    } else if (stored != nullptr && stored->type != 4) {
      raise("class_type_unusual", 1,
            "Class is not a REG_DWORD; how Windows reads it is not documented",
            value_evidence("Class"));
    }
    const bool product_receives = match_.whole() && match_.row->credentials == YesNo::yes;
    if (has_credential_class(provider_)) {
      raise("credential_class", product_receives ? 1 : 2,
            fmt::format("Class 0x{:x} registers it as a credential manager: it is handed every "
                        "typed password",
                        *provider_.provider_class),
            value_evidence("Class"));
    } else if (!has_unreadable_class(provider_) && !has_unreadable_path(provider_) &&
               !provider_.values.empty() && value("AuthentProviderPath") == nullptr &&
               (match_.row == nullptr || !match_.row->is_inbox || match_.whole())) {
      // An inbox provider that was bent has no class to begin with; that excuses nothing.
      lower("network_class_only", 1,
            "no credential class and no AuthentProviderPath: a network provider only",
            stored == nullptr ? own_evidence() : value_evidence("Class"));
    }
    if (value("AuthentProviderPath") != nullptr && match_.row == nullptr) {
      raise("authent_provider_path", 1, "AuthentProviderPath names a DLL for the logon functions",
            value_evidence("AuthentProviderPath"));
    }
  }

  /// An order of a control set that is not the current one and lists the provider.
  [[nodiscard]] const ProviderOrderFact* other_order() const {
    for (const ProviderOrderFact& order : facts_.orders) {
      const bool lists = std::any_of(
          order.names.begin(), order.names.end(),
          [&](const SharedText& name) { return equal_names(name.raw(), provider_.name.raw()); });
      if (lists && !order.control_set_is_current && order.moment == HiveMoment::current) {
        return &order;
      }
    }
    return nullptr;
  }

  void judge_place() {
    if (provider_.state == ProviderState::staged && provider_.hw_order_position) {
      raise("listed_in_hw_order_only", 1,
            "HwOrder lists it and Order does not; which one Windows reads is not documented",
            own_evidence());
    } else if (const ProviderOrderFact* other = other_order();
               provider_.state == ProviderState::staged && other != nullptr) {
      raise("listed_in_other_control_set", 1,
            fmt::format("{} of ControlSet{:03} lists it, that of the current control set does not: "
                        "starting the other one (LastKnownGood) makes it active",
                        other->is_hw_order ? "HwOrder" : "Order", other->control_set),
            {other->origin});
    } else if (provider_.state == ProviderState::staged) {
      raise("registered_not_listed", 1,
            "registered but in no order: one write to Order makes it active", own_evidence());
    }
  }

  /// An unexpanded variable leads to no file: an installer's bug more often than a trap.
  [[nodiscard]] static bool loads_nothing(const ProviderDll& dll) {
    return dll.path.resolved.empty() &&
           std::find(dll.path.oddities.begin(), dll.path.oddities.end(), "unexpanded_variable") !=
               dll.path.oddities.end();
  }

  void judge_path(const ProviderDll& dll) {
    const auto evidence = value_evidence(dll.is_authent ? "AuthentProviderPath" : "ProviderPath");
    struct Form {
      std::string_view oddity;
      int weight;
      std::string_view text;
    };
    static constexpr Form forms[] = {
        {"unc", 4, "the DLL lies on another machine (UNC path)"},
        {"device_path", 3, "the path has a device prefix that no installer writes"},
        {"embedded_nul", 4,
         "the value goes on behind a NUL character, where Windows' tools do not show it"},
        {"alternate_stream", 4, "the DLL lies in an alternate data stream"},
        {"parent_folder", 2, "the path climbs with .."},
        {"forward_slashes", 1, "the path has forward slashes"},
        {"quoted", 1, "the path is in quotes, which MPR does not take off"},
        {"short_name", 2, "the path uses an 8.3 name"},
        {"trailing_dot_or_space", 3, "the path ends in dots or spaces, which Windows drops"},
        {"unexpanded_variable", 1, "the path is a REG_SZ with %, which Windows does not expand"},
        {"unknown_variable", 2, "the path uses a variable that the host's hives do not define"},
        {"unusual_type", 2, "the path is stored with an unusual value type"},
        {"too_long", 3, "the path is longer than Windows takes"},
        {"no_extension", 1, "the path has no extension"},
        {"empty", 2, "the path is stored, but empty or unreadable: which DLL it names is unknown"},
    };
    for (const Form& form : forms) {
      if (std::find(dll.path.oddities.begin(), dll.path.oddities.end(), form.oddity) !=
          dll.path.oddities.end()) {
        raise("path_" + std::string(form.oddity), form.weight,
              fmt::format("{}: {}", form.text, shown(dll.path.raw)), evidence);
      }
    }
    if (loads_nothing(dll)) {
      lower("path_does_not_load", 2,
            fmt::format("as it stands Windows loads nothing: {} is not expanded",
                        shown(dll.path.raw)),
            evidence);
      return;
    }
    const bool is_odd = std::find(dll.path.oddities.begin(), dll.path.oddities.end(),
                                  "bare_name") != dll.path.oddities.end() ||
                        std::find(dll.path.oddities.begin(), dll.path.oddities.end(), "relative") !=
                            dll.path.oddities.end();
    if (is_odd && !match_.whole()) {
      raise("path_searched", 1,
            fmt::format("the loader's search order decides which file {} is", shown(dll.path.raw)),
            evidence);
    }
    judge_folder(dll, evidence);
  }

  void judge_folder(const ProviderDll& dll, const std::vector<Origin>& evidence) {
    const std::string upper = name_key(dll.path.resolved);
    static constexpr std::string_view writable[] = {"\\USERS\\",
                                                    "\\PROGRAMDATA\\",
                                                    "\\TEMP\\",
                                                    "\\PERFLOGS\\",
                                                    "\\$RECYCLE.BIN\\",
                                                    "\\WINDOWS\\TASKS\\",
                                                    "\\WINDOWS\\TRACING\\",
                                                    "\\SPOOL\\DRIVERS\\COLOR\\"};
    for (const std::string_view folder : writable) {
      if (upper.find(folder) != std::string::npos) {
        raise("path_in_writable_folder", 3,
              fmt::format("{} lies where ordinary users may write by default",
                          shown(dll.path.resolved)),
              evidence);
        return;
      }
    }
    const auto below = [&upper](std::string_view folder) {
      return upper.starts_with(name_key(folder));
    };
    const std::string drive = host_.system_root.substr(0, 2);
    const bool usual = below(host_.system_root + "\\System32\\") ||
                       below(drive + "\\Program Files\\") ||
                       below(drive + "\\Program Files (x86)\\") || match_.path_matches;
    if (!usual && !upper.empty() && !upper.starts_with("\\\\")) {
      raise(
          "path_in_unusual_folder", 2,
          fmt::format("{} lies neither in System32 nor in Program Files", shown(dll.path.resolved)),
          evidence);
    }
  }

  /// The SHA256 that Sysmon logged with the newest load of the DLL; nothing when none did.
  [[nodiscard]] std::pair<std::string, const ModuleLoadFact*> logged_hash(
      const ProviderDll& dll) const {
    for (auto load = facts_.module_loads.rbegin(); load != facts_.module_loads.rend(); ++load) {
      if (dll.path.resolved.empty() || !equal_names(dll.path.resolved, load->module.raw())) {
        continue;
      }
      constexpr std::string_view label = "SHA256=";
      const std::string_view hashes = load->hashes.raw();
      const std::size_t at = hashes.find(label);
      if (at != std::string_view::npos) {
        const std::string_view digits = hashes.substr(at + label.size());
        return {shown(digits.substr(0, digits.find(','))), &*load};
      }
    }
    return {};
  }

  void judge_dll(const ProviderDll& dll) {
    auto evidence = value_evidence(dll.is_authent ? "AuthentProviderPath" : "ProviderPath");
    if (!dll.image) {
      const auto [sha256, load] = logged_hash(dll);
      if (load != nullptr) {
        evidence.push_back(load->origin);
      }
      missing("dll_not_in_evidence",
              fmt::format("{} is not in the evidence: exports{} and signature are unknown{}",
                          dll.path.resolved.empty() ? "the file" : shown(dll.path.resolved),
                          load == nullptr ? ", hash" : "",
                          load == nullptr ? ""
                                          : fmt::format(", Sysmon logged SHA256 {} when it was "
                                                        "loaded at {}",
                                                        sha256, to_screen_time(load->time))),
              evidence);
      return;
    }
    const ImageFact& image = *dll.image;
    const std::vector<Origin> file = {image.origin};
    missing("signature_not_checked",
            image.has_certificate_table
                ? "the DLL carries a signature, which this version does not verify"
                : "signatures and catalogs are not checked by this version",
            file);
    if (image.damaged) {
      raise("dll_damaged", 1, "the DLL's headers or tables are damaged", file);
    }
    judge_exports(dll, image, file);
    if (!image.has_version && dll.image) {
      raise("dll_without_version", 1, "the DLL has no version resource; products have one", file);
    } else if (!image.original_filename.empty()) {
      const std::string_view path = dll.path.resolved;
      const std::string_view file_name = path.substr(path.rfind('\\') + 1);
      const std::string_view original = image.original_filename.raw();
      // Localised builds state "x.dll.mui".
      if (!equal_names(file_name, original) &&
          !equal_names(std::string(file_name) + ".mui", original)) {
        raise("dll_renamed", 2,
              fmt::format("the DLL calls itself {}", shown(image.original_filename)), file);
      }
    }
  }

  void judge_exports(const ProviderDll& dll, const ImageFact& image,
                     const std::vector<Origin>& file) {
    bool credential = false;
    bool network = false;
    for (const ExportFact& e : image.exports) {
      const std::string_view name = e.name.raw();
      const bool is_credential = name == "NPLogonNotify" || name == "NPPasswordChangeNotify";
      credential = credential || is_credential;
      network = network || name == "NPAddConnection" || name == "NPAddConnection3" ||
                name == "NPOpenEnum" || name == "NPGetConnection" ||
                name == "NPGetResourceInformation";
      if (is_credential && !e.forwarder.empty()) {
        raise("credential_export_forwarded", 3,
              fmt::format("{} is forwarded to {}", name, shown(e.forwarder)), file);
      }
    }
    const bool is_receiver =
        has_credential_class(provider_) && (dll.is_authent || provider_.dlls.size() == 1);
    if (credential && !network) {
      const bool product_receives = match_.whole() && match_.row->credentials == YesNo::yes;
      raise("exports_logon_functions_only",
            product_receives        ? 0
            : match_.row == nullptr ? 3
                                    : 2,
            "the DLL exports the logon functions and nothing that a network needs", file);
    } else if (credential && !has_credential_class(provider_)) {
      raise("exports_logon_functions", match_.whole() ? 0 : 1,
            "the DLL exports logon functions, though the registration does not ask for credentials",
            file);
    } else if (is_receiver && !credential) {
      raise("class_without_logon_export", 2,
            "the class asks for credentials, but no logon function is exported by name: it may be "
            "made at load time",
            file);
    } else if (!credential) {
      lower("no_logon_exports", 1, "the DLL exports no logon function", file);
    }
  }

  void judge_history() {
    std::vector<Origin> remote;
    std::vector<Origin> removed;
    std::string who;
    for (const Change& change : changes_) {
      if (!equal_names(provider_name_of_key(change.key.raw()), provider_.name.raw())) {
        continue;
      }
      const bool writes = change.what == "value_set" || change.what == "key_created";
      if (writes && change.actor.logon_type == std::optional<std::uint32_t>(3)) {
        remote.insert(remote.end(), change.evidence.begin(), change.evidence.end());
        who = fmt::format("{} from {}", shown(change.actor.account),
                          change.actor.source_address.empty() ? "an unnamed address"
                                                              : shown(change.actor.source_address));
      }
      if (change.what == "key_deleted" || change.what == "registration_removed") {
        removed.insert(removed.end(), change.evidence.begin(), change.evidence.end());
      }
    }
    if (!remote.empty()) {
      raise("registered_over_the_network", 3,
            fmt::format("registered in a network logon session: {}", who), remote);
    }
    if (!removed.empty() && is_gone(provider_)) {
      raise("removed_after_use", 2, "the registration was deleted again", removed);
    }
  }

  void judge_shape() {
    const RegistrationFact* registration = nullptr;
    for (const RegistrationFact& fact : facts_.registrations) {
      if (equal_names(fact.name.raw(), provider_.name.raw())) {
        registration =
            registration == nullptr || fact.control_set_is_current ? &fact : registration;
      }
    }
    if (registration == nullptr || match_.whole()) {
      return;
    }
    if (registration->service_values.empty()) {
      raise("service_key_is_hollow", 1,
            "the Services key has no Type, Start, ImagePath or Group: it is no service",
            {registration->origin});
    }
  }

  void judge_age() {
    if (!provider_.state_basis.empty()) {
      missing("state_from_log_only", provider_.state_basis, provider_.state_evidence);
    }
  }

  void conclude() {
    std::stable_sort(provider_.reasons.begin(), provider_.reasons.end(),
                     [](const Reason& a, const Reason& b) {
                       return std::tuple(a.effect, -std::abs(a.weight)) <
                              std::tuple(b.effect, -std::abs(b.weight));
                     });
    int against = 0;
    bool is_missing = false;
    for (const Reason& reason : provider_.reasons) {
      provider_.score += reason.weight;
      against += reason.effect == ReasonEffect::raises && reason.weight > 0 ? 1 : 0;
      is_missing = is_missing || reason.effect == ReasonEffect::missing;
    }
    const bool can_load = !std::all_of(provider_.dlls.begin(), provider_.dlls.end(), loads_nothing);
    if (provider_.score >= malicious_from && against >= 2 && (can_load || provider_.dlls.empty()) &&
        provider_.receives_credentials != YesNo::no) {
      provider_.verdict = ProviderVerdict::malicious;
    } else if (provider_.score >= suspicious_from) {
      provider_.verdict = ProviderVerdict::suspicious;
    } else if (is_missing || !match_.whole()) {
      provider_.verdict = ProviderVerdict::unexplained;
    } else {
      provider_.verdict =
          match_.row->is_inbox ? ProviderVerdict::expected : ProviderVerdict::known_vendor;
    }
  }

  Provider& provider_;
  std::span<const Change> changes_;
  const FactSet& facts_;
  const Knowledge& knowledge_;
  const HostPaths& host_;
  KnownMatch match_;
  std::uint32_t build_;
};

}  // namespace

void judge_providers(std::vector<Provider>& providers, std::span<const Change> changes,
                     const FactSet& facts, const Knowledge& knowledge) {
  const HostPaths host = host_paths(facts);
  const std::uint32_t build = current_build(facts);
  for (Provider& provider : providers) {
    Judge(provider, changes, facts, knowledge, host, build).run();
  }
}

}  // namespace npg
