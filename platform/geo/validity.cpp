#include "geo/geos_context.hpp"

namespace civitas::geo {

namespace {

struct Row {
  std::string_view geos;  // how GEOS words it
  std::string_view reason;
  std::string_view zh;
  std::string_view en;
};

constexpr Row rows[] = {
    {"Self-intersection", "geo.validity.self_crossing", "边界自相交", "The border crosses itself"},
    {"Ring Self-intersection", "geo.validity.ring_self_touching", "一个环与自身相接", "A ring touches itself"},
    {"Hole lies outside shell", "geo.validity.hole_outside", "洞在外边界之外", "A hole lies outside of the area"},
    {"Holes are nested", "geo.validity.nested_holes", "一个洞在另一个洞之内", "A hole lies inside another hole"},
    {"Nested shells", "geo.validity.nested_shells", "一个面在另一个面之内", "One area lies inside another"},
    {"Interior is disconnected", "geo.validity.disconnected", "洞把面分成了互不相连的几块", "Holes cut the area apart"},
    {"Duplicate Rings", "geo.validity.duplicate_rings", "同一个环出现了两次", "A ring is given twice"},
    {"Too few", "geo.validity.too_few_positions", "不同的坐标太少，不成图形",
     "Too few different positions to make a shape"},
};

}  // namespace

std::optional<Fault> validity(const Geometry& g) {
  const auto c = detail::context();
  char* reason = nullptr;
  GEOSGeometry* location = nullptr;
  const char valid = GEOSisValidDetail_r(c, detail::raw(g), 0, &reason, &location);
  const detail::Handle place(location);
  const std::string text = reason ? reason : "";
  if (reason) GEOSFree_r(c, reason);
  if (valid == 1) return std::nullopt;

  Fault fault{"geo.validity.other", {"图形无效", "The shape is not valid"}, {}};
  for (const auto& row : rows)
    if (text.starts_with(row.geos)) {
      fault.reason = row.reason;
      fault.message = {std::string(row.zh), std::string(row.en)};
    }
  if (place && !GEOSisEmpty_r(c, place.get())) {
    GEOSGeomGetX_r(c, place.get(), &fault.place.x);
    GEOSGeomGetY_r(c, place.get(), &fault.place.y);
  }
  return fault;
}

Status require_valid(const Geometry& g) {
  const auto fault = validity(g);
  if (!fault) return {};
  std::string place;
  append_json_number(place, fault->place.x);
  place += ", ";
  append_json_number(place, fault->place.y);
  return fail(invalid(fault->reason, fault->message.zh + "（经度, 纬度：" + place + "）。请在该处修改图形。",
                      fault->message.en + " (longitude, latitude: " + place + "). Correct the shape there."));
}

}  // namespace civitas::geo
