// The database: parallel readers and ordered writers, embedded SQLite or a PostgreSQL server.
//
// SQLite: every write runs on one writer thread, inside its savepoint of a group that is committed together
// (synchronous=FULL); the answer waits until it is on the disk. If an error undid the whole transaction, or COMMIT
// failed, each member of the group is run again alone. PostgreSQL: each worker has its connection and transaction; only
// serialization failures and deadlocks are run again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "sql/connection.hpp"

namespace civitas::sql {

struct DatabaseOptions {
  Dialect dialect = Dialect::sqlite;
  std::filesystem::path file;      // SQLite
  std::string connection_string;   // PostgreSQL, libpq form
  int readers = 8;                 // connections kept for reading
  int writers = 8;                 // PostgreSQL only: worker connections
  int cache_mib = 4;               // SQLite: page cache of one connection
  int group_limit = 256;           // SQLite: most handlers in one commit
  int read_deadline_seconds = 30;  // a longer query fails with sql.timeout
};

using Work = std::function<Status(Transaction&)>;
using Done = std::function<void(Status)>;

struct DatabaseCounters {
  std::uint64_t writes = 0;
  std::uint64_t commits = 0;
  std::uint64_t reruns = 0;
  std::uint64_t queued = 0;
};

class Database {
 public:
  /// Opens, and for SQLite creates, the database.
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);

  virtual ~Database() = default;
  virtual Dialect dialect() const = 0;

  /// Runs `work` on this thread against one snapshot.
  virtual Status read(const std::function<Status(Connection&)>& work) = 0;

  /// Queues `work`; `done` is called on another thread when COMMIT is on the disk, or with the problem when nothing was
  /// changed.
  virtual void write(Work work, Done done) = 0;

  /// Who is told what transactions touch; one, given while the program is wired.
  void watch(Touched watcher) { watcher_ = std::move(watcher); }

  /// `write`, waiting for the outcome. Not to be called from inside a transaction.
  Status write_now(Work work);

  /// Refuses new writes, finishes queued ones and closes. Called by the destructor too.
  virtual void close() = 0;
  virtual DatabaseCounters counters() const = 0;

  /// A consistent copy into `target` while the server runs (SQLite only; PostgreSQL has pg_dump).
  virtual Status backup_to(const std::filesystem::path& target) = 0;

 protected:
  const Touched* watcher() const { return watcher_ ? &watcher_ : nullptr; }

 private:
  Touched watcher_;
};

/// Turns `?` outside quotes and comments into $1, $2, …
std::string number_placeholders(std::string_view statement);

}  // namespace civitas::sql
