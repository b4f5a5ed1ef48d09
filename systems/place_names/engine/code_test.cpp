#include "place_names/engine/code.hpp"

#include <gtest/gtest.h>

namespace civitas::place_names {
namespace {

TEST(PlaceNameCode, RoundTripOfARealCode) {
  auto code = PlaceNameCode::parse("42011500122100000001");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->county, "420115");
  EXPECT_EQ(code->township, "001");
  EXPECT_EQ(code->category, "22100");
  EXPECT_EQ(code->serial, 1u);
  EXPECT_EQ(code->division(), "420115001000");
  EXPECT_EQ(*code->format(), "42011500122100000001");
}

TEST(PlaceNameCode, RefusesWhatIsNoCode) {
  for (auto text : {"", "4201150012210000001", "42011500122100000000", "00011500122100000001", "4201150012210000000a",
                    "42011500102100000001"})
    EXPECT_FALSE(is_place_name_code(text)) << text;
  EXPECT_EQ(PlaceNameCode::parse("x").error().reason, "place_names.code.syntax");
  PlaceNameCode code{"420115", "001", "22100", 1000000};
  EXPECT_EQ(code.format().error().field, "serial");
  code.serial = 1;
  code.category = "2210";
  EXPECT_EQ(code.format().error().field, "category");
}

TEST(DivisionCode, LevelsAndParents) {
  EXPECT_EQ(division_level("420000000000"), Level::province);
  EXPECT_EQ(division_level("420100000000"), Level::city);
  EXPECT_EQ(division_level("420111000000"), Level::county);
  EXPECT_EQ(division_level("420111002000"), Level::township);
  EXPECT_EQ(division_level("420111002001"), Level::village);
  EXPECT_EQ(parent_division("420111002001"), "420111002000");
  EXPECT_EQ(parent_division("420111002000"), "420111000000");
  EXPECT_EQ(parent_division("420111000000"), "420100000000");
  EXPECT_EQ(parent_division("420100000000"), "420000000000");
  EXPECT_EQ(parent_division("420000000000"), "");
  EXPECT_EQ(significant_digits("100000000000"), "10");
  EXPECT_TRUE(lies_within("420111002001", "420100000000"));
  EXPECT_TRUE(lies_within("420111002001", "420111002001"));
  EXPECT_FALSE(lies_within("420111002001", "420112000000"));
  EXPECT_TRUE(is_division_code("420111002001"));
  EXPECT_FALSE(is_division_code("42011100200"));
}

}  // namespace
}  // namespace civitas::place_names
