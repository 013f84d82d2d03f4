#include "analysis/inventory/images.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "analysis/inventory/path_candidates.hpp"
#include "analysis/inventory/path_resolution.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"

namespace npg {
namespace {

constexpr std::array<std::string_view, 2> logon_functions = {"NPLogonNotify",
                                                             "NPPasswordChangeNotify"};

bool is_logon_function(std::string_view name) {
  return std::ranges::find(logon_functions, name) != logon_functions.end();
}

/// "other" of "other.NPLogonNotify"; a module's own name may hold dots.
std::string_view module_of(std::string_view forwarder) {
  return forwarder.substr(0, std::min(forwarder.rfind('.'), forwarder.size()));
}

std::set<std::string> names_of_exports(const ImageFact& image) {
  std::set<std::string> names;
  for (const ExportFact& each : image.exports) {
    if (!each.name.empty()) {
      names.emplace(each.name.raw());
    }
  }
  return names;
}

}  // namespace

const ImageFact* image_at(const FactSet& facts, std::string_view windows_path) {
  if (windows_path.empty()) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(facts.images, [&](const ImageFact& image) {
    return equal_names(image.windows_path.raw(), windows_path);
  });
  return found == facts.images.end() ? nullptr : &*found;
}

bool can_load(const ImageFact& image, const HostPaths& host) {
  return host.machine.empty() || image.machine.empty() ||
         (image.machine == host.machine && image.hybrid != "arm64ec");
}

ProviderDll located_dll(ResolvedPath path, const FactSet& facts) {
  ProviderDll dll{.path = std::move(path)};
  for (PathCandidate& candidate : dll.path.candidates) {
    const ImageFact* image = image_at(facts, candidate.path);
    if (image == nullptr) {
      continue;
    }
    candidate.sha256 = image->sha256;
    if (!dll.image && !is_aside(candidate)) {
      dll.image = *image;
      dll.path.resolved = candidate.path;
      const ExportShape shape = export_shape(*image);
      const bool is_known =
          image->unreadable.empty() && (shape.logon || !image->exports_incomplete);
      dll.can_be = is_known ? word_of(shape) : "";
    }
  }
  return dll;
}

bool ExportShape::is_proxy() const {
  constexpr std::size_t at_least = 3;
  return forwarded_there >= at_least && forwarded_there * 2 >= named;
}

ExportShape export_shape(const ImageFact& image) {
  static constexpr std::array<std::string_view, 6> network_functions = {
      "NPAddConnection", "NPAddConnection3", "NPAddConnection4",
      "NPOpenEnum",      "NPGetConnection",  "NPGetResourceInformation"};
  ExportShape shape;
  std::map<std::string, std::size_t> modules;
  for (const ExportFact& each : image.exports) {
    const std::string_view name = each.name.raw();
    if (name.empty()) {
      ++shape.unnamed;
      continue;
    }
    ++shape.named;
    shape.logon = shape.logon || is_logon_function(name);
    shape.network =
        shape.network || std::ranges::find(network_functions, name) != network_functions.end();
    if (!each.forwarder.empty()) {
      ++shape.forwarded;
      if (name.starts_with("NP")) {
        ++modules[name_key(module_of(each.forwarder.raw()))];
      }
    }
  }
  for (const auto& [module, count] : modules) {
    if (count > shape.forwarded_there) {
      shape.forwarded_to = module;
      shape.forwarded_there = count;
    }
  }
  return shape;
}

std::string_view word_of(const ExportShape& shape) {
  return shape.is_proxy()               ? "proxy"
         : shape.logon && shape.network ? "both"
         : shape.logon                  ? "credential_manager"
         : shape.network                ? "network_provider"
                                        : "neither";
}

unsigned shared_exports_percent(const ImageFact& a, const ImageFact& b) {
  const std::set<std::string> of_a = names_of_exports(a);
  const std::set<std::string> of_b = names_of_exports(b);
  std::size_t both = 0;
  for (const std::string& name : of_a) {
    both += of_b.contains(name) ? 1U : 0U;
  }
  const std::size_t any = of_a.size() + of_b.size() - both;
  return any == 0 ? 0 : static_cast<unsigned>(both * 100 / any);
}

namespace {

/// The export that a forwarder's function means: by name, or by number as "#12".
const ExportFact* export_named(const ImageFact& image, std::string_view function) {
  const auto found = std::ranges::find_if(image.exports, [&](const ExportFact& each) {
    return each.name.raw() == function || "#" + std::to_string(each.ordinal) == function;
  });
  return found == image.exports.end() ? nullptr : &*found;
}

/// Where an export that is forwarded leads.
Forward forward_of(const ImageFact& image, const ExportFact& each, const FactSet& facts,
                   const HostPaths& host) {
  const std::string_view text = each.forwarder.raw();
  Forward forward{.from = &image,
                  .origin = each.origin.length > 0 ? each.origin : image.origin,
                  .name = each.name,
                  .module = std::string(module_of(text)),
                  .function = {}};
  forward.function = text.substr(std::min(forward.module.size() + 1, text.size()));
  const std::string upper = name_key(forward.module);
  forward.is_api_set = upper.starts_with("API-MS-") || upper.starts_with("EXT-MS-");
  const bool has_path = forward.module.find_first_of("\\/:") != std::string::npos;
  if (forward.module.find('.', forward.module.rfind('\\') + 1) == std::string::npos) {
    forward.module += ".dll";
  }
  if (has_path) {
    // The loader takes a whole path as a module, too; tools that make proxies write it so.
    forward.candidates =
        resolve_path(SharedText(EvidenceText::from_utf8(forward.module)), reg::sz, host).candidates;
  } else if (!forward.is_api_set) {
    forward.candidates = search_candidates(forward.module, host);
    const std::string own(image.windows_path.raw());
    forward.candidates.push_back({.path = own.substr(0, own.rfind('\\') + 1) + forward.module,
                                  .why = "dll_folder",
                                  .sha256 = {}});
  }
  for (PathCandidate& candidate : forward.candidates) {
    const ImageFact* there = image_at(facts, candidate.path);
    candidate.sha256 = there == nullptr ? "" : there->sha256;
    if (forward.target == nullptr && (there != nullptr || forward.target_path.empty())) {
      forward.target = there;
      forward.target_path = candidate.path;
    }
  }
  return forward;
}

/// A forwarded export of an image.
using Hop = std::pair<const ImageFact*, const ExportFact*>;

/// The next one on the way, where the target forwards the function, too.
std::optional<Hop> next_hop(const Forward& forward) {
  const ExportFact* next =
      forward.target == nullptr ? nullptr : export_named(*forward.target, forward.function);
  return next == nullptr || next->forwarder.empty() ? std::nullopt
                                                    : std::optional(Hop{forward.target, next});
}

}  // namespace

std::vector<Forward> all_forwards(const ImageFact& image, const FactSet& facts,
                                  const HostPaths& host) {
  // Limit: a function that is passed on more often than this leads nowhere on purpose, and of NP
  // functions there are some forty.
  constexpr std::size_t hops_max = 16;
  constexpr std::size_t starts_max = 64;
  const auto rank = [](const ExportFact& each) {
    const std::string_view name = each.name.raw();
    return is_logon_function(name) ? 0 : name == "NPGetCaps" ? 1 : name.starts_with("NP") ? 2 : 3;
  };
  struct Step {
    Hop hop;
    bool is_logon = false;
  };
  std::vector<Step> steps;
  for (const int wanted : {0, 1, 2}) {
    for (const ExportFact& each : image.exports) {
      if (!each.forwarder.empty() && rank(each) == wanted && steps.size() < starts_max) {
        steps.push_back({.hop = {&image, &each}, .is_logon = wanted == 0});
      }
    }
  }
  const std::size_t steps_max = steps.size() + hops_max;
  std::vector<Forward> all;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step step = steps[i];
    all.push_back(forward_of(*step.hop.first, *step.hop.second, facts, host));
    all.back().is_logon = step.is_logon;
    const auto next = next_hop(all.back());
    const bool is_new = next && std::ranges::find(steps, *next, &Step::hop) == steps.end();
    if (is_new && steps.size() < steps_max) {
      steps.push_back({.hop = *next, .is_logon = step.is_logon});
    }
  }
  return all;
}

