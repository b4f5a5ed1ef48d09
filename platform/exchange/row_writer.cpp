#include "exchange/row_writer.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "exchange/reference_system.hpp"

namespace civitas::exchange {

using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

// A failure of the program or the machine, not a mistake in the row.
bool is_failure(const Problem& p) {
  switch (p.kind) {
    case Kind::internal:
    case Kind::unavailable:
    case Kind::timeout:
    case Kind::exhausted:
    case Kind::cancelled:
    case Kind::unauthenticated: return true;
    default: return p.reason.starts_with("sql.") && p.reason != "sql.unique" && p.reason != "sql.reference";
  }
}

constexpr std::size_t title_key = 1'000;

// A problem of several fields becomes one of each.
void add_parts(std::vector<Problem>& to, Problem p) {
  auto several = std::move(p.errors);
  p.errors.clear();
  if (several.empty()) several.push_back(std::move(p));
  for (auto& one : several) to.push_back(std::move(one));
}

Problem undo_problem() {
  return problem(Kind::cancelled, "exchange.import.undo", "逐行重试。", "To be tried again row by row.");
}

}  // namespace

RowWriter::RowWriter(entities::Store& store, const entities::Context& context, const Entity& entity,
                     const HeadMatcher& matcher, const ImportSource& source, Attempt attempt)
    : store_(store),
      context_(context),
      entity_(entity),
      matcher_(matcher),
      source_(source),
      attempt_(attempt),
      references_(store, context, entity) {
  if (matcher.whose() == Whose::product) {
    options_.read_only = entities::ReadOnly::accept;
    options_.rules = entities::Rules::skip("first start");
  }
  for (std::size_t i = 0; i < source.columns().size(); ++i)
    if (const Field* f = source.columns()[i].field) column_of_.emplace(f->name, static_cast<std::uint32_t>(i + 1));
  // Codes made by a rule begin again in every batch of a check: only what the file itself carries can repeat.
  for (const auto& f : entity.fields)
    if (f.unique && f.unique_while.empty() && is_writable(f, matcher.whose())) unique_.push_back(&f);
  if (attempt == Attempt::check)
    references_.expected = [this](std::string_view key) {
      for (const Field* f : key_fields(entity_))
        if (seen_.contains(SeenKeys::digest(static_cast<std::size_t>(f - entity_.fields.data()) + title_key + 1, key)))
          return true;
      return seen_.contains(SeenKeys::digest(title_key, key));
    };
}

void RowWriter::add_value(Built& built, const Field& f, Result<Value> value) const {
  if (!value) {
    built.problems.push_back(std::move(value.error()));
    return;
  }
  built.pending = built.pending || value->pending;
  if (!value->json.is_null()) built.input.set(f.name, std::move(value->json));
}

void RowWriter::add_state(Built& built, std::string_view word) const {
  auto state = state_named(entity_, word);
  if (state)
    built.state = std::move(*state);
  else
    built.problems.push_back(std::move(state.error()));
}

entities::WriteOptions RowWriter::options_of(const Built& built) const {
  entities::WriteOptions out = options_;
  out.new_state = built.state;
  out.valid_from = built.valid_from;
  return out;
}

