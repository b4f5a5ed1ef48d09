#include "http/static_files.hpp"

#include <filesystem>

#include "base/test_folder.hpp"
#include "http/test_client.hpp"

namespace civitas::http {
namespace {

namespace fs = std::filesystem;

class StaticFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder.put("secret.txt", "secret");
    folder.put("www/index.html", "<p>portal</p>");
    folder.put("www/console/index.html", "<p>console</p>");
    folder.put("www/assets/index-BxK3v9aQ.js", std::string(100'000, 'j'));
    folder.put("www/assets/index-BxK3v9aQ.js.br", "brotli");
    folder.put("www/assets/index-BxK3v9aQ.js.gz", "gzipped");
    folder.put("www/plain.txt", "0123456789");
    folder.put("www/.env", "secret");
    fs::create_symlink(folder / "secret.txt", folder / "www/link.txt");
    Router router;
    StaticOptions options;
    options.folder = folder / "www";
    options.fallbacks = {{"/", "index.html"}, {"/console/", "console/index.html"}};
    add_static_files(router, "/", options);
    server.emplace(std::move(router));
    client.emplace(server->port());
  }

  const TestFolder folder;
  std::optional<TestServer> server;
  std::optional<Client> client;
};

TEST_F(StaticFiles, ServesFilesAndStartPages) {
  auto answer = client->get("/");
  EXPECT_EQ(answer.body, "<p>portal</p>");
  EXPECT_EQ(answer.field("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.field("Cache-Control"), "no-cache");
  EXPECT_EQ(client->get("/cases/42").body, "<p>portal</p>");
  EXPECT_EQ(client->get("/console/place/7").body, "<p>console</p>");
  EXPECT_EQ(client->get("/missing.js").status, 404);
  answer = client->get("/api/v1/none");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
}

TEST_F(StaticFiles, HashedNamesAndPackedSiblings) {
  const auto* name = "/assets/index-BxK3v9aQ.js";
  auto answer = client->get(name);
  EXPECT_EQ(answer.body.size(), 100'000u);
  EXPECT_EQ(answer.field("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(answer.field("Vary"), "Accept-Encoding");
  answer = client->get(name, "Accept-Encoding: gzip, br\r\n");
  EXPECT_EQ(answer.body, "brotli");
  EXPECT_EQ(answer.field("Content-Encoding"), "br");
  EXPECT_EQ(answer.field("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(client->get(name, "Accept-Encoding: gzip, br;q=0\r\n").body, "gzipped");
}

TEST_F(StaticFiles, ConditionsAndRanges) {
  const auto tag = client->get("/plain.txt").field("ETag");
  EXPECT_EQ(client->get("/plain.txt", "If-None-Match: " + tag + "\r\n").status, 304);
  EXPECT_EQ(client->get("/plain.txt", "If-None-Match: \"x\"\r\n").status, 200);
  auto answer = client->get("/plain.txt", "Range: bytes=2-4\r\n");
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, "234");
  EXPECT_EQ(answer.field("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(client->get("/plain.txt", "Range: bytes=-3\r\n").body, "789");
  EXPECT_EQ(client->get("/plain.txt", "Range: bytes=8-\r\n").body, "89");
  EXPECT_EQ(client->get("/plain.txt", "Range: bytes=8-99\r\n").body, "89");
  EXPECT_EQ(client->get("/plain.txt", "Range: bytes=10-\r\n").status, 416);
  EXPECT_EQ(client->get("/plain.txt", "Range: bytes=4-2\r\n").status, 200);
  EXPECT_EQ(client->get("/plain.txt", "Range: bytes=2-4\r\nIf-Range: \"old\"\r\n").status, 200);
}

TEST_F(StaticFiles, NothingOutside) {
  for (const auto* path : {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/console/..%5c..%5csecret.txt",
                           "/.env", "/link.txt", "/assets"}) {
    Client fresh(server->port());
    const auto answer = fresh.get(path);
    EXPECT_EQ(answer.body.find("secret\""), std::string::npos);
    EXPECT_NE(answer.body, "secret") << path;
  }
  EXPECT_EQ(client->get("/.env").status, 404);
  EXPECT_EQ(client->get("/link.txt").status, 404);
}

}  // namespace
}  // namespace civitas::http
