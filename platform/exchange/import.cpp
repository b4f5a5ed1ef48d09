#include <algorithm>
#include <chrono>

#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "exchange/row_writer.hpp"
#include "identity/identity.hpp"

namespace civitas::exchange {

namespace fs = std::filesystem;
using entities::Context;
using entities::Entity;

namespace {

constexpr std::size_t batch_rows = 500, batch_bytes = 8u << 20, shown_errors = 100;

// Makes the transaction of a check roll back.
Problem rolled_back() { return problem(Kind::cancelled, "exchange.import.checked", "检查完成。", "Checked."); }

// One row of an import of all or nothing is wrong.
Problem all_refused() {
  return problem(Kind::cancelled, "exchange.import.refused", "有错误，未导入。",
                 "There are errors; nothing was imported.");
}

struct Counts {
  std::int64_t row = 0;  // number of the last row that is done
  std::int64_t good = 0, bad = 0;
  std::int64_t error_bytes = 0;
};

Json to_json(const Counts& c) {
  return Json(Json::Object{
      {"row", Json(c.row)}, {"good", Json(c.good)}, {"bad", Json(c.bad)}, {"error_bytes", Json(c.error_bytes)}});
}

Counts counts_of(const Json& j) {
  return {j["row"].as_integer(), j["good"].as_integer(), j["bad"].as_integer(), j["error_bytes"].as_integer()};
}

struct Run {
  sql::Database& database;
  entities::Store& store;
  const Clock& clock;
  jobs::JobRun& job;
  const Entity& entity;
  HeadMatcher matcher;
  Context context;
  fs::path file;
  Mode mode;
  Language language;
  ErrorFile errors;
  std::string name;
  const entities::Field* key;  // nullptr: none
  ImportChoice choice;
  Counts counts;

  fs::path folder() const { return file.parent_path(); }

  void show(std::int64_t rows, double part, double from, double to) {
    const double whole = from + (to - from) * std::clamp(part, 0.0, 1.0);
    const auto total = whole > 0.001 ? static_cast<std::int64_t>(static_cast<double>(rows) / std::max(part, 0.001)) : 0;
    const std::string n = std::to_string(rows);
    const bool checking = mode == Mode::check || (mode == Mode::all && to < 1);
    // With two passes a row counts half in each.
    const std::int64_t done = mode == Mode::all ? static_cast<std::int64_t>(static_cast<double>(total) * whole) : rows;
    job.set_progress(std::min(done, total), total,
                     checking ? Text{"已检查 " + n + " 行", n + " rows checked"}
                              : Text{"已导入 " + n + " 行", n + " rows imported"});
  }

  /// The next rows that are not done yet; empty at the end.
  Result<std::vector<SourceRow>> next_batch(ImportSource& source) const {
    std::vector<SourceRow> batch;
    for (std::size_t bytes = 0; batch.size() < batch_rows && bytes < batch_bytes;) {
      SourceRow row;
      CIVITAS_TRY(const bool more, source.next(row));
      if (!more) break;
      if (static_cast<std::int64_t>(row.number) <= counts.row) continue;  // done before the interruption
      bytes += row.bytes;
      batch.push_back(std::move(row));
    }
    return batch;
  }

  static Status write_batch(RowWriter& writer, sql::Transaction& t, const std::vector<SourceRow>& batch, Undo undo,
                            std::vector<RowProblem>& problems, Counts& next) {
    next.row = static_cast<std::int64_t>(batch.back().number);
    if (undo == Undo::transaction && writer.may_write_many()) {
      CIVITAS_TRY(const std::int64_t good, writer.write_many(t, batch, problems));
      next.good += good;
      next.bad += static_cast<std::int64_t>(batch.size()) - good;
      return {};
    }
    for (const auto& row : batch) {
      CIVITAS_TRY(const bool good, writer.write(t, row, undo, problems));
      ++(good ? next.good : next.bad);
    }
    return writer.end_batch(t);
  }

