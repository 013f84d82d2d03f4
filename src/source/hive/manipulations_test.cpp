// The manipulation classes of NIST CFReDS (mr-01 to mr-15), done to a built hive: each is noticed,
// by a diagnostic, by a disagreement or by what is recovered, and what it hides is still shown.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "format/regf/base_block.hpp"
#include "source/hive/recovered.hpp"
#include "testing/regf_writer.hpp"

namespace npg {
namespace {

constexpr FileTime when{132'000'000'000'000'000};
constexpr std::string_view evil = "ControlSet001\\Services\\Evil\\NetworkProvider";
constexpr std::string_view services = "ControlSet001\\Services";

using Image = std::vector<std::byte>;

template <typename T>
void put(Image& file, std::uint64_t at, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    file.at(static_cast<std::size_t>(at) + i) =
        static_cast<std::byte>(std::uint64_t{number} >> (8 * i) & 0xffU);
  }
}
std::uint32_t word(const Image& file, std::uint64_t at) {
  return Bytes(file).at<std::uint32_t>(at);
}

Image text_data(std::string_view text) {
  testing::ByteWriter writer;
  writer.add_utf16(text);
  writer.add_zeros(2);
  return writer.take();
}

Image sound_hive() {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::RegfKey& provider = testing::key_at(root, evil, when);
  testing::set_value(provider, {"ProviderPath", reg::sz, text_data("C:\\evil.dll")});
  testing::set_value(provider, {"Class", reg::dword, Image(4, std::byte{2})});
  testing::set_value(provider, {"Blob", reg::binary, Image(100, std::byte{0x42})});
  testing::set_value(provider, {"Big", reg::binary, Image(20'000, std::byte{0x43})});
  for (const char* name : {"Beta", "Gamma", "Zeta"}) {
    testing::key_at(root, std::string(services) + "\\" + name, when);
  }
  testing::key_at(root, "Select", when);
  return testing::write_hive(root);
}

/// All that is said of a hive and shown of it.
struct Seen {
  std::set<std::string> noticed;  ///< diagnostics, disagreements and places, by name
  std::set<std::string> shown;    ///< names of keys and values, in the tree or recovered
  std::map<std::string, std::size_t> data_bytes;  ///< of values, by name: the most shown
};

void take_value(const RegistryValue& value, Seen& seen) {
  const std::string name(value.name.raw());
  seen.shown.insert(name);
  seen.data_bytes[name] = std::max(seen.data_bytes[name], value.data.size());
}

Seen look_at(const Image& image) {
  const MemoryFile file(EvidenceText::from_literal("SYSTEM"), image);
  const auto view = HiveView::open({.file = &file, .evidence = 0}, {}, Limits{});
  Seen seen;
  if (!view) {
    return seen;
  }
  std::vector<KeyId> left = {(*view)->root()};
  while (!left.empty()) {
    const KeyId id = left.back();
    left.pop_back();
    if (const auto key = (*view)->key(id)) {
      seen.shown.insert(std::string(key->name.raw()));
    }
    for (const RegistryValue& value : (*view)->values(id)) {
      take_value(value, seen);
    }
    for (const KeyId child : (*view)->subkeys(id)) {
      left.push_back(child);
    }
  }
  static_cast<void>(read_recovered(
      **view,
      {.wants_key = {},
       .key =
           [&](const RecoveredRegistryKey& key) {
             seen.noticed.insert(std::string(key.place));
             seen.shown.insert(std::string(key.name.raw()));
             for (const RecoveredRegistryValue& value : key.values) {
               take_value(value.value, seen);
             }
           },
       .value =
           [&](const RecoveredLoneValue& value) {
             seen.noticed.insert(std::string(value.place));
             take_value(value.item.value, seen);
           },
       .stretch =
           [&](const RecoveredStretch& stretch) {
             if (stretch.place == "unlisted_cell" && stretch.bytes.size() > 64) {
               seen.noticed.insert("unlisted_data");
             }
           },
       .disagreement =
           [&](const RegistryDisagreement& one) { seen.noticed.insert(std::string(one.kind)); }}));
  for (const Diagnostic& one : (*view)->diagnostics().kept()) {
    seen.noticed.insert(std::string(name_of(one.code)));
  }
  return seen;
}

/// Offsets of the structures that the manipulations change, in the file.
struct Places {
  explicit Places(const Image& image) {
    const MemoryFile file(EvidenceText::from_literal("SYSTEM"), image);
    const auto view = HiveView::open({.file = &file, .evidence = 0}, {}, Limits{});
    const auto at = [&](std::string_view path) {
      return (*view)->key(*find_key(**view, (*view)->root(), path))->origin.offset + 4;
    };
    root = (*view)->key((*view)->root())->origin.offset + 4;
    services_key = at(services);
    services_list = 4096 + word(image, services_key + 0x1c) + 4;
    evil_key = at("ControlSet001\\Services\\Evil");
    beta_key = at("ControlSet001\\Services\\Beta");
    provider_key = at(evil);
    value_list = 4096 + word(image, provider_key + 0x28) + 4;
    const auto value = [&](std::string_view name) {
      return find_value(**view, *find_key(**view, (*view)->root(), evil), name)->origin.offset + 4;
    };
    path_value = value("ProviderPath");
    class_value = value("Class");
    blob_value = value("Blob");
    big_value = value("Big");
  }
  std::uint64_t root = 0;
  std::uint64_t services_key = 0;
  std::uint64_t services_list = 0;
  std::uint64_t evil_key = 0;
  std::uint64_t beta_key = 0;
  std::uint64_t provider_key = 0;
  std::uint64_t value_list = 0;
  std::uint64_t path_value = 0;
  std::uint64_t class_value = 0;
  std::uint64_t blob_value = 0;
  std::uint64_t big_value = 0;
};

void move_root(Image& b, const Places& p) {
  put(b, 36, word(b, 4096 + word(b, p.root + 0x1c) + 8));
}
void mend_checksum(Image& b) {
  put(b, 508, *regf::base_block_checksum(Bytes(b)));
}

struct Case {
  const char* name;
  std::function<void(Image&, const Places&)> change;
  std::vector<std::string> noticed;  ///< all of them
  std::vector<std::string> shown;    ///< what is hidden and shown all the same
};

const Case cases[] = {
    {"mr-01 the root is another key",
     [](Image& b, const Places& p) { move_root(b, p); },
     {"hive_header_damaged"},
     {"ROOT", "Select", "Evil"}},
    {"mr-01 the same, with a right checksum",
     [](Image& b, const Places& p) {
       move_root(b, p);
       mend_checksum(b);
     },
     {"hive_header_damaged"},
     {"ROOT", "Select", "Evil"}},
    {"mr-02 half a key's name",
     [](Image& b, const Places& p) { put(b, p.evil_key + 0x48, std::uint16_t{2}); },
     {"name_hash"},
     {"Ev", "ProviderPath"}},
    {"mr-02 no name at all",
     [](Image& b, const Places& p) { put(b, p.provider_key + 0x48, std::uint16_t{0}); },
     {"name_hash", "record_slack"},
     {"ProviderPath"}},
    {"mr-03 no sub-keys by the count",
     [](Image& b, const Places& p) { put(b, p.services_key + 0x14, std::uint32_t{0}); },
     {"subkey_count"},
     {"Beta", "Evil", "Gamma", "Zeta"}},
    {"mr-03 no list",
     [](Image& b, const Places& p) { put(b, p.services_key + 0x1c, regf::no_cell); },
     {"hive_list_damaged"},
     {"Beta", "Evil", "Gamma", "Zeta"}},
    {"mr-03 neither count nor list",
     [](Image& b, const Places& p) {
       put(b, p.services_key + 0x14, std::uint32_t{0});
       put(b, p.services_key + 0x1c, regf::no_cell);
     },
     {"key_not_listed", "unlisted_cell"},
     {"Beta", "Evil", "Gamma", "Zeta", "ProviderPath"}},
    {"mr-03 a shorter list",
     [](Image& b, const Places& p) { put(b, p.services_list + 2, std::uint16_t{1}); },
     {"key_not_listed"},
     {"Beta", "Evil", "Gamma", "Zeta", "ProviderPath"}},
    {"mr-03 entries of zero",
     [](Image& b, const Places& p) { put(b, p.services_list + 4 + 8, std::uint32_t{0}); },
     {"hive_key_damaged"},
     {"Beta", "Evil", "Gamma", "Zeta", "ProviderPath"}},
    {"mr-04 no values by the count",
     [](Image& b, const Places& p) { put(b, p.provider_key + 0x24, std::uint32_t{0}); },
     {"value_not_listed", "unlisted_cell"},
     {"ProviderPath", "Class"}},
    {"mr-04 no list of values",
     [](Image& b, const Places& p) { put(b, p.provider_key + 0x28, regf::no_cell); },
     {"hive_list_damaged", "value_not_listed"},
     {"ProviderPath", "Class"}},
    {"mr-04 entries of zero",
     [](Image& b, const Places& p) { put(b, p.value_list, std::uint32_t{0}); },
     {"hive_value_damaged", "value_not_listed"},
     {"ProviderPath", "Class"}},
    {"mr-05 no name of a value",
     [](Image& b, const Places& p) { put(b, p.path_value + 2, std::uint16_t{0}); },
     {"record_slack"},
     {""}},
    {"mr-06 no data by the size",
     [](Image& b, const Places& p) { put(b, p.blob_value + 4, std::uint32_t{0}); },
     {"value_size"},
     {"Blob"}},
    {"mr-06 data elsewhere",
     [](Image& b, const Places& p) { put(b, p.blob_value + 8, regf::no_cell); },
     {"hive_value_damaged", "unlisted_data"},
     {"Blob"}},
    {"mr-06 data in the record",
     [](Image& b, const Places& p) { put(b, p.blob_value + 4, std::uint32_t{0x80000004}); },
     {"unlisted_data"},
     {"Blob"}},
    {"mr-07 large data by a small size",
     [](Image& b, const Places& p) { put(b, p.big_value + 4, std::uint32_t{8}); },
     {"unlisted_data"},
     {"Big"}},
    {"mr-08 a loop",
     [](Image& b, const Places& p) { put(b, p.services_list + 4, word(b, 36)); },
     {"listed_twice", "hive_loop"},
     {"Beta", "Evil"}},
    {"mr-09 a number larger than its record",
     [](Image& b, const Places& p) { put(b, p.class_value + 4, std::uint32_t{0x80001000}); },
     {"hive_value_damaged"},
     {"Class"}},
    {"mr-10 binary data larger than their cell",
     [](Image& b, const Places& p) { put(b, p.blob_value + 4, std::uint32_t{0x2000}); },
     {"hive_value_damaged"},
     {"Blob"}},
    {"mr-11 a string larger than the hive",
     [](Image& b, const Places& p) { put(b, p.path_value + 4, std::uint32_t{0x7fff0000}); },
     {"hive_value_damaged"},
     {"ProviderPath"}},
    {"mr-13 a narrow name that says that it is wide",
     [](Image& b, const Places& p) { put(b, p.evil_key + 2, std::uint16_t{0}); },
     {"name_hash"},
     {"ProviderPath"}},
    // An even number of bytes makes another name, which nothing contradicts.
    {"mr-14 the name of a value, of odd length, that says that it is wide",
     [](Image& b, const Places& p) { put(b, p.class_value + 0x10, std::uint16_t{0}); },
     {"name_encoding"},
     {"ProviderPath"}},
    {"mr-15 a key's name in bytes of another encoding",
     [](Image& b, const Places& p) { put(b, p.beta_key + 0x4c, std::uint32_t{0xc8b3e7be}); },
     {"name_hash"},
     {"Evil"}},
};

TEST(Manipulations, NothingIsSaidOfASoundHive) {
  const Seen seen = look_at(sound_hive());
  EXPECT_TRUE(seen.noticed.empty()) << *seen.noticed.begin();
  EXPECT_EQ(seen.data_bytes.at("Big"), 20'000U);
}

TEST(Manipulations, EachIsNoticedAndWhatItHidesIsShown) {
  const Image sound = sound_hive();
  const Places places(sound);
  for (const Case& c : cases) {
    Image changed = sound;
    c.change(changed, places);
    const Seen seen = look_at(changed);
    std::string all;
    for (const std::string& one : seen.noticed) {
      all += one + " ";
    }
    for (const std::string& wanted : c.noticed) {
      EXPECT_TRUE(seen.noticed.contains(wanted)) << c.name << ": " << wanted << " of: " << all;
    }
    for (const std::string& wanted : c.shown) {
      EXPECT_TRUE(seen.shown.contains(wanted)) << c.name << ": " << wanted;
    }
  }
}

/// mr-12: the same hive by another minor version. Large data are told by their record, not by it.
TEST(Manipulations, LargeDataDoNotDependOnTheVersion) {
  Image changed = sound_hive();
  put(changed, 24, std::uint32_t{3});
  mend_checksum(changed);
  const Seen seen = look_at(changed);
  EXPECT_EQ(seen.data_bytes.at("Big"), 20'000U);
}

}  // namespace
}  // namespace npg
