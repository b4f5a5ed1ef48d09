#include "text/phone.hpp"

#include <gtest/gtest.h>

namespace civitas::text {
namespace {

std::string kept(std::string_view typed) { return phone_number(typed).value_or("none"); }

TEST(Phone, MobileNumbersInAnyWriting) {
  for (const char* typed : {"13800138000", " 138 0013 8000 ", "138-0013-8000", "+86 138 0013 8000", "+8613800138000",
                            "0086 13800138000", "8613800138000", "１３８００１３８０００", "(+86)13800138000",
                            "　13800138000　"})
    EXPECT_EQ(kept(typed), "13800138000") << typed;
  for (const char* typed : {"1380013800", "138001380000", "11012345678", "12800138000", "+86 1380013800", "13800138000-1",
                            "13800138000a", "", "+", "-", "138001380OO"})
    EXPECT_EQ(kept(typed), "none") << typed;
}

TEST(Phone, FixedNumbersWithTheirArea) {
  for (const char* typed : {"(027)82345678", "027-82345678", "02782345678", "+86 27 8234 5678", "+86-027-82345678",
                            "（０２７）８２３４５６７８", "027 8234-5678"})
    EXPECT_EQ(kept(typed), "027-82345678") << typed;
  EXPECT_EQ(kept("010-62345678"), "010-62345678");
  EXPECT_EQ(kept("0713-8234567"), "0713-8234567");
  EXPECT_EQ(kept("0755-82345678"), "0755-82345678");
  EXPECT_EQ(kept("+86 21 5206 6273"), "021-52066273");
  for (const char* typed : {"82345678", "027-8234567", "027-823456789", "0713-823456", "027-12345678", "0127-8234567"})
    EXPECT_EQ(kept(typed), "none") << typed;
}

TEST(Phone, Extensions) {
  for (const char* typed : {"027-82345678-12", "02782345678转12", "027-82345678 ext. 12", "027 82345678#12", "027-82345678x12"})
    EXPECT_EQ(kept(typed), "027-82345678-12") << typed;
  EXPECT_EQ(kept("027-82345678转"), "none");
  EXPECT_EQ(kept("027-82345678-1234567"), "none");
}

TEST(Phone, ServiceNumbers) {
  EXPECT_EQ(kept("400-800-1234"), "4008001234");
  EXPECT_EQ(kept("800 830 1234"), "8008301234");
  EXPECT_EQ(kept("400-800-123"), "none");
}

TEST(Phone, AcrossTheBorder) {
  EXPECT_EQ(kept("+852 9123 4567"), "+85291234567");
  EXPECT_EQ(kept("00852-2345-6789"), "+85223456789");
  EXPECT_EQ(kept("+853 6612 3456"), "+85366123456");
  EXPECT_EQ(kept("+886 912 345 678"), "+886912345678");
  EXPECT_EQ(kept("+886 0912 345 678"), "+886912345678");
  EXPECT_EQ(kept("+886 2 2345 6789"), "+886223456789");
  EXPECT_EQ(kept("+1 650 253 0000"), "+16502530000");
  for (const char* typed : {"+852 9123 456", "+852 91234 5678", "+853 1612 3456", "+886 912 345 67", "+12345", "+0123456789"})
    EXPECT_EQ(kept(typed), "none") << typed;
}

TEST(Phone, WhatIsKeptStaysAsItIs) {
  for (const char* number : {"13800138000", "027-82345678", "0713-8234567", "027-82345678-12", "4008001234",
                             "+85291234567", "+886223456789", "+16502530000"})
    EXPECT_EQ(kept(number), number);
}

}  // namespace
}  // namespace civitas::text
