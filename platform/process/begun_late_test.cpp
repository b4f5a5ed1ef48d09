#include "process/test_office.hpp"

namespace civitas::process {
namespace {

constexpr const char* note_yaml = R"yaml(entity: note
title: {zh: 意见, en: Note}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
process:
  initial: received
  limit: 5 working days
  states:
    - {name: received, title: {zh: 待答复, en: To be answered}}
    - {name: answered, title: {zh: 已答复, en: Answered}, kind: final}
  transitions:
    - {name: answer, title: {zh: 答复, en: Answer}, from: received, to: answered, role: clerk}
access:
  - {role: citizen, create: "TRUE"}
  - {role: owner, read: "TRUE"}
  - {role: clerk, read: "TRUE"}
)yaml";

class BegunLateTest : public OfficeTest {
 protected:
  void SetUp() override {
    declare("town/note.yaml", note_yaml);
    OfficeTest::SetUp();
  }
  int begin_late() {
    const auto begun = engine->begin_late(*db, clock.now());
    EXPECT_TRUE(begun) << begun.error().message.en << begun.error().detail;
    return begun.value_or(-1);
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, BegunLateTest, sql::each_dialect(), sql::dialect_name);

TEST_P(BegunLateTest, RecordsOfBeforeTheProcessBecomeCasesOnce) {
  const auto id = opened(applicant, "town/note", {{"name", Json("旧意见")}});
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) {  // as a database that knew no process of this type
    return t.run_script(
        "DELETE FROM process_case WHERE entity='town/note';DELETE FROM process_trace WHERE entity='town/note';"
        "DELETE FROM process_definition WHERE entity='town/note';UPDATE town_note SET state=NULL;"
        "UPDATE town_note_history SET state=NULL");
  }));
  EXPECT_EQ(todos(clerk), 0);
  EXPECT_EQ(begin_late(), 1);
  EXPECT_EQ(begin_late(), 0) << "once";
  EXPECT_EQ(record("town/note", id)["state"].as_string(), "received");
  EXPECT_FALSE(course("town/note", id)["due_on"].is_null()) << "its clock runs from now on";
  EXPECT_EQ(todos(clerk), 1);
  ASSERT_TRUE(step(clerk, "town/note", id, "answer"));
  EXPECT_EQ(record("town/note", id)["state"].as_string(), "answered");
}

}  // namespace
}  // namespace civitas::process
