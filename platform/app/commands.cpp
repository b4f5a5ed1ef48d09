#include "app/commands.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

Result<Configuration> configure(const Options& o) {
  CIVITAS_TRY(auto c, read_configuration(o.config));
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

Status has_city(const Configuration& c) {
  if (c.database.dialect != sql::Dialect::sqlite || fs::exists(c.data / "civitas.db")) return {};
  return fail(
      problem(Kind::not_found, "app.data.none",
              "数据目录 " + c.data.string() + " 里没有城市的数据，请检查 --data 或先运行 civitas serve。",
              "The data folder " + c.data.string() + " holds no city; check --data, or run civitas serve first."));
}

Result<std::unique_ptr<Application>> open(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  return Application::create(std::move(c));
}

Result<std::unique_ptr<Application>> open_city(const Options& o) {
  CIVITAS_TRY(auto c, configure(o));
  CIVITAS_CHECK(has_city(c));
  return Application::create(std::move(c));
}

}  // namespace civitas::app
