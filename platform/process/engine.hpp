// Cases: records whose type declares states and transitions (流程). A state changes only here. Every step leaves a
// trace; the legal clock counts working days and stands still in `stopped` states; a running case keeps the definition
// it began with, stored by its hash.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "entities/store.hpp"
#include "jobs/outbox.hpp"
#include "notify/notify.hpp"
#include "process/clocks.hpp"
#include "process/offers.hpp"
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
  bool side = false;
  Text blocked;  // why it cannot be taken now: its guard, another's claim; empty: it can
};

/// What one party has to sign, or has signed, in a joint state (会签).
struct Part {
  std::int64_t id = 0;
  std::int64_t person = 0, department = 0;  // one of the two
  std::string name;                         // of the party
  Instant opened_at;
  std::optional<Instant> due_at, signed_at;
  std::optional<bool> agree;  // nothing: not signed yet
  std::string comment;
  std::int64_t signed_by = 0;
  std::string signed_name;
  std::string for_name;       // in whose name it was signed
  std::string added_by_name;  // 加签; empty: declared
};

enum class Box { todo, done, closed, copied };  // 待办, 已办, 办结, 抄送

class Engine {
 public:
  Engine(entities::Store& store, const WorkingCalendar& calendar) : store_(store), calendar_(calendar) {}

  /// What systems do for one another; a step's `call:` goes there, too.
  Offers& offers() { return offers_; }

  static Status create_tables(sql::Transaction& t);
  /// A record type has another path: its cases go on under the new one.
  static Status entity_moved(sql::Transaction& t, std::string_view from, std::string_view to);
  /// Registers "process.enter" and "process.begin", which the store calls before and after a new record with a process
  /// is written, and "process.changed", after every change of one.
  void register_hooks(entities::Hooks& hooks);

  /// 404 for an unknown transition or record, 403 without the role, 422 `process.transition.state` when the case stands
  /// elsewhere, 422 `process.transition.guard` when the guard does not hold. `input`: form fields, "comment", and
  /// "copies": the ids of members of staff who get a copy (抄送); 400 `process.copies.person` for who may not read the
  /// record.
  /// Form, `set:` and what the actions return are one change of the record; then follow the automatic steps whose guard
  /// holds. `also`: what the product itself writes with the step.
  Result<Json> transition(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                          std::string_view name, Json input, Json also = Json());

  Status claim(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id);    // 签收
  Status release(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id);  // 放回
  Status transfer(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                  std::int64_t to, const std::string& comment);                                                // 转办
  /// 撤回: the caller's own last step, while nobody has gone on: the case stands again as before, and what the step set is
  /// as before. 422 `process.recall.made` for a step whose actions or records would be left behind.
  Status recall(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id);
  /// 会签: {"agree", "comment"?, "part"?}. 422 `process.part.state` outside of a joint state, 403 `process.part.none`, 409
  /// `process.part.signed`. When enough agree, or no longer can, the product takes the step declared for that.
  Status sign(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
              const Json& input);
  /// 加签, 减签: {"person" or "department" or, to drop, "part"; "comment"?}, by who may take a step into or out of the
  /// state.
  Status add_party(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                   const Json& input);
  Status drop_party(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                    const Json& input);
  /// 委托: {"to", "until"?, "comment"?}: another acts in the caller's name, until then or until it is taken back ("to":
  /// null). Who acts in whose name stands in the trace.
  Status delegate(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                  const Json& input);
  /// Cases that nothing would move any more, as definitions and the program's own steps vanish: {"items": [{"entity",
  /// "id", "title" (of the type), "state", "since", "states"}]}, without what the records say. For the administrator.
  Status standing_still(sql::Connection& c, std::string& out);
  /// {"to", "comment"}: such a case by hand, into a state that is no end. 422 `process.move.goes_on` for one that others
  /// can move, 422 `process.move.state`. Its owner and the trace know who did it and why.
  Status move_by_hand(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                      const Json& input);
  Status urge(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
              const std::string& comment);  // 催办

