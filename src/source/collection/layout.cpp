#include "source/collection/layout.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace npg {
namespace {

/// Limit: the longest path that Windows' own functions take, in characters.
constexpr std::size_t windows_path_max = 32'767;

struct Component {
  std::string_view text;
  std::size_t at = 0;  ///< where it begins in the path
};

std::vector<Component> components_of(std::string_view path) {
  std::vector<Component> found;
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) {
      found.push_back({.text = path.substr(at, end - at), .at = at});
    }
    at = end + 1;
  }
  return found;
}

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return equal_names(text, name); });
}

/// Folders that stand at the root of a Windows volume.
bool is_volume_folder(std::string_view text) {
  constexpr std::array<std::string_view, 17> names = {"Windows",
                                                      "WINNT",
                                                      "Windows.old",
                                                      "Users",
                                                      "Documents and Settings",
                                                      "ProgramData",
                                                      "PerfLogs",
                                                      "$Recycle.Bin",
                                                      "$Extend",
                                                      "System Volume Information",
                                                      "Recovery",
                                                      "$WinREAgent",
                                                      "inetpub",
                                                      "Boot",
                                                      "Program Files",
                                                      "Program Files (x86)",
                                                      "EFI"};
  return one_of(text, names);
}

bool is_windows_folder(std::string_view text) {
  return equal_names(text, "Windows") || equal_names(text, "WINNT");
}

