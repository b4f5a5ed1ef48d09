// Steps: one is one change of the record, whatever its form, its `set:` and its actions bring.
#include "process/steps.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "process/engine.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::State;
using entities::StateKind;
using entities::Transition;

namespace {

constexpr int most_in_a_row = 20;

Problem wrong_state(const State* now, const Transition& t) {
  const Text at = now ? now->title : Text{};
  return problem(Kind::unprocessable, "process.transition.state",
                 "当前状态为“" + at.zh + "”，不能“" + t.title.zh + "”。可能已有人办理，请刷新后查看。",
                 "The case stands at “" + at.en + "”, so “" + t.title.en +
                     "” is not possible. Somebody may have handled it; reload.");
}

Text guard_words(const Transition& step) {
  if (!step.when_message.empty()) return step.when_message;
  return {"“" + step.title.zh + "”的条件尚不具备。", "The condition of “" + step.title.en + "” does not hold yet."};
}

Problem guard_fails(const Transition& step) {
  const Text words = guard_words(step);
  return problem(Kind::unprocessable, "process.transition.guard", words.zh, words.en);
}

// An empty answer to a required field of the form: null, or text of blanks only.
bool is_empty(const Json& value) {
  if (value.is_string()) return trim(value.as_string()).empty();
  return value.is_null();
}

Context in_its_own_name(const Context& c) { return {identity::system_principal("自动办理"), c.now, c.request}; }

}  // namespace

Result<Engine::Given> Engine::read_form(const Entity& e, const Transition& step, Json input) {
  if (!input.is_object() && !input.is_null())
    return fail(invalid("entities.body.object", "请求内容应为 JSON 对象。", "The body must be a JSON object."));
  Given out;
  CIVITAS_TRY(out.comment, comment_of(input));
  std::vector<Problem> missing;
  if (step.comment_required && out.comment.empty())
    missing.push_back(
        invalid("entities.field.required", "请填写意见。", "A comment is required.").with_field("comment"));
  if (input.is_null()) input = Json::object();
  for (const char* own : {"comment", "copies"}) input.erase(own);
  for (const auto& [field, value] : input.as_object())
    if (std::none_of(step.form.begin(), step.form.end(), [&](const auto& f) { return f.name == field; }))
      return fail(invalid("process.transition.form", "这一步不能填写 " + field.substr(0, 60) + "。",
                          field.substr(0, 60) + " is not part of this step.")
                      .with_field(field.substr(0, 60)));
  for (const auto& f : step.form)
    if (f.required && is_empty(input[f.name])) {
      const auto* field = e.field(f.name);
      missing.push_back(invalid("entities.field.required", "“" + (field ? field->title.zh : f.name) + "”必须填写。",
                                "“" + (field ? field->title.en : f.name) + "” is required.")
                            .with_field(f.name));
    }
  if (!missing.empty()) return fail(entities::combine(std::move(missing)));
  out.form = std::move(input);
  return out;
}

Status Engine::may_handle(const Context& context, const Case& now, const Transition& step) {
  if (step.anyone || context.who.is_system() || (now.person == 0 && now.department == 0)) return {};
  if (now.owner == context.who.id && std::find(step.roles.begin(), step.roles.end(), "owner") != step.roles.end())
    return {};
  if (now.person != 0 && now.person == context.who.id) return {};
  if (now.department != 0 && context.who.in_department(now.department)) return {};
  return fail(problem(Kind::forbidden, "process.case.assigned", "该件已指派给其他人员或部门办理。",
                      "This case is assigned to another person or department."));
}

Status Engine::may_take(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id, const Case& now,
                        const Transition& step) {
  CIVITAS_TRY(const bool allowed, role_holds(c, context, e, id, step, now.owner));
  if (!allowed)
    return fail(problem(Kind::forbidden, "process.transition.forbidden", "您没有“" + step.title.zh + "”的权限。",
                        "You have no right to “" + step.title.en + "”."));
  CIVITAS_CHECK(may_handle(context, now, step));
  if (now.claimed_by && now.claimed_by != context.who.id && !context.who.is_system() &&
      now.owner != context.who.id && !step.anyone)
    return fail(problem(Kind::conflict, "process.case.claimed",
                        "该件已由 " + now.claimed_name + " 签收，请先由其放回或转办。",
                        "This case is claimed by " + now.claimed_name + ", who has to release or transfer it first."));
  return {};
}

