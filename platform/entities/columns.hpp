// Values of fields as columns of a table, in a record and in a child row alike. Booleans are 0/1, dates days and
// instants microseconds since 1970, references ids, structures JSON text.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/json_text.hpp"
#include "entities/catalog.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

enum class ColumnType { integer, real, text };

struct Column {
  std::string name;
  ColumnType type = ColumnType::text;
};

/// Which rows a statement reads: the table with the latest versions of records, or their history.
enum class Versions { latest, all };

const char* sql_type(ColumnType type, sql::Dialect dialect);

/// The columns that a field occupies: one, or several (uncertain dates, places, scoped references); none where it has a
/// table of its own (rows, refs).
std::vector<Column> columns_of(const Field& field);

/// Appends what these columns hold for a valid value that is not null. Not for scoped references and what is sealed.
void append_cells(const Field& field, const Json& value, std::vector<sql::Value>& out);

/// Writes the value that begins at `column` of the row, which is not null; the title of a reference follows its id.
void write_cell(JsonText& out, const Field& field, const sql::Row& row, int column);

/// Whether two values in the wire form are the same in the database: references by their ids, whatever their titles.
bool same_value(const Field& field, const Json& a, const Json& b);

}  // namespace civitas::entities
