#include "testing/recipe_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/checksum.hpp"
#include "base/evidence_text.hpp"
#include "base/identifiers.hpp"
#include "testing/byte_writer.hpp"
#include "testing/event_shapes.hpp"
#include "testing/event_texts.hpp"
#include "testing/recipe_yaml.hpp"
#include "view/win_event.hpp"

namespace npg::testing {
namespace {

/// Turns one item of `events:` into records.
class EventReader {
 public:
  EventReader(const RecipeHost& host, const std::map<std::string, std::string>& image_hashes)
      : host_(host), image_hashes_(image_hashes) {}

  struct Placed {
    std::string log;
    EventRecipe event;
  };

  void read(const YAML::Node& item, std::vector<Placed>& into) const {
    require_map(item, "an event");
    const YAML::Node repeat = entry(item, "repeat");
    const std::uint64_t times = number_in(repeat, "times", 1);
    const std::uint64_t every = number_in(repeat, "every_seconds", 60);
    // Limit: a year of minutes.
    if (times > 527'040 || every > 31'622'400) {
      refuse(repeat, "too many repeats");
    }
    for (std::uint64_t i = 0; i < times; ++i) {
      into.push_back(read_one(item, i, every));
    }
  }

 private:
  Placed read_one(const YAML::Node& item, std::uint64_t index, std::uint64_t every) const {
    static constexpr std::array<std::string_view, 9> around{
        "time", "log", "repeat", "fields", "data", "record_id", "computer", "version", "written"};
    Placed placed;
    FileTime time = time_in(entry(item, "time"));
    time.ticks += index * every * FileTime::per_second;
    const EventShape* shape = nullptr;
    FieldTexts texts;
    for_each_entry(item, [&](const std::string& word, const YAML::Node& value) {
      if (std::ranges::find(around, word) != around.end()) {
        return;
      }
      if (shape != nullptr) {
        refuse(value, fmt::format("a second event in one item: {}", word));
      }
      shape = word == "event" ? named_shape(value) : expand(word, value, index, texts);
    });
    if (shape == nullptr) {
      refuse(item, "an event without a word for what it is");
    }
    for_each_entry(entry(item, "fields"), [&](const std::string& name, const YAML::Node& value) {
      texts[name] = coded(name, text_in(value));
    });
    complete(*shape, texts);
    placed.event = recipe_of(item, *shape, texts, time);
    placed.log = text_in(item, "log", placed.event.channel);
    placed.event.record_id = index == 0 ? number_in(item, "record_id", 0) : 0;
    placed.event.computer = text_in(item, "computer", placed.event.computer);
    placed.event.written = time_in(item, "written", FileTime{});
    return placed;
  }

  static const EventShape* named_shape(const YAML::Node& node) {
    const std::vector<std::string> parts = split(text_in(node), ' ');
    const std::optional<std::uint64_t> id =
        parts.size() == 2 ? parse_number(parts[1]) : std::nullopt;
    const EventShape* shape = id ? find_event(parts[0], static_cast<unsigned>(*id)) : nullptr;
    if (shape == nullptr) {
      refuse(node, fmt::format("no event of that shape is known: {}", text_in(node)));
    }
    return shape;
  }

  const EventShape* expand(const std::string& word, const YAML::Node& map, std::uint64_t index,
                           FieldTexts& texts) const {
    const Shorthand* shorthand = find_shorthand(word);
    if (shorthand == nullptr) {
      refuse(map, fmt::format("unknown word for an event: {}", word));
    }
    const std::vector<std::string> parameters = split(shorthand->parameters, ' ');
    for_each_entry(map, [&](const std::string& name, const YAML::Node& value) {
      const auto found = std::ranges::find_if(parameters, [&](const std::string& parameter) {
        return parameter.starts_with(name) && parameter.size() > name.size() &&
               std::string_view("=@!^?").contains(parameter[name.size()]);
      });
      if (found == parameters.end()) {
        refuse(value, fmt::format("{} has no {}", word, name));
      }
      set_parameter((*found)[name.size()], found->substr(name.size() + 1), value, texts);
    });
    const std::uint64_t first =
        texts.contains("TargetLogonId") ? parse_number(texts["TargetLogonId"]).value_or(0) : 0;
    // Repeated logons are sessions of their own; small numbers are those of Windows' own accounts.
    if (index > 0 && first > 0xfff) {
      texts["TargetLogonId"] = fmt::format("0x{:x}", first + index * 0x1f3);
    }
    for (const std::string& pair : split(shorthand->defaults, '|')) {
      const std::size_t cut = pair.find('=');
      set_default(texts, pair.substr(0, cut), pair.substr(cut + 1));
    }
    return find_event(shorthand->provider, shorthand->event_id);
  }

