#include "entities/serial.hpp"

namespace civitas::entities {

Result<std::int64_t> next_serial(sql::Transaction& t, std::string_view series) {
  CIVITAS_TRY(const auto number,
              t.query_integer("INSERT INTO entities_serial(scope,last) VALUES(?,1) ON CONFLICT(scope) DO UPDATE SET "
                              "last=entities_serial.last+1 RETURNING last",
                              {series}));
  return number.value_or(1);
}

}  // namespace civitas::entities
