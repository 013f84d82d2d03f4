#include "analysis/exposure/witnesses.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

constexpr std::uint64_t second = FileTime::per_second;

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
constexpr std::uint64_t near_logon = 30 * second;
}  // namespace

std::vector<Witness> witnesses_of(const Listener& listener, const FactSet& facts) {
  std::vector<Witness> witnesses;
  for (const ProcessStartFact& start : facts.process_starts) {
    const bool is_notifier = listener.provider != nullptr
                                 ? file_name_is(start.image.raw(), "mpnotify.exe")
                                 : is_program(start.image, listener.program);
    if (is_notifier && file_name_is(start.parent_image.raw(), "winlogon.exe")) {
      // Security 4688 and Sysmon 1 tell of the same start; two processes are two starts.
      auto known = witnesses.rbegin();
      while (known != witnesses.rend() && start.time.ticks - known->time.ticks < 2 * second &&
             known->process_id != start.process_id) {
        ++known;
      }
      if (known == witnesses.rend() || start.time.ticks - known->time.ticks >= 2 * second) {
        witnesses.push_back({.time = start.time,
                             .process_id = start.process_id,
                             .session = start.session,
                             .saw_listener = listener.provider == nullptr,
                             .origins = {start.origin}});
      } else {
        known->session = known->session ? known->session : start.session;
        known->origins.push_back(start.origin);
      }
    }
  }
  for (const ModuleLoadFact& load : facts.module_loads) {
    if (listener.provider == nullptr) {
      break;
    }
    const auto& dlls = listener.provider->dlls;
    const bool is_provider = std::any_of(dlls.begin(), dlls.end(), [&](const ProviderDll& dll) {
      return equal_names(dll.path.resolved, load.module.raw());
    });
    if (!is_provider || !file_name_is(load.image.raw(), "mpnotify.exe")) {
      continue;
    }
    const auto started = std::find_if(witnesses.rbegin(), witnesses.rend(), [&](const Witness& w) {
      const bool other_process =
          load.process_id != 0 && w.process_id != 0 && load.process_id != w.process_id;
      return !other_process && w.time <= load.time &&
             load.time.ticks - w.time.ticks <= 120 * second;
    });
    if (started != witnesses.rend()) {
      started->saw_listener = true;
      started->origins.push_back(load.origin);
    } else {
      witnesses.push_back({.time = load.time,
                           .process_id = load.process_id,
                           .saw_listener = true,
                           .origins = {load.origin}});
    }
  }
  std::sort(witnesses.begin(), witnesses.end(),
            [](const Witness& a, const Witness& b) { return a.time < b.time; });
  return witnesses;
}
void apply_witnesses(std::vector<Person>& people, std::vector<Witness>& witnesses,
                     const Listener& listener) {
  struct Pair {
    std::uint64_t apart;
    std::size_t witness;
    HumanLogon* logon;
  };
  std::vector<Pair> pairs;
  for (Person& person : people) {
    for (HumanLogon& logon : person.logons) {
      if (logon.route.certainty == Certainty::not_by_this_route) {
        continue;
      }
      const std::uint64_t b = logon.time.ticks;
      const std::uint64_t earliest = b - std::min(b, near_logon);
      const auto first = std::lower_bound(witnesses.begin(), witnesses.end(), FileTime{earliest},
                                          [](const Witness& w, FileTime t) { return w.time < t; });
      for (auto i = static_cast<std::size_t>(first - witnesses.begin());
           i < witnesses.size() && witnesses[i].time.ticks <= b + near_logon; ++i) {
        const std::uint64_t a = witnesses[i].time.ticks;
        const std::uint64_t apart = a > b ? a - b : b - a;
        const auto session =
            std::find_if(logon.told_by.begin(), logon.told_by.end(),
                         [](const LogonFact* f) { return f->session.has_value(); });
        const bool other_session = session != logon.told_by.end() && witnesses[i].session &&
                                   (*session)->session != witnesses[i].session;
        if (!other_session) {
          pairs.push_back({apart, i, &logon});
        }
      }
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.apart < b.apart; });
  for (const Pair& pair : pairs) {
    Witness& witness = witnesses[pair.witness];
    if (!witness.used && !pair.logon->is_proven) {
      witness.used = true;
      pair.logon->is_proven = true;
      pair.logon->saw_listener = witness.saw_listener;
      pair.logon->proof_records = witness.origins;
      pair.logon->proof =
          listener.provider == nullptr
              ? "winlogon started the program in place of mpnotify.exe for this logon"
          : witness.saw_listener
              ? "mpnotify.exe started for this logon and loaded the provider's DLL"
              : "mpnotify.exe was started by winlogon for this logon";
    }
  }
}

}  // namespace npg::exposure
