#include <gmock/gmock.h>

#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

using testing::HasSubstr;

constexpr const char* notice_yaml = R"yaml(entity: notice
title: {zh: 通知, en: Notice}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: number, type: text, title: {zh: 编号, en: Number}, unique: true}
  - {name: phone, type: phone, title: {zh: 电话, en: Phone}, masked: true}
process:
  initial: new
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: done, title: {zh: 完, en: Done}, kind: final, tell: {to: owner, template: done}}
  transitions:
    - name: finish
      title: {zh: 办结, en: Finish}
      from: new
      to: done
      role: [clerk, system]
      tell:
        - {to: ["phone:phone", role:chief], by: [app, sms], template: done, when: "name IS NOT NULL"}
        - {to: chief, urgent: true}
inbound: {key: number, step: finish, map: {number: /id, name: {at: /kind, words: {"1": 一}}}}
push: {to: city, map: {name: name, /a/b: number}}
access:
  - {role: clerk, read: "TRUE"}
)yaml";

class MessagesTest : public DeclaredTest {
 protected:
  void SetUp() override {}
  // What is wrong when `from` in the declaration reads `to`.
  std::string wrong(const std::string& from, const std::string& to) {
    std::string system =
        std::string(town_yaml) +
        "templates:\n  - {name: done, title: {zh: \"{name}办结\", en: \"{name} done\"}, text: {zh: \"{state}\", en: "
        "\"{state}\"}}\n"
        "jobs:\n  - {name: nightly, at: \"02:00\", for: notice, when: \"state = 'new'\", step: finish}\n";
    std::string notice = notice_yaml;
    if (!from.empty() && system.find(from) == std::string::npos && notice.find(from) == std::string::npos)
      return "not found: " + from;
    declare("town/system.yaml", replace_all(system, from.empty() ? "\x01" : from, to));
    declare("town/notice.yaml", replace_all(notice, from.empty() ? "\x01" : from, to));
    const auto loaded = declared();
    if (!loaded) return loaded.error().message.en;
    Conditions conditions(**loaded);
    const auto sound = conditions.check_all();
    return sound ? "" : sound.error().message.en;
  }
};

INSTANTIATE_TEST_SUITE_P(, MessagesTest, testing::Values(sql::Dialect::sqlite), sql::dialect_name);

TEST_P(MessagesTest, GoodOnesAreRead) {
  EXPECT_EQ(wrong("", ""), "");
  const auto loaded = *declared();
  const Entity& e = *loaded->entity_by_path("town/notice");
  ASSERT_EQ(e.process->transition("finish")->tell.size(), 2u);
  EXPECT_EQ(e.process->transition("finish")->tell[0].by, (std::vector<std::string>{"app", "sms"}));
  EXPECT_TRUE(e.process->transition("finish")->tell[1].urgent);
  ASSERT_EQ(e.process->state("done")->tell.size(), 1u);
  EXPECT_EQ(e.inbound->map[1].words[0].second, "一");
  EXPECT_EQ(e.pushes[0].map[1].pointer, "/a/b");
  EXPECT_EQ(loaded->system("town")->jobs[0].at, "02:00");
}

TEST_P(MessagesTest, MistakesAreToldWithTheirLine) {
  EXPECT_THAT(wrong("to: owner, template: done", "to: owner, template: dome"), HasSubstr("did you mean done"));
  EXPECT_THAT(wrong("to: owner, template: done", "to: oner, template: done"), HasSubstr("did you mean owner"));
  EXPECT_THAT(wrong("role:chief", "role:cheif"), HasSubstr("did you mean chief"));
  EXPECT_THAT(wrong("phone:phone", "phone:fone"), HasSubstr("town/notice.yaml:19"));
  EXPECT_THAT(wrong("phone:phone", "person:phone"), HasSubstr("must refer to a person"));
  EXPECT_THAT(wrong("by: [app, sms]", "by: [app, fax]"), HasSubstr("tell.by names fax"));
  EXPECT_THAT(wrong("name IS NOT NULL", "nome IS NOT NULL"), HasSubstr("nome"));
  EXPECT_THAT(wrong("{to: chief, urgent: true}", "{urgent: true}"), HasSubstr("`to` is missing"));
  EXPECT_THAT(wrong("{name}办结", "{nome}办结"), HasSubstr("did you mean name"));
  EXPECT_THAT(wrong("{name}办结", "{phone}办结"), HasSubstr("cannot tell the guarded field phone"));
  EXPECT_THAT(wrong("key: number", "key: name"), HasSubstr("must be unique"));
  EXPECT_THAT(wrong("step: finish, map", "step: finnish, map"), HasSubstr("no transition finnish"));
  EXPECT_THAT(wrong("number: /id,", "number: \"/id~x\","), HasSubstr("no JSON pointer"));
  EXPECT_THAT(wrong("map: {name: name", "map: {name: nome"), HasSubstr("push.map names nome"));
  EXPECT_THAT(wrong("at: \"02:00\"", "at: \"26:00\""), HasSubstr("time of day"));
  EXPECT_THAT(wrong("at: \"02:00\"", "every: 5 moons"), HasSubstr("10 minutes"));
  EXPECT_THAT(wrong("at: \"02:00\", ", ""), HasSubstr("either at or every"));
  EXPECT_THAT(wrong("for: notice", "for: notise"), HasSubstr("no entity notise"));
  EXPECT_THAT(wrong("state = 'new'", "stat = 'new'"), HasSubstr("stat"));
  EXPECT_THAT(wrong("role: [clerk, system]", "role: clerk"), HasSubstr("not for the role system"));
}

TEST_P(MessagesTest, TemplatesAreFilledInOnePass) {
  EXPECT_EQ(fill_template("a {x} b {y}", [](const std::string& name) { return "<{" + name + "}>"; }),
            "a <{x}> b <{y}>");
  EXPECT_EQ(fill_template("open { brace", [](const std::string&) { return std::string("?"); }), "open { brace");
  EXPECT_EQ(placeholders_of({"{a}{b}", "{b}{c}"}), (std::vector<std::string>{"a", "b", "c"}));
}

}  // namespace
}  // namespace civitas::entities
