#include "text/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.hpp"

namespace civitas::text {

namespace {
// What a full-text index does with the tokens.
bool finds(std::string_view input, std::string_view name, const Overrides* overrides = nullptr) {
  const std::string stored = index_tokens(name, overrides);
  const Query query = query_tokens(input);
  if (query.empty()) return false;
  for (const auto& group : query) {
    bool any = false;
    for (const auto& token : group)
      for (const auto word : split(stored, ' '))
        any |= token.prefix ? word.starts_with(token.text) : word == token.text;
    if (!any) return false;
  }
  return true;
}
}  // namespace

TEST(Tokens, StoredForm) {
  EXPECT_EQ(index_tokens("黄陂区"), "u9ec4 u9642 u533a u9ec4u9642 u9642u533a phuangpiqu ppiqu pqu ihpq ipq iq");
  EXPECT_EQ(index_tokens(""), "");
  EXPECT_EQ(index_tokens("———"), "");
  EXPECT_EQ(index_tokens("ABC"), "wabc");
  EXPECT_EQ(index_tokens("湖湖"), "u6e56 u6e56u6e56 phuhu phu ihh ih");
}

TEST(Tokens, WhatPeopleType) {
  for (const char* input : {"黄陂", "黄陂区", "黄", "陂区", "huangpi", "huang", "hp", "hpq", "HuangPi", "黄陂qu",
                            "黄陂q", "piqu", "pq", "huáng pí", "黃陂區", "ｈｐ", "huang pi qu", "qu huangpi"})
    EXPECT_TRUE(finds(input, "黄陂区")) << input;
  for (const char* input : {"区黄", "武昌", "hq", "huangqu", "xyz", "黄陂路", ""})
    EXPECT_FALSE(finds(input, "黄陂区")) << input;
}

TEST(Tokens, LettersDigitsAndOverrides) {
  EXPECT_TRUE(finds("2hao", "轨道交通2号线"));
  EXPECT_TRUE(finds("2号线", "轨道交通2号线"));
  EXPECT_TRUE(finds("2hx", "轨道交通2号线"));
  EXPECT_TRUE(finds("jt2", "轨道交通2号线"));
  EXPECT_TRUE(finds("xi'an", "西安路"));
  EXPECT_TRUE(finds("lvyuan", "绿园路"));
  EXPECT_TRUE(finds("lüyuan", "绿园路"));
  EXPECT_TRUE(finds("b座", "光谷B座"));
  const auto overrides = overrides_from("六合路", "lù hé lù");
  ASSERT_TRUE(overrides.has_value());
  EXPECT_TRUE(finds("luhe", "六合路", &*overrides));
  EXPECT_FALSE(finds("liuhe", "六合路", &*overrides));
}

TEST(Tokens, LongNamesAreFoundInTheirMiddle) {
  const char* name = "江苏省南京市江宁区前川街道向阳社区居民委员会党群服务中心";
  EXPECT_TRUE(finds("xiangyangshequ", name));
  EXPECT_TRUE(finds("qcjd", name));
  EXPECT_TRUE(finds("fuwuzhongxin", name));
}

TEST(Tokens, QueryLanguages) {
  const Query query = query_tokens("黄陂qu");
  EXPECT_EQ(fts5_query(query), "u9ec4u9642 AND (pqu* OR iqu* OR wqu*)");
  EXPECT_EQ(tsquery(query), "u9ec4u9642 & (pqu:* | iqu:* | wqu:*)");
  EXPECT_EQ(fts5_query({}), "");
  EXPECT_EQ(fts5_query(query_tokens("\" OR * (")), "(por* OR ior* OR wor*)");
}

}  // namespace civitas::text
