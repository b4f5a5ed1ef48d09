#include "place_names/actions/naming_answers.hpp"

#include <cmath>

namespace civitas::place_names {

namespace {
Json place_of(const std::optional<Position>& position) {
  if (!position) return Json();
  return Json(Json::Object{{"type", Json("Point")},
                           {"coordinates", Json(Json::Array{Json(position->lon), Json(position->lat)})}});
}
}  // namespace

Json to_json(const MatchAnswer& answer) {
  Json matches = Json::array();
  for (const auto& m : answer.matches) {
    Json because = Json::array();
    for (const auto& reason : m.because)
      because.push(
          Json(Json::Object{{"kind", Json(reason.kind)}, {"zh", Json(reason.text.zh)}, {"en", Json(reason.text.en)}}));
    Json one = Json::object();
    one.set("code", Json(m.code))
        .set("name", Json(m.name))
        .set("full_name", Json(m.full_name))
        .set("level", Json(level_name(m.level)));
    one.set("score", Json(std::round(m.score * 10'000) / 10'000))
        .set("because", std::move(because))
        .set("place", place_of(m.position));
    matches.push(std::move(one));
  }
  Json rest = Json::array();
  for (const auto& part : answer.rest)
    rest.push(Json(Json::Object{{"kind", Json(part.kind)}, {"text", Json(part.text)}}));
  Json out = Json::object();
  out.set("verdict", Json(verdict_name(answer.verdict)))
      .set("matches", std::move(matches))
      .set("rest", std::move(rest));
  return out;
}

Json to_json(const CheckAnswer& answer) {
  Json findings = Json::array();
  for (const auto& f : answer.findings) {
    Json one = Json::object();
    one.set("rule", Json(f.rule))
        .set("title", Json(f.title))
        .set("source", Json(f.source))
        .set("severity", Json(f.severity == Severity::block ? "block" : "warn"));
    one.set("message", Json(f.message));
    if (!f.word.empty()) one.set("word", Json(f.word));
    if (f.conflict) {
      Json conflict = Json::object();
      conflict.set("code", Json(f.conflict->code))
          .set("name", Json(f.conflict->name))
          .set("division", Json(f.conflict->division))
          .set("place", place_of(f.conflict->position));
      one.set("conflict", std::move(conflict));
    }
    if (!f.exemption.empty()) one.set("exemption", Json(f.exemption));
    findings.push(std::move(one));
  }
  Json out = Json::object();
  out.set("verdict", Json(verdict_name(answer.verdict))).set("findings", std::move(findings));
  return out;
}

}  // namespace civitas::place_names
