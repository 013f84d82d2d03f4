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
#include "testing/recipe_yaml.hpp"
#include "view/win_event.hpp"

namespace npg::testing {
namespace {

using FieldTexts = std::map<std::string, std::string>;

struct ShapeField {
  std::string name;
  EventType type = EventType::string;
  bool is_element = false;
};

EventType type_of(std::string_view code) {
  constexpr std::array<std::pair<std::string_view, EventType>, 12> codes{{
      {"s", EventType::string},
      {"sid", EventType::sid},
      {"u8", EventType::uint8},
      {"u16", EventType::uint16},
      {"u32", EventType::uint32},
      {"u64", EventType::uint64},
      {"h32", EventType::hex_int32},
      {"h64", EventType::hex_int64},
      {"g", EventType::guid},
      {"t", EventType::filetime},
      {"b", EventType::boolean},
      {"bin", EventType::binary},
  }};
  const auto found = std::ranges::find(codes, code, &decltype(codes)::value_type::first);
  NPG_CHECK(found != codes.end());
  return found->second;
}

std::vector<ShapeField> fields_of(const EventShape& shape) {
  std::vector<ShapeField> fields;
  for (std::string token : split(shape.fields, ' ')) {
    ShapeField field;
    const std::size_t cut = token.find(':');
    if (cut != std::string::npos) {
      field.type = type_of(std::string_view(token).substr(cut + 1));
      token.resize(cut);
    }
    field.is_element = token.starts_with('+');
    field.name = token == "*" ? "" : token.substr(field.is_element ? 1 : 0);
    fields.push_back(std::move(field));
  }
  return fields;
}

/// "2026-11-18 08:01:02.123", as Sysmon writes UtcTime.
std::string sysmon_time(FileTime time) {
  std::string text = to_rfc3339(time).substr(0, 23);
  text[10] = ' ';
  return text;
}

std::string made_guid(std::string_view seed) {
  const std::vector<std::byte> bytes =
      event_value_bytes(EventType::binary, sha256_hex(bytes_of(seed)).substr(0, 32)).value();
  return guid_text(Bytes(bytes)).value();
}

/// What a field holds when the recipe does not say: what Windows prints for nothing.
std::string usual_text(const ShapeField& field, FileTime time) {
  if (field.name == "UtcTime" || field.name == "CreationUtcTime") {
    return sysmon_time(time);
  }
  switch (field.type) {
    case EventType::sid: return "S-1-0-0";
    case EventType::guid: return "{00000000-0000-0000-0000-000000000000}";
    case EventType::filetime: return to_rfc3339(time);
    case EventType::boolean: return "false";
    case EventType::binary: return "";
    case EventType::string: return field.name.empty() ? "" : "-";
    default: return "0";
  }
}

void set_account(FieldTexts& texts, std::string_view prefix, const RecipeAccount& account) {
  texts[fmt::format("{}UserSid", prefix)] = account.sid;
  texts[fmt::format("{}Sid", prefix)] = account.sid;
  texts[fmt::format("{}UserName", prefix)] = account.name;
  texts[fmt::format("{}DomainName", prefix)] = account.domain;
}

void set_default(FieldTexts& texts, const std::string& name, std::string_view text) {
  texts.try_emplace(name, text);
}

std::string yes_no(const YAML::Node& node) {
  const std::string text = text_in(node);
  return text == "yes" || text == "true"   ? "%%1842"
         : text == "no" || text == "false" ? "%%1843"
                                           : text;
}

/// Windows' codes for what recipes say in words.
std::string coded(const std::string& field, std::string text) {
  constexpr std::array<std::array<std::string_view, 3>, 14> codes{{
      {"OperationType", "created", "%%1904"},
      {"OperationType", "modified", "%%1905"},
      {"OperationType", "deleted", "%%1906"},
      {"ValueType", "REG_NONE", "%%1872"},
      {"ValueType", "REG_SZ", "%%1873"},
      {"ValueType", "REG_EXPAND_SZ", "%%1874"},
      {"ValueType", "REG_BINARY", "%%1875"},
      {"ValueType", "REG_DWORD", "%%1876"},
      {"ValueType", "REG_MULTI_SZ", "%%1879"},
      {"ValueType", "REG_QWORD", "%%1883"},
      {"LogonProcessName", "User32", "User32 "},
      {"LogonProcessName", "Advapi", "Advapi  "},
      {"LogonProcessName", "NtLmSsp", "NtLmSsp "},
      {"LogonProcessName", "CredPro", "CredPro "},
  }};
  for (const auto& [ending, word, code] : codes) {
    if (field.ends_with(ending) && text == word) {
      return std::string(code);
    }
  }
  return text;
}

/// What goes without saying in a logon of this type.
void complete_logon(FieldTexts& texts, const RecipeHost& host) {
  const std::string type = texts.contains("LogonType") ? texts["LogonType"] : "2";
  set_default(texts, "LogonType", type);
  if (type == "3") {
    set_default(texts, "LogonProcessName", "Kerberos");
    set_default(texts, "AuthenticationPackageName", "Kerberos");
    set_default(texts, "SubjectUserSid", "S-1-0-0");
    set_default(texts, "SubjectUserName", "-");
    set_default(texts, "SubjectDomainName", "-");
    set_default(texts, "SubjectLogonId", "0");
    return;
  }
  const bool is_service = type == "5" || type == "4";
  set_default(texts, "LogonProcessName", is_service ? "Advapi  " : "User32 ");
  set_default(texts, "AuthenticationPackageName", "Negotiate");
  set_default(texts, "ProcessId", is_service ? "0x2ac" : "0x5f4");
  set_default(
      texts, "ProcessName",
      is_service ? "C:\\Windows\\System32\\services.exe" : "C:\\Windows\\System32\\svchost.exe");
  if (!is_service) {
    set_default(texts, "WorkstationName", host.computer);
    set_default(texts, "IpAddress", "127.0.0.1");
    set_default(texts, "IpPort", "0");
  }
  if (type == "10") {
    set_default(texts, "RestrictedAdminMode", "%%1843");
  }
}

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
    if (index > 0 && texts.contains("TargetLogonId")) {
      const std::uint64_t first = parse_number(texts["TargetLogonId"]).value_or(0);
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
    const ProviderShape* provider = find_provider(shape.provider);
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
