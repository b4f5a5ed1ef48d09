// The command line.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <fstream>
#include <iostream>

#include "app/application.hpp"
#include "app/check.hpp"
#include "app/seed.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"
#include "entities/migration.hpp"
#include "entities/reference.hpp"
#include "entities/schema.hpp"
#include "exchange/exchange.hpp"
#include "process/check.hpp"

namespace {

using namespace civitas;
namespace fs = std::filesystem;

int report(const Problem& p) {
  std::cerr << p.message.zh << "\n" << p.message.en << "\n";
  for (const auto& e : p.errors) std::cerr << "  " << e.field << ": " << e.message.zh << "\n";
  if (!p.detail.empty()) std::cerr << p.detail << "\n";
  return 1;
}

struct Options {
  std::string config, data, home, city, today;
  std::vector<std::string> systems, arguments;
  int port = -1;
  bool demo = false, test_clock = false, plan = false, dry_run = false, good_rows_only = false;
  std::string argument, application, account, services = "*", entity, filter, format, output;
};

Result<app::Configuration> configure(const Options& o) {
  CIVITAS_TRY(auto c, app::read_configuration(o.config));
  if (!o.data.empty()) c.data = o.data;
  if (!o.home.empty()) c.home = o.home;
  if (!o.city.empty()) c.city = o.city;
  c.more_systems.insert(c.more_systems.end(), o.systems.begin(), o.systems.end());
  if (o.port >= 0) c.server.port = static_cast<std::uint16_t>(o.port);
  c.demo = o.demo;
  c.test_clock = o.test_clock;
  if (!o.today.empty()) {
    c.today = parse_date(o.today);
    if (!c.today)
      return fail(invalid("app.today", "--today 应为日期，例如 2026-11-20，而不是 " + o.today + "。",
                          "--today is a date such as 2026-11-20, not " + o.today + "."));
  }
  return c;
}

Result<std::unique_ptr<app::Application>> open(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  return app::Application::create(std::move(c));
}

// For commands about a city that is there: a mistyped folder is not the first start of another one.
Status has_city(const app::Configuration& c) {
  if (c.database.dialect != sql::Dialect::sqlite || fs::exists(c.data / "civitas.db")) return {};
  return fail(
      problem(Kind::not_found, "app.data.none",
              "数据目录 " + c.data.string() + " 里没有城市的数据，请检查 --data 或先运行 civitas serve。",
              "The data folder " + c.data.string() + " holds no city; check --data, or run civitas serve first."));
}

Result<std::unique_ptr<app::Application>> open_city(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  CIVITAS_CHECK(has_city(c));
  return app::Application::create(std::move(c));
}

// Two servers of one folder would number, seal and run jobs against each other. The lock ends with the process.
Status claim_folder(const app::Configuration& c) {
  if (c.database.dialect != sql::Dialect::sqlite) return {};
  std::error_code ignored;  // the folder is made, and its failure told, when the city is opened
  fs::create_directories(c.data, ignored);
  const int file = ::open((c.data / "serve.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  ::close(file);
  return fail(problem(Kind::conflict, "app.serve.running",
                      "数据目录 " + c.data.string() + " 已有一个服务在运行，请先停止它，或用 --data 指定另一个目录。",
                      "A server is running on the data folder " + c.data.string() +
                          " already; stop it first, or give another folder with --data."));
}

Status migrate(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  if (c.home.empty()) c.home = app::find_home();
  c.database.file = c.data / "civitas.db";
  if (!o.plan) {
    CIVITAS_TRY(const auto application, app::Application::create(std::move(c)));
    return application->make_rules_reach_records();
  }
  CIVITAS_TRY(const auto catalog, entities::Catalog::load(app::system_folders(c), app::city_folder(c)));
  CIVITAS_CHECK(has_city(c));
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

Status verify_audit(const Options& o) {
  CIVITAS_TRY(const auto application, open_city(o));
  audit::Verdict verdict;
  CIVITAS_CHECK(application->database().read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(verdict, audit::verify(c, application->signer()));
    return {};
  }));
  std::cout << verdict.entries << " entries in " << verdict.batches << " batches, " << verdict.unsealed
            << " not yet sealed\n";
  for (const auto& f : verdict.findings) std::cout << "! " << f.zh << " / " << f.en << "\n";
  if (!verdict.findings.empty())
    return fail(problem(Kind::conflict, "audit.broken", "审计记录不完整。", "The audit trail is not whole."));
  std::cout << "审计记录完整 / the audit trail is whole\n";
  return {};
}

Status create_key(const Options& o) {
  CIVITAS_TRY(const auto application, open(o));
  const std::string key = "ck_" + crypto::random_token();
  CIVITAS_CHECK(application->database().write_now([&](sql::Transaction& t) -> Status {
    Json record = Json::object();
    Json services = Json::array();
    for (const auto part : split(o.services, ',')) services.push(Json(std::string(part)));
    record.set("application", Json(o.application))
        .set("digest", Json(crypto::sha256_hex(key)))
        .set("services", std::move(services));
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    options.without_rules_because = "command line";
    auto& store = application->store();
    CIVITAS_CHECK(store.create(t, {identity::system_principal("command line"), application->clock().now(), ""},
                               *store.catalog().entity("identity", "application_key"), record, options));
    return {};
  }));
  std::cout << key << "\n";
  return {};
}

Status reset_password(const Options& o) {
  CIVITAS_TRY(const auto application, open_city(o));
  const auto password = application->identity().make_one_time_password();
  CIVITAS_CHECK(application->database().write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto id, t.query_integer("SELECT id FROM identity_person WHERE account=?", {o.account}));
    if (!id)
      return fail(problem(Kind::not_found, "identity.account.unknown", "没有账号 " + o.account,
                          "There is no account " + o.account));
    CIVITAS_CHECK(application->identity().give(t, *id, password));
    return audit::append(
        t, application->clock().now(),
        {0, "command line", "", "identity.password.reset", "identity/person/" + std::to_string(*id), "{}", ""});
  }));
  std::cout << password.text << "\n";
  return {};
}

