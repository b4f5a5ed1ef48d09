#include "entities/children.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "entities/validate.hpp"

namespace civitas::entities {

namespace {

// Many ids as one parameter, so that the statement is always the same text.
const char* in_ids(sql::Dialect dialect) {
  return dialect == sql::Dialect::sqlite ? " IN (SELECT value FROM json_each(?))" : "=ANY(CAST(? AS bigint[]))";
}

std::string id_list(std::span<const std::int64_t> ids, sql::Dialect dialect) {
  const bool sqlite = dialect == sql::Dialect::sqlite;
  std::string out = sqlite ? "[" : "{";
  for (const auto id : ids) out += (out.size() > 1 ? "," : "") + std::to_string(id);
  return out + (sqlite ? "]" : "}");
}

// The columns of a row, each of which is a field; a link has one.
std::vector<const Field*> cells_of(const Field& f) {
  std::vector<const Field*> out;
  if (f.type == FieldType::refs) return {&f};
  for (const auto& inner : f.fields) out.push_back(&inner);
  return out;
}

std::string column_of(const Field& f, const Field& cell) { return &f == &cell ? "target" : cell.name; }

bool refers(const Field& cell) { return cell.type == FieldType::ref || cell.type == FieldType::refs; }

const Json& item(const Json& list, std::size_t i) {
  static const Json none;
  return i < list.size() ? list.as_array()[i] : none;
}

}  // namespace

ChildTable::ChildTable(const Catalog& catalog, const Entity& entity, const Field& field, sql::Dialect dialect)
    : catalog_(&catalog), entity_(&entity), field_(&field), dialect_(dialect), table_(table_of(entity, field.name)) {
  columns_ = {{"of_record", ColumnType::integer}, {"row_no", ColumnType::integer}};
  std::string shown, joins, names = "of_record,row_no", places = "?,?";
  int joined = 0;
  for (const Field* cell : cells_of(field)) {
    const std::string column = column_of(field, *cell);
    if (cell == &field)
      columns_.push_back({column, ColumnType::integer});
    else
      for (auto& c : columns_of(*cell)) columns_.push_back(std::move(c));
    shown += ",c." + column;
    const Entity* target = refers(*cell) ? catalog.target_of(*cell) : nullptr;
    if (!target) continue;
    const std::string alias = "r" + std::to_string(joined++);
    shown += "," + alias + "." + target->title_field;
    joins += " LEFT JOIN " + target->table + " " + alias + " ON " + alias + ".id=c." + column;
  }
  for (std::size_t i = 2; i < columns_.size(); ++i) {
    names += "," + columns_[i].name;
    places += ",?";
  }
  const std::string of = std::string(" WHERE c.of_record") + in_ids(dialect) + " ORDER BY c.of_record,c.row_no";
  read_ = "SELECT c.of_record,1,0" + shown + " FROM " + table_ + " c" + joins + of;
  read_versions_ = "SELECT c.of_record,c.since_version,c.until_version" + shown + " FROM " + history_table() + " c" +
                   joins + of + ",c.since_version";
  insert_ = "INSERT INTO " + table_ + "(" + names + ") VALUES(" + places + ")";
  insert_version_ = "INSERT INTO " + history_table() + "(since_version," + names + ") VALUES(?," + places + ")";
  delete_ = "DELETE FROM " + table_ + " WHERE of_record=? AND row_no=?";
  close_ =
      "UPDATE " + history_table() + " SET until_version=? WHERE of_record=? AND row_no=? AND until_version IS NULL";
}

std::vector<std::string> ChildTable::table_statements() const {
  std::string body;
  for (const auto& c : columns_)
    body += c.name + " " + sql_type(c.type, dialect_) + (body.empty() || c.name == "row_no" ? " NOT NULL," : ",");
  const std::string end = dialect_ == sql::Dialect::sqlite ? " WITHOUT ROWID" : "";
  std::vector<std::string> out{"CREATE TABLE IF NOT EXISTS " + table_ + "(" + body + "PRIMARY KEY(of_record,row_no))" +
                               end};
  if (entity_->history)
    out.push_back("CREATE TABLE IF NOT EXISTS " + history_table() + "(" + body +
                  "since_version BIGINT NOT NULL,until_version BIGINT,PRIMARY KEY(of_record,row_no,since_version))" +
                  end);
  return out;
}

std::vector<std::string> ChildTable::index_statements() const {
  std::vector<std::string> out;
  for (const Field* cell : cells_of(*field_)) {
    if (!refers(*cell)) continue;
    const std::string column = column_of(*field_, *cell);
    out.push_back("CREATE INDEX IF NOT EXISTS " + table_ + "_by_" + column + " ON " + table_ + "(" + column +
                  ",of_record)");
  }
  return out;
}

std::vector<std::string> ChildTable::users_of(const Entity& target) const {
  std::vector<std::string> out;
  for (const Field* cell : cells_of(*field_))
    if (refers(*cell) && catalog_->target_of(*cell) == &target)
      out.push_back("SELECT 1 FROM " + table_ + " WHERE " + column_of(*field_, *cell) + "=? LIMIT 1");
  return out;
}

Result<std::vector<std::pair<std::int64_t, std::string>>> ChildTable::titles(sql::Connection& c, const Field& cell,
                                                                             std::span<const std::int64_t> ids) const {
  const Entity* target = catalog_->target_of(cell);
  std::vector<std::pair<std::int64_t, std::string>> out;
  if (ids.empty() || !target) return out;
  CIVITAS_CHECK(c.query(
      "SELECT id," + target->title_field + " FROM " + target->table + " WHERE id" + in_ids(dialect_) + " ORDER BY id",
      {id_list(ids, dialect_)}, [&](const sql::Row& row) {
        out.emplace_back(row.integer(0), row.text(1));
        return sql::Continue::yes;
      }));
  return out;
}

Status ChildTable::resolve(sql::Connection& c, Json& value) const {
  if (!value.is_array()) return {};
  for (const Field* cell : cells_of(*field_)) {
    if (!refers(*cell)) continue;
    const bool link = cell == field_;
    std::vector<std::int64_t> ids;
    for (const auto& row : value.as_array())
      if (const auto id = reference_id(link ? row : row[cell->name])) ids.push_back(*id);
    CIVITAS_TRY(const auto known, titles(c, *cell, ids));
    for (std::size_t i = 0; i < value.size(); ++i) {
      Json& row = value.array_ref()[i];
      const auto id = reference_id(link ? row : row[cell->name]);
      if (!id) continue;
      const auto found = std::lower_bound(known.begin(), known.end(), *id,
                                          [](const auto& one, std::int64_t wanted) { return one.first < wanted; });
      if (found == known.end() || found->first != *id) {
        Problem missing = invalid("entities.field.reference", "“" + cell->title.zh + "”所选的记录不存在。",
                                  "“" + cell->title.en + "” refers to a record that does not exist.")
                              .with_field(cell->name);
        return fail(link ? std::move(missing) : in_row(*field_, i, std::move(missing)));
      }
      Json referred(Json::Object{{"id", Json(std::to_string(*id))}, {"title", Json(found->second)}});
      if (link)
        row = std::move(referred);
      else
        row.set(cell->name, std::move(referred));
    }
  }
  return {};
}

void ChildTable::append_row(const Json& value, std::vector<sql::Value>& out) const {
  if (field_->type == FieldType::refs) {
    out.emplace_back(reference_id(value).value_or(0));
    return;
  }
  for (const auto& cell : field_->fields) {
    const Json& v = value[cell.name];
    if (!v.is_null())
      append_cells(cell, v, out);
    else
      out.resize(out.size() + columns_of(cell).size());
  }
}

Status ChildTable::insert(sql::Transaction& t, const std::string& statement, std::vector<sql::Value> values,
                          const Json& row) const {
  append_row(row, values);
  const std::vector<sql::Param> params(values.begin(), values.end());
  return t.defer(statement, sql::Params(params));
}

Status ChildTable::write_rows(sql::Transaction& t, std::int64_t record, const Json& before, const Json& after) const {
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    if (i < before.size() && i < after.size() && same_row(item(before, i), item(after, i))) continue;
    const auto position = static_cast<std::int64_t>(i);
    if (i < before.size()) CIVITAS_CHECK(t.defer(delete_, {record, position}));
    if (i < after.size()) CIVITAS_CHECK(insert(t, insert_, {record, position}, item(after, i)));
  }
  return {};
}

