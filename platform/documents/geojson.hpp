// GeoJSON (RFC 7946) feature collections of any length, one feature in memory at a time.
//
// Reasons of failure: documents.geojson.unreadable, .unwritable, .syntax (with the byte offset), .collection
// (no FeatureCollection), .feature (an element is no Feature; the sentence gives its number), .feature_size,
// .finished.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace civitas::documents {

class ByteSource;

struct FeatureLimits {
  std::size_t feature_bytes = 64u << 20;
  std::size_t member_bytes = 1u << 20;  // of the other members of the collection, each
  std::uint64_t features = 100'000'000;
};

class FeatureReader {
 public:
  static Result<std::unique_ptr<FeatureReader>> open(const std::filesystem::path& file,
                                                     const FeatureLimits& limits = {});
  static Result<std::unique_ptr<FeatureReader>> open(std::unique_ptr<ByteSource> source,
                                                     const FeatureLimits& limits = {});
  virtual ~FeatureReader() = default;

  /// The next feature, an object of type Feature; false at the end. That the whole is a FeatureCollection is
  /// known only at the end.
  virtual Result<bool> next(Json& feature) = 0;
  /// Number of the last feature, from 1.
  virtual std::uint64_t number() const = 0;
  /// The other members of the collection met so far: name, crs, bbox …
  virtual const Json& members() const = 0;
  virtual std::uint64_t bytes_read() const = 0;
  /// Passes over all features that are left without reading them, for what stands behind them: members() is whole then.
  virtual Status skim() = 0;
};

class FeatureWriter {
 public:
  /// `members`: further members of the collection, written first. The file appears under its name when
  /// finished.
  static Result<std::unique_ptr<FeatureWriter>> create(const std::filesystem::path& file,
                                                       const Json& members = Json::object());
  virtual ~FeatureWriter() = default;
  virtual Status feature(const Json& feature) = 0;
  /// Text that already is one GeoJSON feature.
  virtual Status raw(std::string_view feature) = 0;
  virtual Status finish() = 0;
};

}  // namespace civitas::documents
