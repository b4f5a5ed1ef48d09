#include "entities/key_descriptions.hpp"

#include <map>
#include <string_view>

#include "base/strings.hpp"

namespace civitas::entities {

namespace {

// "path key: what it is for"; a path of * is for the key wherever no other line is.
constexpr std::string_view all = R"text(
* name: A plain word: lower-case letters, digits and _, at most 40.
* title: What people read, in Chinese and English.
* when: A CQL2 condition: only where it holds.
* role: Roles of the system, or public, citizen, staff, owner, system.
* entity: A record type of this system; system/type for one of another.
* to: Where it leads, or whom it is for.
* by: By which ways: app, email, sms.
* template: A template of system.yaml; without it the record's title and state are said.
* urgent: Also in quiet hours, and whatever the person prefers.
* set: Fields and their CQL2 values.
* filter: A CQL2 condition: which records at all.
* group: What it stands under.
* glyph: The picture beside it.
* order: Where it stands; smaller numbers come first.
* text: One line below the title.
* help: A hint for whoever fills it in.
* page: A page of the system's own (pages/), by its name.
* do: An action that the system's C++ registers.
* comment: The record type that takes what people say.
entity entity: The name of the record type; it becomes part of its address and table.
entity was: The type's former name or system/name: tables, history and cases move at the next start.
entity title_field: The field by which people know a record; name unless told.
entity fields: What a record holds.
entity list: How the list looks: columns, filters, order, map, board, calendar, tree.
entity views: Named lists with a condition, columns and an order of their own.
entity related: Tabs on a record's page: records of another type that refer to it.
entity form: Sections of the form; unless told one with all fields.
entity process: States and steps that a record goes through.
entity access: Who may read, write, create and remove, and what of a record.
entity statistics: What is counted over the records, for charts.
entity documents: Papers of a record that the system's C++ draws as PDF.
entity flags: Badges that a record bears while a condition holds.
entity limit: How many records may refer to one; it holds under a rush.
entity before_write: Hooks of the system's C++ before a record is written, in order.
entity after_write: Hooks of the system's C++ after a record was written, in the same transaction.
entity history: both (unless told) keeps every version; none keeps the latest alone.
entity open: What is published to other systems by the open interfaces.
entity portal: What citizens ask for, follow and look up on the portal.
entity verify: How whoever holds a paper learns whether it is genuine.
entity inbound: How machines make and change records.
entity push: Which records are delivered to another system.
entity tell: Who is told when a record is made or edited.
entity.tell to: owner, holder, role:NAME, department:FIELD, person:FIELD, phone:FIELD, email:FIELD, webhook:NAME.
entity.tell on: create, update (unless told), step: when it is told.
entity.tell changed: Told only when one of these fields is other than before.
entity.fields name: The field's name: a column, a key of the interface.
entity.fields type: What it holds; see docs/declarations.md.
entity.fields help: A hint below the field.
entity.fields required: Nothing is saved without it.
entity.fields read_only: Set by hooks and steps only.
entity.fields search: Found by the search over all records.
entity.fields masked: Reads with * unless an access rule unmasks it.
entity.fields unique: true; fields with which it is unique together; or {with, while}.
entity.fields sealed: Encrypted at rest, in history too.
entity.fields find: How a sealed field is found: none, exact, words.
entity.fields min: The least number, length or count.
entity.fields max: The greatest number, length or count.
entity.fields pattern: A regular expression of RE2 that the whole text must match.
entity.fields default: A plain value, or {value: a CQL2 value over the record being made}.
entity.fields options: A CQL2 condition: which records may be chosen; $x is a field of this record.
entity.fields visible: A CQL2 condition: shown only where it holds.
entity.fields required_if: A CQL2 condition: required where it holds.
entity.fields of: The code list of a term, or of labels.
entity.fields to: The record type referred to; several for a reference to one of several types.
entity.fields scope: The dimension of data scopes that applies to the reference.
entity.fields rule: How a code is numbered, or the CQL2 value of a computed field.
entity.fields as: The type of a computed field's value.
entity.fields append: Rows can be added, and stay as they are.
entity.fields write: Roles that may write it, among those who may write the record.
entity.fields accept: Media types of files, as image/*.
entity.fields fields: The columns of rows.
entity.fields was: The field's former name: its values move at the next start.
entity.fields.unique with: Fields with which it is unique together.
entity.fields.unique while: A CQL2 condition: only among records for which it holds.
entity.list columns: Fields shown, in order.
entity.list filters: Fields that the page offers to filter by.
entity.list sort: Orders offered; the first is the usual one, -x descends.
entity.list map: The place shown on the map.
entity.list symbol: The term whose codes say how a record is drawn on the map.
entity.list board: state, a term or a boolean: columns of cards.
entity.list calendar: A date, or {from, to}: a month or a week.
entity.list tree: The reference to the record above.
entity.list.calendar from: The field with the beginning.
entity.list.calendar to: The field with the end.
entity.views columns: Fields shown; those of the list unless told.
entity.views filters: Fields to filter by; those of the list unless told.
entity.views sort: Its order; that of the list unless told.
entity.views layout: list, board, calendar, tree or map.
entity.views badge: How many it holds stands in the menu.
entity.views role: Who has it; all staff unless told.
entity.related by: The field of the other type that refers to this one.
entity.related create: A button for a new record that refers to this one.
entity.form fields: The fields of the section.
entity.process initial: The state in which a case begins.
entity.process limit: What the whole case may take, as 20 working days or class.limit_days working days.
entity.process starts: The step that starts the clock of limit; creation unless told.
entity.process remind: How long before an end somebody is reminded.
entity.process clocks: Further limits, each with its own beginning and pauses.
entity.process states: Where a case can stand.
entity.process transitions: The steps between states.
entity.process.clocks limit: What is allowed, as 8 working hours or class.hours working hours.
entity.process.clocks starts: A step or a state that starts it.
entity.process.clocks stops_in: States in which it stands still.
entity.process.clocks counts_in: States in which it runs; in all others it stands still.
entity.process.clocks warn: When it is nearly over: 80% or 1 working days.
entity.process.clocks late: What happens once when it has run out.
entity.process.clocks.late tell: Who is told.
entity.process.clocks.late go: The step that the product takes.
entity.process.states kind: normal, stopped (the clock stands), final, rejected.
entity.process.states within: How long a case may stay here.
entity.process.states remind: How long before that a reminder is sent.
entity.process.states then: The step that the product takes when `after` has passed.
entity.process.states after: How long until `then`, as 7 days.
entity.process.states until: A date field that gets the last day of `after`.
entity.process.states editable: Fields that the applicant may still write here.
entity.process.states tell: Who is told when a case comes here.
entity.process.states joint: Several departments or persons sign here.
entity.process.states.joint each: Fields that name the departments or persons.
entity.process.states.joint role: Who of a department may sign; any of its staff unless told.
entity.process.states.joint until: all, any, or how many have to agree.
entity.process.states.joint within: How long a signer has.
entity.process.states.joint opinion: An agreement needs a reason, too.
entity.process.states.joint then: The step taken when enough agree.
entity.process.states.joint refused: The step taken when that cannot come about any more.
entity.process.transitions from: States where it begins.
entity.process.transitions to: The state it leads to; same or previous.
entity.process.transitions role: Who may take it.
entity.process.transitions when: The guard: a CQL2 condition on the record as the form leaves it.
entity.process.transitions else: What is answered where the guard does not hold.
entity.process.transitions form: Fields to fill in; x! is required; comment is an opinion.
entity.process.transitions danger: Asked again before it is taken.
entity.process.transitions do: Actions of the system's C++.
entity.process.transitions copies: Roles that get a copy.
entity.process.transitions tell: Who is told when it is taken.
entity.process.transitions extend: So much longer for a clock, as 5 working days.
entity.process.transitions clock: Which clock is extended; limit unless told.
entity.process.transitions auto: The product takes it as soon as its guard holds.
entity.process.transitions side: May be taken but need not: makes no to-do.
entity.process.transitions anyone: Not narrowed to whom the case is assigned.
entity.process.transitions assign: Who has the case next.
entity.process.transitions creates: A record made in the same transaction.
entity.process.transitions starts: A case started, whose end moves this one.
entity.process.transitions undo: Actions that take back what the step made; empty: nothing to take back.
entity.process.transitions call: What another system does for this step, by the name under which it is offered.
entity.process.transitions.call offer: The name of the offer; `calls` of system.yaml names it, too.
entity.process.transitions.call with: What the offer takes, as CQL2 values over this record.
entity.process.transitions.assign person: A reference to a person.
entity.process.transitions.assign department: A reference to a department.
entity.process.transitions.creates link: The field that refers to what is made.
entity.process.transitions.starts link: The field that refers to the case started.
entity.process.transitions.starts when_done: The step taken when that case ends well.
entity.process.transitions.starts when_rejected: The step taken when it is rejected.
entity.access role: public, citizen, staff, owner, or a role of the system.
entity.access read: A CQL2 condition: which records are read; TRUE for all.
entity.access write: A CQL2 condition: which records are changed.
entity.access create: A CQL2 condition: what may be made.
entity.access remove: A CQL2 condition: what may be removed.
entity.access fields: What of a record is read; all fields unless told.
entity.access unmasked: Masked fields that are read in clear.
entity.statistics group: Up to two fields, a step on too; times by :day, :month, :hour, :weekday.
entity.statistics measure: count, sum(x), avg(x), min(x), max(x), median(x), percentile(x, n), ratio(condition).
entity.statistics chart: bar, line, pie, table; number where there is no group.
entity.statistics top: How many of the first group.
entity.statistics order: most (unless told) or least first.
entity.documents when: A CQL2 condition: when the paper exists.
entity.flags tone: bad, warn or info.
entity.limit of: The reference that is counted.
entity.limit at_most: A CQL2 value over the record: how many at most.
entity.limit while: A CQL2 condition: which records count.
entity.open attributes: Published as a list for applications with a key.
entity.open features: Published as a collection of OGC API Features and tiles.
entity.portal group: The heading on the home page.
entity.portal steps: One question a page: fields, or {title, help, fields}.
entity.portal sign_in: What is needed before it is sent: none, phone or account.
entity.portal about: The reference to the public record from which the form is reached.
entity.portal submit: The owner's step that sends it.
entity.portal after: What happens after it was sent, in a citizen's words.
entity.portal follow: The course in a citizen's words.
entity.portal answer: Fields shown to the applicant as soon as they are filled.
entity.portal rate: The field with the rating that the owner gives.
entity.portal former_codes: A field with query codes from before the platform.
entity.portal public: A list for everyone.
entity.portal.steps fields: The fields asked for.
entity.portal.follow states: The states of the step.
entity.portal.follow text: What the step means, in a citizen's words.
entity.portal.public list: Fields shown.
entity.portal.public search: Found by the portal's search.
entity.portal.public notice: Among the public notices: true, or a condition that says which are open now.
entity.verify code: The unique field with the code on the paper.
entity.verify show: Fields shown to whoever holds it.
entity.inbound create: Whether an unknown key makes a record.
entity.inbound update: Whether a known key changes its record.
entity.inbound signed: Whether messages carry a signature of Standard Webhooks.
entity.inbound key: The unique field by which a record is known again.
entity.inbound step: The step that a new record takes at once.
entity.inbound map: Fields and where their values stand in the message.
entity.push to: The target's name in the configuration.
entity.push map: Where a value stands in the message, and which field it is.
terms terms: The name of the code list.
terms codes: Its codes, in order.
terms.codes code: What is stored.
terms.codes parent: The code above it.
terms.codes symbol: How maps draw what has this code.
system system: The system's name: that of its folder.
system roles: Permission sets that are granted to people.
system subscriptions: What is done after something happened to a record of any system.
system portal: Pages of the system's own on the portal's home.
system templates: What messages say, with placeholders.
system jobs: Work by the clock.
system hooks: Hooks of one's own on the records of a register.
system profile: What the system wants to know of its city.
system scopes: Dimensions of data scopes whose records this system owns.
system dashboards: Pages of numbers and charts.
system menu: What the console's menu shows.
system.roles power: system, security or audit: one of the three separate powers.
system.subscriptions to: system/type.
system.subscriptions acts: create, update, delete, or steps; all unless told.
system.templates text: The message, with {placeholders}.
system.jobs at: Each day at that time in China, as 02:00.
system.jobs every: As 10 minutes, 2 hours, 1 day.
system.jobs for: The record type whose records take the step.
system.jobs step: The step that each record takes.
system.hooks to: The record type of a register.
system.hooks before_write: Hooks before one of its records is written.
system.hooks after_write: Hooks after one was written.
system.profile of: A code list: a text for each of its codes.
system.profile default: What holds where the city is silent.
system.profile defaults: By code: what holds where the city is silent.
system.scopes of: The record type whose records are assigned.
system.scopes path: Its field with a code whose beginning is the subtree.
system.scopes parent: Its field that refers to the record above.
system.dashboards ratio: Of a whole screen, as 16:9.
system.dashboards panels: Numbers and charts.
system.dashboards.panels statistics: A statistic of the record type; without it the records themselves.
system.dashboards.panels chart: number, bar, line, pie, table or map.
system.dashboards.panels span: How many columns it takes.
system.menu items: Record types, views, pages, dashboards.
system.menu.items view: One view of the record type.
system.menu.items views: All views that the person has.
system.menu.items dashboard: A dashboard of the system.
overlay overlay: What is changed: a record type, a code list, or system.
overlay hide: Fields that are kept and not shown.
overlay change: What is there and becomes other; items by their names.
overlay add: What comes behind what is there.
system offers: What this system does for others, under names that are unique in the city.
system calls: What others do for this system.
system.offers takes: What the caller gives: fields, as those of a record.
system.offers gives: What the caller gets: fields, as those of a record.
system.offers create: A record made for the caller.
system.offers.create step: A transition of role system that the record takes at once.
system.offers.create gives: What is given, as CQL2 values over the record.
system.calls optional: The city may be without; steps that call it are then not shown.
system.calls takes: Which parts it fills in; unless told, those that its steps name.
system.calls gives: Which parts it uses; unless told, those that its steps name.
)text";

using Lines = std::map<std::string, std::string, std::less<>>;

const Lines& lines() {
  static const Lines read = [] {
    Lines out;
    for (const auto line : split(all, '\n'))
      if (const auto colon = line.find(": "); colon != line.npos)
        out.emplace(line.substr(0, colon), line.substr(colon + 2));
    return out;
  }();
  return read;
}

// What an offer takes and gives is declared as the fields of a record are.
std::string described_at(const std::string& path) {
  for (const std::string part : {"system.offers.takes", "system.offers.gives"}) {
    if (path.starts_with(part + ".fields")) return "entity.fields" + path.substr(part.size() + std::string_view(".fields").size());
    if (path.starts_with(part)) return "entity.fields" + path.substr(part.size());
  }
  return path;
}

void describe(Json& schema, const std::string& path, std::vector<std::string>& missing) {
  if (schema.is_array()) {
    for (auto& part : schema.array_ref()) describe(part, path, missing);
    return;
  }
  if (!schema.is_object()) return;
  for (auto& [key, part] : schema.object_ref()) {
    if (key != "properties") {
      describe(part, path, missing);
      continue;
    }
    for (auto& [name, property] : part.object_ref()) {
      const std::string inside = path + "." + name;
      describe(property, inside, missing);
      auto found = lines().find(described_at(path) + " " + name);
      if (found == lines().end()) found = lines().find("* " + name);
      if (found == lines().end()) {
        missing.push_back(inside);
        continue;
      }
      // Beside $ref nothing counts in draft 7.
      if (property.find("$ref")) property = Json(Json::Object{{"allOf", Json(Json::Array{std::move(property)})}});
      property.set("description", Json(found->second));
    }
  }
}

}  // namespace

std::vector<std::string> describe_keys(Json& schema, const std::string& definition) {
  std::vector<std::string> missing;
  describe(schema, definition, missing);
  return missing;
}

}  // namespace civitas::entities
