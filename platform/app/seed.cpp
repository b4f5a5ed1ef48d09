#include "app/seed.hpp"

#include <algorithm>
#include <functional>
#include <set>
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
  options.rules = entities::Rules::skip("first start");
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

}  // namespace

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
                  t.query_text("SELECT permissions FROM identity_role WHERE name=?", {role["name"].as_string()}));
      if (known && Json::parse(*known).value_or(Json()) == role["permissions"]) continue;
      if (known)
        return fail(invalid("app.seed.role", file + "：另一系统的示范数据也有角色“" + role["name"].as_string() + "”，权限不同。",
                            file + ": the demonstration of another system has a role " + role["name"].as_string() +
                                " with other rights."));
      CIVITAS_CHECK(store.create(t, system_context(clock, "first start"), *store.catalog().entity("identity", "role"),
                                 std::move(role), as_seed()));
    }
    return {};
  });
}

// demo/demo.yaml of one system.
struct Demo {
  fs::path folder;
  std::string file, password;
  YamlNode roles, people;
};

// Something to load, and the record types that must be there before it.
struct Load {
  std::string what;                 // as the log and mistakes name it
  std::string gives;                // path of the record type
  std::set<std::string> needs;      // paths
  std::function<Status()> run;
};

// The record types that the columns of a table refer to.
Result<std::set<std::string>> references_of(const entities::Catalog& catalog, const Entity& e, const fs::path& file) {
  CIVITAS_TRY(auto reader, documents::open_table(file));
  std::vector<documents::Cell> head;
  CIVITAS_TRY(const bool any, reader->next(head));
  std::set<std::string> out;
  if (!any) return out;
  const auto add = [&](const entities::Field& f) {
    for (const Entity* target : catalog.targets_of(f)) out.insert(target->path());
  };
  for (const auto& cell : head)
    if (const auto* f = e.field(cell.text)) {
      add(*f);
      for (const auto& column : f->fields) add(column);
    }
  out.erase(e.path());
  return out;
}

Status load_table(Seeding& s, const Entity& e, const fs::path& file, const std::string& key) {
  CIVITAS_TRY(const auto folder, s.importer.new_folder());
  std::error_code ec;
  fs::copy_file(file, folder / "upload", ec);
  if (ec) return fail(internal_problem("cannot copy " + file.string()));
  exchange::ImportRequest request{e.path(), folder / "upload", exchange::Mode::good};
  request.whose = exchange::Whose::product;
  request.key = key;
  request.name = file.filename().string();
  CIVITAS_TRY(const Json job, s.jobs.run_here(exchange::import_kind, {"示范数据：" + e.title.zh, "Demonstration: " + e.title.en},
                                              exchange::Importer::input_of(request), 0));
  const Json& result = job["result"];
  if (job["state"].as_string() == "done" && result["bad"].as_integer() == 0) {
    log_info("seed.table", {{"entity", e.path()}, {"records", result["good"].as_integer()}});
    return {};
  }
  const std::string where = e.system + "/demo/" + file.filename().string();
  if (job["state"].as_string() != "done")
    return fail(problem(Kind::unprocessable, result["reason"].as_string(), where + "：" + job["message"]["zh"].as_string(),
                        where + ": " + job["message"]["en"].as_string()));
  const Json& first = result["errors"].as_array().front();
  const std::string row = first["row"].dump();
  return fail(problem(Kind::unprocessable, "app.seed.row",
                      where + " 第 " + row + " 行：" + first["message"]["zh"].as_string(),
                      where + ", row " + row + ": " + first["message"]["en"].as_string()));
}

Result<Demo> read_demo(Seeding& s, const fs::path& folder, std::vector<Load>& loads) {
  Demo out{folder, (folder / "demo.yaml").string(), "", {}, {}};
  CIVITAS_TRY(const YamlNode node, read_yaml(out.file));
  entities::Mistakes mistakes;
  entities::MapReader in(node, out.file, mistakes);
  if (const YamlNode* roles = in.get("roles")) out.roles = *roles;
  if (const YamlNode* people = in.get("people")) out.people = *people;
  const auto tables = in.items("tables");
  out.password = in.text("password");
  in.text("city");  // for city_folder
  in.finish();
  for (const YamlNode* table : tables) {
    entities::MapReader t(*table, out.file, mistakes);
    const std::string path = t.required_text("entity"), name = t.required_text("file"), key = t.text("key");
    t.finish();
    const Entity* e = s.store.catalog().entity_by_path(path);
    if (!e) t.wrong(0, "没有记录类型 " + path, "no entity " + path);
    if (e && !key.empty() && !e->field(key)) t.wrong(0, path + " 没有字段 " + key, path + " has no field " + key);
    if (!mistakes.none()) return fail(mistakes.to_problem());
    CIVITAS_TRY(auto needs, references_of(s.store.catalog(), *e, folder / name));
    loads.push_back({path + " (" + name + ")", e->path(), std::move(needs),
                     [&s, e, file = folder / name, key] { return load_table(s, *e, file, key); }});
  }
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return out;
}

// What others refer to comes first, else in the order given.
Status run_in_order(std::vector<Load> loads) {
  while (!loads.empty()) {
    const auto ready = std::find_if(loads.begin(), loads.end(), [&](const Load& one) {
      return std::none_of(loads.begin(), loads.end(),
                          [&](const Load& other) { return one.gives != other.gives && one.needs.contains(other.gives); });
    });
    if (ready == loads.end()) {
      std::string names;
      for (const auto& one : loads) names += (names.empty() ? "" : ", ") + one.what;
      return fail(invalid("app.seed.circle", "示范数据互相引用，无法排出装入次序：" + names,
                          "Data of the demonstration refer to each other in a circle: " + names));
    }
    CIVITAS_CHECK(ready->run());
    loads.erase(ready);
  }
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

Status seed_demo(Seeding seeding) {
  std::vector<Demo> demos;
  std::vector<Load> loads;
  const auto& catalog = seeding.store.catalog();
  std::vector<fs::path> folders;
  if (const auto& city = catalog.city().folder; !city.empty()) folders.push_back(city / "demo");
  if (folders.empty() || !fs::exists(folders.front() / "demo.yaml")) {
    folders.clear();
    for (const auto& system : catalog.systems()) folders.push_back(fs::path(system.folder) / "demo");
  }
  for (const auto& folder : folders) {
    if (!fs::exists(folder / "demo.yaml")) continue;
    CIVITAS_TRY(Demo demo, read_demo(seeding, folder, loads));
    demos.push_back(std::move(demo));
  }
  for (const auto& demo : demos)
    CIVITAS_CHECK(seed_roles(seeding.database, seeding.store, seeding.clock, demo.roles, demo.file));
  // Who works where, within which data scopes.
  std::set<std::string> needed;
  const Entity& person = *catalog.entity("identity", "person");
  for (const auto& f : person.fields)
    for (const Entity* target : catalog.targets_of(f)) needed.insert(target->path());
  for (const auto& demo : demos)
    for (const auto& one : demo.people.items)
      if (const YamlNode* scopes = one.find("scopes"))
        for (const auto& [dimension, words] : scopes->members)
          if (const Entity* of = catalog.records_of(dimension.scalar)) needed.insert(of->path());
  loads.push_back({"people", person.path(), std::move(needed), [&]() -> Status {
                     for (const auto& demo : demos)
                       CIVITAS_CHECK(seed_people(seeding.database, seeding.store, seeding.clock, demo.people, demo.file,
                                                 demo.password));
                     return {};
                   }});
  return run_in_order(std::move(loads));
}

}  // namespace civitas::app
