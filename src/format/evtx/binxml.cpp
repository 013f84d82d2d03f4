#include "format/evtx/binxml.hpp"

#include "format/evtx/layout.hpp"

namespace npg::evtx {
namespace {

namespace code {
constexpr std::uint8_t end_of_fragment = 0x00;
constexpr std::uint8_t open_element = 0x01;
constexpr std::uint8_t close_start_tag = 0x02;
constexpr std::uint8_t close_empty_element = 0x03;
constexpr std::uint8_t end_element = 0x04;
constexpr std::uint8_t value = 0x05;
constexpr std::uint8_t attribute = 0x06;
constexpr std::uint8_t character_data = 0x07;
constexpr std::uint8_t character_reference = 0x08;
constexpr std::uint8_t entity_reference = 0x09;
constexpr std::uint8_t instruction_target = 0x0a;
constexpr std::uint8_t instruction_data = 0x0b;
constexpr std::uint8_t template_instance = 0x0c;
constexpr std::uint8_t normal_substitution = 0x0d;
constexpr std::uint8_t optional_substitution = 0x0e;
constexpr std::uint8_t fragment_header = 0x0f;
constexpr std::uint8_t more_flag = 0x40;
}  // namespace code

constexpr std::uint64_t fragment_header_size = 4;

/// A number at `at` that lies before `end`, both chunk-relative.
template <typename T>
Result<T> number(Bytes chunk, std::uint64_t at, std::uint64_t end, StaticText what) {
  return chunk.clamp(0, end).get<T>(at, what);
}

}  // namespace

Result<void> BinXmlDecoder::decode(Bytes binxml, XmlTree& tree) {
  start(tree);
  return run_all(binxml);
}

Result<void> BinXmlDecoder::decode_value(Bytes binxml, std::uint64_t outer, XmlTree& tree) {
  start(tree);
  expanding_.push_back(outer);
  return run_all(binxml);
}

Result<void> BinXmlDecoder::run_all(Bytes binxml) {
  const std::uint64_t at = binxml.offset() - chunk_.offset();
  Fragment fragment{.at = at, .end = at + binxml.size()};
  return run(fragment);
}

Result<void> BinXmlDecoder::decode_template(const TemplateInstance& instance, XmlTree& tree,
                                            TemplateReferences* references) {
  start(tree);
  references_ = references;
  body_ = instance.body;
  Fragment fragment{
      .at = instance.body, .end = instance.body + instance.body_size, .dependency_ids = true};
  return run(fragment);
}

void BinXmlDecoder::start(XmlTree& tree) {
  tree.clear();
  tree_ = &tree;
  references_ = nullptr;
  values_.clear();
  expanding_.clear();
  depth_ = 0;
  tokens_ = 0;
  output_bytes_ = 0;
}

Result<void> BinXmlDecoder::run(Fragment& fragment) {
  const std::uint64_t depth_before = depth_;
  while (fragment.at < fragment.end && !fragment.ended) {
    NPG_TRY_VOID(spend(fragment.at, 1));
    NPG_TRY_VOID(token(fragment, chunk_.at<std::uint8_t>(fragment.at)));
  }
  leave_attribute(fragment);
  if (fragment.current != fragment.base) {
    return fail(ErrorCode::truncated, absolute(fragment.at), "evtx.binxml.end_of_element", 1, 0);
  }
  depth_ = depth_before;
  return {};
}

Result<void> BinXmlDecoder::spend(std::uint64_t at, std::uint64_t tokens) {
  tokens_ += tokens;
  chunk_tokens_ += tokens;
  if (tokens_ > limits_.binxml_nodes_max) {
    return fail(ErrorCode::limit_exceeded, absolute(at), "evtx.binxml.tokens", tokens_,
                limits_.binxml_nodes_max);
  }
  if (chunk_tokens_ > limits_.binxml_chunk_nodes_max) {
    return fail(ErrorCode::limit_exceeded, absolute(at), "evtx.chunk.tokens", chunk_tokens_,
                limits_.binxml_chunk_nodes_max);
  }
  return {};
}

Result<void> BinXmlDecoder::token(Fragment& fragment, std::uint8_t code) {
  const bool more = (code & code::more_flag) != 0;
  switch (code & static_cast<std::uint8_t>(~code::more_flag)) {
    case code::end_of_fragment:
      fragment.at += 1;
      fragment.ended = true;
      return {};
    case code::fragment_header: fragment.at += fragment_header_size; return {};
    case code::open_element: return open_element(fragment, more);
    case code::close_start_tag:
      leave_attribute(fragment);
      fragment.at += 1;
      return {};
    case code::close_empty_element:
    case code::end_element: fragment.at += 1; return close_element(fragment);
    case code::value: return literal(fragment);
    case code::attribute: return open_attribute(fragment);
    case code::character_data: return character_data(fragment);
    case code::character_reference: return character_reference(fragment);
    case code::entity_reference: return entity_reference(fragment);
    case code::instruction_target: return instruction_target(fragment);
    case code::instruction_data: return instruction_data(fragment);
    case code::template_instance: return template_instance(fragment);
    case code::normal_substitution: return substitution(fragment, false);
    case code::optional_substitution: return substitution(fragment, true);
    default: return fail(ErrorCode::bad_value, absolute(fragment.at), "evtx.binxml.token", 0, code);
  }
}

Result<void> BinXmlDecoder::open_element(Fragment& fragment, bool has_attributes) {
  leave_attribute(fragment);
  const std::uint64_t start = fragment.at;
  const ElementHead head = element_head(fragment);
  std::uint64_t at = head.name_field;
  NPG_TRY(const Bytes element_name, name(at, fragment.end));
  if (has_attributes) {
    NPG_TRY_VOID(number<std::uint32_t>(chunk_, at, fragment.end, "evtx.element.attributes_size"));
    at += 4;
  }
  if (++depth_ > limits_.binxml_depth_max) {
    return fail(ErrorCode::limit_exceeded, absolute(start), "evtx.binxml.depth", depth_,
                limits_.binxml_depth_max);
  }
  fragment.at = at;
  NPG_TRY(
      fragment.current,
      add(fragment, {.kind = NodeKind::element, .number = head.dependency, .bytes = element_name}));
  return {};
}

BinXmlDecoder::ElementHead BinXmlDecoder::element_head(Fragment& fragment) {
  // Quirk: the two bytes of the dependency id are there in template definitions and absent in
  // BinXML values and in some records that forwarding wrote; nothing in the file says which. The
  // reading whose size and name make sense is taken, the one that fitted last time first.
  const std::uint64_t with = fragment.at + 3;
  const std::uint64_t without = fragment.at + 1;
  if (!head_is_plausible(fragment.dependency_ids ? with : without, fragment.end)) {
    if (references_ != nullptr) {
      references_->names_only = false;
    }
    if (head_is_plausible(fragment.dependency_ids ? without : with, fragment.end)) {
      fragment.dependency_ids = !fragment.dependency_ids;
    }
  }
  if (!fragment.dependency_ids) {
    return {.name_field = without + 4};
  }
  const auto dependency = chunk_.get<std::uint16_t>(without, "evtx.element.dependency");
  return {.dependency = dependency ? *dependency : Node::no_dependency, .name_field = with + 4};
}

bool BinXmlDecoder::head_is_plausible(std::uint64_t at, std::uint64_t end) const {
  using L = layout::Name;
  const auto size = number<std::uint32_t>(chunk_, at, end, "evtx.element.size");
  const auto offset = number<std::uint32_t>(chunk_, at + 4, end, "evtx.name_offset");
  if (!size || !offset || *size > end - at - 4) {
    return false;
  }
  const auto header = chunk_.record<L>(*offset);
  if (!header || header->get<L::length>() == 0) {
    return false;
  }
  const std::uint64_t terminator =
      std::uint64_t{*offset} + L::size + std::uint64_t{header->get<L::length>()} * 2;
  const auto nul = chunk_.get<std::uint16_t>(terminator, "evtx.name.terminator");
  return nul && *nul == 0;
}

Result<Bytes> BinXmlDecoder::name(std::uint64_t& at, std::uint64_t end) {
  using L = layout::Name;
  NPG_TRY(const auto offset, number<std::uint32_t>(chunk_, at, end, "evtx.name_offset"));
  at += 4;
  NPG_TRY(const auto header, chunk_.record<L>(offset));
  const std::uint64_t size = std::uint64_t{header.template get<L::length>()} * 2;
  NPG_TRY(const Bytes units, chunk_.slice(std::uint64_t{offset} + L::size, size, "evtx.name"));
  if (references_ != nullptr) {
    references_->names.push_back({.at = static_cast<std::uint32_t>(at - 4 - body_),
                                  .stands_here = offset == at,
                                  .units = units});
  }
  if (offset == at) {
    // The name stands here, with a NUL after it.
    at += L::size + size + 2;
    if (at > end) {
      return fail(ErrorCode::truncated, absolute(offset), "evtx.name", L::size + size + 2,
                  end - offset);
    }
  }
  return units;
}

Result<std::uint32_t> BinXmlDecoder::add(Fragment& fragment, Node node) {
  output_bytes_ += node.bytes.size();
  if (output_bytes_ > limits_.binxml_output_bytes_max) {
    return fail(ErrorCode::limit_exceeded, absolute(fragment.at), "evtx.binxml.output",
                output_bytes_, limits_.binxml_output_bytes_max);
  }
  node.parent = fragment.current;
  return tree_->add(node);
}

void BinXmlDecoder::leave_attribute(Fragment& fragment) {
  if (fragment.current == fragment.base) {
    return;
  }
  const Node& node = (*tree_)[fragment.current];
  if (node.kind != NodeKind::attribute && node.kind != NodeKind::instruction) {
    return;
  }
  const std::uint32_t parent = node.parent;
  if (fragment.optional_null && node.first_child == Node::none) {
    tree_->cut(fragment.current);
  }
  fragment.optional_null = false;
  fragment.current = parent;
}

Result<void> BinXmlDecoder::close_element(Fragment& fragment) {
  leave_attribute(fragment);
  if (fragment.current == fragment.base) {
    return fail(ErrorCode::bad_value, absolute(fragment.at - 1), "evtx.binxml.end_of_element");
  }
  const Node& node = (*tree_)[fragment.current];
  const std::uint32_t closed = fragment.current;
  fragment.current = node.parent;
  --depth_;
  // An element that depends on a null value is left out. Quirk: Windows' templates let Event itself
  // depend on the value that holds the event's data, so one that has further elements stays.
  const Value* value = value_at(fragment, node.number);
  if (value != nullptr && value->is_null() && !has_elements(closed)) {
    tree_->cut(closed);
  }
  return {};
}

bool BinXmlDecoder::has_elements(std::uint32_t node) const {
  for (std::uint32_t i = (*tree_)[node].first_child; i != Node::none; i = (*tree_)[i].next) {
    if ((*tree_)[i].kind == NodeKind::element) {
      return true;
    }
  }
  return false;
}

Result<void> BinXmlDecoder::open_attribute(Fragment& fragment) {
  leave_attribute(fragment);
  if ((*tree_)[fragment.current].kind != NodeKind::element) {
    return fail(ErrorCode::bad_value, absolute(fragment.at), "evtx.binxml.attribute");
  }
  std::uint64_t at = fragment.at + 1;
  NPG_TRY(const Bytes attribute_name, name(at, fragment.end));
  fragment.at = at;
  NPG_TRY(fragment.current, add(fragment, {.kind = NodeKind::attribute, .bytes = attribute_name}));
  return {};
}

Result<Bytes> BinXmlDecoder::counted_text(std::uint64_t& at, std::uint64_t end, StaticText what) {
  NPG_TRY(const auto count, number<std::uint16_t>(chunk_, at, end, what));
  NPG_TRY(const Bytes units, chunk_.clamp(0, end).slice(at + 2, std::uint64_t{count} * 2, what));
  at += 2 + units.size();
  return units;
}

Result<void> BinXmlDecoder::literal(Fragment& fragment) {
  std::uint64_t at = fragment.at + 1;
  NPG_TRY(const auto type, number<std::uint8_t>(chunk_, at, fragment.end, "evtx.value.type"));
  if (type != static_cast<std::uint8_t>(ValueType::string)) {
    return fail(ErrorCode::unsupported, absolute(at), "evtx.value.type", 1, type);
  }
  at += 1;
  NPG_TRY(const Bytes units, counted_text(at, fragment.end, "evtx.value.text"));
  fragment.at = at;
  NPG_TRY_VOID(add(fragment, {.kind = NodeKind::value, .value_type = type, .bytes = units}));
  return {};
}

Result<void> BinXmlDecoder::character_data(Fragment& fragment) {
  std::uint64_t at = fragment.at + 1;
  NPG_TRY(const Bytes units, counted_text(at, fragment.end, "evtx.character_data"));
  fragment.at = at;
  NPG_TRY_VOID(add(fragment, {.kind = NodeKind::value,
                              .value_type = static_cast<std::uint8_t>(ValueType::string),
                              .bytes = units}));
  return {};
}

Result<void> BinXmlDecoder::character_reference(Fragment& fragment) {
  NPG_TRY(const auto unit,
          number<std::uint16_t>(chunk_, fragment.at + 1, fragment.end, "evtx.character_reference"));
  fragment.at += 3;
  NPG_TRY_VOID(add(fragment, {.kind = NodeKind::character, .number = unit, .bytes = {}}));
  return {};
}

Result<void> BinXmlDecoder::entity_reference(Fragment& fragment) {
  std::uint64_t at = fragment.at + 1;
  NPG_TRY(const Bytes entity, name(at, fragment.end));
  fragment.at = at;
  NPG_TRY_VOID(add(fragment, {.kind = NodeKind::entity, .bytes = entity}));
  return {};
}

Result<void> BinXmlDecoder::instruction_target(Fragment& fragment) {
  leave_attribute(fragment);
  std::uint64_t at = fragment.at + 1;
  NPG_TRY(const Bytes target, name(at, fragment.end));
  fragment.at = at;
  NPG_TRY(fragment.current, add(fragment, {.kind = NodeKind::instruction, .bytes = target}));
  return {};
}

Result<void> BinXmlDecoder::instruction_data(Fragment& fragment) {
  NPG_TRY_VOID(character_data(fragment));
  leave_attribute(fragment);
  return {};
}

}  // namespace npg::evtx