Result<RowWriter::Built> RowWriter::build(sql::Connection& c, const SourceRow& row) {
  Built out;
  const auto& catalog = store_.catalog();
  struct Position {
    const Field* field;
    std::string x, y;
  };
  std::vector<Position> positions;
  const auto part_of = [&](const FieldColumn& column, std::string text) {
    if (text.empty()) return;
    auto found =
        std::find_if(positions.begin(), positions.end(), [&](const Position& p) { return p.field == column.field; });
    if (found == positions.end()) found = positions.insert(positions.end(), {column.field, {}, {}});
    (column.part == Part::longitude ? found->x : found->y) = std::move(text);
  };

  if (source_.is_table()) {
    const auto& columns = source_.columns();
    if (const Field* f = source_.number_field()) out.input.set(f->name, Json(static_cast<std::int64_t>(row.number)));
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const auto& cell = row.cells[i];
      const bool headless = !source_.choice().names_columns() && !cell.merged &&
                            (i >= source_.head().size() || trim(source_.head()[i].text).empty());
      if (i >= columns.size() || headless) {
        if (!headless || trim(cell.text).empty()) continue;
        out.problems.push_back(
            invalid("exchange.import.cell_without_head",
                    "第 " + documents::column_letters(static_cast<std::uint32_t>(i + 1)) + " 列没有列名。",
                    "Column " + documents::column_letters(static_cast<std::uint32_t>(i + 1)) + " has no head."));
        break;
      }
      const auto& column = columns[i];
      if (column.part == Part::state && !trim(cell.text).empty()) {
        add_state(out, trim(cell.text));
        continue;
      }
      if (column.part == Part::since && !cell.empty()) out.valid_from = std::string(trim(cell.text));
      if (!column.field || cell.empty()) continue;
      if (column.part == Part::whole)
        add_value(out, *column.field, read_cell(c, catalog, entity_, *column.field, cell, references_));
      else
        part_of(column, std::string(trim(cell.text)));
    }
  } else {
    if (auto known = check_reference_system(row.feature["crs"]); !known) out.problems.push_back(known.error());
    if (const Field* f = source_.number_field()) out.input.set(f->name, Json(static_cast<std::int64_t>(row.number)));
    for (const auto& [name, value] : row.feature["properties"].as_object()) {
      const auto column = source_.of_property(name);
      if (!column) {
        out.problems.push_back(column.error());
        continue;
      }
      if (column->part == Part::state && value.is_string()) add_state(out, value.as_string());
      if (!column->field || value.is_null()) continue;
      if (column->part == Part::whole)
        add_value(out, *column->field, read_property(c, catalog, entity_, *column->field, value, references_));
      else
        part_of(*column, value.is_string() ? value.as_string() : value.dump());
    }
    const Json& geometry = row.feature["geometry"];
    const Field* shape = store_.storage(entity_).box_field();
    if (!geometry.is_null()) {
      if (shape && is_writable(*shape, matcher_.whose()))
        out.input.set(shape->name, geometry);
      else
        out.problems.push_back(invalid("exchange.import.no_shape", "“" + entity_.title.zh + "”没有图形字段。",
                                       "“" + entity_.title.en + "” has no shape."));
    }
  }
  for (const auto& [name, value] : source_.choice().values.as_object())
    if (!out.input.find(name)) out.input.set(name, value);
  for (const auto& p : positions) {
    const auto x = parse_number(plain_figures(p.x)), y = parse_number(plain_figures(p.y));
    if (x && y) {
      out.input.set(p.field->name, Json(Json::Object{{"type", Json("Point")},
                                                     {"coordinates", Json(Json::Array{Json(*x), Json(*y)})}}));
      continue;
    }
    out.problems.push_back(invalid("exchange.import.position",
                                   "“" + p.field->title.zh + "”的经度和纬度应都是十进制度数，如 114.305 和 30.593。",
                                   "Longitude and latitude of “" + p.field->title.en +
                                       "” must both be decimal degrees, such as 114.305 and 30.593.")
                               .with_field(p.field->name));
  }
  for (const auto& p : out.problems)
    if (is_failure(p)) return fail(p);
  return out;
}

namespace {

// What must be there once only; nothing where some of it is not given.
std::optional<std::string> unique_key(const Field& f, const Json& input) {
  if (input[f.name].is_null()) return std::nullopt;
  std::string key = input[f.name].dump();
  for (const auto& other : f.unique_with) {
    if (input[other].is_null()) return std::nullopt;
    key += "\n" + input[other].dump();
  }
  return key;
}

}  // namespace

std::optional<Problem> RowWriter::repeated(const Json& input) const {
  for (const Field* f : unique_) {
    const auto key = unique_key(*f, input);
    if (key && seen_.contains(SeenKeys::digest(static_cast<std::size_t>(f - entity_.fields.data()), *key)))
      return problem(Kind::conflict, "exchange.import.repeated", "“" + f->title.zh + "”在文件中重复。",
                     "“" + f->title.en + "” is there twice in the file.")
          .with_field(f->name);
  }
  return std::nullopt;
}

void RowWriter::note_keys(const Json& input) {
  for (const Field* f : unique_) {
    if (const auto key = unique_key(*f, input))
      batch_keys_.push_back(SeenKeys::digest(static_cast<std::size_t>(f - entity_.fields.data()), *key));
  }
  const bool refers_to_itself =
      std::any_of(entity_.fields.begin(), entity_.fields.end(), [&](const Field& f) { return is_own(f); });
  if (!refers_to_itself) return;
  for (const Field* f : key_fields(entity_))
    if (input[f->name].is_string())
      batch_keys_.push_back(SeenKeys::digest(static_cast<std::size_t>(f - entity_.fields.data()) + title_key + 1,
                                             input[f->name].as_string()));
  if (input[entity_.title_field].is_string())
    batch_keys_.push_back(SeenKeys::digest(title_key, input[entity_.title_field].as_string()));
}

void RowWriter::remember() {
  for (const auto key : batch_keys_) seen_.insert(key);
  batch_keys_.clear();
}

Result<bool> RowWriter::create(sql::Transaction& t, Built& built, Undo undo, std::vector<Problem>& problems) {
  if (attempt_ == Attempt::check) {
    if (auto twice = repeated(built.input)) {
      add_parts(problems, std::move(*twice));
      return false;
    }
    if (built.pending) {
      // Its reference is not there during a check: the values are tried without writing.
      Json copy = built.input;
      if (auto good = entities::validate_input(store_.catalog(), entity_, copy, options_.read_only); !good) {
        add_parts(problems, std::move(good.error()));
        return false;
      }
      note_keys(built.input);
      return true;
    }
  }
  const bool checking = attempt_ == Attempt::check;
  const Json input = checking ? built.input : Json();
  Status made;
  if (auto created = store_.create(t, context_, entity_, std::move(built.input), options_of(built)); !created)
    made = fail(std::move(created.error()));
  else if (undo == Undo::row)
    made = t.settle();
  if (made) {
    if (checking) note_keys(input);
    return true;
  }
  if (is_failure(made.error())) return fail(std::move(made.error()));
  add_parts(problems, std::move(made.error()));
  return false;
}