  Result<std::vector<Action>> actions(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                                      std::int64_t id);
  /// The `case` member of a record (docs/api.md); null when the record has no case.
  Result<Json> case_of(sql::Connection& c, const entities::Entity& e, std::int64_t id, Instant now);
  /// `case_of` as the caller sees it: only the office sees who has it and what was signed; with what the caller may do in
  /// it besides its steps, `can`: {"sign", "parties", "delegate", "recall"}.
  Result<Json> case_for(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                        std::int64_t id);
  /// The flags that the record bears now, as the office sees them: {"name", "title", "tone"}.
  Result<Json> flags_of(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                        std::int64_t id);
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
  /// After the start: what was counted by another calendar than the one now loaded is counted again, once. A period in
  /// which somebody outside may act (`after:`, such as a public notice) is never cut short: its end was announced.
  /// Returns how many cases go on at another time.
  Result<int> recount(sql::Database& database, Instant now);
  /// Begins the cases of records that were there before their type had a process, as if each were made now; its owner is
  /// who made the record. At the start; returns how many.
  Result<int> begin_late(sql::Database& database, Instant now);
  /// Tells each system administrator once that a year's holidays are to be loaded, from 1 November on.
  Status mind_calendar(sql::Database& database, Instant now);

  struct DueCase {
    std::string entity;
    std::int64_t id = 0;
    std::string transition;
  };
  const WorkingCalendar& calendar() const { return calendar_; }

