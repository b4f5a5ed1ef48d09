#include "sql/add_column.hpp"

namespace civitas::sql {

Status add_column(Connection& c, const std::string& table, const std::string& name, const std::string& type) {
  CIVITAS_TRY(const auto known,
              c.query_integer(c.dialect() == Dialect::sqlite
                                  ? "SELECT 1 FROM pragma_table_info(?) WHERE name=?"
                                  : "SELECT 1 FROM information_schema.columns WHERE table_schema=current_schema() AND "
                                    "table_name=? AND column_name=?",
                              {table, name}));
  return known ? Status{} : c.run_script("ALTER TABLE " + table + " ADD COLUMN " + name + " " + type);
}

}  // namespace civitas::sql
