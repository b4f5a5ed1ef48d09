#include "process/check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace civitas::process {
namespace {

namespace fs = std::filesystem;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

const std::string request = R"yaml(entity: request
title: {zh: 申请, en: Request}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: opinion, type: text, title: {zh: 意见, en: Opinion}}
process:
  initial: draft
  limit: 10 working days
  states:
    - {name: draft, title: {zh: 草稿, en: Draft}}
    - {name: review, title: {zh: 审核, en: Review}, within: 5 working days}
    - {name: decision, title: {zh: 决定, en: Decision}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: submit, title: {zh: 提交, en: Submit}, from: draft, to: review, role: clerk}
    - {name: pass, title: {zh: 通过, en: Pass}, from: review, to: decision, role: clerk, form: [opinion], when: "opinion <> ''"}
    - {name: decide, title: {zh: 决定, en: Decide}, from: decision, to: done, role: chief, do: [town.seal]}
access:
  - {role: clerk, read: "TRUE"}
  - {role: chief, read: "TRUE"}
)yaml";

class ProcessCheckTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  Result<std::shared_ptr<const entities::Catalog>> load(const std::string& yaml) {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "town");
    std::ofstream(folder_ / "town/system.yaml")
        << "system: town\ntitle: {zh: 测试, en: Test}\nroles:\n  - {name: clerk, title: {zh: 办, en: Clerk}}\n  - "
           "{name: chief, title: {zh: 主任, en: Chief}}\n";
    std::ofstream(folder_ / "town/request.yaml") << yaml;
    return entities::Catalog::load(folder_);
  }
  std::string refusal(const std::string& yaml, const std::string& state, const entities::Hooks* hooks = nullptr) {
    const auto before = load(request);
    const std::string text = (*before)->entity("town", "request")->process->text;
    const auto after = load(yaml);
    EXPECT_TRUE(after) << after.error().message.en;
    if (!after) return "";
    const Status checked = check_open_cases(**after, {{"town/request", text, state, 3}}, hooks);
    if (checked) return "";
    EXPECT_EQ(checked.error().reason, "process.upgrade.open_cases");
    return checked.error().message.en;
  }
  fs::path folder_ = fs::temp_directory_path() / ("civitas_check_" + std::to_string(getpid()));
};

TEST_F(ProcessCheckTest, WhatOpenCasesNeedIsNotTakenAway) {
  EXPECT_EQ(refusal(request, "review"), "");
  const std::string no_decision = replaced(
      replaced(replaced(request, "    - {name: decision, title: {zh: 决定, en: Decision}}\n", ""), "to: decision",
               "to: done"),
      "    - {name: decide, title: {zh: 决定, en: Decide}, from: decision, to: done, role: chief, do: [town.seal]}\n",
      "");
  EXPECT_NE(refusal(no_decision, "review").find("“Request” has no state decision (Decision) (3 open cases)"),
            std::string::npos)
      << refusal(no_decision, "review");
  EXPECT_NE(refusal(no_decision, "decision").find("no state decision"), std::string::npos);
  EXPECT_EQ(refusal(no_decision, "done"), "") << "what is behind a case is not needed";

  const std::string renamed = replaced(replaced(request, "{name: opinion", "{name: view"),
                                       "form: [opinion], when: \"opinion <> ''\"", "form: [view]");
  const std::string told = refusal(renamed, "draft");
  EXPECT_NE(told.find("“Request” has no field opinion (3 open cases)"), std::string::npos) << told;
  EXPECT_NE(told.find("“Pass” of “Request”"), std::string::npos) << "its condition names the field, too: " << told;
  EXPECT_EQ(refusal(renamed, "decision"), "");

  std::string no_process = request.substr(0, request.find("process:")) + request.substr(request.find("access:"));
  EXPECT_NE(refusal(no_process, "draft").find("has no process any more"), std::string::npos);
  EXPECT_NE(
      refusal(replaced(request, "entity: request", "entity: other"), "draft").find("there is no entity town/request"),
      std::string::npos);
  const entities::Hooks none;
  EXPECT_NE(refusal(request, "draft", &none).find("no action town.seal"), std::string::npos);
}

TEST_F(ProcessCheckTest, WhatAStepCallsIsNotTakenAway) {
  const auto now = load(request);
  ASSERT_TRUE(now) << now.error().message.en;
  const std::string course =
      R"({"initial": "review", "states": [{"name": "review", "title": {"zh": "审核", "en": "Review"}}, {"name": "done", "title": {"zh": "办结", "en": "Done"}, "kind": "final"}],
          "transitions": [{"name": "pass", "title": {"zh": "通过", "en": "Pass"}, "from": "review", "to": "done", "role": "clerk",
                           "call": {"offer": "print_paper", "with": {"text": "opinion"}}}]})";
  const Status checked = check_open_cases(**now, {{"town/request", course, "review", 2}}, nullptr);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.en.find("“Pass” of “Request”: nobody offers print_paper (2 open cases)"), std::string::npos)
      << checked.error().message.en;
}

TEST_F(ProcessCheckTest, PeriodsAreUnderstood) {
  const auto good = load(request);
  ASSERT_TRUE(good);
  EXPECT_TRUE(check_periods(**good));
  const auto wrong = load(replaced(request, "5 working days", "five days"));
  ASSERT_TRUE(wrong);
  const Status checked = check_periods(**wrong);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().reason, "entities.declaration");
  EXPECT_NE(checked.error().message.en.find("town/request.yaml"), std::string::npos);
}

TEST_F(ProcessCheckTest, ARoleThatMayNotReadCouldNeverTakeItsStep) {
  const auto wrong = load(replaced(request, "  - {role: chief, read: \"TRUE\"}\n", ""));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.en.find("the transition decide is for chief, who has no right to read"),
            std::string::npos)
      << wrong.error().message.en;
}

}  // namespace
}  // namespace civitas::process
