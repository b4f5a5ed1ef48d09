// The words of the command line.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands.hpp"
#include "base/log.hpp"
#include "entities/schema.hpp"

namespace civitas::app {

namespace {

int report(const Problem& p) {
  std::cerr << p.message.zh << "\n" << p.message.en << "\n";
  for (const auto& e : p.errors) std::cerr << "  " << e.field << ": " << e.message.zh << "\n";
  if (!p.detail.empty()) std::cerr << p.detail << "\n";
  return 1;
}

class CommandLine {
 public:
  CommandLine() {
    cli_.require_subcommand(1);
    add_serving();
    add_checking();
    add_data();
    add_people();
    add_printing();
  }

  int run(int argc, char** argv) {
    CLI11_PARSE(cli_, argc, argv);
    flush_log();
    return done_ ? 0 : report(done_.error());
  }

 private:
  using Command = Status (*)(const Options&);

  // A command about a city, which it is told in one way.
  CLI::App* add(CLI::App& to, const std::string& name, const std::string& what, Command command) {
    CLI::App* made = to.add_subcommand(name, what);
    made->add_option("--config", o_.config, "configuration file (YAML)")->check(CLI::ExistingFile);
    made->add_option("--data", o_.data, "data folder");
    made->add_option("--home", o_.home, "folder that holds systems/ and web/");
    made->add_option("--systems", o_.systems, "a folder of further systems, beside <home>/systems")
        ->check(CLI::ExistingDirectory)
        ->allow_extra_args(false);
    made->add_option("--city", o_.city,
                     "folder of the city, or its name under <home>/cities; else the one that the data folder remembers");
    CLI::Option* test_clock = made->add_flag(
        "--test-clock", o_.test_clock, "let tests and demonstrations move the time; never in production");
    made->add_option("--today", o_.today, "with --test-clock: the day on which the clock begins, at 09:00 in China")
        ->needs(test_clock);
    made->callback([this, command] { done_ = command(o_); });
    return made;
  }
  CLI::App* add(const std::string& name, const std::string& what, Command command) {
    return add(cli_, name, what, command);
  }
  CLI::App& group(const std::string& name, const std::string& what) {
    CLI::App* made = cli_.add_subcommand(name, what);
    made->require_subcommand(1);
    return *made;
  }

  void add_serving() {
    CLI::App* c = add("serve", "serve the city", serve);
    c->add_flag("--demo", o_.demo, "load the demonstration city at the first start");
    c->add_option("--port", o_.port, "port to listen on")->check(CLI::Range(0, 65535));
    add("routes", "list every address with its declared access rule", list_routes);
    c = add("run", "a command of a system", run_command);
    c->add_option("command", o_.entity, "SYSTEM.COMMAND")->required();
    c->add_option("arguments", o_.arguments);
  }

  void add_checking() {
    add("check", "check the declarations of all systems", check);
    add("reference", "write a page about each system: record types, rights, courses, code lists", write_reference)
        ->add_option("folder", o_.argument)
        ->required();
    CLI::App& audit = group("audit", "the audit trail");
    add(audit, "verify", "find what was changed, removed, inserted, forged, cut off, emptied or rolled back", verify_audit);
    add(audit, "restored", "say why the database is not where the head of the trail is: a backup was restored",
        audit_restored)
        ->add_option("--because", o_.because, "the reason; it is in the trail")
        ->required();
  }

  void add_data() {
    add("migrate", "bring the database to the declared shape", migrate)
        ->add_flag("--plan", o_.plan, "only show what would be done");
    CLI::App* c = add("export", "write all records of a type, or those of a filter, to a file", export_records);
    c->add_option("entity", o_.entity, "SYSTEM.ENTITY")->required();
    c->add_option("--filter", o_.filter, "condition in CQL2, such as \"state = 'installed'\"");
    c->add_option("--format", o_.format, "csv, xlsx or geojson; else the ending of the file")
        ->check(CLI::IsMember({"csv", "xlsx", "geojson"}));
    c->add_option("--output", o_.output, "file to write, - for the standard output; else SYSTEM.ENTITY.csv here");
    c = add("import", "load records from XLSX, CSV or GeoJSON: every row or none", import_records);
    c->add_option("entity", o_.entity, "SYSTEM.ENTITY")->required();
    c->add_option("file", o_.argument)->required()->check(CLI::ExistingFile);
    c->add_flag("--dry-run", o_.dry_run, "try every row and write nothing");
    c->add_flag("--good-rows-only", o_.good_rows_only, "write the good rows, tell the wrong ones");
    add("backup", "copy data and keys into a folder, while the server runs", backup)
        ->add_option("folder", o_.argument)
        ->required();
    add("restore", "put a backup into an empty data folder", restore)
        ->add_option("folder", o_.argument)
        ->required()
        ->check(CLI::ExistingDirectory);
  }

  void add_people() {
    CLI::App* c = add(group("key", "application keys"), "create", "make a key; it is shown once", create_key);
    c->add_option("--application", o_.application, "name of the application")->required();
    c->add_option("--services", o_.services, "granted services, separated by commas; * grants all");
    c = add(group("user", "people"), "reset-password", "set a one-time password; it is shown once", reset_password);
    c->add_option("--account", o_.account)->required();
  }

  void add_printing() {
    cli_.add_subcommand("schema", "print the JSON Schema of the declarations, for editors")->callback([] {
      std::cout << entities::declarations_schema().dump() << "\n";
    });
    cli_.add_subcommand("version", "print the version")->callback([] {
      std::cout << "civitas " << CIVITAS_VERSION << "\n";
    });
  }

  CLI::App cli_{"Civitas 政通: a city's digital government in one program"};
  Options o_;
  Status done_;
};

}  // namespace

}  // namespace civitas::app

int main(int argc, char** argv) {
  umask(077);  // database, uploads, exports and backups are for the account alone that the program runs under
  return civitas::app::CommandLine().run(argc, argv);
}
