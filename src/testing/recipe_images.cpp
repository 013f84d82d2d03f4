#include "testing/recipe_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/checksum.hpp"
#include "base/evidence_text.hpp"
#include "testing/pe_writer.hpp"
#include "testing/recipe_yaml.hpp"
#include "view/win_event.hpp"

namespace npg::testing {
namespace {

constexpr std::array<std::string_view, 16> provider_exports{
    "NPAddConnection",     "NPAddConnection3",
    "NPCancelConnection",  "NPCloseEnum",
    "NPEnumResource",      "NPFormatNetworkName",
    "NPGetCaps",           "NPGetConnection",
    "NPGetConnection3",    "NPGetResourceInformation",
    "NPGetResourceParent", "NPGetUniversalName",
    "NPGetUser",           "NPOpenEnum",
    "DllCanUnloadNow",     "DllGetClassObject"};

struct StockImage {
  std::string_view file;
  std::string_view description;
  bool on_servers = true;
};
constexpr std::array stock_images{
    StockImage{"drprov.dll", "Microsoft Remote Desktop Session Host Server Network Provider"},
    StockImage{"ntlanman.dll", "Microsoft® Lan Manager"},
    StockImage{"davclnt.dll", "Web DAV Client DLL", false},
};

void add(BuiltImages& out, std::string path, std::string_view windows_path,
         std::vector<std::byte> content, std::string note) {
  out.sha256[name_key(windows_path)] = sha256_hex(content);
  out.files.push_back({std::move(path), std::move(content), std::move(note)});
}

void add_stock(BuiltImages& out, const RecipeHost& host) {
  const auto build = static_cast<std::uint16_t>(host.windows->build);
  const auto revision = static_cast<std::uint16_t>(host.windows->revision);
  const std::string version = fmt::format("10.0.{}.{} (WinBuild.160101.0800)", build, revision);
  for (const StockImage& stock : stock_images) {
    if (host.windows->is_server && !stock.on_servers) {
      continue;
    }
    ImageRecipe image{.dll_name = std::string(stock.file),
                      // Windows' own images carry a hash here, not a time.
                      .timestamp = 0x5c4f1e2a ^ static_cast<std::uint32_t>(build) << 8U};
    for (const std::string_view name : provider_exports) {
      image.exports.push_back({.name = std::string(name)});
    }
    image.version = {
        .strings = {{"CompanyName", "Microsoft Corporation"},
                    {"FileDescription", std::string(stock.description)},
                    {"FileVersion", version},
                    {"InternalName", std::string(stock.file)},
                    {"LegalCopyright", "© Microsoft Corporation. All rights reserved."},
                    {"OriginalFilename", std::string(stock.file)},
                    {"ProductName", "Microsoft® Windows® Operating System"},
                    {"ProductVersion", fmt::format("10.0.{}.{}", build, revision)}},
        .file_version = version_number(10, 0, build, revision),
        .product_version = version_number(10, 0, build, revision)};
    add(out, fmt::format("C/Windows/System32/{}", stock.file),
        fmt::format("C:\\Windows\\System32\\{}", stock.file), write_image(image),
        fmt::format("{} exports, no code", image.exports.size()));
  }
}

std::uint64_t version_in(const YAML::Node& map, std::string_view name) {
  const YAML::Node node = entry(map, name);
  if (!node.IsDefined()) {
    return 0;
  }
  std::array<std::uint16_t, 4> parts{};
  const std::vector<std::string> texts = split(text_in(node), '.');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::optional<std::uint64_t> number =
        texts.size() == parts.size() ? parse_number(texts[i]) : std::nullopt;
    if (!number || *number > 0xffff) {
      refuse(node, "a version is four numbers divided by dots");
    }
    parts.at(i) = static_cast<std::uint16_t>(*number);
  }
  return version_number(parts[0], parts[1], parts[2], parts[3]);
}

/// "NPGetCaps", "NPGetCaps @12", "@12" or "NPGetCaps -> other.NPGetCaps".
ExportRecipe export_in(const YAML::Node& node) {
  ExportRecipe made;
  std::string text = text_in(node);
  if (const std::size_t arrow = text.find(" -> "); arrow != std::string::npos) {
    made.forwarder = text.substr(arrow + 4);
    text.resize(arrow);
  }
  if (const std::size_t at = text.find('@'); at != std::string::npos) {
    const std::optional<std::uint64_t> ordinal =
        parse_number(std::string_view(text).substr(at + 1));
    if (!ordinal || *ordinal == 0 || *ordinal > 0xffff) {
      refuse(node, fmt::format("no such ordinal: {}", text));
    }
    made.ordinal = static_cast<std::uint16_t>(*ordinal);
    text.resize(at);
  }
  while (text.ends_with(' ')) {
    text.pop_back();
  }
  made.name = std::move(text);
  return made;
}

std::uint16_t machine_in(const YAML::Node& map) {
  const std::string word = text_in(map, "machine", "x64");
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 4> machines{
      {{"x64", 0x8664}, {"x86", 0x14c}, {"arm64", 0xaa64}, {"arm", 0x1c4}}};
  const auto found = std::ranges::find(machines, word, &decltype(machines)::value_type::first);
  if (found == machines.end()) {
    refuse(entry(map, "machine"), fmt::format("no such machine: {}", word));
  }
  return found->second;
}

void add_dll(BuiltImages& out, const YAML::Node& item) {
  require_map(item, "a DLL");
  require_known(item, {"path", "name", "machine", "built", "exports", "version", "file_version",
                       "product_version"});
  const YAML::Node path_node = entry(item, "path");
  const std::string windows_path = text_in(path_node);
  const std::string path = collected_path(path_node);
  ImageRecipe image{.dll_name = text_in(item, "name", path.substr(path.rfind('/') + 1)),
                    .machine = machine_in(item)};
  const FileTime built = time_in(item, "built", FileTime{FileTime::unix_epoch});
  image.timestamp =
      static_cast<std::uint32_t>((built.ticks - FileTime::unix_epoch) / FileTime::per_second);
  for_each_item(entry(item, "exports"),
                [&](const YAML::Node& each) { image.exports.push_back(export_in(each)); });
  for_each_entry(entry(item, "version"), [&](const std::string& name, const YAML::Node& value) {
    image.version.strings.emplace_back(name, text_in(value));
  });
  image.version.file_version = version_in(item, "file_version");
  image.version.product_version = entry(item, "product_version").IsDefined()
                                      ? version_in(item, "product_version")
                                      : image.version.file_version;
  // Recipes may replace what Windows ships.
  std::erase_if(out.files, [&](const BuiltFile& file) { return equal_names(file.path, path); });
  add(out, path, windows_path, write_image(image),
      fmt::format("{} exports, no code", image.exports.size()));
}

}  // namespace

std::string collected_path(const YAML::Node& node) {
  const std::string text = text_in(node);
  if (text.size() < 4 || text[1] != ':' || text[2] != '\\' ||
      text.find("..") != std::string::npos || text.find('/') != std::string::npos ||
      text.find('\0') != std::string::npos) {
    refuse(node, fmt::format("a path such as C:\\Windows\\x.dll is wanted, not {}", text));
  }
  std::string path = text.substr(0, 1) + text.substr(2);
  std::ranges::replace(path, '\\', '/');
  return path;
}

BuiltImages build_images(const YAML::Node& recipe, const RecipeHost& host) {
  BuiltImages out;
  if (yes_in(recipe, "stock_dlls", true)) {
    add_stock(out, host);
  }
  for_each_item(entry(recipe, "dlls"), [&](const YAML::Node& item) { add_dll(out, item); });
  return out;
}

}  // namespace npg::testing
