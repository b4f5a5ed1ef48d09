#include "geo/geos_context.hpp"

#include <utility>

namespace civitas::geo::detail {

namespace {

struct ThreadContext {
  GEOSContextHandle_t handle = GEOS_init_r();
  std::string message;

  ThreadContext() {
    GEOSContext_setErrorMessageHandler_r(
        handle, [](const char* text, void* self) { static_cast<ThreadContext*>(self)->message = text; }, this);
  }
  ~ThreadContext() { GEOS_finish_r(handle); }
};

ThreadContext& this_thread() {
  thread_local ThreadContext instance;
  return instance;
}

GeometryType type_of(int geos_type) {
  switch (geos_type) {
    case GEOS_POINT: return GeometryType::point;
    case GEOS_LINESTRING:
    case GEOS_LINEARRING: return GeometryType::line;
    case GEOS_POLYGON: return GeometryType::polygon;
    case GEOS_MULTIPOINT: return GeometryType::multi_point;
    case GEOS_MULTILINESTRING: return GeometryType::multi_line;
    case GEOS_MULTIPOLYGON: return GeometryType::multi_polygon;
    default: return GeometryType::collection;
  }
}

int geos_type(GeometryType type) {
  switch (type) {
    case GeometryType::point: return GEOS_POINT;
    case GeometryType::line: return GEOS_LINESTRING;
    case GeometryType::polygon: return GEOS_POLYGON;
    case GeometryType::multi_point: return GEOS_MULTIPOINT;
    case GeometryType::multi_line: return GEOS_MULTILINESTRING;
    case GeometryType::multi_polygon: return GEOS_MULTIPOLYGON;
    default: return GEOS_GEOMETRYCOLLECTION;
  }
}

// GEOS computes envelopes when first asked and keeps them in the shape: done here for every member, so that
// threads that share the shape only read.
void warm(const GEOSGeometry* g) {
  const auto c = context();
  double ignored = 0;
  if (GEOSisEmpty_r(c, g) == 0) GEOSGeom_getXMin_r(c, g, &ignored);
  const int type = GEOSGeomTypeId_r(c, g);
  if (type == GEOS_POLYGON) {
    if (const auto* shell = GEOSGetExteriorRing_r(c, g)) warm(shell);
    const int holes = GEOSGetNumInteriorRings_r(c, g);
    for (int i = 0; i < holes; ++i) warm(GEOSGetInteriorRingN_r(c, g, i));
  } else if (type >= GEOS_MULTIPOINT) {
    const int members = GEOSGetNumGeometries_r(c, g);
    for (int i = 0; i < members; ++i) warm(GEOSGetGeometryN_r(c, g, i));
  }
}

GEOSCoordSequence* sequence(const std::vector<Point>& run) {
  static_assert(sizeof(Point) == 2 * sizeof(double));
  return GEOSCoordSeq_copyFromBuffer_r(context(), reinterpret_cast<const double*>(run.data()),
                                       static_cast<unsigned>(run.size()), 0, 0);
}

}  // namespace

GEOSContextHandle_t context() { return this_thread().handle; }
std::string take_message() { return std::exchange(this_thread().message, {}); }

GEOSContextHandle_t forever_context() {
  static const GEOSContextHandle_t forever = GEOS_init_r();
  return forever;
}

void GeosDelete::operator()(GEOSGeometry* g) const { GEOSGeom_destroy_r(forever_context(), g); }

const GEOSGeometry* Access::raw(const Geometry& g) {
  static const Geometry nothing = wrap(Handle(GEOSGeom_createEmptyCollection_r(context(), GEOS_GEOMETRYCOLLECTION)));
  return (g.shape_ ? g.shape_ : nothing.shape_)->handle.get();
}

Geometry Access::wrap(Handle handle) {
  auto shape = std::make_shared<Shape>();
  const auto c = context();
  const GEOSGeometry* g = handle.get();
  warm(g);
  shape->type = type_of(GEOSGeomTypeId_r(c, g));
  shape->empty = GEOSisEmpty_r(c, g) == 1;
  shape->bounds = Box::none();
  if (!shape->empty) {
    Box& b = shape->bounds;
    GEOSGeom_getXMin_r(c, g, &b.min_x);
    GEOSGeom_getYMin_r(c, g, &b.min_y);
    GEOSGeom_getXMax_r(c, g, &b.max_x);
    GEOSGeom_getYMax_r(c, g, &b.max_y);
  }
  shape->positions = static_cast<std::size_t>(GEOSGetNumCoordinates_r(c, g));
  shape->handle = std::move(handle);
  Geometry result;
  result.shape_ = std::move(shape);
  return result;
}

Handle build(const Part& part) {
  const auto c = context();
  switch (part.type) {
    case GeometryType::point: return Handle(GEOSGeom_createPoint_r(c, sequence(part.runs.front())));
    case GeometryType::line: return Handle(GEOSGeom_createLineString_r(c, sequence(part.runs.front())));
    case GeometryType::polygon: {
      std::vector<GEOSGeometry*> rings;
      rings.reserve(part.runs.size());
      for (const auto& run : part.runs) rings.push_back(GEOSGeom_createLinearRing_r(c, sequence(run)));
      return Handle(GEOSGeom_createPolygon_r(c, rings[0], rings.data() + 1, static_cast<unsigned>(rings.size() - 1)));
    }
    default: {
      std::vector<GEOSGeometry*> members;
      members.reserve(part.members.size());
      for (const auto& member : part.members) members.push_back(build(member).release());
      return Handle(
          GEOSGeom_createCollection_r(c, geos_type(part.type), members.data(), static_cast<unsigned>(members.size())));
    }
  }
}

void append_positions(const GEOSGeometry* g, std::vector<Point>& out) {
  const auto c = context();
  const auto* coordinates = GEOSGeom_getCoordSeq_r(c, g);
  unsigned size = 0;
  if (!coordinates || !GEOSCoordSeq_getSize_r(c, coordinates, &size) || size == 0) return;
  const std::size_t before = out.size();
  out.resize(before + size);
  GEOSCoordSeq_copyToBuffer_r(c, coordinates, &out[before].x, 0, 0);
}

Part take_apart(const GEOSGeometry* g) {
  const auto c = context();
  Part part;
  part.type = type_of(GEOSGeomTypeId_r(c, g));
  switch (part.type) {
    case GeometryType::point:
    case GeometryType::line: append_positions(g, part.runs.emplace_back()); break;
    case GeometryType::polygon: {
      if (GEOSisEmpty_r(c, g)) break;
      append_positions(GEOSGetExteriorRing_r(c, g), part.runs.emplace_back());
      const int holes = GEOSGetNumInteriorRings_r(c, g);
      for (int i = 0; i < holes; ++i) append_positions(GEOSGetInteriorRingN_r(c, g, i), part.runs.emplace_back());
      break;
    }
    default: {
      const int members = GEOSGetNumGeometries_r(c, g);
      for (int i = 0; i < members; ++i) part.members.push_back(take_apart(GEOSGetGeometryN_r(c, g, i)));
    }
  }
  return part;
}

void append_paths(const GEOSGeometry* g, std::vector<Path>& out) {
  const auto c = context();
  if (GEOSisEmpty_r(c, g)) return;
  const auto add = [&](PathKind kind, const GEOSGeometry* run) {
    append_positions(run, out.emplace_back(Path{kind, {}}).positions);
  };
  switch (type_of(GEOSGeomTypeId_r(c, g))) {
    case GeometryType::point: add(PathKind::point, g); break;
    case GeometryType::line: add(PathKind::line, g); break;
    case GeometryType::polygon: {
      add(PathKind::shell, GEOSGetExteriorRing_r(c, g));
      const int holes = GEOSGetNumInteriorRings_r(c, g);
      for (int i = 0; i < holes; ++i) add(PathKind::hole, GEOSGetInteriorRingN_r(c, g, i));
      break;
    }
    default: {
      const int members = GEOSGetNumGeometries_r(c, g);
      for (int i = 0; i < members; ++i) append_paths(GEOSGetGeometryN_r(c, g, i), out);
    }
  }
}

}  // namespace civitas::geo::detail
