// Records of every declared type: create, change, remove, read, list, with their history in two times, their search and
// box indexes, their audit trail and their events. All of it happens in the caller's transaction.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/id.hpp"
#include "crypto/field_cipher.hpp"
#include "entities/access.hpp"
#include "entities/hooks.hpp"
#include "entities/rules.hpp"
#include "entities/tallies.hpp"
#include "entities/validate.hpp"
#include "entities/values.hpp"
#include "text/tokens.hpp"

namespace civitas::entities {

/// Those records that a reference with `options:` may choose, for a record of `entity` with these values so far.
struct Choice {
  const Entity* entity = nullptr;
  const Field* field = nullptr;
  Json values;
};

struct ListQuery {
  std::optional<std::int64_t> id;  // this record only
  std::vector<std::int64_t> among;  // of these records only; empty: of all
  std::string filter;              // CQL2 text
  std::string search;              // full text
  std::optional<std::array<double, 4>> box;
  std::string view;                // one of the views of the type: narrows the list, and orders it
  std::string sort;                // "code", "-updated_at"; empty: the declared order
  int limit = 20;
  std::string after;                      // opaque
  std::optional<Date> as_of;              // as the world was
  std::optional<Instant> recorded_as_of;  // as we knew it
  bool total = false;
  std::optional<Choice> choice;     // the list is that of the type referred to
  std::vector<std::string> fields;  // of `list`: only these, besides what every record carries; empty: all
};

struct WriteOptions {
  std::optional<std::string> valid_from;  // since when the fact holds; a change "in the world", not a correction
  std::optional<std::int64_t> version;    // If-Match
  ReadOnly read_only = ReadOnly::refuse;
  std::string action;  // for audit and history: "create", "update", "approve" …
  Rules rules;
  std::string new_state;  // transitions; of a new record: where its case begins, instead of as the process says
  bool adds_rows = false;  // rows given for a field with `append` are those to add: the form of a step
};

/// What `prepare` found good.
struct NewRecord {
  Json input;
  WriteOptions options;
};

struct Moment {
  std::optional<Date> as_of;
  std::optional<Instant> recorded_as_of;
};

class Store {
 public:
  Store(std::shared_ptr<const Catalog> catalog, sql::Dialect dialect, IdGenerator& ids, const Hooks& hooks,
        const crypto::FieldCipher* cipher);

  const Catalog& catalog() const { return *catalog_; }
  Conditions& conditions() { return conditions_; }
  Access& access() { return access_; }
  /// Values that declarations give: defaults, and what a step sets.
  const Values& values() const { return values_; }
  const Tallies& tallies() const { return tallies_; }
  const Storage& storage(const Entity& entity) const { return *storages_.at(&entity); }
  std::int64_t new_id() { return ids_.next(); }

  /// What needs no database: whether the caller may create such a record at all, and whether the input is well formed.
  /// Any thread.
  Result<NewRecord> prepare(const Context& c, const Entity& e, Json input, const WriteOptions& options = {}) const;
  /// The written record, whole and in clear.
  /// Its failures may be reported by a later statement of the transaction (`Transaction::settle`).
  Result<Json> create(sql::Transaction& t, const Context& c, const Entity& e, const NewRecord& prepared);
  /// Many records with a few statements for all of them, for an import. Its failure does not say which record is to
  /// blame: whoever wants to know undoes the transaction and creates them one by one. They must not refer to one
  /// another.
  Status create_many(sql::Transaction& t, const Context& c, const Entity& e, const std::vector<NewRecord>& prepared);
  Result<Json> create(sql::Transaction& t, const Context& c, const Entity& e, Json input,
                      const WriteOptions& options = {});
  Result<Json> update(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, Json changes,
                      const WriteOptions& options = {});

