// What a transaction writes of hosts: which rows they have, and the values that are counted over
// all of them.
#include <fmt/format.h>

#include <algorithm>

#include "casefile/case_work.hpp"

namespace npg {

using case_parts::first_number;
using case_parts::signed_ticks;

CaseResult<void> CaseWriter::Work::merge_host(std::int64_t from, std::int64_t into) {
  NPG_TRY_VOID(move_assessments.bind(1, into).bind(2, from).run());
  NPG_TRY_VOID(drop_assessments.bind(1, from).run());
  NPG_TRY_VOID(drop_findings.bind(1, from).run());
  NPG_TRY_VOID(record_values(from, {}));
  NPG_TRY_VOID(database.execute(fmt::format("UPDATE part SET host={} WHERE host={}", into, from)));
  NPG_TRY_VOID(drop_host_seal.bind(1, from).run());
  return drop_host.bind(1, from).run();
}

CaseResult<std::int64_t> CaseWriter::Work::host_row(const HostRecord& record) {
  std::set<std::int64_t> before;
  for (const std::int64_t part : record.parts) {
    host_of_part.bind(1, part);
    NPG_TRY(const std::int64_t host, first_number(host_of_part, 0));
    // What was taken for one host may turn out to be two: the first keeps the row.
    if (host != 0 && !recorded_hosts.contains(host)) {
      before.insert(host);
    }
  }
  std::int64_t row = before.empty() ? 0 : *before.begin();
  if (row == 0) {
    NPG_TRY_VOID(add_host.bind(1, record.name).bind(2, record.profile).run());
    row = database.last_row();
  } else {
    NPG_TRY_VOID(renew_host.bind(1, record.name).bind(2, record.profile).bind(3, row).run());
  }
  for (const std::int64_t other : before) {
    if (other != row) {
      NPG_TRY_VOID(merge_host(other, row));
    }
  }
  for (const std::int64_t part : record.parts) {
    NPG_TRY_VOID(give_part.bind(1, row).bind(2, part).run());
  }
  recorded_hosts.insert(row);
  return row;
}

CaseResult<std::int64_t> CaseWriter::Work::value_row(const HostValue& value) {
  auto of_what = values.find(value.what);
  if (of_what == values.end()) {
    of_what = values.try_emplace(value.what).first;
  }
  if (const auto known = of_what->second.find(value.value); known != of_what->second.end()) {
    return known->second;
  }
  find_value.bind(1, value.what).bind(2, value.value);
  NPG_TRY(std::int64_t row, first_number(find_value, 0));
  if (row == 0) {
    NPG_TRY_VOID(add_value.bind(1, value.what)
                     .bind(2, value.value)
                     .bind(3, signed_ticks(value.first_seen))
                     .run());
    row = database.last_row();
    NPG_TRY(const std::string digest, value_seals.seal(row));
    NPG_TRY_VOID(seal.bind(1, "value").bind(2, row).bind(3, bytes_of(digest)).run());
  }
  of_what->second.emplace(value.value, row);
  return row;
}

CaseResult<void> CaseWriter::Work::record_values(std::int64_t host,
                                                 const std::vector<HostValue>& wanted) {
  std::map<std::int64_t, std::int64_t> before;
  values_of.bind(1, host);
  while (true) {
    NPG_TRY(const bool has_row, values_of.step());
    if (!has_row) {
      break;
    }
    before.emplace(values_of.number(0), values_of.number(1));
  }
  values_of.reset();
  std::map<std::int64_t, std::int64_t> now;
  for (const HostValue& value : wanted) {
    NPG_TRY(const std::int64_t row, value_row(value));
    const std::int64_t seen = signed_ticks(value.first_seen);
    const auto place = now.try_emplace(row, seen).first;
    place->second = std::min(place->second, seen);
  }
  for (const auto& [row, seen] : now) {
    const auto had = before.find(row);
    if (had != before.end() && had->second == seen) {
      continue;
    }
    const bool is_new = had == before.end();
    sqlite::Statement& write = is_new ? add_host_value : renew_host_value;
    NPG_TRY_VOID(write.bind(1, host).bind(2, row).bind(3, seen).run());
    if (is_new) {
      Added& added = added_to_value[row];
      ++added.hosts;
      added.first_seen = std::min(added.first_seen, seen);
    } else {
      NPG_TRY_VOID(recount(row));
    }
  }
  for (const auto& [row, seen] : before) {
    if (!now.contains(row)) {
      NPG_TRY_VOID(drop_host_value.bind(1, host).bind(2, row).run());
      NPG_TRY_VOID(recount(row));
    }
  }
  return {};
}

/// Counts what is there, what this transaction has added so far included.
CaseResult<void> CaseWriter::Work::recount(std::int64_t value) {
  added_to_value.erase(value);
  return recount_value.bind(1, value).run();
}

CaseResult<void> CaseWriter::Work::count_values() {
  for (const auto& [value, added] : added_to_value) {
    NPG_TRY_VOID(count_value.bind(1, added.hosts).bind(2, added.first_seen).bind(3, value).run());
  }
  added_to_value.clear();
  return {};
}

}  // namespace npg
