// What a record type says for the citizens' portal.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/strings.hpp"
#include "entities/children.hpp"
#include "entities/loader_parts.hpp"
#include "entities/portal_check.hpp"

namespace civitas::entities {

namespace {

// Those of web/src/shared/ui/Glyph.vue that stand for a service; a test compares.
const std::vector<std::string>& glyph_names() {
  static const std::vector<std::string> names{
      "bell",  "book",  "building", "calendar", "camera", "car",    "card",   "certificate", "chat",   "clock",
      "edit",  "file",  "flag",     "globe",    "heart",  "home",   "key",    "lamp",        "layers", "list",
      "lock",  "megaphone", "people", "phone",  "pin",    "search", "shield", "star",        "sun",    "task",
      "ticket", "tools", "user",     "warn"};
  return names;
}

SignIn read_sign_in(MapReader& in) {
  const std::string kind = in.choice("sign_in", {"none", "phone", "account"}, "account");
  return kind == "none" ? SignIn::none : kind == "phone" ? SignIn::phone : SignIn::account;
}

int read_order(MapReader& in) {
  const double order = in.number("order").value_or(100);
  if (std::abs(order) > 1'000'000) in.wrong(0, "order 过大", "order is too large");
  return static_cast<int>(std::clamp(order, -1e6, 1e6));
}

std::vector<std::string> words_of(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  std::vector<std::string> out;
  if (node.is_scalar()) return {node.scalar};
  for (const auto& item : node.items)
    if (item.is_scalar())
      out.push_back(item.scalar);
    else
      mistakes.add(file, item.line, "portal.steps 的每一步是字段名的列表，或 {title, help, fields}",
                   "each of portal.steps is a list of fields, or {title, help, fields}");
  return out;
}

std::vector<PortalStep> read_steps(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<PortalStep> out;
  const auto steps = in.items("steps");
  in.or_words("steps");
  for (const YamlNode* item : steps) {
    if (!item->is_map()) {
      out.push_back({{}, {}, words_of(*item, file, mistakes)});
      continue;
    }
    MapReader s(*item, file, mistakes);
    PortalStep step;
    step.title = s.title("title", false);
    step.help = s.title("help", false);
    step.fields = s.words("fields");
    s.finish();
    out.push_back(std::move(step));
  }
  return out;
}

PublicList read_public(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  PublicList out;
  out.title = in.title("title", false);
  out.list = in.words("list");
  out.when = in.text("when");
  out.search = in.flag("search");
  const std::string notice = in.text("notice");
  out.notice = !notice.empty() && notice != "false";
  if (notice != "true" && notice != "false") out.notice_when = notice;
  out.comment = in.text("comment");
  if (!out.comment.empty() && !out.notice)
    in.wrong(0, "public.comment 只用于公示（notice: true）", "public.comment is for notices (notice: true)");
  in.finish();
  return out;
}

/// Says what is wrong of one entity, at the line of its portal.
class Complaints {
 public:
  Complaints(const Entity& e, int line, Mistakes& mistakes) : e_(e), line_(line), mistakes_(mistakes) {
    for (const auto& f : e.fields) fields_.push_back(f.name);
    if (e.process)
      for (const auto& s : e.process->states) states_.push_back(s.name);
  }
  void wrong(std::string zh, std::string en) { mistakes_.add(e_.file, line_, std::move(zh), std::move(en)); }
  const Field* field(const std::string& name, const std::string& where) {
    const Field* found = e_.field(name);
    if (!found) unknown(where, "字段", "field", name, fields_);
    return found;
  }
  /// A column of a list: a field, or what every record carries.
  void column(const std::string& name, const std::string& where) {
    for (std::string_view own : {"state", "created_at", "updated_at"})
      if (name == own) return;
    field(name, where);
  }
  bool state(const std::string& name, const std::string& where) {
    if (std::find(states_.begin(), states_.end(), name) != states_.end()) return true;
    unknown(where, "状态", "state", name, states_);
    return false;
  }

