#include "source/hive/saved_part.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/check.hpp"

namespace npg {
namespace {

using Names = std::initializer_list<std::string_view>;

bool has_key(const RegistryView& view, KeyId from, std::string_view path) {
  return find_key(view, from, path).has_value();
}

bool has_value(const RegistryView& view, KeyId key, Names names) {
  return std::ranges::any_of(view.values(key), [&](const RegistryValue& value) {
    return std::ranges::any_of(
        names, [&](std::string_view name) { return equal_names(value.name.raw(), name); });
  });
}

bool is_registration(const RegistryView& view, KeyId key) {
  return has_value(view, key, {"ProviderPath", "AuthentProviderPath"});
}

bool is_service_with_provider(const RegistryView& view, KeyId key) {
  const auto provider = find_subkey(view, key, "NetworkProvider");
  return provider && is_registration(view, *provider);
}

/// Control\ServiceProvider\Order is WinSock's: a REG_MULTI_SZ.
bool is_order(const RegistryView& view, KeyId key) {
  const auto value = find_value(view, key, "ProviderOrder");
  return value && value->type != reg::multi_sz;
}

bool has_orders(const RegistryView& view, KeyId key) {
  return std::ranges::any_of(Names{"Order", "HwOrder"}, [&](std::string_view name) {
    const auto order = find_subkey(view, key, name);
    return order && is_order(view, *order);
  });
}

constexpr std::string_view which_set =
    "Which control set it is of the file does not say; it is taken as the current one.";
constexpr std::string_view which_service =
    "The name of the service is not in the file; it is written as ?.";
constexpr std::string_view which_order =
    "Whether it is Order or HwOrder the file does not say; it is taken as Order.";
constexpr std::string_view whose_settings =
    "Whether it was saved from the machine's settings or from a user's the file does not say; it "
    "is "
    "taken as the machine's.";
constexpr std::string_view is_it_current =
    "Whether the control set is the current one the file does not say.";

constexpr std::string_view set_prefix = "CurrentControlSet";
constexpr std::string_view windows_nt = "Microsoft\\Windows NT\\CurrentVersion";
constexpr std::string_view windows = "Microsoft\\Windows\\CurrentVersion";

std::string joined_path(std::string_view first, std::string_view second) {
  return std::string(first) + "\\" + std::string(second);
}

class Recogniser {
 public:
  explicit Recogniser(const RegistryView& view) : view_(view), root_(view.root()) {
    if (const auto key = view.key(root_)) {
      name_ = key->name.raw();
    }
  }

