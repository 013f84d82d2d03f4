#include "attack/import_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg::attack {
namespace {

/// The newest x_mitre_attack_spec_version that this program was written with.
constexpr std::string_view known_spec_version = "3.3.0";

}  // namespace

Result<void> BundleChecks::see(const BundleObject& object, const JsonValue& value,
                               std::uint32_t index) {
  if (!ids_.emplace(object.id, index).second) {
    return fail(ErrorCode::bad_value, object.offset + value.member("id").token().start,
                "stix.duplicate_id");
  }
  see_references(value, object.offset);
  if (object.type == "x-mitre-collection") {
    ++collections;
    see_collection(value);
  } else if (object.type == "x-mitre-matrix") {
    for (const JsonValue& reference : value.member("external_references").items()) {
      const std::string domain = reference.text("external_id");
      if (domain == "enterprise-attack" || domain == "mobile-attack" || domain == "ics-attack") {
        matrix_domain = domain;
      }
    }
  }
  const JsonValue spec = value.member("x_mitre_attack_spec_version");
  if (spec.is(JsonKind::string)) {
    const std::string_view version = spec.source().substr(1, spec.source().size() - 2);
    if (version != spec_version && compare_versions(version, spec_version) > 0) {
      spec_version = version;
    }
  }
  return {};
}

void BundleChecks::see_collection(const JsonValue& value) {
  collection_id = value.text("id");
  collection_name = value.text("name");
  collection_version = value.text("x_mitre_version");
  collection_modified = value.text("modified");
  for (const JsonValue& item : value.member("x_mitre_contents").items()) {
    listed_.push_back(
        {item.member("object_ref").written(), item.member("object_modified").written()});
  }
}

void BundleChecks::see_references(const JsonValue& value, std::uint64_t offset) {
  for (JsonChildren children(value); children.more();) {
    const JsonValue key = children.take();
    const JsonValue member = children.take();
    const std::string_view quoted = key.source();
    if (quoted.ends_with("_ref\"")) {
      note_reference(member, offset);
    } else if (quoted.ends_with("_refs\"") && member.is(JsonKind::array)) {
      for (JsonChildren items(member); items.more();) {
        note_reference(items.take(), offset);
      }
    }
  }
}

void BundleChecks::note_reference(const JsonValue& reference, std::uint64_t offset) {
  if (!reference.is(JsonKind::string) || reference.source().size() <= 2) {
    return;
  }
  const std::string_view id = reference.source().substr(1, reference.source().size() - 2);
  if (std::ranges::find(recent_, id) == recent_.end()) {
    recent_[next_recent_++ % recent_.size()] = id;
    references_.try_emplace(id, offset);
  }
}

void BundleChecks::finish(const std::vector<Candidate>& objects, ImportReport& report) const {
  const auto add = [&](std::string code, std::uint64_t offset, std::string text) {
    report.notes.push_back({std::move(code), offset, std::move(text)});
  };
  const std::pair<const std::string_view, std::uint64_t>* first = nullptr;
  for (const auto& reference : references_) {
    if (!ids_.contains(reference.first)) {
      ++report.dangling;
      if (first == nullptr || reference < *first) {
        first = &reference;
      }
    }
  }
  if (first != nullptr) {
    add("dangling_reference", first->second,
        fmt::format("{} ids are referred to and not in the bundle, {} among them", report.dangling,
                    shown(first->first)));
  }
  if (collections > 1) {
    add("several_collections", 0, fmt::format("{} collections in one bundle", collections));
  }
  report.contents_listed = listed_.size();
  std::unordered_set<std::string_view> listed_ids;
  std::string_view example;
  for (const Listed& each : listed_) {
    listed_ids.insert(each.id);
    const auto found = ids_.find(each.id);
    if (found == ids_.end() || objects[found->second].modified != each.modified) {
      ++report.contents_missing;
      example = example.empty() ? each.id : example;
    }
  }
  if (report.contents_missing > 0) {
    add("collection_contents", 0,
        fmt::format("{} entries of the collection's list are not in the bundle, or not with that "
                    "modified time; {} is the first",
                    report.contents_missing, shown(example)));
  }
  if (!listed_.empty()) {
    for (const Candidate& each : objects) {
      // A collection does not list itself, nor the marking definition: so published.
      const bool expected = each.is_collection || each.id.starts_with("marking-definition--");
      report.contents_unlisted += !expected && !listed_ids.contains(each.id) ? 1U : 0U;
    }
    if (report.contents_unlisted > 0) {
      add("collection_contents", 0,
          fmt::format("{} objects are not in the collection's list", report.contents_unlisted));
    }
  }
  if (compare_versions(spec_version, known_spec_version) > 0) {
    add("newer_specification", 0,
        fmt::format(
            "objects follow specification {}, newer than {}: members that this version does "
            "not know are kept and compared as they are",
            shown(spec_version), known_spec_version));
  }
}

}  // namespace npg::attack
