// A STIX bundle read object by object, without keeping more than one object's tokens. Every check
// that needs one object alone is made here; those over all objects are in import.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "attack/json_tape.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace npg::attack {

struct BundleObject {
  std::string_view raw;      ///< the exact bytes, from { to }
  std::uint64_t offset = 0;  ///< of the first byte in the text
  const JsonTape& tape;
  std::string_view id;  ///< views of the text: neither is written with escapes
  std::string_view type;
};

struct BundleInfo {
  std::string id;
  bool stix21 = false;  ///< the bundle's form: 2.0 when it says so itself, otherwise 2.1
  std::uint64_t objects = 0;
};

/// Gives each object of a bundle to `visit`. A failure, its own or of `visit`, ends the reading.
/// Errors: those of scan_json; bad_value for what is not a bundle ("stix.bundle"), an object
/// without type or with an id that is not its type and a UUID, both written without escapes
/// ("stix.id"), or bytes after the end;
/// limit_exceeded.
[[nodiscard]] Result<BundleInfo> read_bundle(
    std::string_view text, const Limits& limits,
    const std::function<Result<void>(const BundleObject&)>& visit);

/// True for "type--xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx".
[[nodiscard]] bool is_stix_id(std::string_view id);

/// The id that people use: the external_id of the reference whose source is ATT&CK's; empty when
/// the object has none.
[[nodiscard]] std::string attack_id_of(const JsonValue& object);

/// Compares versions number by number: 1.9 is before 1.10.
[[nodiscard]] int compare_versions(std::string_view left, std::string_view right);

}  // namespace npg::attack
