#include "casefile/schema.hpp"

#include <fmt/format.h>

#include <array>

namespace npg {
namespace {

constexpr std::array<std::string_view, 5> steps = {
    // 1: what was read.
    R"(CREATE TABLE evidence(id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE CHECK(length(sha256)=32),
 path TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, status INTEGER NOT NULL, detail TEXT NOT NULL,
 counts TEXT NOT NULL) STRICT;
CREATE TABLE reading(id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE CHECK(length(identity)=32),
 layout BLOB NOT NULL, group_path TEXT NOT NULL, state BLOB NOT NULL, diagnostics BLOB NOT NULL) STRICT;
CREATE TABLE reading_evidence(reading INTEGER NOT NULL REFERENCES reading(id), position INTEGER NOT NULL,
 evidence INTEGER NOT NULL REFERENCES evidence(id), PRIMARY KEY(reading, position)) STRICT, WITHOUT ROWID;
CREATE TABLE host(id INTEGER PRIMARY KEY, name TEXT NOT NULL, profile TEXT NOT NULL) STRICT;
CREATE TABLE part(id INTEGER PRIMARY KEY, reading INTEGER NOT NULL REFERENCES reading(id), computer TEXT NOT NULL,
 host INTEGER REFERENCES host(id), UNIQUE(reading, computer)) STRICT;
CREATE INDEX part_of_host ON part(host);
CREATE TABLE part_key(key TEXT NOT NULL, part INTEGER NOT NULL REFERENCES part(id), PRIMARY KEY(key, part)) STRICT,
 WITHOUT ROWID;
CREATE TABLE fact_kind(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE fact(part INTEGER NOT NULL REFERENCES part(id), kind INTEGER NOT NULL REFERENCES fact_kind(id),
 number INTEGER NOT NULL, id BLOB NOT NULL CHECK(length(id)=16), body BLOB NOT NULL,
 PRIMARY KEY(part, kind, number)) STRICT, WITHOUT ROWID;
CREATE TABLE image(group_path TEXT NOT NULL, path_key TEXT NOT NULL, evidence INTEGER NOT NULL REFERENCES evidence(id),
 layout BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY(group_path, path_key, evidence)) STRICT, WITHOUT ROWID;
CREATE TABLE assessment(host INTEGER NOT NULL REFERENCES host(id), as_of INTEGER NOT NULL, digest BLOB NOT NULL,
 verdict TEXT NOT NULL, PRIMARY KEY(host, as_of, digest)) STRICT, WITHOUT ROWID;
CREATE TABLE finding(host INTEGER NOT NULL REFERENCES host(id), id TEXT NOT NULL, rule TEXT NOT NULL,
 severity INTEGER NOT NULL, subject TEXT NOT NULL, suppressed_by TEXT NOT NULL, first_as_of INTEGER NOT NULL,
 last_as_of INTEGER NOT NULL, open INTEGER NOT NULL, PRIMARY KEY(host, id)) STRICT, WITHOUT ROWID;)",
    // 2: what hosts have in common.
    R"(CREATE TABLE stack_value(id INTEGER PRIMARY KEY, what TEXT NOT NULL, value TEXT NOT NULL, hosts INTEGER NOT NULL,
 first_seen INTEGER NOT NULL, UNIQUE(what, value)) STRICT;
CREATE TABLE host_value(host INTEGER NOT NULL REFERENCES host(id), value INTEGER NOT NULL REFERENCES stack_value(id),
 first_seen INTEGER NOT NULL, PRIMARY KEY(host, value)) STRICT, WITHOUT ROWID;
CREATE INDEX host_value_by_value ON host_value(value);)",
    // 3: digests that tell of rows that were changed or are gone. Empty: kept before there were
    // any.
    R"(CREATE TABLE seal(what TEXT NOT NULL, row INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY(what, row)) STRICT,
 WITHOUT ROWID;
CREATE INDEX part_key_by_part ON part_key(part);
INSERT INTO seal SELECT 'reading', id, x'' FROM reading;
INSERT INTO seal SELECT 'host', id, x'' FROM host;)",
    // 4: digests over evidence with its images, and over the values of hosts; the old ones are of
    // less.
    R"(UPDATE seal SET digest=x'';
