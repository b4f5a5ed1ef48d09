#include "gateway/call_log.hpp"

#include "base/log.hpp"

namespace civitas::gateway {

namespace {

constexpr std::size_t queue_limit = 50'000;
constexpr std::size_t rows_per_transaction = 5'000;
constexpr std::int64_t kept_seconds = 90 * std::int64_t{86'400};
constexpr int prune_every_flushes = 60;

}  // namespace

Status CallLog::create_tables(sql::Transaction& t) {
  const std::string id = t.dialect() == sql::Dialect::sqlite ? "INTEGER PRIMARY KEY" : "BIGSERIAL PRIMARY KEY";
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS gateway_usage(application BIGINT NOT NULL,day BIGINT NOT NULL,service TEXT NOT "
      "NULL,calls BIGINT NOT NULL,errors BIGINT NOT NULL,"
      "bytes BIGINT NOT NULL,PRIMARY KEY(application,day,service));"
      "CREATE INDEX IF NOT EXISTS gateway_usage_day ON gateway_usage(day);"
      "CREATE TABLE IF NOT EXISTS gateway_call(id " +
      id +
      ",at BIGINT NOT NULL,application BIGINT NOT NULL,department BIGINT,service TEXT NOT NULL,status BIGINT NOT "
      "NULL,duration_us BIGINT NOT NULL,bytes BIGINT NOT NULL,"
      "address TEXT NOT NULL);"
      "CREATE INDEX IF NOT EXISTS gateway_call_at ON gateway_call(at)");
}

void CallLog::start() {
  thread_ = std::thread([this] { run(); });
}

void CallLog::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (const auto done = flush(); !done) log_problem("gateway.usage.write", done.error());
}

void CallLog::record(Call call) {
  const std::lock_guard lock(mutex_);
  Sums& sums = usage_[{call.application, date_in_china(call.at).days, call.service}];
  sums.calls += call.admitted;
  sums.errors += call.status >= 400;
  sums.bytes += call.bytes;
  if (calls_.size() >= queue_limit) {
    ++dropped_;
    return;
  }
  calls_.push_back(std::move(call));
  if (calls_.size() == queue_limit / 2) wake_.notify_one();
}

std::uint64_t CallLog::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

Status CallLog::flush() {
  const std::lock_guard one_at_a_time(flushing_);
  Usage usage;
  std::vector<Call> calls;
  {
    const std::lock_guard lock(mutex_);
    usage.swap(usage_);
    calls.swap(calls_);
  }
  Status done;
  if (!usage.empty()) {
    done = database_.write_now([&](sql::Transaction& t) -> Status {
      for (const auto& [key, sums] : usage) {
        const auto& [application, day, service] = key;
        CIVITAS_CHECK(
            t.execute("INSERT INTO gateway_usage(application,day,service,calls,errors,bytes) VALUES(?,?,?,?,?,?) ON "
                      "CONFLICT(application,day,service) DO UPDATE SET "
                      "calls=gateway_usage.calls+excluded.calls,errors=gateway_usage.errors+excluded.errors,bytes="
                      "gateway_usage.bytes+excluded.bytes",
                      {application, std::int64_t{day}, service, sums.calls, sums.errors, sums.bytes}));
      }
      return {};
    });
    if (!done) {
      // What counts for quotas waits for the next time.
      const std::lock_guard lock(mutex_);
      for (const auto& [key, sums] : usage) {
        Sums& kept = usage_[key];
        kept.calls += sums.calls;
        kept.errors += sums.errors;
        kept.bytes += sums.bytes;
      }
    }
  }
  for (std::size_t from = 0; done && from < calls.size(); from += rows_per_transaction) {
    const std::size_t to = std::min(calls.size(), from + rows_per_transaction);
    done = database_.write_now([&](sql::Transaction& t) -> Status {
      for (std::size_t i = from; i < to; ++i) {
        const Call& c = calls[i];
        CIVITAS_CHECK(
            t.execute("INSERT INTO gateway_call(at,application,department,service,status,duration_us,bytes,address) "
                      "VALUES(?,?,?,?,?,?,?,?)",
                      {c.at.micros, c.application, c.department ? sql::Param(c.department) : sql::Param(nullptr),
                       c.service, c.status, c.duration_us, c.bytes, c.address}));
      }
      return {};
    });
    if (done) continue;
    const std::lock_guard lock(mutex_);
    dropped_ += calls.size() - from;
  }
  return done;
}

// In pieces: one large removal would hold up every other writer.
Status CallLog::prune() {
  const std::int64_t before = clock_.now().plus_seconds(-kept_seconds).micros;
  for (std::int64_t removed = 1; removed > 0;) {
    CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(
          removed,
          t.execute(
              "DELETE FROM gateway_call WHERE id IN (SELECT id FROM gateway_call WHERE at<? ORDER BY at LIMIT 2000)",
              {before}));
      return {};
    }));
  }
  return {};
}

void CallLog::run() {
  int flushes = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_ || calls_.size() >= queue_limit / 2; });
    if (stopping_) return;
    lock.unlock();
    if (const auto done = flush(); !done) log_problem("gateway.usage.write", done.error());
    if (flushes++ % prune_every_flushes == 0)
      if (const auto done = prune(); !done) log_problem("gateway.call.prune", done.error());
    lock.lock();
  }
}

}  // namespace civitas::gateway
