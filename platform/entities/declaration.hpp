// What a system declares: its record types, their fields, lists, forms, states, access and statistics, as read from the
// YAML files of its folder. Plain data; `loader.hpp` reads and checks it, `catalog.hpp` holds all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/problem.hpp"
#include "entities/clock_declaration.hpp"
#include "entities/portal_declaration.hpp"
#include "entities/message_declaration.hpp"
#include "entities/offer_declaration.hpp"
#include "entities/profile_declaration.hpp"
#include "entities/statistics_declaration.hpp"
#include "entities/step_declaration.hpp"
#include "entities/view_declaration.hpp"

namespace civitas::entities {

enum class FieldType {
  text,
  long_text,
  integer,
  decimal,
  boolean,
  date,
  instant,
  uncertain_date,
  term,  // one code of a code list (代码表)
  ref,   // one record of another type
  refs,  // several
  rows,  // a small table inside the record
  code,  // made by a numbering rule, never typed
  files,
  point,
  line,
  polygon,
  geometry,
  json,
  secret,      // encrypted at rest, never listed
  citizen_id,  // GB 11643, masked unless allowed
  phone,
  time,      // of the day, "08:30"
  duration,  // in seconds; written as "2 hours", "90 分钟" too
  labels,    // several words, free or codes of a list
  schedule,  // hours of the week, and days that differ
  computed,  // text made by a hook, read only; one with a rule has the type of its value
};

std::string_view type_name(FieldType type);
bool is_spatial(FieldType type);

struct TermCode {
  std::string code;
  Text title;
  std::string parent;
  std::string symbol;  // how the map draws what has this code: one of map_symbols()
};

/// The symbols that a map knows (`symbol:` of a code).
const std::vector<std::string>& map_symbols();

/// A code list (terms/*.yaml); the standard it follows is named in its file.
struct TermList {
  std::string name;
  Text title;
  std::vector<TermCode> codes;
  const TermCode* find(std::string_view code) const;
};

struct Field;
/// The field itself, or a column of its rows, reads with * unless an access rule unmasks the field.
bool is_masked(const Field& field);

/// What a sealed field can be found by, without being opened: nothing, the whole value, or words of it.
enum class Find { none, exact, words };

struct Field {
  std::string name;
  FieldType type = FieldType::text;
  Text title;
  Text help;
  bool required = false;
  bool read_only = false;  // set by hooks and transitions only
  bool search = false;     // part of the full text
  bool masked = false;     // reads with * unless an access rule unmasks it
  bool unique = false;
  std::vector<std::string> unique_with;  // unique only among records that agree in these
  std::string unique_while;              // CQL2: unique only among records for which it holds
  std::optional<double> min, max;  // numbers: value; text: code points; files: count
  std::string pattern;             // expression of RE2 that text must match whole
  Json default_value;
  std::string default_rule;  // CQL2 value over the record being made (values.hpp), where it was left empty
  std::string options;  // ref, refs: CQL2 over the records that may be chosen; `$x` is a field of this record
  std::string visible;              // CQL2
  std::string required_if;          // CQL2
  std::string terms;                // term, labels: name of the code list, system/list of a register's
  std::string to_system, to;        // ref, refs
  std::vector<std::string> to_any;  // ref to one of several types: their paths; `to` is then empty
  std::string scope;                // ref: the dimension of the data scope that applies to it ("division")
  bool scope_path = false;          // a dimension with codes: a column with the path stands beside it
  std::string rule;                 // code
  std::string computed;             // CQL2 value over the record's other fields, made anew at every write; read only
  std::vector<std::string> accept;  // files: media types
  std::vector<Field> fields;        // rows
  bool append = false;              // rows: may be added, and stay as they are
  std::vector<std::string> write;   // roles that may write it; empty: who may write the record
  bool sealed = false;              // encrypted at rest
  Find find = Find::none;           // how what is sealed can be looked for
  bool hidden = false;              // a city hides it: stays stored, is neither shown nor asked for
  std::string was;                  // former name
  int line = 0;
};

struct ListView {
  std::vector<std::string> columns;
  std::vector<std::string> filters;
  std::vector<std::string> sort;  // the first is the default; "-x" descends
  std::string map;                // the spatial field shown on the map
  std::string symbol;             // the term whose codes say how the map draws a record
  std::string board;              // `state`, a term or a boolean: columns of cards
  std::optional<CalendarFields> calendar;
  std::string tree;  // the reference to the record above
};

struct FormSection {
  Text title;
  std::vector<std::string> fields;
};

enum class StateKind { normal, stopped, final, rejected };

struct State {
  std::string name;
  Text title;
  StateKind kind = StateKind::normal;  // `stopped`: the legal clock stands still (补正, 公示, 专家评审)
  std::string within;                  // "5 working days": how long a case may stay
  std::string remind;                  // how long before that a reminder is sent; empty: as the process says
  std::string then;                    // transition taken by itself when `after` has passed
  std::string after;
  std::string until;                  // a date field that gets the last day of `after` when the state is entered
  std::vector<std::string> editable;  // fields the applicant may still write here
  std::vector<Tell> tell;             // who is told when a case comes here
  std::optional<JointDeclaration> joint;
  int line = 0;
};

struct FormField {
  std::string name;
  bool required = false;
};

struct Transition {
  std::string name;
  Text title;
  std::vector<std::string> from;
  std::string to;
  std::vector<std::string> roles;
  std::string when;   // CQL2 guard
  Text when_message;  // what to say when the guard does not hold
  std::vector<FormField> form;
  bool comment = false;  // the form asks for a comment, which is no field of the record
  bool comment_required = false;
  bool danger = false;
  std::vector<std::string> actions;  // `do:`
  std::vector<std::string> copies;   // roles that are told and find the case among their copies (抄送)
  std::vector<Tell> tell;            // who is told when it is taken
  std::string extend;                // "5 working days", "extension_days working days": so much longer for a clock
  std::string clock;                 // which; empty: the one of `limit`
  std::string extends_clock() const { return clock.empty() ? std::string(limit_clock_name) : clock; }
  bool automatic = false;            // `auto`: the product takes it as soon as the guard holds
  bool side = false;                 // may be taken but need not: makes no to-do
  bool anyone = false;               // whoever the case is assigned to
  std::vector<SetValue> set;
  Assignment assign;
  std::optional<MadeRecord> creates, starts;
  std::optional<OfferCall> call;  // what another system does with it
  std::optional<std::vector<std::string>> undo;  // actions that take back what `do` made; declared empty: nothing
  int line = 0;

