#include "http/conditional.hpp"

#include <gtest/gtest.h>

namespace civitas::http {
namespace {

Response asked(std::initializer_list<std::string_view> fields, Method method = Method::get, int status = 200) {
  Request request;
  request.method = method;
  for (const auto field : fields) request.headers.add("If-None-Match", field);
  Response response = json_response(status, "{}");
  response.set("ETag", "W/\"7\"").set("Vary", "Accept");
  answer_condition(request, response);
  return response;
}

TEST(Conditional, WhoHasThePresentStateIsNotSentItAgain) {
  for (const char* known : {"\"7\"", "W/\"7\"", "*", "\"1\", \"7\"", " W/\"2\" ,W/\"7\""})
    EXPECT_EQ(asked({known}).status, 304) << known;
  for (const char* other : {"\"8\"", "7", "\"70\"", "", "\"1\", \"2\""}) EXPECT_EQ(asked({other}).status, 200) << other;
  EXPECT_EQ(asked({"\"1\"", "\"7\""}).status, 304);  // two fields are one list
  const auto known = asked({"*"}, Method::head);
  EXPECT_EQ(known.status, 304);
  EXPECT_TRUE(known.body.empty());
  EXPECT_TRUE(known.find("ETag") && known.find("Vary"));
  EXPECT_FALSE(known.find("Content-Type"));
}

TEST(Conditional, OnlyOfWhatIsReadAndThere) {
  EXPECT_EQ(asked({}).status, 200);
  EXPECT_EQ(asked({"*"}, Method::post).status, 200);
  EXPECT_EQ(asked({"*"}, Method::get, 404).status, 404);
}

}  // namespace
}  // namespace civitas::http
