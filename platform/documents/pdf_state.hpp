// Inside of PdfDocument, shared by its source files.
#pragma once

#include <functional>
#include <vector>

#include "documents/pdf.hpp"

typedef struct _cairo cairo_t;
typedef struct _PangoLayout PangoLayout;
typedef struct _PangoContext PangoContext;
typedef struct _PangoFontMap PangoFontMap;

namespace civitas::documents {

constexpr double points(double millimetres) { return millimetres * 72.0 / 25.4; }
constexpr double millimetres(double points) { return points * 25.4 / 72.0; }

/// Text set to a width. Lines are spaced evenly, whatever font a character falls back to.
class TextBlock {
 public:
  TextBlock() = default;
  TextBlock(PangoContext* context, const PdfOptions& options, std::string_view text, const TextStyle& style,
            double width);

  std::size_t lines() const { return lines_; }
  double step() const { return step_; }  // millimetres
  double height() const { return static_cast<double>(lines_) * step_; }
  /// Draws the lines [from, to) with the first one's upper edge at y.
  void draw(cairo_t* cairo, double x, double y, std::size_t from, std::size_t to) const;

 private:
  std::shared_ptr<PangoLayout> layout_;
  Color color_;
  std::size_t lines_ = 0;
  double step_ = 0;
  double baseline_ = 0;  // millimetres below the upper edge of a line
};

struct PdfDocument::State {
  using Drawing = std::function<void(cairo_t*)>;

  explicit State(PdfOptions o);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  TextBlock block(std::string_view text, const TextStyle& style, double room) const {
    return TextBlock(context, options, text, style, room);
  }
  void draw(Drawing drawing) { pages.back().push_back(std::move(drawing)); }
  void draw_block(TextBlock text, double x, double at, std::size_t from, std::size_t to);
  void new_page();
  double bottom() const { return height - options.margin_bottom; }
  void keep(Problem p) {
    if (!problem) problem = std::make_unique<Problem>(std::move(p));
  }

  PdfOptions options;
  double width = 210, height = 297;
  PangoFontMap* fonts = nullptr;
  PangoContext* context = nullptr;
  // Drawn only in finish(): the number of pages must be known, and nothing else has to be kept twice.
  std::vector<std::vector<Drawing>> pages;
  std::vector<SealPlace> seals;
  std::unique_ptr<Problem> problem;
  double y = 0;
};

}  // namespace civitas::documents
