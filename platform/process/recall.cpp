// A step taken back, and where a case stood before.
#include "base/strings.hpp"
#include "process/engine.hpp"
#include "process/steps.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::StateKind;
using entities::Transition;

namespace {

Problem made_something() {
  return problem(Kind::unprocessable, "process.recall.made",
                 "这一步已经产生结果（生成了文书、记录或他人的意见），不能撤回；如需更正，请由下一环节退回。",
                 "This step has made something (a paper, a record, somebody's opinion) and cannot be recalled; ask the "
                 "next office to send the case back.");
}

}  // namespace

Result<std::vector<Engine::Move>> Engine::moves(sql::Connection& c, std::int64_t id, bool last_only) {
  std::vector<Move> out;
  Status read;
  CIVITAS_CHECK(c.query("SELECT id,who,at,transition,from_state,to_state,stood FROM process_trace WHERE record=? AND "
                        "to_state<>'' ORDER BY id" +
                            std::string(last_only ? " DESC LIMIT 1" : ""),
                        {id}, [&](const sql::Row& row) {
                          Move m;
                          m.trace = row.integer(0);
                          m.who = row.integer(1);
                          m.at = Instant{row.integer(2)};
                          m.transition = row.text(3);
                          m.from = row.text(4);
                          m.to = row.text(5);
                          if (!row.is_null(6)) {
                            auto stood = Json::parse(row.text(6));
                            if (stood)
                              m.stood = std::move(*stood);
                            else
                              read = fail(stood.error());
                          }
                          out.push_back(std::move(m));
                          return sql::Continue::yes;
                        }));
  CIVITAS_CHECK(read);
  return out;
}

Result<std::optional<Engine::Place>> Engine::place_before(sql::Connection& c, std::int64_t id,
                                                          const ProcessDeclaration& p) {
  const auto place_of = [](const Move& m) {
    return Place{m.from,
                 m.stood["at"].is_null() ? m.at : Instant{m.stood["at"].as_integer()},
                 entities::reference_id(m.stood["by"]).value_or(0),
                 m.stood["by_name"].as_string(),
                 entities::reference_id(m.stood["person"]).value_or(0),
                 entities::reference_id(m.stood["department"]).value_or(0)};
  };
  CIVITAS_TRY(const auto all, moves(c, id, false));
  // The states passed up to here; a recalled step is left out, with the state it had led to.
  std::vector<Place> way, way_before;
  for (const auto& m : all) {
    if (m.transition == "recall") {
      way = way_before;
      continue;
    }
    way_before = way;
    if (m.from.empty() || m.from == m.to) continue;
    const Transition* step = p.transition(m.transition);
    if (step && step->goes_back() && !way.empty())
      way.pop_back();
    else
      way.push_back(place_of(m));
  }
  if (way.empty()) return std::nullopt;
  return std::optional(way.back());
}

Result<Engine::Move> Engine::last_step(sql::Connection& c, const Context& context, std::int64_t id, const Case& now,
                                       const ProcessDeclaration& p) {
  CIVITAS_TRY(auto last_moves, moves(c, id, true));
  Move last = last_moves.empty() ? Move() : std::move(last_moves.front());
  CIVITAS_TRY(const auto touched,
              c.query_integer("SELECT 1 FROM process_trace WHERE record=? AND id>? AND transition='claim' LIMIT 1",
                              {id, last.trace}));
  const Transition* step = p.transition(last.transition);
  if (last.who != context.who.id || last.from.empty() || !step || touched || now.finished_at)
    return fail(problem(Kind::conflict, "process.recall.late", "只能撤回自己刚提交、对方尚未签收办理的件。",
                        "Only your own last step can be recalled, and only while nobody has claimed the case."));
  if (step->makes() && !step->undo) return fail(made_something());
  if (p.state(now.state)->joint && last.from != last.to) {
    CIVITAS_TRY(const auto open, parts(c, id));
    for (const auto& part : open)
      if (part.agree) return fail(made_something());
  }
  return last;
}

Status Engine::recall(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(const Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  CIVITAS_TRY(const Move last, last_step(t, c, id, now, *p));
  const Transition* step = p->transition(last.transition);
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.action = "recall";
  options.rules = entities::Rules::skip("recall");
  const Json& fields = last.stood["fields"];
  CIVITAS_TRY(auto change, store_.begin_change(t, c, e, id, fields.is_object() ? fields : Json::object(), options));
  change.record.set("state", Json(last.from));
  if (step->undo)
    for (const auto& action : *step->undo) {
      entities::HookCall call =
          entities::HookCall::of(store_, t, c, e, id, change.record).before(change.before).transition(step->name);
      CIVITAS_CHECK(store_.run_hook(action, call));
      CIVITAS_CHECK(store_.add_to(change, std::move(call.changes)));
    }
  CIVITAS_CHECK(store_.finish_change(t, c, std::move(change)));
  CIVITAS_CHECK(t.execute("DELETE FROM process_started WHERE parent=? AND transition=? AND ended_at IS NULL",
                          {id, step->name}));
  if (last.from != last.to) {
    if (p->state(last.to)->joint) CIVITAS_CHECK(close_parts(t, id, c.now));
    if (p->state(last.from)->joint) CIVITAS_CHECK(reopen_parts(t, id));
    CIVITAS_CHECK(enter(t, *p, id,
                        {last.from, last.stood["at"].is_null() ? c.now : Instant{last.stood["at"].as_integer()},
                         entities::reference_id(last.stood["by"]).value_or(0), last.stood["by_name"].as_string(),
                         entities::reference_id(last.stood["person"]).value_or(0),
                         entities::reference_id(last.stood["department"]).value_or(0)},
                        c.now));
  }
  CIVITAS_CHECK(add_trace(t, c, e, id, "recall", {"撤回", "Recalled"}, last.to, last.from, "", Json(),
                          p->state(last.from)->kind == StateKind::stopped));
  return keep_clocks(t, e, id, *p, c.now);
}

}  // namespace civitas::process
