#include "entities/storage.hpp"

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "crypto/field_cipher.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

// What every record has beside its fields.
const std::vector<Column> common_columns{
    {"id", ColumnType::integer},         {"version", ColumnType::integer},      {"created_at", ColumnType::integer},
    {"updated_at", ColumnType::integer}, {"created_by", ColumnType::integer},   {"updated_by", ColumnType::integer},
    {"state", ColumnType::text},         {"valid_from", ColumnType::text},      {"valid_from_day", ColumnType::integer},
    {"valid_to", ColumnType::text},      {"valid_to_day", ColumnType::integer},
};
// What a record is read with, before its fields.
constexpr std::string_view common_selected =
    "t.id,t.version,t.created_at,t.updated_at,t.created_by,t.state,t.valid_from,t.valid_to";
constexpr int column_id = 0, column_version = 1, column_created = 2, column_updated = 3, column_created_by = 4,
              column_state = 5, column_valid_from = 6, column_valid_to = 7, first_field_column = 8;

std::string list_names(const std::vector<Column>& columns) {
  std::string out;
  for (const auto& c : columns) out += (out.empty() ? "" : ",") + c.name;
  return out;
}

bool is_number(FieldType type) {
  return type == FieldType::integer || type == FieldType::decimal || type == FieldType::boolean ||
         type == FieldType::date || type == FieldType::instant || type == FieldType::duration || type == FieldType::ref;
}

// Where title and type of the record are that a reference to one of several types leads to, whichever table it is in.
std::string several_targets(const Catalog& catalog, const Field& f) {
  if (f.to_any.empty()) return "";
  std::string all;
  for (const Entity* target : catalog.targets_of(f))
    all += (all.empty() ? "SELECT id,CAST(" : " UNION ALL SELECT id,CAST(") + target->title_field +
           " AS TEXT) AS title,'" + target->path() + "' AS type FROM " + target->table;
  return "(" + all + ") x";
}

// Kept as JSON text.
bool is_json(FieldType type) {
  return type == FieldType::refs || type == FieldType::rows || type == FieldType::files || type == FieldType::json ||
         type == FieldType::labels || type == FieldType::schedule || is_spatial(type);
}

}  // namespace

Storage::Storage(const Catalog& catalog, const Entity& entity, sql::Dialect dialect,
                 const crypto::FieldCipher* cipher)
    : catalog_(&catalog),
      cipher_(cipher),
      entity_(&entity),
      dialect_(dialect),
      columns_(common_columns),
      box_field_(box_field_of(entity)) {
  for (const auto& f : entity.fields) {
    first_columns_.push_back(columns_.size());
    for (auto& c : columns_of(f)) columns_.push_back(std::move(c));
    if (f.sealed && f.find != Find::none) columns_.push_back({blind_column(f), ColumnType::text});
    if (!f.unique_while.empty()) columns_.push_back({while_column(f), ColumnType::integer});
    has_search_ = has_search_ || f.search || f.find == Find::words;
    if (ChildTable::has_table(f)) children_.emplace_back(catalog, entity, f, dialect);
    const Entity* target = f.type == FieldType::ref ? catalog.target_of(f) : nullptr;
    ref_tables_.push_back(target ? target->table : "");
    ref_titles_.push_back(target ? target->title_field : "");
    if (target)
      ref_queries_.push_back({target->title_field + "," + (target->field("code") ? "code" : "''") + "," +
                                  (f.scope_path ? catalog.dimension(f.scope)->path : "''"),
                              target->table});
    else
      ref_queries_.push_back({"title,type,''", several_targets(catalog, f)});
  }
  build_select();
  const auto places = [](std::size_t n) {
    std::string out = "?";
    for (std::size_t i = 1; i < n; ++i) out += ",?";
    return out;
  };
  const std::string names = list_names(columns_), version_names = names + ",recorded_from,recorded_by,action";
  record_target_ = {entity.table, names, places(columns_.size())};
  history_target_ = {history_table(), version_names, places(columns_.size() + 3)};
  const bool sqlite = dialect == sql::Dialect::sqlite;
  search_target_ = {search_table(), sqlite ? "rowid,tokens" : "id,tokens", sqlite ? "?,?" : "?,?::tsvector"};
  history_copy_ = "INSERT INTO " + history_table() + "(" + version_names + ") SELECT " + names + ",?,?,? FROM " +
                  entity.table + " WHERE id=?";
  update_ = "UPDATE " + entity.table + " SET ";
  for (std::size_t i = 1; i < columns_.size(); ++i) update_ += (i > 1 ? "," : "") + columns_[i].name + "=?";
  update_ += " WHERE id=? AND version=?";
}

