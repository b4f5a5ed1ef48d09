#include "app/application.hpp"

#include <condition_variable>
#include <csignal>
#include <iostream>
#include <thread>

#include "api/exchange_routes.hpp"
#include "api/file_routes.hpp"
#include "api/job_routes.hpp"
#include "api/live_routes.hpp"
#include "api/map_tiles.hpp"
#include "api/notice_routes.hpp"
#include "app/coverage.hpp"
#include "app/installed_systems.hpp"
#include "app/remembered_city.hpp"
#include "app/seed.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"
#include "entities/migration.hpp"
#include "entities/portal_check.hpp"
#include "entities/sealing.hpp"
#include "entities/subscriptions.hpp"
#include "gateway/delivery_routes.hpp"
#include "http/static_files.hpp"
#include "plug/tables.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

Result<std::unique_ptr<Application>> Application::create(Configuration configuration) {
  std::unique_ptr<Application> made(new Application(std::move(configuration)));
  CIVITAS_CHECK(made->open());
  return made;
}

Application::~Application() {
  if (outbox_) outbox_->stop();
  if (jobs_) jobs_->stop();
  // Effects of the last commits reach parts that are torn down after the database has closed.
  if (database_) database_->close();
}

Status Application::put_together(std::vector<process::OpenCases>& open_cases) {
  Configuration& c = configuration_;
  if (c.home.empty()) c.home = find_home();
  std::error_code ec;
  fs::create_directories(c.data, ec);
  if (ec)
    return fail(problem(Kind::unavailable, "app.data.folder",
                        "无法建立数据目录 " + c.data.string() + "：" + ec.message(),
                        "Cannot make the data folder " + c.data.string() + ": " + ec.message()));
  CIVITAS_CHECK(check_city(c));
  CIVITAS_CHECK(set_clock());
  CIVITAS_TRY(catalog_, entities::Catalog::load(system_folders(c), city_folder(c)));
  CIVITAS_TRY(ground_, api::Ground::read(catalog_->city()));
  set_map();
  CIVITAS_TRY(auto calendar, process::WorkingCalendar::load({c.home / "platform/process/data/holidays.yaml"}));
  if (!c.office_hours.empty()) {
    CIVITAS_TRY(auto hours, process::OfficeHours::parse(c.office_hours));
    calendar.set_office_hours(std::move(hours));
  }
  calendar_ = std::make_unique<process::WorkingCalendar>(std::move(calendar));
  if (const auto warning = calendar_->warning(clock_.today()))
    log_warning("process.calendar", {{"message", warning->en}});

  CIVITAS_CHECK(open_database(open_cases));
  CIVITAS_CHECK(remember_city(c));

  std::int64_t last_id = 0;
  CIVITAS_CHECK(database_->read([&](sql::Connection& db) -> Status {
    for (const auto& system : catalog_->systems())
      for (const auto& e : system.entities) {
        CIVITAS_TRY(const auto last, db.query_integer("SELECT max(id) FROM " + e.table));
        last_id = std::max(last_id, last.value_or(0));
      }
    return {};
  }));
  ids_ = std::make_unique<IdGenerator>(clock_, last_id);
  store_ = std::make_unique<entities::Store>(catalog_, c.database.dialect, *ids_, hooks_, cipher_.get());
  outbound_ = std::make_unique<outbound::Client>(clock_, c.messages.outbound);
  notify_ = std::make_unique<notify::Notify>(*database_, clock_, *cipher_, c.messages.delivery);
  c.messages.add_senders(*notify_, *outbound_, clock_);
  engine_ = std::make_unique<process::Engine>(*store_, *calendar_);
  engine_->tell_by(*notify_);
  identity::IdentityOptions identity_options;
  identity_options.dimensions = catalog_->dimensions();
  identity_ = std::make_unique<identity::Identity>(*database_, clock_, *ids_, *cipher_, std::move(identity_options));
  CIVITAS_CHECK(identity_->seal_secrets());
  gateway_ = std::make_unique<gateway::Gateway>(*database_, clock_, *store_, CIVITAS_VERSION);
  api::drop_changed_tiles(hooks_, tiles_);
  engine_->register_hooks(hooks_);
  gateway_->register_hooks(hooks_);
  outbox_ = std::make_unique<jobs::Outbox>(*database_, clock_);
  files_ = std::make_unique<files::Files>(c.data / "files");
  jobs_ = std::make_unique<jobs::Jobs>(*database_, clock_, *ids_);
  api::PortalOptions portal;
  if (const Text& title = catalog_->city().title; !title.empty()) portal.title = title;
  portal.anonymous = c.anonymous;
  portal.show_codes = c.demo;
  portal.phone_codes = c.demo || notify_->has(notify::Channel::sms);
  code_messages_ = std::make_unique<CodeMessages>(*notify_, clock_);
  portal.code_sender = code_messages_.get();
  service_ = std::make_unique<api::Service>(api::Parts{*database_, clock_, *store_, *engine_, *identity_, tiles_, c.map,
                                                       CIVITAS_VERSION, c.test_clock, portal, cipher_.get(), &ground_});
  hub_ = std::make_unique<live::Hub>(*database_, clock_, *store_, api::live_sessions(*identity_), c.live);
  database_->watch([this](std::string_view what, std::int64_t id) { hub_->touched(what, id); });
  CIVITAS_CHECK(make_systems());
  return {};
}

