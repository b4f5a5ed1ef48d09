// For tests of the room: a town with divisions and places, an importer whose jobs run here, and what both read and
// write.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "base/test_clock.hpp"
#include "documents/table_reader.hpp"
#include "entities/migration.hpp"
#include "exchange/exchange.hpp"
#include "exchange/test_declarations.hpp"
#include "identity/test_people.hpp"
#include "sql/test_database.hpp"

namespace civitas::exchange {

namespace fs = std::filesystem;
using entities::Context;
using entities::Entity;

class ExchangeTest : public ::testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    db_.options.writers = 2;
    db_.folder.put("systems/town/system.yaml", system_yaml);
    db_.folder.put("systems/town/terms/kind.yaml", terms_yaml);
    db_.folder.put("systems/town/division.yaml", division_yaml);
    db_.folder.put("systems/town/place.yaml", place_yaml);
    auto catalog = entities::Catalog::load(root_ / "systems");
    ASSERT_TRUE(catalog) << catalog.error().message.zh;
    catalog_ = *catalog;
    place_ = catalog_->entity("town", "place");
    division_ = catalog_->entity("town", "division");
    open();
    ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(entities::create_tables(t));
      CIVITAS_CHECK(audit::create_tables(t));
      CIVITAS_CHECK(jobs::Jobs::create_tables(t));
      CIVITAS_CHECK(identity::testing::create_people_tables(t));
      CIVITAS_CHECK(identity::testing::add_staff(t, 7, "li", "李"));
      CIVITAS_CHECK(identity::testing::add_staff(t, 8, "wang", "王"));
      CIVITAS_CHECK(t.run_script("INSERT INTO identity_role VALUES(1,'[\"town.editor\"]');"
                                 "INSERT INTO identity_person__roles VALUES(7,1)"));
      CIVITAS_TRY(const auto plan, entities::plan_migration(*catalog_, t));
      CIVITAS_CHECK(entities::apply_migration(plan, t));
      for (const auto& [code, name] : {std::pair{"420103000000", "江汉区"}, std::pair{"420111000000", "洪山区"},
                                       std::pair{"420111001000", "新村"}, std::pair{"420103001000", "新村"}}) {
        Json input = Json::object();
        input.set("code", Json(code)).set("name", Json(name));
        CIVITAS_CHECK(store_->create(t, context(), *division_, input));
      }
      return {};
    }));
  }
  void TearDown() override { close(); }
  void open() {
    const Status opened = db_.open();
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::make_unique<entities::Store>(catalog_, GetParam(), ids_, hooks_, nullptr);
    jobs_ = std::make_unique<jobs::Jobs>(*db_, clock_, ids_);
    importer_ = std::make_unique<Importer>(*db_, *store_, clock_, root_ / "imports");
    importer_->register_kind(*jobs_);
  }
  void close() {
    if (jobs_) jobs_->stop();
    if (db_) db_->close();
    importer_.reset();
    jobs_.reset();
    store_.reset();
    db_.reset();
  }
  static void write(const fs::path& file, std::string_view text) { std::ofstream(file, std::ios::binary) << text; }
  Context context(std::int64_t person = 7) const {
    identity::Principal who;
    who.id = person;
    who.name = "李";
    who.standing = identity::Standing::staff;
    if (person == 7) who.permissions = {"town.editor"};
    return {who, clock_.now(), "test"};
  }
  std::int64_t enqueue(const fs::path& source, Mode mode, const std::string& entity = "town/place",
                       std::int64_t person = 7) {
    auto folder = importer_->new_folder();
    EXPECT_TRUE(folder);
    fs::copy_file(source, *folder / "upload");
    std::int64_t id = 0;
    EXPECT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(id, jobs_->enqueue(t, import_kind, {"导入", "Import"},
                                     Importer::input_of({entity, *folder / "upload", mode, person, Language::zh,
                                                         source.filename().string()}),
                                     person));
      return {};
    }));
    errors_ = *folder / "errors.xlsx";
    return id;
  }
  Json job(std::int64_t id) {
    Json out;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(out, jobs::Jobs::describe(c, id));
      return {};
    }));
    return out;
  }
  Json finished(std::int64_t id, int seconds = 300) {
    for (int i = 0; i < seconds * 100; ++i) {
      const Json state = job(id);
      if (state["state"].as_string() != "queued" && state["state"].as_string() != "running") return state;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
  }
  Json import(const fs::path& source, Mode mode, const std::string& entity = "town/place", std::int64_t person = 7) {
    EXPECT_TRUE(jobs_->start());
    const Json out = finished(enqueue(source, mode, entity, person));
    jobs_->stop();
    return out;
  }
  Json import_text(std::string_view text, Mode mode, const std::string& entity = "town/place") {
    write(root_ / "in.csv", text);
    return import(root_ / "in.csv", mode, entity);
  }
  std::int64_t number(const std::string& statement) {
    std::int64_t out = -1;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto n, c.query_integer(statement));
      out = n.value_or(-1);
      return {};
    }));
    return out;
  }
  std::int64_t places() { return number("SELECT count(*) FROM town_place"); }
  std::string clear_places() const {
    return GetParam() == sql::Dialect::sqlite ? "DELETE FROM town_place; DELETE FROM town_place_box"
                                              : "DELETE FROM town_place";
  }
  // Everything that a change could touch.
  std::string state_of_database() {
    std::string out;
    for (const char* table : {"town_place", "town_place_history", "town_division", "entities_serial"})
      out += std::string(table) + "=" + std::to_string(number(std::string("SELECT count(*) FROM ") + table)) + " ";
    return out + std::to_string(number("SELECT coalesce(sum(last),0) FROM entities_serial"));
  }
  std::vector<Json> records(const Entity& e) {
    std::vector<Json> out;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) -> Status {
      entities::ListQuery q;
      q.limit = 100'000;
      q.sort = e.name == "place" ? "name" : "code";
      CIVITAS_CHECK(store_->each(c, context(), e, q, [&](const Json& r) -> Status {
        Json plain = Json::object();
        for (const auto& [name, value] : r.as_object())
          if (name != "id" && name != "version" && name != "created_at" && name != "updated_at" && name != "code")
            plain.set(name, value);
        out.push_back(std::move(plain));
        return {};
      }));
      return {};
    }));
    return out;
  }
  std::vector<std::vector<documents::Cell>> rows_of(const fs::path& file) {
    std::vector<std::vector<documents::Cell>> out;
    auto reader = documents::open_table(file);
    EXPECT_TRUE(reader);
    std::vector<documents::Cell> row;
    while (reader && (*reader)->next(row).value_or(false)) out.push_back(row);
    return out;
  }
  Result<std::int64_t> export_to(const fs::path& file, Format format, Language language = Language::zh,
                                 std::int64_t person = 7) {
    entities::ListQuery query;
    query.sort = "name";
    return export_records(*db_, *store_, context(person), {*place_, query, format, language}, file);
  }

  sql::TestDatabase db_{GetParam()};
  const fs::path root_ = db_.folder.path();
  fs::path errors_;
  TestClock clock_;
  IdGenerator ids_{clock_};
  entities::Hooks hooks_;
  std::shared_ptr<const entities::Catalog> catalog_;
  const Entity* place_ = nullptr;
  const Entity* division_ = nullptr;
  std::unique_ptr<entities::Store> store_;
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<Importer> importer_;
};

}  // namespace civitas::exchange
