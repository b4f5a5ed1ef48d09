// Reading: one record, lists by key, versions, counts. Row rules, filter, search and box are one SQL statement.
#include <algorithm>
#include <bit>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "entities/json_record.hpp"
#include "entities/list_order.hpp"
#include "entities/store.hpp"
#include "entities/views.hpp"
#include "text/tokens.hpp"

namespace civitas::entities {

namespace {

Problem not_found(const Entity& e) {
  return problem(Kind::not_found, "entities.record.not_found", "没有找到这条“" + e.title.zh + "”，或您无权查看。",
                 "There is no such “" + e.title.en + "”, or you may not see it.");
}

void add(Clause& to, std::string_view sql, std::vector<sql::Value> params = {}) {
  to.sql += to.sql.empty() ? "" : " AND ";
  to.sql += sql;
  for (auto& p : params) to.params.push_back(std::move(p));
}

// What rules together let somebody read of a row: what any one of them shows. `held` has a bit for each that holds.
Storage::Reading union_of(const ReadPlan& plan, unsigned held, std::size_t fields) {
  Storage::Reading out{std::vector<char>(fields, true), std::vector<char>(fields, false)};
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    if (!(held >> g & 1)) continue;
    for (std::size_t i = 0; i < fields; ++i) {
      out.hidden[i] = out.hidden[i] && plan.groups[g].reading.hidden[i];
      out.in_clear[i] = out.in_clear[i] || plan.groups[g].reading.in_clear[i];
    }
  }
  return out;
}

// Which versions: the latest ones (the table itself), or those of a moment (the history).
Clause moment_clause(const std::optional<Date>& as_of, const std::optional<Instant>& recorded) {
  Clause out;
  if (recorded)
    add(out, "t.recorded_from<=? AND (t.recorded_to IS NULL OR t.recorded_to>?)", {recorded->micros, recorded->micros});
  else
    add(out, "t.recorded_to IS NULL");
  if (as_of)
    add(out, "(t.valid_from_day IS NULL OR t.valid_from_day<=?) AND (t.valid_to_day IS NULL OR t.valid_to_day>?)",
        {std::int64_t{as_of->days}, std::int64_t{as_of->days}});
  else
    add(out, "t.valid_to_day IS NULL");
  return out;
}

// How cases stand is the business of those who handle them.
bool sees_cases(const Entity& e, const identity::Principal& who) {
  return who.is_system() || who.has_role(e.system, "staff");
}

Versions versions_of(const std::optional<Date>& as_of, const std::optional<Instant>& recorded) {
  return as_of || recorded ? Versions::all : Versions::latest;
}

}  // namespace

// A page being filled. Rows are written straight into the answer; with a residual condition more rows may be read than
// shown.
struct Store::Page {
  std::function<Status(const sql::Row&, const Storage::Reading&)> use;
  std::string next;
  std::optional<std::int64_t> total;
};

Result<query::Typed> Store::read_filter(const Context& context, const Entity& e, const std::string& text,
                                        const ReadPlan& plan) {
  CIVITAS_TRY(auto typed, conditions_.filter(e, text, plan.filterable(e)));
  if (Conditions::reads_case(typed) && !sees_cases(e, context.who))
    return fail(invalid("query.cql2.property", "没有可用于筛选的字段 case。", "There is no field case to filter by."));
  for (const auto& used : conditions_.elsewhere(typed)) {
    const auto of_target = access_.read(storage(*used.entity), context.who, context.now);
    const auto readable = of_target ? of_target->filterable(*used.entity) : std::vector<std::string>();
    const bool common = of_target && used.entity->field(used.field) == nullptr;
    if (!common && std::find(readable.begin(), readable.end(), used.field) == readable.end())
      return fail(invalid("query.cql2.property", "没有可用于筛选的字段 " + used.field + "。",
                          "There is no field " + used.field + " to filter by."));
  }
  return typed;
}

// What is sealed is found by digests of whole words, for who reads it in clear.
void Store::add_sealed_words(const Storage& s, const ReadPlan& plan, text::Query& words) const {
  const Entity& e = s.entity();
  if (!cipher_ || std::none_of(e.fields.begin(), e.fields.end(), [](const Field& f) { return f.find == Find::words; }))
    return;
  const auto readable = plan.filterable(e);
  for (auto& group : words) {
    const auto typed = group;
    for (const auto& f : e.fields)
      if (f.find == Find::words && std::find(readable.begin(), readable.end(), f.name) != readable.end())
        for (const auto& token : typed)
          for (auto& digest : cipher_->blind_index_candidates(s.table(), f.name + "#", token.text))
            group.push_back({"b" + digest, false});
  }
}

