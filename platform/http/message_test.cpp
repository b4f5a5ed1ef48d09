#include <gtest/gtest.h>

#include "base/json.hpp"
#include "http/parser.hpp"

namespace civitas::http {
namespace {

struct Target {
  std::string path;
  Pairs query;
};

Result<Target> target(std::string_view text) {
  Target t;
  CIVITAS_CHECK(parse_target(text, t.path, t.query));
  return t;
}

std::string path_of(std::string_view text) {
  const auto t = target(text);
  return t ? t->path : "refused";
}

TEST(Target, IsDecodedAndNormalised) {
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/a/b"), "/a/b");
  EXPECT_EQ(path_of("/a//b///"), "/a/b/");
  EXPECT_EQ(path_of("/a/./b/../c"), "/a/c");
  EXPECT_EQ(path_of("/a/.."), "/");
  EXPECT_EQ(path_of("/%E5%9C%B0%E5%90%8D"), "/地名");
  EXPECT_EQ(path_of("/a+b"), "/a+b");
  EXPECT_EQ(path_of("http://city.gov.cn/x?y=1"), "/x");
  EXPECT_EQ(path_of("http://city.gov.cn"), "/");
  EXPECT_EQ(path_of("*"), "*");
}

TEST(Target, RefusesWhatCouldMeanTwoThings) {
  for (const auto* bad : {"", "x", "/../a", "/a/../../b", "/%2e%2e/a", "/a%2fb", "/a%2Fb", "/%", "/%4", "/%zz", "/%00",
                          "/a%0Ab", "/%ff", "/%C0%AF", "/a#b", "/%7f", "/?a=%", "/?a=%ff", "/?%00=1"})
    EXPECT_EQ(path_of(bad), "refused") << bad;
  EXPECT_EQ(target("/%zz").error().reason, "http.target.malformed");
}

TEST(Target, QueryKeepsOrderAndRepeats) {
  Request request;
  ASSERT_TRUE(parse_target("/x?limit=20&tag=a&tag=%E8%B7%AF+1&&flag&e=", request.path, request.query_parameters));
  EXPECT_EQ(request.query("limit"), "20");
  EXPECT_EQ(request.query_all("tag"), (std::vector<std::string_view>{"a", "路 1"}));
  EXPECT_EQ(request.query("flag"), "");
  EXPECT_EQ(request.query("e"), "");
  EXPECT_FALSE(request.query("none"));
  EXPECT_EQ(request.query_parameters.size(), 5u);
}

TEST(Target, EncodingIsUndoneByDecoding) {
  const std::string text = "A 路/?%&=~";
  EXPECT_EQ(percent_encode("路 1"), "%E8%B7%AF%201");
  EXPECT_EQ(percent_decode(percent_encode(text)), text);
  EXPECT_EQ(percent_decode("a+b", PlusSign::space), "a b");
  EXPECT_FALSE(percent_decode("%4"));
}

TEST(Message, HeadersAreFoundInAnyCase) {
  Headers headers;
  headers.add("Content-Type", "text/html");
  headers.add("Set-Cookie", "a");
  headers.add("set-cookie", "b");
  EXPECT_EQ(headers.find("content-TYPE"), "text/html");
  EXPECT_EQ(headers.count("SET-COOKIE"), 2u);
  EXPECT_EQ(headers.get("none"), "");
  EXPECT_EQ(headers.name(1), "Set-Cookie");
  headers.clear();
  EXPECT_FALSE(headers.find("content-type"));
}

TEST(Message, Cookies) {
  Request request;
  request.headers.add("Cookie", "a=1; session=\"x y\" ;lang=en");
  request.headers.add("Cookie", "late=2");
  EXPECT_EQ(request.cookie("a"), "1");
  EXPECT_EQ(request.cookie("session"), "x y");
  EXPECT_EQ(request.cookie("late"), "2");
  EXPECT_FALSE(request.cookie("A"));
  EXPECT_FALSE(request.cookie("ses"));
}

TEST(Message, LanguageOfTheReader) {
  const auto language = [](std::string_view accept, std::string_view cookie) {
    Request request;
    if (!accept.empty()) request.headers.add("Accept-Language", accept);
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    return request.language();
  };
  EXPECT_EQ(language("", ""), Language::zh);
  EXPECT_EQ(language("en-GB,en;q=0.9", ""), Language::en);
  EXPECT_EQ(language("fr, en;q=0.5, zh-CN;q=0.8", ""), Language::zh);
  EXPECT_EQ(language("fr", ""), Language::zh);
  EXPECT_EQ(language("en;q=0", ""), Language::zh);
  EXPECT_EQ(language("zh-CN", "lang=en"), Language::en);
  EXPECT_EQ(language("en", "lang=zh"), Language::zh);
  EXPECT_EQ(language("enx", ""), Language::zh);
}

TEST(Message, LocalOnlyWithoutAProxy) {
  Request request;
  request.peer = "127.0.0.1";
  EXPECT_TRUE(request.is_local());
  request.headers.add("X-Forwarded-For", "10.0.0.1");
  EXPECT_FALSE(request.is_local());
  Request far;
  far.peer = "10.1.2.3";
  EXPECT_FALSE(far.is_local());
  far.peer = "::1";
  EXPECT_TRUE(far.is_local());
}

TEST(Message, ProblemDocument) {
  const auto p = invalid("town.lamp.taken", "读音相同。", "Sounds the same.")
                     .with_field("name")
                     .with_detail("SECRET");
  const auto response = problem_response(p, Language::en, "abc");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(*response.find("content-type"), "application/problem+json");
  const auto json = Json::parse(response.body);
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["type"].as_string(), "urn:civitas:problem:town.lamp.taken");
  EXPECT_EQ((*json)["detail"].as_string(), "Sounds the same.");
  EXPECT_EQ((*json)["field"].as_string(), "name");
  EXPECT_EQ((*json)["status"].as_integer(), 400);
  EXPECT_EQ((*json)["request_id"].as_string(), "abc");
  EXPECT_EQ(response.body.find("SECRET"), std::string::npos);
  EXPECT_NE(problem_response(p, Language::zh, "abc").body.find("读音相同。"), std::string::npos);
}

int status_of(std::string_view head) {
  Request request;
  const auto framing = parse_head(head, request);
  return framing ? 200 : framing.error().status;
}

TEST(Parser, AcceptsPlainRequests) {
  Request request;
  const auto framing = parse_head(
      "POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length:  12 \r\nX-Empty:\r\nExpect: 100-continue\r\n\r\n",
      request);
  ASSERT_TRUE(framing);
  EXPECT_EQ(request.method, Method::post);
  EXPECT_EQ(request.target, "/a%20b?x=1");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.headers.get("x-empty"), "");
  EXPECT_EQ(framing->body, Framing::Body::sized);
  EXPECT_EQ(framing->length, 12u);
  EXPECT_TRUE(framing->keep_alive);
  EXPECT_TRUE(framing->expects_continue);
}

