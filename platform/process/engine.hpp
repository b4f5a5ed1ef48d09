// Cases: records whose type declares states and transitions (流程). A state changes only here. Every step leaves a
// trace; the legal clock counts working days and stands still in `stopped` states; a running case keeps the definition
// it began with, stored by its hash.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "entities/store.hpp"
#include "jobs/outbox.hpp"
#include "notify/notify.hpp"
#include "process/telling.hpp"
#include "process/working_calendar.hpp"

namespace civitas::process {

/// A transition that `who` may take now.
struct Action {
  std::string name;
  Text title;
  std::vector<entities::FormField> form;
  bool comment = false;  // the form asks for a comment
  bool comment_required = false;
  bool danger = false;
};

enum class Box { todo, done, closed, copied };  // 待办, 已办, 办结, 抄送

class Engine {
 public:
  Engine(entities::Store& store, const WorkingCalendar& calendar) : store_(store), calendar_(calendar) {}

  static Status create_tables(sql::Transaction& t);
  /// A record type has another path: its cases go on under the new one.
  static Status entity_moved(sql::Transaction& t, std::string_view from, std::string_view to);
  /// Registers "process.begin", which the store calls for every new record with a process.
  void register_hooks(entities::Hooks& hooks);

  /// 404 for an unknown transition or record, 403 without the role, 422 `process.transition.state` when the case stands
  /// elsewhere, 422 `process.transition.guard` when the guard does not hold. `input`: form fields, "comment", and
  /// "copies": the ids of members of staff who get a copy (抄送); 400 `process.copies.person` for who may not read the
  /// record.
  Result<Json> transition(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                          std::string_view name, Json input);

  Status claim(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id);    // 签收
  Status release(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id);  // 放回
  Status transfer(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                  std::int64_t to, const std::string& comment);                                                // 转办
  Status recall(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id);  // 撤回
  Status urge(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
              const std::string& comment);  // 催办

  Result<std::vector<Action>> actions(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                                      std::int64_t id);
  /// The `case` member of a record (docs/api.md); null when the record has no case.
  Result<Json> case_of(sql::Connection& c, const entities::Entity& e, std::int64_t id, Instant now);
  Status trace(sql::Connection& c, const entities::Context& context, const entities::Entity& e, std::int64_t id,
               std::string& out);
  Status tasks(sql::Connection& c, const entities::Context& context, Box box, int limit, std::int64_t after,
               std::string& out);

  /// When a case came to which state.
  struct Passage {
    Instant at;
    std::string state;
  };
  /// The states that a case came through, the first first.
  static Result<std::vector<Passage>> course(sql::Connection& c, std::int64_t record);

  /// A case of somebody's own, wherever it stands.
  struct OwnCase {
    std::string entity, state;
    std::int64_t id = 0;
    Instant entered_at;
  };
  /// The newest cases that `person` began, of all systems; those before the record `before`.
  static Result<std::vector<OwnCase>> cases_of(sql::Connection& c, std::int64_t person, std::int64_t before, int limit);

  /// Marks the caller's copy as read.
  static Status mark_copy_read(sql::Transaction& t, std::int64_t person, std::int64_t record, Instant now);

  /// Follows every case by the outbox: tells applicants where their case stands, sends copies to the roles that a
  /// transition names, and watches deadlines. While the program is wired.
  void follow(jobs::Outbox& outbox, const Clock& clock);
  /// Sends the reminders that are due: before a deadline as declared, and when it has passed, each once, to who has the
  /// case, else to the roles whose turn it is, else to the applicant. Returns how many cases were looked at.
  Result<int> remind(sql::Database& database, Instant now);