void Storage::build_select() {
  select_ = common_selected;
  selected_columns_ = first_field_column;
  for (std::size_t i = 0; i < entity_->fields.size(); ++i) {
    const Field& f = entity_->fields[i];
    if (ChildTable::has_table(f)) child_columns_.push_back(selected_columns_);
    const auto kind = f.sealed            ? Cell::Kind::sealed
                      : !f.to_any.empty() ? Cell::Kind::several
                      : is_number(f.type) ? Cell::Kind::number
                      : is_json(f.type)   ? Cell::Kind::json
                                          : Cell::Kind::text;
    cells_.push_back({",\"" + f.name + "\":", selected_columns_, kind, is_masked(f)});
    select_ += ChildTable::has_table(f) ? ",NULL" : ",t." + f.name;
    ++selected_columns_;
    if (!f.to_any.empty()) select_several(i);
    if (ref_tables_[i].empty()) continue;
    const std::string alias = "r" + std::to_string(i);
    select_ += "," + alias + "." + ref_titles_[i];
    ++selected_columns_;
    joins_ += " LEFT JOIN " + ref_tables_[i] + " " + alias + " ON " + alias + ".id=t." + f.name;
  }
}

// Its title and its type, from whichever table has the id: ids are unique in the whole city.
void Storage::select_several(std::size_t i) {
  const Field& f = entity_->fields[i];
  std::string titles, types;
  int joined = 0;
  for (const Entity* target : catalog_->targets_of(f)) {
    const std::string alias = "r" + std::to_string(i) + "_" + std::to_string(joined++);
    titles += (titles.empty() ? "" : ",") + std::string("CAST(") + alias + "." + target->title_field + " AS TEXT)";
    types += " WHEN " + alias + ".id IS NOT NULL THEN '" + target->path() + "'";
    joins_ += " LEFT JOIN " + target->table + " " + alias + " ON " + alias + ".id=t." + f.name;
  }
  select_ += ",COALESCE(" + titles + "),CASE" + types + " END";
  selected_columns_ += 2;
}

std::vector<std::string> Storage::table_statements() const {
  const bool sqlite = dialect_ == sql::Dialect::sqlite;
  std::string body;
  for (const auto& c : columns_) {
    if (c.name == "id") {
      body += sqlite ? "id INTEGER PRIMARY KEY" : "id BIGINT PRIMARY KEY";
      continue;
    }
    body += std::string(",") + c.name + " " + sql_type(c.type, dialect_);
  }
  std::vector<std::string> out{"CREATE TABLE IF NOT EXISTS " + table() + "(" + body + ")"};
  if (entity_->history) {
    std::string versions = sqlite ? "history_id INTEGER PRIMARY KEY" : "history_id BIGSERIAL PRIMARY KEY";
    for (const auto& c : columns_) versions += std::string(",") + c.name + " " + sql_type(c.type, dialect_);
    out.push_back("CREATE TABLE IF NOT EXISTS " + history_table() + "(" + versions +
                  ",recorded_from BIGINT NOT NULL,recorded_to BIGINT,recorded_by BIGINT,action TEXT NOT NULL)");
  }
  if (has_search_)
    out.push_back(sqlite ? "CREATE VIRTUAL TABLE IF NOT EXISTS " + search_table() +
                               " USING fts5(tokens, detail=none, columnsize=0, tokenize=ascii)"
                         : "CREATE TABLE IF NOT EXISTS " + search_table() +
                               "(id BIGINT PRIMARY KEY, tokens TSVECTOR NOT NULL)");
  if (box_field_ && sqlite)
    out.push_back("CREATE VIRTUAL TABLE IF NOT EXISTS " + box_table() + " USING rtree(id,min_x,max_x,min_y,max_y)");
  return out;
}

