// Which application called what: counts by application, day and service (gateway_usage) and every single call
// (gateway_call, kept for 90 days). Both are gathered in memory and written together once a second.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "base/time.hpp"
#include "sql/database.hpp"

namespace civitas::gateway {

struct Call {
  Instant at;
  std::int64_t application = 0;
  std::int64_t department = 0;
  std::string service;
  int status = 0;
  std::int64_t duration_us = 0;
  std::int64_t bytes = 0;
  std::string address;
  bool admitted = false;  // counted against the day's quota
};

class CallLog {
 public:
  CallLog(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  ~CallLog() { stop(); }
  CallLog(const CallLog&) = delete;
  CallLog& operator=(const CallLog&) = delete;

  static Status create_tables(sql::Transaction& t);

  void start();
  /// Writes what is left.
  void stop();
  /// Never waits for the database. When the queue is full, the single call is dropped and counted; usage never is.
  void record(Call call);
  /// Writes now; also for tests.
  Status flush();
  std::uint64_t dropped() const;

 private:
  struct Sums {
    std::int64_t calls = 0, errors = 0, bytes = 0;
  };
  using UsageKey = std::tuple<std::int64_t, std::int32_t, std::string>;  // application, day, service
  using Usage = std::map<UsageKey, Sums>;
  void run();
  Status prune();

  sql::Database& database_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::mutex flushing_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Usage usage_;
  std::vector<Call> calls_;
  std::uint64_t dropped_ = 0;
  std::thread thread_;
};

}  // namespace civitas::gateway