Result<bool> RowWriter::write(sql::Transaction& t, const SourceRow& row, Undo undo, std::vector<RowProblem>& problems) {
  CIVITAS_TRY(Built built, build(t, row));
  if (undo == Undo::transaction && t.failed()) return fail(undo_problem());  // an earlier row was wrong
  std::vector<Problem> wrong = std::move(built.problems);
  bool good = wrong.empty();
  if (good && key_) {
    CIVITAS_TRY(const auto known, t.query_integer("SELECT 1 FROM " + entity_.table + " WHERE " + key_->name + "=?",
                                                  {built.input[key_->name].as_string()}));
    if (known) return true;
  }
  if (good) {
    // What a hook wants to do after the commit is only done for rows that stay.
    auto effects = t.take_effects();
    const std::int64_t changes = t.changes();
    if (undo == Undo::row) CIVITAS_CHECK(t.run_script("SAVEPOINT exchange_row"));
    auto created = create(t, built, undo, wrong);
    if (!created) return fail(std::move(created.error()));
    good = *created;
    auto own = t.take_effects();
    if (undo == Undo::row)
      CIVITAS_CHECK(t.run_script(good ? "RELEASE SAVEPOINT exchange_row"
                                      : "ROLLBACK TO SAVEPOINT exchange_row; RELEASE SAVEPOINT exchange_row"));
    else if (!good && (t.failed() || t.changes() != changes))
      return fail(undo_problem());
    for (auto& effect : effects) t.after_commit(std::move(effect));
    if (good)
      for (auto& effect : own) t.after_commit(std::move(effect));
  }
  note(row, wrong, problems);
  return good;
}

Status RowWriter::end_batch(sql::Transaction& t) const {
  auto settled = t.settle();
  if (!settled && !is_failure(settled.error())) return fail(undo_problem());
  return settled;
}

// Refers to records of the kind that is imported, perhaps to an earlier row.
bool RowWriter::is_own(const Field& f) const {
  return (f.type == FieldType::ref || f.type == FieldType::refs) && store_.catalog().target_of(f) == &entity_;
}

bool RowWriter::may_write_many() const {
  return attempt_ == Attempt::write && !key_ && std::none_of(entity_.fields.begin(), entity_.fields.end(), [&](const Field& f) {
           return is_own(f) && column_of_.contains(f.name);
         });
}

Result<std::int64_t> RowWriter::write_many(sql::Transaction& t, std::span<const SourceRow> rows,
                                           std::vector<RowProblem>& problems) {
  std::vector<entities::NewRecord> records;
  records.reserve(rows.size());
  for (const auto& row : rows) {
    CIVITAS_TRY(Built built, build(t, row));
    std::vector<Problem> wrong = std::move(built.problems);
    for (const auto& f : entity_.fields)
      if (is_own(f) && (built.input.find(f.name) ||
                        std::any_of(wrong.begin(), wrong.end(), [&](const Problem& p) { return p.field == f.name; })))
        return fail(undo_problem());
    if (wrong.empty()) {
      auto prepared = store_.prepare(context_, entity_, std::move(built.input), options_of(built));
      if (prepared)
        records.push_back(std::move(*prepared));
      else if (is_failure(prepared.error()))
        return fail(std::move(prepared.error()));
      else
        add_parts(wrong, std::move(prepared.error()));
    }
    note(row, wrong, problems);
  }
  const auto good = static_cast<std::int64_t>(records.size());
  auto written = store_.create_many(t, context_, entity_, records);
  if (!written) return fail(is_failure(written.error()) ? std::move(written.error()) : undo_problem());
  return good;
}

void RowWriter::note(const SourceRow& row, std::vector<Problem>& wrong, std::vector<RowProblem>& problems) const {
  for (auto& p : wrong) {
    const auto column = column_of_.find(p.field);
    const std::uint32_t at = column == column_of_.end() ? 0 : column->second;
    Text message = p.message;
    // What cannot be seen in a cell is looked for there: the sentence says where.
    if (at > 0 && (p.reason == "entities.field.line_break" || p.reason == "entities.field.tab" ||
                   p.reason == "entities.field.control")) {
      const std::string cell = documents::column_letters(at) + std::to_string(row.number);
      message = {"单元格 " + cell + "：" + message.zh, "Cell " + cell + ": " + message.en};
    }
    problems.push_back({row.number, at, std::string(utf8_prefix(p.field, 60)), p.reason, std::move(message)});
  }
}

}  // namespace civitas::exchange
