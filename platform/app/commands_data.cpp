// What brings data into the city and out of it.
#include <fstream>
#include <iostream>

#include "app/commands.hpp"
#include "app/remembered_city.hpp"
#include "base/id.hpp"
#include "base/strings.hpp"
#include "entities/migration.hpp"
#include "exchange/exchange.hpp"
#include "process/check.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

namespace {

// "SYSTEM.ENTITY", or with a slash.
Result<const entities::Entity*> entity_named(const Application& application, std::string name) {
  if (const auto dot = name.find('.'); dot != name.npos) name[dot] = '/';
  if (const auto* e = application.store().catalog().entity_by_path(name)) return e;
  return fail(problem(Kind::not_found, "entities.entity.unknown",
                      "没有记录类型 " + name + "，应写 系统.类型。",
                      "There is no entity " + name + "; write SYSTEM.ENTITY."));
}

}  // namespace

Status migrate(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  if (c.home.empty()) c.home = find_home();
  c.database.file = c.data / "civitas.db";
  if (!o.plan) {
    CIVITAS_TRY(const auto application, Application::create(std::move(c)));
    return application->make_rules_reach_records();
  }
  CIVITAS_CHECK(has_city(c));
  CIVITAS_CHECK(check_city(c));
  CIVITAS_TRY(const auto catalog, entities::Catalog::load(system_folders(c), city_folder(c)));
  CIVITAS_TRY(const auto database, sql::Database::open(c.database));
  return database->read([&](sql::Connection& db) -> Status {
    CIVITAS_TRY(const auto plan, entities::plan_migration(*catalog, db));
    for (const auto& step : plan.steps) std::cout << step.why.zh << " / " << step.why.en << "\n";
    for (const auto& remark : plan.remarks) std::cout << "* " << remark.zh << " / " << remark.en << "\n";
    CIVITAS_TRY(const auto open_cases, process::open_cases(db));
    CIVITAS_CHECK(process::check_open_cases(*catalog, open_cases, nullptr));
    if (plan.steps.empty()) std::cout << "数据库与声明一致 / the database agrees with the declarations\n";
    return {};
  });
}

Status export_records(const Options& o) {
  CIVITAS_TRY(const auto application, open_city(o));
  CIVITAS_TRY(const auto* e, entity_named(*application, o.entity));
  std::string ending = o.format;
  if (ending.empty() && fs::path(o.output).has_extension()) ending = fs::path(o.output).extension().string().substr(1);
  if (ending.empty()) ending = "csv";
  const auto format = exchange::format_named(ending);
  if (!format)
    return fail(invalid("exchange.format", "格式应为 csv、xlsx 或 geojson。", "The format is csv, xlsx or geojson."));
  const bool to_stdout = o.output == "-";
  const fs::path file = to_stdout ? application->configuration().data / ("export-" + random_hex(8) + "." + ending)
                        : o.output.empty() ? fs::path(e->system + "." + e->name + "." + ending)
                                           : fs::path(o.output);
  entities::ListQuery query;
  query.filter = o.filter;
  const entities::Context context{identity::system_principal("command line"), application->clock().now(), ""};
  CIVITAS_TRY(const auto count, exchange::export_records(application->database(), application->store(), context,
                                                         {*e, query, *format, exchange::Language::zh}, file));
  if (to_stdout) {
    std::cout << std::ifstream(file, std::ios::binary).rdbuf();
    std::error_code ignored;
    fs::remove(file, ignored);
  } else {
    std::cout << count << " records in " << file.string() << "\n";
  }
  return {};
}

Status import_records(const Options& o) {
  CIVITAS_TRY(const auto application, open(o));
  CIVITAS_CHECK(application->start_systems());  // hooks of records ask them
  CIVITAS_TRY(const auto* e, entity_named(*application, o.entity));
  CIVITAS_TRY(const auto folder, application->importer().new_folder());
  std::error_code ec;
  fs::copy_file(o.argument, folder / "upload", ec);
  if (ec)
    return fail(problem(Kind::unavailable, "app.import.file", "无法读取文件：" + ec.message(),
                        "The file cannot be read: " + ec.message()));
  const auto mode = o.dry_run ? exchange::Mode::check : o.good_rows_only ? exchange::Mode::good : exchange::Mode::all;
  CIVITAS_TRY(const Json job,
              application->jobs().run_here(
                  exchange::import_kind, {"导入：" + e->title.zh, "Import: " + e->title.en},
                  exchange::Importer::input_of({e->path(), folder / "upload", mode, 0, exchange::Language::zh,
                                                fs::path(o.argument).filename().string()}),
                  0));
  const Json& result = job["result"];
  if (job["state"].as_string() != "done")
    return fail(problem(Kind::unprocessable, result["reason"].as_string(), job["message"]["zh"].as_string(),
                        job["message"]["en"].as_string()));
  for (const auto& error : result["errors"].as_array())
    std::cout << "row " << error["row"].dump() << (error["column"].is_null() ? "" : " " + error["column"].as_string())
              << ": " << error["detail"].as_string() << "\n";
  std::cout << result["good"].dump() << " good, " << result["bad"].dump() << " wrong"
            << (o.dry_run ? ", nothing written" : "") << "\n";
  if (result["bad"].as_integer() == 0 || mode == exchange::Mode::good) return {};
  return fail(problem(Kind::unprocessable, "exchange.import.refused",
                      "有错误，未导入任何数据；可用 --good-rows-only 只导入正确的行。",
                      "There are errors and nothing was imported; --good-rows-only imports the good rows."));
}

