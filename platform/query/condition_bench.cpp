// Parse, check and compile of a filter as a list page sends it.
#include <chrono>
#include <cstdio>

#include "city_fixture.hpp"

using namespace civitas::query;

int main() {
  const testing::City city;
  Bindings bindings;
  bindings.scopes = testing::scopes_of({"442000"});
  const char* text =
      "name LIKE '中山%' AND kind IN ('road','lane','alley') AND floors BETWEEN 2 AND 10 AND division.code = '442000' "
      "AND division IN my_divisions() AND created >= DATE('2026-01-01') AND NOT vanished";
  constexpr int rounds = 50'000;
  std::size_t length = 0;
  const auto measure = [&](const char* name, auto&& work) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i) work();
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    std::printf("%-24s %8.2f us\n", name, time.count() / rounds);
  };
  const auto expr = parse_text(text);
  const auto typed = check(*expr, city.place);
  testing::MapRecord record;
  record.values["name"] = std::string("中山路");
  record.values["kind"] = std::string("road");
  record.values["floors"] = std::int64_t{3};
  measure("parse", [&] { length += parse_text(text)->args.size(); });
  measure("check", [&] { length += check(*expr, city.place)->root().args.size(); });
  measure("compile (SQLite)", [&] { length += compile(*typed, Dialect::sqlite, bindings)->sql.size(); });
  measure("parse, check, compile", [&] {
    const auto condition = read_condition(text, city.place);
    length += compile(*condition, Dialect::sqlite, bindings)->sql.size();
  });
  measure("evaluate", [&] { length += evaluate(*typed, record, bindings) == Truth::yes; });
  return length == 0 ? 1 : 0;
}