namespace {

// The sort key without its direction; "" when it is the id alone.
std::string sort_column(std::string_view sort) {
  if (sort.starts_with('-')) sort.remove_prefix(1);
  return sort == "id" ? "" : std::string(sort);
}

// In an index: the district of the data scope, which is no column.
const std::string of_district = "of_district";

// Filters with few values: a list of one value within a district is read in its order from an index of both.
bool has_few_values(const Field* f, std::string_view name) {
  return f ? f->type == FieldType::term || f->type == FieldType::boolean : name == "state";
}

}  // namespace

std::vector<std::string> Storage::index_statements() const {
  const bool sqlite = dialect_ == sql::Dialect::sqlite;
  std::vector<std::string> out;
  std::set<std::string> made;
  const Field* scope = entity_->scope_field();
  // Named by what it holds, so that another order is another index. SQLite orders NULL first and ends every index with
  // the id; PostgreSQL is told to.
  const auto add = [&](std::initializer_list<std::string> parts, std::string_view only = "") {
    std::string name = table(), columns;
    for (const auto& part : parts) {
      if (part.empty()) continue;
      name += "_" + part;
      const bool district = part == of_district;
      columns += (columns.empty() ? "" : ",") + (district ? "substr(" + scope->name + "_path,1,6)" : part) +
                 (sqlite || district ? "" : " NULLS FIRST");
    }
    if (made.insert(name).second)
      out.push_back("CREATE INDEX IF NOT EXISTS " + name + " ON " + table() + "(" + columns + (sqlite ? "" : ",id") +
                    ")" + std::string(only));
  };
  std::set<std::string> led;  // columns that some index begins with
  for (const auto& f : entity_->fields) {
    if (!f.unique) continue;
    // Where some of several columns is null, an index lets them be.
    const bool alone = f.unique_with.empty() && f.unique_while.empty();
    const bool always = f.required || f.type == FieldType::code || !alone;
    std::string unique = equal_column(f);
    for (const auto& other : f.unique_with) {
      const Field* declared = entity_->field(other);
      unique += "," + (declared ? equal_column(*declared) : other);
    }
    if (!f.unique_while.empty()) unique += "," + while_column(f);
    out.push_back("CREATE UNIQUE INDEX IF NOT EXISTS " + unique_index(f) + " ON " + table() + "(" + unique + ")" +
                  (always ? "" : " WHERE " + f.name + " IS NOT NULL"));
    // In SQLite it also gives the order by (field, id).
    if (sqlite && always && alone) led.insert(f.name);
  }
  for (const auto& sort : entity_->list.sort) {
    const std::string key = sort_column(sort);
    if (key.empty()) continue;
    if (led.insert(key).second) add({key});
    if (scope) add({of_district, key});
  }
  const std::string order = entity_->list.sort.empty() ? "" : sort_column(entity_->list.sort.front());
  if (scope) add({of_district, order});
  for (const auto& filter : entity_->list.filters) {
    const Field* f = entity_->field(filter);
    if (f && (is_spatial(f->type) || f->type == FieldType::long_text || f->type == FieldType::labels ||
              f->type == FieldType::schedule || ChildTable::has_table(*f)))
      continue;
    const bool is_common =
        std::any_of(common_columns.begin(), common_columns.end(), [&](const Column& c) { return c.name == filter; });
    if (!f && !is_common) continue;
    if (f && f->sealed) {
      if (f->find != Find::none && led.insert(blind_column(*f)).second) add({blind_column(*f)});
      continue;
    }
    if (f && f->scope_path) add({filter + "_path"});
    // What is filtered comes in the declared order without sorting.
    if (led.insert(filter).second) add({filter, order});
    if (scope && has_few_values(f, filter)) add({of_district, filter, order});
  }
  // Who refers to a record: asked when it is removed, and by the pages that list it.
  for (const auto& f : entity_->fields)
    if (f.type == FieldType::ref && led.insert(f.name).second)
      add({f.name}, f.required ? "" : " WHERE " + f.name + " IS NOT NULL");
  if (entity_->process) add({"created_by"});
  if (entity_->history)
    out.push_back("CREATE INDEX IF NOT EXISTS " + history_table() + "_of ON " + history_table() + "(id,recorded_to)");
  if (!sqlite && has_search_)
    out.push_back("CREATE INDEX IF NOT EXISTS " + search_table() + "_tokens ON " + search_table() +
                  " USING gin(tokens)");
  if (!sqlite && box_field_) {
    const std::string n = box_field_->name;
    out.push_back("CREATE INDEX IF NOT EXISTS " + box_table() + " ON " + table() + " USING gist(box(point(" + n +
                  "_min_x," + n + "_min_y),point(" + n + "_max_x," + n + "_max_y)))");
  }
  return out;
}

