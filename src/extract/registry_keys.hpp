// Which registry keys bear on providers, notification or auditing: the events about all others are
// left out.
#pragma once

#include <cstdint>
#include <string_view>

namespace npg {

/// What an event can say about a key.
enum class KeyEvent : std::uint8_t {
  value,     ///< a named value was set or deleted
  key,       ///< the key itself came, went or was renamed
  access,    ///< it was opened or used with rights to write; what was written is not said
  security,  ///< its owner, DACL or SACL was changed
};

/// `canonical` is a path of normalise_registry_path. `value_name` counts for KeyEvent::value only.
[[nodiscard]] bool bears_on_us(std::string_view canonical, KeyEvent event,
                               std::string_view value_name);

/// True for Services\<name> itself: its deletion ends a registration below it.
[[nodiscard]] bool is_service_key(std::string_view canonical);

}  // namespace npg