Status Store::run_list(sql::Connection& c, const Context& context, const Storage& s, const ListQuery& q,
                       const ReadPlan& plan, Page& page) {
  const Entity& e = s.entity();
  const bool from_history = q.as_of || q.recorded_as_of;
  if (from_history && !e.history)
    return fail(invalid("entities.list.no_history", "“" + e.title.zh + "”不保存历史。",
                        "“" + e.title.en + "” keeps no history.")
                    .with_field("as_of"));
  CIVITAS_TRY(const View* view, find_view(e, q.view, context.who));
  CIVITAS_TRY(const Sort sort,
              read_sort(e, q.sort, view, sees_cases(e, context.who) ? CaseOrder::yes : CaseOrder::no));

  // Rules that are no single condition make a union of short lists, each in order from its own index; a long OR would
  // be read whole and sorted.
  const bool united = !plan.alternatives.empty() && !from_history && !q.id && q.among.empty();
  Clause where;
  if (plan.where.sql != "TRUE" && !united) add(where, plan.where.sql, plan.where.params);
  if (from_history) {
    auto moment = moment_clause(q.as_of, q.recorded_as_of);
    add(where, moment.sql, std::move(moment.params));
  }
  if (q.id) add(where, "t.id=?", {*q.id});
  if (!q.among.empty()) {
    std::vector<sql::Value> ids(q.among.begin(), q.among.end());
    ids.resize(std::bit_ceil(ids.size()), ids.back());  // in few lengths, so that few statements are prepared
    std::string places = "?";
    for (std::size_t i = 1; i < ids.size(); ++i) places += ",?";
    add(where, "t.id IN (" + places + ")", std::move(ids));
  }
  std::optional<query::Typed> residual;
  if (!q.filter.empty()) {
    auto typed = read_filter(context, e, q.filter, plan);
    if (!typed) return fail(std::move(typed.error()).with_field("filter"));
    auto bindings = bindings_for(context.who, context.now);
    bindings.versions = from_history;
    CIVITAS_TRY(auto condition, conditions_.compile(*typed, dialect_, bindings));
    add(where, condition.clause.sql, std::move(condition.clause.params));
    residual = condition.residual;
  }
  if (view && !view->when.empty()) {
    CIVITAS_TRY(const auto typed, conditions_.typed(e, view->when));
    auto bindings = bindings_for(context.who, context.now);
    bindings.versions = from_history;
    CIVITAS_TRY(auto condition, conditions_.compile(typed, dialect_, bindings));
    add(where, condition.clause.sql, std::move(condition.clause.params));
    if (condition.residual) residual = residual ? query::both(*residual, *condition.residual) : condition.residual;
  }
  std::optional<SteppingRecord> chooser;
  auto bindings = bindings_for(context.who, context.now);
  if (q.choice && !q.choice->field->options.empty()) {
    chooser.emplace(*this, c, *q.choice->entity, q.choice->values);
    bindings.outer = &*chooser;
    CIVITAS_TRY(const auto typed, conditions_.options(*q.choice->entity, *q.choice->field));
    CIVITAS_TRY(auto condition, conditions_.compile(typed, dialect_, bindings));
    CIVITAS_CHECK(chooser->status());
    add(where, condition.clause.sql, std::move(condition.clause.params));
    if (condition.residual) residual = residual ? query::both(*residual, *condition.residual) : condition.residual;
  }
  const bool sqlite = dialect_ == sql::Dialect::sqlite;
  if (!q.search.empty()) {
    auto words = text::query_tokens(q.search);
    add_sealed_words(s, plan, words);
    if (words.empty() || !s.has_search())
      add(where, "1=0");
    else if (sqlite)
      add(where, "t.id IN (SELECT rowid FROM " + s.search_table() + " WHERE " + s.search_table() + " MATCH ?)",
          {text::fts5_query(words)});
    else
      add(where, "t.id IN (SELECT id FROM " + s.search_table() + " WHERE tokens @@ to_tsquery('simple',?))",
          {text::tsquery(words)});
  }
  if (q.box && s.box_field()) {
    const auto& b = *q.box;
    const std::string n = "t." + s.box_field()->name;
    if (sqlite && !from_history)
      add(where, "t.id IN (SELECT id FROM " + s.box_table() + " WHERE min_x<=? AND max_x>=? AND min_y<=? AND max_y>=?)",
          {b[2], b[0], b[3], b[1]});
    else if (!sqlite && !from_history)
      add(where,
          "box(point(" + n + "_min_x," + n + "_min_y),point(" + n + "_max_x," + n +
              "_max_y)) && box(point(?,?),point(?,?))",
          {b[0], b[1], b[2], b[3]});
    // The box index of SQLite keeps 32-bit numbers, rounded outwards: the columns decide.
    add(where, n + "_min_x<=? AND " + n + "_max_x>=? AND " + n + "_min_y<=? AND " + n + "_max_y>=?",
        {b[2], b[0], b[3], b[1]});
  }

  std::string head = s.select(from_history);
  std::vector<sql::Value> head_params;
  std::string extra = "," + sort.value();
  const bool grouped = plan.groups.size() > 1;
  if (grouped) {
    extra += ",0";
    for (std::size_t g = 0; g < plan.groups.size(); ++g) {
      extra += "+(CASE WHEN " + plan.groups[g].clause.sql + " THEN " + std::to_string(1 << g) + " ELSE 0 END)";
      for (const auto& p : plan.groups[g].clause.params) head_params.push_back(p);
    }
  }
  head.insert(head.find(" FROM "), extra);
  const int sort_column = s.selected_columns();
  std::vector<bool> hidden;  // from everyone: what has a table of its own is then not read
  if (!s.children().empty() && !residual) {
    hidden.assign(e.fields.size(), true);
    for (const auto& g : plan.groups)
      for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] = hidden[i] && g.reading.hidden[i];
  }

  std::vector<sql::Value> cursor;
  if (!q.after.empty()) {
    CIVITAS_TRY(cursor, read_cursor(q.after));
  }
  if (q.total) {
    // An exact total is read only when asked for.
    Clause counted = where;
    if (united) add(counted, plan.where.sql, plan.where.params);
    std::vector<sql::Param> params(counted.params.begin(), counted.params.end());
    CIVITAS_CHECK(c.query("SELECT count(*) FROM " + std::string(from_history ? s.history_table() : s.table()) + " t" +
                              (counted.sql.empty() ? "" : " WHERE " + counted.sql),
                          sql::Params(params), [&](const sql::Row& row) {
                            page.total = row.integer(0);
                            return sql::Continue::no;
                          }));
  }

  const int limit = std::max(1, q.limit);
  const int batch = residual ? std::max(limit * 2, 100) : limit + 1;
  int shown = 0;
  std::string last_cursor;
  for (bool more = true; more;) {
    more = false;
    std::vector<sql::Value> values = head_params;
    std::string statement = head;
    Clause condition = where;
    if (!cursor.empty()) {
      Clause after = after_clause(sort, cursor);
      add(condition, after.sql, std::move(after.params));
    }
    const std::string in_order = order_clause(sort, dialect_) + " LIMIT ?";
    const sql::Value most{std::int64_t{batch}};
    if (united) {
      std::string ids;
      for (const Clause& alternative : plan.alternatives) {
        Clause part = alternative;
        if (!condition.sql.empty()) add(part, condition.sql, condition.params);
        ids += (ids.empty() ? "SELECT id FROM (SELECT t.id FROM " : " UNION SELECT id FROM (SELECT t.id FROM ") +
               s.table() + " t WHERE " + part.sql + in_order + ") AS p" + std::to_string(values.size());
        values.insert(values.end(), part.params.begin(), part.params.end());
        values.push_back(most);
      }
      const std::string from = " FROM " + s.table() + " t";
      statement.replace(statement.find(from), from.size(), " FROM (" + ids + ") AS u CROSS JOIN " + s.table() + " t");
      condition = {"t.id=u.id", {}};
    }
    if (!condition.sql.empty()) statement += " WHERE " + condition.sql;
    statement += in_order;
    values.insert(values.end(), condition.params.begin(), condition.params.end());
    values.push_back(most);
    const std::vector<sql::Param> params(values.begin(), values.end());
    int read = 0;
    Status used;
    CIVITAS_CHECK(s.query(
        c, statement, sql::Params(params), from_history ? Versions::all : Versions::latest,
        hidden.empty() ? nullptr : &hidden, [&](const sql::Row& row) {
          ++read;
          if (shown == limit) {
            page.next = last_cursor;
            more = false;
            return sql::Continue::no;
          }
          const bool fits = !residual || query::evaluate(*residual, JsonRecord(e, s.read_record(row, s.reading_all())),
                                                         bindings) == query::Truth::yes;
          last_cursor = (shown + 1 >= limit || residual) ? write_cursor(row, sort_column, 0) : std::string();
          if (fits) {
            Storage::Reading merged;
            const Storage::Reading* reading = &plan.groups.front().reading;
            if (grouped) {
              merged = union_of(plan, static_cast<unsigned>(row.integer(sort_column + 1)), e.fields.size());
              reading = &merged;
            }
            used = page.use(row, *reading);
            if (!used) return sql::Continue::no;
            ++shown;
          }
          return sql::Continue::yes;
        }));
    CIVITAS_CHECK(used);
    if (residual && read == batch && page.next.empty() && !last_cursor.empty()) {
      if (shown == limit) {
        page.next = last_cursor;  // perhaps an empty page follows: better than reading on without end
      } else {
        CIVITAS_TRY(cursor, read_cursor(last_cursor));
        more = true;
      }
    }
  }
  return {};
}

