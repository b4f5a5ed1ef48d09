// Declared values: what a step sets, what a record that it makes is filled with.
#include "base/strings.hpp"
#include "entities/json_record.hpp"
#include "entities/store.hpp"
#include "entities/values.hpp"

namespace civitas::entities {

namespace {

/// A record as declared values see it: with the fields of the records that it refers to, each read when first asked for.
class ReferringRecord final : public query::Record {
 public:
  using Load = std::function<Result<Json>(const Entity&, std::int64_t)>;
  ReferringRecord(const Catalog& catalog, const Entity& e, const Json& record, Load load)
      : catalog_(catalog), entity_(e), record_(record), view_(e, record), load_(std::move(load)) {}

  query::Value get(std::string_view field) const override { return view_.get(field); }
  query::Value get_through(std::string_view ref, std::string_view field) const override {
    const Entity* target = target_of(ref);
    return target ? JsonRecord(*target, referred(ref)).get(field) : query::Value();
  }
  bool any_row(std::string_view rows, const std::function<bool(const query::Record&)>& test) const override {
    if (const auto dot = rows.find('.'); dot != rows.npos) {
      const Entity* other = target_of(rows.substr(0, dot));
      return other && ReferringRecord(catalog_, *other, referred(rows.substr(0, dot)), load_).any_row(rows.substr(dot + 1), test);
    }
    const Field* f = entity_.field(rows);
    if (!f || f->type != FieldType::refs) return view_.any_row(rows, test);
    const Entity* target = catalog_.target_of(*f);
    for (const auto& item : record_[rows].as_array()) {
      const Json other = read(*target, item);
      if (!other.is_null() && test(JsonRecord(*target, other))) return true;
    }
    return false;
  }

  const Entity* target_of(std::string_view ref) const {
    const Field* f = entity_.field(ref);
    return f ? catalog_.target_of(*f) : nullptr;
  }
  const Json& referred(std::string_view ref) const {
    const auto [found, first] = read_.try_emplace(std::string(ref));
    if (first) found->second = read(*target_of(ref), record_[ref]);
    return found->second;
  }
  const Status& status() const { return status_; }

 private:
  Json read(const Entity& target, const Json& reference) const {
    const auto id = reference_id(reference);
    if (!id) return {};
    auto found = load_(target, *id);
    if (found) return std::move(*found);
    if (status_) status_ = fail(found.error());
    return {};
  }

  const Catalog& catalog_;
  const Entity& entity_;
  const Json& record_;
  JsonRecord view_;
  Load load_;
  mutable std::map<std::string, Json, std::less<>> read_;
  mutable Status status_;
};

}  // namespace

Result<Json> Store::value_for(sql::Connection& c, const Context& context, const Entity& e, const Json& record,
                              const Json* before, const Field& target, const std::string& text) {
  CIVITAS_TRY(const auto typed, conditions_.value(e, target, text));
  if (!typed) return Json();
  const ReferringRecord view(*catalog_, e, record, [&](const Entity& other, std::int64_t id) -> Result<Json> {
    CIVITAS_TRY(Loaded found, load(c, storage(other), id));
    return std::move(found.record);
  });
  // A field as it stands keeps what no value of a condition can carry: shapes, files, rows, dates that are uncertain.
  const query::Node& root = typed->root();
  const bool old = root.builtin == query::Builtin::old;
  if (old || (root.op == query::Op::property && root.builtin == query::Builtin::none)) {
    static const Json none;
    const Json& from = root.through ? view.referred(root.through->name) : old ? (before ? *before : none) : record;
    const Entity& of = root.through ? *view.target_of(root.through->name) : e;
    CIVITAS_CHECK(view.status());
    if (of.field(root.field->name)) return from[root.field->name];
  }
  auto bindings = bindings_for(context.who, context.now);
  const Json none;
  const JsonRecord was(e, before ? *before : none);
  if (before) bindings.old = &was;
  Status asked;
  bindings.elsewhere = values_.elsewhere(c, context, view, reference_id(record["id"]).value_or(0), asked);
  Json out = wire_value(target.type, query::evaluate_expression(*typed, view, bindings));
  CIVITAS_CHECK(view.status());
  CIVITAS_CHECK(asked);
  return out;
}

}  // namespace civitas::entities
