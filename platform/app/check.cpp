#include "app/check.hpp"

#include "app/application.hpp"
#include "app/coverage.hpp"
#include "app/demo.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "entities/portal_check.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

namespace {

// Gone with what was put there.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("civitas-check-" + random_hex(8));
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

// Sentences of several checks, a line each.
class All {
 public:
  void add(const Status& status) {
    if (status) return;
    const Text& message = status.error().message;
    message_.zh += (message_.zh.empty() ? "" : "\n") + message.zh;
    message_.en += (message_.en.empty() ? "" : "\n") + message.en;
  }
  Status status() const {
    if (message_.empty()) return {};
    return fail(invalid("entities.declaration", message_.zh, message_.en));
  }

 private:
  Text message_;
};

}  // namespace

Result<std::vector<Text>> check_declarations(const Configuration& configuration) {
  CIVITAS_TRY(const auto catalog, entities::Catalog::load(system_folders(configuration), city_folder(configuration)));
  All all;
  entities::Conditions conditions(*catalog);
  all.add(conditions.check_all());
  all.add(process::check_periods(*catalog));
  entities::Mistakes mistakes(catalog->overlays());
  set_log_level(LogLevel::error);  // what is made for the moment is nobody's news
  const Folder folder;
  Configuration alone = configuration;
  alone.data = folder.path;
  alone.database = {};
  {
    CIVITAS_TRY(const auto application, Application::put_together(std::move(alone)));
    application->hooks().check(*catalog, mistakes);
  }
  check_demos(*catalog, read_demos(*catalog, mistakes), mistakes);
  if (!mistakes.none()) all.add(fail(mistakes.to_problem()));
  CIVITAS_CHECK(all.status());
  CIVITAS_TRY(auto remarks, steps_without_scenario(*catalog));
  for (auto& remark : entities::portal_remarks(catalog->systems())) remarks.push_back(std::move(remark));
  for (const auto& remark : catalog->remarks()) remarks.push_back(remark);
  return remarks;
}

}  // namespace civitas::app
