// SQLite as values that close themselves, opened so that a hostile file can do no more than be
// refused. Nothing outside this module sees sqlite3.h.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace npg {

enum class CaseFailure : std::uint8_t {
  not_found,   ///< there is no such file
  not_a_case,  ///< the file is something else, or a schema that npguard does not make
  newer,       ///< a later npguard made it
  damaged,     ///< its structures or its rows contradict themselves
  busy,        ///< another process is writing and did not finish in time
  full,        ///< no space, or the system refused to write
  io,
  ambiguous,  ///< several hosts fit what was asked for
};
struct CaseError {
  CaseFailure kind = CaseFailure::io;
  std::string text;  ///< a sentence; text of the file in it is escaped for a terminal
};
template <typename T>
using CaseResult = std::expected<T, CaseError>;

enum class CaseAccess : std::uint8_t { read, write };

namespace sqlite {

class Database;

/// One prepared statement. Values are bound from 1; columns are read from 0.
class Statement {
 public:
  Statement() = default;
  Statement& bind(int at, std::int64_t number);
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, std::span<const std::byte> blob);
  /// A blob that is not copied: it has to be there until the statement has run.
  Statement& bind_lasting(int at, std::string_view blob);
  Statement& bind_null(int at);
  /// True when there is a row; false when there are no more.
  [[nodiscard]] CaseResult<bool> step();
  /// Runs a statement that gives no row, and makes it ready for the next time.
  [[nodiscard]] CaseResult<void> run();
  void reset();

  [[nodiscard]] std::int64_t number(int column) const;
  /// Text and blobs live until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] bool is_number(
      int column) const;  ///< of SQLite's INTEGER, before it is read as text

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  struct Options {
    CaseAccess access = CaseAccess::read;
    std::string vfs;  ///< empty: the system's own
    int busy_timeout_ms = 60'000;
    /// Nobody can write to the file, so that neither locks nor files beside it are made. To read.
    bool is_immutable = false;
  };
  /// Creates the file for writing where there is none. Nothing is read yet.
  [[nodiscard]] static CaseResult<Database> open(const std::string& path, const Options& options);

  [[nodiscard]] CaseResult<Statement> prepare(std::string_view sql);
  [[nodiscard]] CaseResult<void> execute(const std::string& sql);
  /// The first column of the first row, as a number or as text.
  [[nodiscard]] CaseResult<std::int64_t> number(std::string_view sql);
  [[nodiscard]] CaseResult<std::string> text(std::string_view sql);
  [[nodiscard]] std::int64_t last_row() const;
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] CaseError error(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

/// BEGIN IMMEDIATE now; ROLLBACK at the end unless commit() was called.
class Transaction {
 public:
  [[nodiscard]] static CaseResult<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(other.database_) {
    other.database_ = nullptr;
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  [[nodiscard]] CaseResult<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace sqlite
}  // namespace npg
