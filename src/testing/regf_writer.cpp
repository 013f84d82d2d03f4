#include "testing/regf_writer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "base/evidence_text.hpp"
#include "testing/regf_cells.hpp"

namespace npg::testing {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::uint16_t flag_root = 0x000c;  // hive entry, not deletable
constexpr std::uint16_t flag_compressed = 0x0020;

bool fits_latin1(const std::u16string& units) {
  return std::ranges::all_of(units, [](char16_t unit) { return unit < 0x100; });
}

struct StoredName {
  std::vector<std::byte> bytes;
  bool is_compressed = false;
};

StoredName stored_name(std::string_view name) {
  const std::u16string units = EvidenceText::from_literal(name).to_utf16();
  const bool narrow = fits_latin1(units);
  ByteWriter out;
  for (const char16_t unit : units) {
    if (narrow) {
      out.add<std::uint8_t>(static_cast<std::uint8_t>(unit));
    } else {
      out.add<std::uint16_t>(unit);
    }
  }
  return {out.take(), narrow};
}

std::uint32_t leaf_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char16_t unit : EvidenceText::from_literal(name).to_utf16()) {
    hash = hash * 37 + windows_upcase(unit);
  }
  return hash;
}

}  // namespace

RegfKey& key_at(RegfKey& root, std::string_view path, FileTime last_written) {
  RegfKey* at = &root;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('\\'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    const auto found = std::ranges::find_if(
        at->children, [&](const RegfKey& child) { return equal_names(child.name, name); });
    if (found == at->children.end()) {
      RegfKey made;
      made.name = std::string(name);
      made.last_written = last_written;
      at->children.push_back(std::move(made));
      at = &at->children.back();
    } else {
      at = &*found;
    }
  }
  return *at;
}

void set_value(RegfKey& key, RegfValue value) {
  const auto found = std::ranges::find_if(
      key.values, [&](const RegfValue& other) { return equal_names(other.name, value.name); });
  if (found == key.values.end()) {
    key.values.push_back(std::move(value));
  } else {
    *found = std::move(value);
  }
}

struct HiveWriter::State {
  struct Value {
    std::string name;
    std::uint32_t cell = 0;
    std::uint32_t data_cell = no_cell;
  };
  struct Node {
    std::string name;
    std::uint32_t cell = 0;
    std::uint32_t list_cell = no_cell;
    std::uint32_t values_cell = no_cell;
    std::uint32_t security_cell = 0;
    std::vector<Value> values;
    std::vector<std::unique_ptr<Node>> children;
  };

  CellStore cells;
  std::unique_ptr<Node> root;

  Value write_value(const RegfValue& value) {
    const StoredName name = stored_name(value.name);
    ByteWriter record;
    Value made{.name = value.name};
    record.add_ascii("vk");
    record.add<std::uint16_t>(static_cast<std::uint16_t>(name.bytes.size()));
    const auto size = static_cast<std::uint32_t>(value.data.size());
    if (size <= 4) {
      record.add<std::uint32_t>(size | 0x80000000U);
      record.add(value.data);
      record.add_zeros(4 - size);
    } else {
      made.data_cell = cells.write_data(value.data);
      record.add<std::uint32_t>(size);
      record.add<std::uint32_t>(made.data_cell);
    }
    record.add<std::uint32_t>(value.type);
    record.add<std::uint16_t>(name.is_compressed && !name.bytes.empty() ? 1 : 0);
    record.add<std::uint16_t>(0);
    record.add(name.bytes);
    made.cell = cells.allocate(record.bytes());
    return made;
  }
  void write_value_list(Node& node) {
    cells.release(node.values_cell);
    node.values_cell = no_cell;
    if (!node.values.empty()) {
      ByteWriter list;
      for (const Value& value : node.values) {
        list.add<std::uint32_t>(value.cell);
      }
      node.values_cell = cells.allocate(list.bytes());
    }
    cells.bins.set<std::uint32_t>(cells.at_of(node.cell) + 36,
                                  static_cast<std::uint32_t>(node.values.size()));
    cells.bins.set<std::uint32_t>(cells.at_of(node.cell) + 40, node.values_cell);
  }
  void write_child_list(Node& node) {
    cells.release(node.list_cell);
    node.list_cell = no_cell;
    std::ranges::sort(node.children, {}, [](const auto& child) { return name_key(child->name); });
    if (!node.children.empty()) {
      ByteWriter list;
      list.add_ascii("lh");
      list.add<std::uint16_t>(static_cast<std::uint16_t>(node.children.size()));
      for (const auto& child : node.children) {
        list.add<std::uint32_t>(child->cell);
        list.add<std::uint32_t>(leaf_hash(child->name));
      }
      node.list_cell = cells.allocate(list.bytes());
    }
    cells.bins.set<std::uint32_t>(cells.at_of(node.cell) + 20,
                                  static_cast<std::uint32_t>(node.children.size()));
    cells.bins.set<std::uint32_t>(cells.at_of(node.cell) + 28, node.list_cell);
    write_child_maxima(node);
  }
  void write_child_maxima(Node& node) {
    std::uint32_t name_bytes = 0;
    for (const auto& child : node.children) {
      const std::size_t units = EvidenceText::from_literal(child->name).to_utf16().size();
      name_bytes = std::max(name_bytes, static_cast<std::uint32_t>(units * 2));
    }
    cells.bins.set<std::uint32_t>(cells.at_of(node.cell) + 52, name_bytes);
  }
  void write_value_maxima(Node& node, const RegfValue& value) {
    const std::size_t at = cells.at_of(node.cell);
    const std::size_t units = EvidenceText::from_literal(value.name).to_utf16().size();
    cells.bins.set<std::uint32_t>(at + 60, std::max(cells.bins.get<std::uint32_t>(at + 60),
                                                    static_cast<std::uint32_t>(units * 2)));
    cells.bins.set<std::uint32_t>(at + 64, std::max(cells.bins.get<std::uint32_t>(at + 64),
                                                    static_cast<std::uint32_t>(value.data.size())));
  }

