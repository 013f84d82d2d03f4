// What a case says as lists: hosts' profiles, values that hosts have in common, the export, and
// whether it is sound.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json_writer.hpp"
#include "casefile/case_file.hpp"
#include "casefile/case_parts.hpp"

namespace npg {
namespace {

using case_parts::hex_of;

FileTime time_of(std::int64_t ticks) {
  return {.ticks = ticks < 0 ? 0 : static_cast<std::uint64_t>(ticks)};
}

/// One export list: a query and, for each column, its name. Names that end in "!" are bytes, in "@"
/// times, in "#" numbers; the others are text.
struct ExportList {
  std::string_view name;
  std::string_view sql;
  std::array<std::string_view, 9> columns;
};
constexpr std::array<ExportList, 7> export_lists = {{
    {"evidence",
     "SELECT sha256,path,kind,size,status,detail,counts FROM evidence ORDER BY sha256",
     {"sha256!", "path", "kind", "size#", "status#", "detail", "counts"}},
    {"reading",
     "SELECT r.identity,r.layout,r.group_path,r.state,r.diagnostics FROM reading r ORDER BY "
     "r.identity",
     {"identity!", "layout!", "group", "state!", "diagnostics!"}},
    {"fact",
     "SELECT r.identity,p.computer,k.name,f.number,f.id,f.body FROM reading r JOIN part p ON "
     "p.reading=r.id JOIN fact "
     "f ON f.part=p.id JOIN fact_kind k ON k.id=f.kind ORDER BY "
     "r.identity,p.computer,k.name,f.number",
     {"reading!", "computer", "kind", "number#", "id!", "body!"}},
    {"image",
     "SELECT i.group_path,i.path_key,e.sha256,i.body FROM image i JOIN evidence e ON "
     "e.id=i.evidence ORDER BY "
     "i.group_path,i.path_key,e.sha256",
     {"reading", "path", "sha256!", "body!"}},
    {"assessment",
     "SELECT h.name,a.as_of,a.digest,a.verdict,h.profile FROM assessment a JOIN host h ON "
     "h.id=a.host ORDER BY "
     "h.name,a.as_of,a.digest",
     {"host", "as_of@", "digest!", "verdict", "profile"}},
    {"finding",
     "SELECT "
     "h.name,f.id,f.rule,f.severity,f.subject,f.suppressed_by,f.first_as_of,f.last_as_of,f.open "
     "FROM finding f "
     "JOIN host h ON h.id=f.host ORDER BY h.name,f.id",
     {"host", "id", "rule", "severity#", "subject", "suppressed_by", "first@", "last@", "open#"}},
    {"value",
     "SELECT what,value,hosts,first_seen FROM stack_value WHERE hosts>0 ORDER BY what,value",
     {"what", "value", "hosts#", "first_seen@"}},
}};

void add_column(JsonWriter& json, std::string_view column, const sqlite::Statement& row, int at) {
  const std::string_view name = column.substr(0, column.size() - 1);
  switch (column.back()) {
    case '!': json.field(name, hex_of(row.text(at))); break;
    case '#': json.field(name, row.number(at)); break;
    case '@': json.field(name, time_of(row.number(at))); break;
    default: json.field(column, row.text(at));
  }
}

/// Each row is a contradiction: its text says which.
constexpr std::array<std::string_view, 5> contradictions = {
    "SELECT 'value '||v.id||' counts '||v.hosts||' hosts, there are '||count(h.host) FROM "
    "stack_value v LEFT JOIN "
    "host_value h ON h.value=v.id GROUP BY v.id HAVING v.hosts<>count(h.host)",
    "SELECT 'value '||v.id||' was first seen otherwise than its hosts say' FROM stack_value v JOIN "
    "host_value h ON "
    "h.value=v.id GROUP BY v.id HAVING v.first_seen<>min(h.first_seen)",
    "SELECT 'reading '||r.id||' has no file' FROM reading r WHERE NOT EXISTS(SELECT 1 FROM "
    "reading_evidence e WHERE "
    "e.reading=r.id AND e.position=0)",
    "SELECT 'host '||h.id||' has no part' FROM host h WHERE NOT EXISTS(SELECT 1 FROM part p WHERE "
    "p.host=h.id)",
    "SELECT 'finding '||f.id||' of host '||f.host||' was last seen before it was first seen' FROM "
    "finding f WHERE "
    "f.last_as_of<f.first_as_of",
};

}  // namespace

CaseResult<void> CaseFile::profiles(
    const std::function<void(std::string_view name, std::string_view profile)>& take) {
  NPG_TRY(auto rows, database_.prepare("SELECT name, profile FROM host ORDER BY name, profile"));
  while (true) {
    NPG_TRY(const bool has_row, rows.step());
    if (!has_row) {
      return {};
    }
    take(rows.text(0), rows.text(1));
  }
}

CaseResult<std::optional<std::string>> CaseFile::profile_of(std::string_view host) {
  // A host is found by the key of its parts, which has an index; its name is compared as Windows
  // compares. Hosts of one name are told apart by what stands behind it.
  NPG_TRY(auto rows,
          database_.prepare(
              "SELECT DISTINCT h.name, h.profile FROM part_key k JOIN part p ON p.id=k.part JOIN "
              "host h ON h.id=p.host WHERE k.key=? ORDER BY h.name"));
  rows.bind(1, "name:" + name_key(host.substr(0, host.find(" ("))));
  std::optional<std::string> found;
  std::string names;
  std::size_t hosts = 0;
  while (true) {
    NPG_TRY(const bool has_row, rows.step());
    if (!has_row) {
      break;
    }
    if (equal_names(rows.text(0), host)) {
      return std::optional(std::string(rows.text(1)));
    }
    ++hosts;
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ",
                         escape_for_terminal(EvidenceText::from_utf8(rows.text(0))));
    found = rows.text(1);
  }
  if (hosts > 1) {
    return std::unexpected(
        CaseError{CaseFailure::ambiguous,
                  fmt::format("{} hosts are called so; say which: {}", hosts, names)});
  }
  return host.find(" (") == std::string_view::npos ? found : std::nullopt;
}

