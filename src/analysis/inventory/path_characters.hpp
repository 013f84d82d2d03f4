// What single characters and names inside a stored path say, wherever it leads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace npg {

/// UTF-16LE in hexadecimal digits, up to its first NUL; nothing when it is not that, or no text of
/// visible characters.
[[nodiscard]] std::optional<std::string> text_in_hexadecimal(std::string_view digits);

/// True for characters that are not shown or turn the direction of reading, which no path holds
/// that somebody typed.
[[nodiscard]] bool has_hidden_character(std::string_view path);
/// True for characters that no file name of Windows may have, outside of quotes around the whole
/// and of the prefixes for devices.
[[nodiscard]] bool has_illegal_character(std::string_view path);

/// True for a name that means a device in any folder, with any extension: Windows opens no file by
/// it.
[[nodiscard]] bool is_device_name(std::string_view part);

}  // namespace npg