  std::unique_ptr<Node> write_key(const RegfKey& key, const Node* parent, std::uint16_t flags) {
    auto node = std::make_unique<Node>();
    node->name = key.name;
    const StoredName name = stored_name(key.name);
    const std::u16string class_units = EvidenceText::from_literal(key.class_name).to_utf16();
    ByteWriter record;
    record.add_ascii("nk");
    record.add<std::uint16_t>(static_cast<std::uint16_t>(
        flags | key.flags | (name.is_compressed ? flag_compressed : std::uint16_t{0})));
    record.add<std::uint64_t>(key.last_written.ticks);
    record.add<std::uint32_t>(key.access_bits);
    record.add<std::uint32_t>(parent == nullptr ? 0 : parent->cell);
    record.add<std::uint32_t>(0);  // sub-keys
    record.add<std::uint32_t>(0);  // volatile sub-keys
    record.add<std::uint32_t>(no_cell);
    record.add<std::uint32_t>(no_cell);
    record.add<std::uint32_t>(0);  // values
    record.add<std::uint32_t>(no_cell);
    record.add<std::uint32_t>(no_cell);  // security
    record.add<std::uint32_t>(no_cell);  // class name
    record.add_zeros(20);                // maxima and work variable
    record.add<std::uint16_t>(static_cast<std::uint16_t>(name.bytes.size()));
    record.add<std::uint16_t>(static_cast<std::uint16_t>(class_units.size() * 2));
    record.add(name.bytes);
    node->cell = cells.allocate(record.bytes());
    node->security_cell = key.security || parent == nullptr
                              ? cells.security_cell(key.security.value_or(default_descriptor()))
                              : cells.inherited_security(parent->security_cell);
    cells.bins.set<std::uint32_t>(cells.at_of(node->cell) + 44, node->security_cell);
    if (!class_units.empty()) {
      ByteWriter class_name;
      class_name.add_utf16(key.class_name);
      cells.bins.set<std::uint32_t>(cells.at_of(node->cell) + 48,
                                    cells.allocate(class_name.bytes()));
    }
    for (const RegfValue& value : key.values) {
      node->values.push_back(write_value(value));
      write_value_maxima(*node, value);
    }
    write_value_list(*node);
    for (const RegfKey& child : key.children) {
      node->children.push_back(write_key(child, node.get(), 0));
    }
    write_child_list(*node);
    return node;
  }
  static auto child_named(Node& node, std::string_view name) {
    return std::ranges::find_if(node.children,
                                [&](const auto& child) { return equal_names(child->name, name); });
  }
  Node* find(std::string_view path) {
    Node* at = root.get();
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('\\'), path.size());
      const auto found = child_named(*at, path.substr(0, end));
      if (found == at->children.end()) {
        return nullptr;
      }
      at = found->get();
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    return at;
  }
  Node& make(std::string_view path, FileTime when) {
    Node* at = root.get();
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('\\'), path.size());
      const std::string_view name = path.substr(0, end);
      auto found = child_named(*at, name);
      if (found == at->children.end()) {
        RegfKey key;
        key.name = std::string(name);
        key.last_written = when;
        at->children.push_back(write_key(key, at, 0));
        write_child_list(*at);
        touch(*at, when);
        found = child_named(*at, name);
      }
      at = found->get();
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    return *at;
  }
  void touch(Node& node, FileTime when) {
    cells.bins.set<std::uint64_t>(cells.at_of(node.cell) + 4, when.ticks);
  }
  void release_value(const Value& value) {
    cells.release_data(value.data_cell);
    cells.release(value.cell);
  }
  void release_tree(Node& node, FileTime when) {
    for (const auto& child : node.children) {
      release_tree(*child, when);
      touch(node, when);  // Windows deletes from below and writes the parent's time each time.
    }
    for (const Value& value : node.values) {
      release_value(value);
    }
    cells.release(node.values_cell);
    cells.release(node.list_cell);
    cells.release(cells.bins.get<std::uint32_t>(cells.at_of(node.cell) + 48));
    const std::size_t count_at = cells.at_of(node.security_cell) + 12;
    cells.bins.set<std::uint32_t>(count_at, cells.bins.get<std::uint32_t>(count_at) - 1);
    cells.release(node.cell);
  }
};

