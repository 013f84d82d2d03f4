#include "view/win_event.hpp"

#include <charconv>

namespace npg {

const EvidenceText* WinEvent::find(std::string_view name) const {
  for (const EventField& field : fields) {
    // No other character's upper case is ASCII, so names of another length are other names.
    if (field.name.raw().size() == name.size() && equal_names(field.name.raw(), name)) {
      return &field.value;
    }
  }
  return nullptr;
}

std::string_view WinEvent::text(std::string_view name) const {
  const EvidenceText* found = find(name);
  return found == nullptr ? std::string_view() : found->raw();
}

std::optional<std::uint64_t> WinEvent::number(std::string_view name) const {
  return parse_number(text(name));
}

bool names_audit_failure(std::string_view keywords) {
  if (const auto bits = parse_number(keywords)) {
    return (*bits & audit_failure_bit) != 0;
  }
  std::int64_t negative = 0;
  const auto [end, status] =
      std::from_chars(keywords.data(), keywords.data() + keywords.size(), negative);
  const bool is_number = status == std::errc{} && end == keywords.data() + keywords.size();
  return is_number ? (static_cast<std::uint64_t>(negative) & audit_failure_bit) != 0
                   : equal_names(keywords, "Audit Failure");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  text.remove_prefix(hexadecimal ? 2 : 0);
  std::uint64_t number = 0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), number, hexadecimal ? 16 : 10);
  if (text.empty() || status != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

}  // namespace npg
