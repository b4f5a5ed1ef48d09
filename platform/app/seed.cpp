#include "app/seed.hpp"

#include <fstream>
#include <unordered_map>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "crypto/password.hpp"
#include "documents/table_reader.hpp"
#include "entities/reader.hpp"
#include "identity/identity.hpp"

namespace civitas::app {

namespace {

namespace fs = std::filesystem;
using entities::Entity;
using entities::FieldType;

entities::Context system_context(const Clock& clock, std::string reason) {
  return {identity::system_principal(std::move(reason)), clock.now(), ""};
}

entities::WriteOptions as_seed() {
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.without_rules_because = "first start";
  return options;
}

// References by what a person would write: code, account or title of the target.
class References {
 public:
  explicit References(const entities::Catalog& catalog) : catalog_(catalog) {}

  Result<Json> find(sql::Connection& c, const entities::Field& f, const std::string& word) {
    return find_in(c, *catalog_.targets_of(f).front(), f.name, word);
  }

  Result<Json> find_in(sql::Connection& c, const Entity& target, const std::string& field, const std::string& word) {
    const std::string key = target.table + "\n" + word;
    if (const auto known = known_.find(key); known != known_.end()) return Json(known->second);
    for (const char* column : {"code", "account", target.title_field.c_str()}) {
      if (!target.field(column)) continue;
      CIVITAS_TRY(
          const auto id,
          c.query_integer("SELECT id FROM " + target.table + " WHERE " + column + "=? ORDER BY id LIMIT 1", {word}));
      if (!id) continue;
      known_[key] = std::to_string(*id);
      return Json(std::to_string(*id));
    }
    return fail(invalid("app.seed.reference", "找不到 " + target.title.zh + " " + word,
                        "There is no " + target.title.en + " " + word)
                    .with_field(field));
  }

 private:
  const entities::Catalog& catalog_;
  std::unordered_map<std::string, std::string> known_;
};

Result<Json> cell_value(sql::Connection& c, References& references, const entities::Field& f, const std::string& text) {
  if (text.empty()) return Json();
  switch (f.type) {
    case FieldType::ref: return references.find(c, f, text);
    case FieldType::integer: return Json(parse_integer(text).value_or(0));
    case FieldType::decimal: return Json(parse_number(text).value_or(0));
    case FieldType::boolean: return Json(text == "true" || text == "1");
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry:
    case FieldType::json: return Json::parse(text);
    default: return Json(text);
  }
}

}  // namespace

Result<std::int64_t> load_table(sql::Database& database, entities::Store& store, const Clock& clock, const Entity& e,
                                const fs::path& file, const std::string& key) {
  CIVITAS_TRY(auto reader, documents::open_table(file));
  std::vector<documents::Cell> row;
  CIVITAS_TRY(const bool any, reader->next(row));
  if (!any) return 0;
  std::vector<const entities::Field*> columns;
  int lon = -1, lat = -1;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i].text == "lon") lon = static_cast<int>(i);
    if (row[i].text == "lat") lat = static_cast<int>(i);
    columns.push_back(e.field(row[i].text));
  }
  const entities::Storage& storage = store.storage(e);
  References references(store.catalog());
  std::int64_t created = 0;
  bool more = true;
  while (more) {
    std::vector<std::vector<documents::Cell>> batch;
    while (batch.size() < 2000) {
      CIVITAS_TRY(more, reader->next(row));
      if (!more) break;
      batch.push_back(row);
    }
    std::int64_t now_created = 0;
    CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
      now_created = 0;
      const auto context = system_context(clock, "first start");
      for (const auto& cells : batch) {
        Json input = Json::object();
        for (std::size_t i = 0; i < cells.size() && i < columns.size(); ++i) {
          if (!columns[i]) continue;
          CIVITAS_TRY(Json value, cell_value(t, references, *columns[i], cells[i].text));
          input.set(columns[i]->name, std::move(value));
        }
        const auto number = [&](int at) {
          return at >= 0 && static_cast<std::size_t>(at) < cells.size()
                     ? parse_number(cells[static_cast<std::size_t>(at)].text)
                     : std::nullopt;
        };
        if (const auto x = number(lon), y = number(lat); x && y && storage.box_field())
          input.set(
              storage.box_field()->name,
              Json(Json::Object{{"type", Json("Point")}, {"coordinates", Json(Json::Array{Json(*x), Json(*y)})}}));
        if (!key.empty()) {
          CIVITAS_TRY(const auto known,
                      t.query_integer("SELECT 1 FROM " + e.table + " WHERE " + key + "=?", {input[key].as_string()}));
          if (known) continue;
        }
        if (auto made = store.create(t, context, e, std::move(input), as_seed()); !made) {
          Problem p = std::move(made.error());
          p.detail = file.filename().string() + ": " + cells[0].text + ": " + p.detail;
          return fail(std::move(p));
        }
        ++now_created;
      }
      return {};
    }));
    created += now_created;
  }
  return created;
}