// "messaging.compact FOLDER …": what a system offers beside its pages.
Status run_command(const Options& o) {
  const auto dot = o.entity.find('.');
  CIVITAS_TRY(const auto application, open(o));
  plug::System* system = dot == o.entity.npos ? nullptr : application->system(o.entity.substr(0, dot));
  if (!system)
    return fail(problem(Kind::not_found, "app.command.system", "命令应写成 系统.命令，而 " + o.entity + " 不是。",
                        "A command is written SYSTEM.COMMAND; " + o.entity + " is none."));
  CIVITAS_CHECK(application->start_systems());
  CIVITAS_TRY(const std::string said, system->run(o.entity.substr(dot + 1), o.arguments));
  std::cout << said;
  return {};
}

// "SYSTEM.ENTITY", or with a slash.
Result<const entities::Entity*> entity_named(const app::Application& application, std::string name) {
  if (const auto dot = name.find('.'); dot != name.npos) name[dot] = '/';
  if (const auto* e = application.store().catalog().entity_by_path(name)) return e;
  return fail(problem(Kind::not_found, "entities.entity.unknown",
                      "没有记录类型 " + name + "，应写 系统.类型。",
                      "There is no entity " + name + "; write SYSTEM.ENTITY."));
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
  for (const char* name : {"keys.json", "files"})
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
  std::cout << c.data.string() << "\n";
  return {};
}

Status check(const Options& o) {
  CIVITAS_TRY(const auto c, configure(o));
  CIVITAS_TRY(const auto remarks, app::check_declarations(c));
  for (const auto& remark : remarks) std::cout << "* " << remark.zh << " / " << remark.en << "\n";
  std::cout << "声明无误 / the declarations are good\n";
  return {};
}

Status write_reference(const Options& o) {
  CIVITAS_TRY(const auto c, configure(o));
  CIVITAS_TRY(const auto catalog, entities::Catalog::load(app::system_folders(c), app::city_folder(c)));
  std::error_code ec;
  fs::create_directories(o.argument, ec);
  for (const auto& system : catalog->systems()) {
    const fs::path file = fs::path(o.argument) / (system.name + ".md");
    std::ofstream out(file);
    out << entities::reference_page(system);
    if (!out.flush())
      return fail(problem(Kind::unavailable, "app.reference.file", "无法写入 " + file.string(),
                          "Cannot write " + file.string()));
    std::cout << file.string() << "\n";
  }
  return {};
}

Status list_routes(const Options& o) {
  CIVITAS_TRY(const auto application, open(o));
  std::cout << application->routes();
  return {};
}

Status serve(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  CIVITAS_CHECK(claim_folder(c));
  CIVITAS_TRY(const auto application, app::Application::create(std::move(c)));
  return application->serve();
}

}  // namespace

