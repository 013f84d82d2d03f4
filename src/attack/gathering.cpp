#include "attack/gathering.hpp"

#include <algorithm>

#include "attack/container.hpp"

namespace npg::attack {

Result<BundleInfo> Gathering::read(std::string_view text) {
  stripped.reserve(text.size() / 4 * 3);
  // An object takes two kilobytes on average.
  objects.reserve(text.size() / 1800);
  checks.reserve(text.size() / 1800);
  NPG_TRY(const BundleInfo info,
          read_bundle(text, limits_, [&](const BundleObject& object) { return take(object); }));
  hashes_sha256 = hex_of(all_.finish());
  return info;
}

Result<void> Gathering::take(const BundleObject& object) {
  const JsonValue value(object.raw, object.tape);
  NPG_TRY_VOID(checks.see(object, value, static_cast<std::uint32_t>(objects.size())));
  Candidate& candidate = objects.emplace_back();
  candidate.id = object.id;
  candidate.offset = object.offset;
  candidate.raw_size = static_cast<std::uint32_t>(object.raw.size());
  candidate.is_collection = object.type == "x-mitre-collection";
  candidate.modified = value.member("modified").written();
  if (candidate.modified.size() > 40 ||
      candidate.modified.find_first_not_of("0123456789-:TZ.+") != std::string::npos) {
    return fail(ErrorCode::bad_value, object.offset + value.member("modified").token().start,
                "stix.modified");
  }
  candidate.attack_id = attack_id_of(value);
  candidate.revoked = value.truth("revoked");
  candidate.deprecated = value.truth("x_mitre_deprecated");
  if (object.type == "relationship") {
    candidate.relation = value.member("relationship_type").written();
    candidate.source = value.member("source_ref").written();
    candidate.target = value.member("target_ref").written();
    const bool fits = is_stix_id(candidate.source) && is_stix_id(candidate.target) &&
                      !candidate.relation.empty() && candidate.relation.size() <= 64 &&
                      candidate.relation.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (!fits) {
      return fail(ErrorCode::bad_value, object.offset, "stix.relationship");
    }
  } else {
    candidate.name = value.text("name");
  }
  strip(object, candidate);
  hash(object, value, candidate);
  return {};
}

void Gathering::strip(const BundleObject& object, Candidate& candidate) {
  candidate.stripped_at = stripped.size();
  const std::optional<Layout> layout = append_stripped(stripped, object.raw, object.tape);
  candidate.stripped_size = static_cast<std::uint32_t>(stripped.size() - candidate.stripped_at);
  const auto known = layout ? std::ranges::find(layouts, *layout) : layouts.end();
  if (known != layouts.end()) {
    candidate.layout = static_cast<std::uint32_t>(known - layouts.begin());
  } else if (layout && layouts.size() < 256) {
    candidate.layout = static_cast<std::uint32_t>(layouts.size());
    layouts.push_back(*layout);
  } else {
    candidate.layout = irregular_layout | static_cast<std::uint32_t>(exact.size());
    exact.emplace_back(object.raw);
  }
}

void Gathering::hash(const BundleObject& object, const JsonValue& value, Candidate& candidate) {
  const Digest raw = hasher_.hash(object.raw);
  candidate.blob = hasher_.hash(std::string_view(stripped).substr(candidate.stripped_at));
  candidate.minified = candidate.blob;
  candidate.plain = object.tape.plain;
  if (!object.tape.plain) {
    minified_.clear();
    append_minified(minified_, value);
    candidate.plain = minified_ == std::string_view(stripped).substr(candidate.stripped_at);
    candidate.minified = candidate.plain ? candidate.blob : hasher_.hash(minified_);
  }
  make_forms(forms_, value);
  candidate.canonical = hasher_.hash(forms_.canonical);
  candidate.content = hasher_.hash(forms_.content);
  candidate.is_arranged = forms_.arranged.empty();
  candidate.arranged = candidate.is_arranged ? candidate.canonical : hasher_.hash(forms_.arranged);
  all_.add(characters_of(raw));
  all_.add(characters_of(candidate.minified));
  all_.add(characters_of(candidate.canonical));
  all_.add(characters_of(candidate.content));
}

}  // namespace npg::attack
