#include "fact/reference.hpp"

#include <fmt/format.h>

#include <concepts>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "fact/fact_set.hpp"
#include "fact/shared_text.hpp"

namespace npg {
namespace {

/// The word for a field's type. One overload a type: a new type of field does not compile before it
/// has a word.
template <typename T>
struct TypeWord;
template <>
struct TypeWord<SharedText> {
  static std::string word() { return "text"; }
};
template <>
struct TypeWord<std::string> {
  static std::string word() { return "text"; }
};
template <>
struct TypeWord<FileTime> {
  static std::string word() { return "time"; }
};
template <>
struct TypeWord<bool> {
  static std::string word() { return "yes or no"; }
};
template <>
struct TypeWord<Origin> {
  static std::string word() { return "origin"; }
};
template <>
struct TypeWord<HiveMoment> {
  static std::string word() { return "current, before_replay or older_copy"; }
};
template <std::integral T>
struct TypeWord<T> {
  static std::string word() { return "number"; }
};
template <typename T>
struct TypeWord<std::optional<T>> {
  static std::string word() { return TypeWord<T>::word() + ", may be absent"; }
};
template <>
struct TypeWord<std::vector<SharedText>> {
  static std::string word() { return "list of texts"; }
};

/// Names of an enumeration, of which name_of knows `last` and all before it.
template <typename E>
std::string names_up_to(E last) {
  std::string names;
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
    names += (i == 0 ? "" : ", ") + std::string(name_of(static_cast<E>(i)));
  }
  return "one of " + names;
}
template <>
struct TypeWord<PolicyKind> {
  static std::string word() { return names_up_to(PolicyKind::sysmon_rules); }
};
template <>
struct TypeWord<RecoveredKind> {
  static std::string word() { return names_up_to(RecoveredKind::event); }
};
template <>
struct TypeWord<ChangeKind> {
  static std::string word() { return names_up_to(ChangeKind::security_changed); }
};
template <>
struct TypeWord<LogonSource> {
  static std::string word() { return names_up_to(LogonSource::profile_67); }
};
template <>
struct TypeWord<SystemEventKind> {
  static std::string word() { return names_up_to(SystemEventKind::task_registered); }
};
template <>
struct TypeWord<SignatureStatus> {
  static std::string word() { return names_up_to(SignatureStatus::not_checked); }
};
template <>
struct TypeWord<SignatureForm> {
  static std::string word() { return names_up_to(SignatureForm::catalog); }
};
template <>
struct TypeWord<SignatureFact> {
  static std::string word() { return "a signature"; }
};

template <typename Fact>
std::string section() {
  std::string out =
      fmt::format("\n## {}\n\n| Field | Type | Meaning |\n|---|---|---|\n", Fact::kind);
  std::apply(
      [&](const auto&... field) {
        const auto add = [&](const auto& f) {
          using Value = std::remove_cvref_t<decltype(std::declval<Fact>().*(f.member))>;
          out += fmt::format("| `{}` | {} | {} |\n", f.name, TypeWord<Value>::word(), f.meaning);
        };
        (add(field), ...);
      },
      Fact::fields());
  return out;
}

}  // namespace

std::string facts_reference() {
  std::string out =
      "# Facts\n\n"
      "What npguard keeps of evidence: one thing seen, not judged, with the bytes it was read "
      "from.\n"
      "This page is made from the field lists in `src/fact`; a test keeps it fresh "
      "(`NPGUARD_UPDATE=1` rewrites it).\n"
      "A time that was not given is absent. An origin is an evidence file, an offset, a length and "
      "how the bytes were come by (allocated, replayed, recovered).\n";
  FactSet none;
  FactSet::for_each_kind(none, [&]<typename Fact>(const std::vector<Fact>& /*facts*/) {
    out += section<Fact>();
    if constexpr (std::is_same_v<Fact, ImageFact>) {
      out += section<SignatureFact>();  // A part of the image's fact, and large enough for a table.
    }
  });
  return out;
}

}  // namespace npg
