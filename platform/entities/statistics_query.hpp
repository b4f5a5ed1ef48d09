// Inside this room: a declared statistic as one SQL statement, and its rows as the series of the answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "entities/conditions.hpp"

namespace civitas::entities {

/// One number: its keys as text (nothing: without a value), what they are called, and the CQL2 text of their records.
struct StatisticsPoint {
  std::vector<std::optional<std::string>> keys;
  std::vector<Json> titles;
  std::optional<double> value;
  std::int64_t records = 0;
};

class StatisticsQuery {
 public:
  /// More groups than these are cut off, the least of them; with a time among the groups the oldest.
  static constexpr int most_groups = 5000;

  StatisticsQuery(const Catalog& catalog, const Entity& entity, const StatisticsDeclaration& declared,
                  sql::Dialect dialect);

  /// `share`: the condition of a ratio.
  Clause statement(const Clause& where, const Clause& share) const;
  StatisticsPoint read(const sql::Row& row) const;
  /// In order, `top` of them, with the days between that nobody filled. Returns how many groups were left out.
  std::size_t arrange(std::vector<StatisticsPoint>& points) const;
  /// CQL2 text: what the records of the point have in common.
  std::string condition_of(const StatisticsPoint& point) const;
  /// "seconds", "share" or "": what the numbers are besides numbers.
  std::string_view unit() const;
  const std::vector<Every>& everies() const { return every_; }
  Text title_of(std::size_t group) const;

 private:
  struct Key {
    const Entity* owner = nullptr;   // whose field it is: the record's type, or that of the one referred to
    const Field* field = nullptr;    // nullptr: state, created_at, updated_at
    const Entity* target = nullptr;  // whose records are counted by
    std::string column, expression;  // of the value itself; of what it is grouped by
  };
  std::string column_of(const FieldPath& path, const std::string& alias, std::string& joins) const;
  std::string bucket(const std::string& column, const Key& key, Every every) const;
  Json title(std::size_t group, const std::string& key, std::string_view of_record) const;
  void fill(std::vector<StatisticsPoint>& points, std::size_t axis) const;

  const Catalog& catalog_;
  const Entity& entity_;
  const StatisticsDeclaration& declared_;
  sql::Dialect dialect_;
  std::vector<Key> keys_;
  std::vector<Every> every_;
  std::string joins_, measured_;
  const Field* measured_field_ = nullptr;
};

}  // namespace civitas::entities
