// Tables in and out for every declared record type: the template to be filled in, the import job, the export. Formats
// are XLSX, CSV and GeoJSON (RFC 7946); memory does not grow with the number of rows.
//
// What a column means is found by its head: the field's title in either language or its name. Terms are given by code,
// title or "code title", references by a unique code or the title, dates in the usual forms, points as two columns
// (经度, 纬度), other shapes as WKT or GeoJSON text.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "entities/store.hpp"
#include "exchange/choice.hpp"
#include "jobs/jobs.hpp"
#include "sql/database.hpp"

namespace civitas::exchange {

enum class Language { zh, en };

/// An empty workbook with all writable fields: required marks, hints, drop-down lists, an example row (passed over by
/// the import).
Status write_template(const entities::Catalog& catalog, const entities::Entity& entity, Language language,
                      const std::filesystem::path& file);

enum class Format { xlsx, csv, geojson };
std::optional<Format> format_named(std::string_view name);
std::string_view format_name(Format format);
std::string_view media_type(Format format);

struct ExportRequest {
  const entities::Entity& entity;
  entities::ListQuery query;  // `limit` and `after` are not used: the whole list is written
  Format format = Format::xlsx;
  Language language = Language::zh;
};

/// Called after each page with the records written so far; a failure ends the export.
using OnPage = std::function<Status(std::int64_t done)>;

/// Writes what `context` may read, page by page, each page one snapshot, and a line into the audit trail; returns the
/// number of records. Fails as Store::list does, and as the writers of documents do. In XLSX a shape beyond a cell's
/// 32,767 characters fails with `exchange.export.shape_too_long`: GeoJSON and CSV hold any.
Result<std::int64_t> export_records(sql::Database& database, entities::Store& store, const entities::Context& context,
                                    const ExportRequest& request, const std::filesystem::path& file,
                                    const OnPage& on_page = {});

inline constexpr std::string_view export_kind = "entities.export";

/// The job kind "entities.export": the filtered list as a file, under the rights that the person has when it runs; an
/// interrupted one begins anew. Its result: {"rows","name","file"}.
class Exporter {
 public:
  Exporter(sql::Database& database, entities::Store& store, const Clock& clock, std::filesystem::path folder)
      : database_(database), store_(store), clock_(clock), folder_(std::move(folder)) {}

  void register_kind(jobs::Jobs& jobs);
  Result<Json> run(jobs::JobRun& job);
  static Json input_of(const ExportRequest& request, const identity::Principal& who);
  std::filesystem::path file_of(std::int64_t job, const Json& input) const;
  /// Removes files older than so long; for a schedule.
  Status remove_old(std::int64_t seconds) const;

 private:
  sql::Database& database_;
  entities::Store& store_;
  const Clock& clock_;
  std::filesystem::path folder_;
};

/// check: nothing is written, every row is tried. all: every row or none, in one transaction, at most
/// `most_rows_at_once` rows because writers of SQLite wait meanwhile. good: good rows are written in batches, wrong
/// ones told.
enum class Mode { check, all, good };
/// Whose table it is. people: what a form would take. product: data that the product brings itself (a demonstration),
/// also codes and what is otherwise read only, and with a column `valid_from` since when each record holds; no access
/// rule is asked.
enum class Whose { people, product };
std::optional<Mode> mode_named(std::string_view name);
std::string_view mode_name(Mode mode);

/// What an import of this file would take, before anything is written:
/// {"sheets": [name], "sheet", "head_row", "top": [{"row","cells"}] (the first rows, to choose the head from),
///  "columns": [{"column","head","field" (where it would go; null: passed over),"sample": [text]}],
///  "fields": [{"name","title","required"}], "missing": [field] (required, without a column), "questions":
///  [{"about": "sheet"|"head_row"|"columns","message"}] (what is not certain and wants an answer)}.
/// Without `choice.head_row` the head is the first of the upper rows that names most fields. Fails as the readers do.
Result<Json> preview(const entities::Entity& entity, const std::filesystem::path& file, const ImportChoice& choice);

inline constexpr std::int64_t most_rows_at_once = 20'000;
inline constexpr std::string_view import_kind = "entities.import";

struct ImportRequest {
  std::string entity;          // "town/lamp"
  std::filesystem::path file;  // in a folder of `Importer::new_folder`; stays until the folder is cleared away
  Mode mode = Mode::check;
  std::int64_t person = 0;  // on whose behalf: their rights hold; 0: the command line, which may all
  Language language = Language::zh;
  std::string name = {};  // as the person called the file: for the audit trail, and to say what a wrong file really is
  Whose whose = Whose::people;
  ImportChoice choice = {};
  std::string key = {};  // a field: rows whose record is there already, by its value, are passed over
};

/// The job kind "entities.import". Its result:
/// {"good","bad","mode","errors":[{"row","column","field","reason","detail","message"}] (first 100),"errors_file"}.
/// Problems of the whole file fail the job: `exchange.import.column_unknown`, `.column_twice`,
/// `.no_columns`, `.not_a_workbook`, `.too_many_rows`, `.which_sheet`, `.head_row`, `.crs`, and those of the readers of documents.
class Importer {
 public:
  Importer(sql::Database& database, entities::Store& store, const Clock& clock, std::filesystem::path folder)
      : database_(database), store_(store), clock_(clock), folder_(std::move(folder)) {}

  void register_kind(jobs::Jobs& jobs);
  Result<Json> run(jobs::JobRun& job);

  /// A new, empty folder for one import.
  Result<std::filesystem::path> new_folder() const;
  static Json input_of(const ImportRequest& request);
  /// Where the workbook with the marked errors lies, if there were any.
  static std::filesystem::path errors_file(const Json& input);
  /// Removes the folders of imports older than so long; for a schedule.
  Status remove_old(std::int64_t seconds) const;

 private:
  sql::Database& database_;
  entities::Store& store_;
  const Clock& clock_;
  std::filesystem::path folder_;
};

}  // namespace civitas::exchange
