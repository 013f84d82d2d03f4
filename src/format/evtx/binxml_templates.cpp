// The part of the decoder that expands template instances: their values, substitutions and the
// fragments inside values.
#include <algorithm>

#include "format/evtx/binxml.hpp"
#include "format/evtx/layout.hpp"

namespace npg::evtx {
namespace {

constexpr std::uint64_t instance_head_size = 10;
constexpr std::uint64_t descriptor_size = 4;

}  // namespace

Result<TemplateInstance> read_template_instance(Bytes chunk, std::uint64_t at, std::uint64_t end) {
  NPG_TRY(const auto definition, chunk.clamp(0, end).get<std::uint32_t>(
                                     at + 6, "evtx.template_instance.definition_offset"));
  NPG_TRY(const auto header, chunk.record<layout::TemplateDefinition>(definition));
  const std::uint64_t body = std::uint64_t{definition} + layout::TemplateDefinition::size;
  const std::uint64_t body_size = header.get<layout::TemplateDefinition::body_size>();
  NPG_TRY_VOID(chunk.slice(body, body_size, "evtx.template_definition.body"));
  if (body_size == 0) {
    return fail(ErrorCode::bad_value, chunk.offset() + definition + 20,
                "evtx.template_definition.body_size");
  }
  const std::uint64_t after_head = at + instance_head_size;
  // The definition stands in the record that used it first, and is referred to from then on.
  const bool here = definition == after_head;
  return TemplateInstance{.definition = definition,
                          .body = body,
                          .body_size = body_size,
                          .descriptors = here ? body + body_size : after_head};
}

const Value* BinXmlDecoder::value_at(const Fragment& fragment, std::uint16_t index) const {
  return fragment.has_values && index < fragment.values_count
             ? &values_[fragment.values_first + index]
             : nullptr;
}

Result<void> BinXmlDecoder::substitution(Fragment& fragment, bool optional) {
  NPG_TRY(
      const auto index,
      chunk_.clamp(0, fragment.end).get<std::uint16_t>(fragment.at + 1, "evtx.substitution.index"));
  NPG_TRY_VOID(
      chunk_.clamp(0, fragment.end).get<std::uint8_t>(fragment.at + 3, "evtx.substitution.type"));
  fragment.at += 4;
  if (!fragment.has_values) {
    NPG_TRY_VOID(add(fragment, {.kind = NodeKind::substitution,
                                .value_type = static_cast<std::uint8_t>(optional ? 1 : 0),
                                .number = index,
                                .bytes = {}}));
    return {};
  }
  // An index past the values is taken for null, as Windows gives nothing for it either.
  const Value* found = value_at(fragment, index);
  const Value value = found == nullptr ? Value{} : *found;
  if (value.is_null()) {
    if (optional) {
      fragment.optional_null = true;
      return {};
    }
  } else if (!value.is_array() && value.type() == ValueType::binxml &&
             (*tree_)[fragment.current].kind != NodeKind::attribute) {
    return nested(fragment, value);
  }
  NPG_TRY_VOID(
      add(fragment, {.kind = NodeKind::value, .value_type = value.raw_type, .bytes = value.data}));
  return {};
}

Result<void> BinXmlDecoder::nested(Fragment& fragment, const Value& value) {
  if (++depth_ > limits_.binxml_depth_max) {
    return fail(ErrorCode::limit_exceeded, value.data.offset(), "evtx.binxml.depth", depth_,
                limits_.binxml_depth_max);
  }
  const std::uint64_t at = value.data.offset() - chunk_.offset();
  Fragment inner{.at = at,
                 .end = at + value.data.size(),
                 .base = fragment.current,
                 .current = fragment.current};
  NPG_TRY_VOID(run(inner));
  --depth_;
  return {};
}

Result<std::uint64_t> BinXmlDecoder::read_values(std::uint64_t at, std::uint64_t end) {
  NPG_TRY(const auto count,
          chunk_.clamp(0, end).get<std::uint32_t>(at, "evtx.template_instance.value_count"));
  const std::uint64_t descriptors = at + 4;
  const std::uint64_t descriptors_size = std::uint64_t{count} * descriptor_size;
  NPG_TRY_VOID(chunk_.clamp(0, end).slice(descriptors, descriptors_size,
                                          "evtx.template_instance.descriptors"));
  NPG_TRY_VOID(spend(at, count));
  std::uint64_t data = descriptors + descriptors_size;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto size = chunk_.at<std::uint16_t>(descriptors + i * descriptor_size);
    const auto type = chunk_.at<std::uint8_t>(descriptors + i * descriptor_size + 2);
    NPG_TRY(const Bytes bytes,
            chunk_.clamp(0, end).slice(data, size, "evtx.template_instance.value"));
    values_.push_back({.raw_type = type, .data = bytes});
    data += size;
  }
  return data;
}

Result<void> BinXmlDecoder::template_instance(Fragment& fragment) {
  leave_attribute(fragment);
  if (references_ != nullptr) {
    references_->names_only = false;
  }
  NPG_TRY(const TemplateInstance instance,
          read_template_instance(chunk_, fragment.at, fragment.end));
  if (std::ranges::find(expanding_, instance.definition) != expanding_.end()) {
    return fail(ErrorCode::loop, absolute(fragment.at), "evtx.template_instance.definition_offset");
  }
  if (++depth_ > limits_.binxml_depth_max) {
    return fail(ErrorCode::limit_exceeded, absolute(fragment.at), "evtx.binxml.depth", depth_,
                limits_.binxml_depth_max);
  }
  const std::size_t values_first = values_.size();
  NPG_TRY(fragment.at, read_values(instance.descriptors, fragment.end));
  Fragment inner{.at = instance.body,
                 .end = instance.body + instance.body_size,
                 .base = fragment.current,
                 .current = fragment.current,
                 .values_first = values_first,
                 .values_count = values_.size() - values_first,
                 .has_values = true,
                 .dependency_ids = true};
  expanding_.push_back(instance.definition);
  NPG_TRY_VOID(run(inner));
  expanding_.pop_back();
  values_.resize(values_first);
  --depth_;
  return {};
}

}  // namespace npg::evtx
