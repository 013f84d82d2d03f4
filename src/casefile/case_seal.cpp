// Digests over what is kept of a reading and of a host.
#include <array>
#include <charconv>

#include "casefile/case_parts.hpp"

namespace npg::case_parts {

CaseResult<Sealer> Sealer::prepare(sqlite::Database& database, std::span<const Text> texts) {
  Sealer sealer;
  for (const Text& text : texts) {
    NPG_TRY(auto rows, database.prepare(text.sql));
    sealer.queries_.push_back({std::move(rows), text.columns});
  }
  return sealer;
}

CaseResult<Sealer> Sealer::of_readings(sqlite::Database& database) {
  constexpr std::array<Text, 4> texts = {{
      {"SELECT identity, layout, group_path, state, diagnostics FROM reading WHERE id=?", 5},
      {"SELECT r.position, e.sha256 FROM reading_evidence r JOIN evidence e ON e.id=r.evidence "
       "WHERE r.reading=? ORDER BY r.position",
       2},
      {"SELECT p.computer, k.key FROM part p JOIN part_key k ON k.part=p.id WHERE p.reading=? "
       "ORDER BY p.computer, k.key",
       2},
      {"SELECT p.computer, f.kind, f.number, f.id FROM part p JOIN fact f ON f.part=p.id WHERE "
       "p.reading=? ORDER BY p.computer, f.kind, f.number",
       4},
  }};
  return prepare(database, texts);
}

CaseResult<Sealer> Sealer::of_evidence(sqlite::Database& database) {
  constexpr std::array<Text, 2> texts = {{
      {"SELECT sha256, path, kind, size, status, detail, counts FROM evidence WHERE id=?", 7},
      {"SELECT group_path, path_key, layout, body FROM image WHERE evidence=? ORDER BY group_path, "
       "path_key",
       4},
  }};
  return prepare(database, texts);
}

CaseResult<Sealer> Sealer::of_hosts(sqlite::Database& database) {
  constexpr std::array<Text, 4> texts = {{
      {"SELECT name, profile FROM host WHERE id=?", 2},
      {"SELECT as_of, digest, verdict FROM assessment WHERE host=? ORDER BY as_of, digest", 3},
      {"SELECT id, rule, severity, subject, suppressed_by, first_as_of, last_as_of, open FROM "
       "finding WHERE host=? ORDER BY id",
       8},
      {"SELECT value, first_seen FROM host_value WHERE host=? ORDER BY value", 2},
  }};
  return prepare(database, texts);
}

CaseResult<Sealer> Sealer::of_values(sqlite::Database& database) {
  constexpr std::array<Text, 1> texts = {{{"SELECT what, value FROM stack_value WHERE id=?", 2}}};
  return prepare(database, texts);
}

/// With its size before it, so that no two lists give the same bytes.
void Sealer::add(std::string_view text) {
  std::array<char, 24> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), text.size()).ptr;
  text_.append(size.data(), end);
  text_ += ':';
  text_ += text;
}

void Sealer::add(std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  add({digits.data(), end});
}

CaseResult<std::string> Sealer::seal(std::int64_t row) {
  constexpr std::size_t at_once = 64 << 10;
  Sha256 hash;
  text_.clear();
  for (Query& query : queries_) {
    query.rows.bind(1, row);
    while (true) {
      NPG_TRY(const bool has_row, query.rows.step());
      if (!has_row) {
        break;
      }
      for (int column = 0; column < query.columns; ++column) {
        if (query.rows.is_number(column)) {
          add(query.rows.number(column));
        } else {
          add(query.rows.text(column));
        }
      }
      if (text_.size() >= at_once) {
        hash.add(bytes_of(text_));
        text_.clear();
      }
    }
    query.rows.reset();
    add("end");
  }
  hash.add(bytes_of(text_));
  return digest_text(hash.digest());
}

}  // namespace npg::case_parts
