#include "app/attack_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/attack_facts.hpp"
#include "app/data.hpp"
#include "attack/analysis_file.hpp"
#include "attack/page.hpp"
#include "base/check.hpp"
#include "base/diagnostic.hpp"

namespace npg {
namespace {

constexpr std::string_view domain = "enterprise-attack";

AttackObject object_of(const NameRow& row) {
  return {.attack_id = row.id, .name = row.name, .stix_id = {}, .content_sha256 = {}};
}

AttackLogSource log_source_of(const NameRow& row, const std::vector<NameRow>& rows) {
  const std::size_t blank = std::min(row.name.find(' '), row.name.size() - 1);
  AttackLogSource source{.name = row.name.substr(0, blank),
                         .channel = row.name.substr(blank + 1),
                         .component = {},
                         .named_by = "npguard",
                         .why = row.note};
  for (const std::string& id : row.related) {
    const NameRow* const other = row_of(rows, id);
    if (other != nullptr && other->kind == "component") {
      source.component = object_of(*other);
    } else if (other != nullptr && other->kind == "analytic") {
      source.named_by = other->id;
    }
  }
  return source;
}

/// Log sources that the table gives to an analytic, or to none.
std::vector<AttackLogSource> log_sources_of(const std::vector<NameRow>& rows,
                                            std::string_view named_by) {
  std::vector<AttackLogSource> out;
  for (const NameRow& row : rows) {
    if (row.kind == "log_source") {
      AttackLogSource source = log_source_of(row, rows);
      if (source.named_by == named_by) {
        out.push_back(std::move(source));
      }
    }
  }
  return out;
}

void append(std::vector<AttackLogSource>& into, std::vector<AttackLogSource> more) {
  std::ranges::move(more, std::back_inserter(into));
}

/// What the analytics forget is known for the technique that npguard is about, not for others.
constexpr std::string_view own_technique = "T1556.008";

AttackContext context_of(const NameRow& row, const std::vector<NameRow>& rows) {
  AttackContext context;
  context.technique = object_of(row);
  for (const std::string& id : row.related) {
    const NameRow* const other = row_of(rows, id);
    if (other == nullptr) {
      continue;
    }
    if (other->kind == "tactic") {
      context.tactics.push_back(object_of(*other));
    } else if (other->kind == "mitigation") {
      context.mitigations.push_back({object_of(*other), {}});
    } else if (other->kind == "strategy") {
      context.strategies.push_back(object_of(*other));
      for (const std::string& analytic : other->related) {
        if (const NameRow* const found = row_of(rows, analytic); found != nullptr) {
          context.analytics.push_back(object_of(*found));
          append(context.log_sources, log_sources_of(rows, analytic));
        }
      }
    }
  }
  if (row.id == own_technique) {
    append(context.log_sources, log_sources_of(rows, "npguard"));
  }
  return context;
}

/// npguard's statements about an object that the context names.
void add_statements(AttackContext& context, const attack::Release* release) {
  static const auto file = attack::parse_analysis(data::attack_analysis, Limits{});
  NPG_CHECK(file.has_value());
  const auto named = [&](const std::string& id) {
    const auto is = [&](const AttackObject& object) { return object.attack_id == id; };
    // A mitigation or an analytic belongs to many techniques; ours speaks of one.
    return context.technique.attack_id == id ||
           (context.technique.attack_id == own_technique &&
            (std::ranges::any_of(context.analytics, is) ||
             std::ranges::any_of(context.strategies, is) ||
             std::ranges::any_of(context.mitigations, is, &AttackMitigation::mitigation)));
  };
  for (const attack::Statement& each : file->statements) {
    if (std::ranges::any_of(each.objects, named, &attack::AnalysedObject::attack_id)) {
      context.statements.push_back({each.id, file->author, file->date, each.text,
                                    std::string(name_of(attack::state_of(each, release)))});
    }
  }
}

/// The same from the objects of one release.
class MirroredContexts {
 public:
  MirroredContexts(const attack::Release& release, const Limits& limits)
      : release_(release), limits_(limits) {}