namespace {

// A list of some fields hides the others; what every record carries is always there.
Status narrow(const Entity& e, const std::vector<std::string>& fields, ReadPlan& plan) {
  if (fields.empty()) return {};
  static constexpr std::string_view carried[] = {"id",         "version",    "state",   "created_at",
                                                 "updated_at", "valid_from", "valid_to"};
  std::vector<bool> wanted(e.fields.size(), false);
  for (const auto& name : fields) {
    if (const Field* f = e.field(name)) {
      wanted[static_cast<std::size_t>(f - e.fields.data())] = true;
    } else if (std::find(std::begin(carried), std::end(carried), name) == std::end(carried)) {
      std::vector<std::string> names;
      for (const auto& known : e.fields) names.push_back(known.name);
      const std::string meant(nearest_word(name, names));
      return fail(invalid("entities.field.unknown",
                          "fields 中没有字段 " + name + (meant.empty() ? "。" : "，是否想写 " + meant + "？"),
                          "fields names " + name + ", which is no field" +
                              (meant.empty() ? "." : "; did you mean " + meant + "?"))
                      .with_field("fields"));
    }
  }
  plan.filters = plan.filterable(e);
  for (auto& group : plan.groups)
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (!wanted[i]) group.reading.hidden[i] = true;
  return {};
}

}  // namespace

