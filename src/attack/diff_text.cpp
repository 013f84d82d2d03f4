// Differences and histories for a terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attack/diff_report.hpp"
#include "attack/json_scan.hpp"
#include "base/evidence_text.hpp"

namespace npg::attack {
namespace {

/// A bundle's text is anybody's: no control character of it reaches a terminal. A line feed starts
/// a line of that indent.
std::string safe(std::string_view text, std::size_t indent = 0) {
  std::string out;
  for (;;) {
    const std::size_t end = text.find('\n');
    out += escape_for_terminal(EvidenceText::from_utf8(text.substr(0, end)));
    if (end == std::string_view::npos) {
      return out;
    }
    out += '\n' + std::string(indent, ' ');
    text.remove_prefix(end + 1);
  }
}

/// "T1556.008 Network Provider DLL"; the STIX id where there is no other.
std::string named(const Named& object) {
  const std::string label = object.attack_id.empty() && object.name.empty() ? object.id
                            : object.attack_id.empty()                      ? object.name
                            : object.name.empty()                           ? object.attack_id
                                                  : object.attack_id + " " + object.name;
  return safe(label);
}

/// The object, or a relationship's ends, and the STIX id.
std::string label(const ReleaseChange& change) {
  const std::string what =
      change.relation.empty()
          ? named(change.object)
          : fmt::format("{} {} {}", named(change.source), change.relation, named(change.target));
  const std::string id = safe(change.object.id);
  return what == id ? id : fmt::format("{} ({})", what, id);
}

std::string chain(const std::vector<Named>& successors) {
  std::string out;
  for (const Named& each : successors) {
    out += (out.empty() ? "" : " -> ") + named(each);
  }
  return out.empty() ? "no successor is named" : out;
}

/// An item of a list for people: references and phases by what names them, texts without quotes.
std::string readable(const std::string& item) {
  JsonTape tape;
  if (!scan_json(item, 0, 0, Limits{}, tape)) {
    return item;
  }
  const JsonValue value(item, tape);
  if (value.is(JsonKind::string)) {
    return value.text();
  }
  if (const std::string phase = value.text("phase_name"); !phase.empty()) {
    return phase;
  }
  if (const std::string source = value.text("source_name"); !source.empty()) {
    std::string out = source;
    for (const char* more : {"external_id", "description", "url"}) {
      const std::string text = value.text(more);
      out += text.empty() ? "" : (out == source ? ": " : " ") + text;
    }
    return out;
  }
  return item;
}

void fields_text(std::string& out, const ObjectDifference& difference) {
  for (const FieldChange& each : difference.fields) {
    if (each.field == "x_mitre_version" && difference.version_kind != "unchanged") {
      continue;  // Told by the line of the version's kind.
    }
    out += fmt::format("    {}: {}", safe(each.field), each.kind);
    if (!each.added.empty() || !each.removed.empty()) {
      for (const std::string& item : each.removed) {
        out += fmt::format("\n      - {}", safe(readable(item), 8));
      }
      for (const std::string& item : each.added) {
        out += fmt::format("\n      + {}", safe(readable(item), 8));
      }
    } else if (!each.words.empty()) {
      out += fmt::format("\n      {}", safe(each.words, 6));
    } else if (each.kind != "order-only") {
      const auto shown = [](const std::string& value) {
        const std::string text = safe(readable(value), 6);
        return value.empty() ? "absent" : text.empty() ? "empty" : text;
      };
      out += fmt::format(" {} -> {}", shown(each.before), shown(each.after));
    }
    out += '\n';
  }
}

/// The version's kind, the state, and field by field.
void difference_text(std::string& out, const ObjectDifference& difference) {
  if (difference.version_kind != "unchanged") {
    out += fmt::format("    version {}: {} -> {}\n", difference.version_kind,
                       safe(difference.version_before), safe(difference.version_after));
  }
  if (!difference.state.empty()) {
    out += fmt::format("    now {}\n", difference.state);
  }
  fields_text(out, difference);
}

/// "mitigated"-like words are not made: the kind stands between the ends, this object as "this".
std::string relation_words(const RelationChange& change) {
  return change.outgoing ? fmt::format("this {} {}", change.kind, named(change.other))
                         : fmt::format("{} {} this", named(change.other), change.kind);
}

void relations_text(std::string& out, const RelationDifference& relations) {
  const auto each = [&](std::string_view sign, const std::vector<RelationChange>& list) {
    for (const RelationChange& change : list) {
      out += fmt::format("    relationship {}: {} ({})", sign, relation_words(change),
                         safe(change.id));
      if (!change.fields.empty()) {
        out += fmt::format(": {}{}", safe(fmt::format("{}", fmt::join(change.fields, ", "))),
                           change.content ? "" : " (bookkeeping)");
      }
      out += '\n';
      if (!change.other_before.id.empty()) {
        out += fmt::format("      far end: {} before\n", named(change.other_before));
      }
      if (!change.words.empty()) {
        out += fmt::format("      {}\n", safe(change.words, 6));
      }
    }
  };
  each("added", relations.added);
  each("removed", relations.removed);
  each("changed", relations.changed);
}

std::string_view mark(const ReleaseChange& change) {
  return change.revoked ? "   [revoked]" : change.deprecated ? "   [deprecated]" : "";
}

std::string heading(std::string_view title, std::size_t count) {
  return count == 0 ? std::string() : fmt::format("\n{} ({})\n", title, count);
}

void changes_text(std::string& out, std::string_view title,
                  const std::vector<ReleaseChange>& list) {
  out += heading(title, list.size());
  for (const ReleaseChange& each : list) {
    out += fmt::format("  {}{}{}\n", label(each), mark(each),
                       each.same_modified ? "   [modified did not move]" : "");
    if (each.difference) {
      difference_text(out, *each.difference);
    }
  }
}

std::string form_of(const ReleaseInfo& info) {
  return info.stix21 ? "STIX 2.1" : "STIX 2.0";
}

void counts_text(std::string& out, const ReleaseDifference& d) {
  out += fmt::format("  {} objects in both, {} added, {} removed (collections left out)\n",
                     d.common, d.added.size(), d.removed.size());
  if (d.same_form) {
    out += fmt::format(
        "  {} identical, {} only in layout, {} only in order, {} only in bookkeeping, {} in "
        "content\n",
        d.on(Level::identical), d.on(Level::layout), d.on(Level::order), d.on(Level::bookkeeping),
        d.content.size());
    out += fmt::format(
        "  a plain comparison calls {} changed; {} of them with the same modified time\n",
        d.changed, d.changed_same_modified);
  } else {
    out += fmt::format("  {} of the same content, {} in content\n", d.on(Level::form),
                       d.content.size());
  }
  out += fmt::format(
      "  content changed and modified did not: {}; modified moved and content did not: {}\n",
      d.content_same_modified, d.modified_only);
  out += fmt::format("  {} revoked, {} deprecated, {} restored\n", d.revoked.size(),
                     d.deprecated.size(), d.restored.size());
}

}  // namespace

std::string release_difference_text(const Release& before, const Release& after,
                                    const ReleaseDifference& d) {
  std::string out =
      fmt::format("MITRE ATT&CK® {} {} to {}, {}\n", safe(after.info().domain),
                  safe(before.info().release), safe(after.info().release),
                  d.same_form ? "both " + form_of(after.info())
                              : form_of(before.info()) + " against " + form_of(after.info()));
  if (!d.same_form) {
    out +=
        "  every text differs by its form, so content alone is compared; import both releases in "
        "one form to see the other levels\n";
  }
  counts_text(out, d);
  for (const ReleaseDifference::Tactic& each : d.tactics) {
    out += fmt::format("  tactic {}: {} -> {}\n", safe(each.attack_id),
                       each.before.empty() ? "absent" : safe(each.before),
                       each.after.empty() ? "absent" : safe(each.after));
  }
  out += heading("Revoked, and by what", d.revoked.size());
  for (const ReleaseDifference::Revocation& each : d.revoked) {
    out += fmt::format("  {} -> {}\n", named(each.change.object), chain(each.successors));
  }
  out += heading("Revoked before, now by another object", d.succeeded.size());
  for (const ReleaseDifference::Succession& each : d.succeeded) {
    out += fmt::format("  {}: {} before, {} now\n", named(each.change.object),
                       each.before.id.empty() ? "nothing" : named(each.before),
                       each.after.id.empty() ? "nothing" : named(each.after));
  }
  out += heading("Deprecated", d.deprecated.size());
  for (const ReleaseChange& each : d.deprecated) {
    out += fmt::format("  {}\n", label(each));
  }
  changes_text(out, "Restored", d.restored);
  changes_text(out, "Content changed", d.content);
  changes_text(out, "Added", d.added);
  changes_text(out, "Removed", d.removed);
  out += heading("Changed, but not in content", d.lesser.size());
  for (const auto& [level, change] : d.lesser) {
    out += fmt::format("  {}: {}\n", name_of(level), label(change));
  }
  return out;
}

std::string history_text(const Store& store, const std::string& id, const Identity& identity,
                         const std::vector<HistoryStep>& steps) {
  std::string out = fmt::format("{} over {} releases of MITRE ATT&CK®\n", safe(id), steps.size());
  for (const std::string& each : identity.others) {
    out += fmt::format("  {} is also the id of {}: ask for that by its STIX id\n", safe(id),
                       safe(each));
  }
  for (const HistoryStep& step : steps) {
    const ReleaseInfo& info = store.releases()[step.release];
    const std::string name = safe(info.release);
    if (!step.present) {
      out += fmt::format("  {:<6} absent\n", name);
      continue;
    }
    const std::string tactics = fmt::format("{}", fmt::join(step.tactics, ", "));
    out += fmt::format("  {:<6} {}; version {}; modified {}{}; {}; {}{}\n", name, safe(step.name),
                       step.version.empty() ? "none" : safe(step.version), safe(step.modified),
                       tactics.empty() ? "" : "; tactics " + safe(tactics), form_of(info),
                       step.first ? "first" : std::string(name_of(step.difference.level)),
                       step.revoked      ? "; REVOKED, succeeded by " + chain(step.successors)
                       : step.deprecated ? "; DEPRECATED"
                                         : "");
    if (step.first) {
      continue;
    }
    const ObjectDifference& d = step.difference;
    if (!step.same_form) {
      out += fmt::format(
          "    {} is {} and this is {}: content alone is compared, not layout, order and "
          "bookkeeping\n",
          safe(store.releases()[step.compared_with].release),
          form_of(store.releases()[step.compared_with]), form_of(info));
    }
    if (d.level == Level::content && !d.modified_moved) {
      out += "    content changed but modified did not\n";
    }
    if (d.level < Level::content && d.modified_moved) {
      out += "    modified moved but content did not change\n";
    }
    difference_text(out, d);
    relations_text(out, step.relations);
  }
  return out;
}

}  // namespace npg::attack
