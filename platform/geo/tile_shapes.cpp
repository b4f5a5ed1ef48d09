#include "geo/tile_shapes.hpp"

#include <algorithm>
#include <cmath>

#include "geo/geos_context.hpp"

namespace civitas::geo::detail {

namespace {

struct Cell {
  std::int32_t x = 0;
  std::int32_t y = 0;
  bool operator==(const Cell&) const = default;
};
using Cells = std::vector<Cell>;

Cell round_to_cell(Point p) {
  return {static_cast<std::int32_t>(std::lround(p.x)), static_cast<std::int32_t>(std::lround(p.y))};
}

Cells round_run(const std::vector<Point>& run) {
  Cells cells;
  cells.reserve(run.size());
  for (const Point p : run)
    if (const Cell c = round_to_cell(p); cells.empty() || cells.back() != c) cells.push_back(c);
  return cells;
}

// --- thinning (Douglas-Peucker) ---

double squared_distance(Point p, Point a, Point b) {
  double dx = b.x - a.x;
  double dy = b.y - a.y;
  if (dx != 0 || dy != 0) {
    const double t = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    a = {a.x + t * dx, a.y + t * dy};
  }
  dx = p.x - a.x;
  dy = p.y - a.y;
  return dx * dx + dy * dy;
}

void mark_kept(const std::vector<Point>& run, std::size_t first, std::size_t last, double limit,
               std::vector<char>& keep) {
  std::vector<std::pair<std::size_t, std::size_t>> open{{first, last}};
  keep[first] = keep[last] = 1;
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    double farthest = limit;
    std::size_t at = 0;
    for (std::size_t i = from + 1; i < to; ++i)
      if (const double d = squared_distance(run[i], run[from], run[to]); d > farthest) {
        farthest = d;
        at = i;
      }
    if (at == 0) continue;
    keep[at] = 1;
    open.push_back({from, at});
    open.push_back({at, to});
  }
}

void thin(std::vector<Point>& run, double tolerance, bool ring) {
  if (tolerance <= 0 || run.size() < 5) return;
  std::vector<char> keep(run.size(), 0);
  const double limit = tolerance * tolerance;
  std::size_t middle = 0;
  if (ring) {
    double farthest = 0;
    for (std::size_t i = 1; i + 1 < run.size(); ++i)
      if (const double d = std::hypot(run[i].x - run[0].x, run[i].y - run[0].y); d > farthest) {
        farthest = d;
        middle = i;
      }
  }
  if (middle > 0) {
    mark_kept(run, 0, middle, limit, keep);
    mark_kept(run, middle, run.size() - 1, limit, keep);
  } else {
    mark_kept(run, 0, run.size() - 1, limit, keep);
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < run.size(); ++i)
    if (keep[i]) run[next++] = run[i];
  run.resize(next);
}

// --- clipping ---

// The part of a segment within the box as shares of its length; false when nothing is (Liang-Barsky).
bool clip_segment(Point a, Point b, const Box& box, double& from, double& to) {
  from = 0;
  to = 1;
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double step[] = {-dx, dx, -dy, dy};
  const double room[] = {a.x - box.min_x, box.max_x - a.x, a.y - box.min_y, box.max_y - a.y};
  for (int side = 0; side < 4; ++side) {
    if (step[side] == 0) {
      if (room[side] < 0) return false;
      continue;
    }
    const double share = room[side] / step[side];
    if (step[side] < 0)
      from = std::max(from, share);
    else
      to = std::min(to, share);
    if (from > to) return false;
  }
  return true;
}

std::vector<std::vector<Point>> clip_line(const std::vector<Point>& run, const Box& box) {
  std::vector<std::vector<Point>> pieces;
  bool open = false;
  for (std::size_t i = 1; i < run.size(); ++i) {
    const Point a = run[i - 1];
    const Point b = run[i];
    double from = 0;
    double to = 1;
    if (!clip_segment(a, b, box, from, to)) {
      open = false;
      continue;
    }
    const auto at = [&](double share) { return Point{a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)}; };
    if (!open || from > 0) pieces.emplace_back().push_back(from > 0 ? at(from) : a);
    pieces.back().push_back(to < 1 ? at(to) : b);
    open = to >= 1;
  }
  return pieces;
}