  /// Tells whom `tells` names, as declared by `tell:`: each whose `when` holds for the stored record, to the people and
  /// addresses it names, in the words of its template. Part of the caller's transaction; nothing when the record is gone.
  Status tell_declared(sql::Transaction& t, Instant at, const entities::Entity& e, std::int64_t id,
                       const std::vector<entities::Tell>& tells, const Occasion& occasion);
  /// While the program is wired: by what messages leave. Without it people are told inside the pages only.
  void tell_by(notify::Notify& notify) { notify_ = &notify; }

  struct DueCase {
    std::string entity;
    std::int64_t id = 0;
    std::string transition;
  };
  const WorkingCalendar& calendar() const { return calendar_; }

  /// Cases whose period has ended and that go on by themselves.
  Result<std::vector<DueCase>> due(sql::Connection& c, Instant now, int limit);

 private:
  struct Case {
    std::string state, definition;
    std::int64_t owner = 0;
    std::optional<Instant> started_at, finished_at;
    Instant entered_at;
    std::int64_t claimed_by = 0;
    std::string claimed_name;
    int urged = 0;
  };
  Result<Case> load_case(sql::Connection& c, const entities::Entity& e, std::int64_t id);
  Result<const entities::ProcessDeclaration*> definition(sql::Connection& c, const entities::Entity& e,
                                                         const std::string& hash);
  Status begin(entities::HookCall& call);
  Status enter(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
               const entities::ProcessDeclaration& p, std::string_view state, bool starts_clock,
               std::int64_t claimed_by);
  Status add_trace(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                   std::string_view transition, const Text& title, std::string_view from, std::string_view to,
                   const std::string& comment, const Json& fields, bool stopped);
  struct Message {
    Text title;
    std::string text;
  };
  static Status tell(sql::Transaction& t, Instant at, const entities::Entity& e, std::int64_t id, std::int64_t person,
                     const Message& message);
  Status tell_of_step(sql::Transaction& t, const entities::Entity& e, const jobs::Event& event,
                      const entities::Transition& step, const entities::State& state, std::int64_t owner);
  Result<notify::Recipient> recipient(sql::Connection& c, std::int64_t person, bool with_addresses);
  Result<std::vector<notify::Recipient>> recipients(sql::Transaction& t, Instant at, const entities::Entity& e,
                                                    std::int64_t id, const Json& record, const entities::Tell& tell,
                                                    bool with_addresses, std::int64_t not_to);
  Result<notify::Message> message_of(sql::Connection& c, const entities::Entity& e, std::int64_t id,
                                     const Json& record, const entities::Tell& tell, const Occasion& occasion,
                                     Instant at);
  /// Who should act now: who has claimed the case, else who may, else the applicant when the case waits for
  /// corrections.
  Result<std::vector<std::int64_t>> concerned(sql::Connection& c, const entities::Entity& e, std::int64_t id,
                                              const Case& now, const entities::ProcessDeclaration& p, Instant at);
  Status copy_to(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                 const identity::Principal& person, const std::string& name, std::string_view transition);
  Status copy_to_named(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                       const Json& people, std::string_view transition);
  Status happened(sql::Transaction& t, const jobs::Event& event, Instant now);
  Status watch(sql::Transaction& t, const entities::Entity& e, std::int64_t id, const Case& now,
               const entities::ProcessDeclaration& p);
  Status remind_case(sql::Transaction& t, const entities::Entity& e, std::int64_t id, Instant now);
  Result<std::optional<ClockReading>> limit_clock(sql::Connection& c, std::int64_t id, const Case& now,
                                                  const entities::ProcessDeclaration& p, Instant at);
  Result<bool> role_holds(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                          std::int64_t id, const entities::Transition& t, std::int64_t owner);

  entities::Store& store_;
  const WorkingCalendar& calendar_;
  notify::Notify* notify_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<entities::ProcessDeclaration>> old_definitions_;
};

/// What is said with a step (`comment` of the input), "" without one. It stays in the trace for ever: 400 for what is
/// no text, is too long or holds what cannot be seen.
Result<std::string> comment_of(const Json& input);

}  // namespace civitas::process
