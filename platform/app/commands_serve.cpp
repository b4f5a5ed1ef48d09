// What serves the city, or shows what would be served.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "app/commands.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

namespace {

// Two servers of one folder would number, seal and run jobs against each other. The lock ends with the process.
Status claim_folder(const Configuration& c) {
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

}  // namespace

Status serve(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  CIVITAS_CHECK(claim_folder(c));
  CIVITAS_TRY(const auto application, Application::create(std::move(c)));
  return application->serve();
}

Status list_routes(const Options& o) {
  CIVITAS_TRY(const auto application, open(o));
  std::cout << application->routes();
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

}  // namespace civitas::app
