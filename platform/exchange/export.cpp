#include <unordered_map>

#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "crypto/field_cipher.hpp"
#include "documents/geojson.hpp"
#include "documents/table_writer.hpp"
#include "entities/value_text.hpp"
#include "exchange/columns.hpp"
#include "geo/geometry.hpp"

namespace civitas::exchange {

using documents::Cell;
using documents::ColumnKind;
using entities::Context;
using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

constexpr int page_size = 2'000;
constexpr std::size_t xlsx_cell_units = 32'767;

// Titles of terms and states.
class Titles {
 public:
  Titles(const entities::Catalog& catalog, const Entity& e, Language language) : entity_(e), language_(language) {
    for (const auto& f : e.fields)
      if (const auto* list = f.type == FieldType::term ? catalog.terms_of(e, f) : nullptr)
        for (const auto& term : list->codes) terms_[&f][term.code] = in(language, term.title);
  }

  std::string term(const Field& f, const std::string& code) const {
    const auto list = terms_.find(&f);
    if (list == terms_.end()) return code;
    const auto found = list->second.find(code);
    if (found == list->second.end()) return code;
    // A title that several codes share says nothing without its code.
    for (const auto& [other, title] : list->second)
      if (other != code && title == found->second) return code + " " + title;
    return found->second;
  }

  std::string state(const std::string& name) const {
    const auto* state = entity_.process ? entity_.process->state(name) : nullptr;
    return state ? in(language_, state->title) : name;
  }

 private:
  const Entity& entity_;
  Language language_;
  std::unordered_map<const Field*, std::unordered_map<std::string, std::string>> terms_;
};

// Civil time in China, which is what a table shows.
std::string civil_time(const std::string& instant) {
  const auto at = parse_instant(instant);
  if (!at) return instant;
  std::string text = format_instant(Instant{at->micros + std::int64_t{8} * 3'600'000'000});
  return text.substr(0, 19);
}

Problem shape_too_long(const Field& f, const std::string& id) {
  return problem(
             Kind::unprocessable, "exchange.export.shape_too_long",
             "记录 " + id + " 的“" + f.title.zh + "”图形过大，XLSX 单元格放不下，请改为导出 GeoJSON 或 CSV。",
             "“" + f.title.en + "” of record " + id + " is too long for an XLSX cell; export GeoJSON or CSV instead.")
      .with_field(f.name);
}

struct RecordText {
  entities::Store& store;
  const Context& context;
  const ExportRequest& request;
  Titles titles;

  std::string text_of(const Field& f, const Json& v) const {
    const bool zh = request.language == Language::zh;
    switch (f.type) {
      case FieldType::boolean: return std::string(v.as_bool() ? (zh ? "是" : "yes") : (zh ? "否" : "no"));
      case FieldType::term: return titles.term(f, v.as_string());
      case FieldType::ref: return v["title"].as_string();
      case FieldType::refs: {
        std::vector<std::string> names;
        for (const auto& one : v.as_array()) names.push_back(one["title"].as_string());
        return join(names, "；");
      }
      case FieldType::files: {
        std::vector<std::string> names;
        for (const auto& file : v.as_array()) names.push_back(file["name"].as_string());
        return join(names, "；");
      }
      case FieldType::labels: {
        std::vector<std::string> words;
        for (const auto& one : v.as_array()) words.push_back(one.as_string());
        return join(words, zh ? "、" : ", ");
      }
      case FieldType::duration: return entities::format_duration(v.as_integer());
      case FieldType::instant: return civil_time(v.as_string());
      default: return v.is_string() ? v.as_string() : v.dump();
    }
  }

  Result<Cell> cell_of(const FieldColumn& column, const Json& record) {
    const Field& f = *column.field;
    const Json& v = record[f.name];
    if (v.is_null()) return Cell();
    if (column.part != Part::whole) {
      const auto& position = v["coordinates"].as_array();
      const std::size_t at = column.part == Part::longitude ? 0 : 1;
      return at < position.size() ? Cell::number(position[at].dump()) : Cell();
    }
    if (entities::is_spatial(f.type)) {
      CIVITAS_TRY(const auto shape, geo::Geometry::from_geojson(v));
      std::string wkt = shape.to_wkt();
      if (request.format == Format::xlsx && wkt.size() > xlsx_cell_units)
        return fail(shape_too_long(f, record["id"].as_string()));
      return Cell::of(std::move(wkt));
    }
    if (f.type == FieldType::integer || f.type == FieldType::decimal) return Cell::number(v.dump());
    std::string text = text_of(f, v);
    if (f.type == FieldType::date) return Cell::date(std::move(text));
    if (f.type == FieldType::instant) return Cell::date(std::move(text));
    return Cell::of(std::move(text));
  }
};

ColumnKind kind_of(const FieldColumn& c) {
  if (c.part != Part::whole) return ColumnKind::decimal;
  switch (c.field->type) {
    case FieldType::integer: return ColumnKind::integer;
    case FieldType::decimal: return ColumnKind::decimal;
    case FieldType::date: return ColumnKind::date;
    case FieldType::instant: return ColumnKind::date_time;
    default: return ColumnKind::text;
  }
}

using OnRecord = std::function<Status(sql::Connection&, const Json&)>;

Result<std::int64_t> each_record(sql::Database& database, entities::Store& store, const Context& context,
                                 const ExportRequest& request, const OnPage& on_page, const OnRecord& use) {
  entities::ListQuery page = request.query;
  page.limit = page_size;
  page.after.clear();
  page.total = false;
  std::int64_t count = 0;
  do {
    std::string next;
    // A read has a deadline: a long list is many of them.
    CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(next, store.each(c, context, request.entity, page, [&](const Json& record) {
        ++count;
        return use(c, record);
      }));
      return {};
    }));
    page.after = std::move(next);
    if (on_page) CIVITAS_CHECK(on_page(count));
  } while (!page.after.empty());
  return count;
}

