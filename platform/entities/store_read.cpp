// Reading: one record, lists, versions.
#include <algorithm>

#include "base/strings.hpp"
#include "entities/json_record.hpp"
#include "entities/list_reader.hpp"

namespace civitas::entities {

namespace {

Problem not_found(const Entity& e) {
  return problem(Kind::not_found, "entities.record.not_found", "没有找到这条“" + e.title.zh + "”，或您无权查看。",
                 "There is no such “" + e.title.en + "”, or you may not see it.");
}

Versions versions_of(const std::optional<Date>& as_of, const std::optional<Instant>& recorded) {
  return as_of || recorded ? Versions::all : Versions::latest;
}

// What was recorded before is how the office works: what was removed or put right stands in it.
bool sees_the_record_keeping(const Entity& e, const identity::Principal& who) {
  return who.is_system() || who.has_role(e.system, "staff");
}

bool is_person(const query::Node& node) {
  return node.field && (node.field->name == "created_by" || node.field->name == "updated_by");
}

// Whether it asks who wrote a record, other than whether it was the asker: by that, what one person handed in could be
// put together.
bool asks_who_wrote(const query::Node& node) {
  if (node.op == query::Op::eq && node.args.size() == 2)
    for (const std::size_t i : {0u, 1u})
      if (is_person(node.args[i]) && node.args[1 - i].builtin == query::Builtin::me) return false;
  return is_person(node) || std::any_of(node.args.begin(), node.args.end(), asks_who_wrote);
}

Status may_look_back(const Entity& e, const Context& context, const std::optional<Instant>& recorded) {
  if (!recorded || sees_the_record_keeping(e, context.who)) return {};
  return fail(invalid("api.parameter", "没有参数 recorded_as_of。", "There is no parameter recorded_as_of.")
                  .with_field("recorded_as_of"));
}

}  // namespace

Result<query::Typed> Store::read_filter(const Context& context, const Entity& e, const std::string& text,
                                        const ReadPlan& plan) {
  CIVITAS_TRY(auto typed, conditions_.filter(e, text, plan.filterable(e)));
  if (Conditions::reads_case(typed) && !sees_cases(e, context.who))
    return fail(invalid("query.cql2.property", "没有可用于筛选的字段 case。", "There is no field case to filter by."));
  if (typed && !sees_the_record_keeping(e, context.who) && asks_who_wrote(typed.root()))
    return fail(invalid("query.cql2.property", "没有可用于筛选的字段 created_by、updated_by。",
                        "There are no fields created_by and updated_by to filter by."));
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

Status Store::read_page(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q,
                        const std::function<void(std::int64_t, std::string_view)>& use, std::string& next,
                        std::optional<std::int64_t>& total) {
  const Storage& s = storage(e);
  CIVITAS_CHECK(may_look_back(e, context, q.recorded_as_of));
  CIVITAS_TRY(ReadPlan plan, access_.read(s, context.who, context.now, versions_of(q.as_of, q.recorded_as_of)));
  CIVITAS_CHECK(narrow(e, q.fields, plan));
  const auto write = [&](const sql::Row& row, const Storage::Reading& reading) -> Status {
    JsonText record;
    s.write_record(record, row, reading);
    use(row.integer(0), record.view());
    return {};
  };
  CIVITAS_TRY(auto page, ListReader(*this, c, context, s, q, plan).read(write));
  next = std::move(page.next);
  total = page.total;
  return {};
}

Status Store::list(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q, std::string& out) {
  // A page of usual records at once: growing step by step copied it five times.
  constexpr std::size_t usual_record = 600;
  out.reserve(out.size() + usual_record * static_cast<std::size_t>(std::clamp(q.limit, 1, 100)));
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  std::string next;
  std::optional<std::int64_t> total;
  CIVITAS_CHECK(read_page(c, context, e, q, [&w](std::int64_t, std::string_view row) { w.raw(row); }, next, total));
  w.end_array().key("next");
  if (next.empty())
    w.null();
  else
    w.value(next);
  if (total) w.key("total").value(*total);
  w.end_object();
  return {};
}

Result<std::string> Store::rows(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q,
                                const std::function<void(std::int64_t, std::string_view)>& use) {
  std::string next;
  std::optional<std::int64_t> total;
  CIVITAS_CHECK(read_page(c, context, e, q, use, next, total));
  return next;
}

Result<std::string> Store::each(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& q,
                                const std::function<Status(const Json&)>& use) {
  const Storage& s = storage(e);
  CIVITAS_CHECK(may_look_back(e, context, q.recorded_as_of));
  CIVITAS_TRY(const ReadPlan plan, access_.read(s, context.who, context.now, versions_of(q.as_of, q.recorded_as_of)));
  ListQuery part = q;
  int left = q.limit;
  while (left > 0) {
    part.limit = std::min(left, 1000);
    int seen = 0;
    const auto read = [&](const sql::Row& row, const Storage::Reading& reading) -> Status {
      ++seen;
      return use(s.read_record(row, reading));
    };
    CIVITAS_TRY(const auto page, ListReader(*this, c, context, s, part, plan).read(read));
    left -= seen;
    part.after = page.next;
    if (page.next.empty()) break;
  }
  return part.after;
}

Result<Json> Store::get(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                        const Moment& moment) {
  const Storage& s = storage(e);
  CIVITAS_CHECK(may_look_back(e, context, moment.recorded_as_of));
  CIVITAS_TRY(const ReadPlan plan,
              access_.read(s, context.who, context.now, versions_of(moment.as_of, moment.recorded_as_of)));
  ListQuery q;
  q.id = id;
  q.limit = 1;
  q.sort = "id";
  q.as_of = moment.as_of;
  q.recorded_as_of = moment.recorded_as_of;
  Json found;
  const auto read = [&](const sql::Row& row, const Storage::Reading& reading) -> Status {
    found = s.read_record(row, reading);
    return {};
  };
  CIVITAS_CHECK(ListReader(*this, c, context, s, q, plan).read(read));
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
  // The public sees the course of what is there, as in a case's trace, and not who in the office wrote it.
  const bool staff = sees_the_record_keeping(e, context.who);
  if (!staff) {
    CIVITAS_CHECK(get(c, context, e, id));
  }
  const Clause held = plan.groups_held();
  const std::string statement =
      "SELECT " + s.selected() +
      ",t.recorded_from,t.recorded_to,t.recorded_by,t.action,(SELECT p.name FROM identity_person p WHERE "
      "p.id=t.recorded_by)," +
      held.sql + " FROM " + s.history_table() + " t" + s.joins() + " WHERE t.id=? ORDER BY t.history_id";
  auto params = params_of(held.params);
  params.emplace_back(id);
  const int extra = s.selected_columns();

  struct Version {
    Json record, head;
  };
  std::vector<Version> versions;
  CIVITAS_CHECK(s.query(
      c, statement, params, Versions::all, nullptr,
      [&](const sql::Row& row) {
        const auto mask_bits = static_cast<unsigned>(row.integer(extra + 5));
        if (mask_bits == 0) return sql::Continue::yes;
        Version v;
        v.record = s.read_record(row, plan.reading_of(mask_bits));
        v.head.set("version", v.record["version"]);
        v.head.set("valid_from", v.record["valid_from"]);
        v.head.set("valid_to", v.record["valid_to"]);
        v.head.set("recorded_from", Json(format_instant({row.integer(extra)})));
        v.head.set("recorded_to", row.is_null(extra + 1) ? Json() : Json(format_instant({row.integer(extra + 1)})));
        v.head.set("action", Json(std::string(row.text(extra + 3))));
        Json by = Json::object();
        if (staff || (context.who.id != 0 && row.integer(extra + 2) == context.who.id))
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
