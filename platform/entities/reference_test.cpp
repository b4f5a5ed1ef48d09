#include "entities/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "entities/catalog.hpp"
#include "entities/loader.hpp"

namespace civitas::entities {
namespace {

using ::testing::HasSubstr;

TEST(Reference, TellsFieldsCourseRightsAndCodes) {
  Mistakes mistakes;
  std::vector<System> systems;
  systems.push_back(read_system("town",
                                {{"system.yaml", R"(system: town
title: {zh: 小城, en: Town}
roles:
  - {name: clerk, title: {zh: 办事员, en: Clerk}}
)"},
                                 {"street.yaml", R"(entity: street
title: {zh: 街, en: Street}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, max: 60, pattern: "[^|]+"}
  - {name: kind, type: term, of: kind, title: {zh: 类别, en: Kind}}
list: {columns: [name], filters: [kind], sort: [name]}
process:
  initial: asked
  limit: 20 working days
  states:
    - {name: asked, title: {zh: 已申请, en: Asked}, within: 5 working days, editable: [name]}
    - {name: given, title: {zh: 已办结, en: Given}, kind: final}
  transitions:
    - {name: give, title: {zh: 办结, en: Give}, from: asked, to: given, role: clerk, form: [comment!], when: "kind IS NOT NULL", else: {zh: 缺类别, en: No kind}}
access:
  - {role: citizen, create: "TRUE"}
  - {role: clerk, read: "kind = 'lane'"}
)"},
                                 {"terms/kind.yaml", R"(terms: kind
title: {zh: 类别, en: Kind}
codes:
  - {code: lane, title: {zh: 巷, en: Lane}}
)"}},
                                mistakes));
  ASSERT_TRUE(mistakes.none()) << mistakes.to_problem().message.en;
  const auto catalog = Catalog::make(std::move(systems));
  ASSERT_TRUE(catalog) << catalog.error().message.en;
  const std::string page = reference_page((*catalog)->systems().front());
  EXPECT_THAT(page, HasSubstr("# 小城 Town {#town}\n"));
  EXPECT_THAT(page, HasSubstr("| `town.clerk` | 办事员 Clerk |\n"));
  EXPECT_THAT(page, HasSubstr("| `name` | 名称 Name | text | required; max 60; pattern `[^\\|]+` |\n"));
  EXPECT_THAT(page, HasSubstr("| `kind` | 类别 Kind | term of `kind` |  |\n"));
  EXPECT_THAT(page, HasSubstr("Begins as `asked`; 20 working days in all.\n"));
  EXPECT_THAT(page, HasSubstr("| `asked` | 已申请 Asked | 5 working days | `name` |\n"));
  EXPECT_THAT(page, HasSubstr("| `given` | 已办结 Given | ends the case |  |\n"));
  EXPECT_THAT(page,
              HasSubstr("| `give` | 办结 Give | `asked` | `given` | `clerk` | `comment!` | `kind IS NOT NULL` |\n"));
  EXPECT_THAT(page, HasSubstr("| `citizen` |  |  | all |  | all |  |\n"));
  EXPECT_THAT(page, HasSubstr("| `clerk` | `kind = 'lane'` |  |  |  | all |  |\n"));
  EXPECT_THAT(page, HasSubstr("| `lane` | 巷 Lane |\n"));
}

}  // namespace
}  // namespace civitas::entities
