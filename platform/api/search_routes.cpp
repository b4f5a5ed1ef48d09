// The search by words over all record types: what the caller may read, and for the portal what its public lists show.
#include <algorithm>

#include "api/meta_writer.hpp"
#include "api/service.hpp"

namespace civitas::api {

using namespace entities;

namespace {

// What tells one record from others of its title: its own number or code, and where it belongs.
std::string subtitle_of(const Entity& e, const Json& record) {
  std::string out;
  const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : " · ") + text; };
  for (const char* own : {"number", "code"})
    if (record[own].is_string() && own != e.title_field) add(record[own].as_string());
  for (const auto& f : e.fields)
    if (!f.scope.empty() && record[f.name].is_object()) add(record[f.name]["title"].as_string());
  return out;
}

struct SearchedType {
  const Entity* entity;
  std::string filter;    // those of its records that are looked at; "": all
  const Text* list;      // the public list that shows them; nullptr: none
};

// `each`: how many of one type at the most.
Result<Response> search(Parts& p, sql::Connection& db, const Request& r, const Context& c,
                        const std::vector<SearchedType>& types, std::int64_t each) {
  CIVITAS_CHECK(only_parameters(r, {"q", "limit"}));
  const std::string words(r.query("q").value_or(""));
  if (words.size() > 600)
    return fail(invalid("api.parameter", "搜索词过长，最多 200 字。",
                        "The search text is too long; at most 200 characters.")
                    .with_field("q"));
  CIVITAS_TRY(auto left, number_of(r, "limit", 30, 1, 100));
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  for (const auto& type : types) {
    const Entity& e = *type.entity;
    if (words.empty() || left <= 0 || !p.store.storage(e).has_search()) continue;
    ListQuery q;
    q.search = words;
    q.filter = type.filter;
    q.limit = static_cast<int>(std::min(left, each));
    CIVITAS_CHECK(p.store.each(db, c, e, q, [&](const Json& record) -> Status {
      --left;
      w.begin_object().key("system").value(e.system).key("entity").value(e.name);
      w.key("id").tree(record["id"]).key("title").tree(record[e.title_field]);
      w.key("subtitle").value(subtitle_of(e, record));
      if (type.list)
        write_title(w, "list", *type.list);
      else
        w.key("kind").value("record");
      w.end_object();
      return {};
    }));
  }
  w.end_array().end_object();
  return http::json_response(200, std::move(out));
}

}  // namespace

void Service::add_search_routes(http::Router& router) {
  using http::RouteOptions;
  Parts& p = parts_;

  read(router, "/api/v1/search", RouteOptions("by the access rules of each record type"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         std::vector<SearchedType> types;
         for (const auto& system : p.store.catalog().systems())
           for (const auto& e : system.entities)
             if (p.store.access().ever(e, Act::read, c.who)) types.push_back({&e, "", nullptr});
         return search(p, db, r, c, types, 8);
       });

  read(router, "/api/v1/portal/search", RouteOptions("public: what the public lists show"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         std::vector<SearchedType> types;
         for (const auto& system : p.store.catalog().systems())
           for (const auto& e : system.entities) {
             const PublicList* open = e.portal && e.portal->open ? &*e.portal->open : nullptr;
             if (open && open->search) types.push_back({&e, open->when, open->title.empty() ? &e.title : &open->title});
           }
         // As anybody sees it, whoever asks: the portal shows no member of staff more than others.
         return search(p, db, r, Context{{}, c.now, c.request}, types, 20);
       });
}

}  // namespace civitas::api