int main(int argc, char** argv) {
  umask(077);  // database, uploads, exports and backups are for the account alone that the program runs under
  CLI::App cli{"Civitas 政通: a city's digital government in one program"};
  cli.require_subcommand(1);
  Options o;
  const auto common = [&](CLI::App* command) {
    command->add_option("--config", o.config, "configuration file (YAML)")->check(CLI::ExistingFile);
    command->add_option("--data", o.data, "data folder");
    command->add_option("--home", o.home, "folder that holds systems/ and web/");
    command->add_option("--systems", o.systems, "a folder of further systems, beside <home>/systems")
        ->check(CLI::ExistingDirectory)
        ->allow_extra_args(false);
    command->add_option("--city", o.city, "folder of the city, or its name under <home>/cities");
    CLI::Option* test_clock = command->add_flag(
        "--test-clock", o.test_clock, "let tests and demonstrations move the time; never in production");
    command->add_option("--today", o.today, "with --test-clock: the day on which the clock begins, at 09:00 in China")
        ->needs(test_clock);
    return command;
  };
  CLI::App* serve_command = common(cli.add_subcommand("serve", "serve the city"));
  serve_command->add_flag("--demo", o.demo, "load the demonstration city at the first start");
  serve_command->add_option("--port", o.port, "port to listen on")->check(CLI::Range(0, 65535));
  CLI::App* check_command = common(cli.add_subcommand("check", "check the declarations of all systems"));
  CLI::App* schema_command = cli.add_subcommand("schema", "print the JSON Schema of the declarations, for editors");
  CLI::App* reference_command = common(
      cli.add_subcommand("reference", "write a page about each system: record types, rights, courses, code lists"));
  reference_command->add_option("folder", o.argument)->required();
  CLI::App* migrate_command = common(cli.add_subcommand("migrate", "bring the database to the declared shape"));
  migrate_command->add_flag("--plan", o.plan, "only show what would be done");
  CLI::App* routes_command = common(cli.add_subcommand("routes", "list every address with its declared access rule"));
  CLI::App* key_command = cli.add_subcommand("key", "application keys");
  key_command->require_subcommand(1);
  CLI::App* key_create = common(key_command->add_subcommand("create", "make a key; it is shown once"));
  key_create->add_option("--application", o.application, "name of the application")->required();
  key_create->add_option("--services", o.services, "granted services, separated by commas; * grants all");
  CLI::App* user_command = cli.add_subcommand("user", "people");
  user_command->require_subcommand(1);
  CLI::App* user_reset =
      common(user_command->add_subcommand("reset-password", "set a one-time password; it is shown once"));
  user_reset->add_option("--account", o.account)->required();
  CLI::App* export_command =
      common(cli.add_subcommand("export", "write all records of a type, or those of a filter, to a file"));
  export_command->add_option("entity", o.entity, "SYSTEM.ENTITY")->required();
  export_command->add_option("--filter", o.filter, "condition in CQL2, such as \"state = 'installed'\"");
  export_command->add_option("--format", o.format, "csv, xlsx or geojson; else the ending of the file")
      ->check(CLI::IsMember({"csv", "xlsx", "geojson"}));
  export_command->add_option("--output", o.output,
                             "file to write, - for the standard output; else SYSTEM.ENTITY.csv here");
  CLI::App* import_command =
      common(cli.add_subcommand("import", "load records from XLSX, CSV or GeoJSON: every row or none"));
  import_command->add_option("entity", o.entity, "SYSTEM.ENTITY");
  import_command->add_option("file", o.argument)->check(CLI::ExistingFile);
  import_command->add_flag("--dry-run", o.dry_run, "try every row and write nothing");
  import_command->add_flag("--good-rows-only", o.good_rows_only, "write the good rows, tell the wrong ones");
  CLI::App* run_subcommand = common(cli.add_subcommand("run", "a command of a system"));
  run_subcommand->add_option("command", o.entity, "SYSTEM.COMMAND")->required();
  run_subcommand->add_option("arguments", o.arguments);
  CLI::App* backup_command =
      common(cli.add_subcommand("backup", "copy data and keys into a folder, while the server runs"));
  backup_command->add_option("folder", o.argument)->required();
  CLI::App* restore_command = common(cli.add_subcommand("restore", "put a backup into an empty data folder"));
  restore_command->add_option("folder", o.argument)->required()->check(CLI::ExistingDirectory);
  CLI::App* audit_command = cli.add_subcommand("audit", "the audit trail");
  audit_command->require_subcommand(1);
  CLI::App* audit_verify =
      common(audit_command->add_subcommand("verify", "find rows that were changed, removed or inserted"));
  CLI::App* version_command = cli.add_subcommand("version", "print the version");
  CLI11_PARSE(cli, argc, argv);

  Status status;
  if (*version_command) {
    std::cout << "civitas " << CIVITAS_VERSION << "\n";
  } else if (*schema_command) {
    std::cout << entities::declarations_schema().dump() << "\n";
  } else if (*reference_command) {
    status = write_reference(o);
  } else if (*serve_command) {
    status = serve(o);
  } else if (*check_command) {
    status = check(o);
  } else if (*migrate_command) {
    status = migrate(o);
  } else if (*routes_command) {
    status = list_routes(o);
  } else if (*key_create) {
    status = create_key(o);
  } else if (*user_reset) {
    status = reset_password(o);
  } else if (*run_subcommand) {
    status = run_command(o);
  } else if (*import_command) {
    if (o.entity.empty() || o.argument.empty()) return std::cerr << import_command->help(), 1;
    status = import_records(o);
  } else if (*export_command) {
    status = export_records(o);
  } else if (*backup_command) {
    status = backup(o);
  } else if (*restore_command) {
    status = restore(o);
  } else if (*audit_verify) {
    status = verify_audit(o);
  } else {
    std::cout << cli.help();
  }
  flush_log();
  return status ? 0 : report(status.error());
}
