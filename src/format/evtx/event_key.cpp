#include "format/evtx/event_key.hpp"

#include <array>
#include <cstring>

#include "base/byte_search.hpp"

namespace npg::evtx {
namespace {

/// A number that System holds as a value; 0 when it is null, nothing when it is of another type.
std::optional<std::uint64_t> number_or_null(const Value& value) {
  return value.is_null() ? std::optional<std::uint64_t>(0) : unsigned_of(value);
}

constexpr std::size_t descriptor_size = 4;
constexpr std::array name_places = {EventPlan::provider, EventPlan::channel, EventPlan::computer};

}  // namespace

bool EventKeyReader::read(const RecordRef& record, EventKey& key) {
  plan_ = nullptr;
  if (read_known(record, key)) {
    plan_ = &instance_.used->event;
    return true;
  }
  have_values_ = true;
  if (!read_sole_instance(templates_, record.binxml, instance_, values_)) {
    return false;
  }
  const EventPlan& plan = instance_.used->event;
  if (!plan.usable || !read_parts(plan, key)) {
    return false;
  }
  plan_ = &plan;
  return true;
}

EventKeyReader::Layout& EventKeyReader::layout_of(const Template& used) {
  if (generation_ != templates_.generation()) {
    generation_ = templates_.generation();
    layouts_.clear();
  }
  if (used.number >= layouts_.size()) {
    layouts_.resize(std::size_t{used.number} + 1);
  }
  return layouts_[used.number];
}

/// False when a value is of another type than it nearly always is.
bool EventKeyReader::lay_out(const EventPlan& plan, Bytes descriptors, Layout& layout) {
  const std::size_t count = plan.last_index + 1;
  std::array<std::uint32_t, system_values_max> begins{};
  layout.known = false;
  copy_words(descriptors.data(), std::span(layout.descriptors).first(count));
  layout.end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    begins.at(i) = layout.end;
    layout.end += layout.descriptors.at(i) & 0xffffU;
  }
  const auto is = [&](EventPlan::Place place, ValueType type, std::uint32_t size) {
    return (layout.descriptors.at(plan.sources.at(place).index) & 0xffffffU) ==
           (static_cast<std::uint32_t>(type) << 16U | size);
  };
  if (!is(EventPlan::event_id, ValueType::uint16, 2) ||
      !is(EventPlan::record_id, ValueType::uint64, 8) ||
      !is(EventPlan::created, ValueType::file_time, 8)) {
    return false;
  }
  layout.event_id = begins.at(plan.sources[EventPlan::event_id].index);
  layout.record_id = begins.at(plan.sources[EventPlan::record_id].index);
  layout.created = begins.at(plan.sources[EventPlan::created].index);
  for (std::size_t i = 0; i < name_places.size(); ++i) {
    const PartSource& source = plan.sources.at(name_places.at(i));
    const std::uint32_t descriptor = layout.descriptors.at(source.index);
    layout.names.at(i) = {.at = begins.at(source.index), .size = descriptor & 0xffffU};
    if (source.kind == PartSource::Kind::value &&
        (descriptor >> 16U & 0xffU) != static_cast<std::uint32_t>(ValueType::string)) {
      return false;
    }
  }
  layout.known = true;
  return true;
}

