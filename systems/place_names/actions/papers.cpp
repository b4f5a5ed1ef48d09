#include "place_names/actions/papers.hpp"

#include "base/strings.hpp"
#include "documents/forms.hpp"
#include "process/last_step.hpp"

namespace civitas::place_names {

namespace {

using entities::Context;
using entities::Entity;

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

documents::Verification verification(const RouteParts& p, const Json& record) {
  const std::string& code = record["verification"].as_string();
  if (code.empty()) return {};
  return {p.public_address + "/verify/" + code, code};
}

Result<std::string> approval_form(const RouteParts& p, sql::Connection& db, const Context& c, const Json& record) {
  const Entity& e = *p.service.parts().store.catalog().entity("place_names", "name_application");
  const std::int64_t id = parse_integer(record["id"].as_string()).value_or(0);
  documents::ApprovalForm form;
  const std::string kind = shown(p.service, e, record, "kind");
  form.title = p.profile.text("city") + kind + "申请审批表";
  form.number =
      record["approval_number"].is_null() ? record["number"].as_string() : record["approval_number"].as_string();
  form.left_line = "申请编号：" + record["number"].as_string();
  const auto add = [&](std::string_view name, int span = 1, double height = 0) {
    form.fields.push_back(cell(p.service, e, record, name, span, height));
  };
  add("name");
  add("pinyin");
  add("legal_kind");
  add("category");
  add("division");
  add("position_text");
  if (!record["target"].is_null()) add("target", 2);
  add("meaning", 2, 14);
  add("origin", 2);
  add("reason", 2, 14);
  add("applicant_name");
  add("contact_phone");
  std::string materials;
  for (const auto& file : record["materials"].as_array())
    materials += (materials.empty() ? "" : "；") + file["name"].as_string();
  form.fields.push_back({"申请材料", materials, 2});
  // Who decided and when comes from the trace.
  const auto add_opinion = [&](const char* title, const char* field,
                               std::initializer_list<std::string_view> steps) -> Status {
    std::optional<process::TakenStep> taken;
    for (const auto step : steps)
      if (!taken) {
        CIVITAS_TRY(taken, process::last_step(db, id, step));
      }
    form.opinions.push_back({title, text_of(record[field]), taken ? taken->person : "",
                             taken ? std::optional(date_in_china(taken->at)) : std::nullopt});
    return {};
  };
  CIVITAS_CHECK(add_opinion("受理核查意见", "check_opinion", {"accept"}));
  CIVITAS_CHECK(add_opinion("区级审核意见", "district_opinion", {"pass"}));
  if (!record["expert_opinion"].is_null()) CIVITAS_CHECK(add_opinion("专家论证意见", "expert_opinion", {"advise"}));
  CIVITAS_CHECK(add_opinion("市级审定意见", "city_opinion", {"agree"}));
  if (!record["refusal"].is_null())
    CIVITAS_CHECK(add_opinion("不予批准理由", "refusal", {"reject", "reject_in_district", "reject_by_checker"}));
  form.notes = "依据《地名管理条例》（国务院令第753号）第九条至第十四条办理。";
  form.verification = verification(p, record);
  form.author = p.profile.text("office");
  form.created = c.now;
  CIVITAS_TRY(auto done, documents::render_approval_form(form));
  return std::move(done.pdf);
}

Result<std::string> naming_document(const RouteParts& p, sql::Connection& db, const Context& c, const Json& record) {
  const Entity& e = *p.service.parts().store.catalog().entity("place_names", "name_application");
  CIVITAS_TRY(const auto code, db.query_text("SELECT code FROM place_names_place_name WHERE id=?",
                                             {entities::reference_id(record["place_name"]).value_or(0)}));
  documents::Certificate paper;
  paper.title = "标准地名批准书";
  paper.number = record["approval_number"].as_string();
  const std::string kind = record["kind"].as_string() == "rename" ? "更名" : "命名";
  paper.paragraphs = {record["applicant_name"].as_string() + "：",
                      "根据《地名管理条例》，经审核、论证并公示，批准你（单位）申请的地名" + kind +
                          "，标准地名及其罗马字母拼写如下。请依法规范使用。"};
  const auto add = [&](std::string label, std::string value) {
    paper.fields.push_back({std::move(label), std::move(value)});
  };
  add("标准地名", record["name"].as_string());
  add("罗马字母拼写", text_of(record["pinyin"]));
  add("地名代码", code.value_or(""));
  add("地名类别", shown(p.service, e, record, "category"));
  add("所在政区", text_of(record["division"]));
  if (!record["position_text"].is_null()) add("位置", text_of(record["position_text"]));
  if (!record["meaning"].is_null()) add("含义", std::string(text_of(record["meaning"])));
  paper.issuer = text_of(record["approver"]);
  paper.date = parse_date(record["approved_on"].as_string());
  paper.verification = verification(p, record);
  paper.created = c.now;
  CIVITAS_TRY(auto done, documents::render_certificate(paper));
  return std::move(done.pdf);
}

Result<std::string> authentication(const RouteParts& p, sql::Connection& db, const Context& c, const Json& record) {
  documents::Certificate paper;
  paper.title = "地名认证书";
  paper.number = record["number"].as_string();
  paper.paragraphs = {record["holder"].as_string() + "：", text_of(record["result"]), "特此认证。"};
  const auto add = [&](std::string label, const Json& value) {
    if (!value.is_null()) paper.fields.push_back({std::move(label), text_of(value)});
  };
  add("证件所载地名", record["presented_name"]);
  add("证件名称及编号", record["paper"]);
  add("现行标准地名", record["place_name"]);
  CIVITAS_TRY(const auto code, db.query_text("SELECT code FROM place_names_place_name WHERE id=?",
                                             {entities::reference_id(record["place_name"]).value_or(0)}));
  add("地名代码", Json(code.value_or("")));
  add("用途", record["purpose"]);
  paper.issuer = p.profile.text("office");
  paper.date = parse_date(record["issued_on"].as_string());
  paper.verification = verification(p, record);
  paper.created = c.now;
  CIVITAS_TRY(auto done, documents::render_certificate(paper));
  return std::move(done.pdf);
}

Result<std::string> record_card(const RouteParts& p, sql::Connection&, const Context& c, const Json& record) {
  const Entity& e = *p.service.parts().store.catalog().entity("place_names", "place_name");
  documents::ApprovalForm form;
  form.title = "地名登记表";
  form.number = record["code"].as_string();
  for (const char* name : {"name", "pinyin", "category", "legal_kind", "usage", "division", "aliases", "short_name",
                           "former_names", "english_name", "set_up", "abolished", "approval_number", "approved_on"})
    form.fields.push_back(cell(p.service, e, record, name));
  for (const char* name : {"position_text", "origin", "meaning", "history_text", "description", "source"})
    form.fields.push_back(cell(p.service, e, record, name, 2));
  form.author = p.profile.text("office");
  form.created = c.now;
  CIVITAS_TRY(auto done, documents::render_approval_form(form));
  return std::move(done.pdf);
}

}  // namespace

void add_papers(const RouteParts& parts) {
  using Draw = Result<std::string> (*)(const RouteParts&, sql::Connection&, const Context&, const Json&);
  const auto add = [&](std::string path, Draw draw) {
    parts.service.add_renderer("place_names/" + path,
                               [parts, draw](sql::Connection& db, const Context& c, const Json& record) {
                                 return draw(parts, db, c, record);
                               });
  };
  add("name_application/approval_form", approval_form);
  add("name_application/naming_document", naming_document);
  add("name_certificate/authentication", authentication);
  add("place_name/record_card", record_card);
}

}  // namespace civitas::place_names
