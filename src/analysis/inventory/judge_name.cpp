// The reasons that a provider's name gives: which known product bears it, and whether the
// registration is that product's.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/judgement.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// "DeviceName (\Device\X)".
std::string told_values(const std::vector<const RegistryValueFact*>& values) {
  std::vector<std::string> told;
  told.reserve(values.size());
  for (const RegistryValueFact* value : values) {
    told.push_back(fmt::format("{} ({})", shown(value->name), shown(value->text)));
  }
  return fmt::format("{}", fmt::join(told, ", "));
}

std::vector<Origin> origins_of(const std::vector<const RegistryValueFact*>& values) {
  std::vector<Origin> origins;
  origins.reserve(values.size());
  for (const RegistryValueFact* value : values) {
    origins.push_back(value->data_origin.length > 0 ? value->data_origin : value->origin);
  }
  return origins;
}

void judge_inbox_values(ProviderCase& subject) {
  if (!subject.match.changed_values.empty()) {
    subject.raise("inbox_value_changed", 1,
                  fmt::format("text or type is not what Windows writes: {}",
                              told_values(subject.match.changed_values)),
                  origins_of(subject.match.changed_values));
  }
  if (!subject.match.added_values.empty()) {
    subject.raise("inbox_value_added", 2,
                  fmt::format("Windows ships this provider without {}",
                              told_values(subject.match.added_values)),
                  origins_of(subject.match.added_values));
  }
}

void judge_inbox_difference(ProviderCase& subject) {
  const RegistryValueFact* path = subject.value("ProviderPath");
  // Where only logged writes tell of it, a value that none of them names is as it was.
  const bool is_told = path != nullptr || !subject.provider.control_sets.empty();
  if (!subject.match.path_matches && is_told && !subject.may_be_lost("ProviderPath")) {
    // Without a path nothing is loaded in the place of Windows' own DLL.
    subject.raise(
        "inbox_name_other_path", path == nullptr || path->text.empty() ? 3 : 6,
        fmt::format(
            "the name is Windows' own, but ProviderPath is not the one that Windows ships ({})",
            subject.match.row->paths.empty() ? "" : subject.match.row->paths.front()),
        subject.value_evidence("ProviderPath"));
  }
  if (!subject.match.authent_matches) {
    subject.raise("inbox_authent_path_added", 5,
                  "Windows ships this provider without AuthentProviderPath",
                  subject.value_evidence("AuthentProviderPath"));
  }
  if (!subject.match.class_matches && !subject.may_be_lost("Class")) {
    subject.raise("inbox_class_changed", has_credential_class(subject.provider) ? 4 : 1,
                  "Windows ships this provider without this Class",
                  subject.value_evidence("Class"));
  }
  if (!subject.match.display_matches) {
    subject.raise("inbox_display_name_changed", 1,
                  "the Name value is not the one that Windows ships",
                  subject.value_evidence("Name"));
  }
  judge_inbox_values(subject);
  if (!subject.match.build_matches) {
    subject.raise("inbox_build_mismatch", 2,
                  fmt::format("Windows build {} does not ship this provider", subject.build),
                  subject.own_evidence());
  }
}

/// What of a known product's registration is not as the product writes it, besides the path.
void judge_product_difference(ProviderCase& subject) {
  const KnownProvider& row = *subject.match.row;
  if (!subject.match.class_matches && !subject.may_be_lost("Class")) {
    const bool asks_anew = has_credential_class(subject.provider) && row.credentials != YesNo::yes;
    subject.raise("product_class_changed", asks_anew ? 3 : 1,
                  fmt::format("{} registers itself {}", subject.provider.known_as,
                              row.provider_class ? fmt::format("with Class {}", *row.provider_class)
                                                 : "without Class"),
                  subject.value_evidence("Class"));
  }
  // Where both values lead to one file, another place of it is one difference.
  const bool is_told =
      !subject.match.path_matches && names_one_file(subject.provider) && !row.authent_paths.empty();
  if (!subject.match.authent_matches && row.authent_is_known && !is_told &&
      !subject.may_be_lost("AuthentProviderPath")) {
    subject.raise(
        "product_authent_path_changed", 3,
        row.authent_paths.empty()
            ? fmt::format("{} registers no AuthentProviderPath", subject.provider.known_as)
        : subject.value("AuthentProviderPath") == nullptr
            ? fmt::format("{} registers an AuthentProviderPath, and here is none",
                          subject.provider.known_as)
            : fmt::format("AuthentProviderPath is not the one of {}", subject.provider.known_as),
        subject.value_evidence("AuthentProviderPath"));
  }
  if (!subject.match.display_matches) {
    subject.raise("product_display_name_changed", 1,
                  fmt::format("the Name value is not the one that {} writes ({})",
                              subject.provider.known_as, row.display_name),
                  subject.value_evidence("Name"));
  }
}

