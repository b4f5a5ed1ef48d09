// Inside this room: cells into the wire form of fields.
#pragma once

#include <functional>
#include <unordered_map>

#include "documents/cell.hpp"
#include "entities/store.hpp"

namespace civitas::exchange {

/// ２０２４．５ → 2024.5: full-width forms and blanks as people type them where only figures are meant.
std::string plain_figures(std::string_view text);

/// 2024-5-1, 2024/05/01, 2024.5.1, 2024年5月1日, 20240501 → 2024-05-01, also of full-width figures and with a time of day
/// behind ("2024/5/1 0:00"), of which the day counts; a time with a zone is the day in China. Other text as it was. The
/// same from CSV, XLSX and GeoJSON.
std::string normal_date(std::string_view text);

/// Finds the records that cells name, as the importing person may see them. Remembers what it found and what it did
/// not, except in the record type being imported, whose records change meanwhile.
class References {
 public:
  References(entities::Store& store, const entities::Context& context, const entities::Entity& importing)
      : store_(store), context_(context), importing_(importing) {}

  /// Told whether an earlier row of a file that is only checked would have made this record.
  std::function<bool(std::string_view key)> expected;

  /// The id, or 0 when `expected` says that the record will be there. Fails with `exchange.import.reference_unknown` or
  /// `exchange.import.reference_ambiguous`, which names the candidates.
  Result<std::int64_t> find(sql::Connection& c, const entities::Field& field, std::string_view text);

 private:
  struct Found {
    std::int64_t id = 0;
    std::vector<std::string> candidates;  // several: ambiguous
  };
  Result<Found> look_up(sql::Connection& c, const entities::Entity& target, const std::string& text);
  struct Target {
    entities::Clause where;
    std::vector<std::string> keys;  // columns that tell a record apart
    bool by_title = true;
  };
  Result<const Target*> target_of(const entities::Entity& target);

  entities::Store& store_;
  const entities::Context& context_;
  const entities::Entity& importing_;
  std::unordered_map<const entities::Entity*, Target> targets_;
  std::unordered_map<std::string, Found> known_;
};

/// Unique text fields: the keys by which a record is named in a table.
std::vector<const entities::Field*> key_fields(const entities::Entity& entity);

struct Value {
  Json json;
  bool pending = false;  // refers to a record that an earlier row will make
};

/// The words of a cell that names several records: parted by ; or 、 or lines.
std::vector<std::string> words_of_references(std::string_view text);

/// A cell of any field but a reference; null where the cell is empty.
Result<Json> read_plain_cell(const entities::Catalog& catalog, const entities::Entity& entity,
                             const entities::Field& field, const documents::Cell& cell);
/// Fails with the reasons of validation or `exchange.import.{number,date,boolean,term,term_ambiguous,formula,json}`.
Result<Value> read_cell(sql::Connection& c, const entities::Catalog& catalog, const entities::Entity& entity,
                        const entities::Field& field, const documents::Cell& cell, References& references);
/// A GeoJSON property: numbers and booleans as they are, text as in a cell.
Result<Value> read_property(sql::Connection& c, const entities::Catalog& catalog, const entities::Entity& entity,
                            const entities::Field& field, const Json& property, References& references);

}  // namespace civitas::exchange
