#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/registry_types.hpp"
#include "report/json_parts.hpp"
#include "report/provider_parts.hpp"

namespace npg::json_parts {
namespace {

/// Gives each value of a provider a name that no other one has.
class ValueNames {
 public:
  /// The documented spelling where the name is a documented one, "(default)" for the nameless
  /// value, otherwise the name as stored; "#2", "#3", … behind it when the name is taken. Names
  /// that differ in case alone count as the same: Windows takes them so, and so do readers of JSON
  /// without case.
  [[nodiscard]] std::string unique(std::string_view stored) {
    const std::string base = spelled(stored);
    std::size_t& copy = copies_[name_key(base)];
    std::string name;
    do {
      ++copy;
      name = copy == 1 ? base : fmt::format("{}#{}", base, copy);
    } while (!taken_.insert(name_key(name)).second);
    return name;
  }

 private:
  [[nodiscard]] static std::string spelled(std::string_view stored) {
    constexpr std::array<std::string_view, 5> documented = {
        provider_path_name, authent_provider_path_name, "Class", "Name", "DeviceName"};
    const auto* const known = std::ranges::find_if(
        documented, [&](std::string_view name) { return equal_names(name, stored); });
    return stored.empty()              ? std::string("(default)")
           : known != documented.end() ? std::string(*known)
                                       : std::string(stored);
  }
  std::set<std::string> taken_;
  std::map<std::string, std::size_t> copies_;  ///< the last number tried for a name
};

void value(JsonWriter& json, const Provider& provider, const RegistryValueFact& value,
           std::string_view name) {
  json.key(name).begin_object();
  if (name != value.name.raw()) {
    json.field("stored_name", value.name.raw());
  }
  json.field("raw", value.text.raw()).field("type", registry_type_name(value.type));
  const bool is_authent = equal_names(value.name.raw(), authent_provider_path_name);
  if (is_authent || equal_names(value.name.raw(), provider_path_name)) {
    const ProviderDll* const dll = dll_of(provider, value, is_authent);
    text_or_null(json, "resolved", dll == nullptr ? "" : dll->path.resolved);
  } else {
    json.field("number", value.number);
  }
  json.end_object();
}

void version(JsonWriter& json, const ImageFact& image) {
  json.key("version");
  if (!image.has_version) {
    json.null();
    return;
  }
  json.begin_object();
  text_or_null(json, "company", image.company);
  text_or_null(json, "product", image.product);
  text_or_null(json, "original_filename", image.original_filename);
  text_or_null(json, "file_version", image.file_version);
  text_or_null(json, "description", image.description);
  json.end_object();
}

/// Exports by name, those without one as "#ordinal".
void exports(JsonWriter& json, const ImageFact& image) {
  json.key("exports").begin_array();
  for (const ExportFact& each : image.exports) {
    json.value(export_label(each));
  }
  json.end_array().key("forwarders").begin_array();
  for (const ExportFact& each : image.exports) {
    if (!each.forwarder.empty()) {
      json.begin_object()
          .field("export", export_label(each))
          .field("ordinal", each.ordinal)
          .field("target", each.forwarder.raw())
          .end_object();
    }
  }
  json.end_array();
}

void candidates(JsonWriter& json, const std::vector<PathCandidate>& candidates) {
  json.key("candidates").begin_array();
  for (const PathCandidate& each : candidates) {
    json.begin_object().field("path", each.path).field("why", each.why);
    text_or_null(json, "sha256", each.sha256);
    json.end_object();
  }
  json.end_array();
}

void dll(const Context& context, const ProviderDll& dll) {
  JsonWriter& json = context.json;
  static const ImageFact no_image;
  const ImageFact& image = dll.image ? *dll.image : no_image;
  const auto when_found = [&](std::string_view name, const auto& what) {
    json.key(name);
    if (dll.image) {
      json.value(what);
    } else {
      json.null();
    }
  };
  json.begin_object();
  text_or_null(json, "path", dll.path.resolved.empty() ? dll.path.raw.raw() : dll.path.resolved);
  json.field("raw", dll.path.raw.raw()).field("type", registry_type_name(dll.path.type));
  text_or_null(json, "resolved", dll.path.resolved);
  words(json, "oddities", dll.path.oddities);
  json.field("assumed_system_root", dll.path.assumed_system_root)
      .field("is_authent", dll.is_authent)
      .field("found", dll.image.has_value());
  candidates(json, dll.path.candidates);
  text_or_null(json, "windows_path", image.windows_path);
  text_or_null(json, "sha256", image.sha256);
  when_found("size", image.size_bytes);
  text_or_null(json, "machine", image.machine);
  when_found("is_dll", image.is_dll);
  when_found("damaged", image.damaged);
  when_found("has_certificate_table", image.has_certificate_table);
  text_or_null(json, "can_be", dll.can_be);
  text_or_null(json, "hybrid", image.hybrid);
  text_or_null(json, "pdb_path", image.pdb_path);
  words(json, "imports", image.imports);
  words(json, "delay_imports", image.delay_imports);
  text_or_null(json, "export_name", image.export_name);
  exports(json, image);
  json.key("signature");
  signature(context, image.signature,
            dll.image ? name_of(image.signature.status) : std::string_view("file_missing"));
  version(json, image);
  json.key("evidence");
  if (dll.image) {
    citation(context, image.origin);
  } else {
    json.null();
  }
  json.end_object();
}

void reason(const Context& context, const Reason& reason) {
  context.json.begin_object()
      .field("code", reason.code)
      .field("effect", name_of(reason.effect))
      .field("weight", reason.weight)
      .field("text", reason.text);
  citations(context, "evidence", reason.evidence);
  context.json.end_object();
}

void dlls(const Context& context, const Provider& provider) {
  context.json.key("dll");
  if (const ProviderDll* const receiving = receiving_dll(provider); receiving != nullptr) {
    dll(context, *receiving);
  } else {
    context.json.null();
  }
  context.json.key("dlls").begin_array();
  for (const ProviderDll& each : provider.dlls) {
    dll(context, each);
  }
  context.json.end_array();
}

}  // namespace

void provider(const Context& context, const Provider& provider) {
  JsonWriter& json = context.json;
  json.begin_object().field("name", provider.name.raw()).field("state", name_of(provider.state));
  numbers(json, "control_sets", provider.control_sets);
  json.field("order_position", provider.order_position)
      .field("hw_order_position", provider.hw_order_position)
      .field("class", provider.provider_class);
  json.key("values").begin_object();
  ValueNames names;
  for (const RegistryValueFact& each : provider.values) {
    value(json, provider, each, names.unique(each.name.raw()));
  }
  json.end_object();
  json.field("receives_credentials", name_of(provider.receives_credentials))
      .field("last_written", provider.last_written);
  dlls(context, provider);
  text_or_null(json, "known_as", provider.known_as);
  json.field("verdict", name_of(provider.verdict)).field("score", provider.score);
  json.key("reasons").begin_array();
  for (const Reason& each : provider.reasons) {
    reason(context, each);
  }
  json.end_array();
  citations(context, "evidence", provider.evidence);
  json.end_object();
}

void companion(const Context& context, const Companion& companion) {
  JsonWriter& json = context.json;
  json.begin_object().field("role", name_of(companion.role));
  text_or_null(json, "registered", companion.registered);
  json.key("file");
  dll(context, companion.file);
  json.field("verdict", name_of(companion.verdict)).field("score", companion.score);
  json.key("reasons").begin_array();
  for (const Reason& each : companion.reasons) {
    reason(context, each);
  }
  json.end_array();
  citations(context, "evidence", companion.evidence);
  json.end_object();
}

}  // namespace npg::json_parts