Status Store::read_page(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q, Page& page,
                        const std::function<void(std::int64_t, std::string_view)>& use) {
  const Storage& s = storage(e);
  CIVITAS_TRY(ReadPlan plan, access_.read(s, context.who, context.now, versions_of(q.as_of, q.recorded_as_of)));
  CIVITAS_CHECK(narrow(e, q.fields, plan));
  page.use = [&](const sql::Row& row, const Storage::Reading& reading) -> Status {
    JsonText record;
    s.write_record(record, row, reading);
    use(row.integer(0), record.view());
    return {};
  };
  return run_list(c, context, s, q, plan, page);
}

Status Store::list(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q, std::string& out) {
  // A page of usual records at once: growing step by step copied it five times.
  constexpr std::size_t usual_record = 600;
  out.reserve(out.size() + usual_record * static_cast<std::size_t>(std::clamp(q.limit, 1, 100)));
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  Page page;
  CIVITAS_CHECK(read_page(c, context, e, q, page, [&w](std::int64_t, std::string_view row) { w.raw(row); }));
  w.end_array().key("next");
  if (page.next.empty())
    w.null();
  else
    w.value(page.next);
  if (page.total) w.key("total").value(*page.total);
  w.end_object();
  return {};
}

Result<std::string> Store::rows(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q,
                                const std::function<void(std::int64_t, std::string_view)>& use) {
  Page page;
  CIVITAS_CHECK(read_page(c, context, e, q, page, use));
  return std::move(page.next);
}

Result<std::string> Store::each(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q,
                                const std::function<Status(const Json&)>& use) {
  const Storage& s = storage(e);
  CIVITAS_TRY(const ReadPlan plan, access_.read(s, context.who, context.now, versions_of(q.as_of, q.recorded_as_of)));
  ListQuery part = q;
  int left = q.limit;
  while (left > 0) {
    part.limit = std::min(left, 1000);
    Page page;
    int seen = 0;
    page.use = [&](const sql::Row& row, const Storage::Reading& reading) -> Status {
      ++seen;
      return use(s.read_record(row, reading));
    };
    CIVITAS_CHECK(run_list(c, context, s, part, plan, page));
    left -= seen;
    part.after = page.next;
    if (page.next.empty()) break;
  }
  return part.after;
}

