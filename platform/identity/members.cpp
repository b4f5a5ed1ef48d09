#include "identity/members.hpp"

#include "identity/identity.hpp"

namespace civitas::identity {

Result<std::vector<Principal>> staff_of_department(sql::Connection& c, const Dimensions& dimensions, Instant now,
                                                   std::int64_t department) {
  const std::int64_t today = date_in_china(now).days;
  std::vector<std::int64_t> people;
  CIVITAS_CHECK(c.query(
      "SELECT id FROM identity_person WHERE kind='staff' AND (disabled IS NULL OR disabled=0) AND (department=? OR id IN "
      "(SELECT holder FROM identity_post WHERE department=?) OR id IN (SELECT deputy FROM identity_post WHERE department=? "
      "AND away_from<=? AND (away_until IS NULL OR away_until>=?))) ORDER BY id",
      {department, department, department, today, today}, [&](const sql::Row& row) {
        people.push_back(row.integer(0));
        return sql::Continue::yes;
      }));
  std::vector<Principal> out;
  for (const auto id : people) {
    CIVITAS_TRY(Principal who, Identity::load_principal(c, dimensions, now, id));
    if (who.signed_in()) out.push_back(std::move(who));
  }
  return out;
}

}  // namespace civitas::identity
