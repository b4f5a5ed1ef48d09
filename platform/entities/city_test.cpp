// A city's folder: its words in numbering rules and profiles, its overlays over declarations.
#include "entities/city.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/id.hpp"
#include "entities/catalog.hpp"
#include "entities/conditions.hpp"

namespace civitas::entities {
namespace {

namespace fs = std::filesystem;

constexpr const char* system_yaml = R"(system: town
title: {zh: 测试, en: Test}
roles: [{name: clerk, title: {zh: 办事员, en: Clerk}}]
profile:
  - {name: prefix, title: {zh: 字头, en: Prefix}, default: 镇}
  - {name: approvers, title: {zh: 批准机关, en: Approvers}, of: lamp_kind, defaults: {street: 镇政府, park: 园林部门}}
)";

constexpr const char* lamp_yaml = R"(entity: lamp
title: {zh: 路灯, en: Lamp}
title_field: text
fields:
  - {name: number, type: code, rule: "{profile.prefix}灯{serial:4}", title: {zh: 编号, en: Number}, unique: true}
  - {name: text, type: text, title: {zh: 情况, en: Text}, required: true}
  - {name: kind, type: term, of: lamp_kind, title: {zh: 类别, en: Kind}, required: true}
  - {name: watts, type: integer, title: {zh: 功率, en: Watts}}
  - {name: poor, type: boolean, title: {zh: 昏暗, en: Dim}, visible: "watts < 20"}
  - {name: remark, type: text, title: {zh: 备注, en: Remark}}
list: {columns: [number, text, remark], filters: [remark], sort: [number, -remark]}
form:
  - {title: {zh: 情况, en: Facts}, fields: [text, kind, watts, poor]}
  - {title: {zh: 备注, en: Remark}, fields: [remark]}
access:
  - {role: clerk, read: "TRUE", write: "TRUE", create: "TRUE"}
)";

constexpr const char* kinds_yaml = R"(terms: lamp_kind
title: {zh: 类别, en: Kind}
codes:
  - {code: street, title: {zh: 街灯, en: Street}}
  - {code: park, title: {zh: 园灯, en: Park}}
)";

