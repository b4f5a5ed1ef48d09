#include "exchange/import_errors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <limits>

#include "documents/table_writer.hpp"
#include "exchange/import_source.hpp"

namespace civitas::exchange {

namespace {

// More are not marked: too many to be corrected by hand, and all marks are held in memory while the workbook is written.
constexpr std::size_t most_marked = 20'000;

Json to_json(const RowProblem& p) {
  return Json(Json::Object{{"row", Json(static_cast<std::int64_t>(p.row))},
                           {"column", Json(static_cast<std::int64_t>(p.column))},
                           {"field", Json(p.field)},
                           {"reason", Json(p.reason)},
                           {"message", Json(p.message)}});
}

RowProblem from_json(const Json& j) {
  return {static_cast<std::uint64_t>(j["row"].as_integer()),
          static_cast<std::uint32_t>(j["column"].as_integer()),
          j["field"].as_string(),
          j["reason"].as_string(),
          {j["message"]["zh"].as_string(), j["message"]["en"].as_string()}};
}

}  // namespace

Result<std::int64_t> ErrorFile::write(std::int64_t at, const std::vector<RowProblem>& problems) const {
  std::string text;
  for (const auto& p : problems) {
    to_json(p).dump_to(text);
    text += '\n';
  }
  const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(internal_problem("cannot open " + path_.string()));
  bool good = ::ftruncate(fd, at) == 0;
  for (std::size_t done = 0; good && done < text.size();) {
    const ssize_t n = ::pwrite(fd, text.data() + done, text.size() - done, at + static_cast<std::int64_t>(done));
    good = n > 0;
    if (good) done += static_cast<std::size_t>(n);
  }
  ::close(fd);
  if (!good) return fail(internal_problem("cannot write " + path_.string()));
  return at + static_cast<std::int64_t>(text.size());
}

std::vector<RowProblem> ErrorFile::read(std::size_t most) const {
  std::vector<RowProblem> out;
  std::ifstream in(path_);
  for (std::string line; out.size() < most && std::getline(in, line);)
    if (const auto json = Json::parse(line)) out.push_back(from_json(*json));
  return out;
}

Json ErrorFile::first(std::size_t most, Language language) const {
  Json out = Json::array();
  for (const auto& p : read(most))
    out.push(Json(Json::Object{{"row", Json(static_cast<std::int64_t>(p.row))},
                               {"column", Json(p.column ? documents::column_letters(p.column) : std::string())},
                               {"field", Json(p.field)},
                               {"reason", Json(p.reason)},
                               {"detail", Json(in(language, p.message))},
                               {"message", Json(p.message)}}));
  return out;
}

Status write_errors_workbook(const std::filesystem::path& input, const std::filesystem::path& folder,
                             const HeadMatcher& matcher, Rows rows, Language language,
                             const ImportChoice& choice) {
  const std::vector<RowProblem> problems = ErrorFile(folder).read(most_marked);
  const auto output = folder / "errors.xlsx";
  CIVITAS_TRY(auto source, ImportSource::open(input, matcher, {}, choice));
  if (!source->is_table()) {
    CIVITAS_TRY(auto writer,
                documents::create_xlsx(output, {{.title = "要素序号", .kind = documents::ColumnKind::integer},
                                                {.title = "字段"},
                                                {.title = "错误说明", .width = 60}}));
    for (const auto& p : problems)
      CIVITAS_CHECK(writer->row(std::vector<documents::Cell>{documents::Cell::number(std::to_string(p.row)),
                                                             documents::Cell::of(p.field),
                                                             documents::Cell::of(in(language, p.message))}));
    return writer->finish();
  }
  std::vector<documents::RowError> errors;
  for (const auto& p : problems) errors.push_back({p.row, p.column, in(language, p.message)});
  documents::MarkOptions options;
  options.head_row = source->head_row();
  options.input.sheet = source->choice().sheet;
  if (rows == Rows::all) return documents::write_marked_errors(input, output, std::move(errors), options);

  // The good rows are in the database already; sent again they would be there twice.
  const auto wrong_rows = folder / "wrong.csv";
  std::vector<documents::Column> heads;
  for (const auto& cell : source->head()) heads.push_back({.title = cell.text});
  const std::size_t width = heads.size();
  CIVITAS_TRY(auto writer, documents::create_csv(wrong_rows, std::move(heads)));
  std::size_t at = 0;
  std::uint64_t written = 1;
  SourceRow row;
  while (at < errors.size()) {
    CIVITAS_TRY(const bool any, source->next(row));
    if (!any) break;
    if (row.number != errors[at].row) continue;
    ++written;
    for (; at < errors.size() && errors[at].row == row.number; ++at) errors[at].row = written;
    row.cells.resize(std::min(row.cells.size(), width));
    // CSV has no number formats: what would be read as text is written as the sheet shows it.
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      if (const auto* f = i < source->columns().size() ? source->columns()[i].field : nullptr;
          !row.cells[i].format.empty() && f && f->type != entities::FieldType::integer &&
          f->type != entities::FieldType::decimal)
        row.cells[i] = documents::Cell::of(row.cells[i].shown());
    CIVITAS_CHECK(writer->row(row.cells));
  }
  CIVITAS_CHECK(writer->finish());
  errors.resize(at);
  options.head_row = 1;
  CIVITAS_CHECK(documents::write_marked_errors(wrong_rows, output, std::move(errors), options));
  std::error_code ignored;
  std::filesystem::remove(wrong_rows, ignored);
  return {};
}

}  // namespace civitas::exchange
