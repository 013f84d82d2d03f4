// The texts of event fields: what Windows writes when nothing is said, and its codes for words.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/filetime.hpp"
#include "testing/event_shapes.hpp"
#include "testing/evtx_writer.hpp"
#include "testing/recipe_host.hpp"

namespace npg::testing {

/// The content of fields by name, before it is encoded.
using FieldTexts = std::map<std::string, std::string>;

struct ShapeField {
  std::string name;
  EventType type = EventType::string;
  bool is_element = false;
};

/// The fields of a shape in order.
[[nodiscard]] std::vector<ShapeField> fields_of(const EventShape& shape);
/// "2026-11-18 08:01:02.123", as Sysmon writes UtcTime.
[[nodiscard]] std::string sysmon_time(FileTime time);
/// A GUID that stays the same for one seed.
[[nodiscard]] std::string made_guid(std::string_view seed);
/// What a field holds when the recipe does not say: what Windows prints for nothing.
[[nodiscard]] std::string usual_text(const ShapeField& field, FileTime time);
/// Sets the fields of an account: prefix Subject gives SubjectUserSid and so on.
void set_account(FieldTexts& texts, std::string_view prefix, const RecipeAccount& account);
/// Sets a field that is not yet set.
void set_default(FieldTexts& texts, const std::string& name, std::string_view text);
/// Windows' code for yes or no; any other text as it is.
[[nodiscard]] std::string yes_no(const YAML::Node& node);
/// Windows' codes for what recipes say in words.
[[nodiscard]] std::string coded(const std::string& field, std::string text);
/// Sets what goes without saying in a logon of its type.
void complete_logon(FieldTexts& texts, const RecipeHost& host);

}  // namespace npg::testing
