// Tests of generic terms, sound, shape, conversion, similarity, automaton and classes of characters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/automaton.hpp"
#include "text/characters.hpp"
#include "text/convert.hpp"
#include "text/generic.hpp"
#include "text/shape.hpp"
#include "text/similarity.hpp"
#include "text/sound.hpp"

namespace civitas::text {

using testing::ElementsAre;

namespace {
std::string parts(std::string_view name, Feature expected = Feature::none) {
  const NameSplit split = split_name(name, expected);
  return std::string(split.specific) + "|" + std::string(split.generic);
}
}  // namespace

TEST(Generic, SplitsFromTheRight) {
  EXPECT_EQ(parts("中南路街道"), "中南路|街道");
  EXPECT_EQ(parts("鹦鹉洲大桥"), "鹦鹉洲|大桥");
  EXPECT_EQ(parts("武汉长江大桥"), "武汉|长江大桥");
  EXPECT_EQ(parts("黄陂区"), "黄陂|区");
  EXPECT_EQ(parts("东湖社区居民委员会"), "东湖|社区居民委员会");
  EXPECT_EQ(parts("解放大道"), "解放|大道");
  EXPECT_EQ(parts("景德镇市"), "景德镇|市");
  EXPECT_EQ(parts("水果湖街道"), "水果湖|街道");
  EXPECT_EQ(parts("昙华林"), "昙华林|");
  EXPECT_EQ(parts("汉阳"), "汉阳|");
  EXPECT_EQ(parts(""), "|");
  EXPECT_EQ(parts("路"), "路|") << "a generic term alone names nothing";
}

TEST(Generic, NamesKnownAsAWhole) {
  EXPECT_EQ(parts("景德镇"), "景德镇|");
  EXPECT_EQ(parts("六渡桥"), "六渡桥|");
  EXPECT_EQ(parts("水果湖"), "水果湖|");
  EXPECT_EQ(parts("水果湖", Feature::water), "水果|湖");
  EXPECT_EQ(parts("六渡桥", Feature::road_structure), "六渡|桥");
}

TEST(Generic, FeaturesOfATerm) {
  EXPECT_TRUE(has(split_name("沿江大道").features, Feature::road));
  const Feature bay = split_name("王家湾", Feature::water).features;
  EXPECT_TRUE(has(bay, Feature::settlement) && has(bay, Feature::water));
  EXPECT_EQ(parts("建设大道", Feature::water), "建设大道|");
  EXPECT_EQ(feature_named("road_structure"), Feature::road_structure);
  EXPECT_EQ(feature_name(Feature::sight), "sight");
  for (const GenericTerm& term : generic_terms()) EXPECT_NE(term.features, Feature::none) << term.term;
  EXPECT_GE(generic_terms().size(), 400u);
  ASSERT_NE(find_generic("社区居民委员会"), nullptr);
  EXPECT_THAT(find_generic("社区居民委员会")->breaks, ElementsAre(6u, 12u));
}

TEST(Sound, Levels) {
  EXPECT_TRUE(same_sound("黄陂", "黄皮", SoundLevel::exact));
  EXPECT_FALSE(same_sound("黄陂", "黄皮区", SoundLevel::exact));
  EXPECT_FALSE(same_sound("中山路", "钟善路", SoundLevel::exact));
  EXPECT_TRUE(same_sound("中山路", "钟善路", SoundLevel::toneless));
  EXPECT_TRUE(same_sound("南湖", "兰湖", SoundLevel::near));
  EXPECT_TRUE(same_sound("山江", "三江", SoundLevel::near));
  EXPECT_TRUE(same_sound("方家", "黄家", SoundLevel::near));
  EXPECT_TRUE(same_sound("金城", "京城", SoundLevel::near));
  EXPECT_FALSE(same_sound("良家", "连家", SoundLevel::near));
  EXPECT_FALSE(same_sound("南湖", "兰湖", SoundLevel::toneless));
}

TEST(Sound, KeysAndDigits) {
  EXPECT_EQ(sound_key("黄陂区", SoundLevel::exact), "huang2 pi2 qu1");
  EXPECT_EQ(sound_key("黄陂区", SoundLevel::toneless), "huang pi qu");
  EXPECT_EQ(sound_key("黄陂区", SoundLevel::near), "huan pi qu");
  EXPECT_TRUE(same_sound("2马路", "二马路", SoundLevel::exact));
  EXPECT_TRUE(same_sound("新世界·一期", "新世界一期", SoundLevel::exact));
  EXPECT_EQ(sound_hash("——", SoundLevel::exact), 0u);
  EXPECT_FALSE(same_sound("", "", SoundLevel::near));
  EXPECT_EQ(sound_hash("A座", SoundLevel::exact), sound_hash("a座", SoundLevel::exact));
}

TEST(Sound, HashOfTheStoredReadingIsStable) {
  const auto overrides = overrides_from("六合路", "lù hé lù");
  ASSERT_TRUE(overrides.has_value());
  EXPECT_EQ(sound_hash("六合路", SoundLevel::exact, &*overrides), sound_hash("陆和路", SoundLevel::exact));
  EXPECT_NE(sound_hash("六合路", SoundLevel::exact), sound_hash("陆和路", SoundLevel::exact));
  // Stored in databases: a change of this number needs a migration.
  EXPECT_EQ(sound_hash("黄陂区", SoundLevel::toneless), 5145360264280217684ULL);
}

TEST(Sound, Characters) {
  EXPECT_TRUE(same_sound(U'行', U'杭', SoundLevel::exact));
  EXPECT_FALSE(same_sound(U'湖', U'河', SoundLevel::near));
  EXPECT_FALSE(same_sound(U'A', U'A', SoundLevel::exact));
}

TEST(Shape, CuratedAndComputed) {
  for (const auto& [a, b] : std::vector<std::pair<char32_t, char32_t>>{
           {U'塆', U'湾'}, {U'咀', U'嘴'}, {U'垱', U'档'}, {U'璐', U'路'}, {U'末', U'未'}, {U'己', U'已'}, {U'已', U'巳'}})
    EXPECT_DOUBLE_EQ(shape_similarity(a, b), 0.95);
  EXPECT_DOUBLE_EQ(shape_similarity(U'湖', U'湖'), 1);
  EXPECT_DOUBLE_EQ(shape_similarity(U'湖', U'A'), 0);
  for (const auto& [a, b] : std::vector<std::pair<char32_t, char32_t>>{
           {U'淸', U'清'}, {U'陂', U'坡'}, {U'滠', U'摄'}, {U'硚', U'桥'}, {U'洪', U'哄'}, {U'坊', U'纺'}, {U'鄂', U'鹗'}})
    EXPECT_TRUE(similar_shape(a, b)) << shape_similarity(a, b) << " " << static_cast<unsigned>(a);
  for (const auto& [a, b] : std::vector<std::pair<char32_t, char32_t>>{
           {U'湖', U'河'}, {U'山', U'水'}, {U'路', U'街'}, {U'黄', U'陂'}, {U'东', U'西'}, {U'南', U'北'}, {U'江', U'湖'}})
    EXPECT_FALSE(similar_shape(a, b)) << shape_similarity(a, b) << " " << static_cast<unsigned>(a);
  EXPECT_DOUBLE_EQ(shape_similarity(U'陂', U'坡'), shape_similarity(U'坡', U'陂'));
  EXPECT_THAT(taken_for(U'塆'), testing::Contains(U'湾'));
  EXPECT_TRUE(taken_for(U'A').empty());
}

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
      {"一", 1}, {"十", 10}, {"十二", 12}, {"二十", 20}, {"九十九", 99}, {"一百", 100}, {"一百零五", 105}, {"一百一十", 110},
      {"一千零一十", 1010}, {"三千", 3000}, {"12", 12}, {"〇", 0}, {"二七", -1}, {"五一", -1}, {"一二九", -1}, {"百", -1},
      {"零五", -1}, {"十十", -1}, {"一百五", -1}, {"", -1}, {"甲", -1}, {"999999999", -1}, {"十百", -1}, {"一零", -1}};
  for (const auto& [text, value] : numbers) EXPECT_EQ(chinese_number(text), value) << text;
}

}  // namespace civitas::text