Result<Text> Engine::blocked(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                             const Case& now, const ProcessDeclaration& p, const Transition& step) {
  if (now.claimed_by && now.claimed_by != context.who.id && now.owner != context.who.id && !step.anyone) {
    CIVITAS_TRY(const bool able, can_act(c, e, id, now, p, now.claimed_by, context.now));
    if (able)
      return Text{"该件已由 " + now.claimed_name + " 签收，请先由其放回或转办。",
                  "This case is claimed by " + now.claimed_name + ", who has to release or transfer it first."};
  }
  const bool by_form = std::any_of(step.form.begin(), step.form.end(),
                                   [&](const auto& f) { return step.when.find(f.name) != std::string::npos; });
  if (step.when.empty() || by_form) return Text{};
  CIVITAS_TRY(const bool good, store_.holds(c, context, e, id, step.when));
  return good ? Text{} : guard_words(step);
}

identity::Principal Engine::holder_of_post(const identity::Principal& deputy, const Entity& e,
                                           const std::vector<std::string>& roles) {
  const identity::StandIn* post = &deputy.stands_in.front();
  for (const auto& one : deputy.stands_in)
    if (std::any_of(roles.begin(), roles.end(), [&](const std::string& role) {
          return std::binary_search(one.permissions.begin(), one.permissions.end(), e.system + "." + role);
        })) {
      post = &one;
      break;
    }
  identity::Principal out;
  out.id = post->person;
  out.name = post->name;
  return out;
}

