#include "testing/recipe_registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/evidence_text.hpp"
#include "testing/evtx_writer.hpp"
#include "testing/recipe_yaml.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/windows_defaults.hpp"
#include "view/win_event.hpp"

namespace npg::testing {
namespace {

std::string hive_path(std::string path) {
  constexpr std::string_view current = "CurrentControlSet\\";
  if (equal_names(std::string_view(path).substr(0, current.size()), current)) {
    path.replace(0, current.size(), "ControlSet001\\");
  }
  return path;
}

std::vector<std::byte> number_data(std::uint64_t number, std::size_t bytes) {
  std::vector<std::byte> data;
  for (std::size_t i = 0; i < bytes; ++i) {
    data.push_back(static_cast<std::byte>((number >> (8 * i)) & 0xffU));
  }
  return data;
}

std::vector<std::byte> hex_data(const YAML::Node& node) {
  std::string digits = text_in(node);
  std::erase(digits, ' ');
  const auto data = event_value_bytes(EventType::binary, digits);
  if (!data) {
    refuse(node, "pairs of hexadecimal digits are wanted here");
  }
  return *data;
}

/// "text" is REG_SZ; !expand, !dword, !qword, !multi [..], !binary, !none, !link, and !type7 with
/// hexadecimal digits for anything else.
RegfValue value_in(const std::string& name, const YAML::Node& node) {
  const std::string tag = node.Tag();
  // Nothing between the quotes is Windows' own name for the default value.
  const std::string stored = name == "(default)" ? std::string() : name;
  if (tag == "!multi") {
    std::vector<std::string> texts;
    for_each_item(node, [&](const YAML::Node& item) { texts.push_back(text_in(item)); });
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    return {stored, reg::multi_sz, multi_sz_data(views)};
  }
  if (tag == "!dword") {
    return {stored, reg::dword, number_data(number_in(node), 4)};
  }
  if (tag == "!qword") {
    return {stored, reg::qword, number_data(number_in(node), 8)};
  }
  if (tag == "!expand") {
    return {stored, reg::expand_sz, sz_data(text_in(node))};
  }
  if (tag == "!link") {
    // A link's text has no NUL at its end.
    std::vector<std::byte> data = sz_data(text_in(node));
    data.erase(data.end() - 2, data.end());
    return {stored, reg::link, std::move(data)};
  }
  if (tag == "!binary" || tag == "!none") {
    return {stored, tag == "!binary" ? reg::binary : reg::none, hex_data(node)};
  }
  if (tag.starts_with("!type")) {
    const std::optional<std::uint64_t> type = parse_number(std::string_view(tag).substr(5));
    if (!type) {
      refuse(node, fmt::format("no such type: {}", tag));
    }
    return {stored, static_cast<std::uint32_t>(*type), hex_data(node)};
  }
  if (!tag.empty() && tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str") {
    refuse(node, fmt::format("no such type: {}", tag));
  }
  return {stored, reg::sz, sz_data(text_in(node))};
}

std::string sid_in(const YAML::Node& node) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> words{{
      {"SYSTEM", "S-1-5-18"},
      {"Administrators", "S-1-5-32-544"},
      {"Users", "S-1-5-32-545"},
      {"Everyone", "S-1-1-0"},
      {"Authenticated Users", "S-1-5-11"},
      {"Interactive", "S-1-5-4"},
      {"Network Service", "S-1-5-20"},
      {"TrustedInstaller", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"},
  }};
  const std::string text = text_in(node);
  const auto found = std::ranges::find(words, text, &decltype(words)::value_type::first);
  const std::string sid = found == words.end() ? text : std::string(found->second);
  if (!is_sid(sid)) {
    refuse(node, fmt::format("no such SID: {}", text));
  }
  return sid;
}

std::vector<AccessEntry> entries_in(const YAML::Node& list) {
  std::vector<AccessEntry> entries;
  for_each_item(list, [&](const YAML::Node& item) {
    require_map(item, "an access entry");
    require_known(item, {"who", "rights", "flags"});
    entries.push_back({sid_in(entry(item, "who")),
                       static_cast<std::uint32_t>(number_in(entry(item, "rights"))),
                       static_cast<std::uint8_t>(number_in(item, "flags", 2))});
  });
  return entries;
}

std::vector<std::byte> security_in(const YAML::Node& node) {
  if (node.IsScalar()) {
    const std::string word = text_in(node);
    if (word != "default" && word != "trusted_installer") {
      refuse(node, fmt::format("no such descriptor: {}", word));
    }
    return word == "default" ? default_descriptor() : trusted_installer_descriptor();
  }
  require_known(node, {"owner", "protected", "allow", "audit"});
  DescriptorRecipe recipe;
  if (entry(node, "owner").IsDefined()) {
    recipe.owner = sid_in(entry(node, "owner"));
  }
  recipe.is_protected = yes_in(node, "protected", false);
  recipe.allow = entries_in(entry(node, "allow"));
  recipe.audit = entries_in(entry(node, "audit"));
  return descriptor_bytes(recipe);
}

void add_keys(RegfKey& root, const YAML::Node& keys, FileTime otherwise) {
  for_each_entry(keys, [&](const std::string& path, const YAML::Node& node) {
    require_known(node, {"written", "values", "security", "class", "access_bits", "flags"});
    RegfKey& key = key_at(root, hive_path(path), otherwise);
    key.last_written = time_in(node, "written", key.last_written);
    key.class_name = text_in(node, "class", key.class_name);
    key.access_bits = static_cast<std::uint8_t>(number_in(node, "access_bits", key.access_bits));
    key.flags = static_cast<std::uint16_t>(number_in(node, "flags", key.flags));
    if (entry(node, "security").IsDefined()) {
      key.security = security_in(entry(node, "security"));
    }
    for_each_entry(entry(node, "values"), [&](const std::string& name, const YAML::Node& value) {
      set_value(key, value_in(name, value));
    });
  });
}

void leave_out(RegfKey& root, const YAML::Node& item) {
  const std::string path = hive_path(text_in(item));
  const std::size_t cut = path.rfind('\\');
  RegfKey& parent = key_at(root, cut == std::string::npos ? "" : path.substr(0, cut), FileTime{});
  const std::string name = cut == std::string::npos ? path : path.substr(cut + 1);
  if (std::erase_if(parent.children,
                    [&](const RegfKey& key) { return equal_names(key.name, name); }) == 0) {
    refuse(item, fmt::format("there is no such key to leave out: {}", path));
  }
}

void apply_edit(HiveWriter& hive, const YAML::Node& item) {
  require_map(item, "an edit");
  require_known(item, {"time", "delete_key", "delete_value", "key", "values"});
  const FileTime when = time_in(entry(item, "time"));
  if (const YAML::Node gone = entry(item, "delete_key"); gone.IsDefined()) {
    if (!hive.remove_key(hive_path(text_in(gone)), when)) {
      refuse(gone, "there is no such key to delete");
    }
    return;
  }
  const std::string path = hive_path(text_in(entry(item, "key")));
  if (const YAML::Node gone = entry(item, "delete_value"); gone.IsDefined()) {
    if (!hive.remove_value(path, text_in(gone), when)) {
      refuse(gone, "there is no such value to delete");
    }
    return;
  }
  hive.add_key(path, when);
  for_each_entry(entry(item, "values"), [&](const std::string& name, const YAML::Node& value) {
    hive.set_value(path, value_in(name, value), when);
  });
}

std::size_t count_keys(const RegfKey& key) {
  std::size_t count = 1;
  for (const RegfKey& child : key.children) {
    count += count_keys(child);
  }
  return count;
}

/// Sets the time of a key that is there.
void touch(RegfKey& root, std::string_view path, FileTime when) {
  RegfKey* key = &root;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('\\'));
    const auto child = std::ranges::find(key->children, name, &RegfKey::name);
    if (child == key->children.end()) {
      return;
    }
    key = &*child;
    path.remove_prefix(std::min(name.size() + 1, path.size()));
  }
  key->last_written = when;
}

