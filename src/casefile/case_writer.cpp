// One transaction: what is kept, and of which host it is.
#include "base/check.hpp"
#include "casefile/case_file.hpp"
#include "casefile/case_parts.hpp"
#include "casefile/case_work.hpp"
#include "fact/text_pool.hpp"

namespace npg {

using case_parts::current_layout;
using case_parts::first_number;
using case_parts::from_hex;
using case_parts::signed_ticks;

CaseResult<void> CaseWriter::Work::prepare() {
  struct Row {
    sqlite::Statement* statement;
    std::string_view sql;
  };
  const Row rows[] = {
      {&add_evidence,
       "INSERT OR IGNORE INTO evidence(sha256,path,kind,size,status,detail,counts) "
       "VALUES(?,?,?,?,?,?,?)"},
      {&find_evidence, "SELECT id FROM evidence WHERE sha256=?"},
      {&readings_of_file,
       "SELECT r.identity, k.key FROM reading_evidence b JOIN evidence e ON e.id=b.evidence JOIN "
       "reading r ON r.id=b.reading JOIN part p ON p.reading=r.id LEFT JOIN part_key k ON "
       "k.part=p.id WHERE e.sha256=? AND b.position=0 AND r.layout=? ORDER BY r.identity, k.key"},
      {&find_reading,
       "SELECT id, layout=? AND NOT EXISTS(SELECT 1 FROM seal WHERE what='reading' AND "
       "row=reading.id AND digest=x''), state FROM reading WHERE identity=?"},
      {&add_reading,
       "INSERT INTO reading(identity,layout,group_path,state,diagnostics) VALUES(?,?,?,?,?)"},
      {&renew_reading,
       "UPDATE reading SET layout=?, state=?, diagnostics=?, group_path=? WHERE id=?"},
      {&add_reading_evidence,
       "INSERT OR IGNORE INTO reading_evidence(reading,position,evidence) VALUES(?,?,?)"},
      {&find_part, "SELECT id FROM part WHERE reading=? AND computer=?"},
      {&add_part, "INSERT INTO part(reading,computer) VALUES(?,?)"},
      {&add_key, "INSERT OR IGNORE INTO part_key(key,part) VALUES(?,?)"},
      {&drop_keys, "DELETE FROM part_key WHERE part IN (SELECT id FROM part WHERE reading=?)"},
      {&drop_facts, "DELETE FROM fact WHERE part IN (SELECT id FROM part WHERE reading=?)"},
      {&add_fact, "INSERT INTO fact(part,kind,number,id,body) VALUES(?,?,?,?,?)"},
      {&add_kind, "INSERT INTO fact_kind(name) VALUES(?)"},
      {&find_kind, "SELECT id FROM fact_kind WHERE name=?"},
      {&add_image,
       "INSERT INTO image(group_path,path_key,evidence,layout,body) VALUES(?,?,?,?,?) ON CONFLICT "
       "DO UPDATE SET "
       "layout=excluded.layout, body=excluded.body"},
      {&seal,
       "INSERT INTO seal(what,row,digest) VALUES(?,?,?) ON CONFLICT DO UPDATE SET "
       "digest=excluded.digest"},
      {&drop_host_seal, "DELETE FROM seal WHERE what='host' AND row=?"},
      {&host_of_part, "SELECT ifnull(host,0) FROM part WHERE id=?"},
      {&add_host, "INSERT INTO host(name,profile) VALUES(?,?)"},
      {&renew_host, "UPDATE host SET name=?, profile=? WHERE id=?"},
      {&give_part, "UPDATE part SET host=? WHERE id=?"},
      {&move_assessments,
       "INSERT OR IGNORE INTO assessment(host,as_of,digest,verdict) SELECT ?,as_of,digest,verdict "
       "FROM assessment "
       "WHERE host=?"},
      {&drop_assessments, "DELETE FROM assessment WHERE host=?"},
      {&drop_findings, "DELETE FROM finding WHERE host=?"},
      {&drop_host, "DELETE FROM host WHERE id=?"},
      {&add_assessment,
       "INSERT OR IGNORE INTO assessment(host,as_of,digest,verdict) VALUES(?,?,?,?)"},
      {&close_findings, "UPDATE finding SET open=0 WHERE host=?"},
      {&add_finding,
       "INSERT INTO "
       "finding(host,id,rule,severity,subject,suppressed_by,first_as_of,last_as_of,open) "
       "VALUES(?1,?2,?3,?4,?5,?6,?7,?7,1) ON CONFLICT DO UPDATE SET severity=?4, suppressed_by=?6, "
       "first_as_of=min(first_as_of,?7), last_as_of=max(last_as_of,?7), open=1"},
      {&values_of, "SELECT value, first_seen FROM host_value WHERE host=? ORDER BY value"},
      {&add_value, "INSERT INTO stack_value(what,value,hosts,first_seen) VALUES(?,?,0,?)"},
      {&find_value, "SELECT id FROM stack_value WHERE what=? AND value=?"},
      {&add_host_value, "INSERT INTO host_value(host,value,first_seen) VALUES(?,?,?)"},
      {&renew_host_value, "UPDATE host_value SET first_seen=?3 WHERE host=?1 AND value=?2"},
      {&count_value,
       "UPDATE stack_value SET hosts=hosts+?1, first_seen=iif(hosts=0,?2,min(first_seen,?2)) "
       "WHERE id=?3"},
      {&recount_value,
       "UPDATE stack_value SET hosts=(SELECT count(*) FROM host_value WHERE value=?1), "
       "first_seen=(SELECT "
       "ifnull(min(first_seen),0) FROM host_value WHERE value=?1) WHERE id=?1"},
      {&drop_host_value, "DELETE FROM host_value WHERE host=? AND value=?"},
  };
  for (const Row& row : rows) {
    NPG_TRY(*row.statement, database.prepare(row.sql));
  }
  NPG_TRY(reading_seals, case_parts::Sealer::of_readings(database));
  NPG_TRY(host_seals, case_parts::Sealer::of_hosts(database));
  NPG_TRY(evidence_seals, case_parts::Sealer::of_evidence(database));
  NPG_TRY(value_seals, case_parts::Sealer::of_values(database));
  return {};
}

CaseResult<std::int64_t> CaseWriter::Work::evidence_row(const EvidenceItem& item) {
  const std::string sha256 = from_hex(item.sha256);
  NPG_CHECK(sha256.size() == 32);
  add_evidence.bind(1, bytes_of(sha256))
      .bind(2, item.path.raw())
      .bind(3, item.kind)
      .bind(4, static_cast<std::int64_t>(item.size))
      .bind(5, static_cast<std::int64_t>(item.status))
      .bind(6, item.detail)
      .bind(7, case_parts::counts_text(item.counts));
  NPG_TRY_VOID(add_evidence.run());
  find_evidence.bind(1, bytes_of(sha256));
  NPG_TRY(const std::int64_t row, first_number(find_evidence, 0));
  written_evidence.insert(row);
  return row;
}

CaseResult<void> CaseWriter::Work::seal_evidence() {
  for (const std::int64_t row : written_evidence) {
    NPG_TRY(const std::string digest, evidence_seals.seal(row));
    NPG_TRY_VOID(seal.bind(1, "evidence").bind(2, row).bind(3, bytes_of(digest)).run());
  }
  written_evidence.clear();
  return {};
}

/// A reading that did not know where its file stands in Windows gives way to one that does.
CaseResult<CaseWriter::Work::Found> CaseWriter::Work::find(const ReadingToKeep& reading) {
  const std::string identity = from_hex(reading_identity(reading.evidence, reading.beside));
  find_reading.bind(1, bytes_of(current_layout())).bind(2, bytes_of(identity));
  NPG_TRY(const bool is_there, find_reading.step());
  Found found;
  if (is_there) {
    found = {.row = find_reading.number(0), .is_current = find_reading.number(1) == 1};
    TextPool pool;
    const std::vector<std::uint32_t> indexes(reading.evidence.size(), 0);
    const auto state = found.is_current ? decode_state(find_reading.text(2), indexes, pool)
                                        : Result<ReadingState>();
    found.is_current = found.is_current && state &&
                       (!state->windows_path.empty() || reading.state.windows_path.empty());
  }
  find_reading.reset();
  return found;
}

CaseResult<std::int64_t> CaseWriter::Work::kind_row(std::string_view kind) {
  if (const auto known = kinds.find(kind); known != kinds.end()) {
    return known->second;
  }
  find_kind.bind(1, kind);
  NPG_TRY(std::int64_t row, first_number(find_kind, 0));
  if (row == 0) {
    NPG_TRY_VOID(add_kind.bind(1, kind).run());
    row = database.last_row();
  }
  kinds.emplace(kind, row);
  return row;
}

CaseResult<std::int64_t> CaseWriter::Work::part_row(std::int64_t reading,
                                                    const std::string& computer) {
  find_part.bind(1, reading).bind(2, computer);
  NPG_TRY(std::int64_t row, first_number(find_part, 0));
  if (row == 0) {
    NPG_TRY_VOID(add_part.bind(1, reading).bind(2, computer).run());
    row = database.last_row();
  }
  return row;
}

CaseResult<void> CaseWriter::Work::keep_part(std::int64_t part, const std::string& identity,
                                             const PartToKeep& content,
                                             const EvidencePositions& positions) {
  for (const std::string& key : content.keys) {
    NPG_TRY_VOID(add_key.bind(1, key).bind(2, part).run());
  }
  CaseResult<void> result;
  encode_facts(*content.facts, positions, [&](const EncodedFact& fact) {
    if (!result) {
      return;
    }
    const auto kind = kind_row(fact.kind);
    if (!kind) {
      result = std::unexpected(kind.error());
      return;
    }
    const std::string id = case_parts::fact_id_of(fact.kind, content.computer, identity, fact.body);
    result = add_fact.bind(1, part)
                 .bind(2, *kind)
                 .bind(3, static_cast<std::int64_t>(fact.number))
                 .bind_lasting(4, id)
                 .bind_lasting(5, fact.body)
                 .run();
  });
  return result;
}

std::string reading_identity(const std::vector<EvidenceItem>& evidence,
                             const std::vector<std::string>& beside) {
  std::string all;
  for (const EvidenceItem& item : evidence) {
    all += item.sha256 + "\n";
  }
  for (const std::string& sha256 : beside) {
    all += "beside " + sha256 + "\n";
  }
  return sha256_hex(bytes_of(all));
}

CaseWriter::CaseWriter(std::unique_ptr<Work> work) : work_(std::move(work)) {}
CaseWriter::~CaseWriter() = default;
CaseWriter::CaseWriter(CaseWriter&&) noexcept = default;

CaseResult<CaseWriter> CaseFile::begin() {
  NPG_TRY(auto transaction, sqlite::Transaction::begin(database_));
  auto work = std::unique_ptr<CaseWriter::Work>(
      new CaseWriter::Work{.database = database_, .transaction = std::move(transaction)});
  NPG_TRY_VOID(work->prepare());
  return CaseWriter(std::move(work));
}

CaseResult<bool> CaseWriter::knows(const ReadingToKeep& reading) {
  NPG_TRY(const Work::Found found, work_->find(reading));
  return found.is_current;
}

CaseResult<std::optional<CaseWriter::KnownReading>> CaseWriter::only_reading_of(
    std::string_view sha256) {
  sqlite::Statement& found = work_->readings_of_file;
  const std::string hash = from_hex(sha256);
  found.bind(1, bytes_of(hash)).bind(2, bytes_of(current_layout()));
  std::optional<KnownReading> only;
  while (true) {
    NPG_TRY(const bool has_row, found.step());
    if (!has_row) {
      break;
    }
    const std::string identity = case_parts::hex_of(found.text(0));
    if (only && only->identity != identity) {
      only.reset();
      break;
    }
    only = only.value_or(KnownReading{.identity = identity, .keys = {}});
    if (!found.is_null(1)) {
      only->keys.emplace_back(found.text(1));
    }
  }
  found.reset();
  return only;
}

CaseResult<std::vector<std::int64_t>> CaseWriter::keep(const ReadingToKeep& reading) {
  Work& work = *work_;
  const std::string identity = from_hex(reading_identity(reading.evidence, reading.beside));
  NPG_TRY(const Work::Found found, work.find(reading));
  auto [row, is_current] = found;
  const bool is_there = row != 0;
  if (!is_current) {
    const std::string diagnostics = encode_diagnostics(reading.diagnostics, reading.positions);
    const std::string state = encode_state(reading.state, reading.positions);
    if (is_there) {
      NPG_TRY_VOID(work.drop_facts.bind(1, row).run());
      NPG_TRY_VOID(work.drop_keys.bind(1, row).run());
      NPG_TRY_VOID(work.renew_reading.bind(1, bytes_of(current_layout()))
                       .bind(2, bytes_of(state))
                       .bind(3, bytes_of(diagnostics))
                       .bind(4, reading.group)
                       .bind(5, row)
                       .run());
    } else {
      NPG_TRY_VOID(work.add_reading.bind(1, bytes_of(identity))
                       .bind(2, bytes_of(current_layout()))
                       .bind(3, reading.group)
                       .bind(4, bytes_of(state))
                       .bind(5, bytes_of(diagnostics))
                       .run());
      row = work.database.last_row();
    }
    for (std::size_t i = 0; i < reading.evidence.size(); ++i) {
      NPG_TRY(const std::int64_t evidence, work.evidence_row(reading.evidence[i]));
      NPG_TRY_VOID(work.add_reading_evidence.bind(1, row)
                       .bind(2, static_cast<std::int64_t>(i))
                       .bind(3, evidence)
                       .run());
    }
  }
  std::vector<std::int64_t> parts;
  for (const PartToKeep& part : reading.parts) {
    NPG_TRY(const std::int64_t part_row, work.part_row(row, part.computer));
    parts.push_back(part_row);
    if (!is_current) {
      NPG_TRY_VOID(work.keep_part(part_row, identity, part, reading.positions));
    }
  }
  if (!is_current) {
    NPG_TRY(const std::string seal, work.reading_seals.seal(row));
    NPG_TRY_VOID(work.seal.bind(1, "reading").bind(2, row).bind(3, bytes_of(seal)).run());
  }
  return parts;
}

CaseResult<void> CaseWriter::keep(const ImageToKeep& image) {
  NPG_TRY(const std::int64_t evidence, work_->evidence_row(image.evidence));
  const std::string body = encode_image(*image.fact);
  return work_->add_image.bind(1, image.reading)
      .bind(2, name_key(image.windows_path))
      .bind(3, evidence)
      .bind(4, bytes_of(current_layout()))
      .bind(5, bytes_of(body))
      .run();
}

CaseResult<void> CaseWriter::record(const HostRecord& record) {
  Work& work = *work_;
  NPG_TRY(const std::int64_t host, work.host_row(record));
  const HostAssessment& assessment = *record.assessment;
  const std::string digest = from_hex(record.digest);
  NPG_TRY_VOID(work.add_assessment.bind(1, host)
                   .bind(2, signed_ticks(record.as_of))
                   .bind(3, bytes_of(digest))
                   .bind(4, name_of(assessment.verdict))
                   .run());
  NPG_TRY_VOID(work.close_findings.bind(1, host).run());
  for (const Finding& finding : assessment.findings) {
    NPG_TRY_VOID(work.add_finding.bind(1, host)
                     .bind(2, finding.id)
                     .bind(3, finding.rule)
                     .bind(4, static_cast<std::int64_t>(finding.severity))
                     .bind(5, finding.subject)
                     .bind(6, finding.suppressed_by)
                     .bind(7, signed_ticks(record.as_of))
                     .run());
  }
  NPG_TRY_VOID(work.record_values(host, record.values));
  NPG_TRY(const std::string seal, work.host_seals.seal(host));
  return work.seal.bind(1, "host").bind(2, host).bind(3, bytes_of(seal)).run();
}

CaseResult<void> CaseWriter::commit() {
  NPG_TRY_VOID(work_->count_values());
  NPG_TRY_VOID(work_->seal_evidence());
  return work_->transaction.commit();
}

}  // namespace npg