  /// A change in the making, for who adds to it before it is written (a step: its form, what it sets, what its actions
  /// return). begin_change, any number of add_to and holds, then finish_change: one version, one entry of the audit trail,
  /// one event, one run of the hooks. `update` is the two in one. The record itself must not be written in between.
  struct Change {
    const Entity* entity = nullptr;
    std::int64_t id = 0;
    Json before;
    Json record;  // as it is to become; hooks come at the end
    Json given;   // what was written so far, by field
    WriteOptions options;
    std::int64_t version = 0, created_at = 0, created_by = 0;
    std::optional<Json> placed;  // what stands in the table, when that is no longer `before`
  };
  Result<Change> begin_change(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, Json changes,
                              const WriteOptions& options = {});
  /// Adds what the product writes: checked as everything is, read-only fields allowed.
  Status add_to(Change& change, Json more) const;
  /// Whether what has to be filled in is, as far as people fill it in; `finish_change` asks for the rest.
  Status filled_in(const Context& c, const Change& change);
  /// Whether a condition holds for the record as it is to become, but for its hooks.
  Result<bool> holds(sql::Transaction& t, const Context& c, Change& change, const std::string& condition);
  /// The written record. 412 `entities.record.changed` when it was written in between.
  Result<Json> finish_change(sql::Transaction& t, const Context& c, Change change);

  Status remove(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                const WriteOptions& options = {});

  /// 404 `entities.record.not_found` when there is none or the caller may not see it.
  Result<Json> get(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                   const Moment& moment = {});
  /// A record that was just created, as its writer may read it; same failures as `get`.
  Result<Json> get_created(sql::Connection& c, const Context& context, const Entity& e, const Json& record);
  /// Whole, in clear, whoever asks: for the product's own work.
  Result<Json> get_unrestricted(sql::Connection& c, const Entity& e, std::int64_t id, Reason because);

  /// Appends {"items":[…],"next":…,"total"?} to `out`.
  Status list(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& query, std::string& out);
  /// One page of the list, each record as `list` writes it; returns the cursor behind the last, "" at the end.
  Result<std::string> rows(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& query,
                           const std::function<void(std::int64_t id, std::string_view json)>& use);
  /// Whether the caller may read one of these records, or could read one as it was before: whether it is their concern
  /// that something happened to them.
  Result<bool> concerns(sql::Connection& c, const Context& context, const Entity& e,
                        std::span<const std::int64_t> ids);
  /// Calls `use` for every record of the list, page by page, up to `query.limit`; returns the cursor behind the last.
  Result<std::string> each(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& query,
                           const std::function<Status(const Json&)>& use);

  /// Makes these computed fields anew in the records after `after`, `most` of them, without a new version: their rule
  /// was declared or changed. Returns the last id, nothing when there were none.
  Result<std::optional<std::int64_t>> recompute(sql::Transaction& t, const Context& context, const Entity& e,
                                                const std::vector<const Field*>& fields, std::int64_t after, int most);

  Status history(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id, std::string& out);
  Status statistics(sql::Connection& c, const Context& context, const Entity& e, const StatisticsDeclaration& s,
                    const std::string& filter, const std::string& view, std::string& out);
  /// How many records the caller sees in a view, `most` at most.
  Result<std::int64_t> count_view(sql::Connection& c, const Context& context, const Entity& e, const View& view,
                                  std::int64_t most);

  /// Whether the condition holds for the stored row, in the eyes of `context`.
  /// `before`: the record as it was, for old(field); without it old(field) is null.
  Result<bool> holds(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                     const std::string& condition, const Json* before = nullptr);
  Result<bool> may(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id, Act act);

  /// Events of this entity go into the outbox; nothing is written for the others. While the program is wired.
  void announce(const Entity& entity) { announced_.insert(&entity); }

  Status run_hook(std::string_view name, HookCall& call) const;
  Status write_audit(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, std::string_view action,
                     const Json& detail) const;

