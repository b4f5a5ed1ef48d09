#include "entities/statistics_query.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.hpp"

namespace civitas::entities {

namespace {

constexpr std::size_t most_filled = 2000;  // points of a line, days between included

// Day 0 is moved a million days on, so that divisions round one way; both numbers are in microseconds of China's time.
std::string day_of(const std::string& instant) {
  return "((" + instant + "+86400028800000000)/86400000000-1000000)";
}

std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

std::string name_quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

const Text& weekday_name(std::int64_t day) {
  static const Text names[] = {{"周一", "Mon"}, {"周二", "Tue"}, {"周三", "Wed"}, {"周四", "Thu"},
                               {"周五", "Fri"}, {"周六", "Sat"}, {"周日", "Sun"}};
  return names[std::clamp<std::int64_t>(day, 1, 7) - 1];
}

// "2026-11" as the months since year 0.
std::int64_t months_of(std::string_view month) {
  return parse_integer(month.substr(0, 4)).value_or(0) * 12 + parse_integer(month.substr(5)).value_or(1) - 1;
}

std::string month_text(std::int64_t months) {
  return format_date(make_date(static_cast<int>(months / 12), static_cast<int>(months % 12) + 1, 1)).substr(0, 7);
}

bool is_whole(const Field& f) { return f.type == FieldType::integer || f.type == FieldType::duration; }

}  // namespace

StatisticsQuery::StatisticsQuery(const Catalog& catalog, const Entity& entity, const StatisticsDeclaration& declared,
                                 sql::Dialect dialect)
    : catalog_(catalog), entity_(entity), declared_(declared), dialect_(dialect) {
  for (std::size_t i = 0; i < declared.group.size(); ++i) {
    const StatisticsGroup& g = declared.group[i];
    const std::string n = std::to_string(i);
    Key key;
    key.owner = g.path.step.empty() ? &entity : catalog.target_of(*entity.field(g.path.field));
    const std::string& name = g.path.step.empty() ? g.path.field : g.path.step;
    key.field = key.owner->field(name);
    key.column = column_of(g.path, "s" + n, joins_);
    if (key.field && key.field->type == FieldType::ref) key.target = catalog.target_of(*key.field);
    if (key.target)
      joins_ += " LEFT JOIN " + key.target->table + " g" + n + " ON g" + n + ".id=" + key.column;
    const bool time = name == "created_at" || name == "updated_at" || (key.field && key.field->type == FieldType::instant);
    const bool day = key.field && key.field->type == FieldType::date;
    every_.push_back(g.every == Every::none && (time || day) ? Every::day : g.every);
    key.expression = bucket(key.column, key, every_.back());
    keys_.push_back(std::move(key));
  }
  if (!declared.of.field.empty()) {
    const Entity* owner = declared.of.step.empty() ? &entity : catalog.target_of(*entity.field(declared.of.field));
    measured_field_ = owner->field(declared.of.step.empty() ? declared.of.field : declared.of.step);
    measured_ = column_of(declared.of, "m", joins_);
  }
}

std::string StatisticsQuery::column_of(const FieldPath& path, const std::string& alias, std::string& joins) const {
  if (path.step.empty()) return "t." + name_quoted(path.field);
  const Entity* target = catalog_.target_of(*entity_.field(path.field));
  joins += " LEFT JOIN " + target->table + " " + alias + " ON " + alias + ".id=t." + name_quoted(path.field);
  return alias + "." + name_quoted(path.step);
}

std::string StatisticsQuery::bucket(const std::string& column, const Key& key, Every every) const {
  const std::string day = key.field && key.field->type == FieldType::date ? column : day_of(column);
  switch (every) {
    case Every::none: return column;
    case Every::day: return day;
    case Every::weekday: return "((" + day + "+7000003)%7+1)";
    case Every::hour: return "((" + column + "+86400028800000000)/3600000000%24)";
    case Every::month:
      return dialect_ == sql::Dialect::sqlite
                 ? "strftime('%Y-%m'," + day + "*86400,'unixepoch')"
                 : "to_char(DATE '1970-01-01'+CAST(" + day + " AS integer),'YYYY-MM')";
  }
  return column;
}

Clause StatisticsQuery::statement(const Clause& where, const Clause& share) const {
  Clause out;
  const auto real = [](const std::string& sql) { return "CAST(" + sql + " AS double precision)"; };
  const std::string p = "(" + std::to_string(declared_.percent / 100) + "*(n-1))", below = "CAST(" + p + " AS INTEGER)";
  const bool by_rank = declared_.measure == Measure::percentile && dialect_ == sql::Dialect::sqlite;
  std::string value;
  switch (declared_.measure) {
    case Measure::count: value = real("count(*)"); break;
    case Measure::sum: value = real("sum(" + measured_ + ")"); break;
    case Measure::average: value = "avg(" + real(measured_) + ")"; break;
    case Measure::min: value = real("min(" + measured_ + ")"); break;
    case Measure::max: value = real("max(" + measured_ + ")"); break;
    case Measure::ratio:
      value = "avg(CASE WHEN " + share.sql + " THEN 1.0e0 ELSE 0.0e0 END)";
      if (dialect_ == sql::Dialect::postgres) value = real(value);
      out.params = share.params;
      break;
    case Measure::percentile:
      // The number at that rank, or between two ranks in proportion, as PostgreSQL's percentile_cont.
      value = by_rank ? "sum(CASE WHEN r=" + below + " THEN x*(1-" + p + "+" + below + ") WHEN r=" + below +
                            "+1 THEN x*(" + p + "-" + below + ") END)"
                      : "percentile_cont(" + std::to_string(declared_.percent / 100) + ") WITHIN GROUP (ORDER BY " +
                            real(measured_) + ")";
  }
  std::string keys, titles, order;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    keys += "," + keys_[i].expression + " AS k" + std::to_string(i);
    titles += keys_[i].target ? ",g" + std::to_string(i) + "." + name_quoted(keys_[i].target->title_field)
                              : std::string(",NULL");
    titles += " AS t" + std::to_string(i);
    if (order.empty() && every_[i] != Every::none) order = std::to_string(2 + i);
  }
  std::string from = " FROM " + entity_.table + " t" + joins_ + " WHERE " + where.sql;
  out.params.insert(out.params.end(), where.params.begin(), where.params.end());
  std::string outer;
  std::string groups;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::string n = std::to_string(i);
    groups += (i ? "," : " GROUP BY ") + std::to_string(2 + i);
    outer += ",k" + n;
  }
  if (by_rank) {
    std::string partition;
    for (const auto& key : keys_) partition += (partition.empty() ? "PARTITION BY " : ",") + key.expression;
    // Where nothing was measured the numbers come last.
    from = " FROM (SELECT 0" + keys + titles + "," + measured_ + " AS x,row_number() OVER (" + partition + " ORDER BY " +
           measured_ + " IS NULL," + measured_ + ")-1 AS r,count(" + measured_ + ") OVER (" + partition + ") AS n" + from +
           ") q";
  }
  out.sql = "SELECT " + value + (by_rank ? outer : keys);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::string n = std::to_string(i);
    if (!keys_[i].target)
      out.sql += ",NULL";
    else
      out.sql += by_rank ? ",max(t" + n + ")" : ",max(g" + n + "." + name_quoted(keys_[i].target->title_field) + ")";
  }
  out.sql += ",count(*)" + from + groups;
  if (!keys_.empty())
    out.sql += " ORDER BY " + (order.empty() ? "1" : order) +
               (order.empty() && declared_.least_first ? " ASC" : " DESC") + " NULLS LAST LIMIT " +
               std::to_string(most_groups);
  return out;
}

