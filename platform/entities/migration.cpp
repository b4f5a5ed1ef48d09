#include "entities/migration.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "entities/storage.hpp"

namespace civitas::entities {

namespace {

using Names = std::set<std::string>;

Result<Names> existing_columns(sql::Connection& c, const std::string& table) {
  Names names;
  const std::string statement = c.dialect() == sql::Dialect::sqlite
                                    ? "SELECT name FROM pragma_table_info(?)"
                                    : "SELECT column_name::text FROM information_schema.columns WHERE table_schema=current_schema() AND table_name=?";
  CIVITAS_CHECK(c.query(statement, {table}, [&](const sql::Row& row) {
    names.emplace(row.text(0));
    return sql::Continue::yes;
  }));
  return names;
}

// Indexes of a table that were made from a declaration: an operator's own are named otherwise.
Result<Names> indexes_of(sql::Connection& c, const std::string& table) {
  Names names;
  const std::string statement = c.dialect() == sql::Dialect::sqlite ? "SELECT name FROM sqlite_master WHERE type='index' AND sql IS NOT NULL AND tbl_name=?"
                                                                    : "SELECT indexname::text FROM pg_indexes WHERE schemaname=current_schema() AND tablename=?";
  CIVITAS_CHECK(c.query(statement, {table}, [&](const sql::Row& row) {
    if (row.text(0).starts_with(table + "_") && !row.text(0).ends_with("_pkey")) names.emplace(row.text(0));
    return sql::Continue::yes;
  }));
  return names;
}

Result<Names> existing_relations(sql::Connection& c) {
  Names names;
  CIVITAS_CHECK(c.query(c.dialect() == sql::Dialect::sqlite ? "SELECT name FROM sqlite_master WHERE type IN('index','table')"
                                                            : "SELECT indexname::text FROM pg_indexes WHERE schemaname=current_schema() UNION SELECT tablename::text "
                                                              "FROM pg_tables WHERE schemaname=current_schema()",
                        {}, [&](const sql::Row& row) {
                          names.emplace(row.text(0));
                          return sql::Continue::yes;
                        }));
  return names;
}

// PostgreSQL cuts identifiers at 63 bytes.
std::string stored_name(const std::string& name, sql::Dialect dialect) { return dialect == sql::Dialect::postgres ? name.substr(0, 63) : name; }

std::string word_after(const std::string& statement, std::string_view marker) {
  const auto at = statement.find(marker) + marker.size();
  return statement.substr(at, statement.find_first_of(" (", at) - at);
}

}  // namespace

Result<MigrationPlan> plan_migration(const Catalog& catalog, sql::Connection& c) {
  MigrationPlan plan;
  CIVITAS_TRY(const Names relations, existing_relations(c));
  for (const auto& system : catalog.systems()) {
    for (const auto& entity : system.entities) {
      const Storage storage(catalog, entity, c.dialect());
      for (const auto& statement : storage.table_statements()) {
        const std::string table = word_after(statement, "IF NOT EXISTS ");
        if (!relations.contains(stored_name(table, c.dialect()))) plan.steps.push_back({statement, {"新建表 " + table, "creates the table " + table}});
      }
      std::vector<std::string> tables{storage.table()};
      if (entity.history) tables.push_back(storage.history_table());
      std::map<std::string, std::string> renamed;
      for (const auto& f : entity.fields)
        if (!f.was.empty()) {
          Field old = f;
          old.name = f.was;
          const auto before = columns_of(old), after = columns_of(f);
          for (std::size_t i = 0; i < after.size(); ++i) renamed[after[i].name] = before[i].name;
        }
      for (const auto& table : tables) {
        CIVITAS_TRY(Names present, existing_columns(c, table));
        if (present.empty()) continue;
        for (const auto& column : storage.columns()) {
          if (present.erase(column.name)) continue;
          const auto was = renamed.find(column.name);
          if (was != renamed.end() && present.erase(was->second))
            plan.steps.push_back({"ALTER TABLE " + table + " RENAME COLUMN " + was->second + " TO " + column.name,
                                  {table + " 的列 " + was->second + " 改名为 " + column.name, "renames " + table + "." + was->second + " to " + column.name}});
          else
            plan.steps.push_back({"ALTER TABLE " + table + " ADD COLUMN " + column.name + " " + sql_type(column.type, c.dialect()),
                                  {table + " 增加列 " + column.name, "adds the column " + table + "." + column.name}});
        }
        for (const char* own : {"history_id", "recorded_from", "recorded_to", "recorded_by", "action"}) present.erase(own);
        for (const auto& left : present)
          plan.remarks.push_back({table + " 的列 " + left + " 已不再声明，数据保留", table + "." + left + " is no longer declared; its data is kept"});
      }
      CIVITAS_TRY(Names left, indexes_of(c, storage.table()));
      for (const auto& statement : storage.index_statements()) {
        const std::string index = word_after(statement, "IF NOT EXISTS ");
        left.erase(stored_name(index, c.dialect()));
        if (!relations.contains(stored_name(index, c.dialect()))) plan.steps.push_back({statement, {"建立索引 " + index, "creates the index " + index}});
      }
      for (const auto& index : left) plan.steps.push_back({"DROP INDEX " + index, {"删除不再需要的索引 " + index, "drops the index " + index + ", no longer needed"}});
    }
  }
  return plan;
}

Status apply_migration(const MigrationPlan& plan, sql::Transaction& t) {
  for (const auto& step : plan.steps) CIVITAS_CHECK(t.run_script(step.statement));
  return {};
}

}  // namespace civitas::entities