CaseResult<std::vector<StackRow>> CaseFile::stack(const StackQuery& query) {
  NPG_TRY(auto kinds,
          database_.prepare(
              "SELECT DISTINCT what FROM stack_value WHERE ?1='' OR what=?1 ORDER BY what"));
  NPG_TRY(auto values,
          database_.prepare(
              "SELECT id,value,hosts,first_seen FROM stack_value WHERE what=? AND hosts>0 "
              "AND hosts<=? ORDER BY hosts,first_seen DESC,value LIMIT ?"));
  NPG_TRY(auto hosts,
          database_.prepare(
              "SELECT h.name FROM host_value v JOIN host h ON h.id=v.host WHERE v.value=? "
              "ORDER BY v.first_seen,h.name LIMIT ?"));
  std::vector<std::string> whats;
  kinds.bind(1, query.what);
  while (true) {
    NPG_TRY(const bool has_row, kinds.step());
    if (!has_row) {
      break;
    }
    whats.emplace_back(kinds.text(0));
  }
  std::vector<StackRow> rows;
  for (const std::string& what : whats) {
    values.bind(1, what)
        .bind(2, static_cast<std::int64_t>(std::min<std::uint64_t>(query.at_most_hosts, INT64_MAX)))
        .bind(3, static_cast<std::int64_t>(std::min<std::uint64_t>(query.rows_max, INT64_MAX)));
    while (true) {
      NPG_TRY(const bool has_row, values.step());
      if (!has_row) {
        break;
      }
      StackRow row{.what = what,
                   .value = std::string(values.text(1)),
                   .hosts = static_cast<std::uint64_t>(values.number(2)),
                   .first_seen = time_of(values.number(3))};
      // Naming a few of a hundred thousand would mean sorting them all, and helps nobody.
      if (row.hosts <= query.names_max) {
        hosts.bind(1, values.number(0)).bind(2, static_cast<std::int64_t>(query.names_max));
        while (true) {
          NPG_TRY(const bool has_host, hosts.step());
          if (!has_host) {
            break;
          }
          row.host_names.emplace_back(hosts.text(0));
        }
        hosts.reset();
      }
      rows.push_back(std::move(row));
    }
    values.reset();
  }
  return rows;
}

CaseResult<CaseCounts> CaseFile::counts() {
  const auto count = [this](std::string_view table) {
    return database_.number(fmt::format("SELECT count(*) FROM {}", table));
  };
  NPG_TRY(const auto evidence, count("evidence"));
  NPG_TRY(const auto readings, count("reading"));
  NPG_TRY(const auto facts, count("fact"));
  NPG_TRY(const auto hosts, count("host"));
  NPG_TRY(const auto findings, count("finding"));
  return CaseCounts{.evidence = static_cast<std::uint64_t>(evidence),
                    .readings = static_cast<std::uint64_t>(readings),
                    .facts = static_cast<std::uint64_t>(facts),
                    .hosts = static_cast<std::uint64_t>(hosts),
                    .findings = static_cast<std::uint64_t>(findings)};
}

CaseResult<FileTime> CaseFile::latest_as_of() {
  NPG_TRY(const auto ticks, database_.number("SELECT ifnull(max(as_of),0) FROM assessment"));
  return time_of(ticks);
}

CaseResult<void> CaseFile::export_lines(const std::function<void(std::string_view line)>& take) {
  for (const ExportList& list : export_lists) {
    NPG_TRY(auto rows, database_.prepare(list.sql));
    while (true) {
      NPG_TRY(const bool has_row, rows.step());
      if (!has_row) {
        break;
      }
      JsonWriter json;
      json.begin_object().field("list", list.name);
      for (std::size_t i = 0; i < list.columns.size() && !list.columns[i].empty(); ++i) {
        add_column(json, list.columns[i], rows, static_cast<int>(i));
      }
      json.end_object();
      take(json.text());
    }
  }
  return {};
}