StatisticsPoint StatisticsQuery::read(const sql::Row& row) const {
  StatisticsPoint out;
  const int n = static_cast<int>(keys_.size());
  if (!row.is_null(0)) out.value = row.real(0);
  for (int i = 0; i < n; ++i) {
    if (row.is_null(1 + i)) {
      out.keys.emplace_back();
      out.titles.emplace_back();
      continue;
    }
    const bool day = every_[static_cast<std::size_t>(i)] == Every::day;
    std::string key = day ? format_date({static_cast<std::int32_t>(row.integer(1 + i))}) : std::string(row.text(1 + i));
    out.titles.push_back(title(static_cast<std::size_t>(i), key,
                               row.is_null(1 + n + i) ? std::string_view() : row.text(1 + n + i)));
    out.keys.emplace_back(std::move(key));
  }
  out.records = row.integer(1 + 2 * n);
  return out;
}

Json StatisticsQuery::title(std::size_t group, const std::string& key, std::string_view of_record) const {
  const Key& k = keys_[group];
  switch (every_[group]) {
    case Every::day: return Json(key);
    case Every::month:
      return Json(Text{key.substr(0, 4) + "年" + std::to_string(parse_integer(key.substr(5)).value_or(0)) + "月", key});
    case Every::weekday: return Json(weekday_name(parse_integer(key).value_or(1)));
    case Every::hour: return Json(Text{key + "时", (key.size() < 2 ? "0" : "") + key + ":00"});
    case Every::none: break;
  }
  if (!k.field) {
    const State* state = k.owner->process ? k.owner->process->state(key) : nullptr;
    return state ? Json(state->title) : Json(key);
  }
  if (k.field->type == FieldType::term)
    if (const TermList* terms = catalog_.terms_of(*k.owner, *k.field))
      if (const TermCode* code = terms->find(key)) return Json(code->title);
  if (k.field->type == FieldType::boolean) return Json(key == "1" ? Text{"是", "Yes"} : Text{"否", "No"});
  return of_record.empty() ? Json(key) : Json(of_record);
}

