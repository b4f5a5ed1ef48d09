// For tests: the tables of people, which systems/identity declares and this room reads.
#pragma once

#include "identity/dimension.hpp"
#include "sql/database.hpp"

namespace civitas::identity::testing {

inline Status create_people_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE identity_person(id BIGINT PRIMARY KEY,account TEXT,name TEXT,kind TEXT,all_divisions BIGINT,"
      "disabled BIGINT,department BIGINT);"
      "CREATE TABLE identity_person__roles(of_record BIGINT,target BIGINT);"
      "CREATE TABLE identity_person__divisions(of_record BIGINT,target BIGINT);"
      "CREATE TABLE identity_person__scopes(of_record BIGINT,dimension TEXT,record TEXT);"
      "CREATE TABLE identity_post(id BIGINT PRIMARY KEY,holder BIGINT,deputy BIGINT,department BIGINT,all_divisions "
      "BIGINT,away_from BIGINT,away_until BIGINT);"
      "CREATE TABLE identity_post__roles(of_record BIGINT,target BIGINT);"
      "CREATE TABLE identity_post__divisions(of_record BIGINT,target BIGINT);"
      "CREATE TABLE identity_role(id BIGINT,permissions TEXT);"
      "CREATE TABLE identity_department(id BIGINT PRIMARY KEY,parent BIGINT);"
      "CREATE TABLE division(id BIGINT PRIMARY KEY,code TEXT);"
      "CREATE TABLE hall(id BIGINT PRIMARY KEY)");
}

/// Of each kind one.
inline Dimensions dimensions() {
  return {{"division", "division", "code", ""}, {"department", "identity_department", "", "parent"}, {"hall", "hall", "", ""}};
}

/// A member of staff for the whole city.
inline Status add_staff(sql::Transaction& t, std::int64_t id, std::string_view account, std::string_view name) {
  CIVITAS_CHECK(t.execute(
      "INSERT INTO identity_person(id,account,name,kind,all_divisions,disabled) VALUES(?,?,?,'staff',1,0)",
      {id, account, name}));
  return {};
}

}  // namespace civitas::identity::testing
