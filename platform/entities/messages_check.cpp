// What messages name exists and fits.
#include <algorithm>

#include "base/strings.hpp"
#include "entities/catalog.hpp"
#include "entities/loader_messages.hpp"

namespace civitas::entities {

namespace {

// Known to every template, besides the fields of the record.
const std::vector<std::string>& common_placeholders() {
  static const std::vector<std::string> names{"title", "type",    "state", "step", "due",
                                              "who",   "comment", "city",  "date"};
  return names;
}

class Check {
 public:
  Check(const Catalog& catalog, const Entity& e, int line, Mistakes& mistakes)
      : catalog_(catalog), e_(e), line_(line), mistakes_(mistakes) {}

  void wrong(std::string zh, std::string en) { mistakes_.add(e_.file, line_, std::move(zh), std::move(en)); }
  void missing(const std::string& where, const std::string& name, const std::vector<std::string>& known) {
    const std::string meant(nearest_word(name, known));
    wrong(where + " 里没有 " + name + (meant.empty() ? "" : "，是否想写 " + meant),
          where + " names " + name + ", which is not there" + (meant.empty() ? "" : "; did you mean " + meant));
  }
  const Field* field(const std::string& where, const std::string& name) {
    const Field* found = e_.field(name);
    if (!found) {
      std::vector<std::string> known;
      for (const auto& f : e_.fields) known.push_back(f.name);
      missing(where, name, known);
    }
    return found;
  }
  void role(const std::string& name) {
    const auto& roles = catalog_.system(e_.system)->roles;
    if (std::any_of(roles.begin(), roles.end(), [&](const Role& r) { return r.name == name; })) return;
    std::vector<std::string> known{"owner", "holder"};
    for (const auto& r : roles) known.push_back(r.name);
    missing("tell.to", name, known);
  }
  void recipient(const std::string& to) {
    if (to == "owner" || to == "holder") return;
    const auto colon = to.find(':');
    if (colon == std::string::npos) return role(to);
    const std::string kind = to.substr(0, colon), name = to.substr(colon + 1);
    if (kind == "role") return role(name);
    if (kind == "webhook") {
      if (name.empty()) wrong("webhook: 后面要写配置中的名称", "webhook: needs a name of the configuration");
      return;
    }
    if (kind != "person" && kind != "department" && kind != "phone" && kind != "email") {
      missing("tell.to", kind, {"owner", "holder", "role", "person", "department", "phone", "email", "webhook"});
      return;
    }
    const Field* f = field("tell.to", name);
    if (!f) return;
    const bool reference = f->type == FieldType::ref || f->type == FieldType::refs;
    if ((kind == "person" || kind == "department") && (!reference || f->to != kind))
      wrong("tell.to 的字段 " + name + " 应引用" + (kind == "person" ? "人员" : "部门"),
            "the field " + name + " of tell.to must refer to a " + kind);
    if (kind == "phone" && f->type != FieldType::phone && f->type != FieldType::text)
      wrong("tell.to 的字段 " + name + " 应为电话", "the field " + name + " of tell.to must be a phone");
    if (kind == "email" && f->type != FieldType::text)
      wrong("tell.to 的字段 " + name + " 应为文字", "the field " + name + " of tell.to must be text");
  }
  void placeholders(const MessageTemplate& t) {
    for (const Text* text : {&t.title, &t.text})
      for (const auto& name : placeholders_of(*text)) {
        if (std::find(common_placeholders().begin(), common_placeholders().end(), name) != common_placeholders().end())
          continue;
        const Field* f = e_.field(name);
        if (!f) {
          std::vector<std::string> known = common_placeholders();
          for (const auto& one : e_.fields) known.push_back(one.name);
          missing("模板 " + t.name, name, known);
        } else if (f->type == FieldType::secret || f->type == FieldType::citizen_id || f->masked) {
          wrong("模板 " + t.name + " 不能写出保密的字段 " + name,
                "the template " + t.name + " cannot tell the guarded field " + name);
        }
      }
  }

