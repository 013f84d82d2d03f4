#include "attack/bundle.hpp"

#include <algorithm>
#include <charconv>

#include "attack/json_scan.hpp"
#include "attack/json_text.hpp"

namespace npg::attack {
namespace {

Result<void> visit_objects(std::string_view text, std::size_t& at, const Limits& limits,
                           const std::function<Result<void>(const BundleObject&)>& visit,
                           std::uint64_t& count) {
  if (at >= text.size() || text[at] != '[') {
    return fail(ErrorCode::bad_value, at, "stix.bundle.objects");
  }
  at = skip_space(text, at + 1);
  if (at < text.size() && text[at] == ']') {
    ++at;
    return {};
  }
  JsonTape tape;
  for (;;) {
    if (count >= limits.attack_objects_max) {
      return fail(ErrorCode::limit_exceeded, at, "stix.bundle.objects", count + 1,
                  limits.attack_objects_max);
    }
    NPG_TRY(const std::size_t end, scan_json(text, at, 0, limits, tape));
    BundleObject object{
        .raw = text.substr(at, end - at), .offset = at, .tape = tape, .id = {}, .type = {}};
    const JsonValue value(object.raw, tape);
    if (!value.is(JsonKind::object)) {
      return fail(ErrorCode::bad_value, at, "stix.object");
    }
    object.id = value.member("id").written();
    object.type = value.member("type").written();
    if (!is_stix_id(object.id) || object.id.substr(0, object.id.find("--")) != object.type) {
      const JsonValue id = value.member("id");
      return fail(ErrorCode::bad_value, at + (id.exists() ? id.token().start : 0), "stix.id");
    }
    ++count;
    NPG_TRY_VOID(visit(object));
    at = skip_space(text, end);
    if (at >= text.size()) {
      return fail(ErrorCode::truncated, text.size(), "stix.bundle.objects", 1, 0);
    }
    if (text[at] == ']') {
      ++at;
      return {};
    }
    if (text[at] != ',') {
      return fail(ErrorCode::bad_value, at, "json.expected_comma_or_end");
    }
    at = skip_space(text, at + 1);
  }
}

bool is_text(const JsonValue& value, std::string_view text) {
  if (!value.is(JsonKind::string) || value.token().escaped) {
    return value.text() == text;
  }
  return value.source().substr(1, value.source().size() - 2) == text;
}

std::unexpected<Error> unexpected_here(std::string_view text, std::size_t at) {
  if (at >= text.size()) {
    return fail(ErrorCode::truncated, text.size(), "stix.bundle", 1, 0);
  }
  return fail(ErrorCode::bad_value, at, "stix.bundle");
}

}  // namespace

Result<BundleInfo> read_bundle(std::string_view text, const Limits& limits,
                               const std::function<Result<void>(const BundleObject&)>& visit) {
  BundleInfo info;
  std::size_t at = skip_space(text, 0);
  if (at >= text.size() || text[at] != '{') {
    return fail(ErrorCode::not_this_format, at, "stix.bundle");
  }
  at = skip_space(text, at + 1);
  std::vector<std::string> keys;
  std::string type;
  std::string spec_version;
  JsonTape tape;
  bool has_objects = false;
  for (;;) {
    if (at >= text.size() || text[at] != '"') {
      return unexpected_here(text, at);
    }
    // Limit: a bundle has four members by its specification; 64 leave room for others.
    if (keys.size() >= 64) {
      return fail(ErrorCode::limit_exceeded, at, "stix.bundle.members", keys.size() + 1, 64);
    }
    NPG_TRY(const std::size_t key_end, scan_json(text, at, 0, limits, tape));
    std::string key = JsonValue(text.substr(at, key_end - at), tape).text();
    if (std::ranges::find(keys, key) != keys.end()) {
      return fail(ErrorCode::bad_value, at, "json.duplicate_key");
    }
    at = skip_space(text, key_end);
    if (at >= text.size() || text[at] != ':') {
      return unexpected_here(text, at);
    }
    at = skip_space(text, at + 1);
    if (key == "objects") {
      has_objects = true;
      NPG_TRY_VOID(visit_objects(text, at, limits, visit, info.objects));
    } else {
      NPG_TRY(const std::size_t end, scan_json(text, at, 0, limits, tape));
      const std::string value = JsonValue(text.substr(at, end - at), tape).text();
      if (key == "type") {
        type = value;
      } else if (key == "id") {
        info.id = value;
      } else if (key == "spec_version") {
        spec_version = value;
      }
      at = end;
    }
    keys.push_back(std::move(key));
    at = skip_space(text, at);
    if (at < text.size() && text[at] == '}') {
      break;
    }
    if (at >= text.size() || text[at] != ',') {
      return unexpected_here(text, at);
    }
    at = skip_space(text, at + 1);
  }
  at = skip_space(text, at + 1);
  if (at != text.size()) {
    return fail(ErrorCode::bad_value, at, "stix.bundle.trailing_data");
  }
  if (type != "bundle" || !has_objects) {
    return fail(ErrorCode::not_this_format, 0, "stix.bundle");
  }
  info.stix21 = spec_version != "2.0";
  return info;
}

bool is_stix_id(std::string_view id) {
  const std::size_t split = id.find("--");
  if (split == std::string_view::npos || split == 0 || split > 64 || id.size() != split + 38) {
    return false;
  }
  const auto lower = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  const std::string_view uuid = id.substr(split + 2);
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = uuid[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) {
      return false;
    }
  }
  return std::ranges::all_of(id.substr(0, split), lower);
}

std::string attack_id_of(const JsonValue& object) {
  const JsonValue references = object.member("external_references");
  if (!references.is(JsonKind::array)) {
    return {};
  }
  for (JsonChildren children(references); children.more();) {
    const JsonValue reference = children.take();
    const JsonValue source = reference.member("source_name");
    if (is_text(source, "mitre-attack") || is_text(source, "mitre-mobile-attack") ||
        is_text(source, "mitre-ics-attack")) {
      std::string id = reference.text("external_id");
      const bool fine =
          id.size() <= 64 && std::ranges::all_of(id, [](char c) { return c > ' ' && c < 0x7f; });
      return fine ? id : std::string();
    }
  }
  return {};
}

int compare_versions(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    const auto take = [](std::string_view& text) {
      const std::size_t dot = std::min(text.find('.'), text.size());
      std::uint64_t number = 0;
      std::from_chars(text.data(), text.data() + dot, number);
      text.remove_prefix(std::min(dot + 1, text.size()));
      return number;
    };
    const std::uint64_t a = take(left);
    const std::uint64_t b = take(right);
    if (a != b) {
      return a < b ? -1 : 1;
    }
  }
  return 0;
}

}  // namespace npg::attack
