#include "documents/pdf.hpp"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/utf8.hpp"
#include "documents/pdf_state.hpp"
#include "documents/qr.hpp"

namespace civitas::documents {

namespace {

// Pango takes only well-formed text; controls would show as boxes.
std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c == '\r') {
      if (at >= text.size() || text[at] != '\n') out += '\n';
    } else if (!is_forbidden_control(c) || c == '\n') {
      append_utf8(out, c);
    }
  }
  return out;
}

void set_color(cairo_t* cairo, const Color& color) { cairo_set_source_rgb(cairo, color.red, color.green, color.blue); }

struct PngInput {
  std::string_view rest;
  static cairo_status_t read(void* self, unsigned char* into, unsigned int size) {
    auto& rest = static_cast<PngInput*>(self)->rest;
    if (rest.size() < size) return CAIRO_STATUS_READ_ERROR;
    std::memcpy(into, rest.data(), size);
    rest.remove_prefix(size);
    return CAIRO_STATUS_SUCCESS;
  }
};

// Width times height as the header declares, before anything is decoded; 0 when it is no PNG.
std::uint64_t png_pixels(std::string_view png) {
  if (png.size() < 33 || !png.starts_with("\x89PNG\r\n\x1A\n") || png.substr(12, 4) != "IHDR") return 0;
  const auto number = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(png[at + i]);
    return value;
  };
  return number(16) * number(20);
}

constexpr std::uint64_t most_pixels = 40'000'000;

}  // namespace

TextBlock::TextBlock(PangoContext* context, const PdfOptions& options, std::string_view text, const TextStyle& style,
                     double width)
    : color_(style.color) {
  const std::string clean = printable(text);
  layout_ = std::shared_ptr<PangoLayout>(pango_layout_new(context), [](PangoLayout* l) { g_object_unref(l); });
  PangoLayout* layout = layout_.get();
  const std::string families = (style.family == Family::serif ? options.serif : options.sans) + "," + options.fallback;
  const std::unique_ptr<PangoFontDescription, void (*)(PangoFontDescription*)> font(pango_font_description_new(),
                                                                                    pango_font_description_free);
  pango_font_description_set_family(font.get(), families.c_str());
  pango_font_description_set_weight(font.get(), style.weight == Weight::bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
  pango_layout_set_font_description(layout, font.get());
  pango_layout_set_width(layout, static_cast<int>(std::max(1.0, points(width)) * PANGO_SCALE));
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_indent(layout, static_cast<int>(style.indent * (style.size + style.tracking) * PANGO_SCALE));
  switch (style.align) {
    case Align::left: break;
    case Align::center: pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER); break;
    case Align::right: pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT); break;
    case Align::justify: pango_layout_set_justify(layout, TRUE); break;
  }
  PangoAttrList* attributes = pango_attr_list_new();
  // Who copies a code from the paper gets its letters: an ff drawn as one sign is another character to some readers.
  pango_attr_list_insert(attributes, pango_attr_font_features_new("liga=0"));
  if (style.tracking != 0)
    pango_attr_list_insert(attributes, pango_attr_letter_spacing_new(static_cast<int>(style.tracking * PANGO_SCALE)));
  pango_layout_set_attributes(layout, attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_text(layout, clean.data(), static_cast<int>(clean.size()));
  lines_ = clean.empty() ? 0 : static_cast<std::size_t>(pango_layout_get_line_count(layout));
  step_ = millimetres(style.size * style.line_height);
  PangoFontMetrics* metrics = pango_context_get_metrics(context, font.get(), nullptr);
  const double ascent = pango_font_metrics_get_ascent(metrics) / static_cast<double>(PANGO_SCALE);
  const double descent = pango_font_metrics_get_descent(metrics) / static_cast<double>(PANGO_SCALE);
  pango_font_metrics_unref(metrics);
  baseline_ = millimetres((style.size * style.line_height - ascent - descent) / 2 + ascent);
}

void TextBlock::draw(cairo_t* cairo, double x, double y, std::size_t from, std::size_t to) const {
  if (!layout_ || lines_ == 0) return;
  set_color(cairo, color_);
  PangoLayoutIter* iter = pango_layout_get_iter(layout_.get());
  std::size_t i = 0;
  do {
    if (i >= to) break;
    if (i >= from) {
      PangoRectangle logical;
      pango_layout_iter_get_line_extents(iter, nullptr, &logical);
      cairo_move_to(cairo, points(x) + logical.x / static_cast<double>(PANGO_SCALE),
                    points(y + static_cast<double>(i - from) * step_ + baseline_));
      pango_cairo_show_layout_line(cairo, pango_layout_iter_get_line_readonly(iter));
    }
    ++i;
  } while (pango_layout_iter_next_line(iter));
  pango_layout_iter_free(iter);
}

