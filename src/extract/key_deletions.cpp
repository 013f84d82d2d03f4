#include "extract/key_deletions.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "extract/event_parts.hpp"
#include "extract/registry_keys.hpp"
#include "extract/registry_path.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

constexpr std::uint32_t opened_id = 4656;
constexpr std::uint32_t used_id = 4663;
constexpr std::uint32_t deleted_id = 4660;

/// Limit: programs delete a key at once when they have opened it, and the number of a handle is
/// given to another object as soon as it is closed, of which nothing is known here.
constexpr std::uint64_t apart_max = 10 * FileTime::per_second;
/// Dialects cut times to seconds, so that the later event may seem the earlier one.
constexpr std::uint64_t blur = FileTime::per_second;

std::optional<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>> handle_of(
    const WinEvent& event) {
  const auto process = event.number("ProcessId");
  const auto handle = event.number("HandleId");
  const auto logon = event.number("SubjectLogonId");
  if (!process || !handle || *handle == 0) {
    return std::nullopt;
  }
  return std::tuple(*process, *handle, logon.value_or(0));
}

bool may_be_opened_for(const RegistryChangeFact& access, const RegistryChangeFact& deletion) {
  return access.time.given() && deletion.time.given() &&
         access.time.ticks <= deletion.time.ticks + blur &&
         deletion.time.ticks <= access.time.ticks + apart_max;
}

}  // namespace

std::uint64_t access_rights(const WinEvent& event) {
  if (const auto mask = event.number("AccessMask")) {
    return *mask;
  }
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> names = {{
      {"%%4433", 0x2},
      {"%%4434", 0x4},
      {"%%4437", 0x20},
      {"%%1537", right_delete},
      {"%%1539", 0x40000},
      {"%%1540", 0x80000},
  }};
  std::uint64_t rights = 0;
  for (const auto& [name, right] : names) {
    rights |= event.text("AccessList").contains(name) ? right : 0;
  }
  return rights;
}

void KeyDeletions::take(const WinEvent& event, TextPool& pool) {
  const bool is_open = event.event_id == opened_id || event.event_id == used_id;
  if ((!is_open && event.event_id != deleted_id) || !is_from(event, event_provider::security)) {
    return;
  }
  const auto handle = handle_of(event);
  if (!handle) {
    return;
  }
  RegistryChangeFact fact{.time = event.time(), .change = ChangeKind::key_deleted};
  fact.event_id = event.event_id;
  fact.provider = pool.share(event.provider);
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  if (!is_open) {
    fact.actor = security_actor(event, pool);
    deleted_.push_back({*handle, std::move(fact)});
    return;
  }
  RegistryPath path = normalise_registry_path(event.text("ObjectName"));
  const bool is_ours =
      is_service_key(path.canonical) || bears_on_us(path.canonical, KeyEvent::key, {});
  if (is_ours && (access_rights(event) & right_delete) != 0) {
    fact.key = pool.share(EvidenceText::from_utf8(path.canonical));
    fact.raw_key = field_text(event, "ObjectName", pool);
    fact.control_set = path.control_set;
    opened_.push_back({*handle, std::move(fact)});
  }
}

void KeyDeletions::append(KeyDeletions&& more) {
  std::ranges::move(more.opened_, std::back_inserter(opened_));
  std::ranges::move(more.deleted_, std::back_inserter(deleted_));
}

void KeyDeletions::finish(FactSet& facts) const {
  using Place = std::pair<Handle, FileTime>;
  const auto place = [](const Opened* one) { return Place(one->handle, one->access.time); };
  std::vector<const Opened*> opened;
  for (const Opened& one : opened_) {
    opened.push_back(&one);
  }
  std::ranges::stable_sort(opened, {}, place);
  for (const Deleted& one : deleted_) {
    const Place latest(one.handle, FileTime{one.deletion.time.ticks + blur});
    const auto behind = std::ranges::upper_bound(opened, latest, {}, place);
    if (behind == opened.begin()) {
      continue;
    }
    const Opened& nearest = **std::prev(behind);
    if (nearest.handle == one.handle && may_be_opened_for(nearest.access, one.deletion)) {
      RegistryChangeFact& fact = facts.registry_changes.emplace_back(one.deletion);
      fact.key = nearest.access.key;
      fact.raw_key = nearest.access.raw_key;
      fact.control_set = nearest.access.control_set;
    }
  }
}

}  // namespace npg
