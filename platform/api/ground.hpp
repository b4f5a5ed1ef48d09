// The ground of every map: water, green, roads, an outline, as the city's folder declares them (`ground:` of city.yaml).
// Files are read once, when the program starts; each tile is made of what can be seen at its zoom. Nothing here is a
// record: the ground has no rights, no history and no names but those that its files give.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "entities/city.hpp"
#include "geo/tile.hpp"

namespace civitas::api {

class Ground {
 public:
  /// From here on tiles have all detail; maps draw closer views from them.
  static constexpr int deepest_zoom = 14;

  /// No ground.
  Ground() = default;
  /// Reads the files of the city: CSV with a column `wkt` and, if wanted, `class`, `colour` (#rrggbb) and `name`, or
  /// GeoJSON with these as properties. Reasons: `api.ground.column`, `.shape`, `.colour`, with file and row in the
  /// sentence, and those of the readers of documents.
  static Result<Ground> read(const entities::City& city);

  bool empty() const { return parts_.empty(); }
  /// Changes whenever a file does: tiles of one version never change.
  const std::string& version() const { return version_; }
  /// {"version", "deepest", "kinds": […], "sources": […]}; null without a ground.
  Json describe() const;
  /// A vector tile with one layer for each kind, lines of one class as one feature; empty when there is nothing.
  std::string tile(geo::TileId tile) const;

 private:
  struct Part {
    std::string kind, sort, colour, name;  // `sort`: the class
    bool area = false;
    geo::Box box;
    geo::Point label;  // inside of an area that has a name
    std::vector<geo::Path> paths;
  };
  Status read_file(const entities::GroundFile& file, const std::string& where);
  Status add(const entities::GroundFile& file, const std::string& where, Part part, const geo::Geometry& shape);

  std::vector<Part> parts_;
  std::vector<std::string> kinds_, sources_;
  std::string version_;
};

}  // namespace civitas::api