namespace {

Result<Json> person_of(sql::Connection& c, References& references, const entities::Catalog& catalog,
                       entities::MapReader& in) {
  const Entity& person = *catalog.entity("identity", "person");
  Json out = Json::object();
  out.set("account", Json(in.required_text("account")))
      .set("name", Json(in.required_text("name")))
      .set("kind", Json(in.text("kind", "staff")));
  out.set("all_divisions", Json(in.flag("all_divisions")));
  for (const char* address : {"phone", "email"})
    if (const std::string text = in.text(address); !text.empty()) out.set(address, Json(text));
  for (const char* list : {"roles", "divisions"}) {
    Json ids = Json::array();
    for (const auto& word : in.words(list)) {
      CIVITAS_TRY(Json id, references.find(c, *person.field(list), word));
      ids.push(std::move(id));
    }
    out.set(list, std::move(ids));
  }
  if (const YamlNode* scopes = in.get("scopes")) {
    Json rows = Json::array();
    for (const auto& [key, words] : scopes->members) {
      const std::string& dimension = key.scalar;
      const Entity* of = catalog.records_of(dimension);
      if (!of) in.wrong(scopes->line, "没有数据范围 " + dimension, "there is no data scope " + dimension);
      if (words.scalar == "all") rows.push(Json(Json::Object{{"dimension", Json(dimension)}}));
      for (const auto& word : words.items) {
        if (!of) break;
        CIVITAS_TRY(const Json id, references.find_in(c, *of, "scopes", word.scalar));
        rows.push(Json(Json::Object{{"dimension", Json(dimension)}, {"record", id}}));
      }
    }
    out.set("scopes", std::move(rows));
  }
  if (const std::string department = in.text("department"); !department.empty()) {
    CIVITAS_TRY(Json id, references.find(c, *person.field("department"), department));
    out.set("department", std::move(id));
  }
  return out;
}

Status seed_people(sql::Database& database, entities::Store& store, const Clock& clock, const YamlNode& list,
                   const std::string& file, const std::string& password) {
  const std::string hash = crypto::hash_password(password);
  return database.write_now([&](sql::Transaction& t) -> Status {
    References references(store.catalog());
    entities::Mistakes mistakes;
    for (const auto& node : list.items) {
      entities::MapReader in(node, file, mistakes);
      CIVITAS_TRY(Json person, person_of(t, references, store.catalog(), in));
      in.finish();
      if (!mistakes.none()) return fail(mistakes.to_problem());
      const std::string account = person["account"].as_string();
      CIVITAS_TRY(const Json made,
                  store.create(t, system_context(clock, "first start"), *store.catalog().entity("identity", "person"),
                               std::move(person), as_seed()));
      CIVITAS_CHECK(
          identity::Identity::set_password(t, clock, parse_integer(made["id"].as_string()).value_or(0), hash, false));
    }
    return {};
  });
}

Status seed_roles(sql::Database& database, entities::Store& store, const Clock& clock, const YamlNode& list,
                  const std::string& file) {
  return database.write_now([&](sql::Transaction& t) -> Status {
    entities::Mistakes mistakes;
    for (const auto& node : list.items) {
      entities::MapReader in(node, file, mistakes);
      Json role = Json::object();
      Json permissions = Json::array();
      role.set("name", Json(in.required_text("name")));
      for (const auto& word : in.words("permissions")) permissions.push(Json(word));
      role.set("permissions", std::move(permissions));
      in.finish();
      if (!mistakes.none()) return fail(mistakes.to_problem());
      CIVITAS_TRY(const auto known,
                  t.query_integer("SELECT id FROM identity_role WHERE name=?", {role["name"].as_string()}));
      if (known) continue;
      CIVITAS_CHECK(store.create(t, system_context(clock, "first start"), *store.catalog().entity("identity", "role"),
                                 std::move(role), as_seed()));
    }
    return {};
  });
}

Status seed_folder(sql::Database& database, entities::Store& store, const Clock& clock, const fs::path& folder) {
  const fs::path file = folder / "demo.yaml";
  CIVITAS_TRY(const YamlNode node, read_yaml(file));
  entities::Mistakes mistakes;
  entities::MapReader in(node, file.string(), mistakes);
  const YamlNode* roles = in.get("roles");
  const auto tables = in.items("tables");
  const std::string password = in.text("password");
  const YamlNode* people = in.get("people");
  in.get("city");  // for demo_title
  in.finish();
  if (!mistakes.none()) return fail(mistakes.to_problem());
  for (const YamlNode* table : tables) {
    entities::MapReader t(*table, file.string(), mistakes);
    const std::string path = t.required_text("entity"), name = t.required_text("file"), key = t.text("key");
    t.finish();
    const Entity* e = store.catalog().entity_by_path(path);
    if (!e) t.wrong(0, "没有记录类型 " + path, "no entity " + path);
    if (!mistakes.none()) return fail(mistakes.to_problem());
    CIVITAS_TRY(const auto count, load_table(database, store, clock, *e, folder / name, key));
    log_info("seed.table", {{"entity", path}, {"records", count}});
  }
  if (roles) CIVITAS_CHECK(seed_roles(database, store, clock, *roles, file.string()));
  if (people) CIVITAS_CHECK(seed_people(database, store, clock, *people, file.string(), password));
  return {};
}

}  // namespace

