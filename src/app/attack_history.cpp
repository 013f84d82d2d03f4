// `npguard attack history` and `diff`: one object over releases, and two releases against each
// other.
#include <fmt/format.h>

#include <algorithm>

#include "app/attack_mirror_parts.hpp"
#include "app/data.hpp"
#include "attack/diff_report.hpp"
#include "report/columns.hpp"

namespace npg {
namespace {

using attack::Release;
using attack::Store;

/// The steps in words or as JSON; an id that none of these releases has is not found.
MirrorResult history_reply(const Store& store, const MirrorRequest& request, const std::string& id,
                           const std::vector<std::size_t>& releases, const Limits& limits) {
  const auto steps = attack::history(store, releases, id, limits);
  if (!steps) {
    return store_failure(request, steps.error());
  }
  if (std::ranges::none_of(*steps, &attack::HistoryStep::present)) {
    return mirror_failure(
        MirrorFailure::not_found,
        fmt::format("{} is in none of {} releases of {}: {}", mirror_safe(id), steps->size(),
                    domain_of(request), imported_releases(store, request)));
  }
  const auto identity = attack::identity_of(store, releases, id, limits);
  if (!identity) {
    return store_failure(request, identity.error());
  }
  return MirrorReply{request.json
                         ? attack::history_json(store, id, *identity, *steps, data::attack_licence)
                         : fit_columns(attack::history_text(store, id, *identity, *steps) + "\n" +
                                       printed_licence()),
                     {}};
}

/// Both releases in the one form that they share, the newer before the older; where they share none
/// the difference says so.
MirrorRequest in_one_form(const Store& store, const MirrorRequest& request,
                          const std::string& first, const std::string& second) {
  MirrorRequest out = request;
  for (const char* form : {"2.1", "2.0"}) {
    if (out.stix.empty() && store.find(domain_of(request), first, form) &&
        store.find(domain_of(request), second, form)) {
      out.stix = form;
    }
  }
  return out;
}

}  // namespace

MirrorResult mirror_history(const MirrorRequest& request, const std::string& id,
                            const Limits& limits) {
  const auto store = open_loaded(request, limits);
  if (!store) {
    return std::unexpected(store.error());
  }
  const std::vector<std::size_t> releases = store->of_domain(domain_of(request), request.stix);
  if (releases.empty()) {
    return std::unexpected(release_index(*store, request, {}).error());
  }
  return history_reply(*store, request, id, releases, limits);
}

MirrorResult mirror_diff(const MirrorRequest& request, const std::vector<std::string>& what,
                         const Limits& limits) {
  const auto store = open_loaded(request, limits);
  if (!store) {
    return std::unexpected(store.error());
  }
  if (what.size() == 3 && (request.fields || request.all)) {
    return mirror_failure(MirrorFailure::usage,
                          "--fields and --all are for two releases: one object is always compared "
                          "in full");
  }
  const std::string& first = what[what.size() - 2];
  const MirrorRequest formed = in_one_form(*store, request, first, what.back());
  const auto before = release_index(*store, formed, first);
  const auto after = release_index(*store, formed, what.back());
  if (!before || !after) {
    return std::unexpected(before ? after.error() : before.error());
  }
  if (what.size() == 3) {
    return history_reply(*store, request, what.front(), {*before, *after}, limits);
  }
  const auto left = Release::load(*store, *before, limits);
  const auto right = Release::load(*store, *after, limits);
  if (!left || !right) {
    return store_failure(request, left ? right.error() : left.error());
  }
  auto difference = attack::compare_releases(
      *left, *right, request.all ? attack::Listing::everything : attack::Listing::content);
  if (!difference) {
    return store_failure(request, difference.error());
  }
  if (request.fields) {
    if (const auto added = attack::add_differences(*left, *right, *difference); !added) {
      return store_failure(request, added.error());
    }
  }
  // Tactic and object names are MITRE's texts: its licence goes with them.
  if (request.json) {
    return MirrorReply{
        attack::release_difference_json(*left, *right, *difference, data::attack_licence), {}};
  }
  return MirrorReply{fit_columns(attack::release_difference_text(*left, *right, *difference) +
                                 "\n" + printed_licence()),
                     {}};
}

}  // namespace npg