 private:
  class ListReader;
  struct Loaded {
    Json record;
    std::int64_t created_at = 0, created_by = 0;
  };
  using Row = std::vector<sql::Value>;  // as the columns of the storage
  struct Draft {
    Loaded made;
    const NewRecord* given = nullptr;
    std::int64_t id = 0;
    References references;
    bool one_of_many = false;  // whose failure is asked about one by one
  };
  /// A new record as its hooks and conditions leave it, before what it refers to is read and it gets its code.
  Result<Draft> draft(sql::Transaction& t, const Context& c, const Entity& e, const NewRecord& given);
  Status write_draft(sql::Transaction& t, const Context& c, const Entity& e, Draft& draft);
  Result<References> read_references(sql::Connection& c, const Storage& s, Json& record) const;
  /// As `read_references`, for all drafts at once.
  Status read_references_of(sql::Connection& c, const Storage& s, std::vector<Draft>& drafts) const;
  /// A caller's filter, by what the caller may read of the record and of those that it refers to.
  Result<query::Typed> read_filter(const Context& context, const Entity& e, const std::string& text,
                                   const ReadPlan& plan);
  /// What rows and several references point to exists; `before`: what did not change is not looked at again.
  Status resolve_children(sql::Connection& c, const Storage& s, Json& record, const Json* before) const;
  /// `stands`: what the tables hold; `before`: the version before. Both nullptr: nothing yet.
  Status write_children(sql::Transaction& t, const Storage& s, std::int64_t id, std::int64_t version,
                        const Json* stands, const Json* before, const Json& record) const;
  /// Over the row with this version; 412 when there is none.
  Status write_row(sql::Transaction& t, const Entity& e, const Row& row, std::int64_t version) const;
  static void merge(Change& change, Json more);
  Result<Row> row_of(const Context& c, const Storage& s, const Loaded& record, std::int64_t version,
                     const References& references);
  /// The column of `unique: {while: …}` of a field that has one.
  Status append_while(const Context& c, const Storage& s, const Field& f, const Json& record, Row& out);
  /// Where several fields are unique together, or only for a while: names the record that has them already, as the
  /// caller may read it. Two at the same time are told apart by the index.
  Status check_unique(sql::Connection& c, const Context& context, const Storage& s, const Row& row);
  Status write_indexes(sql::Transaction& t, const Storage& s, const Row& row, const Json& record, bool existed) const;
  Status write_version(sql::Transaction& t, const Context& c, const Storage& s, Row row, std::string_view action) const;
  /// `write:` of fields: 403 `entities.field.write` for what the caller may not write. `before`: what stays as it was
  /// may be sent along.
  Status check_writers(const Context& c, const Entity& e, const Json& input, const Json* before) const;
  /// Rows as they are kept: added to those there are, and what was shown masked put back.
  Status settle_rows(const Entity& e, const WriteOptions& options, const Json& before, Json& changes) const;
  enum class Wanted { all, of_people };  // of_people: without fields that are read only
  Status check_conditions(const Context& context, const Entity& e, const Json& record, const Json* before,
                          Wanted wanted = Wanted::all);
  Status place(sql::Transaction& t, const Context& c, Change& change);
  /// A code without its number: the series it belongs to, and what stands around the number.
  struct CodeParts {
    std::string before, after, scope;
    int digits = 0;  // 0: no number
  };
  Result<CodeParts> code_parts(sql::Connection& db, const Context& c, const Entity& e, const Field& f, const Json& record,
                               const References& references) const;
  Result<std::string> next_code(sql::Transaction& t, const Context& c, const Entity& e, const Field& f,
                                const Json& record, const References& references);
  Status number_all(sql::Transaction& t, const Context& c, const Entity& e, std::vector<Draft>& drafts);
  Result<Loaded> load(sql::Connection& c, const Storage& s, std::int64_t id) const;
  /// One page of the list: `use` with each record as `list` writes it, then where the next begins and, asked for, the total.
  Status read_page(sql::Connection& c, const Context& context, const Entity& e, const ListQuery& query,
                   const std::function<void(std::int64_t id, std::string_view json)>& use, std::string& next,
                   std::optional<std::int64_t>& total);
  Status tell_outbox(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, const std::string& action,
                     std::int64_t version, const Json& record) const;
  static Problem translate(const Entity& e, Problem p);

  std::shared_ptr<const Catalog> catalog_;
  sql::Dialect dialect_;
  IdGenerator& ids_;
  const Hooks& hooks_;
  const crypto::FieldCipher* cipher_;
  Conditions conditions_;
  Access access_;
  Values values_{*this};
  std::unordered_map<const Entity*, std::unique_ptr<Storage>> storages_;
  Tallies tallies_{*this};
  std::unordered_set<const Entity*> announced_;
};

/// Tables of this room that no entity owns (serial numbers, events).
Status create_tables(sql::Transaction& t);

}  // namespace civitas::entities
