#include "testing/evtx_chunk.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/checksum.hpp"

namespace npg::testing {
namespace {

constexpr std::string_view event_name_space =
    "http://schemas.microsoft.com/win/2004/08/events/event";
constexpr std::uint16_t no_dependency = 0xffff;
constexpr std::size_t chunk_header_bytes = 512;
constexpr std::array fragment_header{std::byte{0x0f}, std::byte{0x01}, std::byte{0x01},
                                     std::byte{0x00}};
// Tokens of MS-EVEN6 2.2.12.
constexpr std::uint8_t token_end = 0x00;
constexpr std::uint8_t token_element = 0x01;
constexpr std::uint8_t token_close_start = 0x02;
constexpr std::uint8_t token_close_empty = 0x03;
constexpr std::uint8_t token_end_element = 0x04;
constexpr std::uint8_t token_value = 0x05;
constexpr std::uint8_t token_attribute = 0x06;
constexpr std::uint8_t token_template = 0x0c;
constexpr std::uint8_t token_substitution = 0x0d;
constexpr std::uint8_t token_optional = 0x0e;
constexpr std::uint8_t token_more = 0x40;
constexpr std::uint8_t type_binxml = 0x21;

std::uint16_t name_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char16_t unit : EvidenceText::from_literal(name).to_utf16()) {
    hash = hash * 65'599 + unit;
  }
  return static_cast<std::uint16_t>(hash & 0xffffU);
}

/// Sixteen bytes that stay the same for a template from file to file.
std::vector<std::byte> template_guid(const std::string& key) {
  const std::string digits = sha256_hex(bytes_of(key)).substr(0, 32);
  return event_value_bytes(EventType::binary, digits).value();
}

/// What sets one data template apart from another: element, names and types in order.
std::string data_template_key(const EventRecipe& event) {
  std::string key = fmt::format("data/{}/{}/{}", event.provider, event.event_id, event.version);
  if (event.user_data) {
    key += fmt::format("/{}/{}", event.user_data->element, event.user_data->name_space);
  }
  for (const EventDatum& datum : event.data) {
    key +=
        fmt::format("/{}:{}:{}", datum.name, static_cast<unsigned>(datum.type), datum.is_element);
  }
  return key;
}

}  // namespace

EvtxChunk::Substitution EvtxChunk::from_text(EventType type, std::string_view text) {
  return {type, text.empty() ? std::vector<std::byte>{} : event_value_bytes(type, text).value()};
}

EvtxChunk::Substitution EvtxChunk::from_number(EventType type, std::uint64_t number) {
  return {type, event_value_bytes(type, fmt::format("{}", number)).value()};
}

EvtxChunk::EvtxChunk(std::uint64_t first_record_number) : first_number_(first_record_number) {
  bytes_.add_zeros(chunk_header_bytes);
}

bool EvtxChunk::add(const EventRecipe& event, std::uint64_t record_id) {
  EvtxChunk tried = *this;
  tried.add_record(event, record_id);
  if (tried.bytes_.size() > evtx_chunk_bytes) {
    return false;
  }
  *this = std::move(tried);
  return true;
}

void EvtxChunk::add_record(const EventRecipe& event, std::uint64_t record_id) {
  const std::size_t start = bytes_.size();
  bytes_.add<std::uint32_t>(0x00002a2a);
  bytes_.add<std::uint32_t>(0);
  bytes_.add<std::uint64_t>(record_id);
  bytes_.add<std::uint64_t>(event.written.given() ? event.written.ticks : event.time.ticks);

  begin_instance(fmt::format("system/{}/{}", event.computer, event.source_name.empty()), event,
                 &EvtxChunk::define_event);
  const std::vector<Substitution> system = system_values(event, record_id);
  const std::size_t nested_size_at = add_descriptors(system);
  for (const Substitution& each : system) {
    bytes_.add(each.value);
  }
  if (!event.data.empty()) {
    const std::size_t nested_at = bytes_.size();
    begin_instance(data_template_key(event), event, &EvtxChunk::define_data);
    std::vector<Substitution> values;
    for (const EventDatum& each : event.data) {
      values.push_back({each.type, each.value});
    }
    add_descriptors(values);
    for (const Substitution& each : values) {
      bytes_.add(each.value);
    }
    bytes_.add<std::uint8_t>(token_end);
    bytes_.set<std::uint16_t>(nested_size_at,
                              static_cast<std::uint16_t>(bytes_.size() - nested_at));
    bytes_.set<std::uint8_t>(nested_size_at + 2, type_binxml);
  }
  bytes_.add<std::uint8_t>(token_end);
  bytes_.add_zeros((8 - (bytes_.size() + 4) % 8) % 8);
  const auto size = static_cast<std::uint32_t>(bytes_.size() + 4 - start);
  bytes_.add<std::uint32_t>(size);
  bytes_.set<std::uint32_t>(start + 4, size);

  first_id_ = records_ == 0 ? record_id : first_id_;
  last_id_ = record_id;
  last_record_at_ = static_cast<std::uint32_t>(start);
  ++records_;
}