// One side of Sutherland-Hodgman. `inside` says on which side a position is, `cut` where an edge meets the
// side.
template <class Inside, class Cut>
void clip_side(std::vector<Point>& ring, std::vector<Point>& scratch, Inside inside, Cut cut) {
  scratch.clear();
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    const Point a = ring[i];
    const Point b = ring[i + 1];
    const bool a_in = inside(a);
    if (a_in) scratch.push_back(a);
    if (a_in != inside(b)) scratch.push_back(cut(a, b));
  }
  if (!scratch.empty()) scratch.push_back(scratch.front());
  ring.swap(scratch);
}

void clip_ring(std::vector<Point>& ring, const Box& box) {
  Box bounds = Box::none();
  for (const Point p : ring) bounds.extend(p);
  if (!bounds.intersects(box)) {
    ring.clear();
    return;
  }
  std::vector<Point> scratch;
  const auto at_x = [](double x) {
    return [x](Point a, Point b) { return Point{x, a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)}; };
  };
  const auto at_y = [](double y) {
    return [y](Point a, Point b) { return Point{a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y), y}; };
  };
  if (bounds.min_x < box.min_x) clip_side(ring, scratch, [&](Point p) { return p.x >= box.min_x; }, at_x(box.min_x));
  if (bounds.max_x > box.max_x) clip_side(ring, scratch, [&](Point p) { return p.x <= box.max_x; }, at_x(box.max_x));
  if (bounds.min_y < box.min_y) clip_side(ring, scratch, [&](Point p) { return p.y >= box.min_y; }, at_y(box.min_y));
  if (bounds.max_y > box.max_y) clip_side(ring, scratch, [&](Point p) { return p.y <= box.max_y; }, at_y(box.max_y));
}

// --- areas ---

std::int64_t doubled_area(const Cells& ring) {
  std::int64_t sum = 0;
  for (std::size_t i = 1; i < ring.size(); ++i)
    sum += std::int64_t{ring[i - 1].x} * ring[i].y - std::int64_t{ring[i].x} * ring[i - 1].y;
  return sum;
}

using Area = std::vector<Cells>;  // shell, then holes

std::vector<Point> as_points(const Cells& ring) {
  std::vector<Point> points;
  points.reserve(ring.size());
  for (const Cell c : ring) points.push_back({static_cast<double>(c.x), static_cast<double>(c.y)});
  return points;
}

std::vector<Area> as_areas(const GEOSGeometry* g) {
  std::vector<Path> paths;
  append_paths(g, paths);
  std::vector<Area> areas;
  for (const auto& path : paths) {
    auto cells = round_run(path.positions);
    if (cells.size() < 4 || doubled_area(cells) == 0) continue;
    if (path.kind == PathKind::shell)
      areas.push_back({std::move(cells)});
    else if (path.kind == PathKind::hole && !areas.empty())
      areas.back().push_back(std::move(cells));
  }
  return areas;
}

// Clipping and rounding may let edges touch or cross. The standard wants valid areas, so such are rebuilt on
// the grid: each area from its own lines (even-odd), then all united. GEOS's other method of repair, by a
// buffer of zero, leaks memory in 3.11.1 when it fails.
void rebuild_if_invalid(std::vector<Area>& areas) {
  const bool triangle = areas.size() == 1 && areas[0].size() == 1 && areas[0][0].size() == 4;
  if (triangle) return;
  Part part;
  part.type = GeometryType::multi_polygon;
  for (const auto& area : areas) {
    Part polygon;
    polygon.type = GeometryType::polygon;
    for (const auto& ring : area) polygon.runs.push_back(as_points(ring));
    part.members.push_back(std::move(polygon));
  }
  const auto c = context();
  const Handle drawn = build(part);
  if (drawn && GEOSisValid_r(c, drawn.get()) == 1) return;
  areas.clear();
  std::vector<GEOSGeometry*> repaired;
  for (const auto& member : part.members)
    if (const Handle polygon = build(member))
      if (GEOSGeometry* valid = GEOSMakeValid_r(c, polygon.get())) repaired.push_back(valid);
  if (repaired.empty()) return;
  const Handle all(
      GEOSGeom_createCollection_r(c, GEOS_GEOMETRYCOLLECTION, repaired.data(), static_cast<unsigned>(repaired.size())));
  const Handle united(all ? GEOSUnaryUnionPrec_r(c, all.get(), 1.0) : nullptr);
  if (united) areas = as_areas(united.get());
}

