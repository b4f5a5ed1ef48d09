#include <gtest/gtest.h>
#include "text/tokens.hpp"
TEST(Text, Smoke) { EXPECT_NE(civitas::text::index_tokens("黄陂区").find("phuangpiqu"), std::string::npos); }