Result<Json> Store::get(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                        const Moment& moment) {
  const Storage& s = storage(e);
  CIVITAS_TRY(const ReadPlan plan,
              access_.read(s, context.who, context.now, versions_of(moment.as_of, moment.recorded_as_of)));
  ListQuery q;
  q.id = id;
  q.limit = 1;
  q.sort = "id";
  q.as_of = moment.as_of;
  q.recorded_as_of = moment.recorded_as_of;
  Json found;
  Page page;
  page.use = [&](const sql::Row& row, const Storage::Reading& reading) -> Status {
    found = s.read_record(row, reading);
    return {};
  };
  CIVITAS_CHECK(run_list(c, context, s, q, plan, page));
  if (found.is_null()) return fail(not_found(e));
  return found;
}

Result<Json> Store::get_created(sql::Connection& c, const Context& context, const Entity& e, const Json& record) {
  const Storage& s = storage(e);
  CIVITAS_TRY(const ReadPlan plan, access_.read(s, context.who, context.now));
  const auto& fields = e.fields;
  // Where no rule looks at the record, what was written is what is read.
  if (!plan.every_row) return get(c, context, e, reference_id(record["id"]).value_or(0));
  const Storage::Reading& reading = plan.groups.front().reading;
  const std::string now = format_instant(context.now);
  Json out = Json::object();
  out.set("id", record["id"])
      .set("version", record["version"])
      .set("created_at", Json(now))
      .set("updated_at", Json(now));
  for (const char* name : {"state", "valid_from", "valid_to"})
    if (!record[name].is_null()) out.set(name, record[name]);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Json& v = record[fields[i].name];
    if (reading.hidden[i] || v.is_null()) continue;
    out.set(fields[i].name, is_masked(fields[i]) && !reading.in_clear[i] ? masked(fields[i], v) : v);
  }
  return out;
}

Status Store::history(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id, std::string& out) {
  const Storage& s = storage(e);
  CIVITAS_TRY(const ReadPlan plan, access_.read(s, context.who, context.now, Versions::all));
  if (!e.history) return fail(not_found(e));
  std::string head = s.select(true);
  std::vector<sql::Value> values;
  std::string bits = "0";
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    bits += "+(CASE WHEN " + plan.groups[g].clause.sql + " THEN " + std::to_string(1 << g) + " ELSE 0 END)";
    for (const auto& p : plan.groups[g].clause.params) values.push_back(p);
  }
  head.insert(head.find(" FROM "),
              ",t.recorded_from,t.recorded_to,t.recorded_by,t.action,(SELECT p.name FROM identity_person p WHERE "
              "p.id=t.recorded_by)," +
                  bits);
  values.emplace_back(id);
  const std::vector<sql::Param> params(values.begin(), values.end());
  const int extra = s.selected_columns();

  struct Version {
    Json record, head;
  };
  std::vector<Version> versions;
  CIVITAS_CHECK(s.query(
      c, head + " WHERE t.id=? ORDER BY t.history_id", sql::Params(params), Versions::all, nullptr,
      [&](const sql::Row& row) {
        const auto mask_bits = static_cast<unsigned>(row.integer(extra + 5));
        if (mask_bits == 0) return sql::Continue::yes;
        Version v;
        v.record = s.read_record(row, union_of(plan, mask_bits, e.fields.size()));
        v.head.set("version", v.record["version"]);
        v.head.set("valid_from", v.record["valid_from"]);
        v.head.set("valid_to", v.record["valid_to"]);
        v.head.set("recorded_from", Json(format_instant({row.integer(extra)})));
        v.head.set("recorded_to", row.is_null(extra + 1) ? Json() : Json(format_instant({row.integer(extra + 1)})));
        v.head.set("action", Json(std::string(row.text(extra + 3))));
        Json by = Json::object();
        by.set("id", Json(std::string(row.text(extra + 2)))).set("name", Json(std::string(row.text(extra + 4))));
        v.head.set("by", std::move(by));
        versions.push_back(std::move(v));
        return sql::Continue::yes;
      }));
  if (versions.empty()) return fail(not_found(e));
  JsonWriter w(out);
  w.begin_object().key("versions").begin_array();
  for (std::size_t i = versions.size(); i-- > 0;) {
    Json changed = Json::array();
    for (const auto& f : e.fields)
      if (i == 0 ? !versions[i].record[f.name].is_null()
                 : !(versions[i].record[f.name] == versions[i - 1].record[f.name]))
        changed.push(Json(f.name));
    versions[i].head.set("changed", std::move(changed));
    versions[i].head.set("record", std::move(versions[i].record));
    w.tree(versions[i].head);
  }
  w.end_array().end_object();
  return {};
}

}  // namespace civitas::entities
