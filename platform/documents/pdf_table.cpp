#include <cairo.h>

#include <algorithm>
#include <numeric>

#include "documents/pdf_state.hpp"

namespace civitas::documents {

namespace {

struct Placed {
  const TableCell* cell;
  std::size_t row, column;
  std::size_t rows, columns;
  TextBlock text;
  TextBlock foot;
  std::size_t drawn = 0;  // lines already on earlier pages
  bool finished = false;
};

}  // namespace

void PdfDocument::table(const std::vector<double>& widths, const std::vector<TableRow>& rows, const TableStyle& style) {
  State& s = *state_;
  const Box area = content();
  const std::size_t columns = widths.size();
  const auto refuse = [&](std::string zh, std::string en) {
    s.keep(invalid("documents.pdf.table", std::move(zh), std::move(en)));
  };
  if (columns == 0 || rows.empty()) return;

  std::vector<double> edges(columns + 1, area.x);
  const double given = std::accumulate(widths.begin(), widths.end(), 0.0);
  const auto open = static_cast<double>(std::count(widths.begin(), widths.end(), 0.0));
  const double share = open > 0 ? std::max(5.0, (area.width - given) / open) : 0;
  for (std::size_t i = 0; i < columns; ++i) edges[i + 1] = edges[i] + (widths[i] > 0 ? widths[i] : share);

  std::vector<std::vector<bool>> taken(rows.size(), std::vector<bool>(columns));
  std::vector<Placed> cells;
  std::vector<std::size_t> group_end(rows.size());  // last row that a row is tied to by spans
  for (std::size_t r = 0; r < rows.size(); ++r) {
    group_end[r] = std::max(group_end[r], r);
    std::size_t c = 0;
    for (const TableCell& cell : rows[r].cells) {
      while (c < columns && taken[r][c]) ++c;
      const auto wide = static_cast<std::size_t>(std::max(1, cell.column_span));
      const auto high = static_cast<std::size_t>(std::max(1, cell.row_span));
      if (c + wide > columns || r + high > rows.size())
        return refuse("表格单元格超出了表格范围。", "A table cell reaches beyond the table.");
      for (std::size_t y = r; y < r + high; ++y)
        for (std::size_t x = c; x < c + wide; ++x) taken[y][x] = true;
      for (std::size_t y = r; y < r + high; ++y) group_end[y] = std::max(group_end[y], r + high - 1);
      const bool head = static_cast<int>(r) < style.head_rows;
      const TextStyle text_style = cell.style.value_or(head ? style.head : style.text);
      const double width = edges[c + wide] - edges[c] - 2 * style.padding;
      TextStyle foot_style = style.text;
      foot_style.align = Align::right;
      cells.push_back(
          {&cell, r, c, high, wide, s.block(cell.text, text_style, width), s.block(cell.foot, foot_style, width)});
      c += wide;
    }
  }

  const auto needed = [&](const Placed& p) { return p.text.height() + p.foot.height() + 2 * style.padding; };
  std::vector<double> heights(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) heights[r] = std::max(rows[r].min_height, 2 * style.padding + 3);
  for (const Placed& p : cells)
    if (p.rows == 1) heights[p.row] = std::max(heights[p.row], needed(p));
  for (const Placed& p : cells) {
    if (p.rows == 1) continue;
    double sum = 0;
    for (std::size_t r = p.row; r < p.row + p.rows; ++r) sum += heights[r];
    if (needed(p) > sum) heights[p.row + p.rows - 1] += needed(p) - sum;
  }

  // One cell at a place; `from`, `to` choose the lines of its text.
  const auto draw_cell = [&](const Placed& p, double y, double height, std::size_t from, std::size_t to,
                             bool with_foot) {
    const Box box{edges[p.column], y, edges[p.column + p.columns] - edges[p.column], height};
    const bool head = static_cast<int>(p.row) < style.head_rows;
    if (p.cell->fill)
      fill(box, *p.cell->fill);
    else if (head && style.head_fill)
      fill(box, *style.head_fill);
    if (style.line > 0) rectangle(box, style.line);
    const double text_height = static_cast<double>(to - from) * p.text.step();
    const double foot_height = with_foot ? p.foot.height() : 0;
    const double free = height - 2 * style.padding - text_height - foot_height;
    double at = y + style.padding;
    if (p.cell->middle == Middle::center) at += free / 2;
    if (p.cell->middle == Middle::bottom) at += free;
    if (to > from) s.draw_block(p.text, box.x + style.padding, at, from, to);
    if (with_foot && p.foot.lines() > 0)
      s.draw_block(p.foot, box.x + style.padding, y + height - style.padding - foot_height, 0, p.foot.lines());
  };

  double part_top = s.y;
  const auto close_part = [&] {
    if (style.outer_line > 0 && s.y > part_top)
      rectangle({edges.front(), part_top, edges.back() - edges.front(), s.y - part_top}, style.outer_line);
  };
  const auto draw_rows = [&](std::size_t first, std::size_t last) {
    for (const Placed& p : cells) {
      if (p.row < first || p.row > last) continue;
      double y = s.y, height = 0;
      for (std::size_t r = first; r < p.row; ++r) y += heights[r];
      for (std::size_t r = p.row; r < p.row + p.rows; ++r) height += heights[r];
      draw_cell(p, y, height, 0, p.text.lines(), true);
    }
    for (std::size_t r = first; r <= last; ++r) s.y += heights[r];
  };
  const auto head_rows = static_cast<std::size_t>(std::clamp(style.head_rows, 0, static_cast<int>(rows.size())));
  double head_height = 0;
  for (std::size_t r = 0; r < head_rows; ++r) head_height += heights[r];
  const double page_room = s.bottom() - s.options.margin_top - head_height;
  const auto next_page = [&] {
    close_part();
    s.new_page();
    part_top = s.y;
    if (head_rows > 0) draw_rows(0, head_rows - 1);
  };
  if (head_rows > 0 && group_end[head_rows - 1] >= head_rows)
    return refuse("表头单元格不能与表体合并。", "A head cell cannot span into the body of the table.");
  if (page_room < 10) return refuse("表头高于一页。", "The head of the table is higher than a page.");

  bool head_drawn = head_rows == 0;
  for (std::size_t first = head_rows; first < rows.size() || !head_drawn;) {
    std::size_t last = first;
    double height = 0;
    if (first < rows.size()) {
      for (std::size_t r = first; r <= last; ++r) last = std::max(last, group_end[r]);
      for (std::size_t r = first; r <= last; ++r) height += heights[r];
    }
    if (!head_drawn) {
      const double wanted = head_height + std::min(height, page_room);
      if (s.y + wanted > s.bottom() && s.y > s.options.margin_top) s.new_page();
      part_top = s.y;
      draw_rows(0, head_rows - 1);
      head_drawn = true;
      if (first >= rows.size()) break;
    }
    if (height <= page_room) {
      if (s.y + height > s.bottom() + 1e-6) next_page();
      draw_rows(first, last);
      first = last + 1;
      continue;
    }
    if (last > first)
      return refuse("合并单元格的行高于一页，请拆开。", "Rows merged by a cell are higher than a page; split them.");
    // A single row higher than a page goes on line by line.
    for (bool more = true; more;) {
      double room = s.bottom() - s.y;
      if (room < 25) {
        next_page();
        room = s.bottom() - s.y;
      }
      more = false;
      double part = 0;
      struct Slice {
        Placed* cell;
        std::size_t from, to;
        bool foot;
      };
      std::vector<Slice> slices;
      for (Placed& p : cells) {
        if (p.row != first) continue;
        const std::size_t left = p.text.lines() - p.drawn;
        const double inner = room - 2 * style.padding;
        const double all = static_cast<double>(left) * p.text.step() + p.foot.height();
        Slice slice{&p, p.drawn, p.text.lines(), !p.finished};
        if (!p.finished && all > inner) {
          slice.to = p.drawn + std::min(left, static_cast<std::size_t>(inner / p.text.step()));
          slice.foot = false;
          more = true;
        } else {
          p.finished = true;
        }
        p.drawn = slice.to;
        const double used =
            static_cast<double>(slice.to - slice.from) * p.text.step() + (slice.foot ? p.foot.height() : 0);
        part = std::max(part, used + 2 * style.padding);
        slices.push_back(slice);
      }
      for (const Slice& slice : slices) draw_cell(*slice.cell, s.y, part, slice.from, slice.to, slice.foot);
      s.y += part;
      if (more) next_page();
    }
    ++first;
  }
  close_part();
}

}  // namespace civitas::documents
