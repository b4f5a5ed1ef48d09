#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "sql/postgres_connection.hpp"

namespace civitas::sql {

namespace {

bool can_be_run_again(const Status& status) {
  return !status && (status.error().detail.ends_with("[40001]") || status.error().detail.ends_with("[40P01]"));
}

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(DatabaseOptions options) : options_(std::move(options)) {}
  ~PostgresDatabase() override { close(); }

  Status start() {
    CIVITAS_TRY(auto first, PostgresConnection::open(options_, true));
    give_back(std::move(first));
    for (int i = 0; i < options_.writers; ++i) threads_.emplace_back([this] { run_worker(); });
    return {};
  }

  Dialect dialect() const override { return Dialect::postgres; }

  Status read(const std::function<Status(Connection&)>& work) override {
    CIVITAS_TRY(std::unique_ptr<PostgresConnection> connection, take_reader());
    connection->begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    Status status;
    try {
      status = work(*connection);
    } catch (...) {
      connection->rollback();
      throw;
    }
    if (connection->commit()) give_back(std::move(connection));
    return status;
  }

  void write(Work work, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      if (!closing_) {
        queue_.emplace_back(std::move(work), std::move(done));
        wake_.notify_one();
        return;
      }
    }
    done(fail(unavailable_problem("the database is closing")));
  }

  void close() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      wake_.notify_all();
    }
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
    const std::lock_guard lock(readers_mutex_);
    readers_.clear();
  }

  DatabaseCounters counters() const override {
    const std::lock_guard lock(mutex_);
    DatabaseCounters out = counters_;
    out.queued = queue_.size();
    return out;
  }

  Status backup_to(const std::filesystem::path&) override {
    return fail(problem(Kind::unsupported, "sql.backup.postgres", "PostgreSQL 数据库请用 pg_dump 备份。",
                        "Back up a PostgreSQL database with pg_dump."));
  }

 private:
  Result<std::unique_ptr<PostgresConnection>> take_reader() {
    {
      const std::lock_guard lock(readers_mutex_);
      while (!readers_.empty()) {
        auto taken = std::move(readers_.back());
        readers_.pop_back();
        if (!taken->broken()) return taken;
      }
    }
    return PostgresConnection::open(options_, true);
  }

  void give_back(std::unique_ptr<PostgresConnection> connection) {
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < static_cast<std::size_t>(options_.readers)) readers_.push_back(std::move(connection));
  }

  void run_worker() {
    std::unique_ptr<PostgresConnection> connection;
    while (true) {
      std::pair<Work, Done> job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        job = std::move(queue_.front());
        queue_.pop_front();
      }
      Status outcome;
      std::vector<std::function<void()>> effects;
      for (int attempt = 0; attempt < 5; ++attempt) {
        outcome = run_once(connection, job.first, effects);
        if (!can_be_run_again(outcome)) break;
        const std::lock_guard lock(mutex_);
        ++counters_.reruns;
      }
      if (outcome)
        for (auto& effect : effects) effect();
      job.second(std::move(outcome));
      const std::lock_guard lock(mutex_);
      ++counters_.writes;
      ++counters_.commits;
    }
  }

  Status run_once(std::unique_ptr<PostgresConnection>& connection, const Work& work,
                  std::vector<std::function<void()>>& effects) {
    if (!connection || connection->broken()) {
      CIVITAS_TRY(connection, PostgresConnection::open(options_, false));
    }
    connection->begin("BEGIN");
    connection->tell_touches_to(watcher());
    Status outcome;
    try {
      outcome = work(*connection);
    } catch (const std::exception& e) {
      outcome = fail(internal_problem(std::string("exception in a transaction: ") + e.what()));
    }
    effects = connection->take_effects();
    if (!outcome) {
      connection->rollback();
      return outcome;
    }
    if (auto committed = connection->commit(); !committed) {
      connection->rollback();
      return committed;
    }
    return {};
  }

  DatabaseOptions options_;
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Work, Done>> queue_;
  bool closing_ = false;
  DatabaseCounters counters_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<PostgresConnection>> readers_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const DatabaseOptions& options) {
  auto made = std::make_unique<PostgresDatabase>(options);
  CIVITAS_CHECK(made->start());
  return made;
}

}  // namespace civitas::sql