TEST(Parser, KeepAliveByVersion) {
  const auto keeps = [](std::string_view head) {
    Request request;
    return parse_head(head, request)->keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(Parser, RefusesWhatServersDisagreeAbout) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(status_of(start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 5, 5\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: +5\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: \r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Content-Length: 99999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Content-Length : 5\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "X: a\r\n folded\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "X: a\nY: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + std::string("X: a\0b\r\n\r\n", 10)), 400);
  EXPECT_EQ(status_of(start + "Host: other\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / x HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(status_of("BREW / HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
  EXPECT_EQ(status_of("get / HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
  EXPECT_EQ(status_of("G@T / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
  EXPECT_EQ(status_of(start + "Expect: miracle\r\n\r\n"), 417);
  std::string many = start;
  for (int i = 0; i < 200; ++i) many += "X: y\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
}

TEST(Parser, FindsTheEndAcrossPieces) {
  const std::string bytes = "GET / HTTP/1.1\r\n\r\nrest";
  std::size_t scanned = 0;
  for (std::size_t n = 0; n < 18; ++n) ASSERT_FALSE(find_head_end(bytes.substr(0, n), scanned)) << n;
  EXPECT_EQ(find_head_end(bytes, scanned), 18u);
}

TEST(Chunked, DecodesHoweverItIsCut) {
  const std::string wire = "4\r\nWiki\r\n5;ext=1\r\npedia\r\n0\r\nTrailer: x\r\n\r\nGET";
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    ChunkedDecoder decoder;
    std::string out;
    auto step = decoder.feed(std::string_view(wire).substr(0, cut), out);
    auto consumed = step.consumed;
    if (step.outcome == ChunkedDecoder::Outcome::more) {
      step = decoder.feed(std::string_view(wire).substr(consumed), out);
      consumed += step.consumed;
    }
    ASSERT_EQ(step.outcome, ChunkedDecoder::Outcome::done) << cut;
    ASSERT_EQ(out, "Wikipedia");
    ASSERT_EQ(wire.substr(consumed), "GET");
  }
}

TEST(Chunked, RefusesMalformedSizes) {
  for (const auto* bad : {"\r\n", "g\r\n", "-1\r\n", "4\nWiki", "4\r\nWikiX", "4\r\nWiki\rX", "1000000000000000\r\n",
                          "0\r\n\rX", "0x4\r\n"}) {
    ChunkedDecoder decoder;
    std::string out;
    EXPECT_EQ(decoder.feed(bad, out).outcome, ChunkedDecoder::Outcome::malformed) << bad;
    EXPECT_EQ(decoder.feed("0\r\n\r\n", out).outcome, ChunkedDecoder::Outcome::malformed);
  }
}

}  // namespace
}  // namespace civitas::http
