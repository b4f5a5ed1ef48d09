// Where an entity lives in the database: tables, columns, indexes; and how a stored row reads as a record.
//
// A record type `s/e` has the table s_e (the latest version of each record), s_e_history (every version, with the time
// it held in the world and the time it was recorded), and, where declared, a full-text and a box index, and a table for
// each field of rows or of several references (children.hpp).
#pragma once

#include <string>
#include <vector>

#include "entities/children.hpp"

namespace civitas::crypto {
class FieldCipher;
}

namespace civitas::entities {

class Storage {
 public:
  /// `cipher`: opens what is sealed when a row is read; without it such fields read as ***.
  Storage(const Catalog& catalog, const Entity& entity, sql::Dialect dialect,
          const crypto::FieldCipher* cipher = nullptr);

  const Entity& entity() const { return *entity_; }
  const Catalog& catalog() const { return *catalog_; }
  sql::Dialect dialect() const { return dialect_; }
  const std::vector<Column>& columns() const { return columns_; }
  const std::string& table() const { return entity_->table; }
  std::string history_table() const { return entity_->table + "_history"; }
  std::string search_table() const { return entity_->table + "_search"; }
  std::string box_table() const { return entity_->table + "_box"; }
  bool has_search() const { return has_search_; }
  const Field* box_field() const { return box_field_; }

  /// The fields that have a table of their own; none in most record types.
  const std::vector<ChildTable>& children() const { return children_; }
  /// The child table of a field, or nullptr.
  const ChildTable* child(const Field& field) const;

  /// CREATE TABLE and CREATE INDEX statements, each of which can be run again; those of the children are theirs.
  std::vector<std::string> table_statements() const;
  std::vector<std::string> index_statements() const;

  /// "SELECT t.id, …, r1.title … FROM s_e t LEFT JOIN …" without WHERE: the latest version of each record.
  std::string select() const { return "SELECT " + select_ + " FROM " + table() + " t" + joins_; }
  /// Its parts, for other tables and orders: what stands between SELECT and FROM, and the joins, " LEFT JOIN …".
  const std::string& selected() const { return select_; }
  const std::string& joins() const { return joins_; }
  /// Runs a statement that begins with the columns of `select`. The values of fields with a table of their own are read
  /// with one more statement for each of them that is not `hidden` (nullptr: none is), for all rows at once; rows then
  /// come after the statement ended.
  Status query(sql::Connection& c, std::string_view statement, sql::Params params, Versions versions,
               const std::vector<bool>* hidden, const sql::OnRow& on_row) const;
  /// What of a row is shown, by field: bytes, as they are asked for each field of each row.
  struct Reading {
    std::vector<char> hidden;
    std::vector<char> in_clear;
  };
  Reading reading_all() const;
  /// The record with that id, whole and in clear; null when there is none.
  Result<Json> find(sql::Connection& c, std::int64_t id) const;
  /// Writes the row of such a SELECT as a JSON object, fields without a value left out.
  void write_record(JsonText& out, const sql::Row& row, const Reading& reading) const;
  Json read_record(const sql::Row& row, const Reading& reading) const;
  /// Reads title, code and, for a scope of a dimension with codes, that code of what the reference field points to by its
  /// id; "" for other fields.
  std::string reference_query(const Field& field) const;
  /// The same for several ids, `places` being "?,?,…"; the id is the fourth column.
  std::string reference_query(const Field& field, std::string_view places) const;
  int selected_columns() const { return selected_columns_; }

  /// Parameters: every column, in the order of `columns()`; the history's then recorded_from, recorded_by, action.
  const sql::Target& record_target() const { return record_target_; }
  const sql::Target& history_target() const { return history_target_; }
  /// Parameters: the id and the tokens.
  const sql::Target& search_target() const { return search_target_; }
  /// Parameters: every column but the first, then the id and the version that stands there.
  const std::string& update_statement() const { return update_; }
  /// Copies the row with an id into the history: parameters recorded_from, recorded_by, action, id.
  const std::string& history_copy_statement() const { return history_copy_; }
  /// `unique: {while: …}`: 1 where the condition holds, else NULL, which no unique index compares.
  static std::string while_column(const Field& field);
  std::string unique_index(const Field& field) const;
  /// Of a sealed field: the digest by which it is found.
  static std::string blind_column(const Field& field);
  /// Where equal values are equal: the field's own column, or its digest.
  static std::string equal_column(const Field& field);
  /// Where a field's columns begin; its box follows the shape of a place as four columns.
  std::size_t column_of(const Field& field) const {
    return first_columns_[static_cast<std::size_t>(&field - entity_->fields.data())];
  }
  std::size_t columns_in(const Field& field) const {
    const auto i = static_cast<std::size_t>(&field - entity_->fields.data());
    return (i + 1 < first_columns_.size() ? first_columns_[i + 1] : columns_.size()) - first_columns_[i];
  }

 private:
  // What `write_record` needs of a field, close together: it is read for each field of each row of a list.
  struct Cell {
    enum class Kind : std::uint8_t { text, json, number, sealed, several };
    std::string key;  // its name as a JSON key, behind a comma
    int at;           // its place in the row of a `select`
    Kind kind;
    bool masked;
  };
  void build_select();
  void select_several(std::size_t field);
  void write_sealed(JsonText& out, const Field& field, std::int64_t id, std::string_view stored, bool in_clear) const;
  const Catalog* catalog_;
  const crypto::FieldCipher* cipher_;
  const Entity* entity_;
  sql::Dialect dialect_;
  std::vector<Column> columns_;
  std::vector<std::size_t> first_columns_;  // per field
  std::vector<ChildTable> children_;
  std::vector<Cell> cells_;              // per field
  std::vector<int> child_columns_;       // per child: its place in the row of a `select`
  std::vector<std::string> ref_titles_;  // per field: title column of the target, "" when no ref
  std::vector<std::string> ref_tables_;
  // Per field: where its title is read, and its code where it has one.
  struct ReferenceQuery {
    std::string columns, from;
  };
  std::vector<ReferenceQuery> ref_queries_;
  bool has_search_ = false;
  const Field* box_field_ = nullptr;
  std::string select_, joins_, update_, history_copy_;
  sql::Target record_target_, history_target_, search_target_;
  int selected_columns_ = 0;
};

/// The field whose box is indexed: the list's map field, else the first spatial one; nullptr when none.
const Field* box_field_of(const Entity& entity);

/// Shows the first and last characters only: 13*******21.
std::string mask(FieldType type, std::string_view text);
/// A value, or rows, with what is masked in it.
Json masked(const Field& field, const Json& value);

}  // namespace civitas::entities