Result<Json> Engine::transition(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                                std::string_view name, Json input, Json also) {
  if (!e.process) return fail(not_a_case(e));
  CIVITAS_CHECK(store_.get(t, c, e, id));
  CIVITAS_TRY(Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  if (!c.who.is_system()) CIVITAS_CHECK(free_if_in_vain(t, c, e, id, now, *p));
  const Transition* step = p->transition(name);
  if (!step)
    return fail(problem(Kind::not_found, "process.transition.unknown", "没有这个办理动作。", "There is no such step."));
  if (!step->leaves(now.state)) return fail(wrong_state(p->state(now.state), *step));
  if (!can_be_done(*step)) return fail(offer_is_absent(step->call->offer));
  std::vector<identity::Principal> delegators;
  const identity::Principal* for_whom = nullptr;
  if (Status own = may_take(t, c, e, id, now, *step); !own) {
    CIVITAS_TRY(delegators, delegators_of(t, id, c));
    for (const auto& who : delegators)
      if (!for_whom && may_take(t, {who, c.now, c.request}, e, id, now, *step)) for_whom = &who;
    if (!for_whom) return fail(own.error());
  }
  std::optional<identity::Principal> holder;
  if (!for_whom && c.who.in_own_right && !may_take(t, {*c.who.in_own_right, c.now, c.request}, e, id, now, *step)) {
    holder = holder_of_post(c.who, e, step->roles);
    for_whom = &*holder;
  }
  const Json copies = input["copies"];
  CIVITAS_TRY(Given given, read_form(e, *step, std::move(input)));
  if (!also.is_null()) given.also = std::move(also);
  given.for_whom = for_whom;
  CIVITAS_CHECK(take(t, c, e, id, now, *p, *step, std::move(given)));
  CIVITAS_CHECK(copy_to_named(t, c, e, id, copies, name));
  CIVITAS_CHECK(settle(t, c, e, id));
  return store_.get_unrestricted(t, e, id, "the answer to the transition");
}

Status Engine::take(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, const Case& now,
                    const ProcessDeclaration& p, const Transition& step, Given given) {
  Place next{now.state, c.now, 0, "", 0, 0};
  bool stays = step.stays() || step.to == now.state;
  if (step.goes_back()) {
    CIVITAS_TRY(auto before, place_before(t, id, p));
    if (before)
      next = std::move(*before);
    else
      stays = true;
  } else if (!stays) {
    next.state = step.to;
  }
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.action = step.name;
  options.rules = entities::Rules::skip("transition " + step.name);
  options.adds_rows = true;
  CIVITAS_TRY(auto change, store_.begin_change(t, c, e, id, given.form, options));
  if (!step.when.empty()) {
    CIVITAS_TRY(const bool good, store_.holds(t, c, change, step.when));
    if (!good) return fail(guard_fails(step));
  }
  if (!given.also.as_object().empty()) CIVITAS_CHECK(store_.add_to(change, std::move(given.also)));
  Json values = Json::object();
  for (const auto& v : step.set) {
    const auto* field = e.field(v.field);
    if (!field) return fail(internal_problem("no field " + v.field + " to set by " + step.name));
    CIVITAS_TRY(Json value, store_.values().of(t, c, {e, change.record, &change.before}, *field, v.value));
    values.set(v.field, std::move(value));
  }
  CIVITAS_CHECK(store_.add_to(change, std::move(values)));
  if (!stays) {
    CIVITAS_TRY(Json entering, on_entering(p, next.state, next.entered_at));
    CIVITAS_CHECK(store_.add_to(change, std::move(entering)));
  }
  change.record.set("state", Json(next.state));
  if (step.makes()) CIVITAS_CHECK(store_.filled_in(c, change));
  for (const auto& action : step.actions) {
    entities::HookCall call = entities::HookCall::of(store_, t, c, e, id, change.record)
                                  .before(change.before)
                                  .input(given.form)
                                  .transition(step.name);
    CIVITAS_CHECK(store_.run_hook(action, call));
    CIVITAS_CHECK(store_.add_to(change, std::move(call.changes)));
  }
  CIVITAS_CHECK(make_records(t, c, change, step));
  CIVITAS_TRY(const auto called, call_offer(t, c, change, step));
  if (step.assign.declared()) {
    next.person = entities::reference_id(change.record[step.assign.person]).value_or(0);
    next.department = entities::reference_id(change.record[step.assign.department]).value_or(0);
  }
  // What a recall brings back besides the state: fields that the step set by itself.
  Json stood = Json::object();
  stood.set("at", Json(now.entered_at.micros));
  if (now.claimed_by)
    stood.set("by", Json(std::to_string(now.claimed_by))).set("by_name", Json(now.claimed_name));
  if (now.person) stood.set("person", Json(std::to_string(now.person)));
  if (now.department) stood.set("department", Json(std::to_string(now.department)));
  if (!step.makes() || step.undo) {
    Json fields = Json::object();
    for (const auto& [name, value] : change.given.as_object())
      if (const auto* f = e.field(name); !given.form.find(name) && f->type != entities::FieldType::secret &&
                                         f->type != entities::FieldType::citizen_id)
        fields.set(name, change.before[name]);
    if (!fields.as_object().empty()) stood.set("fields", std::move(fields));
  }
  CIVITAS_TRY(const Json record, store_.finish_change(t, c, std::move(change)));
  if (!stays) {
    CIVITAS_CHECK(enter(t, p, id, next, c.now));
    if (p.state(now.state)->joint) CIVITAS_CHECK(close_parts(t, id, c.now));
    if (const auto& joint = p.state(next.state)->joint)
      CIVITAS_CHECK(step.goes_back() ? reopen_parts(t, id) : open_parts(t, c, e, record, *joint));
  }
  if (stays && step.assign.declared())
    CIVITAS_CHECK(t.execute("UPDATE process_case SET person=?,department=? WHERE record=?",
                            {next.person ? sql::Param(next.person) : sql::Param(nullptr),
                             next.department ? sql::Param(next.department) : sql::Param(nullptr), id}));
  if (p.starts == step.name)
    CIVITAS_CHECK(
        t.execute("UPDATE process_case SET started_at=? WHERE record=? AND started_at IS NULL", {c.now.micros, id}));
  // As the record has it: what a reference points to is named.
  Json shown = Json::object();
  for (const auto& [name, value] : given.form.as_object())
    shown.set(name, record[name].is_object() || record[name].is_array() ? record[name] : value);
  CIVITAS_CHECK(add_trace(t, c, e, id, step.name, step.title, now.state, next.state, given.comment, shown,
                   p.state(next.state)->kind == StateKind::stopped, stood, given.for_whom));
  if (called)
    CIVITAS_CHECK(offers_.trace_call(t, c, *store_.catalog().contract(step.call->offer), *called, {&e, id, step.name}));
  if (!step.extend.empty()) CIVITAS_CHECK(extend(t, c, e, id, p, step, given.comment));
  return keep_clocks(t, e, id, p, c.now);
}

Status Engine::enter(sql::Transaction& t, const ProcessDeclaration& p, std::int64_t id, const Place& place,
                     Instant now) {
  const State& s = *p.state(place.state);
  CIVITAS_TRY(const auto goes_on, goes_on_at(s, place.entered_at));
  const auto or_null = [](std::int64_t who) { return who ? sql::Param(who) : sql::Param(nullptr); };
  CIVITAS_CHECK(t.execute(
      "UPDATE process_case SET state=?,entered_at=?,finished_at=?,goes_on_at=?,claimed_by=?,claimed_name=?,urged=0,"
      "person=?,department=? WHERE record=?",
      {place.state, place.entered_at.micros, ends(s) ? sql::Param(now.micros) : sql::Param(nullptr),
       goes_on ? sql::Param(goes_on->micros) : sql::Param(nullptr),
       or_null(place.claimed_by), place.claimed_by ? sql::Param(place.claimed_name) : sql::Param(nullptr),
       or_null(place.person), or_null(place.department), id}));
  return {};
}

Result<bool> Engine::take_if_possible(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                                      std::string_view name, const std::string& comment) {
  CIVITAS_TRY(const Case now, load_case(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  const Transition* step = p->transition(name);
  if (!step || !step->leaves(now.state) || !can_be_done(*step)) return false;
  const Context product = in_its_own_name(c);
  if (!step->when.empty()) {
    CIVITAS_TRY(const bool good, store_.holds(t, product, e, id, step->when));
    if (!good) return false;
  }
  Given given;
  given.comment = comment;
  CIVITAS_CHECK(take(t, product, e, id, now, *p, *step, std::move(given)));
  return true;
}

// --- what goes on by itself

Result<bool> Engine::goes_on_by_itself(sql::Connection& c, const Entity& e) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = automatic_.find(e.path()); known != automatic_.end()) return known->second;
  }
  const auto any = [](const ProcessDeclaration& p) {
    return std::any_of(p.transitions.begin(), p.transitions.end(),
                       [](const Transition& t) { return t.automatic || t.starts; }) ||
           std::any_of(p.states.begin(), p.states.end(), [](const State& s) { return s.joint.has_value(); });
  };
  bool out = any(*e.process);
  // Cases keep the definition they began with; new ones come with a start of the program only.
  std::vector<std::string> hashes;
  CIVITAS_CHECK(c.query("SELECT hash FROM process_definition WHERE entity=?", {e.path()}, [&](const sql::Row& row) {
    hashes.emplace_back(row.text(0));
    return sql::Continue::yes;
  }));
  for (const auto& hash : hashes) {
    const auto old = definition(c, e, hash);
    out = out || (old && any(**old));
  }
  const std::lock_guard lock(mutex_);
  automatic_.emplace(e.path(), out);
  return out;
}

