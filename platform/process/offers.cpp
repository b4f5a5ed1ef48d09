#include "process/offers.hpp"

#include "entities/reader.hpp"
#include "entities/validate.hpp"
#include "process/engine.hpp"

namespace civitas::process {

using entities::Context;
using entities::Contract;
using entities::Entity;

namespace {

constexpr int deepest = 20;

// Beside the steps of a case: the other record that has to do with it.
Status add_link(sql::Transaction& t, const Context& c, const Made& of, std::string_view what, const Text& title,
                const Made& other) {
  if (!of.entity || !of.entity->process) return {};
  CIVITAS_CHECK(t.execute(
      "INSERT INTO process_trace(entity,record,at,who,who_name,transition,title_zh,title_en,from_state,to_state,comment,"
      "fields,stopped,other_entity,other_record) VALUES(?,?,?,?,?,?,?,?,'','','','',?,?,?)",
      {of.entity->path(), of.id, c.now.micros, c.who.id, c.who.name, what, title.zh, title.en, false,
       other.entity ? sql::Param(other.entity->path()) : sql::Param(nullptr),
       other.entity ? sql::Param(other.id) : sql::Param(nullptr)}));
  return {};
}

std::string asked_by(const Caller& caller) {
  if (!caller.entity) return "";
  return ", called by step " + caller.step + " of " + caller.entity->path() + "/" + std::to_string(caller.id);
}

// The fields of a contract are not those of the form that somebody filled in.
Problem not_taken(const Contract& contract, const Problem& why) {
  return problem(Kind::unprocessable, "across.offer.takes",
                 "“" + contract.offer->title.zh + "”不能办：" + why.message.zh,
                 "“" + contract.offer->title.en + "” cannot be done: " + why.message.en)
      .with_field(why.field);
}

Status check_fields(const entities::Catalog& catalog, const Entity& declared, Json& values) {
  if (values.is_null()) values = Json::object();
  CIVITAS_CHECK(entities::validate_input(catalog, declared, values, entities::ReadOnly::accept));
  for (const auto& f : declared.fields) {
    if (!values[f.name].is_null()) continue;
    if (!f.default_value.is_null())
      values.set(f.name, f.default_value);
    else if (f.required)
      return fail(invalid("entities.field.required", "“" + f.title.zh + "”必须填写。",
                          "“" + f.title.en + "” is required.")
                      .with_field(f.name));
  }
  return {};
}

}  // namespace

Problem offer_is_absent(std::string_view offer) {
  const std::string name(offer);
  return problem(Kind::unprocessable, "across.offer.absent", "本市没有系统提供这项服务（" + name + "），这一步不能办。",
                 "No system of this city does this (" + name + "), so this step cannot be taken.");
}

Status Offers::check() const {
  entities::Mistakes mistakes(store_.catalog().overlays());
  for (const auto& contract : store_.catalog().contracts())
    if (const auto& name = contract->offer->action; !name.empty() && !actions_.contains(name))
      mistakes.add(contract->system->name + "/system.yaml", contract->offer->line, "没有动作 " + name,
                   "no action " + name);
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return {};
}

bool Offers::has(std::string_view offer) const { return store_.catalog().contract(offer) != nullptr; }

Result<Json> Offers::call(sql::Transaction& t, const Context& c, std::string_view offer, Json takes,
                          const Caller& caller) {
  const Contract* contract = store_.catalog().contract(offer);
  if (!contract) return fail(offer_is_absent(offer));
  CIVITAS_TRY(Answer answer, serve(t, c, *contract, std::move(takes), caller));
  CIVITAS_CHECK(trace_call(t, c, *contract, answer, caller));
  return std::move(answer.given);
}

Result<Offers::Answer> Offers::serve(sql::Transaction& t, const Context& c, const Contract& contract, Json takes,
                                     const Caller& caller) {
  static thread_local int depth = 0;
  struct Deeper {
    Deeper() { ++depth; }
    ~Deeper() { --depth; }
  } deeper;
  if (depth > deepest)
    return fail(problem(Kind::unprocessable, "across.offer.circle",
                        "各系统的服务循环调用，已停下：" + contract.offer->name + "。请联系系统管理员。",
                        "The offers of systems call one another without end, stopped at " + contract.offer->name +
                            ". Tell the system administrator."));
  if (const Status good = check_fields(store_.catalog(), contract.takes, takes); !good)
    return fail(not_taken(contract, good.error()));
  const Context product{identity::system_principal("服务 " + contract.offer->title.zh + "（" + c.who.name + "）"), c.now,
                        c.request};
  CIVITAS_TRY(Answer answer, contract.offer->action.empty() ? create(t, c, product, contract, takes, caller)
                                                            : act(t, c, product, contract, takes, caller));
  if (const Status good = check_fields(store_.catalog(), contract.gives, answer.given); !good)
    return fail(internal_problem("the offer " + contract.offer->name + " gives what it does not declare: " +
                                 good.error().message.en));
  if (caller.entity)
    CIVITAS_CHECK(add_link(t, product, answer.made, "offer.called",
                           {"由“" + caller.entity->title.zh + "”转来", "Came from “" + caller.entity->title.en + "”"},
                           {caller.entity, caller.id}));
  return answer;
}

Result<Offers::Answer> Offers::create(sql::Transaction& t, const Context& c, const Context& product,
                                      const Contract& contract, const Json& takes, const Caller& caller) {
  const entities::Offer& offer = *contract.offer;
  const Entity& of = *contract.system->entity(offer.create.entity);
  Json values = Json::object();
  for (const auto& v : offer.create.set) {
    CIVITAS_TRY(Json value, store_.values().of(t, c, {contract.takes, takes}, *of.field(v.field), v.value));
    if (!value.is_null()) values.set(v.field, std::move(value));
  }
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.rules = entities::Rules::skip("offer " + offer.name + asked_by(caller));
  CIVITAS_TRY(Json record, store_.create(t, product, of, std::move(values), options));
  const auto id = entities::reference_id(record["id"]).value_or(0);
  if (!offer.step.empty()) {
    CIVITAS_TRY(record, engine_.transition(t, product, of, id, offer.step, Json()));
  }
  Answer out{Json::object(), {&of, id}};
  for (const auto& v : offer.given) {
    CIVITAS_TRY(Json value, store_.values().of(t, c, {of, record}, *contract.gives.field(v.field), v.value));
    out.given.set(v.field, std::move(value));
  }
  return out;
}

Result<Offers::Answer> Offers::act(sql::Transaction& t, const Context& c, const Context& product,
                                   const Contract& contract, const Json& takes, const Caller& caller) {
  const auto action = actions_.find(contract.offer->action);
  if (action == actions_.end()) return fail(internal_problem("no action " + contract.offer->action));
  OfferedCall call{store_, t, product, c, takes, caller};
  CIVITAS_TRY(Json given, action->second(call));
  return Answer{std::move(given), call.made};
}

Status Offers::trace_call(sql::Transaction& t, const Context& c, const Contract& contract, const Answer& answer,
                          const Caller& caller) const {
  return add_link(t, c, {caller.entity, caller.id}, "offer.call",
                  {"已转“" + contract.offer->title.zh + "”", "Passed on: “" + contract.offer->title.en + "”"}, answer.made);
}

Result<std::optional<Offers::Answer>> Engine::call_offer(sql::Transaction& t, const Context& c,
                                                         entities::Store::Change& change,
                                                         const entities::Transition& step) {
  if (!step.call) return std::nullopt;
  const entities::OfferCall& call = *step.call;
  const Entity& e = *change.entity;
  const Contract* contract = store_.catalog().contract(call.offer);
  if (!contract) return fail(offer_is_absent(call.offer));
  Json takes = Json::object();
  for (const auto& v : call.with) {
    const auto* field = contract->takes.field(v.field);
    if (!field) return fail(internal_problem("the offer " + call.offer + " does not take " + v.field));
    CIVITAS_TRY(Json value, store_.values().of(t, c, {e, change.record, &change.before}, *field, v.value));
    if (!value.is_null()) takes.set(v.field, std::move(value));
  }
  auto answer = offers_.serve(t, c, *contract, std::move(takes), {&e, change.id, step.name});
  if (!answer) {
    // What is missing is shown at the caller's own field, where it came from one.
    Problem why = std::move(answer.error());
    std::string own;
    for (const auto& v : call.with)
      if (why.reason == "across.offer.takes" && v.field == why.field && e.field(v.value)) own = v.value;
    return fail(std::move(why).with_field(own));
  }
  Json values = Json::object();
  for (const auto& v : call.set) {
    const auto* field = e.field(v.field);
    if (!field) return fail(internal_problem("no field " + v.field + " for what " + call.offer + " gives"));
    CIVITAS_TRY(Json value, store_.values().of(t, c, {contract->gives, answer->given}, *field, v.value));
    values.set(v.field, std::move(value));
  }
  CIVITAS_CHECK(store_.add_to(change, std::move(values)));
  return std::optional(std::move(*answer));
}

bool Engine::can_be_done(const entities::Transition& step) const {
  return !step.call || offers_.has(step.call->offer);
}

}  // namespace civitas::process
