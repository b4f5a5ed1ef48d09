// Records delivered to other systems (`push:`): for every record for which the condition holds the newest form is sent,
// in the order in which the records changed, until the other system takes it; a record that no longer fits is sent once
// more as `gone`. One row a record and push is kept (what is waiting, what was taken), so nothing is lost by kill -9
// and nothing sent twice but what was on its way then. Every day all records are compared with what was taken, and what
// is missing is sent (reconciliation): what an import brought, what happened before the push was declared.
//
// A message is signed as Standard Webhooks says; its webhook-id is the same for each attempt at one version:
//   {"type":"grid.event","id":"…","version":3,"at":"…","gone":false,"data":{…as mapped…}}
// A failure that passes holds up the whole push, so that the order is kept; a refusal (4xx but 408, 425, 429) sets the
// record aside as stuck, where an administrator finds it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "entities/store.hpp"
#include "jobs/outbox.hpp"
#include "outbound/backoff.hpp"
#include "outbound/client.hpp"

namespace civitas::gateway {

struct PushTarget {
  std::string url, secret;
};

class Pushes {
 public:
  Pushes(sql::Database& database, const Clock& clock, entities::Store& store, outbound::Client& client,
         std::map<std::string, PushTarget> targets);
  ~Pushes() { stop(); }
  Pushes(const Pushes&) = delete;
  Pushes& operator=(const Pushes&) = delete;

  static Status create_tables(sql::Transaction& t);
  /// Hears of every change. While the program is wired.
  void follow(jobs::Outbox& outbox);
  /// Queues what was never taken, or not in its present form; returns how many.
  Result<int> reconcile();
  /// Sends what is due now, in this thread; returns how many records were taken or set aside.
  Result<int> deliver();
  void start();
  void stop();

  bool any() const { return !pushes_.empty(); }
  /// {"items":[{"name","title","to","configured","waiting","stuck","taken","oldest"}],"stuck":[{"push","record",
  /// "entity","id","title","error","attempts","at"}]}
  Status list(sql::Connection& c, std::string& out) const;
  /// A record that is stuck waits again; 404 `gateway.push.unknown`.
  Status send_again(sql::Transaction& t, std::string_view push, std::int64_t record);

 private:
  struct Declared {
    const entities::Entity* entity;
    const entities::Push* push;
    std::string name;  // "grid/event/city_platform"
  };
  struct Row {
    std::int64_t record = 0, version = 0, next_at = 0;
    int attempts = 0;
    bool taken_before = false;
  };
  Status changed(sql::Transaction& t, const Declared& d, std::int64_t record, std::int64_t version, bool exists);
  Result<bool> deliver_one(const Declared& d, const PushTarget& to);
  /// The message; empty `body`: nothing is to be sent any more.
  Result<std::string> message(sql::Connection& c, const Declared& d, const Row& row) const;
  Status settle(const Declared& d, const Row& row, const Status& outcome, bool nothing_to_send);
  void run();

  sql::Database& database_;
  const Clock& clock_;
  entities::Store& store_;
  outbound::Client& client_;
  std::map<std::string, PushTarget> targets_;
  std::vector<Declared> pushes_;
  outbound::Backoff backoff_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, look_ = false;
  std::thread thread_;
};

}  // namespace civitas::gateway
