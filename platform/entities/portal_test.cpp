#include <gtest/gtest.h>

#include "entities/catalog.hpp"
#include "entities/conditions.hpp"
#include "entities/loader.hpp"
#include "entities/portal_check.hpp"

namespace civitas::entities {
namespace {

constexpr const char* system_yaml =
    "system: town\ntitle: {zh: 测试, en: Test}\nroles: [{name: clerk, title: {zh: 办事员, en: Clerk}}]\n";

constexpr const char* lamp = R"(entity: lamp
title: {zh: 路灯, en: Lamp}
title_field: text
fields:
  - {name: text, type: text, title: {zh: 情况, en: Text}, required: true}
  - {name: kind, type: text, title: {zh: 类别, en: Kind}, required: true, default: dark}
  - {name: code, type: text, title: {zh: 核验码, en: Code}, unique: true, read_only: true}
  - {name: phone, type: phone, title: {zh: 电话, en: Phone}, masked: true}
  - {name: score, type: integer, title: {zh: 满意度, en: Score}, read_only: true}
process:
  initial: new
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: working, title: {zh: 处理, en: Working}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: send, title: {zh: 提交, en: Send}, from: new, to: working, role: owner}
    - {name: finish, title: {zh: 办结, en: Finish}, from: working, to: done, role: clerk}
    - {name: rate, title: {zh: 评价, en: Rate}, from: done, to: done, role: owner, form: [score!]}
access:
  - {role: owner, read: "TRUE"}
  - {role: citizen, create: "TRUE"}
  - {role: clerk, read: "TRUE"}
  - {role: public, read: "state = 'done'", fields: [text, kind]}
)";

struct Read {
  std::shared_ptr<const Catalog> catalog;
  std::string says;
};

Read read(const std::string& portal, std::string entity = lamp, const std::string& system = system_yaml) {
  Mistakes mistakes;
  std::vector<System> systems;
  systems.push_back(read_system("town", {{"system.yaml", system}, {"lamp.yaml", entity + portal}}, mistakes));
  if (!mistakes.none()) return {nullptr, mistakes.to_problem().message.en};
  auto catalog = Catalog::make(std::move(systems));
  if (!catalog) return {nullptr, catalog.error().message.en};
  Conditions conditions(**catalog);
  const auto checked = conditions.check_all();
  return {*catalog, checked ? "" : checked.error().message.en};
}

constexpr const char* good = R"(portal:
  group: {zh: 城市, en: City}
  steps:
    - [text]
    - {title: {zh: 怎么联系您, en: How to reach you}, fields: [phone]}
  follow: [{title: {zh: 处理中, en: At work}, states: [working]}, {title: {zh: 已办结, en: Done}, states: [done]}]
  answer: [code]
  rate: score
  sign_in: phone
  public: {list: [text, state], when: "kind = 'dark'", search: true}
verify: {code: code, title: {zh: 证书, en: Paper}, show: [text], when: "state = 'done'"}
)";

TEST(Portal, IsReadAsItIsWritten) {
  const auto r = read(good);
  ASSERT_EQ(r.says, "");
  const Entity& e = *r.catalog->entity("town", "lamp");
  const PortalDeclaration& p = *e.portal;
  EXPECT_EQ(p.steps.size(), 2u);
  EXPECT_EQ(p.steps[1].title.en, "How to reach you");
  EXPECT_EQ(p.sign_in, SignIn::phone);
  EXPECT_EQ(submit_of(p, *e.process), "send");
  EXPECT_EQ(p.open->when, "kind = 'dark'");
  EXPECT_EQ(e.verify->code, "code");
  EXPECT_TRUE(portal_remarks(r.catalog->systems()).empty());
}

