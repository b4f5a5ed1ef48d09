#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/json_text.hpp"
#include "base/strings.hpp"
#include "base/test_folder.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "base/yaml.hpp"

namespace civitas {
namespace {

TEST(Json, KeepsIntegersAndOrder) {
  const auto parsed = Json::parse(R"({"b":9007199254740993,"a":[1.5,true,null,"江\n"]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->dump(), R"({"b":9007199254740993,"a":[1.5,true,null,"江\n"]})");
}

TEST(Json, RefusesWhatIsMalformedDeepOrRepeated) {
  EXPECT_EQ(Json::parse("{\"a\":1,}").error().reason, "base.json.syntax");
  EXPECT_EQ(Json::parse("{\"a\":1} x").error().reason, "base.json.syntax");
  EXPECT_EQ(Json::parse("").error().reason, "base.json.syntax");
  EXPECT_EQ(Json::parse(R"({"a":1,"a":2})").error().reason, "base.json.duplicate");
  EXPECT_EQ(Json::parse(std::string(10'000'000, '[')).error().reason, "base.json.depth");
}

TEST(Json, WriterSeparates) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("a").begin_array().value(1).value("x\"").end_array().key("b").raw("{}").end_object();
  EXPECT_EQ(out, R"({"a":[1,"x\""],"b":{}})");
}

TEST(Yaml, KnowsLinesAndQuotes) {
  const auto doc = parse_yaml("a: 1\nb:\n  - '01'\n  - {c: true}\n", "x.yaml");
  ASSERT_TRUE(doc);
  EXPECT_EQ(doc->to_json().dump(), R"({"a":1,"b":["01",{"c":true}]})");
  EXPECT_EQ(doc->find("b")->items[1].line, 4);
  const auto repeated = parse_yaml("a: 1\na: 2\n", "x.yaml");
  ASSERT_FALSE(repeated);
  EXPECT_NE(repeated.error().message.en.find("x.yaml:2"), std::string::npos);
}

TEST(Yaml, RefusesWhatGrows) {
  const auto told = [](std::string_view text, const char* line, const char* why) {
    const auto doc = parse_yaml(text, "x.yaml");
    ASSERT_FALSE(doc) << text.substr(0, 80);
    EXPECT_EQ(doc.error().reason, "base.yaml.syntax");
    EXPECT_NE(doc.error().message.en.find(line), std::string::npos) << doc.error().message.en;
    EXPECT_NE(doc.error().message.en.find(why), std::string::npos) << doc.error().message.en;
  };
  std::string laughs = "a0: &a0 [ha, ha]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before + "]\n";
  }
  told(laughs, "x.yaml:1:", "anchors and aliases");
  told("a: 1\nb: &x {c: 1}\n", "x.yaml:2:", "anchors and aliases");
  told("a: 1\nb:\n  c: *x\n", "x.yaml:3:", "anchor");
  for (const char* opening : {"[", "{a: ", "- "}) {
    std::string deep;
    for (int i = 0; i < 5000; ++i) deep += opening;
    told(deep, "x.yaml:1:", "");
  }
  std::string nested = "x: 1\ny: ";
  for (int i = 0; i < 64; ++i) nested += "[";
  told(nested + std::string(64, ']'), "x.yaml:2:", "64 levels");
  EXPECT_TRUE(parse_yaml("y: " + std::string(63, '[') + std::string(63, ']'), "x.yaml"));
  told("a: 1\n---\nb: 2\n", "x.yaml:3:", "one document");
  told("{a: 1}: 2\n", "x.yaml:1:", "a key must be a word");
  told("a: \xff\n", "x.yaml:1:", "UTF-8");
  told(std::string((8 << 20) + 1, ' '), "x.yaml:1:", "8 MB");
  EXPECT_TRUE(parse_yaml("", "x.yaml")->is_null());
  EXPECT_EQ(parse_yaml("[nan, inf, -infinity, 1e3, 1e999]", "x.yaml")->to_json().dump(),
            R"(["nan","inf","-infinity",1000,"1e999"])");
}

TEST(Time, ParsesAndFormats) {
  const auto t = parse_instant("2026-11-21T11:47:00+08:00");
  ASSERT_TRUE(t);
  EXPECT_EQ(format_instant(*t), "2026-11-21T03:47:00.000Z");
  EXPECT_EQ(format_date(date_in_china(*parse_instant("2026-11-20T16:00:00Z"))), "2026-11-21");
  EXPECT_EQ(parse_date("2026-11-21")->weekday(), 6);
  EXPECT_FALSE(parse_date("2026-02-30"));
  EXPECT_FALSE(parse_instant("2026-11-21T25:00:00Z"));
}

TEST(Time, UncertainDates) {
  EXPECT_EQ(parse_uncertain_date("1949")->earliest, make_date(1949, 1, 1));
  EXPECT_EQ(parse_uncertain_date("1949年10月")->latest, make_date(1949, 10, 31));
  EXPECT_EQ(parse_uncertain_date("明")->earliest.year(), 1368);
  EXPECT_EQ(parse_uncertain_date("民国时期")->latest.year(), 1949);
  EXPECT_EQ(parse_uncertain_date("before 1927")->latest, make_date(1926, 12, 31));
  EXPECT_EQ(parse_uncertain_date("1927年以前")->latest, make_date(1926, 12, 31));
  EXPECT_EQ(parse_uncertain_date("1950年代")->latest.year(), 1959);
  EXPECT_FALSE(parse_uncertain_date("很久以前"));
  EXPECT_FALSE(parse_uncertain_date("2026-02-30"));
}