Status ChildTable::write_versions(sql::Transaction& t, std::int64_t record, std::int64_t version, const Json& before,
                                  const Json& after) const {
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    if (i < before.size() && i < after.size() && same_row(item(before, i), item(after, i))) continue;
    const auto position = static_cast<std::int64_t>(i);
    if (i < before.size()) CIVITAS_CHECK(t.defer(close_, {version, record, position}));
    if (i < after.size()) CIVITAS_CHECK(insert(t, insert_version_, {version, record, position}, item(after, i)));
  }
  return {};
}

bool ChildTable::same_row(const Json& a, const Json& b) const {
  if (field_->type == FieldType::refs) return reference_id(a) == reference_id(b);
  return std::all_of(field_->fields.begin(), field_->fields.end(),
                     [&](const Field& cell) { return same_value(cell, a[cell.name], b[cell.name]); });
}

Status ChildTable::remove(sql::Transaction& t, std::int64_t record) const {
  return t.defer("DELETE FROM " + table_ + " WHERE of_record=?", {record});
}

Result<std::vector<ChildTable::Row>> ChildTable::read(sql::Connection& c, std::span<const std::int64_t> records,
                                                      Versions versions) const {
  std::vector<Row> out;
  CIVITAS_CHECK(c.query(
      versions == Versions::all ? read_versions_ : read_, {id_list(records, dialect_)}, [&](const sql::Row& row) {
        Row& made = out.emplace_back(Row{row.integer(0), row.integer(1), row.is_null(2) ? 0 : row.integer(2), {}});
        JsonText json;
        json.plain("{");
        int at = 3;
        if (field_->type == FieldType::refs)
          json.plain("\"id\":").id(row.integer(at)).plain(",\"title\":").text(row.text(at + 1));
        for (const auto& cell : field_->fields) {
          if (!row.is_null(at)) {
            if (json.view().size() > 1) json.plain(",");
            write_cell(json.plain("\"" + cell.name + "\":"), cell, row, at);
          }
          at += cell.type == FieldType::ref ? 2 : 1;
        }
        made.json = json.plain("}").view();
        return sql::Continue::yes;
      }));
  return out;
}

StoredRow::StoredRow(const sql::Row& row) {
  values_.reserve(static_cast<std::size_t>(row.columns()));
  for (int i = 0; i < row.columns(); ++i) values_.push_back(row.is_null(i) ? sql::Value() : row.value(i));
}

std::int64_t StoredRow::integer(int column) const {
  const auto* i = std::get_if<std::int64_t>(&at(column));
  return i ? *i : static_cast<std::int64_t>(real(column));
}

double StoredRow::real(int column) const {
  if (const auto* d = std::get_if<double>(&at(column))) return *d;
  const auto* i = std::get_if<std::int64_t>(&at(column));
  return i ? static_cast<double>(*i) : 0;
}

std::string_view StoredRow::text(int column) const {
  if (const auto* s = std::get_if<std::string>(&at(column))) return *s;
  if (is_null(column)) return {};
  texts_.resize(values_.size());
  std::string& text = texts_[static_cast<std::size_t>(column)];
  if (const auto* i = std::get_if<std::int64_t>(&at(column)))
    text = std::to_string(*i);
  else
    append_json_number(text = "", real(column));
  return text;
}

}  // namespace civitas::entities
