// Numbering rules (编码规则): "{division.code:0:6}{category}{serial:6}".
//
// {field} is the value of a field, {ref.field} of the record it refers to, {year} {month} {day} today's in China;
// `:from:length` cuts; {serial:n} is the next number among codes that agree in everything else, with n digits. The
// first number of a series continues what is already stored.
#include <algorithm>
#include <map>

#include "base/strings.hpp"
#include "entities/in_chunks.hpp"
#include "entities/store.hpp"

namespace civitas::entities {

namespace {

Problem bad_rule(const Field& f, std::string_view part) {
  return internal_problem("numbering rule of " + f.name + ": cannot use {" + std::string(part) + "}");
}

Problem incomplete(const Entity& e, const Field& f, std::string_view source) {
  const Field* from = e.field(source);
  const Text title = from ? from->title : Text{std::string(source), std::string(source)};
  return invalid("entities.code.incomplete", "生成“" + f.title.zh + "”需要先填写“" + title.zh + "”。",
                 "“" + f.title.en + "” cannot be made before “" + title.en + "” is given.")
      .with_field(std::string(source));
}

std::string cut(const std::string& text, const std::vector<std::string_view>& parts) {
  if (parts.size() < 3) return text;
  const auto from = static_cast<std::size_t>(parse_integer(parts[1]).value_or(0));
  const auto length = static_cast<std::size_t>(parse_integer(parts[2]).value_or(0));
  std::string out = from < text.size() ? text.substr(from, length) : "";
  out.append(length - std::min(length, out.size()), '0');
  return out;
}

// The next number of a series; its row stays locked until the end of the transaction.
Result<std::int64_t> next_serial(sql::Transaction& t, const Entity& e, const Field& f, const std::string& scope,
                                 const std::string& before, const std::string& after, int digits) {
  // Not UPDATE … RETURNING: that opens a savepoint in SQLite, for which full-text search would write out its index.
  CIVITAS_CHECK(t.defer("UPDATE entities_serial SET last=last+1 WHERE scope=?", {scope}));
  CIVITAS_TRY(std::optional<std::int64_t> next,
              t.query_integer("SELECT last FROM entities_serial WHERE scope=?", {scope}));
  if (!next) {
    std::int64_t last = 0;
    std::optional<std::string> stored;
    CIVITAS_TRY(stored, t.query_text("SELECT max(" + f.name + ") FROM " + e.table + " WHERE " + f.name + ">=? AND " +
                                         f.name + "<?",
                                     {before + "0", before + ":"}));
    if (stored && stored->size() == before.size() + static_cast<std::size_t>(digits) + after.size())
      last =
          parse_integer(std::string_view(*stored).substr(before.size(), static_cast<std::size_t>(digits))).value_or(0);
    CIVITAS_TRY(next, t.query_integer("INSERT INTO entities_serial(scope,last) VALUES(?,?) ON CONFLICT(scope) DO "
                                      "UPDATE SET last=entities_serial.last+1 RETURNING last",
                                      {scope, last + 1}));
  }
  return next.value_or(1);
}

Result<std::string> numbered(const Field& f, const std::string& before, std::int64_t number, int digits,
                             const std::string& after) {
  std::string text = std::to_string(number);
  if (static_cast<int>(text.size()) > digits)
    return fail(problem(
        Kind::exhausted, "entities.code.exhausted", "“" + f.title.zh + "”的流水号已用完，请联系管理员调整编码规则。",
        "The serial numbers of “" + f.title.en + "” are used up; ask the administrator to change the rule."));
  text.insert(0, static_cast<std::size_t>(digits) - text.size(), '0');
  return before + text + after;
}

}  // namespace

Result<Store::CodeParts> Store::code_parts(sql::Connection& db, const Context& c, const Entity& e, const Field& f, const Json& record,
                                           const References& references) const {
  CodeParts made;
  std::string* out = &made.before;
  for (std::size_t at = 0; at < f.rule.size();) {
    if (f.rule[at] != '{') {
      *out += f.rule[at++];
      continue;
    }
    const auto end = f.rule.find('}', at);
    if (end == f.rule.npos) return fail(bad_rule(f, f.rule));
    const std::string_view part = std::string_view(f.rule).substr(at + 1, end - at - 1);
    at = end + 1;
    const auto parts = split(part, ':');
    const std::string_view source = parts[0];
    const Date today = date_in_china(c.now);
    if (source == "serial") {
      made.digits = static_cast<int>(parts.size() > 1 ? parse_integer(parts[1]).value_or(6) : 6);
      out = &made.after;
    } else if (e.field(source)) {
      const Json& value = record[source];
      if (value.is_null()) return fail(incomplete(e, f, source));
      *out += cut(value.is_object() ? value["title"].as_string() : value.is_string() ? value.as_string() : value.dump(),
                  parts);
    } else if (source == "year") {
      *out += std::to_string(today.year());
    } else if (source == "month" || source == "day") {
      const int number = source == "month" ? today.month() : today.day();
      *out += (number < 10 ? "0" : "") + std::to_string(number);
    } else if (const auto dot = source.find('.'); dot != source.npos) {
      const Field* ref = e.field(source.substr(0, dot));
      const Entity* target = ref ? catalog_->target_of(*ref) : nullptr;
      const std::string_view wanted = source.substr(dot + 1);
      if (!target) return fail(bad_rule(f, part));
      const auto referred = references.find(ref->name);
      if (referred == references.end()) return fail(incomplete(e, f, ref->name));
      if (wanted == "code" || wanted == target->title_field) {
        *out += cut(wanted == "code" ? referred->second.code : referred->second.title, parts);
      } else {
        CIVITAS_TRY(auto text, db.query_text("SELECT CAST(" + std::string(wanted) + " AS TEXT) FROM " +
                                                       target->table + " WHERE id=?",
                                                   {reference_id(record[ref->name]).value_or(0)}));
        if (!text) return fail(incomplete(e, f, ref->name));
        const Field* there = target->field(wanted);
        if (const auto days = there && there->type == FieldType::date ? parse_integer(*text) : std::nullopt)
          text = format_date({static_cast<std::int32_t>(*days)});
        *out += cut(*text, parts);
      }
    } else {
      return fail(bad_rule(f, part));
    }
  }
  made.scope = e.table + "." + f.name + ":" + made.before + "#" + made.after;
  return made;
}

Result<std::string> Store::next_code(sql::Transaction& t, const Context& c, const Entity& e, const Field& f,
                                     const Json& record, const References& references) {
  CIVITAS_TRY(const CodeParts parts, code_parts(t, c, e, f, record, references));
  if (parts.digits == 0) return parts.before + parts.after;
  CIVITAS_TRY(const std::int64_t number, next_serial(t, e, f, parts.scope, parts.before, parts.after, parts.digits));
  return numbered(f, parts.before, number, parts.digits, parts.after);
}

Status Store::number_all(sql::Transaction& t, const Context& c, const Entity& e, std::vector<Draft>& drafts) {
  for (const auto& f : e.fields) {
    if (f.type != FieldType::code) continue;
    struct Wanting {
      Draft* draft;
      CodeParts parts;
    };
    std::vector<Wanting> all;
    std::map<std::string, std::int64_t> last;  // in order: two imports lock the series in one order
    for (Draft& d : drafts) {
      if (!d.made.record[f.name].is_null()) continue;
      CIVITAS_TRY(CodeParts parts, code_parts(t, c, e, f, d.made.record, d.references));
      if (parts.digits > 0) last[parts.scope] = 0;
      all.push_back({&d, std::move(parts)});
    }
    std::vector<sql::Param> scopes;
    for (const auto& [scope, number] : last) scopes.emplace_back(scope);
    const std::string lock = t.dialect() == sql::Dialect::postgres ? " ORDER BY scope FOR UPDATE" : "";
    CIVITAS_CHECK(in_chunks(scopes, [&](std::string_view places, sql::Params some) {
      return t.query("SELECT scope,last FROM entities_serial WHERE scope IN (" + std::string(places) + ")" + lock, some,
                     [&](const sql::Row& row) {
                       last[std::string(row.text(0))] = row.integer(1);
                       return sql::Continue::yes;
                     });
    }));
    for (Wanting& w : all) {
      std::string code = w.parts.before + w.parts.after;
      if (w.parts.digits > 0) {
        std::int64_t& number = last[w.parts.scope];
        if (number == 0) {
          CIVITAS_TRY(number, next_serial(t, e, f, w.parts.scope, w.parts.before, w.parts.after, w.parts.digits));
        } else {
          ++number;
        }
        CIVITAS_TRY(code, numbered(f, w.parts.before, number, w.parts.digits, w.parts.after));
      }
      w.draft->made.record.set(f.name, Json(std::move(code)));
    }
    for (const auto& [scope, number] : last)
      CIVITAS_CHECK(t.defer("UPDATE entities_serial SET last=? WHERE scope=?", {number, scope}));
  }
  return {};
}

}  // namespace civitas::entities
