#include "identity/members.hpp"

#include "identity/identity.hpp"

namespace civitas::identity {

Result<std::vector<Principal>> staff_of_department(sql::Connection& c, std::int64_t department) {
  std::vector<std::int64_t> people;
  CIVITAS_CHECK(
      c.query("SELECT id FROM identity_person WHERE department=? AND kind='staff' AND (disabled IS NULL OR disabled=0) "
              "ORDER BY id",
              {department}, [&](const sql::Row& row) {
                people.push_back(row.integer(0));
                return sql::Continue::yes;
              }));
  std::vector<Principal> out;
  for (const auto id : people) {
    CIVITAS_TRY(Principal who, Identity::load_principal(c, id));
    if (who.signed_in()) out.push_back(std::move(who));
  }
  return out;
}

}  // namespace civitas::identity