/// A Windows that runs writes to many keys of its hives, until it ends.
void touch_busy_keys(RegfKey& root, FileTime written) {
  for (const std::string_view path :
       {"", "Setup", "ControlSet001", "ControlSet001\\Control",
        "ControlSet001\\Control\\ComputerName", "ControlSet001\\Control\\ProductOptions",
        "ControlSet001\\Control\\Session Manager", "ControlSet001\\Control\\Windows",
        "ControlSet001\\Control\\GroupOrderList", "ControlSet001\\Services\\Tcpip"}) {
    touch(root, path, written);
  }
}

void build_hive(const std::string& name, RegfKey root, const YAML::Node& node,
                const RecipeHost& host, std::vector<BuiltFile>& files) {
  if (node.IsDefined()) {
    require_map(node, "a hive");
    require_known(node, {"written", "sequence", "without", "keys", "edits", "log"});
  }
  const FileTime written = time_in(node, "written", host.installed);
  for_each_item(entry(node, "without"), [&](const YAML::Node& item) { leave_out(root, item); });
  if (name == "SYSTEM") {
    touch_busy_keys(root, written);
  }
  add_keys(root, entry(node, "keys"), written);

  HiveWriter hive(root);
  for_each_item(entry(node, "edits"), [&](const YAML::Node& item) { apply_edit(hive, item); });
  const auto sequence = static_cast<std::uint32_t>(number_in(node, "sequence", 412));
  const HiveStamp stamp{.file_name = name == "SYSTEM" ? name : "emRoot\\System32\\Config\\" + name,
                        .last_written = written,
                        .primary_sequence = sequence,
                        .secondary_sequence = sequence};
  const std::string path = "C/Windows/System32/config/" + name;
  std::vector<std::vector<std::byte>> states{hive.image(stamp)};
  for_each_item(entry(node, "log"), [&](const YAML::Node& item) {
    apply_edit(hive, item);
    states.push_back(hive.image(stamp));
  });
  const std::string note = fmt::format("{} keys", count_keys(root));
  if (states.size() == 1) {
    files.push_back({path, std::move(states.front()), note + ", clean"});
    return;
  }
  LoggedHive logged = log_states(states, sequence);
  files.push_back({path, std::move(logged.primary), note + ", dirty"});
  files.push_back(
      {path + ".LOG1", std::move(logged.log), fmt::format("{} log entries", states.size() - 1)});
}

