// For tests of this room: an office of two departments whose people work on declared cases.
#pragma once

#include "identity/identity.hpp"
#include "process/test_people.hpp"

namespace civitas::process {

class OfficeTest : public PeopleTest {
 protected:
  void SetUp() override {
    declare_people();
    declare("town/system.yaml", entities::town_yaml);
    PeopleTest::SetUp();
    for (const auto& system : catalog->systems())
      for (const auto& e : system.entities)
        if (e.process) store->announce(e);
    product.who = identity::system_principal("test");
    roads = made("identity/department", {{"name", Json("道路科")}});
    water = made("identity/department", {{"name", Json("水务科")}});
    applicant = person("applicant", 0, "");
    clerk = person("clerk", roads, "town.clerk");
    colleague = person("colleague", water, "town.clerk");
    chief = person("chief", 0, "town.chief");
  }

  using Values = std::vector<std::pair<std::string, Json>>;
  static Json object(Values values) {
    Json out = Json::object();
    for (auto& [name, value] : values) out.set(name, std::move(value));
    return out;
  }
  std::int64_t made(std::string_view path, Values values) {
    product.now = clock.now();
    entities::WriteOptions options;
    options.rules = entities::Rules::skip("test");
    options.read_only = entities::ReadOnly::accept;
    const auto record = create(product, path, object(std::move(values)), options);
    EXPECT_TRUE(record) << record.error().message.en << record.error().detail;
    return record ? *parse_integer((*record)["id"].as_string()) : 0;
  }
  /// A member of staff of a department, or without a permission a citizen.
  entities::Context person(const std::string& name, std::int64_t department, const std::string& permission) {
    Values values{
        {"account", Json(name)}, {"name", Json(name)}, {"kind", Json(permission.empty() ? "citizen" : "staff")}};
    if (department) values.emplace_back("department", Json(std::to_string(department)));
    if (!permission.empty()) {
      const auto role =
          made("identity/role", {{"name", Json(name)}, {"permissions", Json(Json::Array{Json(permission)})}});
      values.emplace_back("roles", Json(Json::Array{Json(std::to_string(role))}));
    }
    const auto id = made("identity/person", std::move(values));
    entities::Context c;
    EXPECT_TRUE(db->read([&](sql::Connection& connection) -> Status {
      CIVITAS_TRY(c.who, identity::Identity::load_principal(connection, catalog->dimensions(), clock.now(), id));
      return {};
    }));
    return c;
  }
  std::int64_t opened(entities::Context who, std::string_view path, Values values) {
    who.now = clock.now();
    const auto record = create(who, path, object(std::move(values)));
    EXPECT_TRUE(record) << record.error().message.en << record.error().detail;
    return record ? *parse_integer((*record)["id"].as_string()) : 0;
  }
  Status step(entities::Context who, std::string_view path, std::int64_t id, std::string_view name,
              Values input = {}) {
    who.now = clock.now();
    return db->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(engine->transition(t, who, entity(path), id, name, object(input)));
      return {};
    });
  }
  template <class Work>
  Status write(entities::Context who, Work work) {
    who.now = clock.now();
    return db->write_now([&](sql::Transaction& t) -> Status { return work(t, who); });
  }
  Json record(std::string_view path, std::int64_t id) {
    const auto found = get(product, path, std::to_string(id));
    EXPECT_TRUE(found) << found.error().message.en;
    return found.value_or(Json());
  }
  Json course(std::string_view path, std::int64_t id) {
    Json out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(out, engine->case_of(c, entity(path), id, clock.now()));
      return {};
    }));
    return out;
  }
  /// What may be done now, such as "finish send_back ".
  std::string may(entities::Context who, std::string_view path, std::int64_t id) {
    who.now = clock.now();
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto actions, engine->actions(c, who, entity(path), id));
      for (const auto& a : actions) out += a.name + " ";
      return {};
    }));
    return out;
  }
  Json tasks(entities::Context who) {
    who.now = clock.now();
    std::string out;
    EXPECT_TRUE(
        db->read([&](sql::Connection& c) -> Status { return engine->tasks(c, who, Box::todo, 50, 0, out); }));
    return Json::parse(out).value_or(Json());
  }
  std::int64_t todos(const entities::Context& who) { return tasks(who)["counts"]["todo"].as_integer(); }
  void minutes(std::int64_t n) { clock.set(Instant{clock.now().micros + n * 60'000'000}); }
  static std::string reason(const Status& s) { return s ? "" : s.error().reason; }

  entities::Context product, applicant, clerk, colleague, chief;
  std::int64_t roads = 0, water = 0;
};

}  // namespace civitas::process