std::size_t StatisticsQuery::arrange(std::vector<StatisticsPoint>& points) const {
  if (keys_.empty()) return 0;
  std::size_t axis = keys_.size();
  for (std::size_t i = keys_.size(); i-- > 0;)
    if (every_[i] != Every::none) axis = i;
  // What is ranked: the first group that is no time, by all its numbers together.
  const std::size_t ranked = axis == 0 ? 1 : 0;
  std::size_t left_out = 0;
  const double sign = declared_.least_first ? 1 : -1;
  std::map<std::optional<std::string>, double> weight;
  if (ranked < keys_.size()) {
    const bool adds_up = declared_.measure == Measure::count || declared_.measure == Measure::sum;
    // What has no value comes last either way.
    const double none = declared_.least_first ? 1e300 : -1e300;
    for (const auto& p : points) {
      double& w = weight.try_emplace(p.keys[ranked], adds_up ? 0 : none).first->second;
      const double x = p.value.value_or(none);
      w = adds_up ? w + p.value.value_or(0) : declared_.least_first ? std::min(w, x) : std::max(w, x);
    }
    if (declared_.top > 0 && weight.size() > static_cast<std::size_t>(declared_.top)) {
      std::vector<std::pair<double, std::optional<std::string>>> order;
      for (const auto& [key, w] : weight) order.emplace_back(sign * w, key);
      std::sort(order.begin(), order.end());
      left_out = order.size() - static_cast<std::size_t>(declared_.top);
      std::set<std::optional<std::string>> gone;
      for (std::size_t i = static_cast<std::size_t>(declared_.top); i < order.size(); ++i) gone.insert(order[i].second);
      std::erase_if(points, [&](const StatisticsPoint& p) { return gone.contains(p.keys[ranked]); });
    }
  }
  if (axis < keys_.size()) fill(points, axis);
  const auto number_of = [&](const StatisticsPoint& p) {
    return every_[axis] == Every::hour ? parse_integer(p.keys[axis].value_or("-1")).value_or(-1) : 0;
  };
  std::stable_sort(points.begin(), points.end(), [&](const StatisticsPoint& a, const StatisticsPoint& b) {
    if (axis < keys_.size() && a.keys[axis] != b.keys[axis])
      return every_[axis] == Every::hour ? number_of(a) < number_of(b) : a.keys[axis] < b.keys[axis];
    if (ranked < keys_.size() && a.keys[ranked] != b.keys[ranked]) {
      const double x = weight[a.keys[ranked]], y = weight[b.keys[ranked]];
      return x != y ? sign * x < sign * y : a.keys[ranked] < b.keys[ranked];
    }
    return a.value.value_or(-1e300) > b.value.value_or(-1e300);
  });
  return left_out;
}