class CityFolder : public testing::Test {
 protected:
  void SetUp() override {
    put("systems/town/system.yaml", system_yaml);
    put("systems/town/lamp.yaml", lamp_yaml);
    put("systems/town/terms/lamp_kind.yaml", kinds_yaml);
    put("river/city.yaml", "title: {zh: 江城, en: River}\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const fs::path& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  void overlay(const std::string& text) { put("river/overlays/town/lamp.yaml", "overlay: lamp\n" + text); }

  // Loads and checks; the mistakes in English.
  std::string load() {
    auto loaded = Catalog::load({folder_ / "systems"}, folder_ / "river");
    if (!loaded) return loaded.error().message.en;
    catalog_ = *loaded;
    Conditions conditions(*catalog_);
    const auto checked = conditions.check_all();
    return checked ? "" : checked.error().message.en;
  }
  const Entity& lamp() const { return *catalog_->entity("town", "lamp"); }

  const fs::path folder_ = fs::temp_directory_path() / ("civitas-city-" + random_hex(8));
  std::shared_ptr<const Catalog> catalog_;
};

TEST_F(CityFolder, SaysTheWordsOfASystem) {
  EXPECT_EQ(load(), "");
  EXPECT_EQ(lamp().field("number")->rule, "镇灯{serial:4}") << "what the city leaves out is as declared";
  EXPECT_EQ(catalog_->city().title.en, "River");
  put("river/city.yaml",
      "title: {zh: 江城, en: River}\nmap: {center: [1, 2], zoom: 9, extent: [0, 1, 2, 3]}\n"
      "values:\n  town:\n    prefix: 江\n    approvers: {park: 园林局}\n");
  EXPECT_EQ(load(), "");
  EXPECT_EQ(lamp().field("number")->rule, "江灯{serial:4}");
  const Profile& profile = catalog_->system("town")->profile;
  EXPECT_EQ(profile.text("approvers", "park"), "园林局");
  EXPECT_EQ(profile.text("approvers", "street"), "镇政府");
  EXPECT_EQ(catalog_->city().map["zoom"].as_number(), 9);
}

TEST_F(CityFolder, IsRefusedWithEveryMistakeAtItsLine) {
  put("river/city.yaml",
      "title: {zh: 江城, en: River}\nmap: {center: [1], middle: 2}\n"
      "values:\n  twon: {prefix: 江}\n  town:\n    prefx: 江\n    approvers: {prak: 园林局}\n");
  const std::string says = load();
  EXPECT_NE(says.find("river/city.yaml:2: center is 2 numbers"), says.npos) << says;
  EXPECT_NE(says.find("river/city.yaml:2: unknown key middle"), says.npos) << says;
  EXPECT_NE(says.find("river/city.yaml:4: there is no system twon; did you mean town"), says.npos) << says;
  EXPECT_NE(says.find("river/city.yaml:6: the profile of town has no prefx; did you mean prefix"), says.npos) << says;
  EXPECT_NE(says.find("river/city.yaml:7: lamp_kind has no code prak; did you mean park"), says.npos) << says;
}

TEST_F(CityFolder, ARuleThatNamesNoWordOfTheProfileIsAMistake) {
  std::string lamp = lamp_yaml;
  put("systems/town/lamp.yaml", lamp.replace(lamp.find("profile.prefix"), 14, "profile.prefex"));
  EXPECT_EQ(load(), "town/lamp.yaml:5: the profile has no text prefex");
}

TEST_F(CityFolder, AnOverlayChangesAddsAndHides) {
  overlay(R"(change:
  title: {zh: 灯杆, en: Pole}
  fields:
    watts: {required: true, max: 400}
  list: {columns: [text, remark]}
add:
  fields:
    - {name: height, type: decimal, title: {zh: 高度, en: Height}}
  form:
    - {title: {zh: 杆, en: Pole}, fields: [height]}
  access:
    - {role: staff, read: "height > 2"}
hide: [remark]
)");
  put("river/overlays/town/terms/lamp_kind.yaml",
      "overlay: lamp_kind\nchange: {codes: {park: {title: {zh: 公园, en: Green}}}}\n"
      "add: {codes: [{code: bridge, title: {zh: 桥灯, en: Bridge}}]}\n");
  put("river/city.yaml",
      "title: {zh: 江城, en: River}\nvalues: {town: {approvers: {bridge: 桥梁处}}}\n");
  ASSERT_EQ(load(), "");
  EXPECT_EQ(lamp().title.zh, "灯杆");
  EXPECT_TRUE(lamp().field("watts")->required);
  EXPECT_TRUE(lamp().field("height"));
  EXPECT_EQ(lamp().access.size(), 2U);
  EXPECT_TRUE(lamp().field("remark")->hidden);
  EXPECT_FALSE(lamp().access[0].shows(*lamp().field("remark")));
  EXPECT_EQ(lamp().list.columns, std::vector<std::string>{"text"});
  EXPECT_EQ(lamp().list.sort, std::vector<std::string>{"number"});
  ASSERT_EQ(lamp().form.size(), 2U) << "a section without a field left goes";
  EXPECT_EQ(lamp().form[1].title.en, "Pole");
  const TermList& kinds = *catalog_->system("town")->term_list("lamp_kind");
  EXPECT_EQ(kinds.find("park")->title.en, "Green");
  EXPECT_TRUE(kinds.find("bridge"));
  const std::string with = lamp().hash;
  fs::remove_all(folder_ / "river/overlays");
  put("river/city.yaml", "title: {zh: 江城, en: River}\n");
  ASSERT_EQ(load(), "");
  EXPECT_NE(lamp().hash, with) << "another declaration has another hash";
}

TEST_F(CityFolder, ACodeAddedToASharedListIsThereForAll) {
  put("systems/registers/system.yaml", "system: registers\ntitle: {zh: 库, en: Registers}\n");
  put("systems/registers/terms/colour.yaml",
      "terms: colour\ntitle: {zh: 颜色, en: Colour}\ncodes: [{code: red, title: {zh: 红, en: Red}}]\n");
  std::string lamp_of_colour = lamp_yaml;
  put("systems/town/lamp.yaml", lamp_of_colour.replace(lamp_of_colour.find("of: lamp_kind"), 13, "of: registers/colour"));
  ASSERT_EQ(load(), "");
  EXPECT_FALSE(catalog_->terms_of(lamp(), *lamp().field("kind"))->find("blue"));
  put("river/overlays/registers/terms/colour.yaml",
      "overlay: colour\nadd: {codes: [{code: blue, title: {zh: 蓝, en: Blue}}]}\n");
  ASSERT_EQ(load(), "");
  const TermList* colours = catalog_->terms_of(lamp(), *lamp().field("kind"));
  EXPECT_EQ(colours->find("blue")->title.en, "Blue");
  EXPECT_TRUE(colours->find("red"));
}

TEST_F(CityFolder, ConflictsOfAnOverlayAreTold) {
  overlay(R"(change:
  fields:
    wats: {required: true}
    kind: {type: text}
    remark: {max: 9}
add:
  fields:
    - {name: text, type: text, title: {zh: 情况, en: Text}}
    - {name: odd, type: txt, title: {zh: 怪, en: Odd}}
  access:
    - {role: staff, read: "colour = 'red'"}
hide: [remark, watts, text, colour]
)");
  put("river/overlays/town/lmp.yaml", "overlay: lmp\n");
  put("river/overlays/city/system.yaml", "overlay: city\n");
  const std::string says = load();
  for (const char* line :
       {"river/overlays/town/lamp.yaml:4: fields has no wats; did you mean watts",
        "river/overlays/town/lamp.yaml:5: type cannot be changed",
        "river/overlays/town/lamp.yaml:9: fields has text already; it cannot be added again",
        "river/overlays/town/lamp.yaml:10: ",
        "river/overlays/town/lamp.yaml:13: the field remark is both changed and hidden",
        "river/overlays/town/lamp.yaml:13: the field watts cannot be hidden: visible in line 9 of the declaration uses it",
        "river/overlays/town/lamp.yaml:13: the field text is required and has no default; it cannot be hidden",
        "river/overlays/town/lamp.yaml:13: fields has no colour",
        "river/overlays/town/lmp.yaml:1: the system town has no file lmp.yaml",
        "river/overlays/city:1: there is no system city"})
    EXPECT_NE(says.find(line), says.npos) << line << "\n in\n" << says;
}

TEST_F(CityFolder, AConditionThatAnOverlayAddsIsToldAtItsLine) {
  overlay("add:\n  access:\n    - {role: staff, read: \"colour = 'red'\"}\n");
  const std::string says = load();
  EXPECT_NE(says.find("river/overlays/town/lamp.yaml:4: "), says.npos) << says;
}

}  // namespace
}  // namespace civitas::entities
