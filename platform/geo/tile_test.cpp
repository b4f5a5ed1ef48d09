#include "geo/tile.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/test_needs.hpp"
#include "geo/measure.hpp"

namespace civitas::geo {
namespace {

// A decoder of its own, written from the specification, that shares nothing with the writer.
struct Decoded {
  struct Feature {
    std::optional<std::uint64_t> id;
    std::vector<std::pair<std::string, std::string>> tags;
    unsigned type = 0;
    std::vector<std::vector<std::pair<int, int>>> runs;
    std::vector<bool> closed;
  };
  struct Layer {
    std::string name;
    std::uint64_t version = 0;
    std::uint64_t extent = 0;
    std::vector<Feature> features;
  };
  std::vector<Layer> layers;
};

class Wire {
 public:
  explicit Wire(std::string_view bytes) : bytes_(bytes) {}
  bool next() {
    if (bytes_.empty()) return false;
    const auto tag = varint();
    field = tag >> 3;
    switch (tag & 7) {
      case 0: number = varint(); break;
      case 1:
        number = 0;
        for (int i = 0; i < 8; ++i) number |= std::uint64_t{static_cast<unsigned char>(bytes_.at(i))} << (8 * i);
        bytes_.remove_prefix(8);
        break;
      case 2: {
        const auto size = varint();
        if (size > bytes_.size()) throw std::runtime_error("truncated");
        body = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        break;
      }
      default: throw std::runtime_error("wire type");
    }
    return true;
  }
  bool more() const { return !bytes_.empty(); }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
      const auto c = static_cast<unsigned char>(bytes_.at(0));
      bytes_.remove_prefix(1);
      v |= std::uint64_t{c & 127u} << shift;
      if (c < 128) return v;
    }
  }
  std::uint64_t field = 0;
  std::uint64_t number = 0;
  std::string_view body;

 private:
  std::string_view bytes_;
};

std::string value_text(std::string_view bytes) {
  Wire w(bytes);
  w.next();
  switch (w.field) {
    case 1: return "s:" + std::string(w.body);
    case 3: return "d:" + std::to_string(std::bit_cast<double>(w.number));
    case 4: return "i:" + std::to_string(static_cast<std::int64_t>(w.number));
    case 6:
      return "i:" + std::to_string(static_cast<std::int64_t>(w.number >> 1) ^ -static_cast<std::int64_t>(w.number & 1));
    case 7: return w.number ? "b:true" : "b:false";
    default: return "?";
  }
}

Decoded decode(std::string_view bytes) {
  Decoded tile;
  for (Wire t(bytes); t.next();) {
    EXPECT_EQ(t.field, 3u);
    Decoded::Layer layer;
    std::vector<std::string> keys, values;
    std::vector<std::vector<std::uint64_t>> tags;
    for (Wire l(t.body); l.next();) {
      if (l.field == 15) layer.version = l.number;
      if (l.field == 1) layer.name = l.body;
      if (l.field == 3) keys.emplace_back(l.body);
      if (l.field == 4) values.push_back(value_text(l.body));
      if (l.field == 5) layer.extent = l.number;
      if (l.field != 2) continue;
      auto& feature = layer.features.emplace_back();
      auto& raw_tags = tags.emplace_back();
      for (Wire f(l.body); f.next();) {
        if (f.field == 1) feature.id = f.number;
        if (f.field == 3) feature.type = static_cast<unsigned>(f.number);
        if (f.field == 2)
          for (Wire w(f.body); w.more();) raw_tags.push_back(w.varint());
        if (f.field != 4) continue;
        int x = 0, y = 0;
        for (Wire w(f.body); w.more();) {
          const auto command = w.varint();
          if ((command & 7) == 7) {
            feature.closed.back() = true;
            continue;
          }
          for (std::uint64_t n = 0; n < command >> 3; ++n) {
            const auto step = [&] {
              const auto v = w.varint();
              return static_cast<int>(v >> 1) ^ -static_cast<int>(v & 1);
            };
            x += step();
            y += step();
            if ((command & 7) == 1) {
              feature.runs.emplace_back();
              feature.closed.push_back(false);
            }
            feature.runs.back().emplace_back(x, y);
          }
        }
      }
    }
    for (std::size_t i = 0; i < tags.size(); ++i)
      for (std::size_t k = 0; k + 1 < tags[i].size(); k += 2)
        layer.features[i].tags.emplace_back(keys.at(tags[i][k]), values.at(tags[i][k + 1]));
    tile.layers.push_back(std::move(layer));
  }
  return tile;
}

