#include <fmt/format.h>

#include <set>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

/// Each path once.
std::vector<std::string> paths_of(const std::vector<const ProviderDll*>& dlls) {
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (const ProviderDll* const dll : dlls) {
    if (seen.insert(name_key(path_of(*dll))).second) {
      paths.push_back(name(path_of(*dll)));
    }
  }
  return paths;
}

/// The DLLs that are evidence against a bad provider: the foreign ones; where it names none, a
/// genuine path may hold another file, so all of them.
std::vector<const ProviderDll*> telling_dlls(const std::set<std::string>& genuine,
                                             const Provider& provider) {
  std::vector<const ProviderDll*> dlls = foreign_dlls(genuine, provider);
  if (dlls.empty()) {
    for (const ProviderDll& each : provider.dlls) {
      dlls.push_back(&each);
    }
  }
  return dlls;
}

bool is_still_there(const Provider& provider) {
  return is_bad(provider) && provider.state != ProviderState::removed &&
         provider.state != ProviderState::recovered;
}

/// True when its place in the order was taken away, so that nothing calls it any more.
bool is_unlisted(const HostAssessment& host, const Provider& provider) {
  return provider.state == ProviderState::staged && !provider.order_position &&
         !provider.hw_order_position &&
         std::ranges::any_of(host.exposures, [&](const Exposure& exposure) {
           return exposure.provider == provider.name && exposure.end_kind == WindowEnd::removed;
         });
}

/// True when it is registered, and Windows sends it no password.
bool is_told_nothing(const HostAssessment& host, const Provider& provider) {
  return std::ranges::any_of(host.exposures, [&](const Exposure& exposure) {
    return exposure.provider == provider.name && is_ended_by_policy(exposure);
  });
}

/// True for a key that belongs to Windows or a product and must outlive the attacker's values.
bool is_bent(const Provider& provider) {
  return !provider.known_as.empty() && provider.state != ProviderState::order_only;
}

/// "Then put LanmanWorkstation back as Windows ships it: ...".
std::string restore_text(const std::set<std::string>& genuine, const Provider& provider,
                         const Cuts& cuts) {
  const bool is_windows = bears_windows_name(provider);
  const bool has_authent = std::ranges::any_of(provider.dlls, &ProviderDll::is_authent);
  std::string text = fmt::format("Then put {} back as {} ships it: ", name(provider.name),
                                 is_windows ? std::string("Windows") : provider.known_as);
  text += is_windows || !has_authent ? "restore ProviderPath and Class"
                                     : "restore ProviderPath, AuthentProviderPath and Class";
  text += is_windows && has_authent ? ", remove AuthentProviderPath, " : ", ";
  const auto foreign = foreign_dlls(genuine, provider);
  if (!foreign.empty()) {
    text += fmt::format("delete only {}, and restart: it listens until then. ",
                        first_of(paths_of(foreign), cuts.few));
  } else if (!provider.dlls.empty()) {
    text +=
        fmt::format("compare {} with a copy known to be good, replace what differs, and restart. ",
                    first_of(paths_of(telling_dlls(genuine, provider)), cuts.few));
  } else {
    text += "and restart. ";
  }
  return text + fmt::format("Its key and place in the order belong to {}: keep them.",
                            is_windows ? "Windows" : "the product");
}

}  // namespace

void preserve(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  const std::set<std::string> genuine = genuine_dlls(host);
  std::vector<const ProviderDll*> dlls;
  bool has_bad = false;
  for (const Provider& each : host.providers) {
    if (is_bad(each)) {
      has_bad = true;
      const auto its = telling_dlls(genuine, each);
      dlls.insert(dlls.end(), its.begin(), its.end());
    }
  }
  if (!has_bad && host.verdict != HostVerdict::compromised &&
      host.verdict != HostVerdict::suspicious) {
    return;
  }
  const std::vector<std::string> paths = paths_of(dlls);
  steps.add("First keep the hives with their logs, event logs, memory" +
            (paths.empty() ? std::string() : " and " + first_of(paths, cuts.few)) + ".");
}

void remove(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  const std::set<std::string> genuine = genuine_dlls(host);
  std::vector<const Provider*> bent;
  std::vector<std::string> planted;
  std::vector<std::string> unlisted;
  bool spares_a_dll = false;
  bool listens = false;
  for (const Provider& each : host.providers) {
    if (!is_still_there(each)) {
      continue;
    }
    if (is_bent(each)) {
      bent.push_back(&each);
      continue;
    }
    (is_unlisted(host, each) ? unlisted : planted).push_back(name(each.name));
    listens = listens || !is_told_nothing(host, each);
    spares_a_dll = spares_a_dll || foreign_dlls(genuine, each).size() < each.dlls.size();
  }
  const std::size_t shown = std::min(bent.size(), cuts.few);
  for (std::size_t i = 0; i < shown; ++i) {
    steps.add(restore_text(genuine, *bent[i], cuts));
  }
  if (shown < bent.size()) {
    steps.add(fmt::format("Put {} back in the same way (--json names them).",
                          counted(bent.size() - shown, "more provider", "more providers")));
  }
  const std::string_view spare =
      spares_a_dll ? " Keep the DLLs that other providers are registered with." : "";
  if (!unlisted.empty()) {
    steps.add(fmt::format("{} out of the order already: delete its key and DLL, and restart.{}",
                          first_of(unlisted, cuts.few) + (unlisted.size() == 1 ? " is" : " are"),
                          planted.empty() ? spare : ""));
  }
  if (!planted.empty()) {
    steps.add(fmt::format("Then take {} out of the order, delete its key and DLL, and restart{}.{}",
                          first_of(planted, cuts.few), listens ? ": it listens until then" : "",
                          spare));
  }
}

}  // namespace npg::screen
