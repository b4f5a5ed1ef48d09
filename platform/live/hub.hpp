// Who listens to what, and what they are told: a list as its caller would see it now, kept true by what COMMIT brings,
// and hints that something of a caller's concern has changed.
//
// Writers leave a note and go on (`Notes`). A few threads of the hub's own, of low priority, look who is concerned: at
// most one round each `pace` for a subscription, and a subscription rests nine times as long as its round took, so that
// listeners never take the machine from writers. Every round asks with the rights that the session has at that moment;
// a session that ended ends its stream, and rights that changed make a new snapshot. Equal listeners, the same person
// with the same wishes, share their rounds. Whoever does not keep up gets a snapshot later instead of a queue.
//
// Events: `ready` {} (of a stream that begins without a list, or goes on), `snapshot` (the list), `record` (a row of it as it now is), `gone` {"id"} (was perhaps shown and is no longer in
// the list), `changed` {"what"} (ask again), `end` {"reason", "detail"} (the stream ends). At least once: the same row may come
// twice.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "entities/store.hpp"
#include "http/event_stream.hpp"
#include "live/notes.hpp"
#include "sql/database.hpp"

namespace civitas::live {

struct HubOptions {
  std::chrono::milliseconds pace{250};        // between two rounds of a list
  std::chrono::milliseconds hint_pace{1000};  // between two hints of one topic
  std::chrono::milliseconds control{2000};    // a session is looked at so often although nothing happens
  unsigned threads = 2;
  std::size_t keep_notes = 4096;
  std::chrono::seconds linger{600};
  int most_of_person = 12;  // streams
  int most = 4000;
  /// What belongs to one person besides records: touched under these names with the person's id.
  std::vector<std::string_view> personal;
};

/// A hint: `what` changed, told when a record of these types that the listener may read was written, or something of
/// theirs under one of the personal names.
struct Topic {
  std::string what;
  std::vector<const entities::Entity*> records;
  std::vector<std::string_view> personal;
  int patience = 1;  // so many times as rarely as `hint_pace`: where many ask for much when they are told
};

struct Wish {
  const entities::Entity* list = nullptr;
  entities::ListQuery query;
  std::vector<Topic> topics;
  std::string same;  // equal for equal wishes
};

/// Whose session it is now; nothing when it has ended.
using WhoIs = std::function<std::optional<identity::Principal>(const std::string& session)>;

class Hub {
  struct Member;
  struct Group;

 public:
  /// A place that is taken, until the last copy is gone.
  using Subscription = std::shared_ptr<Member>;

  Hub(sql::Database& database, const Clock& clock, entities::Store& store, WhoIs who_is, HubOptions options = {});
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  void start();
  /// Ends every stream.
  void stop();

  /// For `sql::Database::watch`.
  void touched(std::string_view what, std::int64_t id);

  /// Before the stream opens: reads the list, so that what is wrong with it is an answer of its own. `position`:
  /// Last-Event-ID, with which only what was missed is told, if that is still known. 429 `api.live.too_many`, 503
  /// `api.live.full`.
  Result<Subscription> prepare(const identity::Principal& who, std::string session, Wish wish,
                               std::string_view position);
  void open(const Subscription& subscription, std::shared_ptr<http::EventStream> stream);
  void close(const Subscription& subscription);

  int streams() const;

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Told;  // the events of one round
  entities::Context context(const identity::Principal& who) const { return {who, clock_.now(), ""}; }
  void work();
  Group* due(Monotonic now, Monotonic& next);
  void round(Group& g);
  bool admit(Group& g, std::vector<Subscription>& members, bool& others_rights);
  Status tell_list(Group& g, bool again, Told& told);
  Status tell_topics(Group& g, bool again, Told& told);
  Result<bool> is_concerned(sql::Connection& db, const Group& g, const Topic& topic, const Missed& missed) const;
  Result<std::string> snapshot(sql::Connection& db, const entities::Context& c, const Wish& wish,
                               std::vector<std::int64_t>& shown);
  std::vector<Subject> subjects_of(const Topic& topic) const;
  void release(Member& member);

  sql::Database& database_;
  const Clock& clock_;
  entities::Store& store_;
  const WhoIs who_is_;
  const HubOptions options_;
  Notes notes_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> news_ = false;
  bool stopping_ = false;
  std::map<std::int64_t, int> of_person_;
  int streams_ = 0;
  std::vector<std::thread> threads_;
  std::string after_;  // where the next look begins, so that each has its turn
  std::map<std::string, std::unique_ptr<Group>> groups_;  // last: whose members end last report to what is above
};

}  // namespace civitas::live