  /// Rows in batches, each its own transaction: committed, or for a check rolled back.
  Status pass(Attempt attempt, double to) {
    CIVITAS_TRY(auto source, ImportSource::open(file, matcher, name, choice));
    RowWriter writer(store, context, entity, matcher, *source, attempt);
    if (key) writer.pass_over_known(*key);
    const bool checking = attempt == Attempt::check;
    while (true) {
      CIVITAS_TRY(const std::vector<SourceRow> batch, next_batch(*source));
      if (batch.empty()) return {};
      CIVITAS_CHECK(job.go_on());
      context.now = clock.now();
      Counts next;
      const auto attempt_batch = [&](Undo undo) {
        return database.write_now([&](sql::Transaction& t) -> Status {
          next = counts;
          writer.forget_batch();
          std::vector<RowProblem> problems;
          CIVITAS_CHECK(write_batch(writer, t, batch, undo, problems, next));
          CIVITAS_TRY(next.error_bytes, errors.write(counts.error_bytes, problems));
          if (checking) return fail(rolled_back());
          return job.save_checkpoint(t, to_json(next));
        });
      };
      // Most batches have no wrong row, and those that have one are written twice.
      auto written = attempt_batch(Undo::transaction);
      if (!written && written.error().reason == "exchange.import.undo") written = attempt_batch(Undo::row);
      if (!written && written.error().reason != "exchange.import.checked") return written;
      counts = next;
      if (checking) writer.remember();
      show(counts.good + counts.bad, source->progress(), 0, to);
    }
  }

  /// Every row in one transaction.
  Status write_all(Undo undo) {
    const Counts before = counts;
    auto written = database.write_now([&](sql::Transaction& t) -> Status {
      counts = {};
      auto source = ImportSource::open(file, matcher, name, choice);
      if (!source) return fail(source.error());
      RowWriter writer(store, context, entity, matcher, **source, Attempt::write);
      if (key) writer.pass_over_known(*key);
      std::vector<RowProblem> problems;
      Counts next;
      while (true) {
        CIVITAS_TRY(const std::vector<SourceRow> batch, next_batch(**source));
        if (batch.empty()) break;
        CIVITAS_CHECK(job.go_on());
        CIVITAS_CHECK(write_batch(writer, t, batch, undo, problems, next));
        if (next.bad == 0) continue;
        CIVITAS_TRY(next.error_bytes, errors.write(0, problems));
        counts = next;
        return fail(all_refused());
      }
      counts = next;
      Json state = to_json(next);
      state.set("committed", Json(true));
      return job.save_checkpoint(t, state);
    });
    if (!written && written.error().reason == "exchange.import.refused") return {};
    if (!written) counts = before;
    return written;
  }

  Result<Json> result() {
    const bool wrong = counts.bad > 0;
    if (wrong)
      CIVITAS_CHECK(
          write_errors_workbook(file, folder(), matcher, mode == Mode::good ? Rows::wrong : Rows::all, language, choice));
    Json out = Json::object();
    out.set("good", Json(counts.good)).set("bad", Json(counts.bad)).set("mode", Json(mode_name(mode)));
    out.set("errors", errors.first(shown_errors, language));
    out.set("errors_file", wrong ? Json("/api/v1/jobs/" + std::to_string(job.id) + "/errors.xlsx") : Json());
    CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) {
      Json detail = Json::object();
      detail.set("mode", Json(mode_name(mode)))
          .set("good", Json(counts.good))
          .set("bad", Json(counts.bad))
          .set("file", Json(name));
      return audit::append(
          t, clock.now(),
          {context.who.id, context.who.name, context.who.address, entity.system + "." + entity.name + ".import",
           entity.path(), detail.dump(), context.request});
    }));
    const std::string good = std::to_string(counts.good), bad = std::to_string(counts.bad);
    Text message{good + " 行正确，" + bad + " 行有错误", good + " rows are good, " + bad + " are wrong"};
    if (mode == Mode::all && wrong)
      message = {"有 " + bad + " 行错误，未导入任何数据", bad + " rows are wrong; nothing was imported"};
    const std::int64_t rows = counts.good + counts.bad;
    job.set_progress(rows, rows, std::move(message));
    return out;
  }

  Result<Json> run() {
    if (mode == Mode::good) {
      counts = counts_of(job.checkpoint);
      CIVITAS_CHECK(pass(Attempt::write, 1));
      return result();
    }
    if (job.checkpoint["committed"].as_bool()) {
      counts = counts_of(job.checkpoint);
      return result();
    }
    counts = {};
    CIVITAS_CHECK(pass(Attempt::check, mode == Mode::check ? 1 : 0.5));
    if (mode == Mode::check || counts.bad > 0) {
      if (mode == Mode::all) counts.good = 0;
      return result();
    }
    if (counts.good > most_rows_at_once)
      return fail(problem(Kind::too_large, "exchange.import.too_many_rows",
                          "“全部成功才导入”最多 " + std::to_string(most_rows_at_once) + " 行，文件有 " +
                              std::to_string(counts.good) + " 行。检查无误，请改用“导入正确的行”。",
                          "All or nothing takes at most " + std::to_string(most_rows_at_once) +
                              " rows and the file has " + std::to_string(counts.good) +
                              ". No error was found: import the good rows instead."));
    const std::int64_t rows = counts.good;
    auto written = write_all(Undo::transaction);
    if (!written && written.error().reason == "exchange.import.undo") written = write_all(Undo::row);
    if (!written) return fail(written.error());
    if (counts.bad > 0) counts.good = 0;
    show(rows, 1, 0, 1);
    return result();
  }
};

}  // namespace