TEST(Utf8, ChecksAndCounts) {
  EXPECT_TRUE(is_valid_utf8("硚口𠀀"));
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xc0\x80"));
  EXPECT_EQ(utf8_length("硚口𠀀"), 3u);
  EXPECT_EQ(to_utf8(to_utf32("硚口𠀀")), "硚口𠀀");
}

TEST(Strings, NearestWordAndEncodings) {
  EXPECT_EQ(nearest_word("tilte", {"title", "type"}), "title");
  EXPECT_EQ(nearest_word("zzzzz", {"title"}), "");
  EXPECT_EQ(nearest_word(std::string(1 << 20, 't'), {"title"}), "");
  EXPECT_EQ(*from_base64url(to_base64url("\x01\xff\x7f?")), "\x01\xff\x7f?");
  EXPECT_EQ(from_base64url("YQ"), "a");
  for (const char* other : {"YR", "YWF", "Y", "YQ==", "YQ ", "YWFhY"}) EXPECT_FALSE(from_base64url(other)) << other;
}

TEST(Strings, NumbersAreFinite) {
  EXPECT_EQ(parse_number("-1.5e3"), -1500.0);
  for (const char* word : {"nan", "inf", "-infinity", "1e999", "", "1 "}) EXPECT_FALSE(parse_number(word)) << word;
}

TEST(Files, AreReplacedWhole) {
  const TestFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "a", "old"));
  ASSERT_TRUE(write_file_atomically(folder / "a", "new"));
  EXPECT_EQ(read_file(folder / "a"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.part"));
  EXPECT_FALSE(write_file_atomically(folder / "none" / "a", "x"));
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_TRUE(write_file_atomically("b", "beside"));
  std::filesystem::current_path(here);
  EXPECT_EQ(read_file(folder / "b"), "beside");
}

TEST(Id, GrowsEvenWhenTheClockStandsStill) {
  ManualClock clock(*parse_instant("2026-11-21T00:00:00Z"));
  IdGenerator ids(clock);
  const auto first = ids.next();
  EXPECT_GT(ids.next(), first);
  EXPECT_LT(first, std::int64_t{1} << 53);
}

TEST(Json, EveryByteThatMustBeEscapedIsFoundWhereverItStands) {
  for (int c = 0; c < 256; ++c)
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(c);
      std::string written;
      append_json_string(written, text);
      const bool escaped = c < 0x20 || c == '"' || c == '\\';
      EXPECT_EQ(written == '"' + text + '"', !escaped) << c << " at " << at;
      if (c < 0x80) {
        EXPECT_EQ(Json::parse(written).value_or(Json()).as_string(), text) << c << " at " << at;
      }
    }
}

TEST(JsonText, WritesTextOfEveryLengthAsJsonDoes) {
  for (std::size_t length = 0; length < 40; ++length)
    for (int c = 0; c < 256; ++c)
      for (std::size_t at = 0; at < std::max<std::size_t>(length, 1); ++at) {
        std::string text;
        for (std::size_t i = 0; i < length; ++i) text += static_cast<char>('a' + i % 26);
        if (length > 0) text[at] = static_cast<char>(c);
        std::string expected;
        append_json_string(expected, text);
        JsonText written;
        ASSERT_EQ(written.text(text).view(), expected) << c << " at " << at << " of " << length;
        ASSERT_EQ(JsonText().plain(text).view(), text) << c << " at " << at << " of " << length;
      }
}

TEST(JsonText, WritesNumbersAndMoments) {
  JsonText out;
  constexpr auto least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  out.plain("[").id(least).plain(",").id(0).plain(",").number(least).plain(",").number(most).plain(",");
  out.number(0.1).plain(",").boolean(true).plain(",").boolean(false).plain("]");
  EXPECT_EQ(out.view(), R"(["-9223372036854775808","0",-9223372036854775808,9223372036854775807,0.1,true,false])");
  for (const std::string text : {"2026-11-21T03:47:09.012Z", "1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z",
                                 "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.990Z", "2024-02-29T10:20:30.405Z"}) {
    EXPECT_EQ(JsonText().instant(*parse_instant(text)).view(), "\"" + text + "\"");
    EXPECT_EQ(format_instant(*parse_instant(text)), text);
  }
}

TEST(JsonText, GrowsAndKeepsWhatWasWritten) {
  JsonText out;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string text(static_cast<std::size_t>(i % 70), static_cast<char>('a' + i % 26));
    out.text(text).plain(",").id(i).plain("\n");
    append_json_string(expected, text);
    expected += ",\"" + std::to_string(i) + "\"\n";
    ASSERT_EQ(out.view(), expected) << i;
  }
  const std::string large(100'000, '"');
  append_json_string(expected, large);
  EXPECT_EQ(out.text(large).view(), expected);
}

TEST(Strings, BlanksAreThoseOfUnicode) {
  for (const char* blank : {" ", "\t\r\n\v\f", "\u3000", "\u00a0", "\u2003\u2009", "\u2028", "\u1680", "\u0085"}) {
    EXPECT_EQ(trim(blank), "") << blank;
    EXPECT_EQ(trim(std::string(blank) + "汉 口" + blank), "汉 口") << blank;
  }
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\u200b"), "\u200b");  // shown nowhere, but no blank: refused as a control character
  EXPECT_EQ(trim("\x80\x80"), "\x80\x80");
  EXPECT_EQ(trim("a\xe3\x80"), "a\xe3\x80");  // half of U+3000
}

}  // namespace
}  // namespace civitas