// No table leaves without its line in the audit trail.
Result<std::int64_t> audited(sql::Database& database, const Context& c, const ExportRequest& request,
                             std::int64_t count) {
  const Entity& e = request.entity;
  CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) {
    Json detail = Json::object();
    detail.set("rows", Json(count))
        .set("format", Json(format_name(request.format)))
        .set("filter", Json(request.query.filter))
        .set("search", Json(request.query.search));
    return audit::append(
        t, c.now,
        {c.who.id, c.who.name, c.who.address, e.system + "." + e.name + ".export", e.path(), detail.dump(), c.request});
  }));
  return count;
}

}  // namespace

std::string_view format_name(Format f) { return f == Format::xlsx ? "xlsx" : f == Format::csv ? "csv" : "geojson"; }

std::string_view media_type(Format f) {
  if (f == Format::csv) return "text/csv; charset=utf-8";
  return f == Format::geojson ? "application/geo+json"
                              : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

std::optional<Format> format_named(std::string_view name) {
  for (const Format f : {Format::xlsx, Format::csv, Format::geojson})
    if (format_name(f) == name) return f;
  return std::nullopt;
}

Result<std::int64_t> export_records(sql::Database& database, entities::Store& store, const Context& context,
                                    const ExportRequest& request, const std::filesystem::path& file,
                                    const OnPage& on_page) {
  const Entity& e = request.entity;
  // A field that this person can never read has no column.
  CIVITAS_TRY(const auto plan, store.access().read(store.storage(e), context.who, context.now));
  std::vector<FieldColumn> columns;
  for (std::size_t i = 0; i < e.fields.size(); ++i) {
    const Field& f = e.fields[i];
    bool hidden = f.type == FieldType::secret;
    if (!hidden) {
      hidden = true;
      for (const auto& group : plan.groups) hidden = hidden && group.reading.hidden[i];
    }
    if (hidden) continue;
    if (f.type == FieldType::point && request.format != Format::geojson) {
      columns.push_back({&f, Part::longitude});
      columns.push_back({&f, Part::latitude});
    } else {
      columns.push_back({&f, Part::whole});
    }
  }
  RecordText texts{store, context, request, Titles(store.catalog(), e, request.language)};

  if (request.format == Format::geojson) {
    const Field* shape = store.storage(e).box_field();
    CIVITAS_TRY(auto writer, documents::FeatureWriter::create(file, Json(Json::Object{{"name", Json(e.path())}})));
    std::string out;
    CIVITAS_TRY(
        const std::int64_t count,
        each_record(database, store, context, request, on_page, [&](sql::Connection&, const Json& record) -> Status {
          out.clear();
          JsonWriter w(out);
          w.begin_object().key("type").value("Feature").key("id").value(record["id"].as_string()).key("geometry");
          w.tree(shape ? record[shape->name] : Json());
          w.key("properties").begin_object();
          if (e.process) w.key("state").value(record["state"].as_string());
          for (const auto& column : columns) {
            const Field& f = *column.field;
            if (&f == shape) continue;
            const Json& v = record[f.name];
            w.key(f.name);
            const bool as_is = v.is_null() || v.is_number() || v.is_bool() || entities::is_spatial(f.type) ||
                               f.type == FieldType::rows || f.type == FieldType::json || f.type == FieldType::instant ||
                               f.type == FieldType::labels || f.type == FieldType::schedule;
            if (as_is) {
              w.tree(v);
              continue;
            }
            const std::string text = texts.text_of(f, v);
            w.value(text);
          }
          w.end_object().end_object();
          return writer->raw(out);
        }));
    CIVITAS_CHECK(writer->finish());
    return audited(database, context, request, count);
  }

  std::vector<documents::Column> heads;
  for (const auto& column : columns)
    heads.push_back({.title = column_title(e, column, request.language), .kind = kind_of(column)});
  if (e.process) heads.push_back({.title = request.language == Language::zh ? "状态" : "State"});
  documents::XlsxOptions options;
  options.title = in(request.language, e.title);
  options.sheet_name = request.language == Language::zh ? "数据" : "Data";
  CIVITAS_TRY(auto writer, request.format == Format::xlsx ? documents::create_xlsx(file, heads, options)
                                                          : documents::create_csv(file, heads));
  std::vector<Cell> row;
  CIVITAS_TRY(
      const std::int64_t count,
      each_record(database, store, context, request, on_page, [&](sql::Connection&, const Json& record) -> Status {
        row.clear();
        for (const auto& column : columns) {
          CIVITAS_TRY(Cell cell, texts.cell_of(column, record));
          row.push_back(std::move(cell));
        }
        if (e.process) row.push_back(Cell::of(texts.titles.state(record["state"].as_string())));
        return writer->row(row);
      }));
  CIVITAS_CHECK(writer->finish());
  return audited(database, context, request, count);
}

}  // namespace civitas::exchange