  Result<void> fill(AttackContext& context, const std::vector<NameRow>& rows) {
    NPG_TRY(const auto row, release_.find(context.technique.attack_id));
    if (!row) {
      return {};  // The names stay, without an object.
    }
    NPG_TRY(const attack::Page page, attack::page_without_source(release_, *row, limits_));
    const std::string id = context.technique.attack_id;
    context = {};
    context.technique = object_of(page.object);
    context.revoked = page.revoked;
    context.successor = object_of(page.successor);
    for (const attack::Named& tactic : page.tactics) {
      context.tactics.push_back(object_of(tactic));
    }
    for (const attack::PageRelation& relation : page.relations) {
      if (relation.outgoing || relation.dropped) {
        continue;
      }
      if (relation.kind == "mitigates") {
        context.mitigations.push_back({object_of(relation.other), {}});
      } else if (relation.other_type == "x-mitre-detection-strategy") {
        context.strategies.push_back(object_of(relation.other));
      }
    }
    std::ranges::sort(context.mitigations, {}, [](const AttackMitigation& each) {
      return std::pair(each.mitigation.attack_id, each.mitigation.stix_id);
    });
    for (const attack::PageAnalytic& analytic : page.analytics) {
      context.analytics.push_back(object_of(analytic.analytic));
      for (const attack::PageLogSource& source : analytic.log_sources) {
        context.log_sources.push_back({.name = source.name,
                                       .channel = source.channel,
                                       .component = object_of(source.component),
                                       .named_by = analytic.analytic.attack_id,
                                       .why = {}});
      }
    }
    if (id == own_technique) {
      append(context.log_sources, log_sources_of(rows, "npguard"));
    }
    return {};
  }

 private:
  AttackObject object_of(const attack::Named& named) const {
    const auto hash = attack::content_hash(release_, named.id);
    return {.attack_id = named.attack_id,
            .name = named.name,
            .stix_id = hash ? named.id : std::string(),
            .content_sha256 = hash.value_or("")};
  }

  const attack::Release& release_;
  const Limits& limits_;
};

}  // namespace

std::expected<AttackCatalogue, std::string> catalogue_of_names(std::string_view table) {
  const auto rows = name_rows(table);
  if (!rows) {
    return std::unexpected(rows.error());
  }
  AttackCatalogue catalogue;
  catalogue.source.domain = domain;
  catalogue.source.text =
      "No ATT&CK bundle is imported: ids and names are facts that npguard knows, and no source "
      "object is mirrored.";
  for (const NameRow& row : *rows) {
    if (row.kind == "technique") {
      AttackContext context = context_of(row, *rows);
      add_statements(context, nullptr);
      catalogue.techniques.emplace(row.id, std::move(context));
    }
  }
  return catalogue;
}

const AttackCatalogue& shipped_catalogue() {
  static const auto catalogue = catalogue_of_names(data::attack_names);
  NPG_CHECK(catalogue.has_value());
  return *catalogue;
}

std::expected<AttackCatalogue, std::string> catalogue_of_store(const std::filesystem::path& folder,
                                                               const Limits& limits) {
  AttackCatalogue catalogue = shipped_catalogue();
  const auto fill = [&]() -> Result<void> {
    NPG_TRY(attack::Store store, attack::Store::open(folder, limits));
    const auto newest = store.newest(domain);
    if (!newest) {
      return {};
    }
    NPG_TRY_VOID(store.load());
    NPG_TRY(const attack::Release release, attack::Release::load(store, *newest, limits));
    const attack::ReleaseInfo& info = release.info();
    catalogue.source = {.mirrored = true,
                        .domain = info.domain,
                        .release = info.release,
                        .stix = info.stix21 ? "2.1" : "2.0",
                        .bundle_sha256 = info.bundle_sha256,
                        .published_hash = info.pinned,
                        .text = fmt::format("From the imported bundle of {} {}, the newest in the "
                                            "store; objects are named by id and content hash.",
                                            info.domain, info.release),
                        .licence = std::string(data::attack_licence)};
    MirroredContexts mirrored(release, limits);
    const auto rows = name_rows(data::attack_names);
    NPG_CHECK(rows.has_value());
    for (auto& [id, context] : catalogue.techniques) {
      context.statements.clear();
      NPG_TRY_VOID(mirrored.fill(context, *rows));
      add_statements(context, &release);
    }
    return {};
  };
  if (const auto filled = fill(); !filled) {
    return std::unexpected(describe(filled.error()));
  }
  return catalogue;
}

}  // namespace npg
