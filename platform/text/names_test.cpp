// Tests of generic terms, sound and shape.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/generic.hpp"
#include "text/shape.hpp"
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
  EXPECT_EQ(parts("南京长江大桥"), "南京|长江大桥");
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
  for (const auto& [a, b] : std::vector<std::pair<char32_t, char32_t>>{{U'塆', U'湾'},
                                                                       {U'咀', U'嘴'},
                                                                       {U'垱', U'档'},
                                                                       {U'璐', U'路'},
                                                                       {U'末', U'未'},
                                                                       {U'己', U'已'},
                                                                       {U'已', U'巳'}})
    EXPECT_DOUBLE_EQ(shape_similarity(a, b), 0.95);
  EXPECT_DOUBLE_EQ(shape_similarity(U'湖', U'湖'), 1);
  EXPECT_DOUBLE_EQ(shape_similarity(U'湖', U'A'), 0);
  for (const auto& [a, b] : std::vector<std::pair<char32_t, char32_t>>{{U'淸', U'清'},
                                                                       {U'陂', U'坡'},
                                                                       {U'滠', U'摄'},
                                                                       {U'硚', U'桥'},
                                                                       {U'洪', U'哄'},
                                                                       {U'坊', U'纺'},
                                                                       {U'鄂', U'鹗'}})
    EXPECT_TRUE(similar_shape(a, b)) << shape_similarity(a, b) << " " << static_cast<unsigned>(a);
  for (const auto& [a, b] : std::vector<std::pair<char32_t, char32_t>>{{U'湖', U'河'},
                                                                       {U'山', U'水'},
                                                                       {U'路', U'街'},
                                                                       {U'黄', U'陂'},
                                                                       {U'东', U'西'},
                                                                       {U'南', U'北'},
                                                                       {U'江', U'湖'}})
    EXPECT_FALSE(similar_shape(a, b)) << shape_similarity(a, b) << " " << static_cast<unsigned>(a);
  EXPECT_DOUBLE_EQ(shape_similarity(U'陂', U'坡'), shape_similarity(U'坡', U'陂'));
  EXPECT_THAT(taken_for(U'塆'), testing::Contains(U'湾'));
  EXPECT_TRUE(taken_for(U'A').empty());
}

}  // namespace civitas::text
