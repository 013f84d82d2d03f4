#include "app/hive_copies.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

bool is_at_home(const Reading& reading) {
  return reading.kind == FileKind::hive &&
         (equal_names(reading.windows_path, "C:\\Windows\\System32\\config\\SYSTEM") ||
          equal_names(reading.windows_path, "C:\\Windows\\System32\\config\\SOFTWARE"));
}

/// True for what holds a part of a hive: a registry export, or one saved key that is no whole
/// control set. What it does not show may have been there all the same, so that it is no link in
/// the chain of copies.
bool is_partial(const Reading& reading) {
  const bool is_whole_set =
      reading.hive_kind == HiveKind::system && reading.has_all_services && reading.has_all_orders;
  return reading.kind != FileKind::hive || (reading.is_part && !is_whole_set);
}

/// True where two files show the same: a service that both have, or all services and one of them,
/// or the same order.
bool overlap(const Reading& a, const FactSet& of_a, const Reading& b, const FactSet& of_b) {
  const auto has_service = [](const Reading& reading, const FactSet& facts) {
    return reading.has_all_services || !facts.registrations.empty();
  };
  const bool is_all =
      (a.has_all_services && has_service(b, of_b)) || (b.has_all_services && has_service(a, of_a));
  const bool same_service = std::ranges::any_of(of_a.registrations, [&](const auto& one) {
    return std::ranges::any_of(of_b.registrations, [&one](const RegistrationFact& other) {
      return equal_names(one.name.raw(), other.name.raw());
    });
  });
  const bool same_order = std::ranges::any_of(of_a.orders, [&](const ProviderOrderFact& one) {
    return std::ranges::any_of(of_b.orders, [&one](const ProviderOrderFact& other) {
      return one.is_hw_order == other.is_hw_order;
    });
  });
  return is_all || same_service || same_order;
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

/// A few times that lie behind all others may have been set: then nothing but they says that the
/// copy is so new.
FileTime surely_written(const Reading& reading, FileTime written) {
  return reading.surely_written < reading.newest_key ? reading.surely_written : written;
}

bool is_of_control_set(std::string_view key) {
  return contains_name(key.substr(0, key.find('\\')), "ControlSet");
}

/// The settings that decide who is told of passwords; of the others older states say nothing that
/// matters.
bool is_compared(PolicyKind kind) {
  return kind == PolicyKind::connect_notifyee || kind == PolicyKind::winlogon_mpnotify ||
         kind == PolicyKind::enable_mpr || kind == PolicyKind::smart_card_logon_notify ||
         kind == PolicyKind::notification_package || kind == PolicyKind::image_debugger;
}

void copy_policies(FactSet& facts, std::uint32_t number, bool is_system) {
  for (const PolicyFact& fact : facts.policies) {
    if (is_compared(fact.policy) && is_of_control_set(fact.key.raw()) == is_system) {
      facts.copied_policies.push_back({.policy = fact.policy,
                                       .key = fact.key,
                                       .value_name = fact.value_name,
                                       .text = fact.text,
                                       .number = fact.number,
                                       .last_written = fact.last_written,
                                       .copy = number,
                                       .origin = fact.origin});
    }
  }
}

std::optional<std::uint32_t> running_set(const FactSet& facts) {
  for (const SelectFact& select : facts.selects) {
    if (select.current) {
      return static_cast<std::uint32_t>(*select.current);
    }
  }
  return std::nullopt;
}

void name_current_set(FactSet& facts, std::uint32_t number) {
  for (RegistrationFact& fact : facts.registrations) {
    fact.control_set_is_current = fact.control_set == 0 || fact.control_set == number;
  }
  for (ProviderOrderFact& fact : facts.orders) {
    fact.control_set_is_current = fact.control_set == 0 || fact.control_set == number;
  }
}

/// Facts without a moment would be taken for the present.
void make_older(FactSet& facts, std::uint32_t number, bool is_system) {
  for (HostIdentityFact& identity : facts.identities) {
    identity.moment = HiveMoment::older_copy;
  }
  for (RegistrationFact& fact : facts.registrations) {
    fact.moment = fact.moment == HiveMoment::current ? HiveMoment::older_copy : fact.moment;
    fact.copy = number;
  }
  for (ProviderOrderFact& fact : facts.orders) {
    fact.moment = fact.moment == HiveMoment::current ? HiveMoment::older_copy : fact.moment;
    fact.copy = number;
  }
  copy_policies(facts, number, is_system);
  std::erase_if(facts.policies, [is_system](const PolicyFact& fact) {
    return is_of_control_set(fact.key.raw()) == is_system;
  });
  std::erase_if(facts.keys, [is_system](const RegistryKeyFact& fact) {
    return is_of_control_set(fact.key.raw()) == is_system;
  });
  if (is_system) {
    facts.environment.clear();
  }
  facts.installed_products.clear();
}

}  // namespace

namespace {

using Parts = std::vector<std::size_t>;

class Settling {
 public:
  Settling(const std::vector<HostPart>& parts, std::vector<Reading>& readings)
      : parts_(parts), readings_(readings) {}

