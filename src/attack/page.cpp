#include "attack/page.hpp"

#include <algorithm>
#include <optional>

#include "attack/bundle.hpp"

namespace npg::attack {
namespace {

std::vector<std::string> texts_of(const JsonValue& list) {
  std::vector<std::string> out;
  for (const JsonValue& item : list.items()) {
    out.push_back(item.text());
  }
  return out;
}

std::string trimmed(std::string text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

class PageMaker {
 public:
  PageMaker(const Release& release, const Limits& limits) : release_(release), limits_(limits) {}

  Result<Page> with_source(std::uint32_t row) {
    NPG_TRY(Page page, make(row));
    NPG_TRY(std::string raw, release_.raw(row));
    NPG_TRY(page.raw_offset, release_.offset_of(row));
    page.raw_bytes = raw.size();
    NPG_TRY(const ObjectPointer object, Object::parse(std::move(raw), limits_));
    Hasher hasher;
    page.hashes = hashes_of(object->text(), object->tape(), hasher);
    return page;
  }

  Result<Page> make(std::uint32_t row) {
    Page page;
    page.release = release_.info();
    NPG_TRY(const ObjectPointer object, release_.object(row));
    const JsonValue value = object->value();
    page.object = {value.text("id"), attack_id_of(value), value.text("name")};
    page.type = value.text("type");
    page.version = value.text("x_mitre_version");
    page.created = value.text("created");
    page.modified = value.text("modified");
    page.revoked = object->revoked();
    page.deprecated = object->deprecated();
    page.description = value.text("description");
    page.detection = value.text("x_mitre_detection");
    page.platforms = texts_of(value.member("x_mitre_platforms"));
    page.contributors = texts_of(value.member("x_mitre_contributors"));
    page.data_sources = texts_of(value.member("x_mitre_data_sources"));
    page.references = references(value);
    NPG_TRY_VOID(tactics(value, page));
    NPG_TRY_VOID(relations(row, page));
    page.successors = release_.successors_of(row);
    page.successor = page.successors.empty() ? Named() : page.successors.back();
    NPG_TRY_VOID(namesakes(row, page));
    NPG_TRY_VOID(analytics(value, page));
    NPG_TRY_VOID(statement(value, page));
    return page;
  }

 private:
  Named named(std::string_view id) const {
    const auto number = release_.store().id_number(id);
    return number ? release_.named(*number)
                  : Named{.id = std::string(id), .attack_id = {}, .name = {}};
  }

  static std::vector<PageReference> references(const JsonValue& value) {
    const std::string description = value.text("description");
    std::vector<std::pair<std::size_t, PageReference>> found;
    for (const JsonValue& item : value.member("external_references").items()) {
      PageReference reference{.source_name = item.text("source_name"),
                              .external_id = item.text("external_id"),
                              .description = trimmed(item.text("description")),
                              .url = item.text("url")};
      const std::size_t at = description.find("(Citation: " + reference.source_name + ")");
      reference.cited = at != std::string::npos;
      // Those not cited come after, ATT&CK's own entry last of all.
      const bool own = !reference.cited && !reference.external_id.empty();
      found.emplace_back(reference.cited ? at : description.size() + (own ? 2 : 1),
                         std::move(reference));
    }
    std::ranges::stable_sort(found, {}, [](const auto& each) { return each.first; });
    std::vector<PageReference> out;
    for (auto& [at, reference] : found) {
      reference.number = out.size() + 1;
      out.push_back(std::move(reference));
    }
    return out;
  }

  /// The number of a relationship's reference: that of the same one before, also of the object's
  /// own, or the next.
  static std::uint64_t number_of(PageReference reference, Page& page) {
    const auto is_same = [&](const PageReference& each) {
      return each.source_name == reference.source_name &&
             each.description == reference.description && each.url == reference.url;
    };
    for (const auto* list : {&page.references, &page.relation_references}) {
      if (const auto same = std::ranges::find_if(*list, is_same); same != list->end()) {
        return same->number;
      }
    }
    reference.number = page.references.size() + page.relation_references.size() + 1;
    page.relation_references.push_back(std::move(reference));
    return page.relation_references.back().number;
  }

  Result<void> tactics(const JsonValue& value, Page& page) {
    for (const JsonValue& phase : value.member("kill_chain_phases").items()) {
      Named tactic{.id = {}, .attack_id = {}, .name = phase.text("phase_name")};
      for (std::uint32_t row = 0; row < release_.rows().size(); ++row) {
        if (!release_.id(row).starts_with("x-mitre-tactic--")) {
          continue;
        }
        NPG_TRY(const ObjectPointer object, release_.object(row));
        if (object->value().text("x_mitre_shortname") == phase.text("phase_name")) {
          tactic = {std::string(release_.id(row)), std::string(release_.blob(row).attack_id),
                    object->value().text("name")};
        }
      }
      page.tactics.push_back(std::move(tactic));
    }
    return {};
  }

  Result<void> relations(std::uint32_t row, Page& page) {
    for (const Relation& each : release_.relations_of(release_.blob(row).id)) {
      NPG_TRY(const ObjectPointer object, release_.object(each.row));
      PageRelation relation{.id = std::string(release_.id(each.row)),
                            .kind = std::string(each.kind),
                            .outgoing = each.outgoing,
                            .other = {},
                            .other_type = {},
                            .description = object->value().text("description")};
      for (PageReference& reference : references(object->value())) {
        relation.references.push_back(number_of(std::move(reference), page));
      }
      relation.other = release_.named(each.other);
      const auto other = release_.row_of(each.other);
      relation.other_type = relation.other.id.substr(0, other ? relation.other.id.find("--") : 0);
      const bool other_dropped =
          other && (release_.blob(*other).revoked || release_.blob(*other).deprecated);
      relation.dropped = other_dropped || object->revoked() || object->deprecated();
      page.relations.push_back(std::move(relation));
    }
    return {};
  }

  Result<void> namesakes(std::uint32_t row, Page& page) {
    if (page.object.attack_id.empty()) {
      return {};
    }
    NPG_TRY(const std::vector<std::uint32_t> all, release_.find_all(page.object.attack_id));
    for (const std::uint32_t each : all) {
      if (each != row) {
        page.same_attack_id.emplace_back(release_.id(each));
      }
    }
    return {};
  }

  Result<void> analytics(const JsonValue& value, Page& page) {
    if (page.type == "x-mitre-analytic") {
      return analytic(value, {}, page);
    }
    if (page.type == "x-mitre-detection-strategy") {
      return strategy(value, page.object, page);
    }
    for (const PageRelation& relation : page.relations) {
      if (relation.other_type != "x-mitre-detection-strategy" || relation.dropped) {
        continue;
      }
      const auto row = release_.row_of(*release_.store().id_number(relation.other.id));
      NPG_TRY(const ObjectPointer object, release_.object(*row));
      NPG_TRY_VOID(strategy(object->value(), relation.other, page));
    }
    return {};
  }

  Result<void> strategy(const JsonValue& value, const Named& name, Page& page) {
    for (const JsonValue& reference : value.member("x_mitre_analytic_refs").items()) {
      const auto number = release_.store().id_number(reference.text());
      const auto row = number ? release_.row_of(*number) : std::nullopt;
      if (row) {
        NPG_TRY(const ObjectPointer object, release_.object(*row));
        NPG_TRY_VOID(analytic(object->value(), name, page));
      }
    }
    return {};
  }

  Result<void> analytic(const JsonValue& value, const Named& strategy, Page& page) {
    PageAnalytic out;
    out.analytic = {value.text("id"), attack_id_of(value), value.text("name")};
    out.strategy = strategy;
    out.description = value.text("description");
    out.platforms = texts_of(value.member("x_mitre_platforms"));
    for (const JsonValue& source : value.member("x_mitre_log_source_references").items()) {
      PageLogSource each{
          .component = {}, .name = source.text("name"), .channel = source.text("channel")};
      each.component = named(source.text("x_mitre_data_component_ref"));
      out.log_sources.push_back(std::move(each));
    }
    for (const JsonValue& element : value.member("x_mitre_mutable_elements").items()) {
      out.mutable_elements.emplace_back(element.text("field"), element.text("description"));
    }
    page.analytics.push_back(std::move(out));
    return {};
  }

  Result<void> statement(const JsonValue& value, Page& page) {
    for (const JsonValue& marking : value.member("object_marking_refs").items()) {
      const auto number = release_.store().id_number(marking.text());
      const auto row = number ? release_.row_of(*number) : std::nullopt;
      if (row) {
        NPG_TRY(const ObjectPointer object, release_.object(*row));
        page.statement = object->value().member("definition").text("statement");
      }
    }
    return {};
  }

  const Release& release_;
  const Limits& limits_;
};

}  // namespace

Result<Page> page_of(const Release& release, std::uint32_t row, const Limits& limits) {
  return PageMaker(release, limits).with_source(row);
}

Result<Page> page_without_source(const Release& release, std::uint32_t row, const Limits& limits) {
  return PageMaker(release, limits).make(row);
}

}  // namespace npg::attack
