#include "entities/sealing.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "text/phone.hpp"
#include "text/tokens.hpp"

namespace civitas::entities {

std::string normal_form(FieldType type, std::string_view value) {
  std::string out(trim(value));
  if (type == FieldType::citizen_id) return replace_all(out, "x", "X");
  if (type != FieldType::phone) return out;
  if (auto number = text::phone_number(out)) out = *std::move(number);
  std::erase_if(out, [](char c) { return c == ' ' || c == '-'; });
  return out;
}

std::vector<std::string> FieldSealing::digests(std::string_view value) const {
  if (!cipher_) return {""};
  return cipher_->blind_index_candidates(table_, field_, normal(value));
}

Json for_trail(const Entity& e, const Json& given) {
  Json out = given;
  for (const auto& f : e.fields)
    if (f.sealed && given[f.name].is_string()) out.set(f.name, Json(mask(f.type, given[f.name].as_string())));
  return out;
}

std::string sealed_tokens(const crypto::FieldCipher& cipher, const std::string& table, const Field& field,
                          std::string_view text) {
  std::string out;
  const std::string tokens = text::index_tokens(text);
  for (const auto token : split(tokens, ' '))
    if (!token.empty()) out += (out.empty() ? "b" : " b") + cipher.blind_index(table, field.name + "#", token);
  return out;
}

Result<std::int64_t> seal_stored(sql::Transaction& t, const Storage& s, const crypto::FieldCipher& cipher) {
  struct Row {
    std::int64_t key, id;
    std::string text;
    bool has_digest;
  };
  std::int64_t changed = 0;
  for (const auto& f : s.entity().fields) {
    if (!f.sealed) continue;
    const bool found_by = f.find != Find::none;
    const std::string digest = found_by ? Storage::blind_column(f) : "";
    for (const bool history : {false, true}) {
      if (history && !s.entity().history) continue;
      const std::string table = history ? s.history_table() : s.table(), key = history ? "history_id" : "id";
      std::vector<Row> rows;
      CIVITAS_CHECK(t.query("SELECT " + key + ",id," + f.name + "," + (found_by ? digest : "''") + " FROM " + table +
                                " WHERE " + f.name + " IS NOT NULL AND (" + f.name + " NOT LIKE 'cf1:%'" +
                                (found_by ? " OR " + digest + " IS NULL" : "") + ")",
                            {}, [&](const sql::Row& row) {
                              rows.push_back({row.integer(0), row.integer(1), std::string(row.text(2)),
                                              !row.is_null(3)});
                              return sql::Continue::yes;
                            }));
      for (const Row& row : rows) {
        const crypto::FieldPlace place{s.table(), f.name, std::to_string(row.id)};
        const bool sealed = crypto::FieldCipher::is_sealed(row.text);
        std::string plain = row.text;
        if (sealed) {
          CIVITAS_TRY(plain, cipher.open(row.text, place));
        }
        const std::string kept = sealed ? row.text : cipher.seal(plain, place);
        std::string wanted = found_by ? cipher.blind_index(s.table(), f.name, normal_form(f.type, plain)) : "";
        if (found_by && f.unique && !history) {
          // A value that two records have from times when that was not seen: the second is not found by it.
          CIVITAS_TRY(const auto other, t.query_integer("SELECT id FROM " + table + " WHERE " + digest + "=? AND id<>?",
                                                        {wanted, row.id}));
          if (other) {
            log_error("entities.sealed.twice", {{"place", place.text()}, {"other", *other}});
            if (sealed) continue;
            wanted.clear();
          }
        }
        if (!wanted.empty())
          CIVITAS_CHECK(t.execute("UPDATE " + table + " SET " + f.name + "=?," + digest + "=? WHERE " + key + "=?",
                                  {kept, wanted, row.key}));
        else
          CIVITAS_CHECK(t.execute("UPDATE " + table + " SET " + f.name + "=? WHERE " + key + "=?", {kept, row.key}));
        ++changed;
      }
    }
  }
  return changed;
}

Status seal_all(sql::Transaction& t, const Catalog& catalog, const crypto::FieldCipher& cipher) {
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      if (std::none_of(e.fields.begin(), e.fields.end(), [](const Field& f) { return f.sealed; })) continue;
      CIVITAS_TRY(const auto changed, seal_stored(t, Storage(catalog, e, t.dialect(), &cipher), cipher));
      if (changed > 0) log_info("entities.sealed", {{"type", e.path()}, {"rows", changed}});
    }
  return {};
}

}  // namespace civitas::entities
