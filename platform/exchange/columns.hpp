// Inside this room: which column carries which field.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "documents/cell.hpp"
#include "entities/catalog.hpp"
#include "exchange/exchange.hpp"

namespace civitas::exchange {

/// `since`: the day from which the record holds (`valid_from`), in data that the product brings itself.
enum class Part { whole, longitude, latitude, state, since };

struct FieldColumn {
  const entities::Field* field = nullptr;  // nullptr: the state, the day since when, or a column that is passed over
  Part part = Part::whole;
};

inline const std::string& in(Language language, const Text& text) {
  return language == Language::zh || text.en.empty() ? text.zh : text.en;
}

/// Whether an import may carry the field.
bool is_writable(const entities::Field& field, Whose whose = Whose::people);
/// The columns of a template, in the order of the declaration.
std::vector<FieldColumn> writable_columns(const entities::Entity& entity);
std::string column_title(const entities::Entity& entity, const FieldColumn& column, Language language);

/// The state of that name or title; 400 `exchange.import.state` with the one probably meant.
Result<std::string> state_named(const entities::Entity& entity, std::string_view word);

/// Finds columns by what stands in their heads.
class HeadMatcher {
 public:
  explicit HeadMatcher(const entities::Entity& entity, Whose whose = Whose::people);
  Whose whose() const { return whose_; }
  const entities::Entity& entity() const { return entity_; }
  /// "name", or of a point "spot.longitude": the column of that field; `exchange.import.field_unknown`.
  Result<FieldColumn> field(std::string_view key) const;
  static std::string key_of(const FieldColumn& column);
  /// `exchange.import.column_unknown` with the title probably meant.
  Result<FieldColumn> match(std::string_view head) const;
  /// All columns of a table; also `exchange.import.column_twice`, `exchange.import.no_columns`.
  Result<std::vector<FieldColumn>> match_all(const std::vector<documents::Cell>& head) const;

 private:
  void add(std::string_view head, FieldColumn column);
  const entities::Entity& entity_;
  Whose whose_;
  std::unordered_map<std::string, FieldColumn> known_;
  std::vector<std::string> titles_;
};

}  // namespace civitas::exchange