  void set_parameter(char kind, const std::string& field, const YAML::Node& value,
                     FieldTexts& texts) const {
    switch (kind) {
      case '@': set_account(texts, field, host_.account(value)); return;
      case '!': texts[field] = host_.account(value).sid; return;
      case '^': {
        const RecipeAccount account = host_.account(value);
        texts[field.substr(0, field.find(','))] = account.name;
        texts[field.substr(field.find(',') + 1)] = account.domain;
        return;
      }
      case '?': texts[field] = yes_no(value); return;
      default: texts[field] = coded(field, hashes_or_text(field, value));
    }
  }

  std::string hashes_or_text(const std::string& field, const YAML::Node& value) const {
    const std::string text = text_in(value);
    if (field != "Hashes" || !text.starts_with("of ")) {
      return text;
    }
    const auto found = image_hashes_.find(name_key(text.substr(3)));
    if (found == image_hashes_.end()) {
      refuse(value, fmt::format("the recipe builds no such file: {}", text.substr(3)));
    }
    std::string upper = found->second;
    std::ranges::transform(upper, upper.begin(), [](char c) {
      return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return "SHA256=" + upper;
  }

  void complete(const EventShape& shape, FieldTexts& texts) const {
    if (shape.provider == "Security" && shape.event_id == 4624) {
      complete_logon(texts, host_);
    }
    if (!texts.contains("SubjectUserSid") && !texts.contains("SubjectUserName")) {
      set_account(texts, "Subject", host_.machine_account());
      set_default(texts, "SubjectLogonId", "0x3e7");
    }
    if (shape.provider == "Sysmon") {
      set_default(texts, "User", "NT AUTHORITY\\SYSTEM");
      set_default(texts, "ParentUser", "NT AUTHORITY\\SYSTEM");
      set_default(texts, "ProcessGuid",
                  made_guid(fmt::format("{}/{}/{}", host_.computer, texts["ProcessId"],
                                        name_key(texts["Image"]))));
      set_default(texts, "ParentProcessGuid",
                  made_guid(fmt::format("{}/{}/{}", host_.computer, texts["ParentProcessId"],
                                        name_key(texts["ParentImage"]))));
      if (texts["ProcessId"].empty()) {
        texts["ProcessId"] = "0";
      }
      if (texts["ParentProcessId"].empty()) {
        texts["ParentProcessId"] = "0";
      }
      set_default(texts, "LogonGuid",
                  made_guid(fmt::format("{}/{}", host_.computer, texts["LogonId"])));
    }
    if (shape.provider == "Kernel-General") {
      set_default(texts, "BuildVersion", fmt::format("{}", host_.windows->build));
      set_default(texts, "QfeVersion", fmt::format("{}", host_.windows->revision));
    }
  }

  EventRecipe recipe_of(const YAML::Node& item, const EventShape& shape, FieldTexts& texts,
                        FileTime time) const {
    const EventProviderShape* provider = find_provider(shape.provider);
    NPG_CHECK(provider != nullptr);
    EventRecipe event{
        .provider = std::string(provider->name),
        .guid = std::string(provider->guid),
        .source_name = std::string(provider->source_name),
        .channel = std::string(provider->channel),
        .computer = host_.event_computer(),
        .event_id = static_cast<std::uint16_t>(shape.event_id),
        .version = static_cast<std::uint8_t>(number_in(item, "version", shape.version)),
        .level = static_cast<std::uint8_t>(shape.level),
        .task = static_cast<std::uint16_t>(shape.task),
        .keywords = shape.keywords,
        .time = time,
        .process_id = shape.provider == "Security" ? 724U : 1432U,
        .thread_id = shape.provider == "Security" ? 788U : 2016U,
        .user_sid = std::string(provider->user)};
    if (provider->guid.empty() || shape.provider == "SCM") {
      event.qualifiers = shape.provider == "SCM"        ? 16'384
                         : shape.provider == "EventLog" ? 32'768
                                                        : 0;
    }
    if (!provider->user_data_element.empty()) {
      event.user_data = UserDataShape{std::string(provider->user_data_element),
                                      std::string(provider->name_space)};
    }
    const YAML::Node listed = entry(item, "data");
    std::size_t index = 0;
    for (const ShapeField& field : fields_of(shape)) {
      std::string text = usual_text(field, time);
      if (const auto found = texts.find(field.name); found != texts.end()) {
        text = found->second;
      }
      if (listed.IsDefined() && listed.IsSequence() && index < listed.size()) {
        text = text_in(listed[index]);
      }
      std::optional<std::vector<std::byte>> value = event_value_bytes(field.type, text);
      if (!value) {
        refuse(item, fmt::format("{} cannot hold {}", field.name, text));
      }
      event.data.push_back({field.name, field.type, std::move(*value), field.is_element});
      ++index;
    }
    for (const auto& [name, text] : texts) {
      check_field(item, shape, name);
    }
    return event;
  }

  /// A name under `fields:` that the event does not have must not be lost.
  static void check_field(const YAML::Node& item, const EventShape& shape,
                          const std::string& name) {
    const YAML::Node said = entry(entry(item, "fields"), name);
    const std::vector<ShapeField> fields = fields_of(shape);
    if (said.IsDefined() && std::ranges::find(fields, name, &ShapeField::name) == fields.end()) {
      refuse(said, fmt::format("event {} has no field {}", shape.event_id, name));
    }
  }

  const RecipeHost& host_;
  const std::map<std::string, std::string>& image_hashes_;
};

std::string log_path(std::string_view log) {
  std::string name;
  for (const char c : log) {
    name += c == '/' ? std::string("%4") : std::string(1, c);
  }
  return fmt::format("C/Windows/System32/winevt/Logs/{}.evtx", name);
}

}  // namespace

std::vector<BuiltFile> build_logs(const YAML::Node& recipe, const RecipeHost& host,
                                  const std::map<std::string, std::string>& image_hashes) {
  std::vector<EventReader::Placed> placed;
  const EventReader reader(host, image_hashes);
  for_each_item(entry(recipe, "events"),
                [&](const YAML::Node& item) { reader.read(item, placed); });
  std::ranges::stable_sort(placed, {}, [](const auto& each) { return each.event.time; });

  std::map<std::string, std::vector<EventRecipe>> logs;
  for (EventReader::Placed& each : placed) {
    logs[each.log].push_back(std::move(each.event));
  }
  std::map<std::string, EvtxOptions> options;
  for_each_entry(entry(recipe, "logs"), [&](const std::string& log, const YAML::Node& map) {
    require_known(map, {"first_record_id", "dirty", "empty_chunks", "records_per_chunk"});
    logs.try_emplace(log);
    options[log] = {.first_record_id = number_in(map, "first_record_id", 1),
                    .is_dirty = yes_in(map, "dirty", false),
                    // Limit: 64 MiB of empty slots.
                    .empty_chunks = static_cast<std::uint32_t>(
                        std::min<std::uint64_t>(number_in(map, "empty_chunks", 0), 1024)),
                    .records_per_chunk_max = static_cast<std::uint32_t>(
                        number_in(map, "records_per_chunk", 0xffffffff))};
  });
  std::vector<BuiltFile> files;
  for (const auto& [log, events] : logs) {
    EvtxOptions each = options[log];
    each.minor_version = static_cast<std::uint16_t>(host.windows->evtx_minor_version);
    files.push_back(
        {log_path(log), write_evtx(events, each), fmt::format("{} records", events.size())});
  }
  return files;
}

}  // namespace npg::testing
