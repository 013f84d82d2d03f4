#include "app/saved_parts.hpp"

#include <fmt/format.h>

namespace npg {

std::optional<SavedPart> part_in(const HiveView& hive, Reading& reading) {
  const bool is_whole = reading.hive_kind == HiveKind::system ||
                        reading.hive_kind == HiveKind::software ||
                        reading.hive_kind == HiveKind::security;
  const auto part = is_whole ? std::nullopt : saved_part_of(hive);
  if (part) {
    reading.hive_kind = part->kind;
    reading.is_part = true;
    reading.diagnostics.add(
        DiagnosticCode::file_unrecognised, Severity::notice, 0, 0,
        fmt::format("The file is no whole hive: by what it holds it is {} of a {} hive, saved by "
                    "itself. Its facts are given with that path.{}{}",
                    escape_for_terminal(EvidenceText::from_utf8(part->path)), name_of(part->kind),
                    part->doubt.empty() ? "" : " ", part->doubt));
  } else if (reading.hive_kind == HiveKind::other) {
    const auto id = provider_key_in(hive);
    const auto key = id ? hive.key(*id) : Result<RegistryKey>(fail(ErrorCode::not_found, 0, "key"));
    if (key) {
      reading.diagnostics.add(Diagnostic{
          .code = DiagnosticCode::file_unrecognised,
          .severity = Severity::data_loss,
          .offset = key->origin.offset,
          .text = fmt::format(
              "The key {} has values of a network provider or of an order, and the file "
              "does not tell which hive it is of, and where in it: nothing of it is used.",
              escape_for_terminal(key->name)),
          .evidence = key->origin.evidence});
    }
  }
  return part;
}

std::optional<SavedPartView> placed_view(const HiveView& hive,
                                         const std::optional<SavedPart>& part) {
  return part ? std::optional<SavedPartView>(std::in_place, hive, part->path) : std::nullopt;
}

}  // namespace npg