Status Engine::changed(entities::HookCall& call) {
  if (has_limits_in_data(*call.entity.process)) {
    CIVITAS_TRY(const Case now, load_case(call.transaction, call.entity, call.id));
    CIVITAS_TRY(const ProcessDeclaration* p, definition(call.transaction, call.entity, now.definition));
    CIVITAS_CHECK(keep_clocks(call.transaction, call.entity, call.id, *p, call.context.now));
    CIVITAS_CHECK(watch(call.transaction, call.entity, call.id, now, *p));
  }
  CIVITAS_TRY(const bool may, goes_on_by_itself(call.transaction, call.entity));
  if (!may) return {};
  CIVITAS_TRY(const bool moved, settle(call.transaction, call.context, call.entity, call.id));
  if (moved) {
    CIVITAS_TRY(call.record, store_.get_unrestricted(call.transaction, call.entity, call.id, "as its steps left it"));
  }
  return {};
}

Result<bool> Engine::settle(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) {
  // Cases move one another (actions, cases that were started), so steps are counted over all of them.
  static thread_local int depth = 0;
  struct Deeper {
    Deeper() { ++depth; }
    ~Deeper() { --depth; }
  } deeper;
  CIVITAS_TRY(const bool may, goes_on_by_itself(t, e));
  if (!may) {
    CIVITAS_CHECK(tell_starter(t, c, id));
    return false;
  }
  bool moved = false;
  for (int steps = 0; steps < most_in_a_row && depth <= most_in_a_row; ++steps) {
    CIVITAS_TRY(const bool took, settle_once(t, c, e, id));
    if (!took) {
      CIVITAS_CHECK(tell_starter(t, c, id));
      return moved;
    }
    moved = true;
  }
  log_problem("process.auto", problem(Kind::internal, "process.auto.endless",
                                      "自动流转连续超过 20 步，已停下：" + e.path() + "/" + std::to_string(id),
                                      "more than 20 automatic steps in a row, stopped: " + e.path() + "/" +
                                          std::to_string(id)));
  return moved;
}

Result<bool> Engine::settle_once(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(const Case now, load_case(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  for (const auto& step : p->transitions) {
    if (!step.automatic || !step.leaves(now.state)) continue;
    CIVITAS_TRY(const bool took, take_if_possible(t, c, e, id, step.name, ""));
    if (took) return true;
  }
  if (const auto& joint = p->state(now.state)->joint) {
    CIVITAS_TRY(const bool took, joint_step(t, c, e, id, *joint));
    if (took) return true;
  }
  return hear_of_started(t, c, e, id, *p);
}

}  // namespace civitas::process
