// What conditions may name: the fields of a record type, their types and where they are stored.
//
// Storage that compiled SQL counts on, the same in SQLite and PostgreSQL:
//   text           TEXT, in PostgreSQL COLLATE "C" (comparisons are by code point)
//   integer        BIGINT; number DOUBLE PRECISION / REAL; boolean SMALLINT 0 or 1
//   date           INTEGER, days since 1970-01-01; instant BIGINT, microseconds since the epoch
//   uncertain_date two date columns, `earliest_column` and `latest_column`; both NULL or neither
//   geometry       `column` holds the shape (SQL never reads it); its box in four DOUBLE columns
//   text_list      TEXT with a JSON array of strings (in PostgreSQL also JSONB)
//   ref            BIGINT, the key of a row of `target_table`
//   rows           no column: rows of `target_table` whose `parent_column` is this record's key
//   refs           no column: rows of `link_table` (`parent_column`, `link_column`) that join this record to rows of
//                  `target_table`; compared as a set of keys, and none is null
//   versions       where the record's table is a table of versions (Bindings::versions), `version_table` stands for the
//                  rows of all of them: each holds from `since_version` until before `until_version` of the record's
//                  column `version`, NULL: still
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/value.hpp"

namespace civitas::query {

enum class FieldType : std::uint8_t {
  text,
  integer,
  number,
  boolean,
  date,
  instant,
  uncertain_date,
  geometry,
  json,
  text_list,
  ref,
  rows,
  refs,
};

class Schema;

/// Of a field that is encrypted at rest: how its values are looked for.
class Sealing {
 public:
  virtual ~Sealing() = default;
  /// The one form in which equal values are equal.
  virtual std::string normal(std::string_view value) const = 0;
  /// What `blind_column` may hold for the value, under the keys there are; at least one.
  virtual std::vector<std::string> digests(std::string_view value) const = 0;
};

struct FieldInfo {
  std::string name;
  FieldType type = FieldType::text;
  std::string column;
  std::shared_ptr<const Sealing> sealing;      // text that is encrypted in `column`
  std::string blind_column;                    // its digest; empty: it cannot be looked for
  std::string earliest_column, latest_column;  // uncertain_date
  std::array<std::string, 4> box_columns;      // geometry: min_x, min_y, max_x, max_y
  /// geometry: the index of these boxes. SQLite: an R*Tree (id, min_x, max_x, min_y, max_y) of the latest versions;
  /// PostgreSQL: GiST over box(point(min_x,min_y),point(max_x,max_y)). Empty: there is none.
  std::string box_index;
  std::string target_table;             // ref, rows, refs
  std::string target_key = "id";        // ref: the target's column that the ref holds; rows: this record's key
  const Schema* target = nullptr;       // ref, rows, refs; nullptr: `field.other` and any() are refused
  std::string parent_column;            // rows, refs: the child's column with this record's key
  std::string link_table, link_column;  // refs
  std::string version_table;            // rows, refs
  /// The dimension whose records this refers to, for `field IN my_scope('hall')`; also of a record's own key.
  std::string scope;
  /// Dimension with codes: text column with the code cut to its significant digits ("420115001"), so that
  /// `field IN my_divisions()` is a range on an index. "": the keys themselves are compared.
  std::string scope_path_column;
  /// No field of the record: a step to what is kept beside it (its case), which conditions of lists follow in SQL.
  bool beside = false;
  std::string means;  // no column: this condition, over the schema of the record, stands for it
};

/// Where the steps of a record's case are kept, for took_part().
struct StepTable {
  std::string table, record_column, step_column;
  std::vector<std::string> person_columns;  // who took it, and in whose name
  std::string department_column;            // of whoever took it, then
  std::vector<std::string> steps;           // the names that there are
};

class Schema {
 public:
  virtual ~Schema() = default;
  virtual const FieldInfo* find(std::string_view name) const = 0;
  /// For the word probably meant.
  virtual std::vector<std::string> names() const = 0;
  /// nullptr: records of this type have no cases.
  virtual const StepTable* steps() const { return nullptr; }
};

/// A schema from a list.
class FieldList : public Schema {
 public:
  FieldList() = default;
  explicit FieldList(std::vector<FieldInfo> fields);
  void add(FieldInfo field);
  const FieldInfo* find(std::string_view name) const override;
  std::vector<std::string> names() const override;
  void set_steps(StepTable steps) { steps_ = std::move(steps); }
  const StepTable* steps() const override { return steps_ ? &*steps_ : nullptr; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::unordered_map<std::string, FieldInfo, Hash, std::equal_to<>> fields_;
  std::optional<StepTable> steps_;
};

}  // namespace civitas::query
