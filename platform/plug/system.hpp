// How the C++ of a system is plugged in: one class, made from the parts of the program. Its hooks, jobs, routes, papers,
// open services and tables come with its folder and go with it. A system that is only declared has no such class.
//
// A folder systems/NAME with C++ has actions/system.hpp, which declares
//   namespace civitas::plug { std::unique_ptr<System> make_NAME(Parts parts); }
// and a library NAME_actions; the build finds both by their names.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/service.hpp"
#include "files/files.hpp"
#include "gateway/gateway.hpp"
#include "geo/extent.hpp"
#include "jobs/jobs.hpp"
#include "jobs/outbox.hpp"

namespace civitas::plug {

/// What a system is made from; all of it outlives the system.
struct Parts {
  std::filesystem::path folder;  // of its declarations and data: systems/NAME
  std::filesystem::path data;    // for files that it makes itself; made when it is needed
  sql::Database& database;
  const Clock& clock;
  entities::Store& store;
  process::Engine& engine;
  process::Offers& offers;  // what other systems do: offers.call(t, context, "report_event", takes)
  identity::Identity& identity;
  geo::TileCache& tiles;
  const geo::Extent& city;  // what lies outside is a slip of the hand
  files::Files& files;
  jobs::Jobs& jobs;
  jobs::Outbox& outbox;
  api::Service& service;
  gateway::Gateway& gateway;
  const entities::Profile& profile;    // what it wanted to know of the city: Profile::text("office")
  const std::string& public_address;  // https://…, as printed on papers; known when the routes are added
};

class System {
 public:
  System() = default;
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  virtual ~System() = default;

  /// What the declarations call by name: hooks of records, actions of steps.
  virtual void add_hooks(entities::Hooks&) {}
  /// What it does for other systems by actions of its own: `do:` under `offers:` of its system.yaml.
  virtual void add_offers(process::Offers&) {}
  /// Kinds and schedules of jobs, subscribers of events.
  virtual void add_jobs() {}
  /// Routes, each with its access rule, renderers of declared documents, open services.
  virtual void add_routes(http::Router&) {}
  /// Opens what answers need and starts threads: before the server listens, or before a command that writes records.
  virtual Status start() { return {}; }
  /// Work that an operator asks for by `civitas run NAME.COMMAND ARGUMENT…`; returns what is to be printed. 404
  /// `plug.command.unknown`.
  virtual Result<std::string> run(std::string_view command, const std::vector<std::string>& arguments);
};

}  // namespace civitas::plug