namespace {

// As far as the copy of the database goes.
Status copy_audit_head(const Configuration& c, const fs::path& copy, const fs::path& target) {
  sql::DatabaseOptions options;
  options.file = copy;
  CIVITAS_TRY(const auto database, sql::Database::open(options));
  std::int64_t sequence = 0;
  CIVITAS_CHECK(database->read([&](sql::Connection& db) -> Status {
    CIVITAS_TRY(sequence, audit::last_sealed(db));
    return {};
  }));
  CIVITAS_TRY(const std::string head, audit::HeadFile(audit_head_file(c)).until(sequence));
  return head.empty() ? Status{} : write_file_atomically(target / "audit.head", head);
}

}  // namespace

// The database by its own copy, which is consistent while the server runs; files never change once written, so those it
// names are there after it. The copy gets its name last: a folder without civitas.db is a backup that was broken off.
Status backup(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  CIVITAS_CHECK(has_city(c));
  const fs::path target = o.argument, copy = target / "civitas.db", unfinished = target / "civitas.db.part";
  std::error_code ec;
  if (fs::exists(copy))
    return fail(problem(Kind::conflict, "app.backup.exists", "目标目录里已有备份。",
                        "There is a backup in that folder already."));
  c.database.file = c.data / "civitas.db";
  fs::create_directories(target, ec);
  fs::remove(unfinished, ec);
  CIVITAS_TRY(const auto database, sql::Database::open(c.database));
  CIVITAS_CHECK(database->backup_to(unfinished));
  CIVITAS_CHECK(copy_audit_head(c, unfinished, target));
  for (const char* name : {"keys.json", "city", "files"})
    if (!ec && fs::exists(c.data / name))
      fs::copy(c.data / name, target / name, fs::copy_options::recursive | fs::copy_options::overwrite_existing, ec);
  if (!ec) fs::rename(unfinished, copy, ec);
  if (ec)
    return fail(problem(Kind::unavailable, "app.backup.copy", "备份文件失败：" + ec.message(),
                        "Copying the files failed: " + ec.message()));
  std::cout << target.string() << "\n";
  return {};
}

Status restore(const Options& o) {
  CIVITAS_TRY(const auto c, configure(o));
  const fs::path source = o.argument;
  if (!fs::exists(source / "civitas.db"))
    return fail(problem(Kind::not_found, "app.restore.none", "那里没有备份。", "There is no backup there."));
  if (fs::exists(c.data / "civitas.db"))
    return fail(problem(Kind::conflict, "app.restore.occupied", "数据目录不是空的；请先移走现有数据。",
                        "The data folder is not empty; move what is there away first."));
  std::error_code ec;
  fs::create_directories(c.data, ec);
  fs::copy(source, c.data, fs::copy_options::recursive, ec);
  if (ec)
    return fail(problem(Kind::unavailable, "app.restore.copy", "恢复失败：" + ec.message(),
                        "Restoring failed: " + ec.message()));
  // The head of the trail that came with the copy is used where there is none: a machine that has its own keeps it, and
  // tells that the database was set back.
  const fs::path head = c.data / "audit.head", place = audit_head_file(c);
  if (head != place && fs::exists(head)) {
    if (!fs::exists(place)) fs::copy_file(head, place, ec);
    fs::remove(head, ec);
  }
  if (ec)
    return fail(problem(Kind::unavailable, "app.restore.copy", "恢复失败：" + ec.message(),
                        "Restoring failed: " + ec.message()));
  std::cout << c.data.string() << "\n";
  return {};
}

}  // namespace civitas::app
