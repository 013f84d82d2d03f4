#include "app/attack_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/data.hpp"
#include "base/check.hpp"
#include "base/json_writer.hpp"

namespace npg {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t end = text.find(at);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return out;
    }
    text.remove_prefix(end + 1);
  }
}

std::string capitals(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

/// The rows that a row leads to, and what these lead to: an analytic stands under its strategy.
void collect(const std::vector<NameRow>& rows, const NameRow& row,
             std::vector<const NameRow*>& into) {
  for (const std::string& id : row.related) {
    const NameRow* const other = row_of(rows, id);
    if (other != nullptr && std::ranges::find(into, other) == into.end()) {
      into.push_back(other);
      collect(rows, *other, into);
    }
  }
  for (const NameRow& each : rows) {
    const bool named = std::ranges::find(each.related, row.id) != each.related.end();
    if (each.kind == "log_source" && row.kind == "analytic" && named &&
        std::ranges::find(into, &each) == into.end()) {
      into.push_back(&each);
    }
  }
}

std::string as_text(const NameRow& row, const std::vector<const NameRow*>& related,
                    std::string_view why) {
  std::string out = fmt::format("{} {}\n  {}, known to npguard as a fact: {}\n", row.id, row.name,
                                row.kind, "an id and a name");
  out += fmt::format("  no source object is mirrored: {}\n", why);
  if (!row.note.empty()) {
    out += fmt::format("  {}\n", row.note);
  }
  for (const NameRow* each : related) {
    out += each->kind == "log_source"
               ? fmt::format("  log source: {}\n", each->name)
               : fmt::format("  {}: {} {}\n", each->kind, each->id, each->name);
  }
  return out + "  for MITRE's texts: npguard attack import FILE, with a bundle of your choice\n";
}

std::string as_json(const NameRow& row, const std::vector<const NameRow*>& related,
                    std::string_view why) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("schema", "npguard.attack_fact/1").field("mirrored", false);
  json.field("why", why).field("kind", row.kind).field("attack_id", row.id);
  json.field("name", row.name).field("note", row.note).key("related").begin_array();
  for (const NameRow* each : related) {
    json.begin_object().field("kind", each->kind).field("attack_id", each->id);
    json.field("name", each->name).end_object();
  }
  json.end_array().end_object();
  return json.take() + "\n";
}

}  // namespace

std::expected<std::vector<NameRow>, std::string> name_rows(std::string_view table) {
  std::vector<NameRow> out;
  std::size_t number = 0;
  for (const std::string& line : split(table, '\n')) {
    ++number;
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    std::vector<std::string> cells = split(line, '\t');
    if (cells.size() != 5 || cells[1].empty() || cells[2].empty()) {
      return std::unexpected(fmt::format("line {}: not kind, id, name, related, note", number));
    }
    out.push_back({cells[0], cells[1], cells[2],
                   cells[3] == "-" ? std::vector<std::string>() : split(cells[3], ','),
                   cells[4] == "-" ? std::string() : cells[4]});
  }
  return out;
}

const NameRow* row_of(const std::vector<NameRow>& rows, std::string_view id) {
  const auto found = std::ranges::find(rows, id, &NameRow::id);
  return found == rows.end() ? nullptr : &*found;
}

std::string known_facts(std::string_view id, std::string_view why, bool json) {
  static const auto rows = name_rows(data::attack_names);
  NPG_CHECK(rows.has_value());
  const NameRow* const row = row_of(*rows, capitals(id));
  if (row == nullptr || row->kind == "log_source") {
    return {};
  }
  std::vector<const NameRow*> related;
  collect(*rows, *row, related);
  return json ? as_json(*row, related, why) : as_text(*row, related, why);
}

}  // namespace npg