std::vector<std::string> forward_circle(const ImageFact& image, const FactSet& facts,
                                        const HostPaths& host) {
  const auto file_name = [](const ImageFact& each) {
    const std::string_view path = each.windows_path.raw();
    return std::string(path.substr(path.rfind('\\') + 1));
  };
  for (const std::string_view function : logon_functions) {
    const ExportFact* first = export_named(image, function);
    if (first == nullptr || first->forwarder.empty()) {
      continue;
    }
    std::vector<Hop> way = {{&image, first}};
    while (const auto next =
               next_hop(forward_of(*way.back().first, *way.back().second, facts, host))) {
      const auto before = std::ranges::find(way, *next);
      if (before == way.end()) {
        way.push_back(*next);
        continue;
      }
      std::vector<std::string> circle;
      for (auto each = before; each != way.end(); ++each) {
        circle.push_back(file_name(*each->first));
      }
      circle.push_back(file_name(*next->first));
      return circle;
    }
  }
  return {};
}

std::vector<Origin> logon_export_evidence(const ImageFact& image) {
  std::vector<Origin> evidence;
  for (const ExportFact& each : image.exports) {
    if (is_logon_function(each.name.raw()) && each.origin.length > 0) {
      evidence.push_back(each.origin);
    }
  }
  return evidence;
}

}  // namespace npg