// A line goes through the days on which nothing happened; the hours of a day and the days of a week are always all there.
void StatisticsQuery::fill(std::vector<StatisticsPoint>& points, std::size_t axis) const {
  const Every every = every_[axis];
  const bool circle = every == Every::hour || every == Every::weekday;
  if (points.empty() || (!circle && declared_.chart != "line")) return;
  std::set<std::string> there;
  for (const auto& p : points)
    if (p.keys[axis]) there.insert(*p.keys[axis]);
  if (there.empty()) return;
  std::vector<std::string> wanted;
  if (every == Every::hour)
    for (int i = 0; i < 24; ++i) wanted.push_back(std::to_string(i));
  else if (every == Every::weekday)
    for (int i = 1; i <= 7; ++i) wanted.push_back(std::to_string(i));
  else if (every == Every::month)
    for (auto m = months_of(*there.begin()); m <= months_of(*there.rbegin()) && wanted.size() < most_filled; ++m)
      wanted.push_back(month_text(m));
  else {
    const auto first = parse_date(*there.begin()), last = parse_date(*there.rbegin());
    for (Date d = *first; d <= *last && wanted.size() < most_filled; d = d.plus_days(1)) wanted.push_back(format_date(d));
  }
  // One line for each value of the other group.
  const std::size_t other = 1 - axis;
  std::map<std::optional<std::string>, Json> lines;
  std::set<std::pair<std::string, std::optional<std::string>>> known;
  for (const auto& p : points) {
    const auto line = keys_.size() > 1 ? p.keys[other] : std::nullopt;
    lines.try_emplace(line, keys_.size() > 1 ? p.titles[other] : Json());
    if (p.keys[axis]) known.insert({*p.keys[axis], line});
  }
  if (wanted.size() * lines.size() > most_filled) return;
  const bool nothing_is_none = declared_.measure == Measure::count || declared_.measure == Measure::sum;
  for (const auto& key : wanted)
    for (const auto& [line, line_title] : lines) {
      if (known.contains({key, line})) continue;
      StatisticsPoint p;
      p.keys.resize(keys_.size());
      p.titles.resize(keys_.size());
      p.keys[axis] = key;
      p.titles[axis] = title(axis, key, "");
      if (keys_.size() > 1) p.keys[other] = line, p.titles[other] = line_title;
      if (nothing_is_none) p.value = 0;
      points.push_back(std::move(p));
    }
}

std::string StatisticsQuery::condition_of(const StatisticsPoint& point) const {
  std::string out;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::string name = declared_.group[i].path.text();
    const Field* f = keys_[i].field;
    if (i) out += " AND ";
    if (!point.keys[i]) {
      out += name + " IS NULL";
      continue;
    }
    const std::string& key = *point.keys[i];
    const auto months = every_[i] == Every::month ? months_of(key) : 0;
    switch (every_[i]) {
      case Every::day: out += name + " = DATE('" + key + "')"; break;
      case Every::month:
        out += name + " >= DATE('" + key + "-01') AND " + name + " < DATE('" + month_text(months + 1) + "-01')";
        break;
      case Every::hour: out += "hour(" + name + ") = " + key; break;
      case Every::weekday: out += "weekday(" + name + ") = " + key; break;
      case Every::none:
        if (f && f->type == FieldType::boolean)
          out += name + (key == "1" ? " = TRUE" : " = FALSE");
        else if (f && (is_whole(*f) || f->type == FieldType::decimal))
          out += name + " = " + key;
        else
          out += name + " = " + literal(key);
    }
  }
  return out;
}

std::string_view StatisticsQuery::unit() const {
  if (declared_.measure == Measure::ratio) return "share";
  return measured_field_ && measured_field_->type == FieldType::duration ? "seconds" : "";
}

Text StatisticsQuery::title_of(std::size_t group) const {
  const Key& k = keys_[group];
  if (k.field) return k.field->title;
  const std::string& name =
      declared_.group[group].path.step.empty() ? declared_.group[group].path.field : declared_.group[group].path.step;
  if (name == "created_at") return {"创建时间", "Created"};
  if (name == "updated_at") return {"更新时间", "Changed"};
  return {"状态", "State"};
}

}  // namespace civitas::entities
