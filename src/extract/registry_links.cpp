// Symbolic links in the registry: a key with flag 0x10 whose value SymbolicLinkValue (REG_LINK)
// names another key by its full path. Windows shows that key in the link's place, whether the link
// is asked for itself or stands on the way to another key.
#include <fmt/format.h>

#include <algorithm>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

constexpr std::uint32_t link_flag = 0x10;

/// The flag without a target leads nowhere: what stands in the key itself is all there is to tell.
/// The one type that Windows follows.
constexpr std::uint32_t reg_link = 6;

bool is_link(const ShownKey& at) {
  const auto key = at.view->key(at.key);
  return key && (key->flags & link_flag) != 0 &&
         find_value(*at.view, at.key, "SymbolicLinkValue").has_value();
}

EvidenceText target_of(const ShownKey& link) {
  const auto value = find_value(*link.view, link.key, "SymbolicLinkValue");
  return value ? text_of(*value) : EvidenceText();
}

/// Limit: what follows one link may pass others; Windows itself gives up after 64.
class LinkWalk {
 public:
  explicit LinkWalk(const RegistryReading& reading) : reading_(reading) {}

  /// Where the links that begin with a key end; the key itself when it is none. Nothing when one
  /// leads out of the evidence, nowhere or in circles.
  std::optional<ShownKey> end_of(ShownKey at) {
    if (!is_link(at)) {
      return at;
    }
    const bool is_met = std::ranges::any_of(
        followed_, [&at](const ShownKey& one) { return one.view == at.view && one.key == at.key; });
    in_circles_ = in_circles_ || is_met || --left_ < 0;
    if (in_circles_) {
      return std::nullopt;
    }
    const auto value = find_value(*at.view, at.key, "SymbolicLinkValue");
    const EvidenceText target = text_of(*value);
    first_target_ = first_target_.empty() ? target : first_target_;
    followed_.push_back(at);
    const auto next =
        value->type == reg_link ? key_at(target.before_nul().raw()) : std::optional<ShownKey>();
    const auto end = next ? end_of(*next) : std::nullopt;
    followed_.pop_back();
    report(at, target, value->type, end);
    return end;
  }

  /// The key at a path below another; links on the way are followed, the last key is not.
  std::optional<ShownKey> below(ShownKey from, std::string_view path) {
    std::optional<ShownKey> at = from;
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('\\'), path.size());
      at = end_of(*at);
      const auto next = at ? find_subkey(*at->view, at->key, path.substr(0, end)) : std::nullopt;
      if (!next) {
        return std::nullopt;
      }
      at->key = *next;
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    return at;
  }

  /// Of the first link met; empty when none was.
  [[nodiscard]] const EvidenceText& first_target() const { return first_target_; }

 private:
  /// By a full path, \Registry\Machine\<hive>\...
  std::optional<ShownKey> key_at(std::string_view path) {
    constexpr std::string_view machine = "\\Registry\\Machine\\";
    if (path.size() <= machine.size() || !equal_names(path.substr(0, machine.size()), machine)) {
      return std::nullopt;
    }
    path.remove_prefix(machine.size());
    const std::string_view hive = path.substr(0, path.find('\\'));
    path.remove_prefix(std::min(hive.size() + 1, path.size()));
    // Limit: only the two hives that are read for their content are told apart by it.
    const bool is_here =
        equal_names(hive, stored_control_sets(reading_).empty() ? "SOFTWARE" : "SYSTEM");
    const RegistryView* view = is_here               ? &reading_.view
                               : reading_.other_hive ? reading_.other_hive(hive)
                                                     : nullptr;
    if (view == nullptr) {
      return std::nullopt;
    }
    return below(root_of(*view, path), path);
  }

  /// Where a path begins in a hive; takes CurrentControlSet, which is itself a link that only a
  /// running Windows has, off its front.
  ShownKey root_of(const RegistryView& view, std::string_view& path) {
    constexpr std::string_view current = "CurrentControlSet\\";
    if (path.size() > current.size() && equal_names(path.substr(0, current.size()), current)) {
      Diagnostics told_elsewhere(0);
      const RegistryReading other{.view = view,
                                  .moment = reading_.moment,
                                  .pool = reading_.pool,
                                  .facts = reading_.facts,
                                  .diagnostics = told_elsewhere,
                                  .other_hive = {}};
      for (const ControlSet& set : stored_control_sets(other)) {
        if (set.is_current) {
          path.remove_prefix(current.size());
          return {.view = &view, .key = set.key};
        }
      }
    }
    return {.view = &view, .key = view.root()};
  }

  void report(const ShownKey& link, const EvidenceText& target, std::uint32_t type,
              const std::optional<ShownKey>& behind) {
    const auto key = link.view->key(link.key);
    if (!key) {
      return;
    }
    Diagnostic told{
        .code = DiagnosticCode::registry_value_odd,
        .severity = Severity::notice,
        .offset = key->origin.offset,
        .length = key->origin.length,
        .text = fmt::format(
            "The key {} is a symbolic link to \"{}\": {}", escape_for_terminal(key->name),
            escape_for_terminal(target),
            type != reg_link ? "its target is not of the type REG_LINK, and Windows, as far as is "
                               "known, opens no key by it."
            : in_circles_    ? "the links lead in a circle, and Windows opens no key by them."
            : !behind ? "Windows shows the key there in its place, which is not in the hives "
                        "at hand."
            : behind->view == &reading_.view
                ? "Windows shows the key there in its place, and so do the facts."
                : "Windows shows the key there in its place, and so do the facts, from the other "
                  "hive."),
        .evidence = key->origin.evidence};
    // One link is met on the way to many keys.
    const auto& kept = reading_.diagnostics.kept();
    if (std::ranges::none_of(kept, [&told](const Diagnostic& one) {
          return one.offset == told.offset && one.evidence == told.evidence &&
                 one.text == told.text;
        })) {
      reading_.diagnostics.add(std::move(told));
    }
  }

  const RegistryReading& reading_;
  EvidenceText first_target_;
  std::vector<ShownKey> followed_;  ///< the links that are being followed
  bool in_circles_ = false;
  int left_ = 64;
};

}  // namespace

std::optional<EvidenceText> link_target(const RegistryReading& reading, KeyId id) {
  const ShownKey at{.view = &reading.view, .key = id};
  return is_link(at) ? std::optional(target_of(at)) : std::nullopt;
}

std::optional<ShownKey> followed(const RegistryReading& reading, ShownKey key,
                                 EvidenceText& target) {
  LinkWalk walk(reading);
  const auto end = walk.end_of(key);
  target = target.empty() ? walk.first_target() : target;
  return end;
}

std::optional<KeyId> shown_key(const RegistryReading& reading, KeyId from, std::string_view path) {
  LinkWalk walk(reading);
  const auto listed = walk.below({.view = &reading.view, .key = from}, path);
  const auto shown = listed ? walk.end_of(*listed) : std::nullopt;
  return shown && shown->view == &reading.view ? std::optional(shown->key) : std::nullopt;
}

std::optional<KeyId> listed_key(const RegistryReading& reading, KeyId from, std::string_view path) {
  LinkWalk walk(reading);
  const auto listed = walk.below({.view = &reading.view, .key = from}, path);
  return listed && listed->view == &reading.view ? std::optional(listed->key) : std::nullopt;
}

}  // namespace npg