/// A record whose template this chunk has used before, with everything where it nearly always is.
/// Whatever is not so is for the long way.
bool EventKeyReader::read_known(const RecordRef& record, EventKey& key) {
  constexpr std::uint32_t fragment_header = 0x0001010f;
  constexpr std::size_t head_size = 14;
  constexpr std::size_t descriptors_at = head_size + sizeof(std::uint32_t);
  const auto binxml = record.binxml.data();
  if (binxml.size() < descriptors_at || load_at<std::uint32_t>(binxml, 0) != fragment_header ||
      load_at<std::uint8_t>(binxml, 4) != 0x0c) {
    return false;
  }
  const std::uint32_t definition = load_at<std::uint32_t>(binxml, 10);
  const TemplateCache::Place place = templates_.known(definition);
  const std::uint64_t begin = record.binxml.offset() - templates_.chunk().offset();
  if (place.used == nullptr || !place.used->event.is_plain || definition == begin + head_size) {
    return false;
  }
  const EventPlan& plan = place.used->event;
  const std::size_t of_system = plan.last_index + 1;
  const std::size_t count = load_at<std::uint32_t>(binxml, head_size);
  if (count < of_system || of_system > system_values_max ||
      count > (binxml.size() - descriptors_at) / descriptor_size) {
    return false;
  }
  Layout& layout = layout_of(*place.used);
  const auto descriptors = part_of(binxml, descriptors_at, count * descriptor_size);
  const bool is_known = layout.known && std::memcmp(descriptors.data(), layout.descriptors.data(),
                                                    of_system * descriptor_size) == 0;
  if (!is_known && !lay_out(plan, Bytes(descriptors), layout)) {
    return false;
  }
  std::size_t size = layout.end;
  for (std::size_t i = of_system; i < count; ++i) {
    size += load_at<std::uint16_t>(descriptors, i * descriptor_size);
  }
  const std::size_t first = descriptors_at + descriptors.size();
  const std::size_t end = first + size;
  // Nothing but the end of the fragment may follow.
  if (end > binxml.size() || (end < binxml.size() && load_at<std::uint8_t>(binxml, end) != 0)) {
    return false;
  }
  const Bytes values(part_of(binxml, first, size), record.binxml.offset() + first);
  key.event_id = load_at<std::uint16_t>(values.data(), layout.event_id);
  key.record_id = load_at<std::uint64_t>(values.data(), layout.record_id);
  key.created = FileTime{load_at<std::uint64_t>(values.data(), layout.created)};
  // A name that is literal, or the value's text without the NULs that end it.
  const auto name_of = [&](std::size_t i) {
    const EventPlan::Place name_place = name_places[i];
    if (plan.sources[name_place].kind == PartSource::Kind::literal) {
      return plan.names[name_place];
    }
    auto [at, bytes] = layout.names[i];
    while (bytes >= 2 && load_at<std::uint16_t>(values.data(), at + bytes - 2) == 0) {
      bytes -= 2;
    }
    return Bytes(part_of(values.data(), at, bytes), values.offset() + at);
  };
  key.provider = name_of(0);
  key.channel = name_of(1);
  key.computer = name_of(2);
  instance_.used = place.used;
  instance_.definition = definition;
  descriptors_ = begin + head_size;
  end_ = begin + binxml.size();
  have_values_ = false;
  return true;
}

const ValueTable& EventKeyReader::values() const {
  if (!have_values_) {
    have_values_ = true;
    const bool whole = values_.read(templates_.chunk(), descriptors_, end_);
    NPG_CHECK(whole);  // Their sizes were added up before.
  }
  return values_;
}

bool EventKeyReader::read_parts(const EventPlan& plan, EventKey& key) const {
  const auto value_of = [&](EventPlan::Place place) { return plan.sources[place].in(values_); };
  const auto id = unsigned_of(value_of(EventPlan::event_id));
  const auto sequence = unsigned_of(value_of(EventPlan::record_id));
  const auto time = time_of(value_of(EventPlan::created));
  const Value provider_name = value_of(EventPlan::provider);
  const Value channel_name = value_of(EventPlan::channel);
  const Value computer_name = value_of(EventPlan::computer);
  if (!id || !sequence || !time || !provider_name.is_text() || !channel_name.is_text() ||
      !computer_name.is_text()) {
    return false;
  }
  key.provider = string_units(provider_name);
  key.channel = string_units(channel_name);
  key.computer = string_units(computer_name);
  key.event_id = *id;
  key.record_id = *sequence;
  key.created = *time;
  return true;
}

std::optional<EventKey> EventKeyReader::read(const RecordRef& record) {
  EventKey key;
  return read(record, key) ? std::optional(key) : std::nullopt;
}

std::optional<EventContext> EventKeyReader::context() const {
  if (plan_ == nullptr) {
    return std::nullopt;
  }
  const auto value_of = [&](EventPlan::Place place) { return plan_->sources[place].in(values()); };
  const auto event_version = number_or_null(value_of(EventPlan::version));
  const auto process = number_or_null(value_of(EventPlan::process_id));
  const auto thread = number_or_null(value_of(EventPlan::thread_id));
  if (!event_version || !process || !thread) {
    return std::nullopt;
  }
  return EventContext{.user_sid = value_of(EventPlan::user_sid),
                      .version = *event_version,
                      .process_id = *process,
                      .thread_id = *thread,
                      .keywords = value_of(EventPlan::keywords)};
}

}  // namespace npg::evtx
