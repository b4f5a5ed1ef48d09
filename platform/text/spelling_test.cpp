#include "text/spelling.hpp"

#include <gtest/gtest.h>

namespace civitas::text {

namespace {
std::string spelled(std::string_view name, Feature feature = Feature::none, std::vector<std::size_t> breaks = {}) {
  SpellingOptions options;
  options.feature = feature;
  options.breaks = std::move(breaks);
  return spell(name, options).toned;
}
}  // namespace

TEST(Spelling, Rule1PartsApart) {
  EXPECT_EQ(spelled("太行山"), "Tàiháng Shān");
  EXPECT_EQ(spelled("汾河"), "Fén Hé");
  EXPECT_EQ(spelled("南京路"), "Nánjīng Lù");
  EXPECT_EQ(spelled("通县"), "Tōng Xiàn");
  EXPECT_EQ(spelled("黄陂区"), "Huángpí Qū");
}

TEST(Spelling, Rule2Modifiers) {
  EXPECT_EQ(spelled("西辽河"), "Xīliáo Hé");
  EXPECT_EQ(spelled("潮白新河"), "Cháobái Xīnhé");
  EXPECT_EQ(spelled("北雁荡山"), "Běiyàndàng Shān");
  EXPECT_EQ(spelled("景山后街"), "Jǐngshān Hòujiē");
  EXPECT_EQ(spelled("朝阳门内大街"), "Cháoyángménnèi Dàjiē");
  EXPECT_EQ(spelled("南小街"), "Nán Xiǎojiē");
  EXPECT_EQ(spelled("小南街"), "Xiǎo Nánjiē");
  EXPECT_EQ(spelled("南横东街"), "Nánhéng Dōngjiē");
  EXPECT_EQ(spelled("珞狮南路"), "Luòshī Nánlù");
  EXPECT_EQ(spelled("中南路"), "Zhōngnán Lù");
  EXPECT_EQ(spelled("江南路"), "Jiāngnán Lù");
}

TEST(Spelling, Rule3VillagesAndTownsAsOneWord) {
  EXPECT_EQ(spelled("王村"), "Wángcūn");
  EXPECT_EQ(spelled("江镇", Feature::settlement), "Jiāngzhèn");
  EXPECT_EQ(spelled("漷县", Feature::settlement), "Huǒxiàn");
  EXPECT_EQ(spelled("周口店", Feature::settlement), "Zhōukǒudiàn");
  EXPECT_EQ(spelled("李庄"), "Lǐzhuāng");
}

TEST(Spelling, Rule4GenericTurnedSpecific) {
  EXPECT_EQ(spelled("渤海湾", Feature::water), "Bóhǎi Wān");
  EXPECT_EQ(spelled("黑龙江省"), "Hēilóngjiāng Shěng");
  EXPECT_EQ(spelled("景德镇市"), "Jǐngdézhèn Shì");
  EXPECT_EQ(spelled("解放路南小街"), "Jiěfànglù Nánxiǎojiē");
  EXPECT_EQ(spelled("中南路街道"), "Zhōngnánlù Jiēdào");
  EXPECT_EQ(spelled("鹦鹉洲大桥"), "Yīngwǔzhōu Dàqiáo");
}

TEST(Spelling, Rules5And6PersonsAndNumerals) {
  EXPECT_EQ(spelled("左权县"), "Zuǒquán Xiàn");
  EXPECT_EQ(spelled("张之洞路"), "Zhāngzhīdòng Lù");
  EXPECT_EQ(spelled("五指山"), "Wǔzhǐ Shān");
  EXPECT_EQ(spelled("三门峡", Feature::land), "Sānmén Xiá");
  EXPECT_EQ(spelled("第二松花江"), "Dì'èr Sōnghuā Jiāng");
  EXPECT_EQ(spelled("五一广场"), "Wǔyī Guǎngchǎng");
  EXPECT_EQ(spelled("二七路"), "Èrqī Lù");
}

TEST(Spelling, Rule7OrdinalsOfStreetsInDigits) {
  EXPECT_EQ(spelled("二马路"), "2 Mǎlù");
  EXPECT_EQ(spelled("经五路"), "Jīng 5 Lù");
  EXPECT_EQ(spelled("三环路"), "3 Huánlù");
  EXPECT_EQ(spelled("第九弄"), "Dì-9 Lòng");
  EXPECT_EQ(spelled("1203高地"), "1203 Gāodì");
  EXPECT_EQ(spelled("北二巷"), "Běi 2 Xiàng");
  EXPECT_EQ(spelled("东四十二条", Feature::road, {2, 4}), "Dōngsì 12 Tiáo");
  EXPECT_EQ(spelled("四新大道"), "Sìxīn Dàdào");
}

TEST(Spelling, Rule8ReadingsOfTheCommission) {
  EXPECT_EQ(spelled("十里堡"), "Shílǐpù");
  EXPECT_EQ(spelled("大黄堡"), "Dàhuángbǎo");
  EXPECT_EQ(spelled("吴堡", Feature::settlement), "Wúbǔ");
}

TEST(Spelling, Rules10To12CapitalsApostropheAndEr) {
  EXPECT_EQ(spelled("珠江"), "Zhū Jiāng");
  EXPECT_EQ(spelled("西安"), "Xī'ān");
  EXPECT_EQ(spelled("建瓯"), "Jiàn'ōu");
  EXPECT_EQ(spelled("天峨"), "Tiān'é");
  EXPECT_EQ(spelled("盆儿胡同"), "Pénr Hútong");
  EXPECT_EQ(spell("绿园路").plain, "Lüyuan Lu");
  EXPECT_EQ(spell("绿园路").capitals, "LÜYUAN LU");
  EXPECT_EQ(spell("鄂州").toned, "Èzhōu");
}

TEST(Spelling, Rule14BuildingsAndOrganisations) {
  EXPECT_EQ(spelled("费县汽车站"), "Fèi Xiàn Qìchēzhàn");
  EXPECT_EQ(spelled("北京工人体育馆", Feature::building, {2, 4}), "Běijīng Gōngrén Tǐyùguǎn");
  EXPECT_EQ(spelled("南京长江大桥"), "Nánjīng Chángjiāng Dàqiáo");
  EXPECT_EQ(spelled("江汉二桥"), "Jiānghàn Èrqiáo");
  EXPECT_EQ(spelled("湖北省博物馆"), "Húběi Shěng Bówùguǎn");
}

TEST(Spelling, OverridesAndOddInput) {
  const auto overrides = overrides_from("六合路", "lù hé lù");
  ASSERT_TRUE(overrides.has_value());
  SpellingOptions options;
  options.overrides = &*overrides;
  EXPECT_EQ(spell("六合路", options).toned, "Lùhé Lù");
  EXPECT_EQ(spell("六合路").toned, "Liùhé Lù");
  EXPECT_EQ(spell("").toned, "");
  EXPECT_EQ(spell("\xff\xfe").words.size(), 1u);
  options.breaks = {0, 99};
  EXPECT_EQ(spell("六合路", options).words.size(), 1u);
}

}  // namespace civitas::text
