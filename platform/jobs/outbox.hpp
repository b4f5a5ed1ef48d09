// The transactional outbox: what happened to a record leaves in the transaction of the change and reaches its
// subscribers afterwards, in order and at least once.
//
// An event is a row of outbox_event. Each subscriber has a position that moves in the very transaction in which its
// handler works: what a handler writes to the database happens exactly once, also after kill -9. Work outside the
// database is for a job that the handler queues. Readers never pass rows that may still commit: on SQLite positions are
// ids (one writer), on PostgreSQL transaction ids below the oldest running one. Events that every subscriber has passed
// are removed.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "sql/database.hpp"

namespace civitas::jobs {

struct Event {
  std::int64_t id = 0;  // given by the database
  Instant at;
  std::int64_t who = 0;  // person, 0: the product itself
  std::string entity;    // "town/permit"
  std::int64_t record = 0;
  std::string act;           // "create", "update", "delete", or the transition's name
  std::int64_t version = 0;  // of the record after the act
  std::string state;         // of its case after the act, "" without one
};

/// Runs inside the transaction that moves the subscriber's position, and may be run again.
using OnEvent = std::function<Status(sql::Transaction&, const Event&)>;

class Outbox {
 public:
  Outbox(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  ~Outbox() { stop(); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  static Status create_tables(sql::Transaction& t);
  /// A record type has another path: what still waits is of the new one.
  static Status entity_moved(sql::Transaction& t, std::string_view from, std::string_view to);
  /// Part of the change's own transaction; for entities with a subscriber only.
  static Status append(sql::Transaction& t, const Event& event);

  /// Before `start`. `name` is stable across releases: the position is kept under it. A new subscriber begins with what
  /// happens from now on.
  void subscribe(std::string name, std::vector<std::string> entities, OnEvent handler);

  /// Makes the positions of new subscribers and drops those of former ones. `deliver` then needs no thread.
  Status prepare();
  Status start();
  void stop();
  /// Delivers what is settled. An event whose handler fails holds up its subscriber: it is tried at each call, and
  /// after `most_attempts` calls put into outbox_refused with the reason, logged, and passed.
  Status deliver();

  static constexpr int most_attempts = 8;

 private:
  struct Subscriber {
    std::string name;
    std::vector<std::string> entities;
    OnEvent handler;
    int attempts = 0;
  };
  Result<bool> waiting(const Subscriber& s);
  Status deliver_to(Subscriber& s, bool& anything);
  Status trim();
  void run();

  sql::Database& database_;
  const Clock& clock_;
  std::vector<Subscriber> subscribers_;
  std::mutex delivering_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace civitas::jobs
