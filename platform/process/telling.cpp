// Declared messages: who is meant, by which way, in which words.
#include <algorithm>
#include <map>

#include "base/strings.hpp"
#include "entities/validate.hpp"
#include "identity/identity.hpp"
#include "identity/members.hpp"
#include "process/engine.hpp"
#include "process/record_title.hpp"

namespace civitas::process {

using entities::Entity;
using entities::Field;
using entities::FieldType;
using entities::Tell;

namespace {

// A value as a sentence says it.
std::string in_words(sql::Connection& c, const entities::Catalog& catalog, const Entity& e, const Field& f,
                     const Json& value, bool zh) {
  const auto title = [&](const Json& one) -> std::string {
    if (one["title"].is_string()) return one["title"].as_string();
    const Entity* target = catalog.target_of(f);
    const auto id = entities::reference_id(one);
    const auto found = target && id ? title_of(c, *target, *id) : Result<std::string>(std::string());
    return found.value_or("");
  };
  if (value.is_null()) return zh ? "（无）" : "(none)";
  switch (f.type) {
    case FieldType::boolean: return value.as_bool() ? (zh ? "是" : "yes") : (zh ? "否" : "no");
    case FieldType::term:
      if (const auto* list = catalog.terms_of(e, f))
        if (const auto* code = list->find(value.as_string())) return zh ? code->title.zh : code->title.en;
      return value.as_string();
    case FieldType::ref: return title(value);
    case FieldType::date:
      if (const auto date = parse_date(value.as_string())) return zh ? format_date_zh(*date) : format_date(*date);
      return value.as_string();
    case FieldType::instant:
      if (const auto at = parse_instant(value.as_string())) {
        const std::int64_t minute = (at->micros - start_of_day(date_in_china(*at)).micros) / 60'000'000;
        const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
        const Date day = date_in_china(*at);
        return (zh ? format_date_zh(day) : format_date(day)) + " " + two(minute / 60) + ":" + two(minute % 60);
      }
      return value.as_string();
    case FieldType::refs: {
      std::vector<std::string> names;
      for (const auto& item : value.as_array()) names.push_back(title(item));
      return join(names, zh ? "、" : ", ");
    }
    default: return value.is_string() ? value.as_string() : value.is_number() ? value.dump() : std::string();
  }
}

// The step of the citizen's course that a state belongs to; nothing outside every step.
const entities::FollowStep* milestone(const Entity& e, std::string_view state) {
  for (const auto& step : e.portal->follow)
    if (std::find(step.states.begin(), step.states.end(), state) != step.states.end()) return &step;
  return nullptr;
}

}  // namespace

Result<notify::Recipient> Engine::recipient(sql::Connection& c, std::int64_t person, bool with_addresses) {
  notify::Recipient out;
  out.person = person;
  const Entity* people = with_addresses ? store_.catalog().entity("identity", "person") : nullptr;
  if (!people) return out;
  const auto found = store_.get_unrestricted(c, *people, person, "where a message goes");
  if (!found) {
    if (found.error().kind == Kind::not_found) return out;
    return fail(found.error());
  }
  out.phone = (*found)["phone"].as_string();
  out.email = (*found)["email"].as_string();
  return out;
}

Result<std::vector<notify::Recipient>> Engine::recipients(sql::Transaction& t, Instant at, const Entity& e,
                                                          std::int64_t id, const Json& record, const Tell& tell,
                                                          bool with_addresses, std::int64_t not_to) {
  std::vector<notify::Recipient> out;
  std::vector<std::int64_t> people;
  const auto add = [&](std::int64_t person) {
    if (person && person != not_to && std::find(people.begin(), people.end(), person) == people.end())
      people.push_back(person);
  };
  // Roles and departments are told within what they may read, like everybody who looks.
  const auto add_readers = [&](const std::vector<identity::Principal>& all) {
    for (const auto& who : all)
      if (store_.get(t, {who, at, ""}, e, id)) add(who.id);
  };
  for (const auto& to : tell.to) {
    const auto colon = to.find(':');
    const std::string kind = colon == std::string::npos ? to : to.substr(0, colon);
    const std::string name = colon == std::string::npos ? "" : to.substr(colon + 1);
    if (kind == "owner" && !e.process) {
      add(entities::reference_id(record["created_by"]).value_or(0));
    } else if (kind == "owner" || kind == "holder") {
      const auto found = load_case(t, e, id);
      if (!found) continue;  // no case, or removed since
      if (kind == "owner") {
        add(found->owner);
        continue;
      }
      CIVITAS_TRY(const auto* p, definition(t, e, found->definition));
      CIVITAS_TRY(const auto now, concerned(t, e, id, *found, *p, at));
      for (const auto person : now) add(person);
    } else if (kind == "person" || kind == "department") {
      const Json& value = record[name];
      const auto each = [&](const Json& one) -> Status {
        const std::int64_t target = entities::reference_id(one).value_or(0);
        if (!target) return {};
        if (kind == "person") {
          add(target);
          return {};
        }
        CIVITAS_TRY(const auto members, identity::staff_of_department(t, store_.catalog().dimensions(), at, target));
        add_readers(members);
        return {};
      };
      if (value.is_array()) {
        for (const auto& one : value.as_array()) CIVITAS_CHECK(each(one));
      } else if (!value.is_null()) {
        CIVITAS_CHECK(each(value));
      }
    } else if (kind == "phone" || kind == "email" || kind == "webhook") {
      notify::Recipient address;
      if (kind == "phone") address.phone = record[name].as_string();
      if (kind == "email") address.email = record[name].as_string();
      if (kind == "webhook") address.webhook = name;
      if (!address.phone.empty() || !address.email.empty() || !address.webhook.empty())
        out.push_back(std::move(address));
    } else {
      CIVITAS_TRY(const auto staff, identity::Identity::staff_with(t, store_.catalog().dimensions(), at,
                                                                          e.system + "." + (name.empty() ? kind : name)));
      add_readers(staff);
    }
  }
  for (const auto person : people) {
    CIVITAS_TRY(auto found, recipient(t, person, with_addresses));
    out.push_back(std::move(found));
  }
  return out;
}

Result<notify::Message> Engine::message_of(sql::Connection& c, const Entity& e, std::int64_t id, const Json& record,
                                           const Tell& tell, const Occasion& occasion, Instant at) {
  notify::Message out;
  out.link = "/" + e.path() + "/" + std::to_string(id);
  out.about = e.path() + "/" + std::to_string(id);
  out.kind = e.system + "." + (tell.use.empty() ? occasion.kind : tell.use);
  out.urgent = tell.urgent;
  CIVITAS_TRY(const std::string title, title_of(c, e, id));
  const auto& templates = store_.catalog().system(e.system)->templates;
  const auto found =
      std::find_if(templates.begin(), templates.end(), [&](const auto& t) { return t.name == tell.use; });
  if (found == templates.end()) {
    out.title = occasion.title.empty()
                    ? Text{"“" + title + "”：" + occasion.state.zh, "“" + title + "”: " + occasion.state.en}
                    : occasion.title;
    out.text = occasion.text;
    return out;
  }
  const auto filled = [&](const std::string& text, bool zh) {
    return entities::fill_template(text, [&](const std::string& name) -> std::string {
      const auto pick = [&](const Text& both) { return zh ? both.zh : both.en; };
      if (const Field* f = e.field(name)) return in_words(c, store_.catalog(), e, *f, record[name], zh);
      if (name == "title") return title;
      if (name == "type") return pick(e.title);
      if (name == "city" && !store_.catalog().city().title.empty()) return pick(store_.catalog().city().title);
      if (name == "state") return pick(occasion.state);
      if (name == "step") return pick(occasion.step);
      if (name == "who") return occasion.who;
      if (name == "comment") return occasion.comment;
      if (name == "date") return zh ? format_date_zh(date_in_china(at)) : format_date(date_in_china(at));
      if (name == "due" && occasion.due) return zh ? format_date_zh(*occasion.due) : format_date(*occasion.due);
      return zh ? "（无）" : "(none)";
    });
  };
  out.title = {filled(found->title.zh, true), filled(found->title.en, false)};
  out.text = {filled(found->text.zh, true), filled(found->text.en, false)};
  return out;
}

Status Engine::tell_declared(sql::Transaction& t, Instant at, const Entity& e, std::int64_t id,
                             const std::vector<Tell>& tells, const Occasion& occasion) {
  if (tells.empty()) return {};
  const auto record = store_.get_unrestricted(t, e, id, "a message tells of it");
  if (!record) return record.error().kind == Kind::not_found ? Status{} : fail(record.error());  // removed since
  for (const auto& tell : tells) {
    if (!tell.when.empty()) {
      CIVITAS_TRY(const bool holds, store_.holds(t, {identity::system_principal("tell"), at, ""}, e, id, tell.when));
      if (!holds) continue;
    }
    std::vector<notify::Channel> by;
    for (const auto& name : tell.by)
      if (const auto channel = notify::channel_of(name)) by.push_back(*channel);
    // A telephone, an address, a webhook is reached by the one way there is.
    if (by.empty()) by = {notify::Channel::app};
    const bool leaves = by.size() > 1 || by[0] != notify::Channel::app;
    CIVITAS_TRY(const auto people, recipients(t, at, e, id, *record, tell, leaves, occasion.not_to));
    if (people.empty()) continue;
    CIVITAS_TRY(const auto whole, message_of(t, e, id, *record, tell, occasion, at));
    for (const auto& person : people) {
      notify::Message message = whole;
      // Who reads the record in part is told no more of it than that.
      if (person.person && !tell.use.empty() && store_.catalog().entity_by_path("identity/person")) {
        const auto who = identity::Identity::load_principal(t, store_.catalog().dimensions(), at, person.person);
        if (const auto seen = who ? store_.get(t, {*who, at, ""}, e, id) : Result<Json>(fail(who.error()))) {
          CIVITAS_TRY(message, message_of(t, e, id, *seen, tell, occasion, at));
        }
      }
      std::vector<notify::Channel> ways = by;
      if (!person.person)
        ways = {!person.webhook.empty() ? notify::Channel::webhook
                : !person.phone.empty() ? notify::Channel::sms
                                        : notify::Channel::email};
      if (notify_)
        CIVITAS_CHECK(notify_->tell(t, message, person, ways));
      else if (person.person && std::find(ways.begin(), ways.end(), notify::Channel::app) != ways.end())
        CIVITAS_CHECK(notify::Notify::write_notice(t, at, person.person, message.title, message.text.zh, message.link));
    }
  }
  return {};
}

Status Engine::tell_of_step(sql::Transaction& t, const Entity& e, const jobs::Event& event,
                            const entities::Transition& step, const entities::State& state, std::int64_t owner) {
  Occasion occasion;
  occasion.kind = "step";
  occasion.step = step.title;
  occasion.state = state.title;
  occasion.not_to = event.who;
  std::string from;
  CIVITAS_CHECK(
      t.query("SELECT who_name,comment,from_state FROM process_trace WHERE record=? AND transition=? AND at<=? "
              "ORDER BY id DESC LIMIT 1",
              {event.record, event.act, event.at.micros}, [&](const sql::Row& row) {
                occasion.who = row.text(0);
                occasion.comment = row.text(1);
                from = row.text(2);
                return sql::Continue::no;
              }));
  CIVITAS_CHECK(tell_declared(t, event.at, e, event.record, step.tell, occasion));
  const bool entered = from != event.state;
  if (entered) CIVITAS_CHECK(tell_declared(t, event.at, e, event.record, state.tell, occasion));
  // What is declared for the applicant stands in the place of what is said without a declaration.
  const auto names_owner = [](const std::vector<Tell>& tells) {
    return std::any_of(tells.begin(), tells.end(), [](const Tell& tell) {
      return std::find(tell.to.begin(), tell.to.end(), "owner") != tell.to.end();
    });
  };
  if (!owner || owner == event.who || names_owner(step.tell) || (entered && names_owner(state.tell))) return {};
  Text words = state.title;
  if (e.portal && !e.portal->follow.empty()) {
    // Applicants follow their case by the steps of its course, not by every turn inside the office. What waits for them
    // and what ends outside the course is told in its own words.
    const auto* now = milestone(e, event.state);
    const bool ends = state.kind == entities::StateKind::final || state.kind == entities::StateKind::rejected;
    if (state.editable.empty() && !(ends && !now)) {
      if (!now || now == milestone(e, from)) return {};
      words = now->title;
    }
  }
  CIVITAS_TRY(const std::string title, title_of(t, e, event.record));
  return tell(t, event.at, e, event.record, owner,
              {{"“" + title + "”：" + words.zh, "“" + title + "”: " + words.en}, ""});
}

}  // namespace civitas::process
