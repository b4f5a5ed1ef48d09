// Fields of rows (子表) and of several references: what they hold stands in tables of its own beside the record's.
//
// A field `f` of the record type `s/e` has the table s_e__f: the record (`of_record`), the position (`row_no`, from 0)
// and the columns of a row, or the record referred to (`target`). Where history is kept, s_e__f_history has the rows of
// every version of the record: a row holds from `since_version` until before `until_version` (NULL: still), so that a
// change writes only the rows that it changed. Nothing here is touched for record types without such fields.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "entities/columns.hpp"

namespace civitas::entities {

class ChildTable {
 public:
  /// The names of its columns that no column of a row may have.
  static constexpr std::string_view own_columns[] = {"of_record", "row_no", "since_version", "until_version", "target"};
  static bool has_table(const Field& field) { return field.type == FieldType::rows || field.type == FieldType::refs; }
  static std::string table_of(const Entity& entity, const std::string& field) { return entity.table + "__" + field; }

  /// `entity` and its catalogue must outlive it.
  ChildTable(const Catalog& catalog, const Entity& entity, const Field& field, sql::Dialect dialect);

  const Field& field() const { return *field_; }
  const std::string& table() const { return table_; }
  std::string history_table() const { return table_ + "_history"; }
  /// Of the table; the history's are these and since_version, until_version.
  const std::vector<Column>& columns() const { return columns_; }
  /// CREATE statements, each of which can be run again.
  std::vector<std::string> table_statements() const;
  std::vector<std::string> index_statements() const;
  /// For each column that refers to this record type, and for the link itself: a statement that finds whether the
  /// record whose id is its parameter is referred to.
  std::vector<std::string> users_of(const Entity& target) const;

  /// Ids and titles, by id, of those of these records that there are; `field` is a column that refers, or the link
  /// itself.
  Result<std::vector<std::pair<std::int64_t, std::string>>> titles(sql::Connection& c, const Field& field,
                                                                   std::span<const std::int64_t> ids) const;
  /// Checks that what the value refers to exists and adds the titles; fails with 400 `entities.field.reference`.
  Status resolve(sql::Connection& c, Json& value) const;

  /// Writes what differs: the rows of the record; where history is kept, those of its version, too.
  Status write_rows(sql::Transaction& t, std::int64_t record, const Json& before, const Json& after) const;
  Status write_versions(sql::Transaction& t, std::int64_t record, std::int64_t version, const Json& before,
                        const Json& after) const;
  Status remove(sql::Transaction& t, std::int64_t record) const;

  /// One row in its wire form, and for which versions of the record it holds (`until` 0: still).
  struct Row {
    std::int64_t record = 0, since = 0, until = 0;
    std::string json;
  };
  /// The rows of all these records with one statement, by record and position; `versions`: those of every version.
  Result<std::vector<Row>> read(sql::Connection& c, std::span<const std::int64_t> records, Versions versions) const;

 private:
  bool same_row(const Json& a, const Json& b) const;
  void append_row(const Json& value, std::vector<sql::Value>& out) const;
  Status insert(sql::Transaction& t, const std::string& statement, std::vector<sql::Value> head, const Json& row) const;

  const Catalog* catalog_;
  const Entity* entity_;
  const Field* field_;
  sql::Dialect dialect_;
  std::string table_;
  std::vector<Column> columns_;
  std::string read_, read_versions_, insert_, insert_version_, delete_, close_;
};

/// A row of a SELECT that outlives its statement.
class StoredRow final : public sql::Row {
 public:
  explicit StoredRow(const sql::Row& row);
  int columns() const override { return static_cast<int>(values_.size()); }
  bool is_null(int column) const override { return at(column).index() == 0; }
  std::int64_t integer(int column) const override;
  double real(int column) const override;
  std::string_view text(int column) const override;
  sql::Value value(int column) const override { return at(column); }
  void set(int column, sql::Value value) { values_[static_cast<std::size_t>(column)] = std::move(value); }

 private:
  const sql::Value& at(int column) const { return values_[static_cast<std::size_t>(column)]; }
  std::vector<sql::Value> values_;
  mutable std::vector<std::string> texts_;  // of numbers that were asked for as text
};

}  // namespace civitas::entities
