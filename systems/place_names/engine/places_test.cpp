// Addresses of a city whose place names are recorded: roads, houses, customary parts of the city, and other cities' names.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/strings.hpp"
#include "place_names/engine/index_build.hpp"
#include "place_names/engine/matcher.hpp"

namespace civitas::place_names {
namespace {

std::filesystem::path temporary(const char* name) {
  return std::filesystem::temp_directory_path() / (std::string("civitas_") + std::to_string(::getpid()) + "_" + name);
}

struct Names {
  std::vector<Entry> list;
  int serial = 0;
  Entry& add(std::string code, const char* name, Level level, std::string parent) {
    Entry e;
    e.code = std::move(code);
    e.name = name;
    e.level = level;
    e.parent = std::move(parent);
    list.push_back(std::move(e));
    return list.back();
  }
  /// 20 digits: the county, five of the category, a serial number.
  Entry& place(const std::string& county, const char* category, const char* name) {
    std::string serial_text = std::to_string(++serial);
    serial_text.insert(0, 6 - serial_text.size(), '0');
    return add(county.substr(0, 9) + category + serial_text, name, Level::place, county);
  }
};

std::vector<Entry> city() {
  using enum Level;
  Names n;
  n.add("420000000000", "湖北省", province, "");
  n.add("420100000000", "武汉市", Level::city, "420000000000");
  const std::string jiangan = "420102000000", jianghan = "420103000000", wuchang = "420106000000",
                    hongshan = "420111000000", huangpi = "420116000000";
  n.add(jiangan, "江岸区", county, "420100000000");
  n.add(jianghan, "江汉区", county, "420100000000");
  n.add(wuchang, "武昌区", county, "420100000000");
  n.add(hongshan, "洪山区", county, "420100000000");
  n.add(huangpi, "黄陂区", county, "420100000000");
  n.add("420102003000", "一元街街道", township, jiangan);
  n.add("420103008000", "万松街街道", township, jianghan);
  n.add("420106011000", "水果湖街道", township, wuchang);
  n.add("420106009000", "杨园街道", township, wuchang);
  n.add("420111002000", "关山街道", township, hongshan);
  n.add("420116005000", "天河街道", township, huangpi);
  n.add("420106011001", "东亭社区居委会", village, "420106011000");
  n.add("420106011002", "洪山路社区居委会", village, "420106011000");
  n.add("420111002001", "曙光社区居委会", village, "420111002000");
  n.add("420111002002", "古田社区居委会", village, "420111002000");
  n.place(wuchang, "23510", "洪山路");
  n.place(wuchang, "23510", "东湖路");
  n.place(wuchang, "12200", "东湖");
  n.place(wuchang, "26100", "湖北剧院");
  n.place(wuchang, "23510", "民主路");
  n.place(hongshan, "23510", "珞喻路");
  n.place(hongshan, "23510", "鲁磨路");
  n.place(hongshan, "26100", "江城大学");
  n.place(jiangan, "23510", "北京路");
  n.place(jiangan, "23510", "胜利街");
  n.place(jiangan, "23510", "建设大道").runs_through = {jianghan};
  n.place(jianghan, "23510", "青年路");
  n.place(huangpi, "23510", "巨龙大道");
  n.place(wuchang, "23510", "𡊄头路");
  return n.list;
}

class PlacesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    IndexOptions options;
    options.parts = {{"汉口", {"420102000000", "420103000000"}},
                     {"东湖高新区", {"420111000000"}},
                     {"光谷", {"420111000000"}}};
    auto built = build_index(city(), temporary("city.idx"), options);
    ASSERT_TRUE(built) << built.error().message.en;
    auto opened = Matcher::open(temporary("city.idx"));
    ASSERT_TRUE(opened) << opened.error().detail;
    matcher_ = new Matcher(std::move(*opened));
  }
  static void TearDownTestSuite() {
    delete matcher_;
    std::filesystem::remove(temporary("city.idx"));
  }
  static std::string read(std::string_view text) {
    const auto answer = matcher_->match(text);
    return std::string(verdict_name(answer.verdict)) + " " + (answer.matches.empty() ? "-" : answer.matches[0].name);
  }
  static MatchVerdict verdict(std::string_view text) { return matcher_->match(text).verdict; }
  static double score(std::string_view text) {
    const auto answer = matcher_->match(text);
    return answer.matches.empty() ? 0 : answer.matches[0].score;
  }
  static Matcher* matcher_;
};
Matcher* PlacesTest::matcher_ = nullptr;

