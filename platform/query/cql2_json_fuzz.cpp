// CQL2 JSON from outside: what is accepted can be written as text and as JSON and reads back as the same tree.
#include <cstdlib>

#include "city_fixture.hpp"

using namespace civitas::query;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::City city;
  const auto expr = parse_json_text(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!expr) return 0;
  const auto json = parse_json(to_json(*expr));
  if (!json || !equal(*expr, *json)) std::abort();
  const auto typed = check(*expr, city.place);
  if (!typed) return 0;
  const auto text = parse_text(to_text(*expr));
  if (!text || !check(*text, city.place)) std::abort();
  return 0;
}
