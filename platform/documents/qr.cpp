#include "documents/qr.hpp"

#include <qrencode.h>

#include <memory>

namespace civitas::documents {

namespace {
constexpr int quiet = 4;
}

Result<QrMatrix> make_qr(std::string_view text, QrLevel level) {
  if (text.empty()) return fail(invalid("documents.qr.empty", "二维码内容为空。", "The text of the QR code is empty."));
  const QRecLevel levels[] = {QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      text.size() > 2953
          ? nullptr
          : QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0,
                              levels[static_cast<int>(level)]),
      QRcode_free);
  if (!code)
    return fail(problem(Kind::too_large, "documents.qr.too_long", "内容过长，放不进一个二维码，请缩短链接。",
                        "The text is too long for one QR code; shorten the link."));
  QrMatrix matrix;
  matrix.size = code->width;
  matrix.cells.resize(static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width));
  for (std::size_t i = 0; i < matrix.cells.size(); ++i) matrix.cells[i] = (code->data[i] & 1) != 0;
  return matrix;
}

std::string qr_svg_path(const QrMatrix& matrix) {
  std::string path;
  for (int y = 0; y < matrix.size; ++y) {
    for (int x = 0; x < matrix.size;) {
      if (!matrix.dark(x, y)) {
        ++x;
        continue;
      }
      int end = x;
      while (end < matrix.size && matrix.dark(end, y)) ++end;
      const std::string width = std::to_string(end - x);
      path += "M" + std::to_string(x + quiet) + " " + std::to_string(y + quiet) + "h" + width + "v1h-" + width + "z";
      x = end;
    }
  }
  return path;
}

std::string qr_svg(const QrMatrix& matrix) {
  const std::string side = std::to_string(matrix.size + 2 * quiet);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side + "h-" + side +
         "z\"/><path d=\"" + qr_svg_path(matrix) + "\"/></svg>";
}

}  // namespace civitas::documents