// --- commands ---

class Commands {
 public:
  void move_to(const Cells& cells, std::size_t begin, std::size_t end) { write(1, cells, begin, end); }
  void line_to(const Cells& cells, std::size_t begin, std::size_t end) { write(2, cells, begin, end); }
  void close() { out.push_back(7 | 1 << 3); }

  std::vector<std::uint32_t> out;

 private:
  static std::uint32_t zigzag(std::int32_t v) {
    return static_cast<std::uint32_t>(v) << 1 ^ static_cast<std::uint32_t>(v >> 31);
  }
  void write(std::uint32_t id, const Cells& cells, std::size_t begin, std::size_t end) {
    out.push_back(id | static_cast<std::uint32_t>(end - begin) << 3);
    for (std::size_t i = begin; i < end; ++i) {
      out.push_back(zigzag(cells[i].x - pen_.x));
      out.push_back(zigzag(cells[i].y - pen_.y));
      pen_ = cells[i];
    }
  }
  Cell pen_;
};

}  // namespace

TileGrid::TileGrid(TileId tile, const TileOptions& options)
    : reach_(tile_box(tile, options.buffer_share())),
      tiles_(static_cast<double>(std::uint32_t{1} << tile.z)),
      origin_x_(tile.x),
      origin_y_(tile.y),
      extent_(options.extent),
      tolerance_(tile.z >= options.full_detail_zoom ? 0 : options.simplify) {
  const double buffer = options.buffer;
  clip_ = {-buffer, -buffer, extent_ + buffer, extent_ + buffer};
}

Point TileGrid::project(Point p) const {
  const Point unit = to_unit_mercator(p);
  return {(unit.x * tiles_ - origin_x_) * extent_, (unit.y * tiles_ - origin_y_) * extent_};
}

std::vector<Point> TileGrid::project(const std::vector<Point>& run) const {
  std::vector<Point> result;
  result.reserve(run.size());
  for (const Point p : run) result.push_back(project(p));
  return result;
}

std::vector<std::uint32_t> TileGrid::encode(TileShape shape, const std::vector<Path>& paths) const {
  Commands commands;
  if (shape == TileShape::points) {
    Cells cells;
    for (const auto& path : paths)
      if (path.kind == PathKind::point)
        if (const Point p = project(path.positions.front()); clip_.contains(p)) cells.push_back(round_to_cell(p));
    if (!cells.empty()) commands.move_to(cells, 0, cells.size());
    return std::move(commands.out);
  }
  if (shape == TileShape::lines) {
    for (const auto& path : paths) {
      if (path.kind != PathKind::line) continue;
      for (auto& piece : clip_line(project(path.positions), clip_)) {
        thin(piece, tolerance_, false);
        const auto cells = round_run(piece);
        if (cells.size() < 2) continue;
        commands.move_to(cells, 0, 1);
        commands.line_to(cells, 1, cells.size());
      }
    }
    return std::move(commands.out);
  }

  std::vector<Area> areas;
  bool shell_drawn = false;
  for (const auto& path : paths) {
    const bool shell = path.kind == PathKind::shell;
    if (!shell && (path.kind != PathKind::hole || !shell_drawn)) continue;
    auto ring = project(path.positions);
    clip_ring(ring, clip_);
    thin(ring, tolerance_, true);
    auto cells = round_run(ring);
    const bool drawn = cells.size() >= 4 && doubled_area(cells) != 0;
    if (shell) shell_drawn = drawn;
    if (!drawn) continue;
    if (shell) areas.emplace_back();
    areas.back().push_back(std::move(cells));
  }
  if (!areas.empty()) rebuild_if_invalid(areas);
  for (auto& area : areas)
    for (std::size_t i = 0; i < area.size(); ++i) {
      auto& ring = area[i];
      // With y to the south, a shell must have a positive area by the surveyor's formula and a hole a
      // negative one.
      if ((doubled_area(ring) > 0) != (i == 0)) std::reverse(ring.begin(), ring.end());
      commands.move_to(ring, 0, 1);
      commands.line_to(ring, 1, ring.size() - 1);
      commands.close();
    }
  return std::move(commands.out);
}

}  // namespace civitas::geo::detail