std::string Storage::blind_column(const Field& f) { return f.name + "_digest"; }

std::string Storage::equal_column(const Field& f) { return f.sealed ? blind_column(f) : f.name; }

std::string Storage::while_column(const Field& f) { return f.name + "_while"; }

std::string Storage::unique_index(const Field& f) const {
  const std::string name = table() + "_unique_" + f.name;
  if (f.unique_with.size() < 2 && f.unique_while.empty()) return name;
  return name + "_" + content_hash(join(f.unique_with, ",") + "\n" + f.unique_while).substr(0, 8);
}

const ChildTable* Storage::child(const Field& f) const {
  for (const auto& child : children_)
    if (&child.field() == &f) return &child;
  return nullptr;
}

const Field* box_field_of(const Entity& entity) {
  const Field* found = nullptr;
  for (const auto& f : entity.fields)
    if (is_spatial(f.type) && (!found || f.name == entity.list.map)) found = &f;
  return found;
}

Status Storage::query(sql::Connection& c, std::string_view statement, sql::Params params, Versions versions,
                      const std::vector<bool>* hidden, const sql::OnRow& on_row) const {
  if (children_.empty()) return c.query(statement, params, on_row);
  std::vector<StoredRow> rows;
  std::vector<std::int64_t> ids;
  CIVITAS_CHECK(c.query(statement, params, [&](const sql::Row& row) {
    rows.emplace_back(row);
    ids.push_back(row.integer(column_id));
    return sql::Continue::yes;
  }));
  for (std::size_t i = 0; i < children_.size() && !rows.empty(); ++i) {
    const ChildTable& child = children_[i];
    if (hidden && (*hidden)[static_cast<std::size_t>(&child.field() - entity_->fields.data())]) continue;
    CIVITAS_TRY(const auto found, child.read(c, ids, versions));
    for (auto& row : rows) {
      const std::int64_t id = row.integer(column_id), version = row.integer(column_version);
      std::string json;
      auto at = std::lower_bound(found.begin(), found.end(), id,
                                 [](const ChildTable::Row& r, std::int64_t wanted) { return r.record < wanted; });
      for (; at != found.end() && at->record == id; ++at)
        if (versions == Versions::latest || (at->since <= version && (at->until == 0 || at->until > version)))
          json += (json.empty() ? "[" : ",") + at->json;
      if (!json.empty()) row.set(child_columns_[i], json + "]");
    }
  }
  for (const auto& row : rows)
    if (on_row(row) == sql::Continue::no) break;
  return {};
}

Result<Json> Storage::find(sql::Connection& c, std::int64_t id) const {
  Json found;
  const sql::Param params[] = {id};
  CIVITAS_CHECK(query(c, select() + " WHERE t.id=?", params, Versions::latest, nullptr, [&](const sql::Row& row) {
    found = read_record(row, reading_all());
    found.set("created_by", Json(std::to_string(row.integer(column_created_by))));
    return sql::Continue::no;
  }));
  return found;
}

std::string mask(FieldType type, std::string_view text) {
  if (type == FieldType::secret) return "******";
  const std::size_t length = utf8_length(text);
  const std::size_t head = type == FieldType::phone ? 3 : type == FieldType::citizen_id ? 6 : 1;
  const std::size_t tail = type == FieldType::phone || type == FieldType::citizen_id ? 4 : 0;
  if (length <= head + tail) return "***";
  std::string out(utf8_prefix(text, head));
  for (std::size_t i = head; i < length - tail; ++i) out += '*';
  out += text.substr(utf8_prefix(text, length - tail).size());
  return out;
}

