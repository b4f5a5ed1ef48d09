#include <gtest/gtest.h>

#include "crypto/message_signature.hpp"

namespace civitas::crypto {
namespace {

// The example of the specification: https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
constexpr std::string_view secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
constexpr std::string_view id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
constexpr std::string_view body = R"({"email":"test@example.com","username":"test_user"})";

std::string reason(const Status& s) { return s ? "good" : s.error().reason; }

TEST(MessageSignature, IsThatOfTheSpecification) {
  EXPECT_EQ(sign_message(message_secret(secret), id, 1649367553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
}

TEST(MessageSignature, TellsWhyItRefuses) {
  const std::string key = message_secret(secret);
  const Instant now{1649367553'000'000};
  const std::string good = sign_message(key, id, 1649367553, body);
  EXPECT_EQ(reason(verify_message(key, id, "1649367553", good, body, now)), "good");
  EXPECT_EQ(reason(verify_message(key, id, "1649367553", "v1,AAAA " + good, body, now)), "good");
  EXPECT_EQ(reason(verify_message(key, "", "1649367553", good, body, now)), "crypto.message.unsigned");
  EXPECT_EQ(reason(verify_message(key, id, "x", good, body, now)), "crypto.message.unsigned");
  EXPECT_EQ(reason(verify_message(key, id, "1649367553", "", body, now)), "crypto.message.unsigned");
  EXPECT_EQ(reason(verify_message(key, id, "1649367553", good, body, now.plus_seconds(301))), "crypto.message.age");
  EXPECT_EQ(reason(verify_message(key, id, "1649367553", good, body, now.plus_seconds(-301))), "crypto.message.age");
  EXPECT_EQ(reason(verify_message(key, "other", "1649367553", good, body, now)), "crypto.message.signature");
  EXPECT_EQ(reason(verify_message(key, id, "1649367554", good, body, now)), "crypto.message.signature");
  EXPECT_EQ(reason(verify_message("other", id, "1649367553", good, body, now)), "crypto.message.signature");
  EXPECT_EQ(reason(verify_message(key, id, "1649367553", good, "{}", now)), "crypto.message.signature");
}

TEST(MessageSignature, SecretsStandForThemselvesOrAreBase64) {
  EXPECT_EQ(message_secret("plain"), "plain");
  EXPECT_EQ(message_secret("whsec_YWJj"), "abc");
  EXPECT_EQ(message_secret("whsec_?"), "whsec_?");
}

}  // namespace
}  // namespace civitas::crypto
