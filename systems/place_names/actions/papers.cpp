#include "place_names/actions/papers.hpp"

#include "base/strings.hpp"
#include "documents/forms.hpp"
#include "place_names/records.hpp"
#include "process/last_step.hpp"

namespace civitas::place_names {

namespace {

using entities::Context;
using entities::Entity;
using records::NameApplication;
using records::NameCertificate;
using records::PlaceName;
using records::Profile;
namespace terms = records::terms;

std::string text_of(const Json& v) {
  if (v.is_string()) return v.as_string();
  if (v.is_object()) return v["title"].as_string();
  if (v.is_bool()) return v.as_bool() ? "是" : "否";
  return v.is_null() ? "" : v.dump();
}

// The value of a field as a person reads it: terms by title.
std::string shown(api::Service& service, const Entity& e, const Json& record, std::string_view name) {
  const auto* f = e.field(name);
  const Json& v = record[name];
  if (f && f->type == entities::FieldType::term && v.is_string())
    if (const auto* list = service.parts().store.catalog().terms_of(e, *f))
      if (const auto* code = list->find(v.as_string())) return code->title.zh;
  if (f && f->type == entities::FieldType::date && v.is_string())
    if (const auto date = parse_date(v.as_string())) return format_date_zh(*date);
  return text_of(v);
}

documents::FormField cell(api::Service& service, const Entity& e, const Json& record, std::string_view name,
                          int span = 1, double height = 0) {
  const auto* f = e.field(name);
  return {f ? f->title.zh : std::string(name), shown(service, e, record, name), span, height};
}

documents::Verification verification(const RouteParts& p, std::string_view code) {
  if (code.empty()) return {};
  return {p.public_address + "/verify/" + std::string(code), std::string(code)};
}

// "" for who may not read the name.
Result<std::string> code_of(const RouteParts& p, sql::Connection& db, const Context& c, const plug::Reference& name) {
  auto& store = p.service.parts().store;
  const auto found = store.get(db, c, plug::declaration_of<PlaceName>(store.catalog()), name.id().value_or(0));
  if (!found) return found.error().kind == Kind::not_found ? Result<std::string>("") : fail(found.error());
  return std::string(PlaceName(*found).code());
}

Result<std::string> approval_form(const RouteParts& p, sql::Connection& db, const Context& c, const Json& record) {
  using Field = NameApplication::Field;
  using Step = NameApplication::Step;
  const Entity& e = plug::declaration_of<NameApplication>(p.service.parts().store.catalog());
  const NameApplication a(record);
  const std::string number(a.number());
  documents::ApprovalForm form;
  form.title = p.profile.text(Profile::city) + shown(p.service, e, record, Field::kind) + "申请审批表";
  form.number = a.approval_number().empty() ? number : a.approval_number();
  form.left_line = "申请编号：" + number;
  const auto add = [&](plug::FieldName<NameApplication> name, int span = 1, double height = 0) {
    form.fields.push_back(cell(p.service, e, record, name, span, height));
  };
  add(Field::name);
  add(Field::pinyin);
  add(Field::legal_kind);
  add(Field::category);
  add(Field::division);
  add(Field::position_text);
  if (a.target()) add(Field::target, 2);
  add(Field::meaning, 2, 14);
  add(Field::origin, 2);
  add(Field::reason, 2, 14);
  add(Field::applicant_name);
  add(Field::contact_phone);
  std::string materials;
  for (const auto& file : a.materials()) materials.append(materials.empty() ? "" : "；").append(file.name());
  form.fields.push_back({"申请材料", materials, 2});
  // Who decided and when comes from the trace, of an opinion that the reader sees; names of officials are the office's.
  const bool staff = c.who.has_role(NameApplication::Type::system, "staff");
  const auto add_opinion = [&](const char* title, std::string_view opinion,
                               std::initializer_list<plug::Code<Step>> steps) -> Status {
    std::optional<process::TakenStep> taken;
    if (!opinion.empty())
      for (const auto step : steps) {
        CIVITAS_TRY(auto one, process::last_step(db, a.id(), step));
        if (one && (!taken || one->at > taken->at)) taken = std::move(one);
      }
    form.opinions.push_back({title, std::string(opinion), taken && staff ? taken->person : "",
                             taken ? std::optional(date_in_china(taken->at)) : std::nullopt});
    return {};
  };
  CIVITAS_CHECK(add_opinion("受理核查意见", a.check_opinion(), {Step::accept}));
  CIVITAS_CHECK(add_opinion("区级审核意见", a.district_opinion(), {Step::pass, Step::ask_experts}));
  if (!a.expert_opinion().empty()) CIVITAS_CHECK(add_opinion("专家论证意见", a.expert_opinion(), {Step::advise}));
  CIVITAS_CHECK(add_opinion("市级审定意见", a.city_opinion(), {Step::agree}));
  if (!a.refusal().empty())
    CIVITAS_CHECK(
        add_opinion("不予批准理由", a.refusal(), {Step::reject, Step::reject_in_district, Step::reject_by_checker}));
  form.notes = "依据《地名管理条例》（国务院令第753号）第九条至第十四条办理。";
  form.verification = verification(p, a.verification());
  form.author = p.profile.text(Profile::office);
  form.created = c.now;
  CIVITAS_TRY(auto done, documents::render_approval_form(form));
  return std::move(done.pdf);
}

Result<std::string> naming_document(const RouteParts& p, sql::Connection& db, const Context& c, const Json& record) {
  const Entity& e = plug::declaration_of<NameApplication>(p.service.parts().store.catalog());
  const NameApplication a(record);
  CIVITAS_TRY(const std::string code, code_of(p, db, c, a.place_name()));
  documents::Certificate paper;
  paper.title = "标准地名批准书";
  paper.number = a.approval_number();
  const std::string kind = a.kind() == terms::application_kind::rename ? "更名" : "命名";
  if (!a.applicant_name().empty()) paper.paragraphs.push_back(std::string(a.applicant_name()) + "：");
  paper.paragraphs.push_back("根据《地名管理条例》，经审核、论证并公示，批准你（单位）申请的地名" + kind +
                             "，标准地名及其罗马字母拼写如下。请依法规范使用。");
  const auto add = [&](std::string label, std::string_view value) {
    paper.fields.push_back({std::move(label), std::string(value)});
  };
  add("标准地名", a.name());
  add("罗马字母拼写", a.pinyin());
  add("地名代码", code);
  add("地名类别", shown(p.service, e, record, NameApplication::Field::category));
  add("所在政区", a.division().title());
  if (!a.position_text().empty()) add("位置", a.position_text());
  if (!a.meaning().empty()) add("含义", a.meaning());
  paper.issuer = a.approver();
  paper.date = a.approved_on();
  paper.verification = verification(p, a.verification());
  paper.created = c.now;
  CIVITAS_TRY(auto done, documents::render_certificate(paper));
  return std::move(done.pdf);
}

Result<std::string> authentication(const RouteParts& p, sql::Connection& db, const Context& c, const Json& record) {
  const NameCertificate a(record);
  documents::Certificate paper;
  paper.title = "地名认证书";
  paper.number = a.number();
  paper.paragraphs = {std::string(a.holder()) + "：", std::string(a.result()), "特此认证。"};
  const auto add = [&](std::string label, std::string_view value) {
    if (!value.empty()) paper.fields.push_back({std::move(label), std::string(value)});
  };
  add("证件所载地名", a.presented_name());
  add("证件名称及编号", a.paper());
  add("现行标准地名", a.place_name().title());
  CIVITAS_TRY(const std::string code, code_of(p, db, c, a.place_name()));
  add("地名代码", code);
  add("用途", a.purpose());
  paper.issuer = p.profile.text(Profile::office);
  paper.date = a.issued_on();
  paper.verification = verification(p, a.verification());
  paper.created = c.now;
  CIVITAS_TRY(auto done, documents::render_certificate(paper));
  return std::move(done.pdf);
}

Result<std::string> record_card(const RouteParts& p, sql::Connection&, const Context& c, const Json& record) {
  using Field = PlaceName::Field;
  const Entity& e = plug::declaration_of<PlaceName>(p.service.parts().store.catalog());
  documents::ApprovalForm form;
  form.title = "地名登记表";
  form.number = PlaceName(record).code();
  for (const auto name : {Field::name, Field::pinyin, Field::category, Field::legal_kind, Field::usage, Field::division,
                          Field::aliases, Field::short_name, Field::former_names, Field::english_name, Field::set_up,
                          Field::abolished, Field::approval_number, Field::approved_on})
    form.fields.push_back(cell(p.service, e, record, name));
  for (const auto name :
       {Field::position_text, Field::origin, Field::meaning, Field::history_text, Field::description, Field::source})
    form.fields.push_back(cell(p.service, e, record, name, 2));
  form.author = p.profile.text(Profile::office);
  form.created = c.now;
  CIVITAS_TRY(auto done, documents::render_approval_form(form));
  return std::move(done.pdf);
}

}  // namespace

void add_papers(const RouteParts& parts) {
  using Draw = Result<std::string> (*)(const RouteParts&, sql::Connection&, const Context&, const Json&);
  const auto add = [&](std::string_view path, Draw draw) {
    parts.service.add_renderer(std::string(path),
                               [parts, draw](sql::Connection& db, const Context& c, const Json& record) {
                                 return draw(parts, db, c, record);
                               });
  };
  add(NameApplication::Document::approval_form, approval_form);
  add(NameApplication::Document::naming_document, naming_document);
  add(NameCertificate::Document::authentication, authentication);
  add(PlaceName::Document::record_card, record_card);
}

}  // namespace civitas::place_names