CaseResult<void> CaseFile::verify_seals(const std::function<void(std::string_view)>& note) {
  struct Sealed {
    std::string_view sql;
    CaseResult<case_parts::Sealer> (*sealer)(sqlite::Database&);
    std::string_view what;
  };
  constexpr Sealed kinds[] = {
      {"SELECT r.id, s.digest FROM reading r LEFT JOIN seal s ON s.what='reading' AND s.row=r.id",
       &case_parts::Sealer::of_readings, "reading {}: its files, state or facts were changed"},
      {"SELECT e.id, s.digest FROM evidence e LEFT JOIN seal s ON s.what='evidence' AND "
       "s.row=e.id",
       &case_parts::Sealer::of_evidence,
       "evidence {}: what is known of the file or the image read of it was changed"},
      {"SELECT h.id, s.digest FROM host h LEFT JOIN seal s ON s.what='host' AND s.row=h.id",
       &case_parts::Sealer::of_hosts, "host {}: its assessments, findings or values were changed"},
      {"SELECT v.id, s.digest FROM stack_value v LEFT JOIN seal s ON s.what='value' AND s.row=v.id",
       &case_parts::Sealer::of_values, "value {}: what it is or its text was changed"}};
  std::uint64_t unsealed = 0;
  for (const Sealed& kind : kinds) {
    NPG_TRY(auto rows, database_.prepare(kind.sql));
    NPG_TRY(case_parts::Sealer sealer, kind.sealer(database_));
    while (true) {
      NPG_TRY(const bool has_row, rows.step());
      if (!has_row) {
        break;
      }
      const std::int64_t row = rows.number(0);
      const std::string kept(rows.text(1));
      if (kept.empty() && !rows.is_null(1)) {
        ++unsealed;
        continue;
      }
      NPG_TRY(const std::string now, sealer.seal(row));
      if (now != kept) {
        note(fmt::format(fmt::runtime(kind.what), row));
      }
    }
  }
  if (unsealed > 0) {
    note(
        fmt::format("{} files, readings, hosts and values were kept before there were digests, and "
                    "whether they "
                    "are whole is not known: scan their files into the case again",
                    unsealed));
  }
  NPG_TRY(auto gone,
          database_.prepare(
              "SELECT what, row FROM seal s WHERE (what='reading' AND NOT EXISTS(SELECT 1 FROM "
              "reading WHERE id=s.row)) OR (what='host' AND NOT EXISTS(SELECT 1 FROM host WHERE "
              "id=s.row)) OR (what='evidence' AND NOT EXISTS(SELECT 1 FROM evidence WHERE "
              "id=s.row)) OR (what='value' AND NOT EXISTS(SELECT 1 FROM stack_value WHERE "
              "id=s.row))"));
  while (true) {
    NPG_TRY(const bool has_row, gone.step());
    if (!has_row) {
      return {};
    }
    note(fmt::format("{} {} was kept and is not there", gone.text(0), gone.number(1)));
  }
}

CaseResult<std::vector<std::string>> CaseFile::verify() {
  std::vector<std::string> wrong;
  const auto note = [&wrong](std::string_view text) {
    wrong.push_back(escape_for_terminal(EvidenceText::from_utf8(text)));
  };
  const auto each_row = [&](std::string_view sql, std::string_view but) -> CaseResult<void> {
    NPG_TRY(auto rows, database_.prepare(sql));
    while (true) {
      NPG_TRY(const bool has_row, rows.step());
      if (!has_row) {
        return {};
      }
      if (rows.text(0) != but) {
        note(rows.text(0));
      }
    }
  };
  NPG_TRY_VOID(each_row("PRAGMA integrity_check(20)", "ok"));
  NPG_TRY_VOID(each_row(
      "SELECT 'a row of '||\"table\"||' names one of '||\"parent\"||' that is not there' FROM "
      "pragma_foreign_key_check LIMIT 20",
      ""));
  for (const std::string_view sql : contradictions) {
    NPG_TRY_VOID(each_row(sql, ""));
  }
  NPG_TRY_VOID(verify_seals(note));
  NPG_TRY(auto facts,
          database_.prepare(
              "SELECT k.name,p.computer,r.identity,f.body,f.id,p.id,f.number FROM fact f JOIN "
              "fact_kind k ON k.id=f.kind JOIN part p ON p.id=f.part JOIN reading r ON "
              "r.id=p.reading"));
  while (true) {
    NPG_TRY(const bool has_row, facts.step());
    if (!has_row) {
      return wrong;
    }
    const std::string id =
        case_parts::fact_id_of(facts.text(0), facts.text(1), facts.text(2), facts.text(3));
    if (id != facts.text(4) && wrong.size() < 100) {
      note(fmt::format("part {}, fact {} {}: its content is not that of its id", facts.number(5),
                       facts.text(0), facts.number(6)));
    }
  }
}

}  // namespace npg
