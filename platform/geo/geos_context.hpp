// Inside of the room: GEOS behind RAII. Not for other rooms.
#pragma once

#define GEOS_USE_ONLY_R_API
#include <geos_c.h>

#include <memory>
#include <string>

#include "geo/geometry.hpp"

namespace civitas::geo::detail {

/// This thread's GEOS context.
GEOSContextHandle_t context();
/// A context for destruction only, never torn down: shapes may outlive the context of the thread that drops
/// them.
GEOSContextHandle_t forever_context();
/// The last message of this thread's context, taken away.
std::string take_message();

struct GeosDelete {
  void operator()(GEOSGeometry* g) const;
};
using Handle = std::unique_ptr<GEOSGeometry, GeosDelete>;

struct Shape {
  Handle handle;
  GeometryType type = GeometryType::collection;
  Box bounds;
  std::size_t positions = 0;
  bool empty = true;
};

struct Access {
  static const GEOSGeometry* raw(const Geometry& g);
  /// `handle` must not be null.
  static Geometry wrap(Handle handle);
};

inline const GEOSGeometry* raw(const Geometry& g) { return Access::raw(g); }

/// A shape as it was read, before it is checked and built.
struct Part {
  GeometryType type = GeometryType::collection;
  std::vector<std::vector<Point>> runs;  // the point, the line, or the rings (shell first)
  std::vector<Part> members;             // of multi-part shapes and collections
};
constexpr GeometryType member_type(GeometryType multi) {
  return static_cast<GeometryType>(static_cast<int>(multi) - 3);
}

/// Checks ranges, rings and emptiness, then builds.
Result<Geometry> build_checked(const Part& part);
/// Builds without a check of coordinate ranges: for plane coordinates.
Handle build(const Part& part);
Part take_apart(const GEOSGeometry* g);

Problem too_large(const Limits& limits);
Problem too_deep();
Problem unknown_type(std::string_view name);
Problem wrong_crs();

/// All runs of positions, collections opened; empty members are left out.
void append_paths(const GEOSGeometry* g, std::vector<Path>& out);
void append_positions(const GEOSGeometry* line_or_point, std::vector<Point>& out);

}  // namespace civitas::geo::detail
