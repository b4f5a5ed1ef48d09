#include "http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "http/conditional.hpp"
#include "http/static_files.hpp"

namespace civitas::http {
namespace {

Response nothing(Request&) { return {}; }

struct Found {
  std::string route, allow;
  Pairs params;
};

Found find(const Router& router, Method method, std::string path) {
  Request request;
  request.method = method;
  request.path = std::move(path);
  const auto match = router.match(request);
  return {match.route ? match.route->pattern : "", match.allow, request.params};
}

Router sample() {
  Router router;
  for (const auto* pattern : {"/", "/api/v1/{system}/{entity}", "/api/v1/{system}/{entity}/{id}", "/api/v1/meta/{name}",
                              "/api/v1/meta/all", "/files/{rest...}"})
    router.add_simple(Method::get, pattern, RouteOptions("public"), nothing);
  router.add_simple(Method::post, "/api/v1/{system}/{entity}", RouteOptions("signed in"), nothing);
  router.add_simple(Method::del, "/api/v1/meta/all", RouteOptions("role admin"), nothing);
  return router;
}

TEST(Router, StaticBeatsParameterBeatsTail) {
  const auto router = sample();
  EXPECT_EQ(find(router, Method::get, "/").route, "/");
  EXPECT_EQ(find(router, Method::get, "/api/v1/meta/all").route, "/api/v1/meta/all");
  EXPECT_EQ(find(router, Method::get, "/api/v1/meta/x").route, "/api/v1/meta/{name}");
  EXPECT_EQ(find(router, Method::get, "/api/v1/place/names").route, "/api/v1/{system}/{entity}");
  EXPECT_EQ(find(router, Method::get, "/api/v1/meta/x/7").route, "/api/v1/{system}/{entity}/{id}");
  EXPECT_EQ(find(router, Method::get, "/api/v1/place/names/").route, "/api/v1/{system}/{entity}");
  EXPECT_EQ(find(router, Method::get, "/api/v1/place").route, "");
}

TEST(Router, BindsParameters) {
  const auto router = sample();
  EXPECT_EQ(find(router, Method::get, "/api/v1/place/names/地").params,
            (Pairs{{"system", "place"}, {"entity", "names"}, {"id", "地"}}));
  EXPECT_EQ(find(router, Method::get, "/files/a/b.txt").params, (Pairs{{"rest", "a/b.txt"}}));
  EXPECT_EQ(find(router, Method::get, "/files").params, (Pairs{{"rest", ""}}));
}

TEST(Router, MethodsFallThroughAndAreListed) {
  const auto router = sample();
  EXPECT_EQ(find(router, Method::head, "/").route, "/");
  // The static place has no POST, the parameter beside it does.
  EXPECT_EQ(find(router, Method::post, "/api/v1/meta/all").route, "/api/v1/{system}/{entity}");
  const auto refused = find(router, Method::put, "/api/v1/meta/all");
  EXPECT_EQ(refused.route, "");
  EXPECT_EQ(refused.allow, "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(find(router, Method::put, "/none").allow, "");
}

TEST(Router, WhatATailDoesNotTakeIsAnsweredByOthersOrNobody) {
  Router router;
  router.add_simple(Method::get, "/{rest...}", RouteOptions("public").not_under({"/api/"}), nothing);
  router.add_simple(Method::post, "/api/{thing}/step", RouteOptions("public"), nothing);
  EXPECT_EQ(find(router, Method::get, "/page").route, "/{rest...}");
  EXPECT_EQ(find(router, Method::post, "/page").allow, "GET, HEAD, OPTIONS");
  EXPECT_EQ(find(router, Method::get, "/api/a/step").allow, "POST, OPTIONS");
  EXPECT_EQ(find(router, Method::post, "/api/nothing").allow, "");
  EXPECT_EQ(find(router, Method::get, "/api/nothing").route, "");
}

TEST(Router, RefusesMistakesOfTheProgram) {
  Router router = sample();
  const auto add = [&](std::string_view pattern, std::string access = "public") {
    router.add_simple(Method::get, pattern, RouteOptions(std::move(access)), nothing);
  };
  EXPECT_THROW(add("/x", " "), std::logic_error);
  EXPECT_THROW(add("x"), std::logic_error);
  EXPECT_THROW(add("/a//b"), std::logic_error);
  EXPECT_THROW(add("/{a"), std::logic_error);
  EXPECT_THROW(add("/{}"), std::logic_error);
  EXPECT_THROW(add("/{a}/{a}"), std::logic_error);
  EXPECT_THROW(add("/{rest...}/x"), std::logic_error);
  EXPECT_THROW(add("/api/v1/{other}/{names}"), std::logic_error);
  EXPECT_THROW(router.add(Method::get, "/y", RouteOptions("public"), nullptr), std::logic_error);
  EXPECT_EQ(router.routes().size(), 8u);
  for (const auto* route : router.routes()) EXPECT_FALSE(route->options.access.empty());
}

TEST(Router, HostileDepthAndWidth) {
  const auto router = sample();
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "/a";
  EXPECT_EQ(find(router, Method::get, deep).route, "");
}

TEST(Reply, AnswersExactlyOnce) {
  std::vector<int> statuses;
  const auto receive = [&](Response response) { statuses.push_back(response.status); };
  {
    Reply reply(receive);
    EXPECT_TRUE(reply.pending());
    reply(text_response(201, "x"));
    EXPECT_FALSE(reply.pending());
    reply(text_response(202, "second is dropped"));
  }
  EXPECT_EQ(statuses, (std::vector<int>{201}));
  {
    Reply reply(receive);
    Reply moved = std::move(reply);
    moved = Reply(receive);  // the old one is owed an answer
    EXPECT_EQ(statuses.size(), 2u);
  }
  EXPECT_EQ(statuses.size(), 3u);
}

TEST(Tags, Lists) {
  EXPECT_TRUE(lists_tag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(lists_tag("*", "\"b\""));
  EXPECT_FALSE(lists_tag("\"a\"", "\"b\""));
}

}  // namespace
}  // namespace civitas::http
