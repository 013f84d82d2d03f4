// The forms of one object that its hashes are made of.
// docs/attack.md names the four hashes and the fields that the content form drops.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "attack/digest.hpp"
#include "attack/json_tape.hpp"

namespace npg::attack {

/// The rule of the content form. A change of it makes content hashes of stores incomparable.
inline constexpr int content_rule_version = 1;

/// JSON.stringify's form: source order, no white space, shortest escapes, UTF-8.
void append_minified(std::string& out, const JsonValue& value);
/// RFC 8785: as minified, members sorted by UTF-16 units.
void append_canonical(std::string& out, const JsonValue& value);
/// RFC 8785 of an object without its bookkeeping, lists that have no order sorted.
void append_content(std::string& out, const JsonValue& object);

/// RFC 8785 with the lists that have no order sorted: two of the same differ at most in order.
void append_arranged(std::string& out, const JsonValue& object);

/// Forms of an object that are made in one go, at little more than the cost of one.
struct ObjectForms {
  std::string canonical;
  std::string content;
  std::string arranged;  ///< empty where it is the canonical form
};
void make_forms(ObjectForms& out, const JsonValue& object);

/// True for a member that the content form leaves out whatever its value, for this type of object.
[[nodiscard]] bool is_bookkeeping(std::string_view member, std::string_view type);
/// True for a list whose order says nothing.
[[nodiscard]] bool is_set(std::string_view member);
/// True for a value that says no more than its absence: "", [], {}, null, and false of a state.
[[nodiscard]] bool is_empty(std::string_view member, const JsonValue& value);

/// The four hashes of an object. docs/attack.md says what each is good for.
struct ObjectHashes {
  Digest raw{};        ///< its bytes in the file
  Digest minified{};   ///< append_minified
  Digest canonical{};  ///< append_canonical
  Digest content{};    ///< append_content
  bool operator==(const ObjectHashes&) const = default;
};
/// All four of an object's exact bytes, which must be JSON that scan_json accepted as `tape`.
[[nodiscard]] ObjectHashes hashes_of(std::string_view raw, const JsonTape& tape, Hasher& hasher);

}  // namespace npg::attack