Status Application::open() {
  std::vector<process::OpenCases> open_cases;
  CIVITAS_CHECK(put_together(open_cases));
  const Configuration& c = configuration_;
  CIVITAS_CHECK(hooks_.check(*catalog_));
  CIVITAS_CHECK(engine_->offers().check());
  CIVITAS_CHECK(process::check_open_cases(*catalog_, open_cases, &hooks_));
  CIVITAS_CHECK(process::check_periods(*catalog_));
  CIVITAS_CHECK(store_->conditions().check_all());
  CIVITAS_CHECK(gateway_->check());
  engine_->follow(*outbox_, clock_);
  std::map<std::string, gateway::PushTarget> targets;
  for (const auto& [name, target] : c.messages.push)
    targets.emplace(name, gateway::PushTarget{target.url, target.secret});
  pushes_ = std::make_unique<gateway::Pushes>(*database_, clock_, *store_, *outbound_, std::move(targets));
  pushes_->follow(*outbox_);
  scheduled_ = std::make_unique<process::DeclaredJobs>(*database_, clock_, *store_, *engine_);
  entities::subscribe_declared(*store_, clock_, *outbox_);
  recompute_ = std::make_unique<entities::Recompute>(*database_, *store_, clock_);
  recompute_->register_kind(*jobs_);
  importer_ = std::make_unique<exchange::Importer>(*database_, *store_, clock_, c.data / "imports");
  importer_->register_kind(*jobs_);
  exporter_ = std::make_unique<exchange::Exporter>(*database_, *store_, clock_, c.data / "exports");
  exporter_->register_kind(*jobs_);
  add_schedules();
  if (fresh_) CIVITAS_CHECK(first_start());
  CIVITAS_CHECK(engine_->begin_late(*database_, clock_.now()));
  CIVITAS_CHECK(engine_->recount(*database_, clock_.now()));
  return {};
}

Status Application::make_rules_reach_records() {
  if (!rules_wait_) return {};
  CIVITAS_CHECK(jobs_->run_here(entities::recompute_kind, entities::Recompute::title(), Json::object(), 0));
  return {};
}

void Application::add_schedules() {
  jobs_->every(3600, "exchange.clear", [this]() -> Status {
    constexpr std::int64_t day = 86'400;
    CIVITAS_CHECK(importer_->remove_old(7 * day));
    CIVITAS_CHECK(exporter_->remove_old(day));
    CIVITAS_CHECK(gateway_->remove_old());
    return notify_->remove_old();
  });
  scheduled_->run_by(*jobs_);
  if (pushes_->any())
    jobs_->every(86'400, "gateway.reconcile", [this]() -> Status {
      CIVITAS_CHECK(pushes_->reconcile());
      return {};
    });
  jobs_->every(60, "process.reminders", [this]() -> Status {
    CIVITAS_CHECK(engine_->remind(*database_, clock_.now()));
    return engine_->mind_calendar(*database_, clock_.now());
  });
  for (const auto& [name, system] : systems_) system->add_jobs();
}

