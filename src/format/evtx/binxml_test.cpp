#include "format/evtx/binxml.hpp"

#include <gtest/gtest.h>

#include "format/evtx/system_fields.hpp"
#include "testing/byte_writer.hpp"

namespace npg::evtx {
namespace {

using testing::ByteWriter;

constexpr std::size_t begin = 600;

/// Writes BinXML by hand, as the first record of a chunk would have it.
struct Writer {
  ByteWriter out;
  Writer() { out.add_zeros(begin); }

  void name(std::string_view text) {
    out.add<std::uint32_t>(static_cast<std::uint32_t>(out.size() + 4));
    out.add<std::uint32_t>(0);
    out.add<std::uint16_t>(0);
    out.add<std::uint16_t>(static_cast<std::uint16_t>(text.size()));
    out.add_utf16(text);
    out.add<std::uint16_t>(0);
  }
  void open(std::string_view text) {
    out.add<std::uint8_t>(0x01);
    out.add<std::uint32_t>(0);
    name(text);
    out.add<std::uint8_t>(0x02);
  }
  void open_dependent(std::string_view text, std::uint16_t index) {
    out.add<std::uint8_t>(0x01);
    out.add<std::uint16_t>(index);
    out.add<std::uint32_t>(0);
    name(text);
    out.add<std::uint8_t>(0x02);
  }
  void text(std::string_view characters) {
    out.add<std::uint16_t>(0x0105);
    out.add<std::uint16_t>(static_cast<std::uint16_t>(characters.size()));
    out.add_utf16(characters);
  }
  void close() { out.add<std::uint8_t>(0x04); }
  /// A template instance whose definition stands at `definition`; its head only.
  void instance(std::uint32_t definition) {
    out.add<std::uint16_t>(0x010c);
    out.add<std::uint32_t>(1);
    out.add<std::uint32_t>(definition);
  }
  /// The definition's head, here; gives where its body size stands.
  std::size_t definition() {
    instance(static_cast<std::uint32_t>(out.size() + 10));
    out.add_zeros(24);
    return out.size() - 4;
  }
  void end_definition(std::size_t size_at) {
    out.set<std::uint32_t>(size_at, static_cast<std::uint32_t>(out.size() - size_at - 4));
  }
  Result<void> decode(XmlTree& tree, const Limits& limits = {}) const {
    return BinXmlDecoder(out.view(), limits).decode(out.view().from(begin), tree);
  }
};

std::string text_at(const XmlTree& tree, std::string_view name) {
  const std::uint32_t found = tree.find(XmlTree::root, NodeKind::element, name);
  return found == Node::none ? "(none)" : std::string(tree.text(found).raw());
}

TEST(BinXml, ReadsTextReferencesAndCharacterData) {
  Writer w;
  w.open("a");
  w.text("x");
  w.out.add<std::uint8_t>(0x09);
  w.name("amp");
  w.out.add<std::uint8_t>(0x08);
  w.out.add<std::uint16_t>('y');
  w.out.add<std::uint8_t>(0x07);
  w.out.add<std::uint16_t>(1);
  w.out.add_utf16("<");
  w.close();
  w.out.add<std::uint8_t>(0);
  XmlTree tree;
  ASSERT_TRUE(w.decode(tree));
  EXPECT_EQ(text_at(tree, "a"), "x&y<");
}

TEST(BinXml, AnElementThatDependsOnANullValueIsLeftOut) {
  Writer w;
  const std::size_t size_at = w.definition();
  w.open_dependent("gone", 0);
  w.out.add<std::uint32_t>(0x0100000e);
  w.close();
  w.open_dependent("kept", 1);
  w.out.add<std::uint32_t>(0x0600010e);
  w.close();
  w.out.add<std::uint8_t>(0);
  w.end_definition(size_at);
  w.out.add<std::uint32_t>(2);
  w.out.add<std::uint32_t>(0);           // size 0, type null
  w.out.add<std::uint32_t>(0x00060002);  // size 2, type uint16
  w.out.add<std::uint16_t>(7);
  XmlTree tree;
  ASSERT_TRUE(w.decode(tree));
  EXPECT_EQ(text_at(tree, "gone"), "(none)");
  EXPECT_EQ(text_at(tree, "kept"), "7");
}

TEST(BinXml, ATemplateThatHoldsItselfIsALoop) {
  Writer w;
  const std::size_t size_at = w.definition();
  w.instance(static_cast<std::uint32_t>(size_at - 20));
  w.out.add<std::uint32_t>(0);
  w.end_definition(size_at);
  w.out.add<std::uint32_t>(0);
  XmlTree tree;
  const auto decoded = w.decode(tree);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::loop);
  EXPECT_EQ(decoded.error().offset, size_at + 4);
}

TEST(BinXml, NestingIsBounded) {
  Writer w;
  for (int i = 0; i < 1000; ++i) {
    w.open("e");
  }
  XmlTree tree;
  const auto decoded = w.decode(tree);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(tree.size(), Limits{}.binxml_depth_max + 1);
}

TEST(BinXml, HugeCountsAreRefusedBeforeTheyReserve) {
  for (const std::uint32_t count : {0xffffffffU, 0x7fffffffU, 0x00100000U}) {
    Writer w;
    const std::size_t size_at = w.definition();
    w.out.add<std::uint8_t>(0);
    w.end_definition(size_at);
    const std::size_t count_at = w.out.size();
    w.out.add<std::uint32_t>(count);
    XmlTree tree;
    const auto decoded = w.decode(tree);
    ASSERT_FALSE(decoded) << count;
    EXPECT_EQ(decoded.error().code, ErrorCode::truncated);
    EXPECT_EQ(decoded.error().offset, count_at + 4);
  }
}

TEST(BinXml, BadTokensAndLinksNameTheirPlace) {
  struct Case {
    const char* name;
    std::vector<std::uint8_t> bytes;
    ErrorCode code;
    std::uint64_t offset;
  };
  const Case cases[] = {
      {"unknown token", {0x3f}, ErrorCode::bad_value, begin},
      {"end without a start", {0x04}, ErrorCode::bad_value, begin},
      {"attribute outside an element", {0x06, 0, 0, 0, 0}, ErrorCode::bad_value, begin},
      {"value that is no string", {0x05, 0x08, 0, 0}, ErrorCode::unsupported, begin + 1},
      {"name past the chunk",
       {0x01, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f},
       ErrorCode::truncated,
       0x7fffffff},
      {"definition past the chunk",
       {0x0c, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
       ErrorCode::truncated,
       0xffffffff},
  };
  for (const Case& c : cases) {
    Writer w;
    for (const std::uint8_t byte : c.bytes) {
      w.out.add<std::uint8_t>(byte);
    }
    XmlTree tree;
    const auto decoded = w.decode(tree);
    ASSERT_FALSE(decoded) << c.name;
    EXPECT_EQ(decoded.error().code, c.code) << c.name;
    EXPECT_EQ(decoded.error().offset, c.offset) << c.name;
  }
}

}  // namespace
}  // namespace npg::evtx
