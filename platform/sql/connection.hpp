// One connection to the database, with prepared statements kept by their text. Placeholders are `?` in both dialects;
// values only ever travel as parameters.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "sql/value.hpp"

namespace civitas::sql {

enum class Dialect { sqlite, postgres };

/// The current row of a running query. Text stays valid until the callback returns.
class Row {
 public:
  virtual ~Row() = default;
  virtual int columns() const = 0;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  /// NULL has no data; an empty text has.
  virtual std::string_view text(int column) const = 0;
  /// Keeps the column's own type: what was stored as a double comes back as a double.
  virtual Value value(int column) const = 0;
};

enum class Continue { yes, no };
using OnRow = std::function<Continue(const Row&)>;
using Params = std::span<const Param>;

class Connection {
 public:
  virtual ~Connection() = default;
  virtual Dialect dialect() const = 0;

  /// Rows changed. Fails with `sql.unique` (conflict; detail names the columns), `sql.reference`, `sql.storage_full`,
  /// `sql.unavailable`, or internal with the driver's words in the detail.
  virtual Result<std::int64_t> execute(std::string_view statement, Params params) = 0;
  virtual Status query(std::string_view statement, Params params, const OnRow& on_row) = 0;
  /// Several statements without parameters, for migrations.
  virtual Status run_script(std::string_view script) = 0;

  Result<std::int64_t> execute(std::string_view statement, std::initializer_list<Param> params = {}) {
    return execute(statement, Params(params.begin(), params.size()));
  }
  Status query(std::string_view statement, std::initializer_list<Param> params, const OnRow& on_row) {
    return query(statement, Params(params.begin(), params.size()), on_row);
  }
  /// The first row, or nothing.
  Result<std::optional<std::vector<Value>>> query_row(std::string_view statement,
                                                      std::initializer_list<Param> params = {});
  Result<std::optional<std::int64_t>> query_integer(std::string_view statement,
                                                    std::initializer_list<Param> params = {});
  Result<std::optional<std::string>> query_text(std::string_view statement, std::initializer_list<Param> params = {});
};

/// Where rows are appended to: kept by the caller as long as the transaction.
struct Target {
  std::string table, columns;
  std::string insert;  // the same as a statement
  Target() = default;
  Target(std::string table, std::string columns, std::string_view values);
};

/// Told what transactions have touched, after their COMMIT and before whoever asked for them has an answer: on the threads
/// that write, so it is quick, and safe for threads. `what` names what was touched, such as a table; it lives as long as
/// the program. `id` is a row of it, or whom it is about; 0: several.
using Touched = std::function<void(std::string_view what, std::int64_t id)>;

/// A writing connection inside a transaction that others decide about: whoever is handed one neither commits nor rolls
/// back. The work of a transaction can be run again (deadlock, failed group), so it keeps no state outside.
class Transaction : public Connection {
 public:
  /// Equal before and after a piece of work only if that changed nothing.
  virtual std::int64_t changes() const = 0;
  /// `execute` for what needs neither count nor outcome at once. SQLite runs it here. PostgreSQL sends it along with
  /// the next statement; a later statement, `settle` or the COMMIT then reports its failure.
  virtual Status defer(std::string_view statement, Params params) = 0;
  Status defer(std::string_view statement, std::initializer_list<Param> params) {
    return defer(statement, Params(params.begin(), params.size()));
  }
  /// Inserts a row, deferred likewise; `explain` puts a failure into the words of who wrote it. Of many appended rows
  /// with no other statement between them PostgreSQL is given a COPY, which it reads while the caller goes on.
  using Explain = std::function<Problem(Problem)>;
  virtual Status append(const Target& target, Params row, const Explain& explain = {}) = 0;
  Status append(const Target& target, std::initializer_list<Param> row) {
    return append(target, Params(row.begin(), row.size()));
  }
  /// Waits for all that was deferred, and reports its failure.
  virtual Status settle() = 0;
  /// A statement has failed, now or earlier, after which PostgreSQL takes nothing but the end of the transaction.
  virtual bool failed() const = 0;
  /// Runs after COMMIT succeeded, never otherwise: caches, tiles, messages to the page.
  void after_commit(std::function<void()> effect) { effects_.push_back(std::move(effect)); }
  /// Tells who watches the database (`Database::watch`), after COMMIT.
  void touched(std::string_view what, std::int64_t id) {
    if (watcher_) effects_.push_back([watcher = watcher_, what, id] { (*watcher)(what, id); });
  }
  /// nullptr: nobody. For the database itself.
  void tell_touches_to(const Touched* watcher) { watcher_ = watcher; }
  std::vector<std::function<void()>> take_effects() { return std::exchange(effects_, {}); }

 private:
  std::vector<std::function<void()>> effects_;
  const Touched* watcher_ = nullptr;
};

}  // namespace civitas::sql
