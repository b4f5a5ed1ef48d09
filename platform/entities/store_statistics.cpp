// Numbers over the records that the caller may read.
#include <algorithm>

#include "entities/statistics_query.hpp"
#include "entities/store.hpp"
#include "entities/views.hpp"

namespace civitas::entities {

namespace {

constexpr std::string_view every_names[] = {"", "day", "month", "hour", "weekday"};

// A sentence, wherever the field stands: what somebody may not read is not counted by for them, either.
Status readable(const Access& access, const Storage& own, const ReadPlan& plan,
                const Storage* target, const Context& context, const FieldPath& path) {
  const Entity& e = own.entity();
  const auto in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto refused = [&] {
    return invalid("entities.statistics.unreadable", "这项统计用到了您无权查看的字段 " + path.text() + "。",
                   "This statistic uses " + path.text() + ", which you may not read.");
  };
  if (e.field(path.field) && !in(plan.filterable(e), path.field)) return fail(refused());
  if (!target) return {};
  const auto there = access.read(*target, context.who, context.now);
  if (!there) return fail(refused());
  if (target->entity().field(path.step) && !in(there->filterable(target->entity()), path.step)) return fail(refused());
  return {};
}

}  // namespace

Status Store::statistics(sql::Connection& c, const Context& context, const Entity& e, const StatisticsDeclaration& d,
                         const std::string& filter, const std::string& view_name, std::string& out) {
  const Storage& s = storage(e);
  CIVITAS_TRY(const ReadPlan plan, access_.read(s, context.who, context.now));
  const auto check = [&](const FieldPath& path) -> Status {
    const Entity* target = path.step.empty() ? nullptr : catalog_->target_of(*e.field(path.field));
    return readable(access_, s, plan, target ? &storage(*target) : nullptr, context, path);
  };
  for (const auto& g : d.group) CIVITAS_CHECK(check(g.path));
  if (!d.of.field.empty()) CIVITAS_CHECK(check(d.of));

  Clause where{plan.where.sql, plan.where.params}, share;
  const auto compile = [&](const std::string& text) -> Result<Clause> {
    CIVITAS_TRY(const auto typed, read_filter(context, e, text, plan));
    CIVITAS_TRY(auto condition, conditions_.compile(typed, dialect_, bindings_for(context.who, context.now)));
    if (condition.residual)
      return fail(invalid("entities.statistics.filter", "统计不支持这种筛选条件。",
                          "Statistics cannot use this kind of filter.")
                      .with_field("filter"));
    return std::move(condition.clause);
  };
  std::string records;  // of all points, as CQL2
  for (const std::string* text : {&d.filter, &filter}) {
    if (text->empty()) continue;
    CIVITAS_TRY(Clause more, compile(*text));
    add_and(where, more);
    records += (records.empty() ? "(" : " AND (") + *text + ")";
  }
  CIVITAS_TRY(const View* view, find_view(e, view_name, context.who));
  if (view && !view->when.empty()) {
    CIVITAS_TRY(const auto typed, conditions_.typed(e, view->when));
    CIVITAS_TRY(auto condition, conditions_.compile(typed, dialect_, bindings_for(context.who, context.now)));
    if (condition.residual)
      return fail(invalid("entities.statistics.filter", "统计不支持这个视图的条件。",
                          "Statistics cannot use the condition of this view.")
                      .with_field("view"));
    add_and(where, condition.clause);
    records += (records.empty() ? "(" : " AND (") + view->when + ")";
  }
  if (d.measure == Measure::ratio) {
    CIVITAS_TRY(share, compile(d.condition));
  }

  const StatisticsQuery query(*catalog_, e, d, dialect_);
  const Clause statement = query.statement(where, share);
  const auto params = params_of(statement.params);
  std::vector<StatisticsPoint> points;
  CIVITAS_CHECK(c.query(statement.sql, sql::Params(params), [&](const sql::Row& row) {
    points.push_back(query.read(row));
    return sql::Continue::yes;
  }));
  const bool cut = points.size() >= static_cast<std::size_t>(StatisticsQuery::most_groups);
  const std::size_t left_out = query.arrange(points);

  JsonWriter w(out);
  w.begin_object().key("chart").value(d.chart);
  if (!query.unit().empty()) w.key("unit").value(query.unit());
  w.key("groups").begin_array();
  for (std::size_t i = 0; i < d.group.size(); ++i) {
    w.begin_object().key("field").value(d.group[i].path.text()).key("title").tree(Json(query.title_of(i)));
    if (query.everies()[i] != Every::none) w.key("every").value(every_names[static_cast<int>(query.everies()[i])]);
    w.end_object();
  }
  w.end_array().key("series").begin_array();
  for (const auto& p : points) {
    w.begin_object().key("key").begin_array();
    for (const auto& key : p.keys) {
      if (key)
        w.value(*key);
      else
        w.null();
    }
    w.end_array().key("title").begin_array();
    for (const auto& title : p.titles) w.tree(title);
    w.end_array().key("value");
    if (p.value)
      w.value(*p.value);
    else
      w.null();
    const std::string own = query.condition_of(p);
    w.key("records").value(p.records).key("drill").value(own.empty()       ? records
                                                         : records.empty() ? own
                                                                           : records + " AND " + own);
    w.end_object();
  }
  w.end_array();
  if (left_out > 0) w.key("left_out").value(left_out);
  if (cut) w.key("cut").value(true);
  w.end_object();
  return {};
}

}  // namespace civitas::entities
