// Lists by what is known of the cases: case.due_at and its kin in filters, views and orders.
#include "process/test_office.hpp"

namespace civitas::process {
namespace {

class CaseListsTest : public OfficeTest {
 protected:
  CaseListsTest() {
    declare("town/hazard.yaml", R"(entity: hazard
title: {zh: 隐患, en: Hazard}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: worker, type: ref, to: identity/person, title: {zh: 处置人, en: Worker}}
  - {name: department, type: ref, to: identity/department, title: {zh: 部门, en: Department}}
list: {columns: [name], sort: [name]}
views:
  - {name: overdue, title: {zh: 超期, en: Overdue}, when: "case.late = TRUE", sort: [case.due_at], badge: true}
process:
  initial: new
  limit: 3 days
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: handling, title: {zh: 处置中, en: Handled}}
    - {name: done, title: {zh: 完, en: Done}, kind: final}
  transitions:
    - {name: to_worker, title: {zh: 派, en: Give}, from: new, to: handling, role: chief, form: [worker!], assign: {person: worker}}
    - {name: to_department, title: {zh: 派, en: Give}, from: new, to: handling, role: chief, form: [department!], assign: {department: department}}
    - {name: finish, title: {zh: 完, en: Finish}, from: [new, handling], to: done, role: chief}
access:
  - {role: public, read: "TRUE"}
  - {role: citizen, create: "TRUE"}
  - {role: clerk, read: "TRUE"}
  - {role: chief, read: "TRUE"}
)");
  }
  std::string names(const entities::Context& who, const std::string& filter, const std::string& sort = "",
                    const std::string& view = "") {
    entities::ListQuery q;
    q.filter = filter;
    q.sort = sort;
    q.view = view;
    q.limit = 1;  // page by page
    std::string out;
    for (int pages = 0; pages < 10; ++pages) {
      entities::Context now = who;
      now.now = clock.now();
      const auto page = list(now, "town/hazard", q);
      if (!page) return page.error().reason;
      for (const auto& item : (*page)["items"].as_array()) out += item["name"].as_string() + " ";
      if (!(*page)["next"].is_string()) break;
      q.after = (*page)["next"].as_string();
    }
    return out;
  }
};

TEST_P(CaseListsTest, AreFilteredAndOrderedForStaff) {
  const std::string path = "town/hazard";
  const auto a = opened(applicant, path, {{"name", Json("a")}});
  minutes(60);
  const auto b = opened(applicant, path, {{"name", Json("b")}});
  minutes(60);
  const auto c = opened(applicant, path, {{"name", Json("c")}});
  minutes(60);
  const auto d = opened(applicant, path, {{"name", Json("d")}});
  ASSERT_TRUE(step(chief, path, a, "to_worker", {{"worker", Json(std::to_string(clerk.who.id))}}));
  ASSERT_TRUE(step(chief, path, c, "to_department", {{"department", Json(std::to_string(water))}}));
  ASSERT_TRUE(step(chief, path, d, "finish"));
  (void)b;

  EXPECT_EQ(names(clerk, "case.person = me()"), "a ");
  EXPECT_EQ(names(colleague, "case.person = me()"), "");
  EXPECT_EQ(names(clerk, "case.person IS NULL AND state <> 'done'"), "b c ");
  EXPECT_EQ(names(colleague, "case.department = my_department()"), "c ");
  colleague.who.set_scope("department", {false, {}, {water}});
  clerk.who.set_scope("department", {false, {}, {roads}});
  EXPECT_EQ(names(colleague, "case.department IN my_departments()"), "c ");
  EXPECT_EQ(names(clerk, "case.department IN my_departments()"), "");
  EXPECT_EQ(names(clerk, "case.entered_at IS NOT NULL"), "a b c d ");

  // What is finished is due no more and comes last, both ways.
  EXPECT_EQ(names(clerk, "", "case.due_at"), "a b c d ");
  EXPECT_EQ(names(clerk, "", "-case.due_at"), "c b a d ");
  EXPECT_EQ(names(clerk, "", "case.entered_at"), "b a c d ");
  EXPECT_EQ(names(clerk, "case.due_at < now()"), "");
  EXPECT_EQ(names(clerk, "", "", "overdue"), "");
  EXPECT_EQ(names(clerk, "NOT (case.late = TRUE) AND state <> 'done'"), "a b c ");
  minutes(5 * 24 * 60);
  EXPECT_EQ(names(clerk, "case.late = TRUE"), "a b c ");
  EXPECT_EQ(names(clerk, "case.late = FALSE"), "d ");
  EXPECT_EQ(names(clerk, "name <> 'b'", "", "overdue"), "a c ");
  EXPECT_EQ(names(clerk, "", "-case.due_at", "overdue"), "c b a ");
}

TEST_P(CaseListsTest, AreNobodyElsesBusiness) {
  opened(applicant, "town/hazard", {{"name", Json("a")}});
  entities::Context anonymous;
  for (const auto& who : {anonymous, applicant}) {
    EXPECT_EQ(names(who, "name = 'a'"), "a ");
    EXPECT_EQ(names(who, "case.late = TRUE"), "query.cql2.property");
    EXPECT_EQ(names(who, "name = 'a' OR NOT (case.due_at > now())"), "query.cql2.property");
    EXPECT_EQ(names(who, "", "case.due_at"), "entities.list.sort");
    EXPECT_EQ(names(who, "", "", "overdue"), "entities.view.unknown");
  }
  EXPECT_EQ(names(clerk, "case.dew_at IS NULL"), "query.cql2.property");
  EXPECT_EQ(names(clerk, "case IS NULL"), "query.cql2.step");
}

INSTANTIATE_TEST_SUITE_P(Engines, CaseListsTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::process