  [[nodiscard]] std::optional<SavedPart> run() const {
    // What stands in a control set first: the rest is told by less.
    for (const auto look :
         {&Recogniser::control_set, &Recogniser::control, &Recogniser::network_provider,
          &Recogniser::order, &Recogniser::registration, &Recogniser::service,
          &Recogniser::services, &Recogniser::small_system_keys, &Recogniser::software,
          &Recogniser::security}) {
      if (auto part = (this->*look)()) {
        return part;
      }
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool is_named(std::string_view name) const { return equal_names(name_, name); }
  [[nodiscard]] bool has(std::string_view path) const { return has_key(view_, root_, path); }
  [[nodiscard]] bool has_any(Names paths) const {
    return std::ranges::any_of(paths, [this](std::string_view path) { return has(path); });
  }

  static SavedPart of_set(std::string_view path, bool has_services, bool has_orders,
                          std::string_view doubt = which_set) {
    return {.kind = HiveKind::system,
            .path = joined_path(set_prefix, path),
            .doubt = doubt,
            .has_services = has_services,
            .has_orders = has_orders};
  }
  static SavedPart of_software(std::string path, std::string_view doubt = {}) {
    return {.kind = HiveKind::software, .path = std::move(path), .doubt = doubt};
  }

  [[nodiscard]] std::optional<SavedPart> control_set() const {
    constexpr std::string_view numbered = "ControlSet";
    const bool has_name =
        name_.size() == numbered.size() + 3 &&
        equal_names(std::string_view(name_).substr(0, numbered.size()), numbered) &&
        std::string_view(name_).find_first_not_of("0123456789", numbered.size()) ==
            std::string_view::npos;
    const bool is_set =
        has_name ? has_any({"Control", "Services"}) : has("Control") && has("Services");
    if (!is_set) {
      return std::nullopt;
    }
    return SavedPart{.kind = HiveKind::system,
                     .path = std::string(has_name ? std::string_view(name_) : set_prefix),
                     .doubt = has_name ? is_it_current : which_set,
                     .has_services = true,
                     .has_orders = true};
  }

  [[nodiscard]] std::optional<SavedPart> control() const {
    const auto provider = find_subkey(view_, root_, "NetworkProvider");
    const bool is_control =
        (provider && has_orders(view_, *provider)) ||
        (is_named("Control") && has_any({"NetworkProvider", "Lsa", "ComputerName"}));
    return is_control ? std::optional(of_set("Control", false, true)) : std::nullopt;
  }

  [[nodiscard]] std::optional<SavedPart> network_provider() const {
    const bool is_it =
        has_orders(view_, root_) || (is_named("NetworkProvider") && has_any({"Order", "HwOrder"}));
    return is_it ? std::optional(of_set("Control\\NetworkProvider", false, true)) : std::nullopt;
  }

  [[nodiscard]] std::optional<SavedPart> order() const {
    if (!is_order(view_, root_)) {
      return std::nullopt;
    }
    const bool is_hw_order = is_named("HwOrder");
    return of_set(
        is_hw_order ? "Control\\NetworkProvider\\HwOrder" : "Control\\NetworkProvider\\Order",
        false, false, is_hw_order || is_named("Order") ? which_set : which_order);
  }

  [[nodiscard]] std::optional<SavedPart> registration() const {
    return is_registration(view_, root_)
               ? std::optional(of_set("Services\\?\\NetworkProvider", false, false, which_service))
               : std::nullopt;
  }

  [[nodiscard]] std::optional<SavedPart> service() const {
    if (!is_service_with_provider(view_, root_)) {
      return std::nullopt;
    }
    // What Windows and its tools call the root of a file that is no copy of a key.
    const bool has_no_name = name_.empty() || is_named("ROOT") || is_named("$$$PROTO.HIV") ||
                             name_.starts_with("CMI-CreateHive") || name_.starts_with('{');
    return of_set(joined_path("Services", has_no_name ? "?" : name_), false, false,
                  has_no_name ? which_service : which_set);
  }

  [[nodiscard]] std::optional<SavedPart> services() const {
    const bool is_it = std::ranges::any_of(view_.subkeys(root_), [this](KeyId id) {
      return is_service_with_provider(view_, id) ||
             (is_named("Services") && has_value(view_, id, {"Start"}) &&
              has_value(view_, id, {"Type"}));
    });
    return is_it ? std::optional(of_set("Services", true, false)) : std::nullopt;
  }

  [[nodiscard]] std::optional<SavedPart> small_system_keys() const {
    if (is_named("Notifyees") && !view_.values(root_).empty()) {
      return of_set("Control\\NetworkProvider\\Notifyees", false, false);
    }
    if (has_value(view_, root_, {"Notification Packages"}) ||
        (is_named("Lsa") && has_value(view_, root_, {"Security Packages"}))) {
      return of_set("Control\\Lsa", false, false);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<SavedPart> software() const {
    if (has("Windows NT\\CurrentVersion")) {
      return of_software("Microsoft", whose_settings);
    }
    if (has("CurrentVersion\\Winlogon")) {
      return of_software("Microsoft\\Windows NT", whose_settings);
    }
    if (has("Winlogon") || has("Image File Execution Options")) {
      return of_software(std::string(windows_nt), whose_settings);
    }
    if (has("Policies\\System")) {
      return of_software(std::string(windows), whose_settings);
    }
    if (has_value(view_, root_, {"mpnotify"}) ||
        (is_named("Winlogon") && has_value(view_, root_, {"Userinit", "Shell"}))) {
      return of_software(joined_path(windows_nt, "Winlogon"), whose_settings);
    }
    if (has_value(view_, root_, {"EnableMPR"}) ||
        (is_named("System") && has_value(view_, root_, {"EnableLUA"}))) {
      return of_software(joined_path(windows, "Policies\\System"), whose_settings);
    }
    if (has_value(view_, root_, {"SmartCardLogonNotify"})) {
      return of_software(joined_path(windows_nt, "Winlogon\\Notify"), whose_settings);
    }
    if (is_named("Image File Execution Options") || is_named("SilentProcessExit")) {
      return of_software(joined_path(windows_nt, name_));
    }
    // Of a saved key of one program its settings tell which of the two keys it was below.
    if (is_named("mpnotify.exe")) {
      return of_software(
          joined_path(windows_nt, has_value(view_, root_, {"MonitorProcess", "ReportingMode"})
                                      ? "SilentProcessExit\\mpnotify.exe"
                                      : "Image File Execution Options\\mpnotify.exe"));
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<SavedPart> security() const {
    return has("PolAdtEv") ? std::optional(SavedPart{.kind = HiveKind::security, .path = "Policy"})
                           : std::nullopt;
  }

  const RegistryView& view_;
  KeyId root_;
  std::string name_;
};

}  // namespace

std::optional<SavedPart> saved_part_of(const RegistryView& view) {
  return Recogniser(view).run();
}

std::optional<KeyId> provider_key_in(const RegistryView& view) {
  // Limit: hives of other kinds may be large, and a part that is worth a word is a small one.
  constexpr std::size_t keys_max = 20'000;
  std::vector<KeyId> left = {view.root()};
  for (std::size_t keys = 0; !left.empty() && keys < keys_max; ++keys) {
    const KeyId id = left.back();
    left.pop_back();
    if (is_registration(view, id) || is_order(view, id)) {
      return id;
    }
    const auto below = view.subkeys(id);
    left.insert(left.end(), below.begin(), below.end());
  }
  return std::nullopt;
}

SavedPartView::SavedPartView(const RegistryView& part, std::string_view path) : part_(part) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('\\'), path.size());
    names_.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  NPG_CHECK(!names_.empty());
}

Result<RegistryKey> SavedPartView::key(KeyId id) const {
  if (!is_above(id)) {
    NPG_TRY(RegistryKey key, part_.key(id));
    if (id == part_.root()) {
      key.name = EvidenceText::from_utf8(names_.back());
      // As in an export: a hive at rest has no such key, so what has a time is somebody's doing.
      key.last_written = equal_names(names_.back(), set_prefix) ? FileTime{} : key.last_written;
    }
    return key;
  }
  NPG_TRY(const RegistryKey root, part_.key(part_.root()));
  const auto depth = static_cast<std::size_t>(id.number - first_above);
  return RegistryKey{
      .name = depth == 0 ? EvidenceText() : EvidenceText::from_utf8(names_[depth - 1]),
      .origin = root.origin};
}

std::vector<KeyId> SavedPartView::subkeys(KeyId id) const {
  if (!is_above(id)) {
    return part_.subkeys(id);
  }
  const auto depth = static_cast<std::size_t>(id.number - first_above);
  return {depth + 1 < names_.size() ? above(depth + 1) : part_.root()};
}

std::vector<RegistryValue> SavedPartView::values(KeyId id) const {
  return is_above(id) ? std::vector<RegistryValue>() : part_.values(id);
}

bool SavedPartView::has_lost_values(KeyId id) const {
  return is_above(id) || part_.has_lost_values(id);
}

Result<std::vector<std::byte>> SavedPartView::security(KeyId id) const {
  return is_above(id) ? Result<std::vector<std::byte>>() : part_.security(id);
}

}  // namespace npg