TEST_F(PlacesTest, ARoadBesideItsSubdistrictAndCommunity) {
  for (const auto* text :
       {"武汉市武昌区洪山路64号", "武昌区水果湖街道洪山路64号", "湖北省武汉市武昌区水果湖街洪山路64号",
        "武昌区水果湖街道东亭社区洪山路64号附3号", "武昌区水果湖洪山路", "武昌水果湖街道办事处洪山路64号2栋301室",
        "洪山路64号，武昌区水果湖街道"})
    EXPECT_EQ(read(text), "match 洪山路") << text;
  EXPECT_EQ(read("武昌区水果湖街道洪山路社区"), "match 洪山路社区居委会");
  EXPECT_EQ(read("武昌区水果湖街道"), "match 水果湖街道");
  EXPECT_EQ(read("武昌区水果湖街道东亭社区3栋"), "match 东亭社区居委会");
}

TEST_F(PlacesTest, WhatIsUnknownAndMoreSpecificIsLookedAt) {
  for (const auto* text : {"武昌区水果湖街道晴川路12号", "武昌区水果湖街道东亭社区翠柳路8号", "武昌区水果湖街道百瑞花园",
                           "武汉市武昌区洪山路锦绣花园", "武昌区杨园街116号"})
    EXPECT_EQ(verdict(text), MatchVerdict::review) << text;
  // What stands at a house number of the road is no more than a remark.
  EXPECT_EQ(read("武昌区洪山路64号湖光大厦1201室"), "match 洪山路");
  EXPECT_EQ(verdict("武昌区洪山路与中山路交叉口"), MatchVerdict::review);
}

TEST_F(PlacesTest, OnlyTheAreaIsKnownHasOneVerdictAndAnHonestScore) {
  for (const auto* text : {"湖北省武汉市武昌区升平里经贸大厦1层", "武汉市武昌区富安街", "武汉市武昌区松竹路28号环球中心19楼",
                           "武汉市武昌区恒安路366号火星空间", "武昌区武泰闸万隆广场", "武昌大街155号", "武汉市武昌区梅园小学", "武昌区江城大学附属小学"}) {
    EXPECT_EQ(read(text), "review 武昌区") << text;
    EXPECT_GE(score(text), 0.4) << text;
    EXPECT_LE(score(text), 0.75) << text;
  }
  EXPECT_GT(score("武汉市武昌区富安街"), score("武汉市武昌区松竹路28号环球中心19楼"));
  EXPECT_GE(score("武汉市武昌区洪山路64号"), 0.9);
}

TEST_F(PlacesTest, ScoresAgreeWithVerdicts) {
  for (const auto* text : {"武昌区洪山路64号", "武昌区洪三路64号", "武昌区富安街", "江宁区富安街", "关山街道曙光社区", "署光",
                           "武汉市", "汉口", "洪山路", "天河区天河北路", "武昌区洪山路锦绣花园12栋", "甲乙丙丁戊"}) {
    const double s = score(text);
    switch (verdict(text)) {
      case MatchVerdict::match: EXPECT_GE(s, 0.8) << text; break;
      case MatchVerdict::review: EXPECT_TRUE(s >= 0.4 && s < 0.8) << text; break;
      case MatchVerdict::none: EXPECT_LT(s, 0.4) << text; break;
    }
  }
}

TEST_F(PlacesTest, AnotherCityWithOrWithoutItsEnding) {
  for (const auto* text :
       {"宁夏银川上海西路与北京路交叉口大厦B座", "长沙岳麓区青年路12号", "南京市鼓楼区北京路5号", "天河区天河北路890号软件园",
        "江宁区苏源大道19号青年路", "开福区民主路99号", "广东深圳民主路8号", "香港湾仔区北京路3号"})
    EXPECT_EQ(verdict(text), MatchVerdict::none) << text;
  for (const auto* text : {"张家港经济开发区青年路", "郧阳经济开发区民主路东侧", "杨元街道金马路59号"})
    EXPECT_NE(verdict(text), MatchVerdict::match) << text;
  // Roads that bear the names of cities are roads.
  EXPECT_EQ(read("武汉市江岸区北京路12号"), "match 北京路");
  EXPECT_EQ(read("江岸区一元街北京路"), "match 北京路");
}

