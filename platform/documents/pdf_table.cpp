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

// A table while it is drawn: its cells are placed, its rows get their heights, then it goes onto the pages from top to
// bottom, the head again on each.
class PdfDocument::TableDrawing {
 public:
  TableDrawing(PdfDocument& document, const std::vector<TableRow>& rows, const TableStyle& style)
      : document_(document), s_(*document.state_), rows_(rows), style_(style), heights_(rows.size()) {}

  void draw(const std::vector<double>& widths) {
    set_edges(widths);
    if (!place_cells()) return;
    set_heights();
    head_rows_ = static_cast<std::size_t>(std::clamp(style_.head_rows, 0, static_cast<int>(rows_.size())));
    for (std::size_t r = 0; r < head_rows_; ++r) head_height_ += heights_[r];
    if (head_rows_ > 0 && group_end_[head_rows_ - 1] >= head_rows_)
      return refuse("表头单元格不能与表体合并。", "A head cell cannot span into the body of the table.");
    if (page_room() < 10) return refuse("表头高于一页。", "The head of the table is higher than a page.");
    part_top_ = s_.y;
    if (head_rows_ > 0) draw_head();
    for (std::size_t first = head_rows_; first < rows_.size();) {
      const std::size_t last = group_of(first);
      if (!draw_group(first, last)) return;
      first = last + 1;
    }
    close_part();
  }

 private:
  void refuse(std::string zh, std::string en) {
    s_.keep(invalid("documents.pdf.table", std::move(zh), std::move(en)));
  }

  // Columns without a width share what the others leave.
  void set_edges(const std::vector<double>& widths) {
    const Box area = document_.content();
    edges_.assign(widths.size() + 1, area.x);
    const double given = std::accumulate(widths.begin(), widths.end(), 0.0);
    const auto open = static_cast<double>(std::count(widths.begin(), widths.end(), 0.0));
    const double share = open > 0 ? std::max(5.0, (area.width - given) / open) : 0;
    for (std::size_t i = 0; i < widths.size(); ++i) edges_[i + 1] = edges_[i] + (widths[i] > 0 ? widths[i] : share);
  }

