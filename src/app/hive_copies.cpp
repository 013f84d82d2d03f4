#include "app/hive_copies.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

bool is_at_home(const Reading& reading) {
  return equal_names(reading.windows_path, "C:\\Windows\\System32\\config\\SYSTEM");
}

FileTime newest_write(const Reading& reading, const HostPart& part) {
  FileTime newest = reading.newest_key;
  const FactSet& facts = reading.facts.at(part.computer);
  for (const RegistrationFact& fact : facts.registrations) {
    newest = std::max(newest, fact.last_written);
  }
  for (const ProviderOrderFact& fact : facts.orders) {
    newest = std::max(newest, fact.last_written);
  }
  return newest;
}

void make_older(FactSet& facts) {
  for (HostIdentityFact& identity : facts.identities) {
    identity.moment = HiveMoment::older_copy;
  }
  for (RegistrationFact& fact : facts.registrations) {
    fact.moment = fact.moment == HiveMoment::current ? HiveMoment::older_copy : fact.moment;
  }
  for (ProviderOrderFact& fact : facts.orders) {
    fact.moment = fact.moment == HiveMoment::current ? HiveMoment::older_copy : fact.moment;
  }
}

}  // namespace

void settle_hive_copies(const std::vector<HostPart>& parts, const std::vector<std::size_t>& roots,
                        std::vector<Reading>& readings) {
  const auto reading_of = [&](std::size_t part) -> Reading& {
    return readings[parts[part].reading];
  };
  std::map<std::size_t, std::vector<std::size_t>> copies;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (reading_of(i).hive_kind == HiveKind::system) {
      copies[roots[i]].push_back(i);
    }
  }
  for (const auto& [root, members] : copies) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, FileTime> newest;
    for (const std::size_t part : members) {
      FileTime& time = newest[reading_of(part).sequences];
      time = std::max(time, newest_write(reading_of(part), parts[part]));
    }
    const auto is_better = [&](std::size_t a, std::size_t b) {
      const Reading& left = reading_of(a);
      const Reading& right = reading_of(b);
      return std::tuple(is_at_home(left), newest.at(left.sequences), left.sequences,
                        left.is_replayed, right.item.path.raw()) >
             std::tuple(is_at_home(right), newest.at(right.sequences), right.sequences,
                        right.is_replayed, left.item.path.raw());
    };
    const std::size_t present = *std::min_element(members.begin(), members.end(), is_better);
    for (const std::size_t part : members) {
      FactSet& facts = reading_of(part).facts[parts[part].computer];
      if (part != present) {
        make_older(facts);
      }
      for (HostIdentityFact& identity : facts.identities) {
        identity.newest_write = newest_write(reading_of(part), parts[part]);
      }
    }
  }
}

}  // namespace npg