 private:
  void unknown(const std::string& where, const char* zh, const char* en, const std::string& name,
               const std::vector<std::string>& known) {
    const std::string meant(nearest_word(name, known));
    wrong(where + "：没有" + zh + " " + name + (meant.empty() ? "" : "，是否想写 " + meant),
          where + ": no " + en + " " + name + (meant.empty() ? "" : "; did you mean " + meant));
  }
  const Entity& e_;
  int line_;
  Mistakes& mistakes_;
  std::vector<std::string> fields_, states_;
};

bool may_create(const Entity& e, std::initializer_list<std::string_view> roles) {
  return std::any_of(e.access.begin(), e.access.end(), [&](const AccessRule& a) {
    return !a.create.empty() && std::find(roles.begin(), roles.end(), a.role) != roles.end();
  });
}

bool public_may_read(const Entity& e) {
  return std::any_of(e.access.begin(), e.access.end(),
                     [](const AccessRule& a) { return a.role == "public" && !a.read.empty(); });
}

void check_steps(const Entity& e, const PortalDeclaration& p, Complaints& say) {
  std::set<std::string> asked;
  for (const auto& step : p.steps) {
    if (step.fields.empty()) say.wrong("portal.steps：这一步没有字段", "portal.steps: a step has no fields");
    for (const auto& name : step.fields) {
      const Field* f = say.field(name, "portal.steps");
      if (!f) continue;
      if (!asked.insert(name).second)
        say.wrong("portal.steps：字段 " + name + " 出现了两次", "portal.steps asks for " + name + " twice");
      if (f->read_only)
        say.wrong("portal.steps：字段 " + name + " 是只读的，不能填写",
                  "portal.steps asks for " + name + ", which is read only");
    }
  }
  if (p.steps.empty()) return;
  // A form that cannot be sent is found here, not by the first citizen.
  for (const auto& f : e.fields)
    if (f.required && !f.read_only && f.default_value.is_null() && !asked.contains(f.name) && f.name != p.about)
      say.wrong("portal.steps 没有问必填字段 " + f.name, "portal.steps leaves out the required field " + f.name);
}

void check_follow(const Entity& e, const PortalDeclaration& p, Complaints& say) {
  if (!p.follow.empty() && !e.process)
    return say.wrong("portal.follow：没有办理流程", "portal.follow: there is no process to follow");
  std::set<std::string> seen;
  for (const auto& step : p.follow) {
    if (step.states.empty()) say.wrong("portal.follow：这一步没有状态", "portal.follow: a step has no states");
    for (const auto& name : step.states)
      if (say.state(name, "portal.follow") && !seen.insert(name).second)
        say.wrong("portal.follow：状态 " + name + " 出现了两次", "portal.follow names the state " + name + " twice");
  }
}

bool by_owner(const Transition& t) { return std::find(t.roles.begin(), t.roles.end(), "owner") != t.roles.end(); }

bool leaves(const Transition& t, const std::string& state) {
  return std::find(t.from.begin(), t.from.end(), state) != t.from.end();
}

void check_rate(const Entity& e, const PortalDeclaration& p, Complaints& say) {
  if (p.rate.empty() || !say.field(p.rate, "portal.rate")) return;
  const auto owners = [&](const Transition& t) {
    return by_owner(t) &&
           std::any_of(t.form.begin(), t.form.end(), [&](const FormField& f) { return f.name == p.rate; });
  };
  if (!e.process || std::none_of(e.process->transitions.begin(), e.process->transitions.end(), owners))
    say.wrong("portal.rate：没有申请人（role: owner）填写 " + p.rate + " 的流转",
              "portal.rate: no transition of the owner (role: owner) has " + p.rate + " in its form");
}

void check_about(const PortalDeclaration& p, Complaints& say) {
  if (p.about.empty()) return;
  const Field* f = say.field(p.about, "portal.about");
  if (f && (f->type != FieldType::ref || f->read_only))
    say.wrong("portal.about：" + p.about + " 应是可以填写的引用字段（type: ref）",
              "portal.about: " + p.about + " must be a reference (type: ref) that may be written");
}

void check_submit(const Entity& e, const PortalDeclaration& p, Complaints& say) {
  if (p.submit.empty()) return;
  const Transition* t = e.process ? e.process->transition(p.submit) : nullptr;
  if (!t || !by_owner(*t) || !leaves(*t, e.process->initial))
    say.wrong("portal.submit：没有从初始状态出发、由申请人（role: owner）办理的流转 " + p.submit,
              "portal.submit: no transition " + p.submit + " leaves the initial state and is the owner's");
}

}  // namespace

std::string submit_of(const PortalDeclaration& portal, const ProcessDeclaration& process) {
  if (!portal.submit.empty()) return portal.submit;
  std::string found;
  for (const auto& t : process.transitions) {
    const bool asks =
        t.comment_required || std::any_of(t.form.begin(), t.form.end(), [](const FormField& f) { return f.required; });
    if (!leaves(t, process.initial) || !by_owner(t) || t.danger || asks || t.to == process.initial) continue;
    // Giving up (取消) sends nothing.
    if (const State* to = process.state(t.to); to && to->kind == StateKind::rejected) continue;
    if (!found.empty()) return "";
    found = t.name;
  }
  return found;
}

std::string_view sign_in_name(SignIn kind) {
  switch (kind) {
    case SignIn::none: return "none";
    case SignIn::phone: return "phone";
    case SignIn::account: return "account";
  }
  return "account";
}

PortalDeclaration read_portal(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  PortalDeclaration p;
  p.line = node.line;
  p.group = in.title("group", false);
  p.title = in.title("title", false);
  p.text = in.title("text", false);
  p.glyph = in.choice("glyph", glyph_names(), "edit");
  p.order = read_order(in);
  p.steps = read_steps(in, file, mistakes);
  p.sign_in = read_sign_in(in);
  p.page = in.text("page");
  p.about = in.text("about");
  p.submit = in.text("submit");
  p.after = in.title("after", false);
  for (const YamlNode* item : in.items("follow")) {
    MapReader f(*item, file, mistakes);
    p.follow.push_back({f.title("title"), f.title("text", false), f.words("states")});
    f.finish();
  }
  p.answer = in.words("answer");
  p.rate = in.text("rate");
  p.former_codes = in.text("former_codes");
  if (const YamlNode* open = in.get("public")) p.open = read_public(*open, file, mistakes);
  in.finish();
  return p;
}

VerifyDeclaration read_verify(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  VerifyDeclaration v;
  v.line = node.line;
  v.code = in.required_text("code");
  v.title = in.title("title");
  v.show = in.words("show");
  v.when = in.text("when");
  in.finish();
  return v;
}

PortalPage read_portal_page(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  PortalPage p;
  p.page = read_name(in, "page");
  p.group = in.title("group");
  p.title = in.title("title");
  p.text = in.title("text", false);
  p.glyph = in.choice("glyph", glyph_names(), "edit");
  p.order = read_order(in);
  in.finish();
  return p;
}

void check_portal(const Entity& e, Mistakes& mistakes) {
  if (e.verify) {
    Complaints say(e, e.verify->line, mistakes);
    if (const Field* f = say.field(e.verify->code, "verify.code"); f && (!f->unique || !f->unique_with.empty() || !f->unique_while.empty()))
      say.wrong("verify.code：字段 " + f->name + " 应为 unique: true，核验码不能重复",
                "verify.code: the field " + f->name + " must be unique: true, as no two papers share a code");
    for (const auto& name : e.verify->show)
      if (const Field* f = say.field(name, "verify.show"); f && f->masked)
        say.wrong("verify.show：" + name + " 是脱敏字段，不能给持码人看",
                  "verify.show names " + name + ", which is masked and not for whoever holds a code");
  }
  if (!e.portal) return;
  const PortalDeclaration& p = *e.portal;
  Complaints say(e, p.line, mistakes);
  if (!p.is_service() && !p.open)
    say.wrong("portal 要有 steps（办事的问题）、page 或 public（公开列表）",
              "portal needs steps (what is asked), a page, or public (an open list)");
  if (p.is_service()) {
    // Without a group it is not on the home: reached from the record that it is about.
    if (p.group.empty() && p.about.empty()) say.wrong("portal 缺少 group（zh 与 en）", "portal.group {zh, en} is missing");
    if (p.sign_in == SignIn::none ? !may_create(e, {"public"}) : !may_create(e, {"public", "citizen", "owner"}))
      say.wrong(p.sign_in == SignIn::none ? "sign_in: none 需要 access 中 public 的 create"
                                          : "市民没有 create 权限：access 中写 {role: citizen, create: …}",
                p.sign_in == SignIn::none ? "sign_in: none needs `create` for public in access"
                                          : "citizens may not create it: access needs {role: citizen, create: …}");
  }
  check_steps(e, p, say);
  check_follow(e, p, say);
  check_rate(e, p, say);
  check_submit(e, p, say);
  check_about(p, say);
  if (p.sign_in == SignIn::none && e.process && !submit_of(p, *e.process).empty())
    say.wrong("sign_in: none 的记录没有申请人，无法由申请人办理“" + submit_of(p, *e.process) + "”提交",
              "a record sent with sign_in: none has no owner who could take the step " + submit_of(p, *e.process));
  for (const auto& name : p.answer) say.field(name, "portal.answer");
  if (!p.former_codes.empty()) say.field(p.former_codes, "portal.former_codes");
  if (p.open) {
    for (const auto& name : p.open->list) say.column(name, "portal.public.list");
    if (!public_may_read(e))
      say.wrong("portal.public 需要 access 中 public 的 read", "portal.public needs `read` for public in access");
  }
}

std::vector<Text> portal_remarks(const std::vector<System>& systems) {
  std::vector<Text> out;
  for (const auto& system : systems)
    for (const auto& e : system.entities) {
      if (!e.portal || !e.process || e.portal->follow.empty()) continue;
      for (const auto& state : e.process->states) {
        const auto& follow = e.portal->follow;
        const bool told = std::any_of(follow.begin(), follow.end(), [&](const FollowStep& step) {
          return std::find(step.states.begin(), step.states.end(), state.name) != step.states.end();
        });
        // Before a form is sent there is no course, and how a case that is over ended is told by its state.
        if (!told && state.name != e.process->initial && state.kind != StateKind::rejected)
          out.push_back({e.file + "：portal.follow 没有提到状态 " + state.name + "，停在这一状态时申请人看不到进度",
                         e.file + ": portal.follow names no state " + state.name +
                             "; an applicant sees no progress while a case stands there"});
      }
    }
  return out;
}

}  // namespace civitas::entities
