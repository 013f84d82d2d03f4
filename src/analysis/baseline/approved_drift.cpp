#include "analysis/baseline/approved_drift.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "analysis/baseline/drift.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// "REG_SZ" of "REG_SZ:C:\x.dll"; empty for a value that is written as bytes.
std::string_view type_of(std::string_view typed) {
  return typed.starts_with("hex:") ? std::string_view() : typed.substr(0, typed.find(':'));
}

bool is_of_type(std::string_view type, const Drift& drift,
                std::initializer_list<std::string_view> where_none_was) {
  if (drift.before.empty()) {
    return std::ranges::find(where_none_was, type) != where_none_was.end();
  }
  return std::ranges::any_of(drift.before,
                             [&](const std::string& value) { return type_of(value) == type; });
}

/// A path that is the approved one letter for letter, and of the type that it had.
bool is_path(const std::string& approved, const Drift& drift) {
  if (approved.empty() || drift.after.empty()) {
    return !approved.empty() && approved == "none";
  }
  return std::ranges::all_of(drift.after, [&](const std::string& value) {
    const std::string_view type = type_of(value);
    return !type.empty() && value.substr(type.size() + 1) == approved &&
           is_of_type(type, drift, {"REG_SZ", "REG_EXPAND_SZ"});
  });
}

/// That the number is the approved one was compared with the registration itself.
bool is_class(const std::string& approved, const Drift& drift) {
  return !approved.empty() && std::ranges::all_of(drift.after, [&](const std::string& value) {
    return is_of_type(type_of(value), drift, {"REG_DWORD"});
  });
}

bool leads_to_approved(const std::string& approved, const Drift& drift) {
  return !approved.empty() && !drift.after.empty() &&
         std::ranges::all_of(
             drift.after, [&](const std::string& value) { return equal_names(value, approved); });
}

bool is_of(const Drift& drift, const Provider& provider) {
  return drift.kind == ProfileKind::provider &&
         equal_names(drift.subject, profile_cell(provider.name.raw()));
}

bool approves(const ExceptionRule& rule, const Drift& drift, const ExceptionContext& context) {
  if (drift.is_other) {
    // A control set that has the same as the current one says nothing new.
    return !context.differ_elsewhere.contains(name_key(drift.subject));
  }
  const auto is_field = [&](std::string_view name) { return equal_names(drift.field, name); };
  if (is_field("present")) {
    return true;  // That the provider is there is what an exception is about.
  }
  if (is_field("Class")) {
    return is_class(rule.registration.provider_class, drift);
  }
  if (is_field("ProviderPath")) {
    return is_path(rule.registration.provider_path, drift);
  }
  if (is_field("AuthentProviderPath")) {
    return is_path(rule.registration.authent_provider_path, drift);
  }
  return (is_field("ProviderPath leads to") || is_field("AuthentProviderPath leads to")) &&
         leads_to_approved(rule.selector.path, drift);
}

}  // namespace

bool is_reopened_by_drift(const ExceptionRule& rule, const Provider& provider,
                          const ExceptionContext& context) {
  return std::ranges::any_of(context.drifts, [&](const Drift& drift) {
    const bool is_gone = drift.field == "present" && drift.drift == DriftKind::removed;
    return is_of(drift, provider) && !is_gone && !differs_in_case_alone(drift) &&
           !approves(rule, drift, context);
  });
}

bool approves_all_drift(const ExceptionRule& rule, const Provider& provider,
                        const ExceptionContext& context) {
  return std::ranges::all_of(context.drifts, [&](const Drift& drift) {
    return !is_of(drift, provider) || drift.field == "present" || approves(rule, drift, context);
  });
}

}  // namespace npg
