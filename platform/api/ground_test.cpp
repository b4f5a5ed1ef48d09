// The ground of maps: files of a city's folder become tiles, and what is wrong in them is told with its row.
#include "api/ground.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/id.hpp"
#include "entities/reader.hpp"

namespace civitas::api {
namespace {

namespace fs = std::filesystem;

class GroundFiles : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_ / "river/ground"); }
  void TearDown() override { fs::remove_all(folder_); }
  void put(const fs::path& name, const std::string& text) { std::ofstream(folder_ / "river" / name) << text; }

  Result<Ground> read(const std::string& ground) {
    put("city.yaml", "title: {zh: 江城, en: River}\nground:\n" + ground);
    entities::Mistakes mistakes;
    const auto city = entities::read_city(folder_ / "river", mistakes);
    if (!mistakes.none()) return fail(mistakes.to_problem());
    return Ground::read(city);
  }
  std::string problem_of(const std::string& ground) {
    const auto read_now = read(ground);
    return read_now ? "" : read_now.error().message.en;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("civitas-ground-" + random_hex(8));
};

constexpr const char* water_csv =
    "class,name,wkt\nriver,大河,\"POLYGON((114.2 30.5,114.4 30.5,114.4 30.6,114.2 30.6,114.2 30.5))\"\n"
    "lake,,\"POLYGON((114.30000 30.70000,114.30005 30.70000,114.30005 30.70005,114.30000 30.70000))\"\n";
constexpr const char* roads_csv =
    "class,colour,wkt\nmotorway,,\"LINESTRING(114.2 30.55,114.4 30.55)\"\nminor,,\"LINESTRING(114.2 30.56,114.4 30.56)\"\n"
    "minor,,\"LINESTRING(114.2 30.57,114.4 30.57)\"\n";
constexpr const char* both =
    "  - {kind: water, file: ground/water.csv, source: \"© Surveyors\"}\n  - {kind: road, file: ground/roads.csv, source: \"© Surveyors\"}\n";

TEST_F(GroundFiles, AreDrawnFromTheZoomThatShowsThem) {
  put("ground/water.csv", water_csv);
  put("ground/roads.csv", roads_csv);
  const auto ground = read(both);
  ASSERT_TRUE(ground) << ground.error().message.en;
  const auto at = [&](int zoom) { return ground->tile(geo::tile_at({114.3, 30.55}, zoom)); };
  const auto has = [](const std::string& tile, const char* word) { return tile.find(word) != std::string::npos; };
  EXPECT_TRUE(has(at(5), "water"));
  EXPECT_FALSE(has(at(5), "motorway"));
  EXPECT_TRUE(has(at(6), "motorway"));
  EXPECT_FALSE(has(at(11), "minor"));
  EXPECT_TRUE(has(at(12), "minor"));
  EXPECT_FALSE(has(at(5), "lake")) << "five metres are nothing from afar";
  EXPECT_TRUE(has(at(9), "大河")) << "the tile in the middle of an area bears its name";
  EXPECT_TRUE(ground->tile(geo::tile_at({10, 50}, 9)).empty());
  EXPECT_EQ(at(9), at(9)) << "a tile of one version is always the same";
}

TEST_F(GroundFiles, OneClassIsOneFeature) {
  std::string roads = "class,wkt\n";
  for (int i = 0; i < 2000; ++i)
    roads += "minor,\"LINESTRING(114.30 30.5" + std::to_string(1000 + i) + ",114.31 30.5" + std::to_string(1000 + i) + ")\"\n";
  put("ground/roads.csv", roads);
  const auto ground = read("  - {kind: road, file: ground/roads.csv, source: S}\n");
  ASSERT_TRUE(ground) << ground.error().message.en;
  const std::string tile = ground->tile(geo::tile_at({114.305, 30.515}, 13));
  EXPECT_LT(tile.size(), 60'000u);
  std::size_t features = 0;
  for (auto found = tile.find("\x18\x02"); found != tile.npos; found = tile.find("\x18\x02", found + 2)) ++features;
  EXPECT_LE(features, 2u) << "2,000 lines are one feature to draw";
}

TEST_F(GroundFiles, SayWhomTheMapNames) {
  put("ground/water.csv", water_csv);
  put("ground/roads.csv", roads_csv);
  const auto ground = read(both);
  ASSERT_TRUE(ground);
  const Json said = ground->describe();
  EXPECT_EQ(said["sources"].dump(), "[\"© Surveyors\"]");
  EXPECT_EQ(said["kinds"].dump(), "[\"water\",\"road\"]");
  const std::string before = ground->version();
  put("ground/roads.csv", std::string(roads_csv) + "path,,\"LINESTRING(114.2 30.58,114.4 30.58)\"\n");
  EXPECT_NE(read(both)->version(), before) << "a changed file is another version";
  EXPECT_TRUE(Ground().describe().is_null());
}

TEST_F(GroundFiles, GeoJsonIsReadToo) {
  put("ground/green.geojson",
      R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"class":"wood","colour":null},"geometry":{"type":"Polygon","coordinates":[[[114,30],[115,30],[115,31],[114,30]]]}}]})");
  const auto ground = read("  - {kind: green, file: ground/green.geojson, source: S}\n");
  ASSERT_TRUE(ground) << ground.error().message.en;
  EXPECT_NE(ground->tile(geo::tile_at({114.5, 30.2}, 8)).find("wood"), std::string::npos);
}

TEST_F(GroundFiles, AreRefusedWithTheirRow) {
  put("ground/a.csv", "class,shape\nx,y\n");
  EXPECT_EQ(problem_of("  - {kind: water, file: ground/a.csv, source: S}\n"), "river/ground/a.csv: the first row has no column wkt.");
  put("ground/a.csv", "wkt\nPOINT(1 1)\nLINESTRING(1\n");
  EXPECT_TRUE(problem_of("  - {kind: water, file: ground/a.csv, source: S}\n").starts_with("river/ground/a.csv 3: "));
  put("ground/a.csv", "colour,wkt\nred;},POINT(1 1)\n");
  EXPECT_EQ(problem_of("  - {kind: rail, file: ground/a.csv, source: S}\n"), "river/ground/a.csv 2: colour is written as #rrggbb.");
  const std::string says = problem_of("  - {kind: watre, file: ground/b.csv, source: S}\n  - {kind: road, file: ../secret.csv, source: S}\n  - {kind: road, file: ground/a.csv}\n");
  EXPECT_NE(says.find("river/city.yaml:3"), says.npos) << says;
  EXPECT_NE(says.find("water"), says.npos) << says;
  EXPECT_NE(says.find("no file ../secret.csv"), says.npos) << says;
  EXPECT_NE(says.find("source"), says.npos) << says;
}

}  // namespace
}  // namespace civitas::api
