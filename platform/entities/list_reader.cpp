#include "entities/list_reader.hpp"

#include <algorithm>
#include <bit>

#include "entities/json_record.hpp"
#include "entities/views.hpp"

namespace civitas::entities {

namespace {

// Which versions: the latest ones (the table itself), or those of a moment (the history).
void add_moment(Clause& where, const std::optional<Date>& as_of, const std::optional<Instant>& recorded) {
  if (recorded)
    add_and(where, "t.recorded_from<=? AND (t.recorded_to IS NULL OR t.recorded_to>?)",
            {recorded->micros, recorded->micros});
  else
    add_and(where, "t.recorded_to IS NULL");
  if (as_of)
    add_and(where,
            "(t.valid_from_day IS NULL OR t.valid_from_day<=?) AND (t.valid_to_day IS NULL OR t.valid_to_day>?)",
            {std::int64_t{as_of->days}, std::int64_t{as_of->days}});
  else
    add_and(where, "t.valid_to_day IS NULL");
}

// The box index of SQLite keeps 32-bit numbers, rounded outwards, and histories have none: the columns decide.
void add_box(Clause& where, const Storage& s, const std::array<double, 4>& box, bool of_history) {
  const auto& [west, south, east, north] = box;
  const std::string n = "t." + s.box_field()->name;
  if (!of_history && s.dialect() == sql::Dialect::sqlite)
    add_and(where,
            "t.id IN (SELECT id FROM " + s.box_table() + " WHERE min_x<=? AND max_x>=? AND min_y<=? AND max_y>=?)",
            {east, west, north, south});
  else if (!of_history)
    add_and(where,
            "box(point(" + n + "_min_x," + n + "_min_y),point(" + n + "_max_x," + n +
                "_max_y)) && box(point(?,?),point(?,?))",
            {west, south, east, north});
  add_and(where, n + "_min_x<=? AND " + n + "_max_x>=? AND " + n + "_min_y<=? AND " + n + "_max_y>=?",
          {east, west, north, south});
}

// In lists of few lengths, so that few statements are prepared.
void add_among(Clause& where, const std::vector<std::int64_t>& records) {
  std::vector<sql::Value> ids(records.begin(), records.end());
  ids.resize(std::bit_ceil(ids.size()), ids.back());
  std::string places = "?";
  for (std::size_t i = 1; i < ids.size(); ++i) places += ",?";
  add_and(where, "t.id IN (" + places + ")", std::move(ids));
}

void add_search(Clause& where, const Storage& s, const text::Query& words) {
  const std::string& table = s.search_table();
  if (words.empty() || !s.has_search())
    add_and(where, "1=0");
  else if (s.dialect() == sql::Dialect::sqlite)
    add_and(where, "t.id IN (SELECT rowid FROM " + table + " WHERE " + table + " MATCH ?)", {text::fts5_query(words)});
  else
    add_and(where, "t.id IN (SELECT id FROM " + table + " WHERE tokens @@ to_tsquery('simple',?))",
            {text::tsquery(words)});
}

std::vector<bool> hidden_from_everyone(const ReadPlan& plan, std::size_t fields) {
  std::vector<bool> out(fields, true);
  for (const auto& g : plan.groups)
    for (std::size_t i = 0; i < fields; ++i) out[i] = out[i] && g.reading.hidden[i];
  return out;
}

}  // namespace

Store::ListReader::ListReader(Store& store, sql::Connection& db, const Context& context, const Storage& storage,
                              const ListQuery& query, const ReadPlan& plan)
    : store_(store),
      db_(db),
      context_(context),
      storage_(storage),
      entity_(storage.entity()),
      query_(query),
      plan_(plan),
      of_history_(query.as_of || query.recorded_as_of),
      united_(!plan.alternatives.empty() && !of_history_ && !query.id && query.among.empty()),
      bindings_(bindings_for(context.who, context.now)) {
  bindings_.versions = of_history_;
}

Result<Store::ListReader::Page> Store::ListReader::read(const Use& use) {
  CIVITAS_CHECK(ask());
  select_columns();
  Page page;
  if (query_.total) {
    CIVITAS_TRY(page.total, count());
  }
  std::vector<sql::Value> after;
  if (!query_.after.empty()) {
    CIVITAS_TRY(after, read_cursor(query_.after));
  }
  CIVITAS_TRY(page.next, read_pages(std::move(after), use));
  return page;
}

// ---- What is asked ----

Status Store::ListReader::ask() {
  if (of_history_ && !entity_.history)
    return fail(invalid("entities.list.no_history", "“" + entity_.title.zh + "”不保存历史。",
                        "“" + entity_.title.en + "” keeps no history.")
                    .with_field("as_of"));
  CIVITAS_TRY(view_, find_view(entity_, query_.view, context_.who));
  CIVITAS_TRY(sort_, read_sort(entity_, query_.sort, view_,
                               sees_cases(entity_, context_.who) ? CaseOrder::yes : CaseOrder::no));
  if (!united_ && plan_.where.sql != "TRUE") add_and(where_, plan_.where);
  if (of_history_) add_moment(where_, query_.as_of, query_.recorded_as_of);
  if (query_.id) add_and(where_, "t.id=?", {*query_.id});
  if (!query_.among.empty()) add_among(where_, query_.among);
  CIVITAS_CHECK(ask_filter());
  CIVITAS_CHECK(ask_view());
  CIVITAS_CHECK(ask_choice());
  ask_search();
  if (query_.box && storage_.box_field()) add_box(where_, storage_, *query_.box, of_history_);
  return {};
}

// What SQL cannot decide of it is asked of each row.
Status Store::ListReader::ask(const query::Typed& condition) {
  CIVITAS_TRY(const auto compiled, store_.conditions_.compile(condition, storage_.dialect(), bindings_));
  add_and(where_, compiled.clause);
  if (compiled.residual) residual_ = residual_ ? query::both(*residual_, *compiled.residual) : compiled.residual;
  return {};
}

Status Store::ListReader::ask_filter() {
  if (query_.filter.empty()) return {};
  auto filter = store_.read_filter(context_, entity_, query_.filter, plan_);
  if (!filter) return fail(std::move(filter.error()).with_field("filter"));
  return ask(*filter);
}

Status Store::ListReader::ask_view() {
  if (!view_ || view_->when.empty()) return {};
  CIVITAS_TRY(const auto condition, store_.conditions_.typed(entity_, view_->when));
  return ask(condition);
}

Status Store::ListReader::ask_choice() {
  if (!query_.choice || query_.choice->field->options.empty()) return {};
  const Choice& choice = *query_.choice;
  chooser_.emplace(store_, db_, *choice.entity, choice.values);
  bindings_.outer = &*chooser_;
  CIVITAS_TRY(const auto options, store_.conditions_.options(*choice.entity, *choice.field));
  CIVITAS_CHECK(ask(options));
  return chooser_->status();
}

void Store::ListReader::ask_search() {
  if (query_.search.empty()) return;
  auto words = text::query_tokens(query_.search);
  add_sealed_words(words);
  add_search(where_, storage_, words);
}

// What is sealed is found by digests of whole words, for who reads it in clear.
void Store::ListReader::add_sealed_words(text::Query& words) const {
  const auto& fields = entity_.fields;
  if (!store_.cipher_ || std::none_of(fields.begin(), fields.end(), [](const Field& f) { return f.find == Find::words; }))
    return;
  const auto readable = plan_.filterable(entity_);
  for (auto& group : words) {
    const auto typed = group;
    for (const auto& f : fields)
      if (f.find == Find::words && std::find(readable.begin(), readable.end(), f.name) != readable.end())
        for (const auto& token : typed)
          for (auto& digest : store_.cipher_->blind_index_candidates(storage_.table(), f.name + "#", token.text))
            group.push_back({"b" + digest, false});
  }
}

// ---- What is read ----

// The columns of a record, the value sorted by, and which rules show the row where that is not the same for all.
void Store::ListReader::select_columns() {
  statement_.columns.sql = storage_.selected() + "," + sort_.value();
  if (plan_.groups.size() > 1) {
    const Clause held = plan_.groups_held();
    statement_.columns.sql += "," + held.sql;
    statement_.columns.params = held.params;
  }
  statement_.table = of_history_ ? storage_.history_table() : storage_.table();
  statement_.joins = storage_.joins();
  // Rules that are no single condition make a union of short lists, each in order from its own index.
  if (united_) statement_.alternatives = plan_.alternatives;
  statement_.order = order_clause(sort_, storage_.dialect());
  if (!storage_.children().empty() && !residual_) hidden_ = hidden_from_everyone(plan_, entity_.fields.size());
}

// What SQL cannot decide is asked of each row that it lets through; where those are very many, the total is left out.
Result<std::optional<std::int64_t>> Store::ListReader::count() const {
  constexpr std::int64_t most_asked = 20'000;
  ListStatement all;
  all.table = statement_.table;
  all.where = where_;
  if (united_) add_and(all.where, plan_.where);
  const Clause text = all.count();
  const auto params = params_of(text.params);
  std::int64_t total = 0;
  CIVITAS_CHECK(db_.query(text.sql, params, [&](const sql::Row& row) {
    total = row.integer(0);
    return sql::Continue::no;
  }));
  if (!residual_) return total;
  if (total > most_asked) return std::nullopt;
  all.columns.sql = storage_.selected();
  all.joins = storage_.joins();
  all.limit = most_asked;
  const Clause rows = all.text();
  const auto row_params = params_of(rows.params);
  total = 0;
  CIVITAS_CHECK(storage_.query(db_, rows.sql, row_params, of_history_ ? Versions::all : Versions::latest, nullptr,
                               [&](const sql::Row& row) {
                                 total += fits(row) ? 1 : 0;
                                 return sql::Continue::yes;
                               }));
  return total;
}

Storage::Reading Store::ListReader::reading_of(const sql::Row& row) const {
  return plan_.reading_of(static_cast<unsigned>(row.integer(storage_.selected_columns() + 1)));
}

bool Store::ListReader::fits(const sql::Row& row) const {
  if (!residual_) return true;
  const Json record = storage_.read_record(row, storage_.reading_all());
  return query::evaluate(*residual_, JsonRecord(entity_, record), bindings_) == query::Truth::yes;
}

// Where the next page begins. One row more than is shown is read, to know whether there is one.
Result<std::string> Store::ListReader::read_pages(std::vector<sql::Value> after, const Use& use) {
  const int limit = std::max(1, query_.limit);
  const int batch = residual_ ? std::max(limit * 2, 100) : limit + 1;
  statement_.limit = batch;
  const bool alike = plan_.groups.size() == 1;
  int shown = 0;
  std::string last, next;
  for (;;) {
    statement_.where = where_;
    if (!after.empty()) add_and(statement_.where, after_clause(sort_, after));
    const Clause text = statement_.text();
    const auto params = params_of(text.params);
    int read = 0;
    Status used;
    CIVITAS_CHECK(storage_.query(
        db_, text.sql, params, of_history_ ? Versions::all : Versions::latest, hidden_.empty() ? nullptr : &hidden_,
        [&](const sql::Row& row) {
          ++read;
          if (shown == limit) {
            next = last;
            return sql::Continue::no;
          }
          const bool shows = fits(row);
          last = shown + 1 >= limit || residual_ ? write_cursor(row, storage_.selected_columns(), 0) : std::string();
          if (!shows) return sql::Continue::yes;
          ++shown;
          used = alike ? use(row, plan_.groups.front().reading) : use(row, reading_of(row));
          return used ? sql::Continue::yes : sql::Continue::no;
        }));
    CIVITAS_CHECK(used);
    const bool all_read = !residual_ || read < batch;
    if (all_read || !next.empty() || last.empty()) return next;
    if (shown == limit) return last;  // perhaps an empty page follows: better than reading on without end
    CIVITAS_TRY(after, read_cursor(last));
  }
}

}  // namespace civitas::entities
