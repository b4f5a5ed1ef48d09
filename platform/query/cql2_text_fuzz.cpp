// CQL2 text from outside: parse, write, parse again, check, compile, evaluate. Nothing may crash, and what was written
// must read back as the same tree.
#include <cstdlib>

#include "city_fixture.hpp"

using namespace civitas::query;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::City city;
  static const testing::MapRecord record;
  const auto expr = parse_text(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!expr) return 0;
  const auto again = parse_text(to_text(*expr));
  if (!again || !equal(*expr, *again)) std::abort();
  const auto json = parse_json(to_json(*expr));
  if (!json || !equal(*expr, *json)) std::abort();
  const auto typed = check(*expr, city.place);
  if (!typed) return 0;
  for (const auto dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto sql = compile(*typed, dialect, {});
    if (sql && sql->sql.empty()) std::abort();
  }
  evaluate(*typed, record, {});
  return 0;
}
