#include "documents/xlsx_merged.hpp"

#include <algorithm>

namespace civitas::documents {

namespace {

constexpr std::string_view word = "mergeCell";

// Whether the part holds the word, or is in an encoding in which it cannot be looked for.
Result<bool> may_have_merged(ByteSource& source) {
  std::string buffer(64 * 1024, '\0');
  std::size_t kept = 0;
  for (bool first = true;; first = false) {
    CIVITAS_TRY(const std::size_t got, source.read(buffer.data() + kept, buffer.size() - kept));
    if (got == 0) return false;
    const std::string_view text(buffer.data(), kept + got);
    if (first && text.size() > 1 && (text[0] == '\0' || text[1] == '\0' || text[0] == '\xFE' || text[0] == '\xFF'))
      return true;
    if (text.find(word) != text.npos) return true;
    kept = std::min(text.size(), word.size() - 1);
    std::copy(text.end() - static_cast<std::ptrdiff_t>(kept), text.end(), buffer.begin());
  }
}

class Handler final : public XmlHandler {
 public:
  Handler(std::vector<MergedArea>& areas, const TableLimits& limits) : areas_(areas), limits_(limits) {}
  XmlStream* stream = nullptr;
  void start(std::string_view name, const Attributes& attributes) override {
    if (name != "mergeCell") return;
    const std::string_view range = attributes["ref"];
    const auto colon = range.find(':');
    if (colon == range.npos) return;
    const CellReference from = parse_reference(range.substr(0, colon)), to = parse_reference(range.substr(colon + 1));
    if (from.column == 0 || from.row == 0 || to.column < from.column || to.row < from.row) return;
    if (from.column > limits_.columns || (from.column == to.column && from.row == to.row)) return;
    if (areas_.size() >= limits_.rows)
      return stream->stop(problem(Kind::too_large, "documents.table.rows", "表格里的合并单元格过多，请取消合并后再上传。",
                                  "The table has too many merged cells; unmerge them."));
    areas_.push_back({from.row, to.row, from.column, std::min(to.column, limits_.columns)});
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}

 private:
  std::vector<MergedArea>& areas_;
  const TableLimits& limits_;
};

}  // namespace

Result<std::vector<MergedArea>> read_merged(XlsxPackage& package, const std::string& part, const TableLimits& limits) {
  std::vector<MergedArea> areas;
  const std::uint64_t unpacked = package.unpacked();
  {
    CIVITAS_TRY(auto source, package.part(part));
    CIVITAS_TRY(const bool some, may_have_merged(*source));
    package.count_again_from(unpacked);
    if (!some) return areas;
  }
  CIVITAS_TRY(auto source, package.part(part));
  Handler handler(areas, limits);
  XmlStream stream(*source, handler, part);
  handler.stream = &stream;
  CIVITAS_CHECK(stream.run());
  package.count_again_from(unpacked);
  std::stable_sort(areas.begin(), areas.end(),
                   [](const MergedArea& a, const MergedArea& b) { return a.first_row < b.first_row; });
  return areas;
}

void MergedCells::start_row(std::uint64_t row) {
  row_ = row;
  if (!active_.empty())
    std::erase_if(active_, [&](const Active& one) {
      if (one.area.last_row >= row) return false;
      width_ -= one.width();
      return true;
    });
  // Areas do not lie over one another; of a file that says otherwise no more are kept than a row has columns.
  for (; next_ < areas_.size() && areas_[next_].first_row <= row; ++next_) {
    const Active one{areas_[next_], {}};
    if (one.area.last_row < row || width_ + one.width() > columns_) continue;
    width_ += one.width();
    active_.push_back(one);
  }
}

bool MergedCells::end_row(std::vector<Cell>& cells, std::size_t& filled, std::size_t most) {
  const std::size_t own = filled;
  std::size_t bytes = 0;
  for (Active& one : active_) {
    const bool first = one.area.first_row == row_;
    if (first && one.area.first_column <= own) one.value = cells[one.area.first_column - 1];
    if (one.value.empty() || own == 0) continue;
    if ((bytes += one.value.text.size() * one.width()) > most) return false;
    if (cells.size() < one.area.last_column) cells.resize(one.area.last_column);
    for (std::uint32_t column = one.area.first_column + (first ? 1 : 0); column <= one.area.last_column; ++column) {
      cells[column - 1] = one.value;
      cells[column - 1].merged = true;
    }
    filled = std::max<std::size_t>(filled, one.area.last_column);
  }
  return true;
}

}  // namespace civitas::documents