  void settle(const Parts& members, HiveKind kind) {
    newest_.clear();
    current_set_.reset();
    for (const std::size_t part : members) {
      FileTime& time = newest_[reading_of(part).sequences];
      time = std::max(time, newest_write(reading_of(part), parts_[part]));
    }
    const std::size_t present =
        *std::ranges::min_element(members, [this](auto a, auto b) { return is_better(a, b); });
    const Parts now = state_around(present, members, kind);
    Parts older;
    std::ranges::copy_if(members, std::back_inserter(older), [&now](std::size_t part) {
      return std::ranges::find(now, part) == now.end();
    });
    std::ranges::sort(older, [this](std::size_t a, std::size_t b) { return age(a) < age(b); });
    for (const std::size_t part : now) {
      take(part, 0, kind);
    }
    for (std::size_t i = 0; i < older.size(); ++i) {
      take(older[i], static_cast<std::uint32_t>(i + 1), kind);
    }
  }

 private:
  [[nodiscard]] Reading& reading_of(std::size_t part) const {
    return readings_[parts_[part].reading];
  }
  [[nodiscard]] const FactSet& facts_of(std::size_t part) const {
    return reading_of(part).facts.at(parts_[part].computer);
  }
  /// The present, and where that is a part of a SYSTEM hive the other parts that show nothing of
  /// what it or each other show: what one does not hold the next one does, and no two of them are
  /// states of one thing.
  [[nodiscard]] Parts state_around(std::size_t present, const Parts& members, HiveKind kind) const {
    Parts state = {present};
    if (kind != HiveKind::system || !is_partial(reading_of(present))) {
      return state;
    }
    Parts others = members;
    std::ranges::sort(others, [this](std::size_t a, std::size_t b) { return is_better(a, b); });
    for (const std::size_t part : others) {
      const bool adds =
          part != present && is_partial(reading_of(part)) &&
          std::ranges::none_of(state, [&](std::size_t taken) {
            return overlap(reading_of(taken), facts_of(taken), reading_of(part), facts_of(part));
          });
      if (adds) {
        state.push_back(part);
      }
    }
    return state;
  }
  [[nodiscard]] bool is_better(std::size_t a, std::size_t b) const {
    const auto rank = [this](std::size_t part) {
      const Reading& reading = reading_of(part);
      return std::tuple(reading.kind == FileKind::hive, !is_partial(reading), !reading.is_part,
                        is_at_home(reading), newest_.at(reading.sequences), reading.sequences,
                        reading.is_replayed, newest_write(reading, parts_[part]));
    };
    return std::tuple(rank(a), reading_of(b).item.path.raw()) >
           std::tuple(rank(b), reading_of(a).item.path.raw());
  }
  /// The oldest first, exports, which have no times, and other parts last.
  using Age = std::tuple<bool, FileTime, std::pair<std::uint32_t, std::uint32_t>, std::string_view>;
  [[nodiscard]] Age age(std::size_t part) const {
    const Reading& reading = reading_of(part);
    return {is_partial(reading), newest_write(reading, parts_[part]), reading.sequences,
            reading.item.path.raw()};
  }
  void take(std::size_t part, std::uint32_t number, HiveKind kind) {
    Reading& reading = reading_of(part);
    FactSet& facts = reading.facts[parts_[part].computer];
    const bool is_system = kind == HiveKind::system;
    const FileTime written = newest_write(reading, parts_[part]);
    if (number == 0) {
      current_set_ = running_set(facts);
    } else {
      // The file of a saved control set does not say whether Windows ran with it.
      if (reading.is_part && current_set_) {
        name_current_set(facts, *current_set_);
      }
      make_older(facts, number, is_system);
    }
    if (is_system) {
      for (HostIdentityFact& identity : facts.identities) {
        identity.newest_write = written;
      }
    }
    facts.hive_copies.push_back(
        {.number = number,
         .path = SharedText(reading.item.path),
         .is_software = !is_system,
         .is_export = is_partial(reading),
         .lists_services = reading.lists_services,
         .has_all_services = reading.has_all_services,
         .has_all_orders = reading.has_all_orders,
         .written = written,
         .surely_written = number == 0 ? written : surely_written(reading, written),
         .origin = reading.services});
  }

  const std::vector<HostPart>& parts_;
  std::vector<Reading>& readings_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, FileTime> newest_;
  std::optional<std::uint32_t> current_set_;  ///< the number that the present hive runs with
};

}  // namespace

void settle_hive_copies(const std::vector<HostPart>& parts, const std::vector<std::size_t>& roots,
                        std::vector<Reading>& readings) {
  for (const HiveKind kind : {HiveKind::system, HiveKind::software}) {
    std::map<std::size_t, Parts> copies;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (readings[parts[i].reading].hive_kind == kind) {
        copies[roots[i]].push_back(i);
      }
    }
    for (const auto& [root, members] : copies) {
      Settling(parts, readings).settle(members, kind);
    }
  }
}

}  // namespace npg