TEST_F(PlacesTest, ARoadWithoutACityMayBeAnyCitys) {
  EXPECT_EQ(read("北京路12号"), "review 北京路");
  EXPECT_EQ(read("汉口北京路12号"), "match 北京路");
  EXPECT_EQ(read("武汉北京路12号"), "match 北京路");
}

TEST_F(PlacesTest, CustomaryPartsOfTheCity) {
  for (const auto* text : {"湖北省武汉市汉口青年路518号招银大厦", "武汉市汉口青年路", "汉口青年路1277号", "武汉汉口江汉区青年路1号"})
    EXPECT_EQ(read(text), "match 青年路") << text;
  EXPECT_EQ(read("湖北省武汉市东湖高新区鲁磨路"), "match 鲁磨路");
  EXPECT_EQ(read("武汉光谷鲁磨路9号"), "match 鲁磨路");
  EXPECT_NE(verdict("汉口民主路12号"), MatchVerdict::match);  // on the other side of the river
  EXPECT_EQ(read("汉口"), "review 武汉市");
  EXPECT_EQ(read("武汉市东湖高新区佳园路33号"), "review 武汉市");
}

TEST_F(PlacesTest, ASoundAlikeBesideWhatIsRight) {
  for (const auto* text : {"珞瑜路", "洪山区珞瑜路", "武汉市洪山区珞瑜路1037号", "湖北省武汉市洪山区珞瑜路149号汇通大厦10楼",
                           "洪山区关山街道珞瑜路10号", "东湖高新区珞瑜路10号"})
    EXPECT_EQ(read(text), "review 珞喻路") << text;
  EXPECT_EQ(read("武汉市洪山区珞石路12号"), "review 洪山区");  // two characters and one of them another: no slip
}

TEST_F(PlacesTest, AnAreaSaidTwice) {
  for (const auto* text : {"武汉市武昌区武汉市武昌区洪山路64号", "武昌武昌区水果湖街道洪山路64号", "武昌区洪山路武汉市洪山路64号"})
    EXPECT_EQ(read(text), "match 洪山路") << text;
}

TEST_F(PlacesTest, ARoadThroughSeveralCounties) {
  EXPECT_EQ(read("武汉市江岸区建设大道718号"), "match 建设大道");
  EXPECT_EQ(read("武汉市江汉区建设大道737号"), "match 建设大道");
  EXPECT_EQ(read("江汉区万松街道建设大道737号"), "match 建设大道");
  // Not known to run there.
  EXPECT_EQ(read("武汉市武昌区建设大道5号"), "review 建设大道");
}

TEST_F(PlacesTest, AnotherInstitutionOrALongerName) {
  EXPECT_EQ(read("武汉市洪山区江城大学"), "match 江城大学");
  EXPECT_EQ(read("武汉市洪山区珞喻路238号江城大学"), "match 江城大学");
  for (const auto* text : {"武汉市洪山区江城大学人民医院", "武汉市洪山区珞喻路238号江城大学附属中学",
                           "武昌区东湖宾馆路12号", "武昌区东湖经济开发区12号", "洪山区古田四路8号", "武汉市武昌区湖北剧院路3号"}) {
    const auto answer = read(text);
    for (const auto* other : {"江城大学", "东湖", "古田社区居委会", "湖北剧院"})
      EXPECT_NE(answer, std::string("match ") + other) << text;
  }
  EXPECT_EQ(read("武汉市洪山区珞喻路238号江城大学人民医院"), "match 珞喻路");
}

TEST_F(PlacesTest, OneFoldingOfIdeographs) {
  EXPECT_EQ(read("武汉市武昌区洪⼭路64号"), "match 洪山路");
  EXPECT_EQ(read("武汉市江汉区⻘年路"), "match 青年路");
  EXPECT_EQ(read("武汉市武昌区𡊄头路8号"), "match 𡊄头路");
  // Two characters beyond the basic plane, or of private use, are not the same because both are rare.
  EXPECT_NE(verdict("武汉市武昌区𢊄头路8号"), MatchVerdict::match);
  EXPECT_NE(verdict("武汉市武昌区\uE123头路8号"), MatchVerdict::match);
}

TEST(IndexBuild, RefusesPartsWithoutCounties) {
  IndexOptions options;
  options.parts = {{"汉口", {"4201"}}};
  EXPECT_EQ(build_index(city(), temporary("parts.idx"), options).error().reason, "place_names.index.part");
}

