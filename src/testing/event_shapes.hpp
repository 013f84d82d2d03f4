// What Windows' own events look like: provider, channel, version, level, task, keywords and the
// fields in order with their types. Field lists: docs/formats/evtx.md and Microsoft's manifests.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace npg::testing {

struct EventProviderShape {
  std::string_view short_name;  ///< as recipes say it
  std::string_view name;
  std::string_view guid;
  std::string_view source_name;
  std::string_view channel;
  std::string_view user_data_element;  ///< empty: EventData
  std::string_view name_space;
  std::string_view user;  ///< System/Security UserID; empty for none
};

struct EventShape {
  std::string_view provider;  ///< short name
  unsigned event_id = 0;
  unsigned version = 0;
  unsigned level = 0;
  unsigned task = 0;
  unsigned long long keywords = 0;
  /// "name:type" divided by spaces. Types: s text, sid, u8 u16 u32 u64, h32 h64, g GUID, t
  /// FILETIME, b Boolean, bin binary. A name alone is text. "*" stands for Data without a name,
  /// "+Binary:bin" for an element beside Data, "_" in a name for a space.
  std::string_view fields;
};

[[nodiscard]] const EventProviderShape* find_provider(std::string_view short_name);
[[nodiscard]] const EventShape* find_event(std::string_view provider, unsigned event_id);
[[nodiscard]] std::span<const EventShape> event_shapes();

/// A readable word for an event and its parameters.
struct Shorthand {
  std::string_view word;
  std::string_view provider;
  unsigned event_id = 0;
  /// Parameters divided by spaces: "word=Field" sets a field, "word@Prefix" an account's
  /// PrefixUserSid, PrefixUserName and PrefixDomainName, "word!Field" an account's SID,
  /// "word^Name,Domain" an account's two names, "word?Field" yes or no as Windows' %%1842 and
  /// %%1843.
  std::string_view parameters;
  /// "Field=text" divided by '|', for fields whose usual content is not "-", 0 or the like.
  std::string_view defaults;
};
[[nodiscard]] const Shorthand* find_shorthand(std::string_view word);
[[nodiscard]] std::span<const Shorthand> shorthands();

}  // namespace npg::testing
