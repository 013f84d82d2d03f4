#include "format/event_text/event_xml.hpp"

#include <gtest/gtest.h>

#include "format/event_text/text_start.hpp"

namespace npg {
namespace {

TEST(EventXml, ReadsElementsAttributesAndReferences) {
  const auto xml = EventXml::read(
      "<?xml version='1.0'?><!-- x --><e:Event xmlns:e='y'><System><Provider Name=\"A &amp; "
      "&#x42;\"/>"
      "<EventID Qualifiers=''>13</EventID></System><EventData><Data Name='a'>1 &lt; "
      "2&#x1;<![CDATA[<&>]]>"
      "</Data><Data/></EventData></e:Event> rest",
      0, StreamLimits{});
  ASSERT_TRUE(xml);
  const std::uint32_t system = xml->element(EventXml::root, "System");
  EXPECT_EQ((*xml)[EventXml::root].name, "Event");
  EXPECT_EQ(xml->attribute(xml->element(system, "Provider"), "Name")->raw(), "A & B");
  EXPECT_EQ(xml->text(system, "EventID")->raw(), "13");
  const std::uint32_t data = xml->element(EventXml::root, "EventData");
  EXPECT_EQ(xml->text(data, "Data")->raw(), "1 < 2\x01<&>");
  EXPECT_EQ(xml->element(data, "System"), XmlNode::none);
  EXPECT_EQ(xml->element(XmlNode::none, "System"), XmlNode::none);
  EXPECT_TRUE(xml->has_elements(data));
}

TEST(EventXml, RefusesWhatItDoesNotKnow) {
  struct Case {
    std::string_view text;
    ErrorCode code;
  };
  const Case cases[] = {
      {"", ErrorCode::bad_value},
      {"text", ErrorCode::bad_value},
      {"<a>", ErrorCode::truncated},
      {"<a", ErrorCode::truncated},
      {"<a b", ErrorCode::bad_value},
      {"<a b=", ErrorCode::bad_value},
      {"<a b='", ErrorCode::truncated},
      {"<a></b>", ErrorCode::bad_value},
      {"<a>&e;</a>", ErrorCode::bad_value},
      {"<a>&#xD80000000;</a>", ErrorCode::bad_value},
      {"<a>&#x110000;</a>", ErrorCode::bad_value},
      {"<a>&amp</a>", ErrorCode::bad_value},
      {"<a><!-- x</a>", ErrorCode::truncated},
      {"<a><![CDATA[x</a>", ErrorCode::truncated},
      {"<a><?x</a>", ErrorCode::truncated},
      {"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", ErrorCode::unsupported},
      {"<a><!ENTITY e 'x'></a>", ErrorCode::unsupported},
      {"< a/>", ErrorCode::bad_value},
  };
  for (const Case& one : cases) {
    const auto xml = EventXml::read(one.text, 100, StreamLimits{});
    ASSERT_FALSE(xml) << one.text;
    EXPECT_EQ(xml.error().code, one.code) << one.text;
    EXPECT_GE(xml.error().offset, 100U);
    EXPECT_LE(xml.error().offset, 100U + one.text.size());
  }
}

TEST(EventXml, IsBoundedInDepthAndSize) {
  StreamLimits limits;
  limits.event_xml_depth_max = 8;
  limits.event_xml_nodes_max = 100;
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += "<a>";
  }
  EXPECT_EQ(EventXml::read(deep, 0, limits).error().code, ErrorCode::limit_exceeded);
  std::string wide = "<a>";
  for (int i = 0; i < 100'000; ++i) {
    wide += "<b/>";
  }
  EXPECT_EQ(EventXml::read(wide + "</a>", 0, limits).error().code, ErrorCode::limit_exceeded);
}

TEST(TextStart, TellsEventsFromOtherText) {
  struct Case {
    std::string_view text;
    EventText kind;
  };
  const Case cases[] = {
      {R"({"Event":{"System":{}}})", EventText::json},
      {" \r\n[ {\"SourceName\":\"x\",\n\"Channel\":1}]", EventText::json},
      {R"({"result":{"_raw":"x"}})", EventText::json},
      {"\xef\xbb\xbf{\"winlog.channel\":1,\"winlog.event_id\":2}", EventText::json},
      {R"({"type":"bundle","objects":[]})", EventText::none},
      {"{not json", EventText::none},
      {"[section]\nkey=value\n", EventText::none},
      {"<Event xmlns='x'><System>", EventText::xml},
      {"<?xml version='1.0'?>\n<Events><Event>", EventText::xml},
      {"<Events></Events>", EventText::none},
      {"<html>", EventText::none},
      {"Timestamp,DeviceName,ActionType\r\n", EventText::csv},
      {"\"TimeGenerated [UTC]\",\"Computer\",\"EventID\"\n", EventText::csv},
      {"a,b,c\n", EventText::none},
      {"Channel and Computer, in words\n", EventText::none},
      {"", EventText::none},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(event_text_of(Bytes(std::as_bytes(std::span(one.text)))), one.kind) << one.text;
    if (one.text.starts_with('\xef')) {
      continue;
    }
    std::string wide("\xff\xfe");
    for (const char c : one.text) {
      wide += {c, '\0'};
    }
    EXPECT_EQ(event_text_of(Bytes(std::as_bytes(std::span(wide)))), one.kind) << one.text;
  }
}

}  // namespace
}  // namespace npg
