#include "analysis/posture/key_permissions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Whom Windows lets write to such keys, whatever its build: SYSTEM, Administrators,
/// TrustedInstaller. CREATOR OWNER is nobody until a key is created.
constexpr std::array<std::string_view, 4> rightful = {
    "S-1-5-18", "S-1-5-32-544", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
    "S-1-3-0"};

/// Services and administrators by other names: no Windows gives them the keys by default, but a
/// product or a domain may have.
bool is_trusted_elsewhere(std::string_view sid) {
  constexpr std::array<std::string_view, 3> of_domain = {"-500", "-512", "-519"};
  constexpr std::string_view server_operators = "S-1-5-32-549";  // Of domain controllers.
  return sid == server_operators || sid.starts_with("S-1-5-80-") ||
         (sid.starts_with("S-1-5-21-") &&
          std::ranges::any_of(of_domain, [sid](auto end) { return sid.ends_with(end); }));
}

std::string told(const KeyWriter& writer) {
  return fmt::format("{} may write{} ({})", writer.name.empty() ? writer.sid : writer.name,
                     writer.is_conditional ? " under a condition" : "",
                     fmt::join(writer.rights, ", "));
}

/// Why somebody may write who never should; empty when nobody may.
std::string open_to_others(const KeyState& state) {
  if (state.everyone_may_write) {
    return "there is no DACL: everything is allowed to everyone";
  }
  if (state.comparison == DefaultComparison::same) {
    return {};
  }
  const auto writer = std::ranges::find_if(state.writers, [](const KeyWriter& one) {
    return std::ranges::find(rightful, one.sid) == rightful.end() && !is_trusted_elsewhere(one.sid);
  });
  return writer == state.writers.end() ? std::string() : told(*writer);
}

/// Why somebody may write whose right is not known; empty when nobody may.
std::string open_to_named(const KeyState& state) {
  const auto writer = std::ranges::find_if(state.writers, [](const KeyWriter& one) {
    return std::ranges::find(rightful, one.sid) == rightful.end() && is_trusted_elsewhere(one.sid);
  });
  return writer == state.writers.end() ? std::string() : told(*writer);
}

class Gathering {
 public:
  void add(const KeyState& state) {
    if (state.sddl.empty()) {
      return;
    }
    ++read_;
    basis_ = state.default_basis.empty() ? basis_ : state.default_basis;
    const std::string open = open_to_others(state);
    if (!open.empty()) {
      note(bad_, state, open);
    } else if (state.comparison == DefaultComparison::differs) {
      note(state.default_is_verified ? bad_ : odd_, state,
           fmt::format("{}", fmt::join(state.differences, "; ")));
    } else if (state.comparison == DefaultComparison::not_known) {
      ++unknown_;
      if (state.fact.security && state.fact.security->is_damaged) {
        note(odd_, state, "its permissions could be read in part only");
      } else if (const std::string named = open_to_named(state); !named.empty()) {
        note(odd_, state, named);
      }
    }
  }

  void judge(PostureCheck& check) const {
    if (read_ == 0) {
      check.observed = "no permissions of these keys in the evidence";
      return;
    }
    check.status = !bad_.texts.empty()                        ? CheckStatus::fail
                   : !odd_.texts.empty() || unknown_ == read_ ? CheckStatus::unknown
                                                              : CheckStatus::pass;
    const Noted& told = bad_.texts.empty() ? odd_ : bad_;
    check.observed = fmt::format("{} keys read", read_);
    if (!told.texts.empty()) {
      check.observed += fmt::format(
          "; {}", fmt::join(told.texts.begin(),
                            told.texts.begin() +
                                static_cast<std::ptrdiff_t>(std::min(told.texts.size(), shown_max)),
                            "; "));
    }
    if (told.texts.size() > shown_max) {
      check.observed += fmt::format("; and {} more", told.texts.size() - shown_max);
    }
    if (bad_.texts.empty() && !odd_.texts.empty()) {
      check.observed += " (what this build sets by default is not verified)";
    } else if (unknown_ > 0) {
      check.observed += fmt::format("; what is default is not known of {} of them", unknown_);
    }
    if (!basis_.empty()) {
      check.observed += fmt::format("; compared with the defaults of {}", basis_);
    }
    check.evidence = told.origins;
  }

 private:
  struct Noted {
    std::vector<std::string> texts;
    std::vector<Origin> origins;
  };
  static void note(Noted& noted, const KeyState& state, const std::string& why) {
    noted.texts.push_back(fmt::format("{}: {}", escape_for_terminal(state.fact.key.text()), why));
    noted.origins.push_back(state.fact.origin);
  }

  static constexpr std::size_t shown_max = 3;
  Noted bad_;
  Noted odd_;
  std::size_t read_ = 0;
  std::size_t unknown_ = 0;
  std::string basis_;  ///< how the build was told, where SOFTWARE does not name it
};

}  // namespace

PostureCheck check_key_permissions(std::span<const KeyState> keys) {
  PostureCheck check{
      .check = "key_permissions",
      .mitigation = "M1024",
      .expected = "owners and DACLs of the provider keys as Windows sets them",
      .fix =
          "Give the keys back to the owner and the DACL that this Windows build sets "
          "(registry_keys names both), and find out who changed them."};
  Gathering gathering;
  for (const KeyState& state : keys) {
    gathering.add(state);
  }
  gathering.judge(check);
  return check;
}

}  // namespace npg