Status Application::open_database(std::vector<process::OpenCases>& open_cases) {
  Configuration& c = configuration_;
  c.database.file = c.data / "civitas.db";
  CIVITAS_TRY(database_, sql::Database::open(c.database));
  CIVITAS_CHECK(database_->read([&](sql::Connection& db) -> Status {
    const auto people = db.query_integer("SELECT count(*) FROM identity_person");
    fresh_ = !people || people->value_or(0) == 0;
    return {};
  }));
  CIVITAS_TRY(
      keys_, crypto::KeyStore::open(c.data, clock_, fresh_ ? crypto::MissingKeys::create : crypto::MissingKeys::refuse));
  cipher_ = std::make_unique<crypto::FieldCipher>(*keys_);
  CIVITAS_CHECK(open_audit());

  entities::MigrationPlan plan;
  std::vector<plug::TableScript> tables;
  CIVITAS_CHECK(database_->read([&](sql::Connection& db) -> Status {
    CIVITAS_TRY(plan, entities::plan_migration(*catalog_, db,
                                               {process::Engine::entity_moved, jobs::Outbox::entity_moved,
                                                gateway::Gateway::entity_moved}));
    CIVITAS_TRY(tables, plug::plan_tables(*catalog_, db));
    return {};
  }));
  CIVITAS_CHECK(database_->read([&](sql::Connection& db) -> Status {
    CIVITAS_TRY(open_cases, process::open_cases(db));
    return process::check_open_cases(*catalog_, open_cases, nullptr);
  }));
  CIVITAS_CHECK(database_->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(entities::create_tables(t));
    CIVITAS_CHECK(process::Engine::create_tables(t));
    CIVITAS_CHECK(process::DeclaredJobs::create_tables(t));
    CIVITAS_CHECK(identity::Identity::create_tables(t));
    CIVITAS_CHECK(audit::create_tables(t));
    CIVITAS_CHECK(api::create_tables(t));
    CIVITAS_CHECK(files::Files::create_tables(t));
    CIVITAS_CHECK(jobs::Jobs::create_tables(t));
    CIVITAS_CHECK(jobs::Outbox::create_tables(t));
    CIVITAS_CHECK(gateway::Gateway::create_tables(t));
    CIVITAS_CHECK(entities::apply_migration(plan, t));
    CIVITAS_CHECK(entities::seal_all(t, *catalog_, *cipher_));
    CIVITAS_TRY(rules_wait_, entities::note_rules(t, *catalog_));
    return plug::apply_tables(tables, t, clock_.now());
  }));
  if (!plan.steps.empty()) log_info("entities.migrated", {{"steps", plan.steps.size()}});
  return {};
}

Status Application::open_audit() {
  const Configuration& c = configuration_;
  if (!c.audit_keys.empty()) {
    CIVITAS_TRY(audit_keys_, crypto::KeyStore::open(c.audit_keys, clock_,
                                                    fresh_ ? crypto::MissingKeys::create : crypto::MissingKeys::refuse));
  }
  audit_head_ = std::make_unique<audit::HeadFile>(audit_head_file(c));
  audit::mark_entries(signer());
  return {};
}

// The whole country, unless the city's folder, and before it the configuration, says where.
void Application::set_map() {
  Json map = *Json::parse(R"({"center":[104.2,35.9],"zoom":4,"extent":[73.4,3.4,135.1,53.6],"base":null})");
  for (const Json* said : {&catalog_->city().map, &std::as_const(configuration_.map)})
    for (const auto& [key, value] : said->as_object()) map.set(key, value);
  map.set("ground", ground_.describe());
  configuration_.map = std::move(map);
}

Status Application::make_systems() {
  const auto& edge = configuration_.map["extent"].as_array();
  if (edge.size() != 4)
    return fail(invalid("app.map.extent", "配置 map.extent 应为四个数。", "map.extent must be four numbers.")
                    .with_field("map.extent"));
  CIVITAS_TRY(const auto frame, geo::Geometry::rectangle({edge[0].as_number(), edge[1].as_number(), edge[2].as_number(),
                                                          edge[3].as_number()}));
  CIVITAS_TRY(city_, geo::Extent::make(frame));
  for (const auto& installed : installed_systems()) {
    const auto* declared = catalog_->system(installed.name);
    if (!declared) continue;
    auto made = installed.make({declared->folder, configuration_.data / declared->name, *database_, clock_, *store_,
                                *engine_, engine_->offers(), *identity_, tiles_, *city_, *files_, *jobs_, *outbox_, *service_, *gateway_,
                                declared->profile, configuration_.public_address});
    made->add_hooks(hooks_);
    made->add_offers(engine_->offers());
    systems_.emplace(installed.name, std::move(made));
  }
  return {};
}

plug::System* Application::system(std::string_view name) {
  const auto found = systems_.find(name);
  return found == systems_.end() ? nullptr : found->second.get();
}

Status Application::start_systems() {
  for (const auto& [name, system] : systems_) CIVITAS_CHECK(system->start());
  return {};
}

