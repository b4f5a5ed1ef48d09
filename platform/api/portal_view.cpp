#include "api/portal_view.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace civitas::api {

using entities::Entity;
using entities::Field;
using entities::FieldType;
using entities::StateKind;

std::optional<Text> period_in_words(const std::string& period) {
  const auto space = period.find(' ');
  const auto amount = parse_integer(period.substr(0, space));
  if (!amount || space == period.npos) return std::nullopt;
  const std::string n = std::to_string(*amount), unit(trim(period.substr(space)));
  const auto is = [&](std::string_view word) { return unit == word || unit + "s" == word; };
  if (is("working days")) return Text{n + " 个工作日", n + (*amount == 1 ? " working day" : " working days")};
  if (is("working hours")) return Text{n + " 个工作小时", n + (*amount == 1 ? " working hour" : " working hours")};
  if (is("days")) return Text{n + " 天", n + (*amount == 1 ? " day" : " days")};
  if (is("hours")) return Text{n + " 小时", n + (*amount == 1 ? " hour" : " hours")};
  if (is("minutes")) return Text{n + " 分钟", n + (*amount == 1 ? " minute" : " minutes")};
  return std::nullopt;
}

const Text& service_title(const Entity& e) { return e.portal && !e.portal->title.empty() ? e.portal->title : e.title; }

namespace {

Json step_json(const Text& title, const Text& text, const std::optional<Instant>& at, std::string_view is) {
  Json out = Json::object();
  out.set("title", Json(title));
  if (!text.empty()) out.set("text", Json(text));
  out.set("at", at ? Json(format_instant(*at)) : Json()).set("is", Json(std::string(is)));
  return out;
}

bool ended(const Entity& e, const std::string& state) {
  const auto* s = e.process->state(state);
  return s && (s->kind == StateKind::final || s->kind == StateKind::rejected);
}

// The states themselves, where no steps are declared: each as often as the case came to it.
Course course_of_states(const Entity& e, const std::vector<process::Engine::Passage>& passages,
                        const std::string& state, const Text& state_title) {
  Course out{Json::array(), 0, state_title};
  for (std::size_t i = 0; i < passages.size(); ++i) {
    const auto* s = e.process->state(passages[i].state);
    const bool last = i + 1 == passages.size();
    if (!last && passages[i + 1].state == passages[i].state) continue;
    out.steps.push(step_json(last ? state_title
                             : s  ? s->title
                                  : Text{passages[i].state, passages[i].state},
                             {}, passages[i].at, last && !ended(e, state) ? "now" : "past"));
    ++out.at;
  }
  return out;
}

}  // namespace

Course course_of(const Entity& e, const std::vector<process::Engine::Passage>& passages, const std::string& state,
                 const Text& state_title) {
  const auto& follow = e.portal->follow;
  if (follow.empty()) return course_of_states(e, passages, state, state_title);
  const auto step_of = [&](const std::string& name) -> std::size_t {
    for (std::size_t i = 0; i < follow.size(); ++i)
      if (std::find(follow[i].states.begin(), follow[i].states.end(), name) != follow[i].states.end()) return i;
    return follow.size();
  };
  // When the case last came to each step. What was sent back has not reached the steps ahead of it.
  std::vector<std::optional<Instant>> reached(follow.size());
  std::size_t here = follow.size();
  for (const auto& p : passages) {
    const std::size_t at = step_of(p.state);
    if (at == follow.size()) continue;
    if (at != here) reached[at] = p.at;
    here = at;
  }
  const bool told = step_of(state) < follow.size();  // else it stands where no step is declared: the last one counts
  const bool over = ended(e, state);
  Course out{Json::array(), 0, told ? follow[here].title : state_title};
  for (std::size_t i = 0; i < follow.size(); ++i) {
    const bool past = here < follow.size() && i < here, now = i == here;
    const char* is = past || (now && over) ? "past" : now ? "now" : over ? "cut" : "ahead";
    out.steps.push(step_json(follow[i].title, follow[i].text, past || now ? reached[i] : std::nullopt, is));
  }
  if (here < follow.size()) out.at = static_cast<std::int64_t>(here) + 1;
  return out;
}

std::string tone_of(const Entity& e, const Json& the_case, bool waits_for_owner) {
  const auto* s = e.process->state(the_case["state"].as_string());
  if (s && s->kind == StateKind::rejected) return "bad";
  if (s && s->kind == StateKind::final) return "";
  if (waits_for_owner) return "warn";
  if (s && s->kind == StateKind::stopped) return "stop";
  return "ok";
}

Json value_in_words(const entities::Catalog& catalog, const Entity& e, const Field& f, const Json& value) {
  switch (f.type) {
    case FieldType::term: {
      const auto* list = catalog.terms_of(e, f);
      const auto* code = list ? list->find(value.as_string()) : nullptr;
      return code ? Json(code->title) : value;
    }
    case FieldType::boolean: return Json(value.as_bool() ? Text{"是", "Yes"} : Text{"否", "No"});
    case FieldType::ref: return value["title"];
    case FieldType::refs: {
      std::string all;
      for (const auto& one : value.as_array()) all += (all.empty() ? "" : "、") + one["title"].as_string();
      return Json(all);
    }
    case FieldType::integer:
    case FieldType::decimal: return Json(value.dump());
    case FieldType::files:
    case FieldType::rows:
    case FieldType::json:
    case FieldType::secret:
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: return Json();
    default: return value.is_string() ? value : Json(value.dump());
  }
}

}  // namespace civitas::api
