// Decodes BinXML, the token stream of a record, into an XmlTree: template instances expanded,
// values typed (docs/formats/evtx.md, "BinXML"). Positions are chunk-relative, as in the format.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "format/evtx/xml_tree.hpp"

namespace npg::evtx {

/// A template instance's head: where its definition is and where its values are described.
struct TemplateInstance {
  std::uint64_t definition = 0;  ///< chunk-relative
  std::uint64_t body = 0;        ///< the definition's fragment, chunk-relative
  std::uint64_t body_size = 0;
  std::uint64_t descriptors = 0;  ///< the value count's place
};
/// Reads the head of the instance whose token stands at `at` (chunk-relative), not past `end`.
/// Errors: truncated; bad_value when the definition is empty, as in zeroed clusters.
[[nodiscard]] Result<TemplateInstance> read_template_instance(Bytes chunk, std::uint64_t at,
                                                              std::uint64_t end);

/// A place in a template's body that refers to a name by its offset in the chunk.
struct NameReference {
  std::uint32_t at = 0;      ///< of the offset, from the body's start
  bool stands_here = false;  ///< the name follows at once
  Bytes units;
};
/// What else a template depends on than its own bytes.
struct TemplateReferences {
  std::vector<NameReference> names;
  /// False when the body's meaning also hangs on other bytes of the chunk: a definition inside, or
  /// an element head that had to be guessed.
  bool names_only = true;
};

/// For one chunk at a time: what it may expand is bounded for each record and for the chunk as a
/// whole.
class BinXmlDecoder {
 public:
  BinXmlDecoder(Bytes chunk, const Limits& limits) : chunk_(chunk), limits_(limits) {}
  /// Goes on with another chunk, keeping the memory.
  void start_chunk(Bytes chunk) {
    chunk_ = chunk;
    chunk_tokens_ = 0;
  }

  /// Decodes a record's BinXML, a view into the chunk. After an error the tree holds what was read
  /// before it. Errors: truncated, bad_value, limit_exceeded, loop, unsupported.
  [[nodiscard]] Result<void> decode(Bytes binxml, XmlTree& tree);
  /// The same of a BinXML value of an instance of the template defined at `outer` (chunk-relative).
  [[nodiscard]] Result<void> decode_value(Bytes binxml, std::uint64_t outer, XmlTree& tree);
  /// Decodes a template definition's body without values: substitutions become nodes. The same
  /// errors.
  [[nodiscard]] Result<void> decode_template(const TemplateInstance& instance, XmlTree& tree,
                                             TemplateReferences* references = nullptr);
  /// Tokens that the record or template decoded last has cost.
  [[nodiscard]] std::uint64_t tokens() const { return tokens_; }
  /// Charges the chunk for what was decoded elsewhere; false when that is more than it may cost.
  [[nodiscard]] bool charge(std::uint64_t tokens) {
    chunk_tokens_ += tokens;
    return chunk_tokens_ <= limits_.binxml_chunk_nodes_max;
  }

 private:
  /// One run of tokens: a record's, a template body's or a BinXML value's.
  struct Fragment {
    std::uint64_t at = 0;
    std::uint64_t end = 0;
    std::uint32_t base = XmlTree::root;     ///< the node that the fragment's nodes are added to
    std::uint32_t current = XmlTree::root;  ///< the open element or attribute
    std::size_t values_first = 0;
    std::size_t values_count = 0;
    bool has_values = false;      ///< inside a template instance
    bool dependency_ids = false;  ///< elements carry a dependency id; see element_head
    bool optional_null = false;   ///< the open attribute met an optional value that is null
    bool ended = false;           ///< the end token was read
  };
  struct ElementHead {
    std::uint16_t dependency = Node::no_dependency;
    std::uint64_t name_field = 0;
  };

  void start(XmlTree& tree);
  Result<void> run_all(Bytes binxml);
  Result<void> run(Fragment& fragment);
  Result<void> spend(std::uint64_t at, std::uint64_t tokens);
  Result<void> token(Fragment& fragment, std::uint8_t code);
  Result<void> open_element(Fragment& fragment, bool has_attributes);
  Result<void> open_attribute(Fragment& fragment);
  Result<void> literal(Fragment& fragment);
  Result<void> character_data(Fragment& fragment);
  Result<void> character_reference(Fragment& fragment);
  Result<void> entity_reference(Fragment& fragment);
  Result<void> instruction_target(Fragment& fragment);
  Result<void> instruction_data(Fragment& fragment);
  Result<void> substitution(Fragment& fragment, bool optional);
  Result<void> template_instance(Fragment& fragment);
  Result<void> nested(Fragment& fragment, const Value& value);
  Result<std::uint64_t> read_values(std::uint64_t at, std::uint64_t end);

  [[nodiscard]] ElementHead element_head(Fragment& fragment);
  [[nodiscard]] bool head_is_plausible(std::uint64_t at, std::uint64_t end) const;
  [[nodiscard]] bool has_elements(std::uint32_t node) const;
  void leave_attribute(Fragment& fragment);
  Result<void> close_element(Fragment& fragment);
  Result<Bytes> name(std::uint64_t& at, std::uint64_t end);
  Result<Bytes> counted_text(std::uint64_t& at, std::uint64_t end, StaticText what);
  Result<std::uint32_t> add(Fragment& fragment, Node node);
  [[nodiscard]] const Value* value_at(const Fragment& fragment, std::uint16_t index) const;
  [[nodiscard]] std::uint64_t absolute(std::uint64_t at) const { return chunk_.offset() + at; }

  Bytes chunk_;
  const Limits& limits_;
  XmlTree* tree_ = nullptr;
  TemplateReferences* references_ = nullptr;  ///< of the template being decoded, when asked for
  std::uint64_t body_ = 0;                    ///< its body's place
  std::vector<Value> values_;                 ///< the values of every open template instance
  std::vector<std::uint64_t> expanding_;      ///< the definitions of the open template instances
  std::uint64_t depth_ = 0;
  std::uint64_t tokens_ = 0;        ///< of this record, and template values
  std::uint64_t chunk_tokens_ = 0;  ///< of all records so far
  std::uint64_t output_bytes_ = 0;
};

}  // namespace npg::evtx
