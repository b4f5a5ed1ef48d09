// A record as a row of its table, its versions and its indexes.
#include "entities/in_chunks.hpp"
#include "entities/json_record.hpp"
#include "entities/sealing.hpp"
#include "entities/store.hpp"
#include "entities/validate.hpp"
#include "text/tokens.hpp"

namespace civitas::entities {

namespace {

// Days for the time in the world: a fact holds from the earliest day meant.
std::vector<sql::Value> valid_columns(const Json& record) {
  std::vector<sql::Value> out;
  for (const char* name : {"valid_from", "valid_to"}) {
    const std::string& text = record[name].as_string();
    const auto span = parse_uncertain_date(text);
    if (span) {
      out.emplace_back(text);
      out.emplace_back(std::int64_t{span->earliest.days});
    } else {
      out.emplace_back();
      out.emplace_back();
    }
  }
  return out;
}

}  // namespace

namespace {

Problem no_such_record(const Field& f) {
  return invalid("entities.field.reference", "“" + f.title.zh + "”所选的记录不存在。",
                 "“" + f.title.en + "” refers to a record that does not exist.")
      .with_field(f.name);
}

void set_reference(Json& record, References& references, const Field& f, std::int64_t id, const Referred& to) {
  Json reference(Json::Object{{"id", Json(std::to_string(id))}, {"title", Json(to.title)}});
  if (!f.to_any.empty()) reference.set("type", Json(to.code));
  record.set(f.name, std::move(reference));
  references[f.name] = to;
}

}  // namespace

Result<References> Store::read_references(sql::Connection& c, const Storage& s, Json& record) const {
  References out;
  for (const auto& f : s.entity().fields) {
    if (f.type != FieldType::ref || record[f.name].is_null()) continue;
    const std::int64_t id = reference_id(record[f.name]).value_or(0);
    std::optional<Referred> found;
    CIVITAS_CHECK(c.query(s.reference_query(f), {id}, [&](const sql::Row& row) {
      found = Referred{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))};
      return sql::Continue::no;
    }));
    if (!found) return fail(no_such_record(f));
    set_reference(record, out, f, id, *found);
  }
  return out;
}

Status Store::read_references_of(sql::Connection& c, const Storage& s, std::vector<Draft>& drafts) const {
  for (const auto& f : s.entity().fields) {
    if (f.type != FieldType::ref) continue;
    std::unordered_map<std::int64_t, Referred> known;
    std::vector<sql::Param> wanted;
    for (const Draft& d : drafts)
      if (const Json& v = d.made.record[f.name]; !v.is_null() && known.try_emplace(reference_id(v).value_or(0)).second)
        wanted.emplace_back(reference_id(v).value_or(0));
    known.clear();
    CIVITAS_CHECK(in_chunks(wanted, [&](std::string_view places, sql::Params ids) {
      return c.query(s.reference_query(f, places), ids, [&](const sql::Row& row) {
        known[row.integer(3)] = {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))};
        return sql::Continue::yes;
      });
    }));
    for (Draft& d : drafts) {
      Json& record = d.made.record;
      if (record[f.name].is_null()) continue;
      const std::int64_t id = reference_id(record[f.name]).value_or(0);
      const auto found = known.find(id);
      if (found == known.end()) return fail(no_such_record(f));
      set_reference(record, d.references, f, id, found->second);
    }
  }
  return {};
}

Status Store::append_while(const Context& c, const Storage& s, const Field& f, const Json& record, Row& out) {
  if (f.unique_while.empty()) return {};
  CIVITAS_TRY(const auto condition, conditions_.typed(s.entity(), f.unique_while));
  const bool holds =
      query::evaluate(condition, JsonRecord(s.entity(), record), bindings_for(c.who, c.now)) == query::Truth::yes;
  out.push_back(holds ? sql::Value(std::int64_t{1}) : sql::Value());
  return {};
}

Result<Store::Row> Store::row_of(const Context& c, const Storage& s, const Loaded& loaded, std::int64_t version,
                                 const References& references) {
  const Json& record = loaded.record;
  const std::string& id = record["id"].as_string();
  Row out;
  out.reserve(s.columns().size());
  out.emplace_back(reference_id(record["id"]).value_or(0));
  out.emplace_back(version);
  out.emplace_back(loaded.created_at);
  out.emplace_back(c.now.micros);
  out.emplace_back(loaded.created_by);
  out.emplace_back(c.who.id);
  out.push_back(s.entity().process ? sql::Value(record["state"].as_string()) : sql::Value());
  for (auto& v : valid_columns(record)) out.push_back(std::move(v));
  for (const auto& f : s.entity().fields) {
    const Json& v = record[f.name];
    if (v.is_null()) {
      out.resize(out.size() + s.columns_in(f));
      continue;
    }
    if (f.sealed) {
      if (!cipher_) return fail(internal_problem("no cipher for " + s.table() + "." + f.name));
      out.emplace_back(cipher_->seal(v.as_string(), {s.table(), f.name, id}));
      if (f.find != Find::none)
        out.emplace_back(cipher_->blind_index(s.table(), f.name, normal_form(f.type, v.as_string())));
      CIVITAS_CHECK(append_while(c, s, f, record, out));
      continue;
    }
    switch (f.type) {
      case FieldType::ref:
        append_cells(f, v, out);
        if (f.scope_path) out.emplace_back(query::scope_path(references.at(f.name).path));
        break;
      case FieldType::refs:
      case FieldType::rows: break;  // in tables of their own
      default: append_cells(f, v, out);
    }
    CIVITAS_CHECK(append_while(c, s, f, record, out));
  }
  return out;
}

Status Store::write_indexes(sql::Transaction& t, const Storage& s, const Row& row, const Json& record,
                            bool existed) const {
  const bool sqlite = dialect_ == sql::Dialect::sqlite;
  const sql::Value& id = row[0];
  if (s.has_search()) {
    std::string words;
    for (const auto& f : s.entity().fields)
      if (f.search && record[f.name].is_string()) words += (words.empty() ? "" : "\n") + record[f.name].as_string();
    std::string tokens = text::index_tokens(words);
    for (const auto& f : s.entity().fields)
      if (f.find == Find::words && record[f.name].is_string() && cipher_) {
        const std::string sealed = sealed_tokens(*cipher_, s.table(), f, record[f.name].as_string());
        tokens += (tokens.empty() || sealed.empty() ? "" : " ") + sealed;
      }
    if (existed)
      CIVITAS_CHECK(t.defer("DELETE FROM " + s.search_table() + " WHERE " + (sqlite ? "rowid" : "id") + "=?", {id}));
    CIVITAS_CHECK(t.append(s.search_target(), {id, tokens}));
  }
  if (!s.box_field() || !sqlite) return {};
  const std::size_t box = s.column_of(*s.box_field()) + 1;
  if (row[box].index() == 0) {
    if (existed) CIVITAS_CHECK(t.defer("DELETE FROM " + s.box_table() + " WHERE id=?", {id}));
    return {};
  }
  return t.defer("INSERT OR REPLACE INTO " + s.box_table() + "(id,min_x,min_y,max_x,max_y) VALUES(?,?,?,?,?)",
                 {id, row[box], row[box + 1], row[box + 2], row[box + 3]});
}

Status Store::write_version(sql::Transaction& t, const Context& c, const Storage& s, Row row,
                            std::string_view action) const {
  if (!s.entity().history) return {};
  row.emplace_back(c.now.micros);
  row.emplace_back(c.who.id);
  row.emplace_back(std::string(action));
  const auto params = params_of(row);
  return t.append(s.history_target(), sql::Params(params));
}

}  // namespace civitas::entities
