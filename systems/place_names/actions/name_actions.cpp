#include "place_names/actions/name_actions.hpp"

#include "base/id.hpp"
#include "base/strings.hpp"
#include "entities/serial.hpp"
#include "entities/store.hpp"
#include "geo/geometry.hpp"
#include "place_names/actions/naming_answers.hpp"
#include "place_names/actions/place_in_division.hpp"
#include "text/spelling.hpp"

namespace civitas::place_names {

namespace {

using entities::Entity;
using entities::Hook;
using entities::HookCall;
using entities::WriteOptions;

const Entity& entity(const HookCall& call, std::string_view name) {
  return *call.store.catalog().entity("place_names", name);
}

text::Feature feature_of(const std::string& category) {
  using text::Feature;
  if (category.starts_with("235") || category.starts_with("2321")) return Feature::road;
  if (category.starts_with("12")) return Feature::water;
  if (category.starts_with("13")) return Feature::land;
  if (category.starts_with("222") || category == "21610") return Feature::settlement;
  if (category.starts_with("21")) return Feature::division;
  if (category.starts_with("26") || category.starts_with("27")) return Feature::building;
  return Feature::none;
}

// What a clerk typed stays; otherwise the spelling follows the name.
void spell(HookCall& call, text::Feature feature) {
  const bool typed = !call.input["pinyin"].is_null();
  const bool renamed = !call.before || !((*call.before)["name"] == call.record["name"]);
  if (typed || (!renamed && !call.record["pinyin"].is_null()) || call.record["name"].is_null()) return;
  text::SpellingOptions options;
  options.feature = feature;
  call.record.set("pinyin", Json(text::spell(call.record["name"].as_string(), options).toned));
}

Status spell_name(HookCall& call) {
  spell(call, feature_of(call.record["category"].as_string()));
  return {};
}

Status spell_division(HookCall& call) {
  const std::string& level = call.record["level"].as_string();
  spell(call, level == "village" ? text::Feature::settlement : text::Feature::division);
  return {};
}

Status check_inside(HookCall& call, const geo::Extent& city) {
  const Json& place = call.record["place"];
  if (place.is_null() || (call.before && (*call.before)["place"] == place)) return {};
  CIVITAS_TRY(const auto shape, geo::Geometry::from_geojson(place));
  if (auto inside = city.check(shape); !inside) return fail(std::move(inside.error()).with_field("place"));
  return {};
}

// A place drawn in another division than the one chosen is one slip or the other, and whoever draws can tell which.
Status check_division(HookCall& call) {
  const Json &place = call.record["place"], &division = call.record["division"];
  if (place.is_null() || division.is_null()) return {};
  if (call.before && (*call.before)["place"] == place &&
      entities::reference_id((*call.before)["division"]) == entities::reference_id(division))
    return {};
  CIVITAS_TRY(const auto shape, geo::Geometry::from_geojson(place));
  CIVITAS_TRY(const auto finding,
              compare_place(call.transaction, call.store, entities::reference_id(division).value_or(0), shape));
  if (!finding || finding->severity != Severity::block) return {};
  return fail(
      problem(Kind::unprocessable, "place_names.place.outside_division", finding->message.zh, finding->message.en)
          .with_field("place"));
}

std::optional<geo::Box> box_of(const Json& shape) {
  if (shape.is_null()) return std::nullopt;
  return geo::bounds_of_geojson(shape);
}

Status start_notice(HookCall& call, const process::WorkingCalendar& calendar) {
  // Named by cases that began before the state said `until:`, and only by them.
  CIVITAS_TRY(const process::Duration period, process::parse_duration(call.entity.process->state("noticed")->after));
  CIVITAS_TRY(const Date last, calendar.calendar_deadline(date_in_china(call.context.now), period.amount));
  call.change("notice_until", Json(format_date(last)));
  return {};
}

Result<Json> write_name(HookCall& call, const Json& application) {
  const std::string& kind = application["kind"].as_string();
  const Entity& names = entity(call, "place_name");
  const std::string today = format_date(date_in_china(call.context.now));
  WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.without_rules_because = "approved by application " + application["number"].as_string();
  options.valid_from = today;
  if (kind == "new") {
    Json name = Json::object();
    for (const char* field :
         {"name", "pinyin", "category", "legal_kind", "division", "place", "position_text", "origin", "meaning"})
      name.set(field, application[field]);
    name.set("approval_number", application["approval_number"])
        .set("approved_on", application["approved_on"])
        .set("set_up", Json(today));
    name.set("source", Json("地名申请 " + application["number"].as_string()));
    options.action = "approve";
    return call.store.create(call.transaction, call.context, names, name, options);
  }
  const auto target = entities::reference_id(application["target"]);
  if (!target) return fail(internal_problem("application without its target"));
  CIVITAS_TRY(const Json old, call.store.get_unrestricted(call.transaction, names, *target, "renaming"));
  Json changes = Json::object();
  if (kind == "rename") {
    const std::string& former = old["former_names"].as_string();
    changes.set("name", application["name"])
        .set("pinyin", application["pinyin"])
        .set("former_names", Json(old["name"].as_string() + (former.empty() ? "" : "、" + former)));
    for (const char* field : {"origin", "meaning", "place"})
      if (!application[field].is_null()) changes.set(field, application[field]);
    changes.set("approval_number", application["approval_number"]).set("approved_on", application["approved_on"]);
    options.action = "rename";
  } else {
    changes.set("usage", Json("historical")).set("abolished", Json(today));
    options.action = "cancel";
  }
  return call.store.update(call.transaction, call.context, names, *target, changes, options);
}

// The decision: an approval number, the standard name with its code, and the verification code of the naming document.
Status approve_name(HookCall& call, const entities::Profile& profile) {
  const Date today = date_in_china(call.context.now);
  const std::string series = "place_names.approval:" + std::to_string(today.year());
  CIVITAS_TRY(const std::int64_t serial, entities::next_serial(call.transaction, series));
  call.change("approver", Json(profile.text("approvers", call.record["legal_kind"].as_string())))
      .change("approval_number", Json(profile.text("approval_prefix") + "〔" + std::to_string(today.year()) + "〕" +
                                      std::to_string(serial) + "号"))
      .change("approved_on", Json(format_date(today)))
      .change("verification", Json(random_hex(10)));
  CIVITAS_TRY(const Json name, write_name(call, call.record));
  call.change("place_name", Json(name["id"].as_string()));
  return {};
}

Status file_name(HookCall& call) {
  call.change("filed_on", Json(format_date(date_in_china(call.context.now))));
  return {};
}

Status issue_authentication(HookCall& call) {
  const auto id = entities::reference_id(call.record["place_name"]);
  CIVITAS_TRY(const Json name, call.store.get_unrestricted(call.transaction, entity(call, "place_name"), id.value_or(0),
                                                           "authentication"));
  if (name["usage"].as_string() != "current")
    return fail(problem(Kind::unprocessable, "place_names.certificate.historical",
                        "“" + name["name"].as_string() + "”已不是现行标准地名，不能认证。",
                        "“" + name["name"].as_string() + "” is no current standard name and cannot be confirmed.")
                    .with_field("place_name"));
  call.change("result", Json("经核查，“" + call.record["presented_name"].as_string() + "”对应的现行标准地名为“" +
                             name["name"].as_string() + "”（地名代码 " + name["code"].as_string() + "）。"))
      .change("issued_on", Json(format_date(date_in_china(call.context.now))))
      .change("verification", Json(random_hex(10)));
  return {};
}

/// The code of the division a field refers to, "" without one.
Result<std::string> division_code(HookCall& call, const char* field = "division") {
  if (call.references) {
    const auto known = call.references->find(field);
    return known == call.references->end() ? std::string() : known->second.code;
  }
  CIVITAS_TRY(const auto code, call.transaction.query_text(
                                   "SELECT code FROM " + division_entity(call.store.catalog()).table + " WHERE id=?",
                                   {entities::reference_id(call.record[field]).value_or(0)}));
  return code.value_or("");
}

// A citizen's name that the law forbids goes no further and says why; staff may submit it with its findings, which stay
// on the record.
Status check_application(HookCall& call, const NamingService& naming) {
  if (call.record["kind"].as_string() == "cancel") return {};
  CheckContext context;
  CIVITAS_TRY(context.division, division_code(call));
  context.category = call.record["category"].as_string();
  context.legal_kind = engine_kind(call.record["legal_kind"].as_string(), context.category);
  if (call.record["kind"].as_string() == "rename") {
    context.change = NameChange::rename;
    CIVITAS_TRY(const auto own,
                call.transaction.query_text("SELECT code FROM place_names_place_name WHERE id=?",
                                            {entities::reference_id(call.record["target"]).value_or(0)}));
    context.own_code = own.value_or("");
  }
  const auto answer = naming.check()->check(call.record["name"].as_string(), context);
  if (answer.verdict == CheckVerdict::block && !call.context.who.has_role("place_names", "staff")) {
    Text all;
    for (const auto& f : answer.findings) {
      if (f.severity != Severity::block || !f.exemption.empty()) continue;
      all.zh += (all.zh.empty() ? "" : "；") + f.message.zh;
      all.en += (all.en.empty() ? "" : "; ") + f.message.en;
    }
    return fail(problem(Kind::unprocessable, "place_names.check.blocked", "该名称不符合命名规定：" + all.zh,
                        "The name does not obey the naming rules: " + all.en)
                    .with_field("name"));
  }
  Json findings = to_json(answer);
  if (!call.record["place"].is_null()) {
    CIVITAS_TRY(const auto shape, geo::Geometry::from_geojson(call.record["place"]));
    CIVITAS_TRY(const auto place, compare_place(call.transaction, call.store,
                                                entities::reference_id(call.record["division"]).value_or(0), shape));
    if (place) {
      Json all = findings["findings"];
      all.push(to_json(*place));
      findings.set("findings", std::move(all));
      if (answer.verdict == CheckVerdict::pass) findings.set("verdict", Json("warn"));
    }
  }
  call.change("check_findings", std::move(findings));
  return {};
}

/// After COMMIT the name check knows the record as it is now; a code that it bore before and bears no more is gone.
Status tell_naming(HookCall& call, NamingService& naming, std::optional<ExistingName> name) {
  std::string gone = call.before && !(*call.before)["code"].is_null() ? (*call.before)["code"].as_string() : "";
  if (name && name->code == gone) gone.clear();
  if (!name && gone.empty()) return {};
  call.transaction.after_commit([&naming, name = std::move(name), gone = std::move(gone)] {
    if (!gone.empty()) naming.name_removed(gone);
    if (name) naming.name_written(*name);
  });
  return {};
}

std::optional<Position> middle_of(const Json& shape) {
  const auto box = box_of(shape);
  if (!box) return std::nullopt;
  return Position{box->center().x, box->center().y};
}

Status name_changed(HookCall& call, ActionParts parts) {
  if (call.record["code"].is_null() || call.record["usage"].as_string() != "current")
    return tell_naming(call, parts.naming, std::nullopt);
  ExistingName name;
  name.code = call.record["code"].as_string();
  name.name = call.record["name"].as_string();
  CIVITAS_TRY(name.division, division_code(call));
  name.kind = engine_kind(call.record["legal_kind"].as_string(), call.record["category"].as_string());
  name.position = middle_of(call.record["place"]);
  return tell_naming(call, parts.naming, std::move(name));
}

Status division_changed(HookCall& call, ActionParts parts) {
  if (call.record["code"].is_null()) return tell_naming(call, parts.naming, std::nullopt);
  ExistingName name;
  name.code = call.record["code"].as_string();
  name.name = call.record["name"].as_string();
  CIVITAS_TRY(name.division, division_code(call, "parent"));
  name.kind = legal_kind_of(level_of_term(call.record["level"].as_string()), name.name);
  name.position = middle_of(call.record["boundary"]);
  return tell_naming(call, parts.naming, std::move(name));
}

Status rules_changed(HookCall& call, NamingService& naming) {
  call.transaction.after_commit([&naming] { naming.rules_changed(); });
  return {};
}

Status match_certificate(HookCall& call, const NamingService& naming) {
  const Json& name = call.record["presented_name"];
  if (name.is_null() || (call.before && (*call.before)["presented_name"] == name)) return {};
  call.record.set("candidates", to_json(naming.match(name.as_string())));
  return {};
}

Status match_item(HookCall& call, const NamingService& naming) {
  if (call.before) {
    // A person chose: the verdict follows the choice.
    if (call.input.find("code"))
      call.record.set("verdict", Json(call.record["code"].is_null() ? "none" : "match"))
          .set("decided_by_hand", Json(true));
    return {};
  }
  const auto answer = naming.match(call.record["text"].as_string());
  const Json json = to_json(answer);
  call.record.set("verdict", json["verdict"]).set("candidates", json["matches"]);
  if (answer.verdict == MatchVerdict::none || answer.matches.empty()) return {};
  call.record.set("code", Json(answer.matches.front().code))
      .set("full_name", Json(answer.matches.front().full_name))
      .set("score", Json(answer.matches.front().score));
  return {};
}

constexpr const char* verdict_column(std::string_view verdict) {
  return verdict == "match" ? "matched" : verdict == "review" ? "to_review" : "unmatched";
}

// The batch shows how far it is without counting its items each time.
Status count_item(HookCall& call) {
  const auto move = [&](const Json& record, int by) -> Status {
    const auto batch = entities::reference_id(record["batch"]);
    if (!batch) return {};
    const std::string column = verdict_column(record["verdict"].as_string());
    CIVITAS_CHECK(call.transaction.execute("UPDATE place_names_match_batch SET total=coalesce(total,0)+?," + column +
                                               "=coalesce(" + column + ",0)+? WHERE id=?",
                                           {by, by, *batch}));
    return {};
  };
  if (call.before) CIVITAS_CHECK(move(*call.before, -1));
  if (!call.record["batch"].is_null()) CIVITAS_CHECK(move(call.record, 1));
  return {};
}

}  // namespace

void register_hooks(entities::Hooks& hooks, ActionParts parts) {
  const Hook prepare = [parts](HookCall& call) -> Status {
    CIVITAS_CHECK(check_inside(call, parts.city));
    return spell_name(call);
  };
  hooks.add("place_names.prepare_name", prepare);
  hooks.add("place_names.prepare_application", [prepare](HookCall& call) -> Status {
    CIVITAS_CHECK(prepare(call));
    return check_division(call);
  });
  hooks.add("place_names.prepare_sign", [parts](HookCall& call) { return check_inside(call, parts.city); });
  hooks.add("place_names.spell_division", spell_division);
  hooks.add("place_names.division_changed", [parts](HookCall& call) { return division_changed(call, parts); });
  hooks.add("place_names.name_changed", [parts](HookCall& call) { return name_changed(call, parts); });
  hooks.add("place_names.check_application", [parts](HookCall& call) { return check_application(call, parts.naming); });
  hooks.add("place_names.start_notice", [parts](HookCall& call) { return start_notice(call, parts.calendar); });
  hooks.add("place_names.approve_name", [parts](HookCall& call) { return approve_name(call, parts.profile); });
  hooks.add("place_names.file_name", file_name);
  hooks.add("place_names.match_certificate", [parts](HookCall& call) { return match_certificate(call, parts.naming); });
  hooks.add("place_names.issue_authentication", issue_authentication);
  hooks.add("place_names.prepare_report", [parts](HookCall& call) { return check_inside(call, parts.city); });
  hooks.add("place_names.rules_changed", [parts](HookCall& call) { return rules_changed(call, parts.naming); });
  hooks.add("place_names.match_item", [parts](HookCall& call) { return match_item(call, parts.naming); });
  hooks.add("place_names.count_item", count_item);
}

}  // namespace civitas::place_names
