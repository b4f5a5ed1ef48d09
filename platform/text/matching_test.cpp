// Tests of conversion, similarity, the automaton and the classes of characters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/automaton.hpp"
#include "text/characters.hpp"
#include "text/convert.hpp"
#include "text/similarity.hpp"

namespace civitas::text {

using testing::ElementsAre;

TEST(Convert, TraditionalAndWidth) {
  ASSERT_TRUE(check_conversion().has_value());
  EXPECT_EQ(to_simplified("漢陽區鸚鵡洲"), "汉阳区鹦鹉洲");
  EXPECT_EQ(to_simplified("嶺號"), "岭号");
  EXPECT_EQ(to_simplified("乾务镇"), "乾务镇") << "a standard character of a name stays";
  EXPECT_EQ(to_simplified(""), "");
  EXPECT_EQ(to_half_width("ＡＢ１２　（）"), "AB12 ()");
}

TEST(Convert, Normalise) {
  EXPECT_EQ(normalise("  黄陂　区\t\n"), "黄陂 区");
  EXPECT_EQ(normalise("１２號（甲）【乙】〔丙〕"), "12號(甲)(乙)(丙)");
  EXPECT_EQ(normalise("①号—２"), "1号-2");
  EXPECT_EQ(normalise("黄\xE2\x80\x8B陂"), "黄陂");
  EXPECT_EQ(normalise("\xEF\xA4\x80"), "豈");  // compatibility ideograph U+F900
  EXPECT_EQ(fold("ＡＢＣ１２號漢口"), "abc12号汉口");
  EXPECT_EQ(fold("\xff"), "\xEF\xBF\xBD");
}

TEST(Similarity, Distances) {
  EXPECT_EQ(edit_distance("黄陂区", "黄陂"), 1u);
  EXPECT_EQ(edit_distance("黄陂", "陂黄"), 1u);
  EXPECT_EQ(edit_distance("", "黄陂"), 2u);
  EXPECT_EQ(edit_distance("中山大道", "中山路"), 2u);
  EXPECT_DOUBLE_EQ(weighted_distance("黄陂", "黄皮"), 0.3);
  EXPECT_LT(weighted_distance("王家塆", "王家湾"), 0.31);
  EXPECT_DOUBLE_EQ(weighted_distance("黄陂", "陂黄"), 0.7);
  EXPECT_DOUBLE_EQ(weighted_distance("东湖", "东街"), 1.0);
  EXPECT_DOUBLE_EQ(similarity("", ""), 1.0);
  EXPECT_DOUBLE_EQ(similarity("东", "西"), 0.0);
  EXPECT_GT(similarity("南湖大道", "兰湖大道"), similarity("南湖大道", "东湖大道"));
}

TEST(Similarity, Bigrams) {
  EXPECT_DOUBLE_EQ(bigram_jaccard("中山大道", "中山大道"), 1.0);
  EXPECT_DOUBLE_EQ(bigram_jaccard("中山大道", "中山路"), 0.25);
  EXPECT_DOUBLE_EQ(bigram_jaccard("东", "东"), 1.0);
  EXPECT_DOUBLE_EQ(bigram_jaccard("东", "西"), 0.0);
}

TEST(Automaton, OverlappingWordsAndPayloads) {
  const Automaton automaton({{"中国", 1}, {"中国城", 2}, {"国城", 3}, {"城", 4}, {"", 5}, {"城", 6}});
  EXPECT_EQ(automaton.word_count(), 5u);
  EXPECT_THAT(automaton.find_all("新中国城"),
              ElementsAre(Match{3, 9, 1}, Match{3, 12, 2}, Match{6, 12, 3}, Match{9, 12, 4}, Match{9, 12, 6}));
  EXPECT_THAT(automaton.find_longest("新中国城"), ElementsAre(Match{3, 12, 2}));
  EXPECT_TRUE(automaton.contains_any("城"));
  EXPECT_FALSE(automaton.contains_any("中"));
  EXPECT_FALSE(Automaton().contains_any("中国"));
  int calls = 0;
  automaton.scan("中国城", [&](const Match&) { return ++calls < 2; });
  EXPECT_EQ(calls, 2);
}

TEST(Characters, LevelsOfTheStandardTable) {
  EXPECT_EQ(standard_level(U'湖'), 1);
  EXPECT_EQ(standard_level(U'陂'), 2);
  EXPECT_EQ(standard_level(U'漢'), 0);
  EXPECT_EQ(standard_level(U'A'), 0);
  EXPECT_EQ(worst_level("湖北路"), 1);
  EXPECT_EQ(worst_level("黄陂路"), 2);
  EXPECT_EQ(worst_level("漢口"), 0);
  EXPECT_EQ(worst_level("ABC"), 1);
  EXPECT_EQ(rare_characters("漢口漢口"), U"漢");
  int counts[4] = {};
  for (char32_t c = 0x3400; c < 0x2FA20; ++c) ++counts[standard_level(c)];
  EXPECT_EQ(counts[1], 3500);
  EXPECT_EQ(counts[2], 3000);
  EXPECT_EQ(counts[3], 1605);
}

TEST(Characters, Classes) {
  EXPECT_TRUE(is_chinese(U'〇') && is_chinese(0x20000) && is_chinese(0x3134A) && is_chinese(0xF900));
  EXPECT_FALSE(is_chinese(U'，') || is_chinese(U'A') || is_chinese(U'あ'));
  EXPECT_TRUE(is_all_chinese("汉口") && !is_all_chinese("汉口1") && !is_all_chinese(""));
  EXPECT_TRUE(has_chinese("A区") && !has_chinese("AB"));
  EXPECT_EQ(character_class(U'７'), CharacterClass::digit);
  EXPECT_EQ(character_class(U'é'), CharacterClass::letter);
  EXPECT_EQ(character_class(U'·'), CharacterClass::punctuation);
  EXPECT_EQ(character_class(U'　'), CharacterClass::space);
}

TEST(Characters, Numbers) {
  const std::vector<std::pair<const char*, int>> numbers = {
      {"一", 1},         {"十", 10},        {"十二", 12},         {"二十", 20},      {"九十九", 99}, {"一百", 100},
      {"一百零五", 105}, {"一百一十", 110}, {"一千零一十", 1010}, {"三千", 3000},    {"12", 12},     {"〇", 0},
      {"二七", -1},      {"五一", -1},      {"一二九", -1},       {"百", -1},        {"零五", -1},   {"十十", -1},
      {"一百五", -1},    {"", -1},          {"甲", -1},           {"999999999", -1}, {"十百", -1},   {"一零", -1}};
  for (const auto& [text, value] : numbers) EXPECT_EQ(chinese_number(text), value) << text;
}

}  // namespace civitas::text