Json masked(const Field& f, const Json& value) {
  if (f.type != FieldType::rows) return value.is_string() ? Json(mask(f.type, value.as_string())) : value;
  Json out = Json::array();
  for (const auto& row : value.as_array()) {
    Json shown = row;
    for (const auto& cell : f.fields)
      if (cell.masked && row[cell.name].is_string()) shown.set(cell.name, Json(mask(cell.type, row[cell.name].as_string())));
    out.push(std::move(shown));
  }
  return out;
}

std::string Storage::reference_query(const Field& field) const {
  const auto& [columns, from] = ref_queries_[static_cast<std::size_t>(&field - entity_->fields.data())];
  return "SELECT " + columns + " FROM " + from + " WHERE id=?";
}

std::string Storage::reference_query(const Field& field, std::string_view places) const {
  const auto& [columns, from] = ref_queries_[static_cast<std::size_t>(&field - entity_->fields.data())];
  return "SELECT " + columns + ",id FROM " + from + " WHERE id IN (" + std::string(places) + ")";
}

Storage::Reading Storage::reading_all() const {
  return {std::vector<char>(entity_->fields.size(), false), std::vector<char>(entity_->fields.size(), true)};
}

void Storage::write_record(JsonText& out, const sql::Row& row, const Reading& reading) const {
  out.plain("{\"id\":").id(row.integer(column_id));
  out.plain(",\"version\":").number(row.integer(column_version));
  out.plain(",\"created_at\":").instant({row.integer(column_created)});
  out.plain(",\"updated_at\":").instant({row.integer(column_updated)});
  if (entity_->process) out.plain(",\"state\":").text(row.text(column_state));
  const auto if_known = [&](std::string_view key, int column) {
    if (const std::string_view text = row.text(column); text.data()) out.plain(key).text(text);
  };
  if_known(",\"valid_from\":", column_valid_from);
  if_known(",\"valid_to\":", column_valid_to);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (reading.hidden[i]) continue;
    const Cell& cell = cells_[i];
    if (cell.kind == Cell::Kind::number) {
      if (row.is_null(cell.at)) continue;
      write_cell(out.plain(cell.key), entity_->fields[i], row, cell.at);
      continue;
    }
    if (cell.kind == Cell::Kind::several) {
      if (row.is_null(cell.at)) continue;
      out.plain(cell.key).plain("{\"id\":").id(row.integer(cell.at)).plain(",\"title\":").text(row.text(cell.at + 1));
      out.plain(",\"type\":").text(row.text(cell.at + 2)).plain("}");
      continue;
    }
    const std::string_view text = row.text(cell.at);
    if (!text.data()) continue;
    out.plain(cell.key);
    if (cell.kind == Cell::Kind::sealed)
      write_sealed(out, entity_->fields[i], row.integer(column_id), text, reading.in_clear[i] != 0);
    else if (cell.kind == Cell::Kind::json && cell.masked && !reading.in_clear[i])
      out.plain(masked(entity_->fields[i], Json::parse(text).value_or(Json())).dump());
    else if (cell.kind == Cell::Kind::json)
      out.plain(text);
    else if (cell.masked && !reading.in_clear[i])
      out.text(mask(entity_->fields[i].type, text));
    else
      out.text(text);
  }
  out.plain("}");
}

void Storage::write_sealed(JsonText& out, const Field& f, std::int64_t id, std::string_view stored,
                           bool in_clear) const {
  if (!in_clear && f.type == FieldType::secret) {
    out.text(mask(f.type, ""));
    return;
  }
  // What a field held before it was sealed stands there until the migration has seen it.
  Result<std::string> plain = std::string(stored);
  if (crypto::FieldCipher::is_sealed(stored))
    plain = cipher_ ? cipher_->open(stored, {table(), f.name, std::to_string(id)})
                    : Result<std::string>(fail(internal_problem("no cipher")));
  if (!plain) {
    log_error("entities.sealed", {{"place", table() + "." + f.name + ":" + std::to_string(id)}, {"why", plain.error().reason}});
    out.text("***");
    return;
  }
  out.text(in_clear ? *plain : mask(f.type, *plain));
}

Json Storage::read_record(const sql::Row& row, const Reading& reading) const {
  JsonText text;
  write_record(text, row, reading);
  return Json::parse(text.view()).value_or(Json::object());
}

}  // namespace civitas::entities
