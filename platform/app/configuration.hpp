// The configuration file (YAML) and the places where the program finds its own parts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "api/live_routes.hpp"
#include "api/portal_options.hpp"
#include "app/messages_configuration.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "http/server.hpp"
#include "sql/database.hpp"

namespace civitas::app {

struct Configuration {
  std::filesystem::path data = "data";  // database, keys, files, indexes
  std::filesystem::path home;           // holds systems/ and web/dist
  std::vector<std::filesystem::path> more_systems;  // folders of further systems, each beside <home>/systems
  sql::DatabaseOptions database;
  http::ServerOptions server;
  std::filesystem::path audit_head;     // empty: audit.head in the data folder
  std::filesystem::path audit_keys;     // folder of the keys of the audit trail; empty: among those of the data folder
  std::string public_address;  // https://…, printed on papers; empty: the address listened on
  std::vector<std::string> office_hours;  // "08:30-12:00"; empty: as usual
  Json map = Json::object();   // center, zoom, extent, base: those that are to be other than the city says
  api::AnonymousLimits anonymous;
  live::HubOptions live = api::live_options();
  std::filesystem::path city;  // folder of the city, or a name under <home>/cities; empty: see city_folder
  MessagesConfiguration messages;
  bool demo = false;
  std::optional<Date> today;  // with test_clock: the day on which the clock begins
  bool test_clock = false;    // POST /api/v1/test/clock moves the time; never in production
};

/// The folders that hold systems: <home>/systems and the further ones.
std::vector<std::filesystem::path> system_folders(const Configuration& configuration);

/// The folder of the city: the one named, else the one that the data folder remembers, else the one whose data the
/// demonstration shows, else empty.
std::filesystem::path city_folder(const Configuration& configuration);

/// Where the head of the audit trail stands.
std::filesystem::path audit_head_file(const Configuration& configuration);

/// Unknown keys are refused with file and line.
Result<Configuration> read_configuration(const std::filesystem::path& file);
/// The folder above the executable (or the working folder, or CIVITAS_HOME) that holds systems/.
std::filesystem::path find_home();

}  // namespace civitas::app