 private:
  const Catalog& catalog_;
  const Entity& e_;
  int line_;
  Mistakes& mistakes_;
};

void check_inbound(const Catalog& catalog, const Entity& e, Mistakes& mistakes) {
  const Inbound& in = *e.inbound;
  Check check(catalog, e, in.line, mistakes);
  if (const Field* key = check.field("inbound.key", in.key)) {
    if (!key->unique)
      check.wrong("inbound.key 的字段 " + in.key + " 应为 unique",
                  "the field " + in.key + " of inbound.key must be unique");
    if (std::none_of(in.map.begin(), in.map.end(),
                     [&](const auto& v) { return v.field == in.key && !v.pointer.empty(); }))
      check.wrong("map 里没有 " + in.key + " 的来处", "the map does not say where " + in.key + " comes from");
  }
  for (const auto& v : in.map) {
    const Field* f = check.field("inbound.map", v.field);
    if (f && !v.lon.empty() && f->type != FieldType::point)
      check.wrong("lon、lat 只用于点：" + v.field, "lon and lat are for a point: " + v.field);
    if (!f || v.by.empty()) continue;
    const Entity* target = f->type == FieldType::ref ? catalog.target_of(*f) : nullptr;
    if (!target || !target->field(v.by))
      check.wrong("by 只用于引用字段，并应是被引用记录的字段：" + v.field,
                  "`by` is for a reference, and a field of what it refers to: " + v.field);
  }
  if (!in.step.empty() && (!e.process || !e.process->transition(in.step)))
    check.wrong("没有流转 " + in.step, "no transition " + in.step);
}

void check_jobs(const System& system, Mistakes& mistakes) {
  const std::string file = system.name + "/system.yaml";
  for (const auto& j : system.jobs) {
    if (j.entity.empty()) continue;
    const Entity* e = system.entity(j.entity);
    if (!e) {
      mistakes.add(file, j.line, "没有记录类型 " + j.entity, "no entity " + j.entity);
    } else if (!j.step.empty()) {
      const Transition* t = e->process ? e->process->transition(j.step) : nullptr;
      if (!t)
        mistakes.add(file, j.line, "没有流转 " + j.step, "no transition " + j.step);
      else if (std::find(t->roles.begin(), t->roles.end(), "system") == t->roles.end())
        mistakes.add(file, j.line, "流转 " + j.step + " 的 role 没有 system，任务办不了",
                     "the transition " + j.step + " is not for the role system, so no job may take it");
    }
  }
}

}  // namespace

void check_tell(const Catalog& catalog, const Entity& e, const Tell& tell, Mistakes& mistakes) {
  Check check(catalog, e, tell.line, mistakes);
  for (const auto& to : tell.to) check.recipient(to);
  static const std::vector<std::string> channels{"app", "email", "sms", "webhook"};
  for (const auto& by : tell.by)
    if (std::find(channels.begin(), channels.end(), by) == channels.end()) check.missing("tell.by", by, channels);
  if (tell.use.empty()) return;
  const auto& templates = catalog.system(e.system)->templates;
  const auto found =
      std::find_if(templates.begin(), templates.end(), [&](const auto& t) { return t.name == tell.use; });
  if (found != templates.end()) return check.placeholders(*found);
  std::vector<std::string> known;
  for (const auto& t : templates) known.push_back(t.name);
  check.missing("templates", tell.use, known);
}

namespace {

// What is told of a record that is written: fields whose values the history keeps in clear.
void check_record_tell(const Catalog& catalog, const Entity& e, const Tell& tell, Mistakes& mistakes) {
  check_tell(catalog, e, tell, mistakes);
  Check check(catalog, e, tell.line, mistakes);
  for (const auto& name : tell.changed)
    if (const Field* f = check.field("tell.changed", name); f && f->sealed)
      check.wrong("tell.changed 不能用加密保存的字段 " + name, "tell.changed cannot use " + name + ", which is encrypted at rest");
  if (!tell.changed.empty() && !e.history)
    check.wrong("没有历史的记录类型不能写 tell.changed", "tell.changed needs the history, which this record type does not keep");
  if (e.process) return;
  if (std::find(tell.to.begin(), tell.to.end(), "holder") != tell.to.end())
    check.wrong("没有流程的记录没有 holder", "a record without a process has no holder");
  if (std::find(tell.on.begin(), tell.on.end(), "step") != tell.on.end())
    check.wrong("没有流程的记录没有 step", "a record without a process has no steps");
}

}  // namespace

void check_messages(const Catalog& catalog, const System& system, Mistakes& mistakes) {
  for (const auto& e : system.entities) {
    if (e.process) {
      for (const auto& s : e.process->states)
        for (const auto& tell : s.tell) check_tell(catalog, e, tell, mistakes);
      for (const auto& t : e.process->transitions)
        for (const auto& tell : t.tell) check_tell(catalog, e, tell, mistakes);
      for (const auto& clock : e.process->clocks)
        for (const auto& tell : clock.late.tell) check_tell(catalog, e, tell, mistakes);
    }
    for (const auto& tell : e.tell) check_record_tell(catalog, e, tell, mistakes);
    if (e.inbound) check_inbound(catalog, e, mistakes);
    for (const auto& push : e.pushes) {
      Check check(catalog, e, push.line, mistakes);
      for (const auto& v : push.map)
        if (v.field != "id" && v.field != "version" && v.field != "state" && v.field != "created_at" &&
            v.field != "updated_at")
          if (const Field* f = check.field("push.map", v.field); f && f->type == FieldType::secret)
            check.wrong("保密字段不能外送：" + v.field, "a secret field is not pushed: " + v.field);
    }
  }
  check_jobs(system, mistakes);
}

}  // namespace civitas::entities
