#include "app/registry_json.hpp"

#include <string>
#include <vector>

#include "base/identifiers.hpp"

namespace npg {

namespace {

/// The bytes that a clean REG_SZ of this text has.
std::vector<std::byte> units_of(const EvidenceText& text, std::size_t terminators) {
  std::vector<std::byte> bytes;
  const std::u16string units = text.to_utf16();
  bytes.reserve((units.size() + terminators) * 2);
  for (const char16_t unit : units) {
    bytes.push_back(static_cast<std::byte>(unit & 0xffU));
    bytes.push_back(static_cast<std::byte>(unit >> 8U));
  }
  bytes.resize(bytes.size() + terminators * 2);
  return bytes;
}

/// Writes the text, and "hex" beside it where the text alone does not give the bytes back.
void write_string(JsonWriter& json, const RegistryValue& value) {
  const EvidenceText text = text_of(value);
  json.field("data", text);
  const std::size_t terminators = value.type == reg::link ? 0 : 1;
  if (!text.well_formed() || text.contains_nul() || units_of(text, terminators) != value.data) {
    json.field("hex", to_hex(value.data));
  }
}

void write_strings(JsonWriter& json, const RegistryValue& value) {
  const std::vector<EvidenceText> texts = texts_of(value);
  std::vector<std::byte> whole;
  bool well_formed = true;
  json.key("data").begin_array();
  for (const EvidenceText& text : texts) {
    json.value(text);
    well_formed = well_formed && text.well_formed();
    const auto units = units_of(text, 1);
    whole.insert(whole.end(), units.begin(), units.end());
  }
  json.end_array();
  whole.resize(whole.size() + 2);
  if (!well_formed || whole != value.data) {
    json.field("hex", to_hex(value.data));
  }
}

}  // namespace

void write_value_fields(JsonWriter& json, const RegistryValue& value) {
  json.field("name", value.name);
  json.field("type", registry_type_name(value.type));
  json.field("size", value.declared_bytes);
  switch (value.type) {
    case reg::sz:
    case reg::expand_sz:
    case reg::link: write_string(json, value); break;
    case reg::multi_sz: write_strings(json, value); break;
    case reg::dword:
    case reg::dword_big_endian:
    case reg::qword: {
      const std::size_t need = value.type == reg::qword ? 8 : 4;
      const auto number = number_of(value);
      if (value.data.size() == need && number) {
        json.field("data", *number);
        break;
      }
      [[fallthrough]];
    }
    default: json.field("data", to_hex(value.data)); break;
  }
  if (value.data.size() < value.declared_bytes) {
    json.field("lost_bytes", value.declared_bytes - value.data.size());
  }
}

}  // namespace npg