PdfDocument::State::State(PdfOptions o) : options(std::move(o)) {
  if (options.orientation == Orientation::landscape) std::swap(width, height);
  fonts = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
  context = pango_font_map_create_context(fonts);
  pango_context_set_language(context, pango_language_from_string("zh-cn"));
  pango_context_set_round_glyph_positions(context, FALSE);
  cairo_font_options_t* print = cairo_font_options_create();
  cairo_font_options_set_hint_style(print, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(print, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context, print);
  cairo_font_options_destroy(print);
  new_page();
}

PdfDocument::State::~State() {
  pages.clear();
  g_object_unref(context);
  g_object_unref(fonts);
}

void PdfDocument::State::new_page() {
  pages.emplace_back();
  y = options.margin_top;
}

void PdfDocument::State::draw_block(TextBlock text, double x, double at, std::size_t from, std::size_t to) {
  draw([text = std::move(text), x, at, from, to](cairo_t* cairo) { text.draw(cairo, x, at, from, to); });
}

PdfDocument PdfDocument::create(PdfOptions options) { return PdfDocument(std::make_unique<State>(std::move(options))); }
PdfDocument::PdfDocument(std::unique_ptr<State> state) : state_(std::move(state)) {}
PdfDocument::~PdfDocument() = default;
PdfDocument::PdfDocument(PdfDocument&&) noexcept = default;
PdfDocument& PdfDocument::operator=(PdfDocument&&) noexcept = default;

void PdfDocument::paragraph(std::string_view text, const TextStyle& style) {
  const Box area = content();
  if (state_->y > state_->options.margin_top) state_->y += style.space_before;
  const TextBlock block = state_->block(text, style, area.width);
  std::size_t done = 0;
  while (done < block.lines()) {
    auto fit = static_cast<std::size_t>(std::max(0.0, (state_->bottom() - state_->y) / block.step() + 1e-6));
    if (fit == 0) {
      if (state_->y <= state_->options.margin_top)
        fit = 1;  // higher than the page: better cut than never
      else {
        state_->new_page();
        continue;
      }
    }
    const std::size_t to = std::min(block.lines(), done + fit);
    state_->draw_block(block, area.x, state_->y, done, to);
    state_->y += static_cast<double>(to - done) * block.step();
    done = to;
  }
  state_->y += style.space_after;
}

void PdfDocument::space(double height) { state_->y += height; }
void PdfDocument::page_break() { state_->new_page(); }
void PdfDocument::keep_together(double height) {
  if (state_->y + height > state_->bottom() && state_->y > state_->options.margin_top) state_->new_page();
}

double PdfDocument::text(const Box& box, std::string_view text, const TextStyle& style, Middle middle) {
  TextStyle fitted = style;
  TextBlock block = state_->block(text, fitted, box.width);
  while (box.height > 0 && block.height() > box.height && fitted.size > style.size / 2) {
    fitted.size *= 0.95;
    block = state_->block(text, fitted, box.width);
  }
  double at = box.y;
  if (middle == Middle::center) at += (box.height - block.height()) / 2;
  if (middle == Middle::bottom) at += box.height - block.height();
  const double height = block.height();
  const std::size_t lines = block.lines();
  state_->draw_block(std::move(block), box.x, at, 0, lines);
  return height;
}

void PdfDocument::line(double x1, double y1, double x2, double y2, double width, const Color& color) {
  state_->draw([=](cairo_t* cairo) {
    set_color(cairo, color);
    cairo_set_line_width(cairo, width);
    cairo_move_to(cairo, points(x1), points(y1));
    cairo_line_to(cairo, points(x2), points(y2));
    cairo_stroke(cairo);
  });
}

void PdfDocument::rectangle(const Box& box, double line_width, const Color& color) {
  state_->draw([=](cairo_t* cairo) {
    set_color(cairo, color);
    cairo_set_line_width(cairo, line_width);
    cairo_rectangle(cairo, points(box.x), points(box.y), points(box.width), points(box.height));
    cairo_stroke(cairo);
  });
}

void PdfDocument::fill(const Box& box, const Color& color) {
  state_->draw([=](cairo_t* cairo) {
    set_color(cairo, color);
    cairo_rectangle(cairo, points(box.x), points(box.y), points(box.width), points(box.height));
    cairo_fill(cairo);
  });
}

void PdfDocument::image_png(const Box& box, std::string_view png) {
  const auto refuse = [&] {
    state_->keep(invalid("documents.pdf.image", "图片不是可用的 PNG，或超过 4000 万像素，请换一张。",
                         "The image is no usable PNG, or has more than 40 million pixels; choose another."));
  };
  const std::uint64_t pixels = png_pixels(png);
  if (pixels == 0 || pixels > most_pixels) return refuse();
  PngInput input{png};
  const std::shared_ptr<cairo_surface_t> image(cairo_image_surface_create_from_png_stream(PngInput::read, &input),
                                               cairo_surface_destroy);
  if (cairo_surface_status(image.get()) != CAIRO_STATUS_SUCCESS) return refuse();
  const double w = cairo_image_surface_get_width(image.get()), h = cairo_image_surface_get_height(image.get());
  state_->draw([=](cairo_t* cairo) {
    const double scale = std::min(points(box.width) / w, points(box.height) / h);
    cairo_save(cairo);
    cairo_translate(cairo, points(box.x) + (points(box.width) - w * scale) / 2,
                    points(box.y) + (points(box.height) - h * scale) / 2);
    cairo_scale(cairo, scale, scale);
    cairo_set_source_surface(cairo, image.get(), 0, 0);
    cairo_paint(cairo);
    cairo_restore(cairo);
  });
}

void PdfDocument::qr(std::string_view content, double x, double y, double size) {
  auto matrix = make_qr(content);
  if (!matrix) return state_->keep(matrix.error());
  state_->draw([matrix = *std::move(matrix), x, y, size](cairo_t* cairo) {
    const double module = points(size) / (matrix.size + 8);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_rectangle(cairo, points(x), points(y), points(size), points(size));
    cairo_fill(cairo);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    for (int row = 0; row < matrix.size; ++row) {
      for (int column = 0; column < matrix.size;) {
        int end = column;
        while (end < matrix.size && matrix.dark(end, row)) ++end;
        // A little higher than a module, so that viewers leave no seams between the rows.
        if (end > column)
          cairo_rectangle(cairo, points(x) + (column + 4) * module, points(y) + (row + 4) * module,
                          (end - column) * module, module * 1.02);
        column = std::max(end, column + 1);
      }
    }
    cairo_fill(cairo);
  });
}

void PdfDocument::seal_place(const Box& box, std::string name) {
  state_->seals.push_back({static_cast<int>(state_->pages.size()) - 1, box, std::move(name)});
}

double PdfDocument::measure(std::string_view text, const TextStyle& style, double width) const {
  return state_->block(text, style, width).height();
}
double PdfDocument::y() const { return state_->y; }
void PdfDocument::set_y(double y) { state_->y = y; }
Box PdfDocument::content() const {
  const PdfOptions& o = state_->options;
  return {o.margin_left, o.margin_top, state_->width - o.margin_left - o.margin_right,
          state_->height - o.margin_top - o.margin_bottom};
}
double PdfDocument::page_width() const { return state_->width; }
double PdfDocument::page_height() const { return state_->height; }
int PdfDocument::pages() const { return static_cast<int>(state_->pages.size()); }
const std::vector<SealPlace>& PdfDocument::seal_places() const { return state_->seals; }

Result<std::string> PdfDocument::finish() {
  State& s = *state_;
  if (s.problem) return fail(*s.problem);
  if (s.options.page_numbers != PageNumbers::none) {
    const std::string total = std::to_string(s.pages.size());
    for (std::size_t i = 0; i < s.pages.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      const std::string label =
          s.options.page_numbers == PageNumbers::plain ? number : "第 " + number + " 页　共 " + total + " 页";
      TextBlock block = s.block(label, {.size = 9, .align = Align::center}, s.width);
      const std::size_t lines = block.lines();
      s.pages[i].push_back([block = std::move(block), at = s.height - 14, lines](cairo_t* cairo) {
        block.draw(cairo, 0, at, 0, lines);
      });
    }
  }
  std::string bytes;
  cairo_surface_t* surface = cairo_pdf_surface_create_for_stream(
      [](void* into, const unsigned char* data, unsigned int size) {
        static_cast<std::string*>(into)->append(reinterpret_cast<const char*>(data), size);
        return CAIRO_STATUS_SUCCESS;
      },
      &bytes, points(s.width), points(s.height));
  const auto metadata = [&](cairo_pdf_metadata_t key, const std::string& value) {
    if (!value.empty()) cairo_pdf_surface_set_metadata(surface, key, printable(value).c_str());
  };
  metadata(CAIRO_PDF_METADATA_TITLE, s.options.title);
  metadata(CAIRO_PDF_METADATA_AUTHOR, s.options.author);
  metadata(CAIRO_PDF_METADATA_SUBJECT, s.options.subject);
  metadata(CAIRO_PDF_METADATA_CREATOR, "Civitas");
  if (s.options.created) {
    const std::string created = format_instant({s.options.created->seconds() * 1'000'000}).substr(0, 19) + "Z";
    metadata(CAIRO_PDF_METADATA_CREATE_DATE, created);
    metadata(CAIRO_PDF_METADATA_MOD_DATE, created);
  }
  cairo_t* cairo = cairo_create(surface);
  for (const auto& page : s.pages) {
    for (const auto& drawing : page) {
      cairo_save(cairo);
      drawing(cairo);
      cairo_restore(cairo);
    }
    cairo_show_page(cairo);
  }
  const cairo_status_t drawn = cairo_status(cairo);
  cairo_destroy(cairo);
  cairo_surface_finish(surface);
  const cairo_status_t written = cairo_surface_status(surface);
  cairo_surface_destroy(surface);
  if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS)
    return fail(internal_problem(std::string("cairo: ") + cairo_status_to_string(drawn != 0 ? drawn : written)));
  return bytes;
}

}  // namespace civitas::documents
