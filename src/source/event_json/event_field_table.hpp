// data/event_fields.tsv, embedded when the project is built.
#pragma once

#include <string_view>

namespace npg::data {
extern const std::string_view event_fields;
}  // namespace npg::data
