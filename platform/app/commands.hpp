// Inside this room: the commands of the program, one file for each group, and what they share. main.cpp has their words.
#pragma once

#include "app/application.hpp"

namespace civitas::app {

/// The words of a command line; each command looks at its own.
struct Options {
  std::string config, data, home, city, today;
  std::vector<std::string> systems, arguments;
  int port = -1;
  bool demo = false, test_clock = false, plan = false, dry_run = false, good_rows_only = false;
  std::string argument, because, application, account, services = "*", entity, filter, format, output;
};

/// The configuration file, and over it what the command line says.
Result<Configuration> configure(const Options& options);
/// For commands about a city that is there: a mistyped folder is not the first start of another one.
Status has_city(const Configuration& configuration);
Result<std::unique_ptr<Application>> open(const Options& options);
/// `open` of a city that is there.
Result<std::unique_ptr<Application>> open_city(const Options& options);

// commands_serve.cpp
Status serve(const Options& options);
Status list_routes(const Options& options);
Status run_command(const Options& options);

// commands_data.cpp
Status migrate(const Options& options);
Status export_records(const Options& options);
Status import_records(const Options& options);
Status backup(const Options& options);
Status restore(const Options& options);

// commands_people.cpp
Status create_key(const Options& options);
Status reset_password(const Options& options);

// commands_check.cpp
Status check(const Options& options);
Status write_reference(const Options& options);
Status verify_audit(const Options& options);
Status audit_restored(const Options& options);

}  // namespace civitas::app