TEST(Portal, WhatCannotWorkIsSaidAtTheStart) {
  const std::pair<const char*, const char*> all[] = {
      {"portal: {group: {zh: 甲, en: A}, steps: [[kind]]}\n",
       "town/lamp.yaml:25: portal.steps leaves out the required field text"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text, tetx]]}\n", "portal.steps: no field tetx; did you mean text"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text, score]]}\n", "asks for score, which is read only"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text], [text]]}\n", "asks for text twice"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text], []]}\n", "a step has no fields"},
      {"portal: {steps: [[text]]}\n", "portal.group {zh, en} is missing"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text]], sign_in: none}\n", "needs `create` for public in access"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text]], sign_in: phnoe}\n", "did you mean phone"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text]], follow: [{title: {zh: 甲, en: A}, states: [wroking]}]}\n",
       "portal.follow: no state wroking; did you mean working"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text]], rate: kind}\n",
       "no transition of the owner (role: owner) has kind"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text]], submit: finish}\n",
       "no transition finish leaves the initial state"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text]], about: abuot}\n", "portal.about: no field abuot"},
      {"portal: {group: {zh: 甲, en: A}, steps: [[text]], about: kind}\n", "kind must be a reference (type: ref)"},
      {"portal: {glyph: pin}\n", "portal needs steps"},
      {"portal: {public: {list: [text], when: \"phone IS NULL\"}}\n", "portal.public: There is no field phone"},
      {"portal: {public: {list: [text], when: \"kind =\"}}\n", "portal.public"},
      {"portal: {public: {comment: comment, notice: true}}\n", "public.comment: no entity comment"},
      {"portal: {public: {comment: comment}}\n", "public.comment is for notices"},
      {"verify: {code: text, title: {zh: 甲, en: A}}\n", "must be unique: true"},
      {"verify: {code: code, title: {zh: 甲, en: A}, show: [phone]}\n", "names phone, which is masked"},
      {"portal: {gruop: {zh: 甲, en: A}, public: {list: [text]}}\n", "unknown key gruop; did you mean group"},
  };
  for (const auto& [portal, says] : all)
    EXPECT_NE(read(portal).says.find(says), std::string::npos) << portal << "\n" << read(portal).says;
}

TEST(Portal, WhatARecordIsAboutNeedNotBeAskedForNorStandOnTheHome) {
  std::string entity = lamp;
  entity.insert(entity.find("process:"), "  - {name: lamp, type: ref, to: lamp, title: {zh: 灯, en: Lamp}, required: true}\n");
  const auto r = read("portal: {about: lamp, steps: [[text]]}\n", entity);
  ASSERT_EQ(r.says, "");
  EXPECT_EQ(r.catalog->entity("town", "lamp")->portal->about, "lamp");
  EXPECT_NE(read("portal: {group: {zh: 甲, en: A}, steps: [[text]]}\n", entity).says.find("leaves out the required field lamp"),
            std::string::npos);
}

TEST(Portal, WhoHasNoOwnerNeedsNoStepOfTheOwner) {
  std::string open = lamp;
  open.replace(open.find("role: citizen"), 13, "role: public");
  EXPECT_NE(read("portal: {group: {zh: 甲, en: A}, steps: [[text]], sign_in: none}\n", open)
                .says.find("has no owner who could take the step send"),
            std::string::npos);
}

TEST(Portal, AStateThatTheCourseLeavesOutIsRemarked) {
  const auto r =
      read("portal: {group: {zh: 甲, en: A}, steps: [[text]], follow: [{title: {zh: 甲, en: A}, states: [done]}]}\n");
  ASSERT_EQ(r.says, "");
  const auto remarks = portal_remarks(r.catalog->systems());
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_NE(remarks[0].en.find("no state working"), std::string::npos);
}

TEST(Portal, ASystemCannotTakeTheAddressesOfThePlatform) {
  Mistakes mistakes;
  read_system("portal", {{"system.yaml", "system: portal\ntitle: {zh: 甲, en: A}\n"}}, mistakes);
  EXPECT_NE(mistakes.to_problem().message.en.find("cannot be named portal"), std::string::npos);
}

}  // namespace
}  // namespace civitas::entities