  bool place_cells() {
    const std::size_t columns = edges_.size() - 1;
    std::vector<std::vector<bool>> taken(rows_.size(), std::vector<bool>(columns));
    group_end_.assign(rows_.size(), 0);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      group_end_[r] = std::max(group_end_[r], r);
      std::size_t c = 0;
      for (const TableCell& cell : rows_[r].cells) {
        while (c < columns && taken[r][c]) ++c;
        const auto wide = static_cast<std::size_t>(std::max(1, cell.column_span));
        const auto high = static_cast<std::size_t>(std::max(1, cell.row_span));
        if (c + wide > columns || r + high > rows_.size()) {
          refuse("表格单元格超出了表格范围。", "A table cell reaches beyond the table.");
          return false;
        }
        for (std::size_t y = r; y < r + high; ++y)
          for (std::size_t x = c; x < c + wide; ++x) taken[y][x] = true;
        for (std::size_t y = r; y < r + high; ++y) group_end_[y] = std::max(group_end_[y], r + high - 1);
        place(cell, r, c, high, wide);
        c += wide;
      }
    }
    return true;
  }

  void place(const TableCell& cell, std::size_t row, std::size_t column, std::size_t rows, std::size_t columns) {
    const TextStyle text_style = cell.style.value_or(is_head(row) ? style_.head : style_.text);
    const double width = edges_[column + columns] - edges_[column] - 2 * style_.padding;
    TextStyle foot_style = style_.text;
    foot_style.align = Align::right;
    cells_.push_back({&cell, row, column, rows, columns, s_.block(cell.text, text_style, width),
                      s_.block(cell.foot, foot_style, width)});
  }

  bool is_head(std::size_t row) const { return static_cast<int>(row) < style_.head_rows; }
  double needed(const Placed& p) const { return p.text.height() + p.foot.height() + 2 * style_.padding; }

  // As high as the highest cell of one row; what a cell over several rows needs beyond them makes the last one higher.
  void set_heights() {
    for (std::size_t r = 0; r < rows_.size(); ++r) heights_[r] = std::max(rows_[r].min_height, 2 * style_.padding + 3);
    for (const Placed& p : cells_)
      if (p.rows == 1) heights_[p.row] = std::max(heights_[p.row], needed(p));
    for (const Placed& p : cells_)
      if (p.rows > 1)
        if (const double sum = height_of(p.row, p.row + p.rows - 1); needed(p) > sum)
          heights_[p.row + p.rows - 1] += needed(p) - sum;
  }

  double height_of(std::size_t first, std::size_t last) const {
    double out = 0;
    for (std::size_t r = first; r <= last; ++r) out += heights_[r];
    return out;
  }

  /// The last of the rows that spans tie to this one.
  std::size_t group_of(std::size_t first) const {
    std::size_t last = first;
    for (std::size_t r = first; r <= last; ++r) last = std::max(last, group_end_[r]);
    return last;
  }

  double page_room() const { return s_.bottom() - s_.options.margin_top - head_height_; }

  // One cell at a place; `from`, `to` choose the lines of its text.
  void draw_cell(const Placed& p, double y, double height, std::size_t from, std::size_t to, bool with_foot) {
    const Box box{edges_[p.column], y, edges_[p.column + p.columns] - edges_[p.column], height};
    if (p.cell->fill)
      document_.fill(box, *p.cell->fill);
    else if (is_head(p.row) && style_.head_fill)
      document_.fill(box, *style_.head_fill);
    if (style_.line > 0) document_.rectangle(box, style_.line);
    const double text_height = static_cast<double>(to - from) * p.text.step();
    const double foot_height = with_foot ? p.foot.height() : 0;
    const double free = height - 2 * style_.padding - text_height - foot_height;
    double at = y + style_.padding;
    if (p.cell->middle == Middle::center) at += free / 2;
    if (p.cell->middle == Middle::bottom) at += free;
    if (to > from) s_.draw_block(p.text, box.x + style_.padding, at, from, to);
    if (with_foot && p.foot.lines() > 0)
      s_.draw_block(p.foot, box.x + style_.padding, y + height - style_.padding - foot_height, 0, p.foot.lines());
  }

  void draw_rows(std::size_t first, std::size_t last) {
    for (const Placed& p : cells_) {
      if (p.row < first || p.row > last) continue;
      double y = s_.y;
      for (std::size_t r = first; r < p.row; ++r) y += heights_[r];
      draw_cell(p, y, height_of(p.row, p.row + p.rows - 1), 0, p.text.lines(), true);
    }
    for (std::size_t r = first; r <= last; ++r) s_.y += heights_[r];
  }

  // Not alone at the foot of a page: the first rows behind it go with it.
  void draw_head() {
    const double body = head_rows_ < rows_.size() ? height_of(head_rows_, group_of(head_rows_)) : 0;
    const double wanted = head_height_ + std::min(body, page_room());
    if (s_.y + wanted > s_.bottom() && s_.y > s_.options.margin_top) s_.new_page();
    part_top_ = s_.y;
    draw_rows(0, head_rows_ - 1);
  }

  bool draw_group(std::size_t first, std::size_t last) {
    const double height = height_of(first, last);
    if (height <= page_room()) {
      if (s_.y + height > s_.bottom() + 1e-6) next_page();
      draw_rows(first, last);
      return true;
    }
    if (last > first) {
      refuse("合并单元格的行高于一页，请拆开。", "Rows merged by a cell are higher than a page; split them.");
      return false;
    }
    draw_in_slices(first);
    return true;
  }

  // A single row higher than a page goes on line by line.
  void draw_in_slices(std::size_t row) {
    for (;;) {
      if (s_.bottom() - s_.y < 25) next_page();
      const bool more = draw_slice(row, s_.bottom() - s_.y);
      if (!more) return;
      next_page();
    }
  }

  // What of the row fits into the room; whether more of it is left.
  bool draw_slice(std::size_t row, double room) {
    struct Slice {
      Placed* cell;
      std::size_t from, to;
      bool foot;
    };
    std::vector<Slice> slices;
    bool more = false;
    double height = 0;
    for (Placed& p : cells_) {
      if (p.row != row) continue;
      const std::size_t left = p.text.lines() - p.drawn;
      const double inner = room - 2 * style_.padding;
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
      const double used = static_cast<double>(slice.to - slice.from) * p.text.step() + (slice.foot ? p.foot.height() : 0);
      height = std::max(height, used + 2 * style_.padding);
      slices.push_back(slice);
    }
    for (const Slice& slice : slices) draw_cell(*slice.cell, s_.y, height, slice.from, slice.to, slice.foot);
    s_.y += height;
    return more;
  }

  void close_part() {
    if (style_.outer_line > 0 && s_.y > part_top_)
      document_.rectangle({edges_.front(), part_top_, edges_.back() - edges_.front(), s_.y - part_top_},
                          style_.outer_line);
  }

  void next_page() {
    close_part();
    s_.new_page();
    part_top_ = s_.y;
    if (head_rows_ > 0) draw_rows(0, head_rows_ - 1);
  }

  PdfDocument& document_;
  State& s_;
  const std::vector<TableRow>& rows_;
  const TableStyle& style_;
  std::vector<double> edges_;              // of the columns, from left to right
  std::vector<Placed> cells_;
  std::vector<std::size_t> group_end_;     // last row that a row is tied to by spans
  std::vector<double> heights_;            // of the rows
  std::size_t head_rows_ = 0;
  double head_height_ = 0;
  double part_top_ = 0;                    // where the table begins on this page
};

void PdfDocument::table(const std::vector<double>& widths, const std::vector<TableRow>& rows, const TableStyle& style) {
  if (!widths.empty() && !rows.empty()) TableDrawing(*this, rows, style).draw(widths);
}

}  // namespace civitas::documents