  /// `to: same`: the case stays where it is, with its holder and clock.
  bool stays() const { return to == "same"; }
  /// `to: previous`: back to the state before, with the holder and the clock of then.
  bool goes_back() const { return to == "previous"; }
  bool leaves(std::string_view state) const;
  /// Whether it made something that a recall would leave behind.
  bool makes() const { return !actions.empty() || creates || starts || call; }
};

struct ProcessDeclaration {
  std::string initial;
  std::string limit;   // lawful total, "20 working days"; counts while the clock runs
  std::string starts;  // the transition that starts the clock; empty: creation
  std::string remind;  // "2 working days": how long before a deadline a reminder is sent; empty: none before, one after
  std::vector<ClockDeclaration> clocks;
  std::vector<State> states;
  std::vector<Transition> transitions;
  std::string text;  // the declaration itself as JSON, stored with the cases that began under it
  std::string hash;
  const State* state(std::string_view name) const;
  const Transition* transition(std::string_view name) const;
  /// Whether any of its clocks may run from the creation on, of a case that begins in this state.
  bool counts_from_creation(std::string_view state) const;
};

/// What one role may do. Conditions are CQL2; empty means never for `read`/`write`/`remove`, "TRUE" always.
struct AccessRule {
  std::string role;  // public, citizen, staff, owner, or a permission set of the system
  std::string read, write, create, remove;
  std::vector<std::string> fields;    // readable fields; empty = all
  std::vector<std::string> unmasked;  // masked fields this role reads in clear
  /// Whether it lets this field be read.
  bool shows(const Field& field) const;
  int line = 0;
};

/// How many records may refer to one: `{of: slot, at_most: slot.quota, while: "state <> 'cancelled'"}`.
struct LimitDeclaration {
  std::string of;       // a reference of this type
  std::string at_most;  // CQL2 value over the record referred to
  std::string when;     // CQL2: which records count; empty: all
  int line = 0;
};

/// A printable document of a record, drawn by the action of this name.
struct DocumentDeclaration {
  std::string name;
  Text title;
  std::string when;  // CQL2: when it exists
};

struct Entity {
  std::string system;
  std::string name;
  Text title;
  std::string title_field;
  std::string table;  // system_name
  std::vector<Field> fields;
  ListView list;
  std::vector<View> views;
  std::vector<Related> related;
  std::vector<FormSection> form;
  std::optional<ProcessDeclaration> process;
  std::vector<AccessRule> access;
  std::vector<StatisticsDeclaration> statistics;
  std::vector<DocumentDeclaration> documents;
  std::vector<Flag> flags;
  std::vector<LimitDeclaration> limits;
  std::vector<std::string> before_write;  // hooks, in order
  std::vector<std::string> after_write;
  bool history = true;
  bool open_attributes = false;  // published as an open interface
  bool open_features = false;    // published as an OGC API collection
  std::string open_filter;       // CQL2: what of it is public
  int open_line = 0, hooks_line = 0;
  std::optional<PortalDeclaration> portal;
  std::optional<VerifyDeclaration> verify;
  std::optional<Inbound> inbound;
  std::vector<Push> pushes;
  std::vector<Tell> tell;  // who is told when a record is written
  std::string was;  // former path, "town/district"
  std::string file;
  int line = 0;
  std::string hash;  // of the declaration's content