  /// Takes automatic steps whose guard knows the time, today() or now(); looks once a minute. Returns how many cases
  /// moved.
  Result<int> look_again(sql::Database& database, Instant now);

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
    std::int64_t person = 0, department = 0;  // whom it is assigned to
  };
  /// Where a case stood before a step, as the trace keeps it for a recall and for `to: previous`.
  struct Place {
    std::string state;
    Instant entered_at;
    std::int64_t claimed_by = 0;
    std::string claimed_name;
    std::int64_t person = 0, department = 0;
  };
  struct Given {
    Json form = Json::object();
    Json also = Json::object();
    std::string comment;
    const identity::Principal* for_whom = nullptr;  // whose task it is, when another does it
  };
  /// 404 without a process; nobody else changes the case until the transaction ends.
  Result<Case> load_case_to_change(sql::Transaction& t, const entities::Entity& e, std::int64_t id);
  Result<Case> load_case(sql::Connection& c, const entities::Entity& e, std::int64_t id);
  Result<const entities::ProcessDeclaration*> definition(sql::Connection& c, const entities::Entity& e,
                                                         const std::string& hash);
  Status begin(entities::HookCall& call);
  Status changed(entities::HookCall& call);
  /// What was filled in, checked against the form of the step.
  static Result<Given> read_form(const entities::Entity& e, const entities::Transition& step, Json input);
  /// Takes a step, whoever may: its guard, its one change of the record, where the case stands then, the trace.
  Status take(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
              const Case& now, const entities::ProcessDeclaration& p, const entities::Transition& step, Given given);
  /// Takes a step in the product's name, if the case stands where it begins and its guard holds.
  Result<bool> take_if_possible(sql::Transaction& t, const entities::Context& c, const entities::Entity& e,
                                std::int64_t id, std::string_view name, const std::string& comment);
  /// What the product does by itself after a step or a change: automatic steps, steps that wait for a case it started.
  /// True when it took one.
  Result<bool> settle(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id);
  Result<bool> settle_once(sql::Transaction& t, const entities::Context& c, const entities::Entity& e,
                           std::int64_t id);
  /// Whether any definition that a case of this type may run under has automatic steps.
  Result<bool> goes_on_by_itself(sql::Connection& c, const entities::Entity& e);
  Status enter(sql::Transaction& t, const entities::ProcessDeclaration& p, std::int64_t id, const Place& place,
               Instant now);
  /// Where the case was before it came to its state; nothing when it never was elsewhere.
  Result<std::optional<Place>> place_before(sql::Connection& c, std::int64_t id,
                                            const entities::ProcessDeclaration& p);
  /// The records that a step makes; adds the links to them to the change.
  Status make_records(sql::Transaction& t, const entities::Context& c, entities::Store::Change& change,
                      const entities::Transition& step);
  /// What the step's `call:` brings, added to the change; nothing when it calls nothing.
  Result<std::optional<Offers::Answer>> call_offer(sql::Transaction& t, const entities::Context& c,
                                                   entities::Store::Change& change, const entities::Transition& step);
  /// Whether what the step calls is offered; nobody takes or sees a step otherwise.
  bool can_be_done(const entities::Transition& step) const;
  /// The step that waits for a case that this one started and that has ended since. True when it was taken.
  Result<bool> hear_of_started(sql::Transaction& t, const entities::Context& c, const entities::Entity& e,
                               std::int64_t id, const entities::ProcessDeclaration& p);
  Status tell_starter(sql::Transaction& t, const entities::Context& c, std::int64_t id);
  /// 403 `process.case.assigned` when others have the case.
  static Status may_handle(const entities::Context& context, const Case& now, const entities::Transition& step);
  /// What entering a state writes into the record: the last day of its period (`until:`).
  Result<Json> on_entering(const entities::ProcessDeclaration& p, std::string_view state, Instant now) const;
  /// When a case that entered the state then goes on by itself; nothing: not by time.
  Result<std::optional<Instant>> goes_on_at(const entities::State& state, Instant entered) const;
  Result<bool> recount_case(sql::Transaction& t, const entities::Entity& e, std::int64_t id, Instant now);
  Status add_trace(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                   std::string_view transition, const Text& title, std::string_view from, std::string_view to,
                   const std::string& comment, const Json& fields, bool stopped, const Json& stood = Json(),
                   const identity::Principal* for_whom = nullptr);
  Result<std::vector<Part>> parts(sql::Connection& c, std::int64_t id);
  Status open_part(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                   const entities::JointDeclaration& joint, std::int64_t person, std::int64_t department,
                   const std::string& added_by);
  Status open_parts(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, const Json& record,
                    const entities::JointDeclaration& joint);
  struct Move {
    std::int64_t trace = 0, who = 0;
    Instant at;
    std::string transition, from, to;
    Json stood;
  };
  static Result<std::vector<Move>> moves(sql::Connection& c, std::int64_t id, bool last_only);
  /// The step that the caller may take back; 409 `process.recall.late`, 422 `process.recall.made`.
  Result<Move> last_step(sql::Connection& c, const entities::Context& context, std::int64_t id, const Case& now,
                         const entities::ProcessDeclaration& p);
  /// Whether a person, the clock, or a case that was started can still move it.
  Result<bool> can_go_on(sql::Connection& c, const entities::Entity& e, std::int64_t id, const std::string& state,
                         const entities::ProcessDeclaration& p);
  static Status reopen_parts(sql::Transaction& t, std::int64_t id);
  static Status close_parts(sql::Transaction& t, std::int64_t id, Instant now);
  /// Who has a part to sign, themselves or for their department.
  Result<std::vector<std::int64_t>> signers(sql::Connection& c, const entities::Entity& e, std::int64_t id,
                                            const entities::JointDeclaration& joint, Instant at);
  /// Takes the step that a joint state declares, once its parts decide. True when it was taken.
  Result<bool> joint_step(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                          const entities::JointDeclaration& joint);
  Status may_change_parts(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                          std::int64_t id, const Case& now, const entities::ProcessDeclaration& p);
  /// Those who had the caller act for them in this case.
  Result<std::vector<identity::Principal>> delegators_of(sql::Connection& c, std::int64_t id,
                                                                const entities::Context& context);
  /// Who has the case besides who claimed it: an assignment, the parts of a joint state.
  Status add_holders(sql::Connection& c, std::int64_t id, const Case& found,
                     const entities::State& state, Instant now, Json& out);
  /// Those who had the caller act for them, in any case.
  Result<std::vector<identity::Principal>> delegations_to(sql::Connection& c, const entities::Context& context);
  /// Which cases (`k`) wait for the caller, be it in another's name; "" when none of this type ever does.
  entities::Clause to_do(const entities::Entity& e, const entities::Context& context,
                         const std::vector<identity::Principal>& delegators) const;
  Result<Json> rights_in(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                         std::int64_t id);
  /// Whether the caller has something to do in the case: a step, or a part to sign.
  Result<bool> has_task(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                        std::int64_t id);
  /// Whether this person may take the step: by a role, an assignment, a claim.
  /// Whose post it is by which a deputy (代) takes a step of these roles. Only of one who stands in for somebody.
  static identity::Principal holder_of_post(const identity::Principal& deputy, const entities::Entity& e,
                                            const std::vector<std::string>& roles);
  /// Whether who has claimed the case, or was given it, can act in it: still a member of staff, with a step or a part.
  Result<bool> can_act(sql::Connection& c, const entities::Entity& e, std::int64_t id, Case now,
                       const entities::ProcessDeclaration& p, std::int64_t person, Instant at);
  /// A claim, or an assignment to a person, of who can no longer act ends; those who may act are told. `now` follows.
  Status free_if_in_vain(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                         Case& now, const entities::ProcessDeclaration& p);
  /// After people, posts or roles changed: all cases that somebody holds.
  void follow_people(jobs::Outbox& outbox);
  /// Why the step cannot be taken now by whoever may take it; empty: it can. A guard that reads what the form of the step
  /// asks for is judged with the step.
  Result<Text> blocked(sql::Connection& c, const entities::Context& context, const entities::Entity& e, std::int64_t id,
                       const Case& now, const entities::ProcessDeclaration& p, const entities::Transition& step);
  Status may_take(sql::Connection& c, const entities::Context& context, const entities::Entity& e, std::int64_t id,
                  const Case& now, const entities::Transition& step);
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
  /// `tell:` of record types.
  void follow_records(jobs::Outbox& outbox);
  Status record_written(sql::Transaction& t, const entities::Entity& e, const jobs::Event& event);
  /// Whether one of the fields is other than in the version before.
  Result<bool> fields_changed(sql::Connection& c, const entities::Entity& e, std::int64_t id, std::int64_t version,
                              const std::vector<std::string>& fields);
  Status watch(sql::Transaction& t, const entities::Entity& e, std::int64_t id, const Case& now,
               const entities::ProcessDeclaration& p);
  Status remind_case(sql::Transaction& t, const entities::Entity& e, std::int64_t id, Instant now);
  static Status create_clock_tables(sql::Transaction& t);
  /// What of the course of a case its clocks need.
  Result<CaseCourse> course_of(sql::Connection& c, std::int64_t id, const Case& now,
                               const entities::ProcessDeclaration& p);
  Result<std::vector<ClockNow>> clocks_of(sql::Connection& c, std::int64_t id, const Case& now,
                                          const entities::ProcessDeclaration& p, Instant at);
  /// Limits that stand in the data are read when the record first names what holds them, and again when it names
  /// another.
  Status read_limits(sql::Transaction& t, const entities::Entity& e, std::int64_t id,
                     const entities::ProcessDeclaration& p);
  /// The nearest end of the clocks of a case that begins.
  Result<std::optional<Instant>> first_due(entities::HookCall& call, const entities::ProcessDeclaration& p);
  /// After a step: those limits, and the nearest end beside the case (`process_case.due_at`).
  Status keep_clocks(sql::Transaction& t, const entities::Entity& e, std::int64_t id,
                     const entities::ProcessDeclaration& p, Instant at);
  /// `extend:` of a step. 400 `process.extend.amount` when the field it names holds no number.
  Status extend(sql::Transaction& t, const entities::Context& c, const entities::Entity& e, std::int64_t id,
                const entities::ProcessDeclaration& p, const entities::Transition& step, const std::string& comment);
  static bool has_limits_in_data(const entities::ProcessDeclaration& p);
  /// What a declared clock does when it has run out: `set:` and `go:`, one change of the record.
  Status act_late(sql::Transaction& t, const entities::Entity& e, std::int64_t id,
                  const entities::ClockDeclaration& clock, Instant at);
  Status tell_late(sql::Transaction& t, const entities::Entity& e, std::int64_t id, const Case& now,
                   const entities::ProcessDeclaration& p, const ClockNow& clock, const Message& message, Instant at);
  Result<bool> role_holds(sql::Connection& c, const entities::Context& context, const entities::Entity& e,
                          std::int64_t id, const entities::Transition& t, std::int64_t owner);

  entities::Store& store_;
  const WorkingCalendar& calendar_;
  notify::Notify* notify_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<entities::ProcessDeclaration>> old_definitions_;
  std::atomic<std::int64_t> looked_at_ = 0;  // look_again
  Offers offers_{store_, *this};
  std::map<std::string, bool> automatic_;  // by path of the record type
};

/// A clock as interfaces tell it (docs/api.md).
Json clock_json(const ClockNow& clock);

/// What is said with a step (`comment` of the input), "" without one. It stays in the trace for ever: 400 for what is
/// no text, is too long or holds what cannot be seen.
Result<std::string> comment_of(const Json& input);

}  // namespace civitas::process
