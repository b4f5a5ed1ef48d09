// Inside this room: one row of a file into one record.
#pragma once

#include <span>

#include "exchange/import_errors.hpp"
#include "exchange/import_source.hpp"
#include "exchange/seen_keys.hpp"
#include "exchange/values.hpp"

namespace civitas::exchange {

enum class Attempt { write, check };

/// Whether a wrong row is undone alone (a savepoint each, which costs) or with its whole transaction.
enum class Undo { row, transaction };

class RowWriter {
 public:
  RowWriter(entities::Store& store, const entities::Context& context, const entities::Entity& entity,
            const HeadMatcher& matcher, const ImportSource& source, Attempt attempt);
  /// Rows whose record is there already, by this field, count as good and change nothing.
  void pass_over_known(const entities::Field& key) { key_ = &key; }

  /// True when the row is good; otherwise what is wrong is added to `problems`. Fails when the database or the program
  /// does, and with `exchange.import.undo` when a wrong row has changed something and the caller said to undo the
  /// transaction.
  Result<bool> write(sql::Transaction& t, const SourceRow& row, Undo undo, std::vector<RowProblem>& problems);

  /// A check forgets its rows batch by batch; what later rows may refer to, or must not repeat, is remembered here.
  void remember();
  /// The batch is tried again from its beginning.
  void forget_batch() { batch_keys_.clear(); }

  /// After the last row: what was sent along is waited for. Fails as `write` with Undo::transaction.
  Status end_batch(sql::Transaction& t) const;

  /// Whether the rows of a batch can be written together: they do not refer to one another.
  bool may_write_many() const;
  /// All rows of a transaction with few statements; returns the number of good ones. Fails as `write` with
  /// Undo::transaction.
  Result<std::int64_t> write_many(sql::Transaction& t, std::span<const SourceRow> rows,
                                  std::vector<RowProblem>& problems);

 private:
  struct Built {
    Json input = Json::object();
    std::string state;  // in which its case begins; empty: as the process says
    bool pending = false;
    std::optional<std::string> valid_from;
    std::vector<Problem> problems;
  };
  Result<Built> build(sql::Connection& c, const SourceRow& row);
  void add_value(Built& built, const entities::Field& field, Result<Value> value) const;
  void add_state(Built& built, std::string_view word) const;
  entities::WriteOptions options_of(const Built& built) const;
  Result<bool> create(sql::Transaction& t, Built& built, Undo undo, std::vector<Problem>& problems);
  bool is_own(const entities::Field& field) const;
  void note(const SourceRow& row, std::vector<Problem>& wrong, std::vector<RowProblem>& problems) const;
  void note_keys(const Json& record);
  std::optional<Problem> repeated(const Json& input) const;

  entities::Store& store_;
  const entities::Context& context_;
  const entities::Entity& entity_;
  const HeadMatcher& matcher_;
  const ImportSource& source_;
  Attempt attempt_;
  entities::WriteOptions options_;
  const entities::Field* key_ = nullptr;
  References references_;
  std::unordered_map<std::string, std::uint32_t> column_of_;  // field → first column, from 1
  std::vector<const entities::Field*> unique_;
  SeenKeys seen_;
  std::vector<std::uint64_t> batch_keys_;
};

}  // namespace civitas::exchange
