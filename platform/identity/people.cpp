// Who somebody is: roles and data scopes, their own and those of the posts that they hold or stand in for.
#include <algorithm>
#include <map>
#include <set>

#include "base/json.hpp"
#include "base/strings.hpp"
#include "identity/identity.hpp"

namespace civitas::identity {

namespace {

void add_json_words(std::vector<std::string>& to, std::string_view json) {
  const auto parsed = Json::parse(json);
  if (!parsed) return;
  for (const auto& item : parsed->as_array())
    to.push_back(item.is_object() ? item["id"].as_string() : item.as_string());
}

void sort_once(std::vector<std::string>& words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
}

// What somebody is assigned of one dimension, before the records below are looked for.
struct Assigned {
  bool everything = false;
  std::set<std::int64_t> records;
};
using Assignments = std::map<std::string, Assigned, std::less<>>;

struct Post {
  std::int64_t id = 0, holder = 0, department = 0;
  std::string holder_name;
  bool all_divisions = false;
};

constexpr std::string_view away = "p.away_from<=? AND (p.away_until IS NULL OR p.away_until>=?)";

Result<std::vector<Post>> posts_of(sql::Connection& c, std::int64_t person, std::int64_t today) {
  std::vector<Post> out;
  CIVITAS_CHECK(c.query("SELECT p.id,p.holder,p.department,p.all_divisions,h.name FROM identity_post p LEFT JOIN "
                        "identity_person h ON h.id=p.holder WHERE p.holder=? OR (p.deputy=? AND " +
                            std::string(away) + ") ORDER BY p.id",
                        {person, person, today, today}, [&](const sql::Row& row) {
                          out.push_back({row.integer(0), row.integer(1), row.integer(2), std::string(row.text(4)),
                                         row.integer(3) != 0});
                          return sql::Continue::yes;
                        }));
  return out;
}

Status add_permissions(sql::Connection& c, std::string_view links, std::int64_t of, std::vector<std::string>& to) {
  return c.query(
      "SELECT r.permissions FROM " + std::string(links) + " l JOIN identity_role r ON r.id=l.target WHERE l.of_record=?",
      {of}, [&](const sql::Row& row) {
        add_json_words(to, row.text(0));
        return sql::Continue::yes;
      });
}

Status add_records(sql::Connection& c, std::string_view links, std::int64_t of, std::set<std::int64_t>& to) {
  return c.query("SELECT target FROM " + std::string(links) + " WHERE of_record=?", {of}, [&](const sql::Row& row) {
    to.insert(row.integer(0));
    return sql::Continue::yes;
  });
}

// Rows of the person: a dimension and one of its records, or none: all of them.
Status add_assigned(sql::Connection& c, std::int64_t person, Assignments& to) {
  return c.query("SELECT dimension,record FROM identity_person__scopes WHERE of_record=?", {person},
                 [&](const sql::Row& row) {
                   Assigned& assigned = to[std::string(row.text(0))];
                   if (row.is_null(1))
                     assigned.everything = true;
                   else if (const auto id = parse_integer(row.text(1)))
                     assigned.records.insert(*id);
                   return sql::Continue::yes;
                 });
}

// With codes: the outermost subtrees; else the records themselves with all below them.
Result<query::Scope> scope_of(sql::Connection& c, const Dimension& d, const Assigned& assigned) {
  query::Scope out;
  out.everything = assigned.everything;
  std::set<std::int64_t> records;
  for (const auto id : assigned.records) {
    if (!d.path.empty()) {
      CIVITAS_TRY(const auto code, c.query_text("SELECT " + d.path + " FROM " + d.table + " WHERE id=?", {id}));
      if (code && !code->empty()) out.prefixes.push_back(query::scope_path(*code));
    } else if (d.parent.empty()) {
      records.insert(id);
    } else {
      // UNION, not UNION ALL: records that name each other as parents end it.
      CIVITAS_CHECK(c.query("WITH RECURSIVE below(id) AS (SELECT id FROM " + d.table + " WHERE id=? UNION SELECT t.id FROM " +
                                d.table + " t JOIN below b ON t." + d.parent + "=b.id) SELECT id FROM below",
                            {id}, [&](const sql::Row& row) {
                              records.insert(row.integer(0));
                              return sql::Continue::yes;
                            }));
    }
  }
  out.records.assign(records.begin(), records.end());
  std::sort(out.prefixes.begin(), out.prefixes.end());
  std::vector<std::string> outermost;
  for (auto& prefix : out.prefixes)
    if (outermost.empty() || !prefix.starts_with(outermost.back())) outermost.push_back(std::move(prefix));
  out.prefixes = std::move(outermost);
  return out;
}

// The assignments as scopes; permissions and departments in order.
Status settle(sql::Connection& c, const Dimensions& dimensions, Assignments& assigned, Principal& who) {
  sort_once(who.permissions);
  for (const auto department : who.departments) assigned["department"].records.insert(department);
  query::Scopes scopes;
  for (const Dimension& d : dimensions)
    if (const auto found = assigned.find(d.name); found != assigned.end()) {
      CIVITAS_TRY(scopes[d.name], scope_of(c, d, found->second));
    }
  who.scopes = std::make_shared<const query::Scopes>(std::move(scopes));
  return {};
}

// What a post gives to whoever fills it; `permissions` are those of the post.
Status fill(sql::Connection& c, const Post& post, Assignments& assigned, Principal& who,
            std::vector<std::string>& permissions) {
  CIVITAS_CHECK(add_permissions(c, "identity_post__roles", post.id, permissions));
  CIVITAS_CHECK(add_records(c, "identity_post__divisions", post.id, assigned["division"].records));
  if (post.all_divisions) assigned["division"].everything = true;
  if (post.department != 0 && !who.in_department(post.department)) who.departments.push_back(post.department);
  who.permissions.insert(who.permissions.end(), permissions.begin(), permissions.end());
  sort_once(permissions);
  return {};
}

}  // namespace

Result<Principal> Identity::load_principal(sql::Connection& c, const Dimensions& dimensions, Instant now,
                                           std::int64_t person) {
  Principal out;
  Assignments assigned;
  bool disabled = true;
  CIVITAS_CHECK(c.query("SELECT account,name,kind,all_divisions,disabled,department FROM identity_person WHERE id=?",
                        {person}, [&](const sql::Row& row) {
                          out.id = person;
                          out.account = row.text(0);
                          out.name = row.text(1);
                          out.standing = row.text(2) == "staff" ? Standing::staff : Standing::citizen;
                          assigned["division"].everything = row.integer(3) != 0;
                          disabled = row.integer(4) != 0;
                          out.department = row.integer(5);
                          return sql::Continue::no;
                        }));
  if (disabled) return Principal{};
  if (out.department != 0) out.departments.push_back(out.department);
  CIVITAS_CHECK(add_permissions(c, "identity_person__roles", person, out.permissions));
  CIVITAS_CHECK(add_records(c, "identity_person__divisions", person, assigned["division"].records));
  CIVITAS_CHECK(add_assigned(c, person, assigned));
  CIVITAS_TRY(const auto posts, posts_of(c, person, date_in_china(now).days));
  bool deputy = false;
  for (const Post& post : posts) {
    std::vector<std::string> permissions;
    deputy = deputy || post.holder != person;
    if (post.holder == person) CIVITAS_CHECK(fill(c, post, assigned, out, permissions));
  }
  CIVITAS_CHECK(settle(c, dimensions, assigned, out));
  if (!deputy) return out;
  out.in_own_right = std::make_shared<const Principal>(out);
  for (const Post& post : posts) {
    if (post.holder == person) continue;
    StandIn stand_in{post.holder, post.holder_name, {}};
    CIVITAS_CHECK(fill(c, post, assigned, out, stand_in.permissions));
    out.stands_in.push_back(std::move(stand_in));
  }
  CIVITAS_CHECK(settle(c, dimensions, assigned, out));
  return out;
}

Result<std::vector<Principal>> Identity::staff_with(sql::Connection& c, const Dimensions& dimensions, Instant now,
                                                    std::string_view permission) {
  std::vector<std::int64_t> roles;
  CIVITAS_CHECK(c.query("SELECT id,permissions FROM identity_role", {}, [&](const sql::Row& row) {
    std::vector<std::string> sets;
    add_json_words(sets, row.text(1));
    if (std::find(sets.begin(), sets.end(), permission) != sets.end()) roles.push_back(row.integer(0));
    return sql::Continue::yes;
  }));
  std::set<std::int64_t> people;
  const auto add = [&](const sql::Row& row) {
    for (const int column : {0, 1})
      if (!row.is_null(column)) people.insert(row.integer(column));
    return sql::Continue::yes;
  };
  for (const auto role : roles) {
    CIVITAS_CHECK(
        c.query("SELECT p.id,NULL FROM identity_person__roles l JOIN identity_person p ON p.id=l.of_record WHERE "
                "l.target=? AND p.kind='staff'",
                {role}, add));
    CIVITAS_CHECK(c.query(
        "SELECT p.holder,p.deputy FROM identity_post__roles l JOIN identity_post p ON p.id=l.of_record WHERE l.target=?",
        {role}, add));
  }
  std::vector<Principal> out;
  for (const auto id : people) {
    CIVITAS_TRY(Principal who, load_principal(c, dimensions, now, id));
    // A deputy has it on the days of absence alone.
    if (who.standing == Standing::staff &&
        std::binary_search(who.permissions.begin(), who.permissions.end(), permission))
      out.push_back(std::move(who));
  }
  return out;
}

}  // namespace civitas::identity
