#include "source/event_json/wrappers.hpp"

#include <vector>

namespace npg {
namespace {

void append_string(std::string_view raw, std::string& out) {
  out += '"';
  out += raw;  // Escaped as JSON, as it was.
  out += '"';
}

/// One of OTLP's typed values as the value itself. Its depth is bounded by the frame's.
void append_any(const Json& any, std::string& out) {
  if (const Json text = any.member("stringValue"); text.exists()) {
    append_string(text.raw(), out);
    return;
  }
  for (const std::string_view name : {"intValue", "doubleValue", "boolValue", "bytesValue"}) {
    if (const Json value = any.member(name); value.is_string()) {
      append_string(value.raw(), out);
      return;
    } else if (value.is_word()) {
      out += value.raw();
      return;
    }
  }
  bool first = true;
  const auto comma = [&] {
    out += first ? "" : ",";
    first = false;
  };
  if (const Json list = any.member("arrayValue"); list.exists()) {
    out += '[';
    list.member("values").for_each_item([&](const Json& item) {
      comma();
      append_any(item, out);
    });
    out += ']';
    return;
  }
  if (const Json map = any.member("kvlistValue"); map.exists()) {
    out += '{';
    map.member("values").for_each_item([&](const Json& pair) {
      comma();
      append_string(pair.member("key").raw(), out);
      out += ':';
      append_any(pair.member("value"), out);
    });
    out += '}';
    return;
  }
  out += "null";
}

}  // namespace

void for_each_otlp_record(const Json& resource_logs,
                          const std::function<void(const Json&, std::string)>& visit) {
  resource_logs.for_each_item([&](const Json& resource) {
    for (const std::string_view scopes : {"scopeLogs", "instrumentationLibraryLogs"}) {
      resource.member(scopes).for_each_item([&](const Json& scope) {
        scope.member("logRecords").for_each_item([&](const Json& record) {
          std::string text = "{\"body\":";
          append_any(record.member("body"), text);
          text += '}';
          visit(record, std::move(text));
        });
      });
    }
  });
}

void for_each_table_row(const Json& tables,
                        const std::function<void(const Json&, std::string)>& visit) {
  tables.for_each_item([&](const Json& table) {
    std::vector<std::string_view> names;
    table.member("columns").for_each_item(
        [&](const Json& column) { names.push_back(column.member("name").raw()); });
    table.member("rows").for_each_item([&](const Json& row) {
      std::string text = "{";
      std::size_t i = 0;
      row.for_each_item([&](const Json& cell) {
        if (i < names.size()) {
          text += i == 0 ? "" : ",";
          append_string(names[i], text);
          text += ':';
          text += cell.source();
        }
        ++i;
      });
      text += '}';
      visit(row, std::move(text));
    });
  });
}

}  // namespace npg
