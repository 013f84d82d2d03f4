#include "analysis/exposure/witnesses.hpp"

#include <algorithm>
#include <tuple>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

bool file_name_is(std::string_view path, std::string_view name) {
  return equal_names(path.substr(path.rfind('\\') + 1), name);
}
/// A full path must be the same; of a bare name, or one with a variable, the file name must.
bool is_program(const SharedText& image, std::string_view program) {
  const bool is_full =
      program.size() > 2 && program[1] == ':' && program.find('%') == std::string_view::npos;
  return is_full ? equal_names(image.raw(), program)
                 : file_name_is(image.raw(), program.substr(program.rfind('\\') + 1));
}

/// winlogon notifies right after the logon.
constexpr std::uint64_t near_logon = 30 * FileTime::per_second;

void add_start(const ProcessStartFact& start, bool saw_listener, std::vector<Witness>& witnesses) {
  // Security 4688 and Sysmon 1 tell of the same start; two processes are two starts.
  auto known = witnesses.rbegin();
  while (known != witnesses.rend() &&
         start.time.ticks - known->time.ticks < 2 * FileTime::per_second &&
         known->process_id != start.process_id) {
    ++known;
  }
  if (known == witnesses.rend() ||
      start.time.ticks - known->time.ticks >= 2 * FileTime::per_second) {
    witnesses.push_back({.time = start.time,
                         .process_id = start.process_id,
                         .session = start.session,
                         .saw_listener = saw_listener,
                         .origins = {start.origin}});
  } else {
    known->session = known->session ? known->session : start.session;
    known->origins.push_back(start.origin);
  }
}

void add_load(const ModuleLoadFact& load, std::vector<Witness>& witnesses) {
  constexpr std::uint64_t life_max = 120 * FileTime::per_second;
  Witness* started = nullptr;
  for (auto each = witnesses.rbegin(); each != witnesses.rend(); ++each) {
    const bool other_process =
        load.process_id != 0 && each->process_id != 0 && load.process_id != each->process_id;
    if (!other_process && each->time <= load.time &&
        load.time.ticks - each->time.ticks <= life_max) {
      started = &*each;
      break;
    }
    if (each->time.ticks + life_max < load.time.ticks) {
      break;
    }
  }
  if (started != nullptr) {
    started->saw_listener = true;
    started->origins.push_back(load.origin);
  } else {
    witnesses.insert(std::ranges::upper_bound(witnesses, load.time, {}, &Witness::time),
                     {.time = load.time,
                      .process_id = load.process_id,
                      .session = std::nullopt,
                      .saw_listener = true,
                      .origins = {load.origin}});
  }
}

}  // namespace

WitnessPool::WitnessPool(const FactSet& facts) {
  for (const ProcessStartFact& start : facts.process_starts) {
    if (file_name_is(start.parent_image.raw(), "winlogon.exe")) {
      by_winlogon_.push_back(&start);
    }
  }
  for (const ModuleLoadFact& load : facts.module_loads) {
    if (file_name_is(load.image.raw(), "mpnotify.exe")) {
      by_mpnotify_.push_back(&load);
    }
  }
}

std::vector<Witness> WitnessPool::of(const Listener& listener) const {
  std::vector<Witness> witnesses;
  for (const ProcessStartFact* start : by_winlogon_) {
    const bool is_notifier = listener.provider != nullptr
                                 ? file_name_is(start->image.raw(), "mpnotify.exe")
                                 : is_program(start->image, listener.program);
    if (is_notifier) {
      add_start(*start, listener.provider == nullptr, witnesses);
    }
  }
  for (const ModuleLoadFact* load : by_mpnotify_) {
    const bool is_own = listener.provider != nullptr &&
                        std::ranges::any_of(listener.provider->dlls, [&](const ProviderDll& dll) {
                          return equal_names(dll.path.resolved, load->module.raw());
                        });
    if (is_own) {
      add_load(*load, witnesses);
    }
  }
  return witnesses;
}

Proofs proofs_of(const People& people, const std::vector<Witness>& witnesses,
                 const Listener& listener) {
  struct Pair {
    std::uint64_t apart;
    std::size_t witness;
    std::size_t logon;
  };
  const auto by_time = people.by_time();
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    const std::uint64_t a = witnesses[i].time.ticks;
    const FileTime earliest{a - std::min(a, near_logon)};
    auto each = std::ranges::lower_bound(by_time, earliest, {}, &People::Timed::time);
    for (; each != by_time.end() && each->time.ticks <= a + near_logon; ++each) {
      const std::uint64_t b = each->time.ticks;
      const auto& told_by = each->logon->told_by;
      const auto session = std::ranges::find_if(
          told_by, [](const LogonFact* fact) { return fact->session.has_value(); });
      const bool other_session = session != told_by.end() && witnesses[i].session &&
                                 (*session)->session != witnesses[i].session;
      if (!other_session) {
        pairs.push_back(
            {a > b ? a - b : b - a, i, static_cast<std::size_t>(each - by_time.begin())});
      }
    }
  }
  std::ranges::sort(pairs, [](const Pair& a, const Pair& b) {
    return std::tie(a.apart, a.witness, a.logon) < std::tie(b.apart, b.witness, b.logon);
  });
  Proofs proofs;
  std::vector<bool> used(witnesses.size());
  for (const Pair& pair : pairs) {
    const Witness& witness = witnesses[pair.witness];
    const HumanLogon* logon = by_time[pair.logon].logon;
    if (used[pair.witness] || proofs.of.contains(logon)) {
      continue;
    }
    used[pair.witness] = true;
    proofs.of[logon] = {
        .saw_listener = witness.saw_listener,
        .text = listener.provider == nullptr
                    ? "winlogon started the program in place of mpnotify.exe for this logon"
                : witness.saw_listener
                    ? "mpnotify.exe started for this logon and loaded the provider's DLL"
                    : "mpnotify.exe was started by winlogon for this logon",
        .records = witness.origins};
  }
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    if (!used[i]) {
      proofs.unexplained.push_back(witnesses[i].time);
    }
  }
  return proofs;
}

}  // namespace npg::exposure
