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

Functions make_standard() {
  Functions f;
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