// A day that is given is where the clock begins, at nine in the morning; a folder whose time was moved goes on where it
// was when that is later: nothing in it is from a day to come.
Status Application::set_clock() {
  if (!configuration_.test_clock) return {};
  std::optional<std::int64_t> offset;
  if (const auto moved = read_file(moved_clock())) offset = parse_integer(trim(*moved)).value_or(0);
  if (configuration_.today) {
    constexpr std::int64_t nine = 9 * 3600;
    const Instant begin = start_of_day(*configuration_.today).plus_seconds(nine);
    const std::int64_t given = begin.seconds() - SystemClock().now().seconds();
    offset = std::max(offset.value_or(given), given);
    CIVITAS_CHECK(write_file_atomically(moved_clock(), std::to_string(*offset)));
  }
  clock_.advance_seconds(offset.value_or(0));
  return {};
}

Status Application::first_start() {
  if (configuration_.demo) {
    std::cerr << "Civitas 首次启动：正在装入示范数据 / first start: loading the demonstration city …\n";
    return seed_demo({*database_, *store_, clock_, *importer_, *jobs_});
  }
  CIVITAS_TRY(const std::string password, seed_administrator(*database_, *store_, clock_));
  std::cerr << "首次启动 / first start: 账号 account administrator, 一次性密码 one-time password " << password << "\n";
  return {};
}

audit::Signer Application::signer() const {
  const crypto::KeyStore& keys = audit_keys_ ? *audit_keys_ : *keys_;
  const auto key_of = [&keys](std::string_view id) -> std::optional<crypto::SigningKey> {
    const auto key = keys.find(crypto::KeyPurpose::audit, id);
    if (!key) return std::nullopt;
    auto pair =
        crypto::signing_key_from(key->algorithm == crypto::KeyAlgorithm::sm2 ? crypto::SignatureAlgorithm::sm2
                                                                             : crypto::SignatureAlgorithm::ed25519,
                                 key->secret);
    if (!pair) return std::nullopt;
    return *pair;
  };
  const std::string current = keys.current(crypto::KeyPurpose::audit)->id;
  return {current,
          [key_of, current](std::string_view message) -> Result<std::string> {
            const auto key = key_of(current);
            if (!key) return fail(internal_problem("no audit key"));
            return crypto::sign(*key, message);
          },
          [key_of](std::string_view id, std::string_view message, std::string_view signature) {
            const auto key = key_of(id);
            return key && crypto::verify(key->algorithm, key->public_key, message, signature);
          },
          [&keys](std::string_view id) -> std::string {
            const auto key = keys.find(crypto::KeyPurpose::audit, id);
            return key ? crypto::hmac(crypto::DigestAlgorithm::sm3, key->secret, "civitas audit marks") : "";
          }};
}

Status Application::run_due_cases() {
  std::vector<process::Engine::DueCase> due;
  CIVITAS_CHECK(database_->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(due, engine_->due(c, clock_.now(), 100));
    return {};
  }));
  for (const auto& d : due) {
    const auto* e = catalog_->entity_by_path(d.entity);
    const Status done = database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(engine_->transition(t, {identity::system_principal("期满自动办理"), clock_.now(), ""}, *e, d.id,
                                        d.transition, Json()));
      return {};
    });
    if (!done) log_problem("process.due", done.error());
  }
  CIVITAS_CHECK(engine_->look_again(*database_, clock_.now()));
  return {};
}

