// The program wired by hand: parts in the order they are needed, torn down in reverse.
#pragma once

#include <map>
#include <memory>

#include "api/ground.hpp"
#include "api/service.hpp"
#include "app/code_messages.hpp"
#include "app/configuration.hpp"
#include "audit/head.hpp"
#include "crypto/key_store.hpp"
#include "entities/recompute.hpp"
#include "exchange/exchange.hpp"
#include "files/files.hpp"
#include "gateway/gateway.hpp"
#include "gateway/push.hpp"
#include "jobs/jobs.hpp"
#include "jobs/outbox.hpp"
#include "live/hub.hpp"
#include "notify/notify.hpp"
#include "plug/system.hpp"
#include "process/check.hpp"
#include "process/declared_jobs.hpp"

namespace civitas::app {

/// The clock of the machine, moved by tests and demonstrations.
class AdjustableClock final : public Clock {
 public:
  Instant now() const override { return SystemClock().now().plus_seconds(offset_.load()); }
  void advance_seconds(std::int64_t seconds) { offset_.fetch_add(seconds); }
  std::int64_t offset_seconds() const { return offset_.load(); }

 private:
  std::atomic<std::int64_t> offset_{0};
};

class Application {
 public:
  /// Loads the declarations, opens the database, brings it to the declared shape, fills it at the first start.
  static Result<std::unique_ptr<Application>> create(Configuration configuration);
  /// The parts alone, with the hooks of all systems: nothing is checked against them, filled or started.
  static Result<std::unique_ptr<Application>> put_together(Configuration configuration);
  ~Application();

  /// Starts the systems, then serves until SIGTERM or SIGINT.
  Status serve();
  /// What the hooks of records need: for commands that write them. Others leave the engines of the systems asleep.
  Status start_systems();
  /// For the command line: what the server does by a job after its start.
  Status make_rules_reach_records();
  /// nullptr when no system of that name has C++.
  plug::System* system(std::string_view name);
  /// A line for each route: method, pattern and its declared access rule, separated by tabs.
  std::string routes();

  sql::Database& database() { return *database_; }
  entities::Store& store() { return *store_; }
  const entities::Store& store() const { return *store_; }
  const entities::Hooks& hooks() const { return hooks_; }
  jobs::Jobs& jobs() { return *jobs_; }
  exchange::Importer& importer() { return *importer_; }
  identity::Identity& identity() { return *identity_; }
  const Clock& clock() const { return clock_; }
  const Configuration& configuration() const { return configuration_; }
  audit::Signer signer() const;
  const audit::HeadFile& audit_head() const { return *audit_head_; }

 private:
  explicit Application(Configuration configuration) : configuration_(std::move(configuration)) {}
  Status open();
  Status put_together(std::vector<process::OpenCases>& open_cases);
  Status set_clock();
  Status open_database(std::vector<process::OpenCases>& open_cases);
  Status open_audit();
  void set_map();
  Status make_systems();
  void add_schedules();
  Status first_start();
  Status run_due_cases();
  std::filesystem::path moved_clock() const { return configuration_.data / "moved-clock"; }
  http::Router make_router();

  Configuration configuration_;
  bool fresh_ = true;  // no city was there before
  bool rules_wait_ = false;  // a computed field is to be made anew
  AdjustableClock clock_;
  Metrics metrics_;
  std::unique_ptr<crypto::KeyStore> keys_;
  std::unique_ptr<crypto::KeyStore> audit_keys_;  // nullptr: among the others
  std::unique_ptr<audit::HeadFile> audit_head_;
  std::unique_ptr<crypto::FieldCipher> cipher_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<IdGenerator> ids_;
  std::shared_ptr<const entities::Catalog> catalog_;
  entities::Hooks hooks_;
  std::unique_ptr<process::WorkingCalendar> calendar_;
  geo::TileCache tiles_;
  api::Ground ground_;
  std::unique_ptr<entities::Store> store_;
  std::unique_ptr<outbound::Client> outbound_;
  std::unique_ptr<notify::Notify> notify_;
  std::unique_ptr<CodeMessages> code_messages_;
  std::unique_ptr<process::Engine> engine_;
  std::unique_ptr<identity::Identity> identity_;
  std::unique_ptr<files::Files> files_;
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<jobs::Outbox> outbox_;
  std::unique_ptr<entities::Recompute> recompute_;
  std::unique_ptr<exchange::Importer> importer_;
  std::unique_ptr<exchange::Exporter> exporter_;
  std::unique_ptr<api::Service> service_;
  std::unique_ptr<live::Hub> hub_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<gateway::Pushes> pushes_;
  std::unique_ptr<process::DeclaredJobs> scheduled_;
  std::optional<geo::Extent> city_;
  std::map<std::string, std::unique_ptr<plug::System>, std::less<>> systems_;
};

}  // namespace civitas::app
