#include "api/exchange_routes.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "api/file_routes.hpp"
#include "api/job_routes.hpp"
#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "base/test_clock.hpp"
#include "entities/migration.hpp"
#include "identity/test_people.hpp"

namespace civitas::api {
namespace {

namespace fs = std::filesystem;
using http::Method;

constexpr const char* report_yaml = R"(
entity: report
title: {zh: 反馈, en: Report}
title_field: name
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, max: 20}
  - {name: photos, type: files, title: {zh: 照片, en: Photos}, accept: [image/*], max: 3}
list: {columns: [name], filters: [name], sort: [name]}
access:
  - {role: public, create: "TRUE"}
  - {role: citizen, read: "name = '公开'"}
  - {role: staff, read: "TRUE", create: "TRUE"}
)";

const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89", 33);

class RoutesTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("civitas_routes_" + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "systems/town");
    std::ofstream(root_ / "systems/town/system.yaml") << "system: town\ntitle: {zh: 城镇, en: Town}\n";
    std::ofstream(root_ / "systems/town/report.yaml") << report_yaml;
    auto catalog = entities::Catalog::load(root_ / "systems");
    ASSERT_TRUE(catalog) << catalog.error().message.zh;
    sql::DatabaseOptions options;
    options.file = root_ / "test.db";
    db_ = std::move(*sql::Database::open(options));
    ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(entities::create_tables(t));
      CIVITAS_CHECK(audit::create_tables(t));
      CIVITAS_CHECK(jobs::Jobs::create_tables(t));
      CIVITAS_CHECK(files::Files::create_tables(t));
      CIVITAS_CHECK(identity::Identity::create_tables(t));
      CIVITAS_CHECK(api::create_tables(t));
      CIVITAS_CHECK(identity::testing::create_people_tables(t));
      CIVITAS_CHECK(identity::testing::add_staff(t, 7, "li", "李"));
      CIVITAS_TRY(const auto plan, entities::plan_migration(**catalog, t));
      return entities::apply_migration(plan, t);
    }));
    store_ = std::make_unique<entities::Store>(*catalog, sql::Dialect::sqlite, ids_, hooks_, nullptr);
    keys_ = std::move(*crypto::KeyStore::open(root_, clock_, crypto::MissingKeys::create));
    cipher_ = std::make_unique<crypto::FieldCipher>(*keys_);
    identity_ = std::make_unique<identity::Identity>(*db_, clock_, ids_, *cipher_);
    engine_ = std::make_unique<process::Engine>(*store_, calendar_);
    service_ = std::make_unique<Service>(Parts{*db_, clock_, *store_, *engine_, *identity_, tiles_, Json(), "test"});
    jobs_ = std::make_unique<jobs::Jobs>(*db_, clock_, ids_);
    importer_ = std::make_unique<exchange::Importer>(*db_, *store_, clock_, root_ / "imports");
    importer_->register_kind(*jobs_);
    service_->add_routes(router_);
    add_file_routes(router_, *service_, files_);
    exporter_ = std::make_unique<exchange::Exporter>(*db_, *store_, clock_, root_ / "exports");
    exporter_->register_kind(*jobs_);
    add_job_routes(router_, *service_, *jobs_, *exporter_);
    add_exchange_routes(router_, *service_, *importer_, *jobs_, root_ / "send");
    ASSERT_TRUE(jobs_->start());
  }
  void TearDown() override {
    jobs_->stop();
    db_->close();
    fs::remove_all(root_);
  }
  static identity::Principal person(std::int64_t id, identity::Standing standing) {
    identity::Principal who;
    who.id = id;
    who.standing = standing;
    return who;
  }
  const identity::Principal anonymous,
      citizen = person(5, identity::Standing::citizen), other = person(6, identity::Standing::citizen),
      staff = person(7, identity::Standing::staff), colleague = person(8, identity::Standing::staff);

  Response call(Method method, const std::string& target, const identity::Principal& who, std::string body = {},
                const std::string& type = "application/octet-stream") {
    auto r = std::make_shared<Request>();
    r->method = method;
    r->target = target;
    EXPECT_TRUE(http::parse_target(target, r->path, r->query_parameters));
    if (!body.empty()) r->headers.add("Content-Type", type);
    r->body_size = body.size();
    r->body = std::move(body);
    r->context = who;
    r->id = "test";
    const auto match = router_.match(*r);
    EXPECT_TRUE(match.route) << target;
    if (!match.route) return {};
    std::promise<Response> answer;
    match.route->handler(r, http::Reply([&](Response given) { answer.set_value(std::move(given)); }));
    Response out = answer.get_future().get();
    std::string chunk;
    for (bool more = static_cast<bool>(out.stream); more;) {
      more = out.stream(chunk).value_or(false);
      out.body += chunk;
      chunk.clear();
    }
    if (out.file) out.body = read_file(out.file->path).value_or("");
    return out;
  }
  static Json json(const Response& r) { return Json::parse(r.body).value_or(Json()); }
  static std::string header(const Response& r, const char* name) { return r.find(name) ? *r.find(name) : ""; }
  Json finished(const std::string& job) {
    for (int i = 0; i < 1000; ++i) {
      const Json state = json(call(Method::get, "/api/v1/jobs/" + job, staff));
      if (state["state"].as_string() != "queued" && state["state"].as_string() != "running") return state;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return {};
  }

  fs::path root_;
  TestClock clock_;
  IdGenerator ids_{clock_};
  entities::Hooks hooks_;
  process::WorkingCalendar calendar_;
  geo::TileCache tiles_;
  files::Files files_{fs::temp_directory_path() / ("civitas_routes_" + std::to_string(getpid())) / "blobs"};
  std::unique_ptr<sql::Database> db_;
  std::unique_ptr<entities::Store> store_;
  std::unique_ptr<crypto::KeyStore> keys_;
  std::unique_ptr<crypto::FieldCipher> cipher_;
  std::unique_ptr<identity::Identity> identity_;
  std::unique_ptr<process::Engine> engine_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<exchange::Importer> importer_;
  std::unique_ptr<exchange::Exporter> exporter_;
  http::Router router_;
};

TEST_F(RoutesTest, FilesGoToWhoMaySeeThem) {
  const Response made = call(Method::post, "/api/v1/files?name=..%5C%E7%85%A7%E7%89%87.png", citizen, png, "text/html");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json(made)["name"].as_string(), "照片.png");
  EXPECT_EQ(json(made)["type"].as_string(), "image/png") << "not what the sender said";
  const std::string id = json(made)["id"].as_string(), path = "/api/v1/files/" + id;
  const Response got = call(Method::get, path, citizen);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, png);
  EXPECT_TRUE(header(got, "Content-Disposition").starts_with("inline"));
  EXPECT_NE(header(got, "Content-Security-Policy").find("sandbox"), std::string::npos);
  EXPECT_EQ(call(Method::get, path, staff).status, 200);
  EXPECT_EQ(call(Method::get, path, other).status, 404);
  EXPECT_EQ(call(Method::get, path, anonymous).status, 404);

  // A record shows its files to who may read it.
  const auto record = [&](const char* name) {
    const Response r =
        call(Method::post, "/api/v1/town/report", staff,
             R"({"name":")" + std::string(name) + R"(","photos":[{"id":")" + id + R"(","name":"照片.png"}]})",
             "application/json");
    EXPECT_EQ(r.status, 201) << r.body;
    return json(r)["id"].as_string();
  };
  const std::string open = record("公开"), hidden = record("内部");
  EXPECT_EQ(call(Method::get, path + "?record=town/report/" + open, other).status, 200);
  EXPECT_EQ(call(Method::get, path + "?record=town/report/" + hidden, other).status, 404);
  EXPECT_EQ(call(Method::get, path + "?record=town/report/" + open, anonymous).status, 404);
  const std::string second = json(call(Method::post, "/api/v1/files?name=b.png", staff, png))["id"].as_string();
  EXPECT_EQ(call(Method::get, "/api/v1/files/" + second + "?record=town/report/" + open, other).status, 404)
      << "the record does not hold this one";
}

TEST_F(RoutesTest, UploadsAreLimited) {
  EXPECT_EQ(call(Method::post, "/api/v1/files?name=a.png", anonymous, png).status, 201) << "anybody may create a report";
  EXPECT_EQ(call(Method::post, "/api/v1/files?name=a.txt", anonymous, "just text").status, 400);
  EXPECT_EQ(call(Method::post, "/api/v1/files?name=a.png", anonymous, png + std::string(6u << 20, 'x')).status, 413);
  EXPECT_EQ(call(Method::post, "/api/v1/files?name=a.exe", citizen, png).status, 400);
  EXPECT_EQ(json(call(Method::post, "/api/v1/files", citizen))["reason"].as_string(), "api.upload.missing");
  const Response text =
      call(Method::post, "/api/v1/files?name=a.html", citizen, "<html><script>alert(1)</script></html>");
  ASSERT_EQ(text.status, 201);
  const Response got = call(Method::get, "/api/v1/files/" + json(text)["id"].as_string(), citizen);
  EXPECT_TRUE(header(got, "Content-Disposition").starts_with("attachment"));
  EXPECT_TRUE(header(got, "Content-Security-Policy").starts_with("sandbox"));

  // A browser shows no PDF inside a sandbox; whatever is none by its contents stays in one.
  const auto policy = [&](std::string_view name, std::string_view bytes) {
    const Response stored =
        call(Method::post, "/api/v1/files?name=" + std::string(name), citizen, std::string(bytes), "application/pdf");
    return header(call(Method::get, "/api/v1/files/" + json(stored)["id"].as_string(), citizen),
                  "Content-Security-Policy");
  };
  const std::string pdf = policy("a.pdf", "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n");
  EXPECT_EQ(pdf.find("sandbox"), std::string::npos);
  EXPECT_NE(pdf.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(pdf.find("frame-ancestors 'self'"), std::string::npos);
  EXPECT_TRUE(policy("b.pdf", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
                  .starts_with("sandbox"));
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.png\"\r\n\r\n" + png + "\r\n--b--\r\n";
  EXPECT_EQ(
      json(call(Method::post, "/api/v1/files", citizen, form, "multipart/form-data; boundary=b"))["name"].as_string(),
      "c.png");
}

TEST_F(RoutesTest, ATableGoesInAndOut) {
  const Response begun = call(Method::post, "/api/v1/town/report/import?mode=good", staff,
                              "名称\r\n甲\r\n乙\r\n这个名称实在是太长太长太长太长太长太长太长太长了\r\n");
  ASSERT_EQ(begun.status, 202) << begun.body;
  const std::string id = json(begun)["job"].as_string();
  const Json done = finished(id);
  EXPECT_EQ(done["state"].as_string(), "done") << done.dump();
  EXPECT_EQ(done["result"]["good"].as_integer(), 2) << done.dump();
  EXPECT_EQ(done["result"]["bad"].as_integer(), 1);
  const Response errors = call(Method::get, done["result"]["errors_file"].as_string(), staff);
  EXPECT_EQ(errors.status, 200);
  EXPECT_TRUE(errors.body.starts_with("PK"));
  for (const auto& who : {citizen, colleague}) {
    EXPECT_EQ(call(Method::get, "/api/v1/jobs/" + id, who).status, 404);
    EXPECT_EQ(call(Method::get, "/api/v1/jobs/" + id + "/errors.xlsx", who).status, 404);
    EXPECT_EQ(call(Method::del, "/api/v1/jobs/" + id, who).status, 404);
  }
  EXPECT_EQ(call(Method::get, "/api/v1/jobs/" + id, anonymous).status, 401);
  EXPECT_EQ(call(Method::del, "/api/v1/jobs/" + id, staff).status, 422);

  const auto exported = [&](const std::string& rest) {
    const Response accepted = call(Method::post, "/api/v1/town/report/export." + rest, staff);
    EXPECT_EQ(accepted.status, 202) << accepted.body;
    return finished(json(accepted)["job"].as_string());
  };
  const Json csv_job = exported("csv?filter=" + http::percent_encode("name = '甲'"));
  EXPECT_EQ(csv_job["state"].as_string(), "done") << csv_job.dump();
  EXPECT_EQ(csv_job["result"]["rows"].as_integer(), 1);
  const std::string csv_file = csv_job["result"]["file"].as_string();
  const Response csv = call(Method::get, csv_file, staff);
  EXPECT_EQ(csv.body,
            "\xEF\xBB\xBF"
            "名称,照片\r\n甲,\r\n");
  EXPECT_NE(header(csv, "Content-Disposition").find("filename*=UTF-8''"), std::string::npos);
  identity::Principal administrator = colleague;
  administrator.permissions = {"identity.system_administrator"};
  EXPECT_EQ(call(Method::get, "/api/v1/jobs/" + csv_job["id"].as_string(), administrator).status, 200);
  for (const auto& who : {citizen, colleague, administrator})
    EXPECT_EQ(call(Method::get, csv_file, who).status, 404) << "read under the rights of one person";
  EXPECT_EQ(call(Method::get, csv_file, anonymous).status, 401);
  EXPECT_TRUE(call(Method::get, exported("xlsx")["result"]["file"].as_string(), staff).body.starts_with("PK"));
  EXPECT_EQ(Json::parse(call(Method::get, exported("geojson")["result"]["file"].as_string(), staff).body)
                ->find("features")
                ->size(),
            2u);
  EXPECT_TRUE(exporter_->remove_old(-60));
  EXPECT_EQ(json(call(Method::get, csv_file, staff))["reason"].as_string(), "exchange.export.no_file");
  std::int64_t audited = 0;
  ASSERT_TRUE(db_->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(
        const auto n,
        c.query_integer(
            "SELECT count(*) FROM audit_entry WHERE action='town.report.export' AND detail LIKE '%\"rows\":%'"));
    audited = n.value_or(0);
    return {};
  }));
  EXPECT_EQ(audited, 3);
}

TEST_F(RoutesTest, TablesAreForStaff) {
  for (const auto& [method, path] :
       {std::pair{Method::post, "export.csv"}, std::pair{Method::get, "import/template.xlsx"}}) {
    EXPECT_EQ(call(method, std::string("/api/v1/town/report/") + path, anonymous).status, 401);
    EXPECT_EQ(call(method, std::string("/api/v1/town/report/") + path, citizen).status, 403);
  }
  EXPECT_EQ(call(Method::post, "/api/v1/town/report/import", citizen, "名称\r\n甲\r\n").status, 403);
  EXPECT_EQ(call(Method::post, "/api/v1/town/report/import?mode=both", staff, "名称\r\n甲\r\n").status, 400);
  EXPECT_EQ(call(Method::post, "/api/v1/town/nothing/export.csv", staff).status, 404);
  EXPECT_EQ(call(Method::post, "/api/v1/town/report/export.csv?limt=3", staff).status, 400);
  EXPECT_EQ(call(Method::post, "/api/v1/town/report/export.csv?filter=nowhere=1", staff).status, 400)
      << "told at once, not by the job";
  const Response sheet = call(Method::get, "/api/v1/town/report/import/template.xlsx", staff);
  EXPECT_EQ(sheet.status, 200);
  EXPECT_TRUE(sheet.body.starts_with("PK"));
}

}  // namespace
}  // namespace civitas::api