Result<std::string> seed_administrator(sql::Database& database, entities::Store& store, const Clock& clock) {
  const std::string password = "C" + random_hex(8) + "7";
  const std::string hash = crypto::hash_password(password);
  CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
    const auto context = system_context(clock, "first start");
    const Entity& roles = *store.catalog().entity("identity", "role");
    std::string administrator;
    for (const auto& role : store.catalog().system("identity")->roles) {
      Json input = Json::object();
      input.set("name", Json(role.title.zh)).set("permissions", Json(Json::Array{Json("identity." + role.name)}));
      CIVITAS_TRY(const Json made, store.create(t, context, roles, std::move(input), as_seed()));
      if (role.power == "system") administrator = made["id"].as_string();
    }
    Json person = Json::object();
    person.set("account", Json("administrator"))
        .set("name", Json("系统管理员"))
        .set("kind", Json("staff"))
        .set("roles", Json(Json::Array{Json(administrator)}));
    CIVITAS_TRY(const Json made,
                store.create(t, context, *store.catalog().entity("identity", "person"), std::move(person), as_seed()));
    return identity::Identity::set_password(t, clock, parse_integer(made["id"].as_string()).value_or(0), hash, true);
  }));
  return password;
}

Text demo_title(const entities::Catalog& catalog) {
  for (const auto& system : catalog.systems()) {
    const auto node = read_yaml(fs::path(system.folder) / "demo" / "demo.yaml");
    const YamlNode* city = node ? node->find("city") : nullptr;
    const YamlNode* title = city ? city->find("title") : nullptr;
    const YamlNode *zh = title ? title->find("zh") : nullptr, *en = title ? title->find("en") : nullptr;
    if (zh && en) return {zh->scalar, en->scalar};
  }
  return {};
}

Status seed_demo(sql::Database& database, entities::Store& store, const Clock& clock) {
  // In the order of the systems' names for tables, people last: their data scope names divisions.
  std::vector<fs::path> folders;
  for (const auto& system : store.catalog().systems())
    if (fs::exists(fs::path(system.folder) / "demo" / "demo.yaml")) folders.push_back(fs::path(system.folder) / "demo");
  for (const auto& folder : folders) CIVITAS_CHECK(seed_folder(database, store, clock, folder));
  return {};
}

}  // namespace civitas::app