/// Folders of the Windows folder, so that an analyst's folder called "windows" is not taken for it.
bool is_below_windows(std::string_view text) {
  constexpr std::array<std::string_view, 22> names = {"System32",        "SysWOW64",
                                                      "Sysnative",       "SysArm32",
                                                      "WinSxS",          "inf",
                                                      "Prefetch",        "Tasks",
                                                      "appcompat",       "Temp",
                                                      "security",        "debug",
                                                      "Fonts",           "Logs",
                                                      "ServiceProfiles", "servicing",
                                                      "SYSVOL",          "NTDS",
                                                      "Panther",         "assembly",
                                                      "Microsoft.NET",   "SoftwareDistribution"};
  return one_of(text, names);
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto at = digits.find(lower);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// %XX decoded once; a percent sign without two digits stays.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

/// What one component says about the volume that its children are of.
struct Volume {
  enum class Sure : std::uint8_t { no, with_known_child, yes } sure = Sure::no;
  char drive = 'C';
  bool decode = false;    ///< its children are percent-encoded
  bool own_root = false;  ///< a shadow copy: another state of the host, so a root of its own
};

Volume volume_of(std::string_view component) {
  using Sure = Volume::Sure;
  // Limit: the longest such component is a shadow copy's device name.
  if (component.size() > 256) {
    return {};
  }
  if (component.size() == 1 && is_letter(component[0])) {
    return {.sure = Sure::with_known_child, .drive = component[0]};
  }
  if (equal_names(component, "[root]")) {
    return {.sure = Sure::yes};
  }
  if (equal_names(component, "sysvol")) {
    return {.sure = Sure::with_known_child};
  }
  std::string decoded = percent_decoded(component);
  const bool decode = decoded != component;
  for (const std::string_view device : {"\\\\.\\", "\\\\?\\"}) {
    if (decode && decoded.starts_with(device)) {
      decoded.erase(0, device.size());
      if (contains_name(decoded, "HarddiskVolumeShadowCopy")) {
        return {.sure = Sure::yes, .decode = true, .own_root = true};
      }
      break;
    }
  }
  if (decoded.size() == 2 && is_letter(decoded[0]) && decoded[1] == ':') {
    return {.sure = Sure::yes, .drive = decoded[0], .decode = decode};
  }
  return {};
}

/// Where in a path the Windows volume begins.
struct Root {
  std::size_t first = 0;      ///< index of the volume's first child component
  std::size_t group_end = 0;  ///< bytes of the path that are the group's name
  Volume volume;
};

class Finder {
 public:
  Finder(std::string_view path, std::size_t named_bytes) : path_(path), all_(components_of(path)) {
    while (named_ < all_.size() && all_[named_].at + all_[named_].text.size() <= named_bytes) {
      ++named_;
    }
  }

  [[nodiscard]] const std::vector<Component>& components() const { return all_; }

  /// The marks in the order in which they are believed: behind what the user named the outermost
  /// one, as the inner ones may be folders of the host; in what he named the innermost one, as the
  /// outer ones may be his own folders.
  [[nodiscard]] std::optional<Root> find() const {
    for (std::size_t i = named_; i < all_.size(); ++i) {
      if (const auto root = drive_at(i, Need::known_child)) {
        return root;
      }
    }
    if (named_ > 0) {
      if (const auto root = drive_at(named_ - 1, Need::any_child)) {
        return root;
      }
    }
    for (std::size_t i = named_; i < all_.size(); ++i) {
      if (const auto root = drive_at(i, Need::any_child)) {
        return root;
      }
    }
    for (std::size_t i = named_; i-- > 0;) {
      if (const auto root = drive_at(i, Need::known_child)) {
        return root;
      }
    }
    for (std::size_t i = named_; i < all_.size(); ++i) {
      if (const auto root = bare_at(i)) {
        return root;
      }
    }
    for (std::size_t i = named_; i-- > 0;) {
      if (const auto root = bare_at(i)) {
        return root;
      }
    }
    return std::nullopt;
  }

 private:
  enum class Need : std::uint8_t { known_child, any_child };

  /// A drive folder at component i, with a child.
  [[nodiscard]] std::optional<Root> drive_at(std::size_t i, Need need) const {
    if (i + 1 >= all_.size()) {
      return std::nullopt;
    }
    const Component& component = all_[i];
    const Volume volume = volume_of(component.text);
    if (volume.sure == Volume::Sure::no) {
      return std::nullopt;
    }
    const std::string_view child = all_[i + 1].text;
    if (volume.sure == Volume::Sure::with_known_child) {
      const char first = component.text[0];
      const bool capital = component.text.size() == 1 && first >= 'A' && first <= 'Z';
      // "/mnt/c/Users/…" is how some analysts' own disks look, so a small letter needs more.
      const bool known = capital ? is_volume_folder(child) : is_windows_folder(child);
      if (!known && (need == Need::known_child || !capital)) {
        return std::nullopt;
      }
    }
    return Root{
        .first = i + 1,
        .group_end = volume.own_root ? component.at + component.text.size() : group_end_before(i),
        .volume = volume};
  }

  /// A folder of a volume's root without a drive folder around it.
  [[nodiscard]] std::optional<Root> bare_at(std::size_t i) const {
    if (i + 1 >= all_.size()) {
      return std::nullopt;
    }
    constexpr std::array<std::string_view, 3> unmistakable = {"Program Files",
                                                              "Program Files (x86)", "ProgramData"};
    const std::string_view text = all_[i].text;
    const bool windows = is_windows_folder(text) && is_below_windows(all_[i + 1].text);
    const bool old = equal_names(text, "Windows.old") && is_windows_folder(all_[i + 1].text);
    if (!windows && !old && !one_of(text, unmistakable)) {
      return std::nullopt;
    }
    return Root{.first = i, .group_end = trimmed(all_[i].at), .volume = {}};
  }

  /// The group's end for a drive folder at i: Velociraptor puts "uploads/ACCESSOR" before it, and
  /// one host's files may stand under several accessors.
  [[nodiscard]] std::size_t group_end_before(std::size_t i) const {
    constexpr std::array<std::string_view, 7> accessors = {"auto", "ntfs",     "lazy_ntfs", "file",
                                                           "mft",  "ntfs_vss", "raw_ntfs"};
    if (i >= 2 && one_of(all_[i - 1].text, accessors) && equal_names(all_[i - 2].text, "uploads")) {
      return trimmed(all_[i - 1].at);
    }
    return trimmed(all_[i].at);
  }

  /// A position with the slashes before it taken off, but for the one at the start of the path.
  [[nodiscard]] std::size_t trimmed(std::size_t end) const {
    while (end > 1 && path_[end - 1] == '/') {
      --end;
    }
    return end;
  }

  std::string_view path_;
  std::vector<Component> all_;
  std::size_t named_ = 0;  ///< components that the user named
};

/// False for what cannot be one component of a Windows path.
bool is_windows_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") {
    return false;
  }
  return std::ranges::none_of(name, [](char c) {
    return (c >= 0 && c < 0x20) || c == '\\' || c == '/' || c == ':' || c == '*' || c == '?' ||
           c == '"' || c == '<' || c == '>' || c == '|';
  });
}

}  // namespace

