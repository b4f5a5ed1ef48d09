#include "entities/migration.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "entities/carry_over.hpp"
#include "entities/conditions.hpp"
#include "entities/moved_tables.hpp"
#include "entities/storage.hpp"

namespace civitas::entities {

namespace {

using Names = std::set<std::string>;

// The columns of a table that will be there under this name when what moved has its new name.
Result<Names> existing_columns(sql::Connection& c, const MovedTables& moved, const std::string& later) {
  const std::string& table = moved.stored(later);
  Names names;
  const std::string statement = c.dialect() == sql::Dialect::sqlite
                                    ? "SELECT name FROM pragma_table_info(?)"
                                    : "SELECT column_name::text FROM information_schema.columns WHERE "
                                      "table_schema=current_schema() AND table_name=?";
  CIVITAS_CHECK(c.query(statement, {table}, [&](const sql::Row& row) {
    names.emplace(row.text(0));
    return sql::Continue::yes;
  }));
  return names;
}

Result<Names> existing_relations(sql::Connection& c) {
  Names names;
  CIVITAS_CHECK(c.query(
      c.dialect() == sql::Dialect::sqlite
          ? "SELECT name FROM sqlite_master WHERE type IN('index','table')"
          : "SELECT indexname::text FROM pg_indexes WHERE schemaname=current_schema() UNION SELECT tablename::text "
            "FROM pg_tables WHERE schemaname=current_schema()",
      {}, [&](const sql::Row& row) {
        names.emplace(row.text(0));
        return sql::Continue::yes;
      }));
  return names;
}

// PostgreSQL cuts identifiers at 63 bytes.
std::string stored_name(const std::string& name, sql::Dialect dialect) {
  return dialect == sql::Dialect::postgres ? name.substr(0, 63) : name;
}

std::string word_after(const std::string& statement, std::string_view marker) {
  const auto at = statement.find(marker) + marker.size();
  return statement.substr(at, statement.find_first_of(" (", at) - at);
}

// Columns that are new, or have a new name, in a table and in its history (if it has one).
// `stored`: the name of the table until now.
Status plan_columns(const std::string& latest, const std::string& stored, const std::vector<Column>& columns,
                    const std::vector<Field>& fields, const Names& left_over, sql::Connection& c,
                    const MovedTables& moved, MigrationPlan& plan) {
  std::map<std::string, std::string> renamed;
  for (const auto& f : fields)
    if (!f.was.empty()) {
      Field old = f;
      old.name = f.was;
      const auto before = columns_of(old), after = columns_of(f);
      for (std::size_t i = 0; i < after.size(); ++i) renamed[after[i].name] = before[i].name;
    }
  for (const char* part : {"", "_history"}) {
    const std::string table = latest + part;
    CIVITAS_TRY(Names present, existing_columns(c, moved, stored + part));
    if (present.empty()) continue;
    for (const auto& column : columns) {
      if (present.erase(column.name)) continue;
      const auto was = renamed.find(column.name);
      if (was != renamed.end() && present.erase(was->second))
        plan.steps.push_back({"ALTER TABLE " + table + " RENAME COLUMN " + was->second + " TO " + column.name,
                              {table + " 的列 " + was->second + " 改名为 " + column.name,
                               "renames " + table + "." + was->second + " to " + column.name},
                              {}});
      else
        plan.steps.push_back(
            {"ALTER TABLE " + table + " ADD COLUMN " + column.name + " " + sql_type(column.type, c.dialect()),
             {table + " 增加列 " + column.name, "adds the column " + table + "." + column.name},
             {}});
    }
    for (const char* own :
         {"history_id", "recorded_from", "recorded_to", "recorded_by", "action", "since_version", "until_version"})
      present.erase(own);
    for (const auto& left : present) {
      if (left_over.contains(left))
        plan.remarks.push_back({table + " 的列 " + left + " 已搬到单独的表，原数据保留",
                                table + "." + left + " was moved to a table of its own; what was there is kept"});
      else
        plan.remarks.push_back({table + " 的列 " + left + " 已不再声明，数据保留",
                                table + "." + left + " is no longer declared; its data is kept"});
    }
  }
  return {};
}

// Fields of rows and of several references. Gives back the columns in which they were once kept as JSON.
Result<Names> plan_children(const Storage& storage, const Names& existing, sql::Connection& c,
                            const MovedTables& moved, MigrationPlan& plan, std::vector<MigrationStep>& last) {
  Names left_over;
  if (storage.children().empty()) return left_over;
  const Entity& entity = storage.entity();
  CIVITAS_TRY(const Names columns, existing_columns(c, moved, storage.table()));
  for (const auto& child : storage.children()) {
    const Field& f = child.field();
    const std::string old_table = f.was.empty() ? "" : ChildTable::table_of(entity, f.was);
    const bool is_there = existing.contains(child.table()), renamed = !is_there && existing.contains(old_table);
    const std::string column = columns.contains(f.name) ? f.name : columns.contains(f.was) ? f.was : "";
    if (!column.empty()) left_over.insert(column);
    if (renamed)
      for (const char* part : {"", "_history"})
        if (existing.contains(old_table + part))
          plan.steps.push_back({"ALTER TABLE " + old_table + part + " RENAME TO " + child.table() + part,
                                {"表 " + old_table + part + " 改名为 " + child.table() + part,
                                 "renames the table " + old_table + part + " to " + child.table() + part},
                                {}});
    for (const auto& statement : child.table_statements()) {
      const std::string table = word_after(statement, "IF NOT EXISTS ");
      const bool comes = renamed && existing.contains(old_table + table.substr(child.table().size()));
      if (!existing.contains(table) && !comes)
        plan.steps.push_back({statement, {"新建表 " + table, "creates the table " + table}, {}});
    }
    if ((is_there || renamed) && entity.history &&
        !existing.contains((is_there ? child.table() : old_table) + "_history")) {
      std::string names, values;
      for (const auto& column_of_child : child.columns()) {
        names += column_of_child.name + ",";
        values += "c." + column_of_child.name + ",";
      }
      plan.steps.push_back({"INSERT INTO " + child.history_table() + "(" + names + "since_version) SELECT " + values +
                                "t.version FROM " + child.table() + " c JOIN " + storage.table() +
                                " t ON t.id=c.of_record",
                            {"开始保存 " + child.table() + " 的历史", "begins the history of " + child.table()},
                            {}});
    }
    if (!is_there && !renamed && !column.empty())
      last.push_back({"-- " + storage.table() + "." + column + " -> " + child.table(),
                      {storage.table() + " 的列 " + column + " 的内容搬到表 " + child.table(),
                       "moves what is in " + storage.table() + "." + column + " to the table " + child.table()},
                      [&catalog = storage.catalog(), &entity, &f, column](sql::Transaction& t) {
                        return carry_over(catalog, entity, f, column, t);
                      }});
    CIVITAS_CHECK(
        plan_columns(child.table(), renamed ? old_table : child.table(), child.columns(), f.fields, {}, c, moved, plan));
  }
  return left_over;
}

// Records that were there before: whether the condition of `unique: {while: …}` holds for them.
void plan_unique(const Storage& storage, const Names& existing, sql::Dialect dialect, MigrationPlan& plan) {
  for (const auto& f : storage.entity().fields) {
    if (f.unique_while.empty() || !existing.contains(storage.table()) ||
        existing.contains(stored_name(storage.unique_index(f), dialect)))
      continue;
    plan.steps.push_back({"-- " + storage.table() + "." + Storage::while_column(f),
                          {"计算 " + storage.table() + " 中 " + f.name + " 的唯一性条件",
                           "computes the condition of unique of " + storage.table() + "." + f.name},
                          [&catalog = storage.catalog(), &entity = storage.entity(), &f](sql::Transaction& t) -> Status {
                            Conditions conditions(catalog);
                            CIVITAS_TRY(const auto typed, conditions.typed(entity, f.unique_while));
                            CIVITAS_TRY(const auto condition, conditions.compile(typed, t.dialect(), {}));
                            const std::vector<sql::Param> params(condition.clause.params.begin(),
                                                                 condition.clause.params.end());
                            CIVITAS_CHECK(t.execute("UPDATE " + entity.table + " AS t SET " + Storage::while_column(f) +
                                                        "=CASE WHEN " + condition.clause.sql + " THEN 1 END",
                                                    sql::Params(params)));
                            return {};
                          }});
  }
}

}  // namespace

Result<MigrationPlan> plan_migration(const Catalog& catalog, sql::Connection& c, const std::vector<PathChange>& rooms) {
  MigrationPlan plan;
  std::vector<MigrationStep> last;  // when every table is there
  CIVITAS_TRY(Names relations, existing_relations(c));
  MovedTables moved;
  for (const auto& system : catalog.systems())
    for (const auto& entity : system.entities) {
      CIVITAS_TRY(auto steps, moved.plan(c, entity, relations, rooms));
      for (auto& step : steps) plan.steps.push_back(std::move(step));
    }
  for (const auto& system : catalog.systems()) {
    for (const auto& entity : system.entities) {
      const Storage storage(catalog, entity, c.dialect());
      for (const auto& statement : storage.table_statements()) {
        const std::string table = word_after(statement, "IF NOT EXISTS ");
        if (!relations.contains(stored_name(table, c.dialect())))
          plan.steps.push_back({statement, {"新建表 " + table, "creates the table " + table}, {}});
      }
      CIVITAS_TRY(const Names left_over, plan_children(storage, relations, c, moved, plan, last));
      CIVITAS_CHECK(
          plan_columns(storage.table(), storage.table(), storage.columns(), entity.fields, left_over, c, moved, plan));
      plan_unique(storage, relations, c.dialect(), plan);
      CIVITAS_TRY(Names left, indexes_of(c, storage.table()));
      auto wanted = storage.index_statements();
      for (const auto& child : storage.children())
        for (auto& statement : child.index_statements()) wanted.push_back(std::move(statement));
      for (const auto& statement : wanted) {
        const std::string index = word_after(statement, "IF NOT EXISTS ");
        left.erase(stored_name(index, c.dialect()));
        if (!relations.contains(stored_name(index, c.dialect())))
          plan.steps.push_back({statement, {"建立索引 " + index, "creates the index " + index}, {}});
      }
      for (const auto& index : left)
        plan.steps.push_back({"DROP INDEX " + index,
                              {"删除不再需要的索引 " + index, "drops the index " + index + ", no longer needed"},
                              {}});
    }
  }
  for (auto& step : last) plan.steps.push_back(std::move(step));
  return plan;
}

Status apply_migration(const MigrationPlan& plan, sql::Transaction& t) {
  for (const auto& step : plan.steps) CIVITAS_CHECK(step.work ? step.work(t) : t.run_script(step.statement));
  return {};
}

}  // namespace civitas::entities
