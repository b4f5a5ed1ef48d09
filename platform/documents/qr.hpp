// QR codes (ISO/IEC 18004) as a matrix and as SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace civitas::documents {

enum class QrLevel { low, medium, quartile, high };  // 7, 15, 25, 30 percent of the code may be damaged

struct QrMatrix {
  int size = 0;             // modules on a side, without the quiet zone of 4
  std::vector<bool> cells;  // row by row, true is dark
  bool dark(int x, int y) const { return cells[static_cast<std::size_t>(y * size + x)]; }
};

/// Fails with documents.qr.empty, or documents.qr.too_long when no version holds the text.
Result<QrMatrix> make_qr(std::string_view text, QrLevel level = QrLevel::medium);

/// The `d` of an SVG path; a module is one unit, the quiet zone is included, so the view box is size + 8.
std::string qr_svg_path(const QrMatrix& matrix);

/// A whole SVG image, black on white.
std::string qr_svg(const QrMatrix& matrix);

}  // namespace civitas::documents