std::optional<Mode> mode_named(std::string_view name) {
  for (const Mode mode : {Mode::check, Mode::all, Mode::good})
    if (mode_name(mode) == name) return mode;
  return std::nullopt;
}

std::string_view mode_name(Mode mode) { return mode == Mode::check ? "check" : mode == Mode::all ? "all" : "good"; }

void Importer::register_kind(jobs::Jobs& jobs) {
  jobs.register_kind(std::string(import_kind), [this](jobs::JobRun& job) { return run(job); });
}

Result<fs::path> Importer::new_folder() const {
  const fs::path out = folder_ / random_hex(16);
  std::error_code error;
  fs::create_directories(out, error);
  if (error) return fail(internal_problem("cannot create " + out.string()));
  return out;
}

Json Importer::input_of(const ImportRequest& r) {
  return Json(Json::Object{{"entity", Json(r.entity)},
                           {"file", Json(r.file.string())},
                           {"mode", Json(mode_name(r.mode))},
                           {"person", Json(std::to_string(r.person))},
                           {"language", Json(r.language == Language::zh ? "zh" : "en")},
                           {"name", Json(r.name)},
                           {"whose", Json(r.whose == Whose::product ? "product" : "people")},
                           {"choice", to_json(r.choice)},
                           {"key", Json(r.key)}});
}

fs::path Importer::errors_file(const Json& input) {
  return fs::path(input["file"].as_string()).parent_path() / "errors.xlsx";
}

Status Importer::remove_old(std::int64_t seconds) const {
  std::error_code error;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::seconds(seconds);
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    std::error_code ignored;
    if (entry.is_directory(ignored) && entry.last_write_time(ignored) < oldest) fs::remove_all(entry.path(), ignored);
  }
  return {};
}

Result<Json> Importer::run(jobs::JobRun& job) {
  const Entity* e = store_.catalog().entity_by_path(job.input["entity"].as_string());
  const auto mode = mode_named(job.input["mode"].as_string());
  if (!e || !mode)
    return fail(
        problem(Kind::not_found, "entities.entity.unknown", "没有这种记录类型。", "There is no such record type."));
  identity::Principal who;
  const auto person = parse_integer(job.input["person"].as_string());
  if (person == 0)
    who = identity::system_principal("command line");
  else
    CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(who, identity::Identity::load_principal(c, store_.catalog().dimensions(), clock_.now(), person.value_or(-1)));
      return {};
    }));
  if (!who.signed_in() || !store_.access().ever(*e, entities::Act::create, who))
    return fail(problem(Kind::forbidden, "entities.access.forbidden", "您没有新增“" + e->title.zh + "”的权限。",
                        "You have no right to create “" + e->title.en + "”."));
  const fs::path file = job.input["file"].as_string();
  CIVITAS_TRY(ImportChoice choice, choice_of(job.input["choice"]));
  Run run{database_,
          store_,
          clock_,
          job,
          *e,
          HeadMatcher(*e, person == 0 && job.input["whose"].as_string() == "product" ? Whose::product : Whose::people),
          {who, clock_.now(), "job/" + std::to_string(job.id)},
          file,
          *mode,
          job.input["language"].as_string() == "en" ? Language::en : Language::zh,
          ErrorFile(file.parent_path()),
          job.input["name"].as_string(),
          e->field(job.input["key"].as_string()),
          std::move(choice),
          {}};
  return run.run();
}

}  // namespace civitas::exchange
