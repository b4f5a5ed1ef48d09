#include "place_names/actions/name_actions.hpp"

#include "base/id.hpp"
#include "base/strings.hpp"
#include "entities/serial.hpp"
#include "entities/store.hpp"
#include "geo/geometry.hpp"
#include "place_names/actions/naming_answers.hpp"
#include "place_names/actions/place_in_division.hpp"
#include "place_names/records.hpp"
#include "registers/records.hpp"
#include "text/spelling.hpp"

namespace civitas::place_names {

namespace {

using entities::Entity;
using entities::HookCall;
using entities::WriteOptions;
using records::MatchBatch;
using records::MatchItem;
using records::NameApplication;
using records::NameCertificate;
using records::PlaceName;
using records::ProblemReport;
using records::Sign;
using registers::records::Division;
namespace terms = records::terms;

/// The record as it was; nothing of one that is being created.
template <class Record>
std::optional<Record> before(const HookCall& call) {
  return call.before ? std::optional<Record>(*call.before) : std::nullopt;
}

text::Feature feature_of(std::string_view category) {
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
template <class Record>
void spell(HookCall& call, text::Feature feature) {
  const Record record(call.record);
  const bool typed = !Record(call.input).pinyin().empty(), renamed = call.changed(Record::Field::name);
  if (typed || (!renamed && !record.pinyin().empty()) || record.name().empty()) return;
  text::SpellingOptions options;
  options.feature = feature;
  call.change(typename Record::Changes().pinyin(text::spell(record.name(), options).toned));
}

template <class Record>
Status spell_name(HookCall& call) {
  spell<Record>(call, feature_of(Record(call.record).category()));
  return {};
}

Status spell_division(HookCall& call) {
  const bool village = Division(call.record).level() == registers::records::terms::division_level::village;
  spell<Division>(call, village ? text::Feature::settlement : text::Feature::division);
  return {};
}

template <class Record>
Status check_inside(HookCall& call, const geo::Extent& city) {
  const Json& place = Record(call.record).place();
  if (place.is_null() || !call.changed(Record::Field::place)) return {};
  CIVITAS_TRY(const auto shape, geo::Geometry::from_geojson(place));
  if (auto inside = city.check(shape); !inside)
    return fail(std::move(inside.error()).with_field(std::string(Record::Field::place)));
  return {};
}

template <class Record>
Status prepare(HookCall& call, const geo::Extent& city) {
  CIVITAS_CHECK(check_inside<Record>(call, city));
  return spell_name<Record>(call);
}

// A place drawn in another division than the one chosen is one slip or the other, and whoever draws can tell which.
Status check_division(HookCall& call) {
  const NameApplication application(call.record);
  const auto was = before<NameApplication>(call);
  const auto division = application.division();
  if (application.place().is_null() || !division) return {};
  if (was && was->place() == application.place() && was->division() == division) return {};
  CIVITAS_TRY(const auto shape, geo::Geometry::from_geojson(application.place()));
  CIVITAS_TRY(const auto finding, compare_place(call.transaction, call.store, *division.id(), shape));
  if (!finding || finding->severity != Severity::block) return {};
  return fail(
      problem(Kind::unprocessable, "place_names.place.outside_division", finding->message.zh, finding->message.en)
          .with_field(std::string(NameApplication::Field::place)));
}

std::optional<geo::Box> box_of(const Json& shape) {
  if (shape.is_null()) return std::nullopt;
  return geo::bounds_of_geojson(shape);
}

Status start_notice(HookCall& call, const process::WorkingCalendar& calendar) {
  // Named by cases that began before the state said `until:`, and only by them.
  const auto& noticed = *call.entity.process->state(NameApplication::State::noticed);
  CIVITAS_TRY(const process::Duration period, process::parse_duration(noticed.after));
  CIVITAS_TRY(const Date last, calendar.calendar_deadline(date_in_china(call.context.now), period.amount));
  call.change(NameApplication::Changes().notice_until(last));
  return {};
}

Result<Json> write_name(HookCall& call, const NameApplication& application) {
  const Entity& names = plug::declaration_of<PlaceName>(call.store.catalog());
  const Date today = date_in_china(call.context.now);
  const std::string number(application.number());
  WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.rules = entities::Rules::skip("approved by application " + number);
  options.valid_from = format_date(today);
  PlaceName::Changes name;
  name.approval_number(application.approval_number()).approved_on(application.approved_on());
  if (application.kind() == terms::application_kind::new_) {
    name.name(application.name())
        .pinyin(application.pinyin())
        .category(application.category())
        .legal_kind(application.legal_kind())
        .division(application.division())
        .place(application.place())
        .position_text(application.position_text())
        .origin(application.origin())
        .meaning(application.meaning())
        .set_up(format_date(today))
        .source("地名申请 " + number);
    options.action = "approve";
    return call.store.create(call.transaction, call.context, names, std::move(name), options);
  }
  const auto target = application.target().id();
  if (!target) return fail(internal_problem("application without its target"));
  CIVITAS_TRY(const Json stored, call.store.get_unrestricted(call.transaction, names, *target, "renaming"));
  const PlaceName old(stored);
  if (application.kind() == terms::application_kind::rename) {
    std::string former(old.name());
    if (!old.former_names().empty()) former.append("、").append(old.former_names());
    name.name(application.name()).pinyin(application.pinyin()).former_names(former);
    if (!application.origin().empty()) name.origin(application.origin());
    if (!application.meaning().empty()) name.meaning(application.meaning());
    if (!application.place().is_null()) name.place(application.place());
    options.action = "rename";
  } else {
    name = PlaceName::Changes().usage(terms::usage::historical).abolished(format_date(today));
    options.action = "cancel";
  }
  return call.store.update(call.transaction, call.context, names, *target, std::move(name), options);
}

// The decision: an approval number, the standard name with its code, and the verification code of the naming document.
Status approve_name(HookCall& call, const entities::Profile& profile) {
  using records::Profile;
  const NameApplication application(call.record);
  const Date today = date_in_china(call.context.now);
  const std::string year = std::to_string(today.year());
  CIVITAS_TRY(const std::int64_t serial, entities::next_serial(call.transaction, "place_names.approval:" + year));
  call.change(
      NameApplication::Changes()
          .approver(profile.text(Profile::approvers, application.legal_kind()))
          .approval_number(profile.text(Profile::approval_prefix) + "〔" + year + "〕" + std::to_string(serial) + "号")
          .approved_on(today)
          .verification(random_hex(10)));
  CIVITAS_TRY(const Json name, write_name(call, application));
  call.change(NameApplication::Changes().place_name(PlaceName(name).id()));
  return {};
}

Status file_name(HookCall& call) {
  call.change(NameApplication::Changes().filed_on(date_in_china(call.context.now)));
  return {};
}

Status issue_authentication(HookCall& call) {
  const NameCertificate certificate(call.record);
  CIVITAS_TRY(const Json stored,
              call.store.get_unrestricted(call.transaction, plug::declaration_of<PlaceName>(call.store.catalog()),
                                          certificate.place_name().id().value_or(0), "authentication"));
  const PlaceName name(stored);
  const std::string called(name.name());
  if (name.usage() != terms::usage::current)
    return fail(problem(Kind::unprocessable, "place_names.certificate.historical",
                        "“" + called + "”已不是现行标准地名，不能认证。",
                        "“" + called + "” is no current standard name and cannot be confirmed.")
                    .with_field(std::string(NameCertificate::Field::place_name)));
  call.change(NameCertificate::Changes()
                  .result("经核查，“" + std::string(certificate.presented_name()) + "”对应的现行标准地名为“" + called +
                          "”（地名代码 " + std::string(name.code()) + "）。")
                  .issued_on(date_in_china(call.context.now))
                  .verification(random_hex(10)));
  return {};
}

/// The code of the division that a field of `Record` refers to, "" without one.
template <class Record>
Result<std::string> division_code(HookCall& call, plug::FieldName<Record> field) {
  if (call.references) {
    const auto known = call.references->find(std::string_view(field));
    return known == call.references->end() ? std::string() : known->second.code;
  }
  CIVITAS_TRY(const auto code,
              call.transaction.query_text("SELECT code FROM " + std::string(Division::Type::table) + " WHERE id=?",
                                          {plug::Reference(Record(call.record)[field]).id().value_or(0)}));
  return code.value_or("");
}

// A citizen's name that the law forbids goes no further and says why; staff may submit it with its findings, which stay
// on the record.
Status check_application(HookCall& call, const NamingService& naming) {
  const NameApplication application(call.record);
  if (application.kind() == terms::application_kind::cancel) return {};
  CheckContext context;
  CIVITAS_TRY(context.division, division_code(call, NameApplication::Field::division));
  context.category = application.category();
  context.legal_kind = engine_kind(application.legal_kind(), context.category);
  if (application.kind() == terms::application_kind::rename) {
    context.change = NameChange::rename;
    CIVITAS_TRY(const auto own, call.transaction.query_text("SELECT code FROM place_names_place_name WHERE id=?",
                                                            {application.target().id().value_or(0)}));
    context.own_code = own.value_or("");
  }
  const auto answer = naming.check()->check(application.name(), context);
  if (answer.verdict == CheckVerdict::block && !call.context.who.has_role("place_names", "staff")) {
    Text all;
    for (const auto& f : answer.findings) {
      if (f.severity != Severity::block || !f.exemption.empty()) continue;
      all.zh += (all.zh.empty() ? "" : "；") + f.message.zh;
      all.en += (all.en.empty() ? "" : "; ") + f.message.en;
    }
    return fail(problem(Kind::unprocessable, "place_names.check.blocked", "该名称不符合命名规定：" + all.zh,
                        "The name does not obey the naming rules: " + all.en)
                    .with_field(std::string(NameApplication::Field::name)));
  }
  Json findings = to_json(answer);
  if (!application.place().is_null()) {
    CIVITAS_TRY(const auto shape, geo::Geometry::from_geojson(application.place()));
    CIVITAS_TRY(const auto place,
                compare_place(call.transaction, call.store, application.division().id().value_or(0), shape));
    if (place) {
      Json all = findings["findings"];
      all.push(to_json(*place));
      findings.set("findings", std::move(all));
      if (answer.verdict == CheckVerdict::pass) findings.set("verdict", Json("warn"));
    }
  }
  call.change(NameApplication::Changes().check_findings(std::move(findings)));
  return {};
}

/// After COMMIT the name check knows the record as it is now; a code that it bore before and bears no more is gone.
template <class Record>
Status tell_naming(HookCall& call, NamingService& naming, std::optional<ExistingName> name) {
  const auto was = before<Record>(call);
  std::string gone(was ? was->code() : "");
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
  const PlaceName record(call.record);
  if (record.code().empty() || record.usage() != terms::usage::current)
    return tell_naming<PlaceName>(call, parts.naming, std::nullopt);
  ExistingName name;
  name.code = record.code();
  name.name = record.name();
  CIVITAS_TRY(name.division, division_code(call, PlaceName::Field::division));
  name.kind = engine_kind(record.legal_kind(), record.category());
  name.position = middle_of(record.place());
  return tell_naming<PlaceName>(call, parts.naming, std::move(name));
}

Status division_changed(HookCall& call, ActionParts parts) {
  const Division record(call.record);
  if (record.code().empty()) return tell_naming<Division>(call, parts.naming, std::nullopt);
  ExistingName name;
  name.code = record.code();
  name.name = record.name();
  CIVITAS_TRY(name.division, division_code(call, Division::Field::parent));
  name.kind = legal_kind_of(level_of_term(record.level()), name.name);
  name.position = middle_of(record.boundary());
  return tell_naming<Division>(call, parts.naming, std::move(name));
}

Status rules_changed(HookCall& call, NamingService& naming) {
  call.transaction.after_commit([&naming] { naming.rules_changed(); });
  return {};
}

Status match_certificate(HookCall& call, const NamingService& naming) {
  const NameCertificate certificate(call.record);
  if (certificate.presented_name().empty() || !call.changed(NameCertificate::Field::presented_name)) return {};
  const auto answer = naming.match(certificate.presented_name());
  call.change(NameCertificate::Changes().candidates(to_json(answer)));
  return {};
}

Status match_item(HookCall& call, const NamingService& naming) {
  using terms::verdict;
  const MatchItem item(call.record);
  if (call.before) {
    // A person chose: the verdict follows the choice.
    if (call.input.find(MatchItem::Field::code))
      call.change(
          MatchItem::Changes().verdict(item.code().empty() ? verdict::none : verdict::match).decided_by_hand(true));
    return {};
  }
  const auto answer = naming.match(item.text());
  MatchItem::Changes found;
  found.verdict(verdict::Code(verdict_name(answer.verdict))).candidates(to_json(answer)["matches"]);
  if (answer.verdict != MatchVerdict::none && !answer.matches.empty()) {
    const auto& best = answer.matches.front();
    found.code(best.code).full_name(best.full_name).score(best.score);
  }
  call.change(found);
  return {};
}

std::string_view verdict_column(terms::verdict::Code verdict) {
  if (verdict == terms::verdict::match) return MatchBatch::Field::matched;
  return verdict == terms::verdict::review ? MatchBatch::Field::to_review : MatchBatch::Field::unmatched;
}

// The batch shows how far it is without counting its items each time.
Status count_item(HookCall& call) {
  const auto move = [&](const MatchItem& item, int by) -> Status {
    const auto batch = item.batch().id();
    if (!batch) return {};
    const std::string column(verdict_column(item.verdict()));
    CIVITAS_CHECK(call.transaction.execute("UPDATE place_names_match_batch SET total=coalesce(total,0)+?," + column +
                                               "=coalesce(" + column + ",0)+? WHERE id=?",
                                           {by, by, *batch}));
    return {};
  };
  if (const auto was = before<MatchItem>(call)) CIVITAS_CHECK(move(*was, -1));
  return move(MatchItem(call.record), 1);
}

}  // namespace

void register_hooks(entities::Hooks& hooks, ActionParts parts) {
  hooks.add("place_names.prepare_name", [parts](HookCall& call) { return prepare<PlaceName>(call, parts.city); });
  hooks.add("place_names.prepare_application", [parts](HookCall& call) -> Status {
    CIVITAS_CHECK(prepare<NameApplication>(call, parts.city));
    return check_division(call);
  });
  hooks.add("place_names.prepare_sign", [parts](HookCall& call) { return check_inside<Sign>(call, parts.city); });
  hooks.add("place_names.spell_division", spell_division);
  hooks.add("place_names.division_changed", [parts](HookCall& call) { return division_changed(call, parts); });
  hooks.add("place_names.name_changed", [parts](HookCall& call) { return name_changed(call, parts); });
  hooks.add("place_names.check_application", [parts](HookCall& call) { return check_application(call, parts.naming); });
  hooks.add("place_names.start_notice", [parts](HookCall& call) { return start_notice(call, parts.calendar); });
  hooks.add("place_names.approve_name", [parts](HookCall& call) { return approve_name(call, parts.profile); });
  hooks.add("place_names.file_name", file_name);
  hooks.add("place_names.match_certificate", [parts](HookCall& call) { return match_certificate(call, parts.naming); });
  hooks.add("place_names.issue_authentication", issue_authentication);
  hooks.add("place_names.prepare_report",
            [parts](HookCall& call) { return check_inside<ProblemReport>(call, parts.city); });
  hooks.add("place_names.rules_changed", [parts](HookCall& call) { return rules_changed(call, parts.naming); });
  hooks.add("place_names.match_item", [parts](HookCall& call) { return match_item(call, parts.naming); });
  hooks.add("place_names.count_item", count_item);
}

}  // namespace civitas::place_names
