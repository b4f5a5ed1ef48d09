#include "plug/tables.hpp"

#include <algorithm>
#include <map>

#include "base/strings.hpp"
#include "crypto/digest.hpp"

namespace civitas::plug {

namespace {

namespace fs = std::filesystem;

std::string_view ending(sql::Dialect dialect) { return dialect == sql::Dialect::sqlite ? ".sqlite" : ".postgres"; }
std::string_view other_ending(sql::Dialect dialect) { return dialect == sql::Dialect::sqlite ? ".postgres" : ".sqlite"; }

Result<std::vector<TableScript>> scripts_of(const entities::System& system, sql::Dialect dialect) {
  std::vector<TableScript> out;
  const fs::path folder = fs::path(system.folder) / "tables";
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".sql") continue;
    std::string name = entry.path().stem().string();
    if (name.ends_with(other_ending(dialect))) continue;
    if (name.ends_with(ending(dialect))) name.resize(name.size() - ending(dialect).size());
    CIVITAS_TRY(std::string text, read_file(entry.path()));
    out.push_back({system.name, std::move(name), std::move(text)});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

// Tables are the system's by their names, so that no two systems meet in one and no record type's is touched.
Status check_names(const TableScript& script, const entities::System& system) {
  const std::string lower = to_lower_ascii(script.text);
  constexpr std::string_view create = "create table if not exists ";
  for (auto at = lower.find("create table"); at != lower.npos; at = lower.find("create table", at + 1)) {
    const std::string_view rest = std::string_view(lower).substr(at);
    const std::string_view name =
        rest.starts_with(create) ? rest.substr(create.size()) : rest.substr(std::string_view("create table ").size());
    const std::string table(name.substr(0, name.find_first_of(" (\n")));
    const bool of_a_record = std::any_of(system.entities.begin(), system.entities.end(), [&](const auto& e) {
      return table == e.table || table.starts_with(e.table + "_");
    });
    if (table.starts_with(system.name + "_") && !of_a_record) continue;
    return fail(invalid("plug.tables.name",
                        system.name + "/tables/" + script.name + "：表名 " + table + " 应以 " + system.name +
                            "_ 开头，且不能是记录类型的表。",
                        system.name + "/tables/" + script.name + ": the table " + table + " must begin with " +
                            system.name + "_ and be no table of a record type."));
  }
  return {};
}

Result<bool> has_register(sql::Connection& c) {
  CIVITAS_TRY(
      const auto known,
      c.query_integer(c.dialect() == sql::Dialect::sqlite
                          ? "SELECT 1 FROM sqlite_master WHERE type='table' AND name='plug_table'"
                          : "SELECT 1 FROM pg_tables WHERE schemaname=current_schema() AND tablename='plug_table'"));
  return known.has_value();
}

}  // namespace

Result<std::vector<TableScript>> plan_tables(const entities::Catalog& catalog, sql::Connection& c) {
  std::map<std::pair<std::string, std::string>, std::string> done;  // (system, name) → digest
  CIVITAS_TRY(const bool known, has_register(c));
  if (known)
    CIVITAS_CHECK(c.query("SELECT system,name,digest FROM plug_table", {}, [&](const sql::Row& row) {
      done[{std::string(row.text(0)), std::string(row.text(1))}] = row.text(2);
      return sql::Continue::yes;
    }));
  std::vector<TableScript> out;
  for (const auto& system : catalog.systems()) {
    CIVITAS_TRY(auto scripts, scripts_of(system, c.dialect()));
    for (auto& script : scripts) {
      const auto ran = done.find({script.system, script.name});
      if (ran == done.end()) {
        CIVITAS_CHECK(check_names(script, system));
        out.push_back(std::move(script));
      } else if (ran->second != crypto::sha256_hex(script.text)) {
        return fail(problem(Kind::precondition, "plug.tables.changed",
                            "建表文件 " + system.name + "/tables/" + script.name +
                                " 已在此数据库执行过，不能再改；请恢复原文，另加一个新文件。",
                            "The file " + system.name + "/tables/" + script.name +
                                " has run on this database and must not change; put it back and add a new file."));
      }
    }
  }
  return out;
}

Status apply_tables(const std::vector<TableScript>& scripts, sql::Transaction& t, Instant now) {
  CIVITAS_CHECK(
      t.run_script("CREATE TABLE IF NOT EXISTS plug_table(system TEXT NOT NULL,name TEXT NOT NULL,digest TEXT NOT "
                   "NULL,at BIGINT NOT NULL,PRIMARY KEY(system,name))"));
  for (const auto& script : scripts) {
    CIVITAS_CHECK(t.run_script(script.text));
    CIVITAS_CHECK(t.execute("INSERT INTO plug_table(system,name,digest,at) VALUES(?,?,?,?)",
                            {script.system, script.name, crypto::sha256_hex(script.text), now.micros}));
  }
  return {};
}

}  // namespace civitas::plug