std::vector<EvtxChunk::Substitution> EvtxChunk::system_values(const EventRecipe& event,
                                                              std::uint64_t record_id) {
  // The numbers are those of Windows' own System template.
  std::vector<Substitution> values(18);
  values[0] = from_number(EventType::uint8, event.level);
  values[1] = from_number(EventType::uint8, event.opcode);
  values[2] = from_number(EventType::uint16, event.task);
  values[3] = from_number(EventType::uint16, event.event_id);
  if (event.qualifiers) {
    values[4] = from_number(EventType::uint16, *event.qualifiers);
  }
  values[5] = from_number(EventType::hex_int64, event.keywords);
  values[6] = {EventType::filetime, from_number(EventType::uint64, event.time.ticks).value};
  values[7] = from_text(EventType::guid, event.activity_id);
  values[8] = from_number(EventType::uint32, event.process_id);
  values[9] = from_number(EventType::uint32, event.thread_id);
  values[10] = from_number(EventType::uint64, record_id);
  values[11] = from_number(EventType::uint8, event.version);
  values[12] = from_text(EventType::sid, event.user_sid);
  values[14] = from_text(EventType::string, event.provider);
  values[15] = from_text(EventType::guid, event.guid);
  values[16] = from_text(EventType::string, event.channel);
  if (!event.source_name.empty()) {
    values[13] = from_text(EventType::string, event.source_name);
  }
  return values;
}

std::size_t EvtxChunk::add_descriptors(std::span<const Substitution> values) {
  bytes_.add<std::uint32_t>(static_cast<std::uint32_t>(values.size()));
  std::size_t last_at = bytes_.size();
  for (const Substitution& each : values) {
    last_at = bytes_.size();
    // A string without characters keeps its type: an empty element, not a missing one.
    const bool is_null = each.value.empty() && each.type != EventType::string;
    bytes_.add<std::uint16_t>(static_cast<std::uint16_t>(each.value.size()));
    bytes_.add<std::uint8_t>(is_null ? std::uint8_t{0} : static_cast<std::uint8_t>(each.type));
    bytes_.add<std::uint8_t>(0);
  }
  return last_at;
}

void EvtxChunk::begin_instance(const std::string& key, const EventRecipe& event,
                               void (EvtxChunk::*define)(const EventRecipe&)) {
  const std::vector<std::byte> guid = template_guid(key);
  const auto identifier = Bytes(guid).at<std::uint32_t>(0);
  bytes_.add(fragment_header);
  bytes_.add<std::uint8_t>(token_template);
  bytes_.add<std::uint8_t>(1);
  bytes_.add<std::uint32_t>(identifier);
  if (const auto found = templates_.find(key); found != templates_.end()) {
    bytes_.add<std::uint32_t>(found->second);
    return;
  }
  const auto at = static_cast<std::uint32_t>(bytes_.size() + 4);
  bytes_.add<std::uint32_t>(at);
  templates_.emplace(key, at);
  std::uint32_t& bucket = template_buckets_.at(identifier % template_buckets_.size());
  bytes_.add<std::uint32_t>(bucket);
  bucket = at;
  bytes_.add(guid);
  const std::size_t size_at = bytes_.size();
  bytes_.add<std::uint32_t>(0);
  bytes_.add(fragment_header);
  (this->*define)(event);
  bytes_.add<std::uint8_t>(token_end);
  set_size(size_at);
}

