// Pages for print: A4 forms and certificates with Chinese text, tables, QR codes. Fonts are embedded as
// subsets; characters the main fonts lack (extensions B and later) come from the fallback families. Text in
// the file can be searched and copied.
//
// Positions and lengths are millimetres from the upper left corner of the page, font sizes and line widths
// are points. Drawing calls cannot fail one by one: the first problem is kept and returned by finish():
//   documents.pdf.image     not a PNG that can be decoded, or larger than the limit
//   documents.pdf.table     column spans beyond the table, or merged rows higher than a page
//   documents.qr.*          from qr()
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace civitas::documents {

struct Color {
  double red = 0, green = 0, blue = 0;
};

enum class Family { serif, sans };
enum class Weight { regular, bold };
enum class Align { left, center, right, justify };
enum class Middle { top, center, bottom };  // vertical place inside a box or cell

struct TextStyle {
  double size = 12;
  Weight weight = Weight::regular;
  Align align = Align::left;
  Family family = Family::serif;
  double tracking = 0;       // points between characters
  double line_height = 1.5;  // of the font size
  double indent = 0;         // first line, in characters
  double space_before = 0;
  double space_after = 0;
  Color color = {};
};

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

enum class Orientation { portrait, landscape };
enum class PageNumbers { none, plain, of_total };  // "1", "第 1 页　共 3 页"

struct PdfOptions {
  std::string title = {};
  std::string author = {};
  std::string subject = {};
  std::optional<Instant> created = {};  // fixed, so that the same document gives the same metadata
  Orientation orientation = Orientation::portrait;
  double margin_top = 25, margin_right = 22, margin_bottom = 22, margin_left = 22;
  PageNumbers page_numbers = PageNumbers::none;
  std::string serif = "Noto Serif CJK SC";
  std::string sans = "Noto Sans CJK SC";
  std::string fallback = "HanaMinA,HanaMinB";
};

struct TableCell {
  std::string text = {};
  int column_span = 1;
  int row_span = 1;
  std::optional<TextStyle> style = {};
  Middle middle = Middle::center;
  std::string foot = {};  // second text at the lower right, such as signature and date
  std::optional<Color> fill = {};
};

struct TableRow {
  std::vector<TableCell> cells;  // places taken by spans from above are left out
  double min_height = 0;
};

struct TableStyle {
  TextStyle text = {.size = 10.5, .line_height = 1.35};
  TextStyle head = {.size = 10.5, .weight = Weight::bold, .align = Align::center, .line_height = 1.35};
  int head_rows = 0;  // repeated on every page
  std::optional<Color> head_fill = Color{0.93, 0.93, 0.93};
  double line = 0.5;
  double outer_line = 1.0;
  double padding = 1.6;
};

/// Where a seal is to be put, for the program that signs.
struct SealPlace {
  int page = 0;  // from 0
  Box box;
  std::string name;
};

class PdfDocument {
 public:
  static PdfDocument create(PdfOptions options);
  ~PdfDocument();
  PdfDocument(PdfDocument&&) noexcept;
  PdfDocument& operator=(PdfDocument&&) noexcept;

  // In the flow, from the upper margin down and over as many pages as needed.
  void paragraph(std::string_view text, const TextStyle& style = {});
  void space(double height);
  void page_break();
  /// Begins a new page unless `height` fits below what was written.
  void keep_together(double height);
  /// Widths in millimetres; those that are 0 share what is left.
  void table(const std::vector<double>& widths, const std::vector<TableRow>& rows, const TableStyle& style = {});

  // At a place on the current page.
  /// Returns the height of the text. Text higher than the box is set smaller until it fits, down to half its
  /// size.
  double text(const Box& box, std::string_view text, const TextStyle& style = {}, Middle middle = Middle::top);
  void line(double x1, double y1, double x2, double y2, double width = 0.5, const Color& color = {});
  void rectangle(const Box& box, double line_width = 0.5, const Color& color = {});
  void fill(const Box& box, const Color& color);
  void image_png(const Box& box, std::string_view png);
  /// As vectors, with the quiet zone inside `size`.
  void qr(std::string_view content, double x, double y, double size);
  /// Draws nothing: remembers the place.
  void seal_place(const Box& box, std::string name);

  double measure(std::string_view text, const TextStyle& style, double width) const;
  /// Lower edge of what was written on this page, and moving it.
  double y() const;
  void set_y(double y);
  /// The area inside the margins.
  Box content() const;
  double page_width() const;
  double page_height() const;
  int pages() const;
  const std::vector<SealPlace>& seal_places() const;

  /// The PDF file. Call once.
  Result<std::string> finish();

 private:
  struct State;
  class TableDrawing;
  explicit PdfDocument(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace civitas::documents