HiveWriter::HiveWriter(const RegfKey& root) : state_(std::make_unique<State>()) {
  state_->root = state_->write_key(root, nullptr, flag_root);
}
HiveWriter::~HiveWriter() = default;
HiveWriter::HiveWriter(HiveWriter&&) noexcept = default;
HiveWriter& HiveWriter::operator=(HiveWriter&&) noexcept = default;

bool HiveWriter::remove_key(std::string_view path, FileTime when) {
  const std::size_t cut = path.rfind('\\');
  State::Node* parent =
      cut == std::string_view::npos ? state_->root.get() : state_->find(path.substr(0, cut));
  if (parent == nullptr || path.empty()) {
    return false;
  }
  const auto found =
      State::child_named(*parent, cut == std::string_view::npos ? path : path.substr(cut + 1));
  if (found == parent->children.end()) {
    return false;
  }
  state_->release_tree(**found, when);
  parent->children.erase(found);
  state_->write_child_list(*parent);
  state_->touch(*parent, when);
  return true;
}

bool HiveWriter::remove_value(std::string_view path, std::string_view name, FileTime when) {
  State::Node* node = state_->find(path);
  if (node == nullptr) {
    return false;
  }
  const auto found = std::ranges::find_if(
      node->values, [&](const State::Value& value) { return equal_names(value.name, name); });
  if (found == node->values.end()) {
    return false;
  }
  state_->release_value(*found);
  node->values.erase(found);
  state_->write_value_list(*node);
  state_->touch(*node, when);
  return true;
}

void HiveWriter::set_value(std::string_view path, const RegfValue& value, FileTime when) {
  State::Node& node = state_->make(path, when);
  const auto found = std::ranges::find_if(
      node.values, [&](const State::Value& other) { return equal_names(other.name, value.name); });
  if (found != node.values.end()) {
    state_->release_value(*found);
    *found = state_->write_value(value);
  } else {
    node.values.push_back(state_->write_value(value));
  }
  state_->write_value_maxima(node, value);
  state_->write_value_list(node);
  state_->touch(node, when);
}

void HiveWriter::add_key(std::string_view path, FileTime when) {
  state_->touch(state_->make(path, when), when);
}

std::vector<std::byte> HiveWriter::image(const HiveStamp& stamp) const {
  ByteWriter out;
  out.add_ascii("regf");
  out.add<std::uint32_t>(stamp.primary_sequence);
  out.add<std::uint32_t>(stamp.secondary_sequence);
  out.add<std::uint64_t>(stamp.last_written.ticks);
  out.add<std::uint32_t>(1);
  out.add<std::uint32_t>(stamp.minor_version);
  out.add<std::uint32_t>(0);
  out.add<std::uint32_t>(1);
  out.add<std::uint32_t>(state_->root->cell);
  out.add<std::uint32_t>(static_cast<std::uint32_t>(state_->cells.bins.size()));
  out.add<std::uint32_t>(1);
  out.add_utf16(stamp.file_name.substr(0, 31));
  out.add_zeros(page_bytes - out.size());
  out.add(state_->cells.bins.bytes());
  // The first bin keeps a copy of the time.
  out.set<std::uint64_t>(page_bytes + 20, stamp.last_written.ticks);
  std::vector<std::byte> hive = out.take();
  restamp_hive(hive, stamp.primary_sequence, stamp.secondary_sequence);
  return hive;
}

std::vector<std::byte> write_hive(const RegfKey& root, const HiveStamp& stamp) {
  return HiveWriter(root).image(stamp);
}

}  // namespace npg::testing