  const Field* field(std::string_view name) const;
  /// The first reference to a dimension with codes: lists are indexed by it.
  const Field* scope_field() const;
  std::string path() const { return system + "/" + name; }
};

/// An entity's list is shown to who may read some of it, a page to its roles; without roles to all staff. A dashboard is
/// shown to its own roles.
struct MenuItem {
  std::string entity;
  std::string page;
  Text title;
  std::vector<std::string> roles = {};
  std::string view = {};  // of the record type's views: this one
  bool views = false;     // every view, an item each
  std::string dashboard = {};
};

/// What a system does when something happened to a record of any system (outbox): the hook is called after the commit,
/// in a transaction of its own, with the record as it then is.
struct Subscription {
  std::string to;                 // "town/permit"
  std::vector<std::string> acts;  // create, update, delete, transitions; empty: all
  std::string action;             // `do:`
  int line = 0;
};

/// Hooks of one's own on the records of a register, which names no system itself: called in its order of systems, after
/// what the record type declares.
struct AddedHooks {
  std::string to;
  std::vector<std::string> before_write, after_write;
  int line = 0;
};

/// A dimension of data scopes (数据范围): records that persons are assigned, for `field IN my_scope('hall')`.
struct ScopeDeclaration {
  std::string name;
  Text title;
  std::string of;      // the record type, of this system
  std::string path;    // its field with a code whose beginning is the subtree; levels of 2, 4, 6, 9 digits as GB/T 2260
  std::string parent;  // its field that refers to the record above; neither: flat
  int line = 0;
};

struct MenuGroup {
  Text title;
  std::vector<MenuItem> items;
};

struct Role {
  std::string name;
  Text title;
  std::string power;  // "", or one of the three separate powers: system, security, audit
};

struct System {
  std::string name;
  Text title;
  int order = 100;
  std::vector<Role> roles;
  std::vector<MenuGroup> menu;
  std::vector<PortalPage> portal_pages;
  std::vector<Subscription> subscriptions;
  std::vector<MessageTemplate> templates;
  std::vector<DeclaredJob> jobs;
  std::vector<ScopeDeclaration> scopes;
  std::vector<AddedHooks> hooks;
  std::vector<Offer> offers;
  std::vector<Need> calls;
  Profile profile;
  std::vector<Dashboard> dashboards;
  std::vector<TermList> terms;
  std::vector<Entity> entities;
  std::string folder;

  const Entity* entity(std::string_view name) const;
  const TermList* term_list(std::string_view name) const;
  const Dashboard* dashboard(std::string_view name) const;
};

}  // namespace civitas::entities