void EvtxChunk::define_event(const EventRecipe& event) {
  const Attribute name_space[] = {{.name = "xmlns", .text = event_name_space}};
  const std::size_t root = begin_element("Event", name_space, no_dependency, true);
  define_system(event);
  add_substitution(17, static_cast<EventType>(type_binxml), true);
  end_element(root);
}

void EvtxChunk::define_system(const EventRecipe& event) {
  const std::size_t system = begin_element("System", {}, no_dependency, true);
  std::vector<Attribute> provider = {{.name = "Name", .substitution = 14},
                                     {.name = "Guid", .substitution = 15, .type = EventType::guid}};
  if (!event.source_name.empty()) {
    provider.push_back({.name = "EventSourceName", .substitution = 13});
  }
  set_size(begin_element("Provider", provider, no_dependency, false));
  const Attribute qualifiers[] = {
      {.name = "Qualifiers", .substitution = 4, .type = EventType::uint16}};
  const std::size_t id = begin_element("EventID", qualifiers, 3, true);
  add_substitution(3, EventType::uint16, true);
  end_element(id);
  add_simple("Version", 11, EventType::uint8);
  add_simple("Level", 0, EventType::uint8);
  add_simple("Task", 2, EventType::uint16);
  add_simple("Opcode", 1, EventType::uint8);
  add_simple("Keywords", 5, EventType::hex_int64);
  const Attribute time[] = {{.name = "SystemTime", .substitution = 6, .type = EventType::filetime}};
  set_size(begin_element("TimeCreated", time, no_dependency, false));
  add_simple("EventRecordID", 10, EventType::uint64);
  const Attribute correlation[] = {
      {.name = "ActivityID", .substitution = 7, .type = EventType::guid}};
  set_size(begin_element("Correlation", correlation, no_dependency, false));
  const Attribute execution[] = {
      {.name = "ProcessID", .substitution = 8, .type = EventType::uint32},
      {.name = "ThreadID", .substitution = 9, .type = EventType::uint32}};
  set_size(begin_element("Execution", execution, no_dependency, false));
  add_simple("Channel", 16, EventType::string);
  const std::size_t computer = begin_element("Computer", {}, no_dependency, true);
  add_text(event.computer);
  end_element(computer);
  const Attribute user[] = {{.name = "UserID", .substitution = 12, .type = EventType::sid}};
  set_size(begin_element("Security", user, no_dependency, false));
  end_element(system);
}

void EvtxChunk::define_data(const EventRecipe& event) {
  std::uint16_t index = 0;
  const auto add_children = [&](bool all_are_elements) {
    for (const EventDatum& each : event.data) {
      const bool is_element = all_are_elements || each.is_element;
      std::vector<Attribute> attributes;
      if (!is_element && !each.name.empty()) {
        attributes.push_back({.name = "Name", .text = each.name});
      }
      const std::size_t child =
          begin_element(is_element ? std::string_view(each.name) : "Data", attributes,
                        each.is_element ? index : no_dependency, true);
      add_substitution(index, each.type, each.is_element);
      end_element(child);
      ++index;
    }
  };
  if (event.user_data) {
    const std::size_t root = begin_element("UserData", {}, no_dependency, true);
    const Attribute name_space[] = {{.name = "xmlns", .text = event.user_data->name_space}};
    const std::size_t element =
        begin_element(event.user_data->element, name_space, no_dependency, true);
    add_children(true);
    end_element(element);
    end_element(root);
    return;
  }
  const std::size_t root = begin_element("EventData", {}, no_dependency, true);
  add_children(false);
  end_element(root);
}

void EvtxChunk::add_name(std::string_view name) {
  if (const auto found = names_.find(std::string(name)); found != names_.end()) {
    bytes_.add<std::uint32_t>(found->second);
    return;
  }
  const auto at = static_cast<std::uint32_t>(bytes_.size() + 4);
  const std::uint16_t hash = name_hash(name);
  std::uint32_t& bucket = name_buckets_.at(hash % name_buckets_.size());
  bytes_.add<std::uint32_t>(at);
  bytes_.add<std::uint32_t>(bucket);
  bytes_.add<std::uint16_t>(hash);
  bytes_.add<std::uint16_t>(
      static_cast<std::uint16_t>(EvidenceText::from_literal(name).to_utf16().size()));
  bytes_.add_utf16(name);
  bytes_.add<std::uint16_t>(0);
  bucket = at;
  names_.emplace(name, at);
}

