#include "format/evtx/event_key.hpp"

#include <array>

#include "base/byte_search.hpp"

namespace npg::evtx {
namespace {

/// A number that System holds as a value; 0 when it is null, nothing when it is of another type.
std::optional<std::uint64_t> number_or_null(const Value& value) {
  return value.is_null() ? std::optional<std::uint64_t>(0) : unsigned_of(value);
}

/// Most values that a template's record may have to be read the short way; System has 18 or 20.
constexpr std::size_t values_max = 32;
constexpr std::size_t descriptor_size = 4;

/// Sizes and types as they stand, and where each value ends, counted from the first one.
struct Described {
  std::array<std::uint32_t, values_max> words;
  std::array<std::uint32_t, values_max> ends;

  [[nodiscard]] bool is(std::size_t index, ValueType type, std::uint32_t size) const {
    return (words[index] & 0xffffff) == (static_cast<std::uint32_t>(type) << 16 | size);
  }
  [[nodiscard]] std::uint32_t size(std::size_t index) const { return words[index] & 0xffff; }
  [[nodiscard]] std::uint32_t begin(std::size_t index) const { return ends[index] - size(index); }
};

/// A name that is literal, or the value's text without the NULs that end it.
[[gnu::always_inline]] inline bool take_name(const EventPlan& plan, EventPlan::Place place,
                                             const Described& described, Bytes values,
                                             Bytes& name) {
  const PartSource& source = plan.sources[place];
  if (source.kind == PartSource::Kind::literal) {
    name = plan.names[place];
    return true;
  }
  std::size_t size = described.size(source.index);
  const std::size_t at = described.begin(source.index);
  if ((described.words[source.index] >> 16 & 0xff) !=
      static_cast<std::uint32_t>(ValueType::string)) {
    return false;
  }
  while (size >= 2 && load_at<std::uint16_t>(values.data(), at + size - 2) == 0) {
    size -= 2;
  }
  name = Bytes(values.data().subspan(at, size), values.offset() + at);
  return true;
}

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

/// A record whose template this chunk has used before, with everything where it nearly always is.
/// Whatever is not so is for the long way.
bool EventKeyReader::read_known(const RecordRef& record, EventKey& key) {
  constexpr std::uint32_t fragment_header = 0x0001010f;
  constexpr std::size_t head_size = 14;
  constexpr std::size_t block_size = values_max * descriptor_size;
  const auto binxml = record.binxml.data();
  if (binxml.size() < head_size + 4 + block_size ||
      load_at<std::uint32_t>(binxml, 0) != fragment_header ||
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
  const std::size_t count = load_at<std::uint32_t>(binxml, head_size);
  if (count <= plan.last_index || count > values_max) {
    return false;
  }
  Described described{};
  copy_words(binxml.subspan(head_size + 4, block_size), described.words);
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    at += described.words[i] & 0xffff;
    described.ends[i] = at;
  }
  const std::size_t first = head_size + 4 + count * descriptor_size;
  const std::size_t end = first + at;
  // Nothing but the end of the fragment may follow.
  if (end > binxml.size() || (end < binxml.size() && load_at<std::uint8_t>(binxml, end) != 0)) {
    return false;
  }
  const std::size_t id = plan.sources[EventPlan::event_id].index;
  const std::size_t sequence = plan.sources[EventPlan::record_id].index;
  const std::size_t time = plan.sources[EventPlan::created].index;
  if (!described.is(id, ValueType::uint16, 2) || !described.is(sequence, ValueType::uint64, 8) ||
      !described.is(time, ValueType::file_time, 8)) {
    return false;
  }
  const Bytes values(binxml.subspan(first), record.binxml.offset() + first);
  key.event_id = load_at<std::uint16_t>(values.data(), described.begin(id));
  key.record_id = load_at<std::uint64_t>(values.data(), described.begin(sequence));
  key.created = FileTime{load_at<std::uint64_t>(values.data(), described.begin(time))};
  instance_.used = place.used;
  instance_.definition = definition;
  descriptors_ = begin + head_size;
  end_ = begin + binxml.size();
  have_values_ = false;
  return take_name(plan, EventPlan::provider, described, values, key.provider) &&
         take_name(plan, EventPlan::channel, described, values, key.channel) &&
         take_name(plan, EventPlan::computer, described, values, key.computer);
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
