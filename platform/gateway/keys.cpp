#include "gateway/keys.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "crypto/digest.hpp"

namespace civitas::gateway {

namespace {

constexpr std::int64_t longest_age_micros = 60'000'000;
constexpr std::int64_t shortest_reload_micros = 1'000'000;
constexpr std::size_t longest_key = 200;

Problem unknown() {
  return problem(
      Kind::unauthenticated, "gateway.key.unknown", "应用密钥无效、已停用或已过期，请联系数据主管部门。",
      "The application key is not valid, was disabled or has expired. Ask the department in charge of the data.");
}

}  // namespace

bool Application::may_call(std::string_view service) const {
  return std::any_of(services.begin(), services.end(), [&](const std::string& granted) {
    if (granted == "*" || granted == service) return true;
    return granted.ends_with(".*") && service.starts_with(std::string_view(granted).substr(0, granted.size() - 1));
  });
}

Result<std::shared_ptr<const Application>> Keys::find(std::string_view key) {
  if (key.empty())
    return fail(problem(Kind::unauthenticated, "gateway.key.missing", "请在请求头 X-Civitas-Key 中提供应用密钥。",
                        "Give the application key in the header X-Civitas-Key."));
  if (key.size() > longest_key) return fail(unknown());
  const std::string digest = crypto::sha256_hex(key);
  const Instant now = clock_.now();
  const auto look = [&](bool& stale, bool& may_reload) {
    const std::lock_guard lock(mutex_);
    const std::int64_t age = now.micros - loaded_at_.micros;
    stale = !table_ || loaded_generation_ != generation_.load() || age > longest_age_micros || age < 0;
    may_reload = age > shortest_reload_micros;
    if (table_)
      if (const auto found = table_->find(digest); found != table_->end()) return found->second;
    return std::shared_ptr<const Application>();
  };
  bool stale = false, may_reload = false;
  auto found = look(stale, may_reload);
  if (stale || (!found && may_reload)) {
    const std::lock_guard one_at_a_time(loading_);
    found = look(stale, may_reload);
    if (stale || (!found && may_reload)) {
      CIVITAS_CHECK(load());
      found = look(stale, may_reload);
    }
  }
  if (!found || found->disabled || (found->expires_on && date_in_china(now) > *found->expires_on))
    return fail(unknown());
  return found;
}

Status Keys::load() {
  const std::uint64_t generation =
      generation_.load();  // before reading: a change in between makes the table stale again
  const Instant now = clock_.now();
  const Date today = date_in_china(now);
  std::vector<std::pair<std::string, std::shared_ptr<Application>>> read;
  std::unordered_map<std::int64_t, std::int64_t> used;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    read.clear();
    used.clear();
    CIVITAS_CHECK(
        c.query("SELECT id,department,application,digest,services,per_second,per_day,disabled,expires_on FROM "
                "identity_application_key WHERE digest IS NOT NULL",
                {}, [&](const sql::Row& row) {
                  auto a = std::make_shared<Application>();
                  a->id = row.integer(0);
                  a->department = row.is_null(1) ? 0 : row.integer(1);
                  a->name = row.text(2);
                  const auto services = Json::parse(row.text(4));
                  if (services)
                    for (const auto& s : services->as_array()) {
                      const auto renamed = former_.find(s.as_string());
                      a->services.push_back(renamed == former_.end() ? s.as_string() : renamed->second);
                    }
                  a->quota = {row.integer(5), row.integer(6)};
                  a->disabled = !row.is_null(7) && row.integer(7) != 0;
                  if (!row.is_null(8)) a->expires_on = Date{static_cast<std::int32_t>(row.integer(8))};
                  read.emplace_back(std::string(row.text(3)), std::move(a));
                  return sql::Continue::yes;
                }));
    return c.query("SELECT application,sum(calls) FROM gateway_usage WHERE day=? GROUP BY application",
                   {std::int64_t{today.days}}, [&](const sql::Row& row) {
                     used[row.integer(0)] = row.integer(1);
                     return sql::Continue::yes;
                   });
  }));
  auto table = std::make_shared<Table>();
  const std::lock_guard lock(mutex_);
  for (auto& [digest, application] : read) {
    auto& meter = meters_[application->id];
    if (!meter) meter = std::make_shared<Meter>(today, used[application->id]);
    application->meter = meter;
    table->emplace(std::move(digest), std::move(application));
  }
  table_ = std::move(table);
  loaded_generation_ = generation;
  loaded_at_ = now;
  return {};
}

}  // namespace civitas::gateway