std::map<std::string, std::uint16_t> audit_in(const YAML::Node& recipe) {
  std::map<std::string, std::uint16_t> audit;
  for_each_entry(entry(recipe, "audit"), [&](const std::string& name, const YAML::Node& value) {
    constexpr std::array<std::string_view, 4> words{"none", "success", "failure", "both"};
    const auto found = std::ranges::find(words, text_in(value));
    if (!is_audit_subcategory(name) || found == words.end()) {
      refuse(value, fmt::format("no such audit setting: {}: {}", name, text_in(value)));
    }
    audit[name] = static_cast<std::uint16_t>(found - words.begin());
  });
  return audit;
}

}  // namespace

std::vector<BuiltFile> build_hives(const YAML::Node& recipe, const RecipeHost& host) {
  const YAML::Node hives = entry(recipe, "hives");
  if (hives.IsDefined()) {
    require_map(hives, "hives");
    require_known(hives, {"SYSTEM", "SOFTWARE", "SECURITY"});
  }
  std::vector<BuiltFile> files;
  build_hive("SYSTEM", default_system_hive(host), entry(hives, "SYSTEM"), host, files);
  build_hive("SOFTWARE", default_software_hive(host), entry(hives, "SOFTWARE"), host, files);
  build_hive("SECURITY", default_security_hive(host, audit_in(recipe)), entry(hives, "SECURITY"),
             host, files);
  return files;
}

}  // namespace npg::testing
