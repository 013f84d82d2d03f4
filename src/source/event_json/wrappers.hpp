// Forms that hold many events in one object and write them unlike JSON's own members: OTLP's typed
// values, and tables of columns and rows. Each event is written again as a plain object.
#pragma once

#include <functional>
#include <string>

#include "source/event_json/json_value.hpp"

namespace npg {

/// Calls visit(place, text) for each log record below resourceLogs: {"body": …} as the collector
/// writes it when it is asked for plain JSON. The place is the record.
void for_each_otlp_record(const Json& resource_logs,
                          const std::function<void(const Json& place, std::string text)>& visit);
/// The same for each row of Azure's {"columns": [{"name": …}], "rows": [[…]]}.
void for_each_table_row(const Json& tables,
                        const std::function<void(const Json& place, std::string text)>& visit);

}  // namespace npg
