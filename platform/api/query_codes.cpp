#include "api/query_codes.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"

namespace civitas::api {

using entities::Entity;

namespace {

// What a code may look like; everything else is unknown without a look.
bool is_code(std::string_view text) {
  return text.size() >= 8 && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

}  // namespace

Status create_query_code_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS api_query_code(digest TEXT PRIMARY KEY,entity TEXT NOT NULL,record BIGINT NOT NULL)");
}

bool gives_query_code(const Entity& e) {
  return e.portal && e.portal->is_service() && e.portal->sign_in == entities::SignIn::none;
}

Result<std::string> give_query_code(sql::Transaction& t, const Entity& e, std::int64_t record) {
  std::string code = random_hex(8);
  CIVITAS_CHECK(t.execute("INSERT INTO api_query_code(digest,entity,record) VALUES(?,?,?)",
                          {crypto::sha256_hex(code), e.path(), record}));
  return code;
}

Result<Coded> find_by_query_code(sql::Connection& c, const entities::Store& store, std::string_view code) {
  code = trim(code);
  const Problem unknown = problem(Kind::not_found, "portal.code.unknown", "没有这个查询码，请核对后再试。",
                                  "There is no such query code; check it and try again.");
  if (!is_code(code)) return fail(unknown);
  Coded found{nullptr, 0};
  CIVITAS_CHECK(c.query("SELECT entity,record FROM api_query_code WHERE digest=?", {crypto::sha256_hex(code)},
                        [&](const sql::Row& row) {
                          found = {store.catalog().entity_by_path(row.text(0)), row.integer(1)};
                          return sql::Continue::no;
                        }));
  if (found.entity) return found;
  for (const auto& system : store.catalog().systems())
    for (const auto& e : system.entities) {
      if (!gives_query_code(e) || e.portal->former_codes.empty()) continue;
      CIVITAS_TRY(const auto id,
                  c.query_integer("SELECT id FROM " + e.table + " WHERE " + e.portal->former_codes + "=?", {code}));
      if (id) return Coded{&e, *id};
    }
  return fail(unknown);
}

}  // namespace civitas::api