double surveyor(const std::vector<std::pair<int, int>>& ring) {
  double sum = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const auto& [x1, y1] = ring[i];
    const auto& [x2, y2] = ring[(i + 1) % ring.size()];
    sum += static_cast<double>(x1) * y2 - static_cast<double>(x2) * y1;
  }
  return sum / 2;
}

TEST(TileMaths, KnownTilesAndBack) {
  EXPECT_EQ(tile_at({114.3055, 30.5928}, 14), (TileId{14, 13394, 6728}));
  EXPECT_EQ(tile_at({-180, 89}, 3), (TileId{3, 0, 0}));
  EXPECT_EQ(tile_at({180, -89}, 3), (TileId{3, 7, 7}));
  const Box world = tile_box({0, 0, 0});
  EXPECT_NEAR(world.max_y, 85.0511287798, 1e-9);
  EXPECT_EQ(world.min_x, -180);
  const Point p{114.3055, 30.5928};
  for (int z = 0; z <= max_zoom; ++z) EXPECT_TRUE(tile_box(tile_at(p, z)).contains(p)) << z;
  // gdaltransform -s_srs EPSG:4326 -t_srs EPSG:3857
  EXPECT_NEAR(to_web_mercator(p).x, 12724430.0548705, 1e-6);
  EXPECT_NEAR(to_web_mercator(p).y, 3579978.62136389, 1e-6);
  EXPECT_EQ(make_tile(25, 0, 0).error().reason, "geo.tile.address");
  EXPECT_EQ(make_tile(3, 8, 0).error().reason, "geo.tile.address");
  EXPECT_TRUE(make_tile(3, 7, 7));
}

TEST(TileMaths, TilesTouched) {
  const Box inside{114.301, 30.601, 114.302, 30.602};
  const auto one = tiles_touched(inside, 10);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->count(), 1u);
  EXPECT_TRUE(one->contains(tile_at({114.3015, 30.6015}, 10)));
  EXPECT_EQ(tiles_touched({-180, -85, 180, 85}, 3)->count(), 64u);
  EXPECT_FALSE(tiles_touched(Box::none(), 3));
  // A box just inside of a tile's east edge shows in the buffer of the next tile.
  const Box edge = tile_box({10, 837, 419});
  const Box near_edge{edge.max_x - 1e-4, edge.center().y, edge.max_x - 1e-5, edge.center().y};
  EXPECT_EQ(tiles_touched(near_edge, 10)->count(), 1u);
  EXPECT_EQ(tiles_touched(near_edge, 10, 64.0 / 4096)->count(), 2u);
}

