#include "entities/moved_tables.hpp"

#include "base/strings.hpp"

namespace civitas::entities {

namespace {

// The table of a record type, its history and indexes, and the tables of its fields. SQLite renames what stands behind
// its virtual tables with them.
Result<std::vector<std::string>> tables_of(sql::Connection& c, const std::string& table) {
  std::vector<std::string> found;
  const std::string all = c.dialect() == sql::Dialect::sqlite
                              ? "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name"
                              : "SELECT tablename::text FROM pg_tables WHERE schemaname=current_schema() ORDER BY 1";
  CIVITAS_CHECK(c.query(all, {}, [&](const sql::Row& row) {
    const std::string_view name = row.text(0);
    if (!name.starts_with(table)) return sql::Continue::yes;
    const std::string_view rest = name.substr(table.size());
    if (rest.empty() || rest == "_history" || rest == "_search" || rest == "_box" || rest.starts_with("__"))
      found.emplace_back(name);
    return sql::Continue::yes;
  }));
  return found;
}

}  // namespace

Result<std::set<std::string>> indexes_of(sql::Connection& c, const std::string& table) {
  std::set<std::string> names;
  const std::string statement =
      c.dialect() == sql::Dialect::sqlite
          ? "SELECT name FROM sqlite_master WHERE type='index' AND sql IS NOT NULL AND tbl_name=?"
          : "SELECT indexname::text FROM pg_indexes WHERE schemaname=current_schema() AND tablename=?";
  CIVITAS_CHECK(c.query(statement, {table}, [&](const sql::Row& row) {
    if (row.text(0).starts_with(table + "_") && !row.text(0).ends_with("_pkey")) names.emplace(row.text(0));
    return sql::Continue::yes;
  }));
  return names;
}

Result<std::vector<MigrationStep>> MovedTables::plan(sql::Connection& c, const Entity& e,
                                                     std::set<std::string>& relations,
                                                     const std::vector<PathChange>& rooms) {
  std::vector<MigrationStep> steps;
  const std::string was = replace_all(e.was, "/", "_");
  if (e.was.empty() || !relations.contains(was) || relations.contains(e.table)) return steps;
  CIVITAS_TRY(const auto tables, tables_of(c, was));
  for (const auto& table : tables) {
    const std::string now = e.table + table.substr(was.size());
    // Indexes keep the name of before in both databases: they are made anew.
    CIVITAS_TRY(const auto indexes, indexes_of(c, table));
    for (const auto& index : indexes) {
      steps.push_back({"DROP INDEX " + index,
                       {"删除索引 " + index + "，稍后按新名重建", "drops the index " + index + ", made anew below"},
                       {}});
      relations.erase(index);
    }
    std::string statement = "ALTER TABLE " + table + " RENAME TO " + now;
    if (c.dialect() == sql::Dialect::postgres)
      statement += ";ALTER INDEX IF EXISTS " + table + "_pkey RENAME TO " + now + "_pkey";
    steps.push_back({statement,
                     {"表 " + table + " 改名为 " + now, "renames the table " + table + " to " + now},
                     {}});
    relations.erase(table);
    relations.insert(now);
    before_[now] = table;
  }
  const std::string from = e.was, to = e.path();
  steps.push_back({"-- " + from + " -> " + to,
                   {"已存的办件、编号等由 " + from + " 改记为 " + to,
                    "what is kept of " + from + ", such as cases and numbers, is kept of " + to},
                   [rooms, from, to, was, table = e.table](sql::Transaction& t) -> Status {
                     // Numbering goes on: its scopes begin with the table.
                     const auto length = static_cast<std::int64_t>(was.size()) + 1;
                     CIVITAS_CHECK(t.execute("UPDATE entities_serial SET scope=?||substr(scope,CAST(? AS INTEGER)) WHERE "
                                             "substr(scope,1,CAST(? AS INTEGER))=?",
                                             {table, length, length, was + "."}));
                     for (const auto& change : rooms) CIVITAS_CHECK(change(t, from, to));
                     return {};
                   }});
  return steps;
}

}  // namespace civitas::entities
