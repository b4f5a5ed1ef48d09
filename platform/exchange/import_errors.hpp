// Inside this room: wrong rows of an import, kept in a file beside it while the import runs, one JSON object a line.
// The checkpoint of the job knows how long the file was, so a job that goes on cuts off what no committed batch stands
// behind.
#pragma once

#include <filesystem>
#include <vector>

#include "exchange/columns.hpp"

namespace civitas::exchange {

struct RowProblem {
  std::uint64_t row = 0;
  std::uint32_t column = 0;  // from 1; 0: the row as a whole
  std::string field;
  std::string reason;
  Text message;
};

class ErrorFile {
 public:
  explicit ErrorFile(const std::filesystem::path& folder) : path_(folder / "errors.jsonl") {}
  /// Cuts the file at `at` and appends; returns its new length.
  Result<std::int64_t> write(std::int64_t at, const std::vector<RowProblem>& problems) const;
  /// The first ones, as a result shows them.
  Json first(std::size_t most, Language language) const;
  std::vector<RowProblem> read(std::size_t most) const;

 private:
  std::filesystem::path path_;
};

enum class Rows { all, wrong };
/// `folder`/errors.xlsx: the table with its wrong cells marked, either whole or the wrong rows only; of a feature
/// collection, a list of what is wrong.
Status write_errors_workbook(const std::filesystem::path& input, const std::filesystem::path& folder,
                             const HeadMatcher& matcher, Rows rows, Language language,
                             const ImportChoice& choice);

}  // namespace civitas::exchange
