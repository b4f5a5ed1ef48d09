#include "text/pinyin.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "text/embedded.hpp"
#include "text/lexicon.hpp"

namespace civitas::text {

TEST(Pinyin, NamesOfTheTestFile) {
  const auto file = read_file("platform/text/data/readings_test.tsv");
  ASSERT_TRUE(file.has_value()) << "run from the top of the source tree";
  int names = 0, free_names = 0;
  each_row<3>(*file, [&](const std::string_view* row) {
    EXPECT_EQ(toned(row[0]), row[1]) << row[0];
    ++names;
    free_names += row[2] == "free";
  });
  EXPECT_GE(names, 200);
  EXPECT_GE(free_names, 100);
}

TEST(Pinyin, FreeNamesHoldNoEntryOfOurList) {
  std::vector<std::string> entries;
  each_row<1>(place_readings_table(), [&](const std::string_view* row) { entries.emplace_back(row[0]); });
  EXPECT_GE(entries.size(), 200u);
  const auto file = read_file("platform/text/data/readings_test.tsv");
  ASSERT_TRUE(file.has_value());
  each_row<3>(*file, [&](const std::string_view* row) {
    bool listed = false;
    for (const auto& entry : entries) listed |= row[0].find(entry) != std::string_view::npos;
    EXPECT_EQ(listed ? "listed" : "free", row[2]) << row[0];
  });
}

TEST(Pinyin, EveryEntryOfOurListIsReadAsItSays) {
  each_row<3>(place_readings_table(), [&](const std::string_view* row) {
    EXPECT_EQ(toned(row[0]), row[1]) << row[0];
    EXPECT_TRUE(row[2] == "seen" || row[2] == "general") << row[0];
  });
}

TEST(Pinyin, OneSyllableForEachCodePoint) {
  const auto syllables = pinyin("黄陂A2 区\xff");
  ASSERT_EQ(syllables.size(), 7u);
  EXPECT_EQ(syllables[0], (Syllable{"huáng", "huang", 2}));
  EXPECT_EQ(syllables[1].tone, 2);
  EXPECT_TRUE(syllables[2].empty() && syllables[3].empty() && syllables[4].empty());
  EXPECT_EQ(syllables[5].plain, "qu");
  EXPECT_TRUE(syllables[6].empty());
  EXPECT_TRUE(pinyin("").empty());
}

TEST(Pinyin, WrittenForms) {
  EXPECT_EQ(toned("2号线"), "2 hào xiàn");
  EXPECT_EQ(plain("绿园"), "lv yuan");
  EXPECT_EQ(toned("绿园"), "lǜ yuán");
  EXPECT_EQ(numbered("黄陂区"), "huang2 pi2 qu1");
  EXPECT_EQ(initials("武昌第2小学B座"), "wcd2xxbz");
  EXPECT_EQ(toned("一不"), "yī bù");
  EXPECT_EQ(toned("武昌 汉口"), "wǔ chāng hàn kǒu");
  EXPECT_EQ(toned("\xF0\xA0\x80\x80").empty(), false);  // a character of extension B
}

TEST(Pinyin, ReadingsOfOneCharacter) {
  const auto all = readings(U'行');
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[0].toned, "xíng");
  EXPECT_EQ(all[1].toned, "háng");
  EXPECT_EQ(readings(U'都')[0].toned, "dū");
  EXPECT_TRUE(is_polyphone(U'行'));
  EXPECT_FALSE(is_polyphone(U'湖'));
  EXPECT_TRUE(readings(U'A').empty());
  EXPECT_TRUE(readings(0x10FFFF).empty());
}

TEST(Pinyin, SyllablesAsPeopleTypeThem) {
  const Syllable lv{"lǜ", "lv", 4};
  for (const char* form : {"lǜ", "lü4", "lv4", "lu:4", "LÜ4", "Lǜ", "lu\xCC\x88\xCC\x80"})
    EXPECT_EQ(parse_syllable(form).value_or(Syllable{}), lv) << form;
  EXPECT_EQ(parse_syllable("huang")->tone, 5);
  EXPECT_EQ(parse_syllable("huáng")->tone, 2);
  EXPECT_EQ(parse_syllable("Ān")->toned, "ān");
  EXPECT_EQ(parse_syllable("jü1")->toned, "jū");
  EXPECT_EQ(parse_syllable("gui4")->toned, "guì");
  EXPECT_EQ(parse_syllable("liu2")->toned, "liú");
  EXPECT_EQ(parse_syllable("zhuang4")->toned, "zhuàng");
  for (const char* wrong : {"", "x", "bla", "huá2", "黄", "huángpí", "áá", "\xff"})
    EXPECT_FALSE(parse_syllable(wrong).has_value()) << wrong;
}

TEST(Pinyin, OverridesOfAClerk) {
  const auto overrides = overrides_from("六合路2号", "lù hé lù hào");
  ASSERT_TRUE(overrides.has_value());
  EXPECT_EQ(toned("六合路2号"), "liù hé lù 2 hào");
  EXPECT_EQ(toned("六合路2号", &*overrides), "lù hé lù 2 hào");
  EXPECT_EQ(initials("六合路2号", &*overrides), "lhl2h");
  EXPECT_EQ(overrides_from("黄陂", "huáng").error().reason, "text.pinyin.wrong_count");
  EXPECT_EQ(overrides_from("黄陂", "huáng pí qū").error().reason, "text.pinyin.wrong_count");
  EXPECT_EQ(overrides_from("黄陂", "huáng pxí").error().reason, "text.pinyin.not_a_syllable");
  EXPECT_TRUE(overrides_from("", "").has_value());
}

TEST(Pinyin, LongTextAndManyThreads) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "长江大桥";
  std::vector<std::thread> threads;
  std::vector<std::string> results(4);
  for (auto& result : results) threads.emplace_back([&] { result = initials(text); });
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) {
    EXPECT_EQ(result.size(), 12000u);
    EXPECT_EQ(result.substr(0, 8), "cjdqcjdq");
  }
}

TEST(Pinyin, EverySyllableOfTheTablesIsWellFormed) {
  each_row<2>(characters_table(), [&](const std::string_view* row) {
    for (const auto part : split(row[1], ' ')) {
      if (part.empty()) continue;
      const auto parsed = parse_syllable(part);
      ASSERT_TRUE(parsed.has_value()) << row[0] << part;
      EXPECT_EQ(parsed->toned, part) << row[0];
    }
  });
}

}  // namespace civitas::text
