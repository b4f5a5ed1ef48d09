// OGC API – Features: Part 1 (core, GeoJSON, HTML, OpenAPI 3.0), Part 2 (CRS84 and EPSG:4490), Part 3 (CQL2 filters),
// and vector tiles in the WebMercatorQuad matrix. Every record type with `open: {features: true}` is a collection
// "<system>.<record type>".
//
// Descriptions are public; features and tiles need an application key granted "ogc.<collection>". A property has the
// value that conditions compare: the code of a code list, the identifier of another record; what people read stands
// beside it as `<field>_title`.
#pragma once

#include <map>
#include <mutex>

#include "entities/store.hpp"
#include "gateway/feature_query.hpp"
#include "gateway/open_service.hpp"

namespace civitas::gateway {

struct Collection {
  const entities::Entity* entity = nullptr;
  std::string id;  // "town.lamp"
  const entities::Field* geometry = nullptr;  // nullptr: no public place
  std::vector<const entities::Field*> properties;
  Queryables queryables;
  std::string service() const { return "ogc." + id; }
};

/// Appends one GeoJSON feature made of a record's text as the store writes it.
void write_feature(std::string& out, const entities::Catalog& catalog, const Collection& collection,
                   std::string_view record, Crs crs, http::Language language, std::string_view links = "");

/// Collections were once named by their record type alone, and record types move (`was:`): by a name of before that of
/// today, "lamp": "town.lamp". Of two that had the same name, the first in the order of the systems.
std::map<std::string, std::string, std::less<>> former_collections(const entities::Catalog& catalog);

inline constexpr std::string_view geojson = "application/geo+json";

class Features {
 public:
  Features(sql::Database& database, const Clock& clock, entities::Store& store, OpenService& open, std::string version);
  void add_routes(http::Router& router);

 private:
  using Box = std::array<double, 4>;
  Result<const Collection*> collection_of(const http::Request& request) const;
  static Json conformance();
  Json describe(const Collection& collection, const std::string& base, http::Language language);
  Json queryables(const Collection& collection, const std::string& base, http::Language language) const;
  Json document(const std::string& base) const;
  Result<http::Response> items(http::Request& request, const Collection& collection);
  Result<http::Response> item(http::Request& request, const Collection& collection);
  Result<http::Response> tile(http::Request& request, const Collection& collection);
  std::optional<Box> extent(const Collection& collection);
  void publish(const Collection& collection);

  sql::Database& database_;
  const Clock& clock_;
  entities::Store& store_;
  OpenService& open_;
  std::string version_;
  std::vector<Collection> collections_;
  std::mutex mutex_;
  struct Extent {
    Instant at;
    std::optional<Box> box;
  };
  std::map<const Collection*, Extent> extents_;
};

}  // namespace civitas::gateway
