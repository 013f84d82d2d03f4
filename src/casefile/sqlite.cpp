#include "casefile/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.hpp"
#include "base/evidence_text.hpp"

namespace npg::sqlite {
namespace {

CaseFailure failure_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return CaseFailure::busy;
    case SQLITE_FULL: return CaseFailure::full;
    case SQLITE_CANTOPEN: return CaseFailure::not_found;
    case SQLITE_NOTADB: return CaseFailure::not_a_case;
    case SQLITE_CORRUPT: return CaseFailure::damaged;
    default: return CaseFailure::io;
  }
}

struct Limit {
  int which;
  int most;
};
// What npguard's own statements and rows need, with room; a foreign file gets no more.
constexpr Limit limits[] = {{SQLITE_LIMIT_LENGTH, 64 << 20},
                            {SQLITE_LIMIT_SQL_LENGTH, 100'000},
                            {SQLITE_LIMIT_COLUMN, 100},
                            {SQLITE_LIMIT_EXPR_DEPTH, 50},
                            {SQLITE_LIMIT_COMPOUND_SELECT, 5},
                            {SQLITE_LIMIT_VDBE_OP, 25'000},
                            {SQLITE_LIMIT_FUNCTION_ARG, 8},
                            {SQLITE_LIMIT_ATTACHED, 0},
                            {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100},
                            {SQLITE_LIMIT_VARIABLE_NUMBER, 32},
                            {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
                            {SQLITE_LIMIT_WORKER_THREADS, 0}};
// https://sqlite.org/security.html, "untrusted database files".
constexpr int on[] = {SQLITE_DBCONFIG_DEFENSIVE};
constexpr int off[] = {SQLITE_DBCONFIG_TRUSTED_SCHEMA,        SQLITE_DBCONFIG_ENABLE_TRIGGER,
                       SQLITE_DBCONFIG_ENABLE_VIEW,           SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER,
                       SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_WRITABLE_SCHEMA};

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  (void)sqlite3_finalize(statement);  // Its error was given by step().
}
void Database::Close::operator()(sqlite3* database) const {
  (void)sqlite3_close_v2(database);
}

Statement& Statement::bind(int at, std::int64_t number) {
  NPG_CHECK(sqlite3_bind_int64(statement_.get(), at, number) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind(int at, std::string_view text) {
  NPG_CHECK(sqlite3_bind_text64(statement_.get(), at, text.empty() ? "" : text.data(), text.size(),
                                SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind(int at, std::span<const std::byte> blob) {
  NPG_CHECK(sqlite3_bind_blob64(statement_.get(), at,
                                blob.empty() ? "" : static_cast<const void*>(blob.data()),
                                blob.size(), SQLITE_TRANSIENT) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind_lasting(int at, std::string_view blob) {
  NPG_CHECK(sqlite3_bind_blob64(statement_.get(), at, blob.empty() ? "" : blob.data(), blob.size(),
                                SQLITE_STATIC) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind_null(int at) {
  NPG_CHECK(sqlite3_bind_null(statement_.get(), at) == SQLITE_OK);
  return *this;
}

CaseResult<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return std::unexpected(
      CaseError{failure_of(code), escape_for_terminal(EvidenceText::from_utf8(
                                      sqlite3_errmsg(sqlite3_db_handle(statement_.get()))))});
}

CaseResult<void> Statement::run() {
  const auto row = step();
  reset();
  if (!row) {
    return std::unexpected(row.error());
  }
  return {};
}

void Statement::reset() {
  (void)sqlite3_reset(statement_.get());  // Repeats the error that step() gave.
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
bool Statement::is_number(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER;
}

namespace {

/// A path as SQLite's URIs have it.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '_';
    uri += is_plain ? std::string(1, c)
                    : fmt::format("%{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return uri + "?immutable=1";
}

}  // namespace

namespace {

/// Counting what SQLite allocates takes a lock each time, and nobody asks for the count.
void settle_library() {
  // Refused where somebody has used SQLite already; it works as well with the count.
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)done;
}

}  // namespace

CaseResult<Database> Database::open(const std::string& path, const Options& options) {
  settle_library();
  sqlite3* raw = nullptr;
  const std::string name = options.is_immutable ? immutable_uri(path) : path;
  const int flags =
      (options.is_immutable ? SQLITE_OPEN_URI : 0) |
      (options.access == CaseAccess::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                           : SQLITE_OPEN_READONLY) |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
  Database database;
  database.database_.reset(raw);
  if (code != SQLITE_OK) {
    return std::unexpected(database.error(code));
  }
  NPG_CHECK(sqlite3_db_config(raw, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 1200, 500) == SQLITE_OK);
  for (const Limit& limit : limits) {
    (void)sqlite3_limit(raw, limit.which, limit.most);
  }
  for (const int setting : on) {
    NPG_CHECK(sqlite3_db_config(raw, setting, 1, nullptr) == SQLITE_OK);
  }
  for (const int setting : off) {
    NPG_CHECK(sqlite3_db_config(raw, setting, 0, nullptr) == SQLITE_OK);
  }
  (void)sqlite3_busy_timeout(raw, options.busy_timeout_ms);
  // Held at every row where tests run; elsewhere it is verify that asks, since it costs a tenth of
  // keeping facts.
#ifdef NDEBUG
  constexpr int holds_references = 0;
#else
  constexpr int holds_references = 1;
#endif
  NPG_CHECK(sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_FKEY, holds_references, nullptr) ==
            SQLITE_OK);
  if (auto set = database.execute(
          "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
          "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536");
      !set) {
    return std::unexpected(set.error());
  }
  return database;
}

CaseResult<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) {
    return std::unexpected(error(code));
  }
  Statement statement;
  statement.statement_.reset(raw);
  return statement;
}

CaseResult<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return std::unexpected(error(code));
  }
  return {};
}

CaseResult<std::int64_t> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) {
    return std::unexpected(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return std::unexpected(row.error());
  }
  return *row ? statement->number(0) : 0;
}

CaseResult<std::string> Database::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) {
    return std::unexpected(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return std::unexpected(row.error());
  }
  return *row ? std::string(statement->text(0)) : std::string();
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(database_.get());
}
std::int64_t Database::changes() const {
  return sqlite3_changes64(database_.get());
}
CaseError Database::error(int code) const {
  return {failure_of(code),
          escape_for_terminal(EvidenceText::from_utf8(database_ ? sqlite3_errmsg(database_.get())
                                                                : sqlite3_errstr(code)))};
}

CaseResult<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) {
    return std::unexpected(begun.error());
  }
  return Transaction(database);
}
Transaction::~Transaction() {
  if (database_ != nullptr) {
    (void)database_->execute(
        "ROLLBACK");  // Where SQLite has rolled back by itself there is nothing to do.
  }
}
CaseResult<void> Transaction::commit() {
  if (auto done = database_->execute("COMMIT"); !done) {
    return std::unexpected(done.error());
  }
  database_ = nullptr;
  return {};
}

}  // namespace npg::sqlite