std::optional<EvidenceText> windows_path_of(std::string_view path, std::size_t named_bytes) {
  if (path.size() > 4 * windows_path_max) {
    return std::nullopt;
  }
  const Finder finder(path, named_bytes);
  const auto root = finder.find();
  if (!root) {
    return std::nullopt;
  }
  const char drive = root->volume.drive;
  std::string out(1, drive >= 'a' ? static_cast<char>(drive - 'a' + 'A') : drive);
  out.push_back(':');
  for (const Component& component : std::span(finder.components()).subspan(root->first)) {
    const std::string name =
        root->volume.decode ? percent_decoded(component.text) : std::string(component.text);
    if (!is_windows_name(name)) {
      return std::nullopt;
    }
    out.push_back('\\');
    out += name;
  }
  if (out.size() > windows_path_max) {
    return std::nullopt;
  }
  return EvidenceText::from_utf8(out);
}

std::string group_of(std::string_view path, std::size_t named_bytes) {
  const Finder finder(path, named_bytes);
  if (const auto root = finder.find()) {
    return std::string(path.substr(0, root->group_end));
  }
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return "";
  }
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::optional<std::string> normal_windows_path(std::string_view windows_path) {
  if (windows_path.size() < 3 || windows_path.size() > 4 * windows_path_max ||
      !is_letter(windows_path[0]) || windows_path[1] != ':' ||
      (windows_path[2] != '\\' && windows_path[2] != '/')) {
    return std::nullopt;
  }
  std::vector<std::string_view> parts;
  std::string_view rest = windows_path.substr(2);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("\\/"), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part == "..") {
      if (parts.empty()) {
        return std::nullopt;
      }
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  const char drive = windows_path[0];
  std::string out(1, drive >= 'a' ? static_cast<char>(drive - 'a' + 'A') : drive);
  out.push_back(':');
  for (const std::string_view part : parts) {
    out.push_back('\\');
    out += part;
  }
  return out;
}

bool stands_at(std::string_view path, std::size_t group_bytes, std::string_view windows_path) {
  if (group_bytes > path.size() || windows_path.size() < 2) {
    return false;
  }
  const std::vector<Component> parts = components_of(path.substr(group_bytes));
  const auto joined_from = [&](std::size_t first, const Volume& volume) {
    std::string out(1, volume.drive);
    out.push_back(':');
    for (const Component& part : std::span(parts).subspan(first)) {
      out.push_back('\\');
      out += volume.decode ? percent_decoded(part.text) : std::string(part.text);
    }
    return out;
  };
  // The drive folder comes first, or behind one folder such as an accessor's.
  for (std::size_t i = 0; i < 2 && i + 1 < parts.size(); ++i) {
    const Volume volume = volume_of(parts[i].text);
    if (volume.sure != Volume::Sure::no && !volume.own_root &&
        equal_names(joined_from(i + 1, volume), windows_path)) {
      return true;
    }
  }
  return equal_names(joined_from(0, {}), windows_path);
}

}  // namespace npg