http::Router Application::make_router() {
  http::Router router;
  if (configuration_.public_address.empty())
    configuration_.public_address =
        "http://" + configuration_.server.address + ":" + std::to_string(configuration_.server.port);
  router.add_simple(http::Method::get, "/healthz", http::RouteOptions("public: says only that it is alive"),
                    [this](http::Request& r) {
                      const Status alive = database_->read([](sql::Connection& c) -> Status {
                        CIVITAS_CHECK(c.query_integer("SELECT 1"));
                        return {};
                      });
                      if (!alive) return http::problem_response(alive.error(), r);
                      return http::json_response(200, R"({"status":"ok"})");
                    });
  router.add_simple(
      http::Method::get, "/metrics", http::RouteOptions("local addresses only"), [this](http::Request& r) {
        if (!r.is_local())
          return http::problem_response(
              problem(Kind::forbidden, "app.metrics.local", "仅限本机访问。", "Only from this machine."), r);
        return http::text_response(200, metrics_.print());
      });
  if (configuration_.test_clock) {
    router.add_simple(http::Method::get, "/api/v1/test/clock",
                      http::RouteOptions("public, and only when started with --test-clock"), [this](http::Request&) {
                        return http::json_response(200, "{\"now\":\"" + format_instant(clock_.now()) + "\"}");
                      });
    router.add_simple(
        http::Method::post, "/api/v1/test/clock",
        http::RouteOptions("local addresses only, and only when started with --test-clock"), [this](http::Request& r) {
          if (!r.is_local())
            return http::problem_response(
                problem(Kind::forbidden, "app.metrics.local", "仅限本机访问。", "Only from this machine."), r);
          const auto body = api::body_of(r);
          if (!body) return http::problem_response(body.error(), r);
          clock_.advance_seconds((*body)["advance_seconds"].as_integer());
          // A demonstration that starts again goes on where it was: nothing in it is from a day to come.
          if (const auto kept = write_file_atomically(moved_clock(), std::to_string(clock_.offset_seconds())); !kept)
            return http::problem_response(kept.error(), r);
          if (const auto done = run_due_cases(); !done) return http::problem_response(done.error(), r);
          return http::json_response(200, "{\"now\":\"" + format_instant(clock_.now()) + "\"}");
        });
  }
  service_->add_routes(router);
  for (const auto& [name, system] : systems_) system->add_routes(router);
  api::add_file_routes(router, *service_, *files_);
  api::add_notice_routes(router, *service_, *notify_);
  api::add_job_routes(router, *service_, *jobs_, *exporter_);
  api::add_live_routes(router, *service_, *hub_);
  api::add_exchange_routes(router, *service_, *importer_, *jobs_, configuration_.data / "temporary");
  gateway::add_delivery_routes(router, *service_, *pushes_, *scheduled_, *jobs_);
  gateway::add_receipt_route(router, gateway_->open(), *notify_);
  gateway_->add_routes(router, *service_);
  const fs::path web = configuration_.home / "web" / "dist";
  if (fs::is_directory(web)) {
    http::StaticOptions files;
    files.folder = web;
    files.fallbacks = {{"/console/", "console/index.html"}, {"/", "index.html"}};
    files.excluded = {"/api/", "/open/", "/ogc"};
    http::add_static_files(router, "/", std::move(files));
  }
  return router;
}

std::string Application::routes() {
  const http::Router router = make_router();
  std::string out;
  for (const auto* route : router.routes())
    out += std::string(http::method_name(route->method)) + "\t" + route->pattern + "\t" + route->options.access + "\n";
  return out;
}

Status Application::serve() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const auto& counters = *database_;
  metrics_.gauge("civitas_sql_writes", "Transactions asked for",
                 [&counters] { return static_cast<double>(counters.counters().writes); });
  metrics_.gauge("civitas_sql_commits", "Commits made",
                 [&counters] { return static_cast<double>(counters.counters().commits); });
  metrics_.gauge("civitas_sql_queued", "Writes waiting",
                 [&counters] { return static_cast<double>(counters.counters().queued); });
  http::ServerOptions options = configuration_.server;
  options.metrics = &metrics_;
  gateway_->add_metrics(metrics_);
  metrics_.gauge("civitas_live_streams", "Live pages that listen", [this] { return static_cast<double>(hub_->streams()); });
  http::Server server(options, make_router());
  const audit::Sealer sealer(*database_, clock_, signer(), *audit_head_);

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::thread timer([&] {
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      if (const auto done = run_due_cases(); !done) log_problem("process.due", done.error());
      lock.lock();
      wake.wait_for(lock, std::chrono::seconds(20), [&] { return stopping; });
    }
  });
  Status started = start_systems();
  if (started) started = outbox_->start();
  if (started && rules_wait_)
    started = database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(jobs_->enqueue(t, entities::recompute_kind, entities::Recompute::title(), Json::object(), 0));
      return {};
    });
  if (started) started = jobs_->start();
  if (started) started = server.start();
  if (started) {
    gateway_->start();
    notify_->start();
    pushes_->start();
    hub_->start();
    std::cerr << "Civitas " << CIVITAS_VERSION << (options.certificate.empty() ? "  http://" : "  https://")
              << options.address << ":" << server.port() << "/\n";
    log_info("app.started", {{"port", static_cast<int>(server.port())}, {"version", CIVITAS_VERSION}});
    int signal = 0;
    sigwait(&signals, &signal);
    log_info("app.stopping", {{"signal", signal}});
    hub_->stop();
    server.stop();
    gateway_->stop();
    notify_->stop();
    pushes_->stop();
  }
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_one();
  timer.join();
  return started;
}

Result<std::unique_ptr<Application>> Application::put_together(Configuration configuration) {
  std::unique_ptr<Application> made(new Application(std::move(configuration)));
  std::vector<process::OpenCases> none;
  CIVITAS_CHECK(made->put_together(none));
  return made;
}

}  // namespace civitas::app