CREATE INDEX image_of_evidence ON image(evidence);
INSERT INTO seal SELECT 'evidence', id, x'' FROM evidence;)",
    // 5: the case's latest time without a walk over its hosts; digests over values, which those of
    // hosts are no longer of.
    R"(CREATE INDEX assessment_by_time ON assessment(as_of);
UPDATE seal SET digest=x'' WHERE what='host';
INSERT INTO seal SELECT 'value', id, x'' FROM stack_value;)",
};

/// Every object of the schema with the words that made it, in one order.
CaseResult<std::string> shape_of(sqlite::Database& database) {
  NPG_TRY(auto rows, database.prepare(
                         "SELECT type, name, tbl_name, ifnull(sql,'') FROM sqlite_schema ORDER BY "
                         "type, name"));
  std::string shape;
  while (true) {
    NPG_TRY(const bool has_row, rows.step());
    if (!has_row) {
      return shape;
    }
    for (int column = 0; column < 4; ++column) {
      shape += fmt::format("{}\x1f", rows.text(column));
    }
    shape += '\n';
  }
}

CaseResult<std::string> expected_shape(std::size_t version) {
  NPG_TRY(auto model, sqlite::Database::open(":memory:", {.access = CaseAccess::write}));
  for (std::size_t i = 0; i < version; ++i) {
    NPG_TRY_VOID(model.execute(std::string(steps[i])));
  }
  return shape_of(model);
}

CaseResult<void> require_own_shape(sqlite::Database& database, std::size_t version) {
  NPG_TRY(const std::string have, shape_of(database));
  NPG_TRY(const std::string need, expected_shape(version));
  if (have != need) {
    return std::unexpected(
        CaseError{CaseFailure::not_a_case,
                  "its tables, indexes, triggers or views are not those that npguard makes"});
  }
  return {};
}

}  // namespace

std::span<const std::string_view> schema_steps() {
  return steps;
}

CaseResult<void> settle_schema(sqlite::Database& database, CaseAccess access) {
  const auto check = [&](std::int64_t application, std::int64_t version) -> CaseResult<void> {
    if (application != case_application_id || version < 1) {
      return std::unexpected(
          CaseError{CaseFailure::not_a_case, "a database, but not a case of npguard"});
    }
    if (version > static_cast<std::int64_t>(steps.size())) {
      return std::unexpected(
          CaseError{CaseFailure::newer,
                    fmt::format("schema {} was made by a later npguard; this one knows up to {}",
                                version, steps.size())});
    }
    return require_own_shape(database, static_cast<std::size_t>(version));
  };
  // All three of one moment: another process may be making the case just now.
  NPG_TRY_VOID(database.execute("BEGIN"));
  const auto read_application = database.number("PRAGMA application_id");
  const auto read_version = database.number("PRAGMA user_version");
  const auto read_objects = database.number("SELECT count(*) FROM sqlite_schema");
  NPG_TRY_VOID(database.execute("COMMIT"));
  NPG_TRY(const auto application, read_application);
  NPG_TRY(const auto version, read_version);
  NPG_TRY(const auto objects, read_objects);
  const bool is_new = application == 0 && version == 0 && objects == 0;
  if (!is_new || access == CaseAccess::read) {
    NPG_TRY_VOID(check(application, version));
    if (version == static_cast<std::int64_t>(steps.size())) {
      return {};
    }
    if (access == CaseAccess::read) {
      return std::unexpected(CaseError{
          CaseFailure::not_a_case,
          fmt::format(
              "schema {} is older than this npguard's; scan into it once to bring it forward",
              version)});
    }
  }
  NPG_TRY(auto transaction, sqlite::Transaction::begin(database));
  // Another process may have been faster.
  NPG_TRY(const auto now, database.number("PRAGMA user_version"));
  for (auto i = static_cast<std::size_t>(now); i < steps.size(); ++i) {
    NPG_TRY_VOID(database.execute(std::string(steps[i])));
  }
  NPG_TRY_VOID(database.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                                            case_application_id, steps.size())));
  return transaction.commit();
}

}  // namespace npg
