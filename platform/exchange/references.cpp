#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "exchange/values.hpp"

namespace civitas::exchange {

using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

constexpr std::size_t most_known = 50'000, most_candidates = 5;

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

}  // namespace

std::vector<const Field*> key_fields(const Entity& e) {
  std::vector<const Field*> out;
  for (const auto& f : e.fields)
    if (f.unique && f.unique_with.empty() && f.unique_while.empty() && (f.type == FieldType::text || f.type == FieldType::code))
      out.push_back(&f);
  return out;
}

Result<const References::Target*> References::target_of(const Entity& e) {
  if (const auto known = targets_.find(&e); known != targets_.end()) return &known->second;
  CIVITAS_TRY(const auto plan, store_.access().read(store_.storage(e), context_.who, context_.now));
  const auto fields = plan.filterable(e);
  const auto readable = [&](std::string_view name) {
    if (fields.empty()) return true;
    for (const auto& f : fields)
      if (f == name) return true;
    return false;
  };
  Target made{plan.where, {}, readable(e.title_field)};
  for (const Field* f : key_fields(e))
    if (readable(f->name)) made.keys.push_back(f->name);
  return &targets_.emplace(&e, std::move(made)).first->second;
}

Result<References::Found> References::look_up(sql::Connection& c, const Entity& e, const std::string& text) {
  CIVITAS_TRY(const Target* target, target_of(e));
  const auto query = [&](const std::string& shown, const std::string& column, std::string_view wanted, Found& out) {
    std::vector<sql::Param> params{wanted};
    params.insert(params.end(), target->where.params.begin(), target->where.params.end());
    return c.query("SELECT t.id," + shown + " FROM " + e.table + " t WHERE t." + column + "=? AND " +
                       target->where.sql + " ORDER BY t.id LIMIT " + std::to_string(most_candidates + 1),
                   sql::Params(params), [&](const sql::Row& row) {
                     out.id = row.integer(0);
                     out.candidates.emplace_back(row.text(1));
                     return sql::Continue::yes;
                   });
  };
  const auto by_key = [&](const std::string& word, Found& out) -> Status {
    for (const auto& key : target->keys) {
      CIVITAS_CHECK(query("t." + key, key, word, out));
      if (!out.candidates.empty()) return {};
    }
    return {};
  };
  Found out;
  CIVITAS_CHECK(by_key(text, out));
  // Division codes are often written without their trailing zero levels.
  if (out.candidates.empty() && e.name == "division" && all_digits(text) && text.size() < 12) {
    CIVITAS_CHECK(by_key(text + std::string(12 - text.size(), '0'), out));
  }
  if (out.candidates.empty() && target->by_title)
    CIVITAS_CHECK(query(target->keys.empty() ? "t.id" : "t." + target->keys.front(), e.title_field, text, out));
  // "420111 洪山区", as a drop-down list or a person writes it.
  if (const auto blank = text.find(' '); out.candidates.empty() && blank != text.npos)
    CIVITAS_CHECK(by_key(text.substr(0, blank), out));
  return out;
}

Result<std::int64_t> References::find(sql::Connection& c, const Field& f, std::string_view text) {
  const auto targets = store_.catalog().targets_of(f);
  for (const Entity* one : targets)
    if (targets.size() > 1) {
      CIVITAS_TRY(const Found found, look_up(c, *one, std::string(trim(text))));
      if (found.candidates.size() == 1) return found.id;
    }
  const Entity* target = targets.empty() ? nullptr : targets.front();
  if (!target) return fail(internal_problem("no target of " + f.name));
  const std::string wanted(trim(text));
  const bool changes = target == &importing_;
  Found found;
  const std::string key = target->table + "\n" + wanted;
  if (const auto known = known_.find(key); !changes && known != known_.end()) {
    found = known->second;
  } else {
    CIVITAS_TRY(found, look_up(c, *target, wanted));
    if (!changes) {
      if (known_.size() >= most_known) known_.clear();
      known_[key] = found;
    }
  }
  const std::string shown(utf8_prefix(wanted, 60));
  if (found.candidates.size() == 1) return found.id;
  if (found.candidates.empty()) {
    if (changes && expected && expected(wanted)) return 0;
    return fail(invalid("exchange.import.reference_unknown",
                        "“" + f.title.zh + "”：没有找到“" + shown + "”，请填写“" + target->title.zh + "”的代码或名称。",
                        "“" + f.title.en + "”: there is no “" + shown + "”; give the code or the title of a “" +
                            target->title.en + "”.")
                    .with_field(f.name));
  }
  const bool more = found.candidates.size() > most_candidates;
  if (more) found.candidates.resize(most_candidates);
  const std::string names = join(found.candidates, "、");
  return fail(
      invalid("exchange.import.reference_ambiguous",
              "“" + f.title.zh + "”：有多个“" + shown + "”（" + names + (more ? " 等" : "") + "），请改填代码。",
              "“" + f.title.en + "”: several are called “" + shown + "” (" + names + (more ? ", …" : "") +
                  "); give the code.")
          .with_field(f.name));
}

}  // namespace civitas::exchange
