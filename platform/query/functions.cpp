#include "query/functions.hpp"

#include <cmath>

#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas::query {

namespace {
std::string text(const Value& v) {
  const auto* s = std::get_if<std::string>(&v);
  return s != nullptr ? *s : std::string();
}

constexpr double hour_micros = 3'600'000'000, minute_micros = 60'000'000;
constexpr double most_micros = 4e18;       // a time must fit its 64 bits
constexpr std::int64_t most_days = 1'000'000;

Value moved(std::span<const Value> a, double unit) {
  const auto* at = std::get_if<Instant>(&a[0]);
  const auto* count = std::get_if<double>(&a[1]);
  if (at == nullptr || count == nullptr) return {};
  const double micros = std::trunc(*count * unit);
  if (!(std::fabs(micros) < most_micros / 2) || std::fabs(static_cast<double>(at->micros) + micros) > most_micros)
    return {};
  return Instant{at->micros + static_cast<std::int64_t>(micros)};
}

Value between(std::span<const Value> a, double unit) {
  const auto* from = std::get_if<Instant>(&a[0]);
  const auto* to = std::get_if<Instant>(&a[1]);
  if (from == nullptr || to == nullptr) return {};
  return (to->micros - from->micros) / static_cast<std::int64_t>(unit);
}

// Times are made in process only (values of fields); what lies between two is also asked of the database.
void add_time_functions(Functions& f) {
  f.add({"add_days",
         {Type::date, Type::integer},
         Type::date,
         [](auto a) {
           const auto* day = std::get_if<Date>(&a[0]);
           const auto* count = std::get_if<std::int64_t>(&a[1]);
           if (day == nullptr || count == nullptr || *count < -most_days || *count > most_days) return Value();
           return Value(day->plus_days(static_cast<int>(*count)));
         },
         "",
         ""});
  f.add({"add_hours", {Type::instant, Type::number}, Type::instant, [](auto a) { return moved(a, hour_micros); }, "", ""});
  f.add({"add_minutes",
         {Type::instant, Type::number},
         Type::instant,
         [](auto a) { return moved(a, minute_micros); },
         "",
         ""});
  f.add({"days_between",
         {Type::date, Type::date},
         Type::integer,
         [](auto a) {
           const auto* from = std::get_if<Date>(&a[0]);
           const auto* to = std::get_if<Date>(&a[1]);
           return from == nullptr || to == nullptr ? Value() : Value(std::int64_t{to->days} - from->days);
         },
         "({1} - {0})",
         "({1} - {0})"});
  f.add({"hours_between",
         {Type::instant, Type::instant},
         Type::integer,
         [](auto a) { return between(a, hour_micros); },
         "(({1} - {0}) / 3600000000)",
         "(({1} - {0}) / 3600000000)"});
  f.add({"minutes_between",
         {Type::instant, Type::instant},
         Type::integer,
         [](auto a) { return between(a, minute_micros); },
         "(({1} - {0}) / 60000000)",
         "(({1} - {0}) / 60000000)"});
}

void add_text_functions(Functions& f) {
  f.add({"lower",
         {Type::text},
         Type::text,
         [](auto a) { return Value(to_lower_ascii(text(a[0]))); },
         "LOWER({0})",
         "LOWER({0} COLLATE \"C\")"});
  f.add({"upper",
         {Type::text},
         Type::text,
         [](auto a) {
           std::string s = text(a[0]);
           for (char& c : s)
             if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
           return Value(std::move(s));
         },
         "UPPER({0})",
         "UPPER({0} COLLATE \"C\")"});
  f.add({"length",
         {Type::text},
         Type::integer,
         [](auto a) { return Value(static_cast<std::int64_t>(utf8_length(text(a[0])))); },
         "LENGTH({0})",
         "LENGTH({0})"});
  f.add({"trim",
         {Type::text},
         Type::text,
         [](auto a) {
           const std::string s = text(a[0]);
           const auto first = s.find_first_not_of(' ');
           if (first == std::string::npos) return Value(std::string());
           return Value(s.substr(first, s.find_last_not_of(' ') - first + 1));
         },
         "TRIM({0})",
         "BTRIM({0})"});
  Function concat{"concat",
                  {Type::text, Type::text},
                  Type::text,
                  [](auto a) {
                    std::string all;
                    for (const Value& part : a) all += text(part);
                    return Value(std::move(all));
                  },
                  " || ",
                  " || "};
  concat.repeats = true;
  f.add(std::move(concat));
}

Functions make_standard() {
  Functions f;
  add_text_functions(f);
  add_time_functions(f);
  f.add({"abs",
         {Type::number},
         Type::number,
         [](auto a) {
           const auto* d = std::get_if<double>(&a[0]);
           return d != nullptr ? Value(std::fabs(*d)) : Value();
         },
         "ABS({0})",
         "ABS({0})"});
  f.add({"year",
         {Type::date},
         Type::integer,
         [](auto a) {
           const auto* d = std::get_if<Date>(&a[0]);
           return d != nullptr ? Value(std::int64_t{d->year()}) : Value();
         },
         "CAST(strftime('%Y', {0} * 86400, 'unixepoch') AS INTEGER)",
         "CAST(EXTRACT(YEAR FROM DATE '1970-01-01' + CAST({0} AS integer)) AS bigint)"});
  f.add({"weekday",
         {Type::date},
         Type::integer,
         [](auto a) {
           const auto* d = std::get_if<Date>(&a[0]);
           return d != nullptr ? Value(std::int64_t{d->weekday()}) : Value();
         },
         "(({0} + 7000003) % 7 + 1)",
         "(({0} + 7000003) % 7 + 1)"});
  f.add({"hour",
         {Type::instant},
         Type::integer,
         [](auto a) {
           const auto* at = std::get_if<Instant>(&a[0]);
           if (at == nullptr) return Value();
           return Value((at->micros - start_of_day(date_in_china(*at)).micros) / 3'600'000'000);
         },
         "(({0} + 86400028800000000) / 3600000000 % 24)",
         "(({0} + 86400028800000000) / 3600000000 % 24)"});
  return f;
}
}  // namespace

const Functions& Functions::standard() {
  static const Functions functions = make_standard();
  return functions;
}
void Functions::add(Function function) {
  std::string name = function.name;
  functions_.insert_or_assign(std::move(name), std::move(function));
}
const Function* Functions::find(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : &found->second;
}
std::vector<std::string> Functions::names() const {
  std::vector<std::string> list;
  for (const auto& [name, function] : functions_) list.push_back(name);
  return list;
}

}  // namespace civitas::query