std::size_t EvtxChunk::begin_element(std::string_view name, std::span<const Attribute> attributes,
                                     std::uint16_t dependency, bool has_content) {
  bytes_.add<std::uint8_t>(attributes.empty() ? token_element : token_element | token_more);
  bytes_.add<std::uint16_t>(dependency);
  const std::size_t size_at = bytes_.size();
  bytes_.add<std::uint32_t>(0);
  add_name(name);
  if (!attributes.empty()) {
    const std::size_t list_at = bytes_.size();
    bytes_.add<std::uint32_t>(0);
    for (const Attribute& attribute : attributes) {
      const bool is_last = &attribute == &attributes.back();
      bytes_.add<std::uint8_t>(is_last ? token_attribute : token_attribute | token_more);
      add_name(attribute.name);
      if (attribute.text.empty()) {
        add_substitution(attribute.substitution, attribute.type, true);
      } else {
        add_text(attribute.text);
      }
    }
    set_size(list_at);
  }
  bytes_.add<std::uint8_t>(has_content ? token_close_start : token_close_empty);
  return size_at;
}

void EvtxChunk::end_element(std::size_t size_at) {
  bytes_.add<std::uint8_t>(token_end_element);
  set_size(size_at);
}

void EvtxChunk::set_size(std::size_t size_at) {
  bytes_.set<std::uint32_t>(size_at, static_cast<std::uint32_t>(bytes_.size() - size_at - 4));
}

void EvtxChunk::add_text(std::string_view text) {
  bytes_.add<std::uint8_t>(token_value);
  bytes_.add<std::uint8_t>(static_cast<std::uint8_t>(EventType::string));
  bytes_.add<std::uint16_t>(
      static_cast<std::uint16_t>(EvidenceText::from_literal(text).to_utf16().size()));
  bytes_.add_utf16(text);
}

void EvtxChunk::add_substitution(std::uint16_t index, EventType type, bool is_optional) {
  bytes_.add<std::uint8_t>(is_optional ? token_optional : token_substitution);
  bytes_.add<std::uint16_t>(index);
  bytes_.add<std::uint8_t>(static_cast<std::uint8_t>(type));
}

void EvtxChunk::add_simple(std::string_view name, std::uint16_t index, EventType type) {
  const std::size_t element = begin_element(name, {}, index, true);
  add_substitution(index, type, true);
  end_element(element);
}

std::vector<std::byte> EvtxChunk::finish() const {
  ByteWriter chunk = bytes_;
  const auto free_at = static_cast<std::uint32_t>(chunk.size());
  chunk.set(0, bytes_of("ElfChnk"));
  chunk.set<std::uint64_t>(8, first_number_);
  chunk.set<std::uint64_t>(16, first_number_ + records_ - 1);
  chunk.set<std::uint64_t>(24, first_id_);
  chunk.set<std::uint64_t>(32, last_id_);
  chunk.set<std::uint32_t>(40, 128);
  chunk.set<std::uint32_t>(44, last_record_at_);
  chunk.set<std::uint32_t>(48, free_at);
  chunk.set<std::uint32_t>(52, crc32(chunk.view().from(chunk_header_bytes).data()));
  chunk.set<std::uint32_t>(120, 1);
  for (std::size_t i = 0; i < name_buckets_.size(); ++i) {
    chunk.set<std::uint32_t>(128 + i * 4, name_buckets_.at(i));
  }
  for (std::size_t i = 0; i < template_buckets_.size(); ++i) {
    chunk.set<std::uint32_t>(384 + i * 4, template_buckets_.at(i));
  }
  chunk.set<std::uint32_t>(
      124, crc32(chunk.view().clamp(128, 384).data(), crc32(chunk.view().clamp(0, 120).data())));
  chunk.add_zeros(evtx_chunk_bytes - chunk.size());
  return chunk.take();
}

}  // namespace npg::testing