/// Both names are shown, and what makes the difference where the eye does not see it.
void judge_imitation(ProviderCase& subject) {
  const std::string_view name = subject.provider.name.raw();
  const KnownProvider* row = imitated_provider(name, subject.knowledge);
  if (row == nullptr) {
    return;
  }
  const std::string letters = unusual_letters(name);
  const std::string how = letters.empty() ? std::string() : fmt::format("; it holds {}", letters);
  if (row->is_inbox) {
    subject.raise(
        "name_imitates_inbox", 3,
        fmt::format("the name {} reads like Windows' own {}{}", shown(name), row->name, how),
        subject.own_evidence());
  } else {
    subject.raise(
        "name_imitates_product", 2,
        fmt::format("the name {} reads like {} of {}{}", shown(name), row->name, row->product, how),
        subject.own_evidence());
  }
}

/// A record that nobody verified explains nothing by itself: it says what to look for.
void judge_whole_match(ProviderCase& subject) {
  if (const RegistrationFact* fact = subject.registration();
      fact != nullptr && !fact->link_target.empty()) {
    return;  // No installer writes it so, whatever stands at the link's end.
  }
  const KnownProvider& row = *subject.match.row;
  const std::string by = row.is_users ? ", by the records given with --known" : "";
  if (!row.is_confident) {
    subject.missing("record_unverified",
                    fmt::format("{}, class and the rest are those that {} is said to register; "
                                "that record was not verified on a real host (source: {}){}",
                                subject.match.by_file_name ? "file name" : "path",
                                subject.provider.known_as, row.source, by),
                    subject.own_evidence());
    return;
  }
  // Name and path are public: where the file is said to receive passwords and nothing on record
  // could tell it from another one, they excuse nothing.
  if (!row.is_inbox && row.signers.empty() && has_credential_class(subject.provider)) {
    subject.missing("product_file_not_on_record",
                    fmt::format("{}, class and the rest of the registration are those of {}{}; who "
                                "signs its file is not on record, so nothing tells it from another",
                                subject.match.by_file_name ? "file name" : "path",
                                subject.provider.known_as, by),
                    subject.own_evidence());
    return;
  }
  subject.lower(
      row.is_inbox ? "registration_is_windows_own" : "registration_is_known_product",
      row.is_inbox ? 4 : 3,
      fmt::format("{}, class and the rest of the registration are those of {}{}",
                  subject.match.by_file_name ? "file name (its folder is not on record)" : "path",
                  subject.provider.known_as, by),
      subject.own_evidence());
}

}  // namespace

void judge_name(ProviderCase& subject) {
  const bool is_named_only = subject.provider.state == ProviderState::order_only;
  const bool has_registration = !subject.provider.values.empty();
  if (is_named_only && !has_registration && !subject.provider.state_basis.empty()) {
    subject.missing(
        "registration_not_in_evidence",
        "a logged write put this name into an order; whether a key registers it is in no "
        "evidence of that time",
        subject.own_evidence());
  } else if (is_named_only && !has_registration && !sees_all_services(subject.facts)) {
    subject.missing(
        "registration_not_readable",
        "an order lists this name; whether a key registers it cannot be told: the hive is "
        "damaged, a link leads out of the evidence, or the export does not have all services",
        subject.own_evidence());
  } else if (is_named_only) {
    subject.raise(
        "order_name_without_key", 1,
        "an order lists this name, but no Services key registers it: whoever creates the key "
        "is loaded",
        subject.own_evidence());
  }
  if (subject.match.row == nullptr) {
    // "?": a saved key without the one above it.
    if (subject.provider.name.raw() == "?") {
      subject.missing(
          "name_not_in_evidence",
          "the file is one saved key, and the name of its service is not in it: whether "
          "it is that of a known product cannot be told",
          subject.own_evidence());
    } else if (!is_named_only || has_registration) {
      subject.raise("unknown_name", 1, "no known product registers a provider under this name",
                    subject.own_evidence());
    }
    judge_imitation(subject);
    return;
  }
  subject.provider.known_as =
      fmt::format("{} ({})", subject.match.row->product, subject.match.row->vendor);
  if (subject.match.whole()) {
    judge_whole_match(subject);
  } else if (has_registration && subject.match.row->is_inbox) {
    judge_inbox_difference(subject);
  } else if (has_registration) {
    if (!subject.match.path_matches && !subject.match.row->paths.empty() &&
        !subject.may_be_lost("ProviderPath")) {
      subject.raise(
          "product_name_other_path", 2,
          fmt::format("the name is that of {}, the DLL path is not", subject.provider.known_as),
          subject.value_evidence("ProviderPath"));
    }
    judge_product_difference(subject);
  }
}

}  // namespace npg
