#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "documents/byte_source.hpp"
#include "documents/geojson.hpp"
#include "documents/test_files.hpp"

namespace civitas::documents {
namespace {

using testing::Folder;

struct Features {
  std::vector<Json> all;
  Json members;
  std::string reason;
};

// One byte at a time finds what depends on where a piece ends.
class DripSource final : public ByteSource {
 public:
  explicit DripSource(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> read(char* into, std::size_t) override {
    if (at_ >= text_.size()) return std::size_t{0};
    *into = text_[at_++];
    return std::size_t{1};
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

Features read(std::string text, const FeatureLimits& limits = {}) {
  Features f;
  auto reader = FeatureReader::open(std::make_unique<DripSource>(std::move(text)), limits);
  if (!reader) {
    f.reason = reader.error().reason;
    return f;
  }
  Json feature;
  for (;;) {
    const auto any = (*reader)->next(feature);
    if (!any) {
      f.reason = any.error().reason;
      break;
    }
    if (!*any) break;
    f.all.push_back(feature);
  }
  f.members = (*reader)->members();
  return f;
}

constexpr const char* point =
    R"({"type":"Feature","geometry":{"type":"Point","coordinates":[117.2,31.8]},"properties":{"n":"a\"]}\\"}})";

TEST(GeoJson, FeaturesOneByOne) {
  const auto f = read(std::string("\xEF\xBB\xBF { \"name\" : \"x\\\"{\" , \"features\" : [ ") + point + " ,\n" + point +
                      " ] , \"n\" : -1.5 , \"crs\":{\"a\":[]}, \"type\":\"FeatureCollection\"} \n");
  EXPECT_EQ(f.reason, "");
  ASSERT_EQ(f.all.size(), 2u);
  EXPECT_EQ(f.all[1]["properties"]["n"].as_string(), "a\"]}\\");
  EXPECT_EQ(f.members["name"].as_string(), "x\"{");
  EXPECT_EQ(f.members["n"].as_number(), -1.5);
  EXPECT_EQ(read(R"({"type":"FeatureCollection","features":[]})").reason, "");
}

TEST(GeoJson, RefusesWhatIsWrong) {
  EXPECT_EQ(read(R"([1])").reason, "documents.geojson.syntax");
  EXPECT_EQ(read("").reason, "documents.geojson.syntax");
  EXPECT_EQ(read(point).reason, "documents.geojson.collection");
  EXPECT_EQ(read(R"({"type":"FeatureCollection"})").reason, "documents.geojson.collection");
  EXPECT_EQ(read(R"({"type":"FeatureCollection","features":[{"type":"Point"}]})").reason, "documents.geojson.feature");
  EXPECT_EQ(read(std::string(R"({"type":"FeatureCollection","features":[)") + point + " " + point + "]}").reason,
            "documents.geojson.syntax");
  EXPECT_EQ(read(std::string(R"({"type":"FeatureCollection","features":[)") + point + ",]}").reason,
            "documents.geojson.syntax");
  EXPECT_EQ(read(std::string(R"({"type":"FeatureCollection","features":[)") + point).reason,
            "documents.geojson.syntax");
  EXPECT_EQ(read(std::string(R"({"type":"FeatureCollection","features":[]})") + '\0').reason,
            "documents.geojson.syntax");
  EXPECT_EQ(read(R"({"type":"FeatureCollection","features":[]} x)").reason, "documents.geojson.syntax");
  EXPECT_EQ(read(R"({"type":"FeatureCollection","features":[],"features":[]})").reason, "documents.geojson.syntax");
  EXPECT_EQ(read("{\"features\":[" + std::string(100'000, '[')).reason, "documents.geojson.syntax");
  FeatureLimits small;
  small.feature_bytes = 50;
  EXPECT_EQ(read(std::string("{\"features\":[") + point + "]}", small).reason, "documents.geojson.feature_size");
}

TEST(GeoJson, WritesWhatItReadsInConstantMemory) {
  Folder folder;
  auto writer = FeatureWriter::create(folder / "f.geojson", Json::object().set("name", "地名"));
  ASSERT_TRUE(writer);
  const Json feature = *Json::parse(point);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  constexpr int many = 200'000;
  for (int i = 0; i < many; ++i) ASSERT_TRUE(i % 2 ? (*writer)->feature(feature) : (*writer)->raw(point));
  EXPECT_FALSE(std::filesystem::exists(folder / "f.geojson"));
  ASSERT_TRUE((*writer)->finish());
  EXPECT_FALSE((*writer)->finish());
  auto reader = FeatureReader::open(folder / "f.geojson");
  ASSERT_TRUE(reader);
  Json read_back;
  int count = 0;
  for (;;) {
    const auto any = (*reader)->next(read_back);
    ASSERT_TRUE(any);
    if (!*any) break;
    ++count;
    ASSERT_EQ(read_back, feature);
  }
  EXPECT_EQ(count, many);
  EXPECT_EQ((*reader)->number(), static_cast<std::uint64_t>(many));
  EXPECT_EQ((*reader)->members()["name"].as_string(), "地名");
  EXPECT_EQ((*reader)->bytes_read(), std::filesystem::file_size(folder / "f.geojson"));
#ifndef DOCUMENTS_SANITIZED
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8'000);
#endif
  EXPECT_EQ(FeatureReader::open(folder / "none").error().reason, "documents.geojson.unreadable");
}

}  // namespace
}  // namespace civitas::documents