TEST(TileWriter, WritesWhatADecoderReads) {
  const TileId id{12, 3348, 1678};
  const Box box = tile_box(id);
  const auto at = [&](double fx, double fy) {
    return Point{box.min_x + fx * (box.max_x - box.min_x), box.max_y - fy * (box.max_y - box.min_y)};
  };
  TileWriter writer(id);
  writer.layer("poi");
  const TileAttribute attributes[] = {{"name", std::string_view("黄鹤楼")},
                                      {"rank", std::int64_t{5}},
                                      {"depth", std::int64_t{-7}},
                                      {"height", 51.4},
                                      {"open", true}};
  EXPECT_TRUE(writer.add(at(0.5, 0.25), 42, attributes));
  EXPECT_FALSE(writer.add(at(1.5, 0.25), 43, attributes));
  EXPECT_TRUE(writer.add(at(0.1, 0.9), std::nullopt, std::span(attributes, 1)));
  writer.layer("area");
  const auto ring = [&](std::initializer_list<Point> corners, PathKind kind) {
    Path path{kind, {}};
    for (const Point c : corners) path.positions.push_back(at(c.x, c.y));
    path.positions.push_back(path.positions.front());
    return path;
  };
  EXPECT_TRUE(writer.add(*Geometry::from_paths({ring({{.2, .2}, {.8, .2}, {.8, .8}, {.2, .8}}, PathKind::shell),
                                                ring({{.4, .4}, {.6, .4}, {.6, .6}, {.4, .6}}, PathKind::hole)}),
                         7, {}));
  writer.layer("never used");
  writer.layer("road");
  EXPECT_TRUE(writer.add(*Geometry::from_paths({{PathKind::line, {at(-1, .5), at(.5, .5), at(.5, 2)}}}), 8, {}));
  EXPECT_EQ(writer.feature_count(), 4u);

  const auto tile = decode(writer.finish());
  ASSERT_EQ(tile.layers.size(), 3u);
  EXPECT_EQ(tile.layers[0].name, "poi");
  EXPECT_EQ(tile.layers[0].version, 2u);
  EXPECT_EQ(tile.layers[0].extent, 4096u);
  ASSERT_EQ(tile.layers[0].features.size(), 2u);
  const auto& poi = tile.layers[0].features[0];
  EXPECT_EQ(poi.id, 42u);
  EXPECT_EQ(poi.type, 1u);
  EXPECT_NEAR(poi.runs[0][0].first, 2048, 1);
  EXPECT_NEAR(poi.runs[0][0].second, 1024, 2);
  EXPECT_EQ(
      poi.tags,
      (std::vector<std::pair<std::string, std::string>>{
          {"name", "s:黄鹤楼"}, {"rank", "i:5"}, {"depth", "i:-7"}, {"height", "d:51.400000"}, {"open", "b:true"}}));
  EXPECT_FALSE(tile.layers[0].features[1].id);

  const auto& area = tile.layers[1].features[0];
  EXPECT_EQ(area.type, 3u);
  ASSERT_EQ(area.runs.size(), 2u);
  EXPECT_TRUE(area.closed[0] && area.closed[1]);
  EXPECT_NEAR(surveyor(area.runs[0]), 0.36 * 4096 * 4096, 30'000);
  EXPECT_NEAR(surveyor(area.runs[1]), -0.04 * 4096 * 4096, 10'000);

  const auto& road = tile.layers[2].features[0];
  EXPECT_EQ(road.type, 2u);
  ASSERT_EQ(road.runs.size(), 1u);
  EXPECT_EQ(road.runs[0].front().first, -64);
  EXPECT_EQ(road.runs[0].back().second, 4096 + 64);
}

TEST(TileWriter, ClipsAreasToTheBufferAndDropsWhatVanishes) {
  const TileId id{8, 209, 104};
  TileWriter writer(id);
  writer.layer("a");
  // Covers the whole tile and much more.
  EXPECT_TRUE(writer.add(*Geometry::rectangle({100, 20, 130, 40}), 1, {}));
  // A house cannot be seen at zoom 8; its outline collapses.
  const Point c = tile_box(id).center();
  EXPECT_FALSE(writer.add(*Geometry::rectangle({c.x, c.y, c.x + 1e-5, c.y + 1e-5}), 2, {}));
  // Its box meets the tile, its area does not.
  const Box b = tile_box(id);
  EXPECT_FALSE(writer.add(*Geometry::from_paths({{PathKind::shell,
                                                  {{b.min_x - 1, b.max_y - 0.2},
                                                   {b.min_x - 1, b.max_y + 1},
                                                   {b.max_x, b.max_y + 1},
                                                   {b.min_x - 1, b.max_y - 0.2}}}}),
                          3, {}));
  const auto tile = decode(writer.finish());
  ASSERT_EQ(tile.layers.size(), 1u);
  ASSERT_EQ(tile.layers[0].features.size(), 1u);
  EXPECT_EQ(surveyor(tile.layers[0].features[0].runs[0]), 4224.0 * 4224.0);
  EXPECT_EQ(TileWriter(id).finish(), "");
}

TEST(TileWriter, EveryAreaIsValidOnTheGrid) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> share(-0.5, 1.5);
  std::uniform_real_distribution<double> reach(0.05, 1);
  const TileId id{10, 837, 419};
  const Box b = tile_box(id);
  TileWriter writer(id);
  writer.layer("a");
  for (int i = 0; i < 400; ++i) {
    const Point c{b.min_x + share(random) * (b.max_x - b.min_x), b.min_y + share(random) * (b.max_y - b.min_y)};
    // From large ragged ones across the edges to some of a few units.
    const double radius = i % 4 == 0 ? 0.0006 : 0.3;
    Path shell{PathKind::shell, {}};
    const int corners = 120;
    for (int k = 0; k < corners; ++k)
      shell.positions.push_back({c.x + radius * reach(random) * std::cos(6.283185307 * k / corners),
                                 c.y + radius * reach(random) * std::sin(6.283185307 * k / corners)});
    shell.positions.push_back(shell.positions.front());
    writer.add(*Geometry::from_paths({shell}), i, {});
  }
  const auto tile = decode(writer.finish());
  ASSERT_GT(tile.layers[0].features.size(), 150u);
  for (const auto& feature : tile.layers[0].features) {
    std::vector<Path> paths;
    for (const auto& run : feature.runs) {
      Path path{surveyor(run) > 0 ? PathKind::shell : PathKind::hole, {}};
      // Tile units made small enough to pass as degrees; validity does not depend on scale.
      for (const auto& [x, y] : run) {
        EXPECT_TRUE(x >= -64 && x <= 4160 && y >= -64 && y <= 4160);
        path.positions.push_back({x / 64.0, y / 64.0});
      }
      path.positions.push_back(path.positions.front());
      paths.push_back(std::move(path));
    }
    const auto g = Geometry::from_paths(paths);
    ASSERT_TRUE(g) << *feature.id << g.error().message.en;
    const auto fault = validity(*g);
    EXPECT_FALSE(fault) << *feature.id << fault->reason;
  }
}

TEST(TileWriter, RunsOfSeveralShapesAreOneFeature) {
  const TileId id = tile_at({114.3, 30.5}, 12);
  const Box box = tile_box(id);
  std::vector<Path> paths;
  for (int i = 1; i <= 50; ++i) {
    const double y = box.min_y + (box.max_y - box.min_y) * i / 51;
    paths.push_back({PathKind::line, {{box.min_x, y}, {box.max_x, y}}});
  }
  TileWriter writer(id);
  writer.layer("road");
  const TileAttribute attributes[] = {{"class", std::string_view("minor")}};
  ASSERT_TRUE(writer.add(paths, attributes));
  EXPECT_EQ(writer.feature_count(), 1u);
  const auto decoded = decode(writer.finish());
  ASSERT_EQ(decoded.layers.size(), 1u);
  EXPECT_EQ(decoded.layers[0].features[0].runs.size(), 50u);
  EXPECT_EQ(decoded.layers[0].features[0].type, 2u);
}

TEST(TileWriter, GdalReadsTheSame) {
  CIVITAS_NEEDS(std::system("ogrinfo --version > /dev/null 2>&1") == 0, "gdal-bin");
  const TileId id = tile_at({114.3055, 30.5928}, 12);
  TileWriter writer(id);
  writer.layer("poi");
  const TileAttribute attributes[] = {{"name", std::string_view("黄鹤楼")}, {"rank", std::int64_t{5}}};
  ASSERT_TRUE(writer.add({114.3055, 30.5928}, 42, attributes));
  ASSERT_TRUE(writer.add(
      *Geometry::from_wkt("POLYGON((114.29 30.58,114.3 30.58,114.3 30.59,114.29 30.59,114.29 30.58))"), 43, {}));
  const auto folder =
      std::filesystem::temp_directory_path() / ("civitas_tile_" + std::to_string(std::random_device{}()));
  std::filesystem::create_directories(folder);
  const auto file = folder / "one.mvt";
  std::ofstream(file, std::ios::binary) << writer.finish();
  const auto command = "ogrinfo -al -oo X=" + std::to_string(id.x) + " -oo Y=" + std::to_string(id.y) +
                       " -oo Z=" + std::to_string(id.z) + " " + file.string() + " 2>&1";
  std::string output;
  if (FILE* pipe = popen(command.c_str(), "r")) {
    char chunk[4096];
    while (const auto n = fread(chunk, 1, sizeof chunk, pipe)) output.append(chunk, n);
    pclose(pipe);
  }
  std::filesystem::remove_all(folder);
  EXPECT_NE(output.find("Feature Count: 2"), std::string::npos) << output;
  EXPECT_NE(output.find("name (String) = 黄鹤楼"), std::string::npos) << output;
  EXPECT_NE(output.find("rank (Integer) = 5"), std::string::npos) << output;
  EXPECT_NE(output.find("mvt_id (Integer64) = 42"), std::string::npos) << output;
  const auto found = output.find("POINT (");
  ASSERT_NE(found, std::string::npos) << output;
  const Point expected = to_web_mercator({114.3055, 30.5928});
  double x = 0, y = 0;
  ASSERT_EQ(std::sscanf(output.c_str() + found, "POINT (%lf %lf)", &x, &y), 2);
  // One unit of a tile at zoom 12 is 2.4 m.
  EXPECT_NEAR(x, expected.x, 1.3);
  EXPECT_NEAR(y, expected.y, 1.3);
}

}  // namespace
}  // namespace civitas::geo
