#include "source/event_json/field_names.hpp"

#include <algorithm>

#include "source/event_json/event_field_table.hpp"

namespace npg {
namespace {

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

std::vector<EventFieldNames> read_table() {
  std::vector<EventFieldNames> rows;
  std::string_view table = data::event_fields;
  while (!table.empty()) {
    std::string_view line = take_until(table, '\n');
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    EventFieldNames row{.provider = take_until(line, '\t')};
    row.event_id = static_cast<std::uint32_t>(parse_number(take_until(line, '\t')).value_or(0));
    row.version = static_cast<std::uint32_t>(parse_number(take_until(line, '\t')).value_or(0));
    std::string_view names = take_until(line, '\t');
    while (!names.empty()) {
      row.names.push_back(take_until(names, ' '));
    }
    row.source = take_until(line, '\t');
    rows.push_back(std::move(row));
  }
  return rows;
}

bool is_classic(std::string_view provider) {
  return equal_names(provider, "EventLog") || equal_names(provider, "MsiInstaller");
}

}  // namespace

const std::vector<EventFieldNames>& event_field_names() {
  static const std::vector<EventFieldNames> rows = read_table();
  return rows;
}

bool name_fields(WinEvent& event) {
  if (is_classic(event.provider.raw())) {
    return true;
  }
  const EventFieldNames* best = nullptr;
  for (const EventFieldNames& row : event_field_names()) {
    if (row.event_id == event.event_id && row.names.size() == event.fields.size() &&
        equal_names(row.provider, event.provider.raw()) &&
        (best == nullptr || row.version == event.version)) {
      best = &row;
    }
  }
  if (best == nullptr) {
    // An event without any value is whole only where none is known to have one.
    return event.fields.empty() &&
           std::ranges::none_of(event_field_names(), [&](const EventFieldNames& row) {
             return row.event_id == event.event_id &&
                    equal_names(row.provider, event.provider.raw());
           });
  }
  for (std::size_t i = 0; i < event.fields.size(); ++i) {
    // "?": what has this place is not known.
    event.fields[i].name =
        best->names[i] == "?" ? EvidenceText() : EvidenceText::from_literal(best->names[i]);
  }
  return true;
}

}  // namespace npg
