// One cell of a table, as the readers give it and the writers take it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace civitas::documents {

enum class CellKind {
  empty,
  text,
  number,   // decimal text such as "113.35": what a person typed and sees, at most 15 significant digits from
            // XLSX
  date,     // ISO 8601: "2024-05-01" or "2024-05-01T08:30:00", civil time without zone
  time,     // "08:30:00"; hours may exceed 24 for durations
  boolean,  // "TRUE" or "FALSE"
  error,    // "#N/A", "#REF!": the office program could not compute it; "=A1&B1": a formula whose result the file lacks
};

struct Cell {
  CellKind kind = CellKind::empty;
  bool merged = false;  // shows what another cell of its merged area holds
  std::string text;     // UTF-8; "" when empty
  std::string format = {};  // of a number in XLSX: the code of its number format, where it has one

  Cell() = default;
  Cell(CellKind k, std::string t) : kind(k), text(std::move(t)) {}
  static Cell of(std::string text) {
    const CellKind kind = text.empty() ? CellKind::empty : CellKind::text;
    return Cell(kind, std::move(text));
  }
  static Cell number(std::string decimal) { return Cell(CellKind::number, std::move(decimal)); }
  static Cell date(std::string iso) { return Cell(CellKind::date, std::move(iso)); }

  /// As a sheet shows it: "00042" for 42 under the format 00000.
  std::string shown() const;
  bool empty() const { return text.empty(); }
  bool operator==(const Cell&) const = default;
};

/// "A", "Z", "AA" for columns 1, 26, 27.
std::string column_letters(std::uint32_t column);

/// The text that makes an office program compute instead of show: a cell of a CSV file that begins with = + -
/// @, TAB, CR or the full-width forms of the first four (OWASP "CSV Injection").
bool looks_like_formula(std::string_view text);

}  // namespace civitas::documents
