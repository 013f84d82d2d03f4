#include "testing/event_texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/checksum.hpp"
#include "base/identifiers.hpp"
#include "testing/recipe_yaml.hpp"

namespace npg::testing {
namespace {

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

}  // namespace

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

}  // namespace npg::testing