/// The demonstration's divisions and names: the lines of its tables that begin with a code or a key.
std::vector<Entry> demonstration() {
  static const std::map<std::string, Level> levels{{"province", Level::province}, {"prefecture", Level::city},
                                                   {"county", Level::county},     {"township", Level::township},
                                                   {"village", Level::village}};
  Names n;
  std::ifstream divisions("systems/registers/demo/divisions.csv"), names("systems/place_names/demo/place_names.csv");
  for (std::string line; std::getline(divisions, line);) {
    const auto fields = split(line, ',');
    if (fields.size() < 4) continue;
    if (const auto level = levels.find(std::string(fields[2])); level != levels.end())
      n.add(std::string(fields[0]), std::string(fields[1]).c_str(), level->second, std::string(fields[3]));
  }
  for (std::string line; std::getline(names, line);) {
    const auto fields = split(line, ',');
    if (fields.size() < 6 || fields[5].size() != 12) continue;
    n.place(std::string(fields[5]), std::string(fields[3]).c_str(), std::string(fields[1]).c_str());
  }
  return n.list;
}

class RealAddresses : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto entries = demonstration();
    ASSERT_GT(entries.size(), 3000u) << "the demonstration's tables are not where the tests run";
    ASSERT_TRUE(build_index(std::move(entries), temporary("demo.idx")));
    auto opened = Matcher::open(temporary("demo.idx"));
    ASSERT_TRUE(opened);
    matcher_ = new Matcher(std::move(*opened));
  }
  static void TearDownTestSuite() {
    delete matcher_;
    matcher_ = nullptr;
    std::filesystem::remove(temporary("demo.idx"));
  }
  static Matcher* matcher_;
};
Matcher* RealAddresses::matcher_ = nullptr;

TEST_F(RealAddresses, NoneOfTenCitiesIsTakenForAPlaceHere) {
  std::ifstream in("systems/place_names/engine/data/addresses_test.tsv");
  std::map<std::string, int> count;
  for (std::string line; std::getline(in, line);) {
    const auto tab = line.find('\t');
    if (line.starts_with('#') || tab == std::string::npos) continue;
    ++count[line.substr(0, tab)];
    const auto answer = matcher_->match(line.substr(tab + 1));
    EXPECT_NE(answer.verdict, MatchVerdict::match)
        << line << " -> " << (answer.matches.empty() ? "" : answer.matches[0].full_name);
  }
  int all = 0;
  for (const auto& [city, addresses] : count) all += addresses;
  EXPECT_EQ(count.size(), 10u);
  EXPECT_GE(all, 200);
}

/// The folder of public samples beside the checkout, or where CIVITAS_DATA says.
std::filesystem::path shared_data() {
  const char* told = std::getenv("CIVITAS_DATA");
  return told ? std::filesystem::path(told) : std::filesystem::path("../shared/data");
}

TEST_F(RealAddresses, SamplesOfTwoCities) {
  const auto file = shared_data() / "address-samples.csv";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no samples: " << file.string() << " is not there; CIVITAS_DATA names another folder";
  std::ifstream in(file);
  int here = 0, taken = 0, elsewhere = 0;
  for (std::string line; std::getline(in, line);) {
    const auto fields = split(line, ',');
    if (fields.size() < 5 || (fields[0] != "武汉" && fields[0] != "哈尔滨")) continue;
    const auto begin = line.find(',', line.find(',', line.find(',') + 1) + 1) + 1;
    const std::string address = line.substr(begin, line.rfind(',') - begin);
    const auto answer = matcher_->match(address);
    if (fields[0] == "哈尔滨") {
      ++elsewhere;
      EXPECT_NE(answer.verdict, MatchVerdict::match) << address;
      continue;
    }
    ++here;
    if (answer.verdict != MatchVerdict::match) continue;
    ++taken;
    // A county that the address names is the one in which the place lies.
    for (const auto* county : {"江岸区", "江汉区", "硚口区", "汉阳区", "武昌区", "青山区", "洪山区", "东西湖区", "汉南区",
                               "蔡甸区", "江夏区", "黄陂区", "新洲区"}) {
      const bool named = address.find(county) != std::string::npos;
      EXPECT_TRUE(!named || answer.matches[0].full_name.find(county) != std::string::npos)
          << address << " -> " << answer.matches[0].full_name;
    }
  }
  EXPECT_GE(here, 250);
  EXPECT_GE(elsewhere, 20);
  EXPECT_GE(taken, 35);
}

}  // namespace
}  // namespace civitas::place_names
