// Tiles of the ground: open to everybody, alike for everybody, and the same for ever under one version.
#include "api/ground.hpp"
#include "api/service.hpp"
#include "base/strings.hpp"

namespace civitas::api {

void Service::add_ground_routes(http::Router& router) {
  const Ground& ground = *parts_.ground;
  if (ground.empty()) return;
  geo::TileCache& tiles = parts_.tiles;
  router.add_simple(
      http::Method::get, "/api/v1/ground/{version}/{z}/{x}/{y}",
      http::RouteOptions("public: what the city's folder puts under every map"), [&ground, &tiles](Request& r) {
        std::string_view y = r.param("y");
        if (y.ends_with(".mvt")) y.remove_suffix(4);
        const auto tile =
            geo::make_tile(parse_integer(r.param("z")).value_or(-1), parse_integer(r.param("x")).value_or(-1),
                           parse_integer(y).value_or(-1));
        if (!tile) return http::problem_response(tile.error(), r);
        if (tile->z > Ground::deepest_zoom)
          return http::problem_response(
              problem(Kind::not_found, "api.ground.zoom",
                      "底图瓦片最深到 " + std::to_string(Ground::deepest_zoom) + " 级，更近时请放大这一级。",
                      "Tiles of the ground end at zoom " + std::to_string(Ground::deepest_zoom) + "; magnify those."),
              r);
        Response out;
        // A page that was opened before the files changed still gets a ground, but shall not keep it under the old name.
        const bool current = r.param("version") == ground.version();
        const std::string tag = "\"" + ground.version() + "\"";
        out.set("ETag", tag);
        out.set("Cache-Control", current ? "public, max-age=31536000, immutable" : "no-cache");
        if (r.headers.get("If-None-Match") == tag) {
          out.status = 304;
          return out;
        }
        const geo::TileKey key{"ground", *tile};
        auto bytes = tiles.find(key);
        if (!bytes) {
          auto render = tiles.begin(key);
          bytes = std::make_shared<const std::string>(ground.tile(*tile));
          render.store(bytes);
        }
        out.status = bytes->empty() ? 204 : 200;
        out.body = *bytes;
        out.set("Content-Type", "application/vnd.mapbox-vector-tile");
        return out;
      });
}

}  // namespace civitas::api
