#include "gateway/push.hpp"

#include <gmock/gmock.h>

#include <atomic>

#include "crypto/message_signature.hpp"
#include "entities/test_town.hpp"
#include "jobs/test_settle.hpp"
#include "outbound/test_receiver.hpp"

namespace civitas::gateway {
namespace {

using outbound::TestReceiver;

constexpr const char* station_yaml = R"yaml(entity: station
title: {zh: 站点, en: Station}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: used, type: boolean, title: {zh: 在用, en: In use}, default: true}
push: {to: city, when: "used = TRUE", map: {/names/zh: name}}
access:
  - {role: clerk, read: "TRUE", write: "TRUE", create: "TRUE", remove: "TRUE"}
)yaml";

class PushTest : public entities::DeclaredTest {
 protected:
  void SetUp() override {
    declare("town/system.yaml", entities::town_yaml);
    declare("town/station.yaml", station_yaml);
    DeclaredTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(jobs::Outbox::create_tables(t));
      return Pushes::create_tables(t);
    }));
    outbound::Options options;
    options.allowed = *outbound::AllowedHosts::parse({"127.0.0.1"});
    client = std::make_unique<outbound::Client>(clock, options);
    pushes = std::make_unique<Pushes>(
        *db, clock, *store, *client,
        std::map<std::string, PushTarget>{{"city", {receiver.url("/take"), "0123456789abcdef"}}});
    outbox = std::make_unique<jobs::Outbox>(*db, clock);
    pushes->follow(*outbox);
    ASSERT_TRUE(outbox->prepare());
  }
  entities::Context clerk() { return {identity::system_principal("test"), clock.now(), ""}; }
  std::string station(const std::string& name) {
    const auto made = create(clerk(), "town/station", Json(Json::Object{{"name", Json(name)}}));
    EXPECT_TRUE(made) << made.error().message.en;
    return (*made)["id"].as_string();
  }
  int deliver() {
    jobs::settle(*db);
    EXPECT_TRUE(outbox->deliver());
    const auto done = pushes->deliver();
    EXPECT_TRUE(done) << done.error().detail;
    return done.value_or(-1);
  }
  // The bodies that were posted, oldest first.
  std::vector<Json> taken() {
    std::vector<Json> out;
    for (const auto& request : receiver.requests())
      out.push_back(Json::parse(request.substr(request.find("\r\n\r\n") + 4)).value_or(Json()));
    return out;
  }
  std::string name_of(const Json& body) { return body["data"]["names"]["zh"].as_string(); }

  std::atomic<int> status = 200;
  TestReceiver receiver{[this](const std::string&) { return TestReceiver::answer(std::to_string(status) + " Said"); }};
  std::unique_ptr<outbound::Client> client;
  std::unique_ptr<Pushes> pushes;
  std::unique_ptr<jobs::Outbox> outbox;
};

INSTANTIATE_TEST_SUITE_P(, PushTest, sql::each_dialect(), sql::dialect_name);

TEST_P(PushTest, SendsTheNewestFormInOrderSigned) {
  const auto first = station("甲");
  station("乙");
  ASSERT_TRUE(update(clerk(), "town/station", first, Json(Json::Object{{"name", Json("甲二")}})));
  EXPECT_EQ(deliver(), 2);
  ASSERT_EQ(taken().size(), 2u);
  EXPECT_EQ(name_of(taken()[0]), "甲二");
  EXPECT_EQ(taken()[0]["version"].as_integer(), 2);
  EXPECT_EQ(name_of(taken()[1]), "乙");
  EXPECT_EQ(deliver(), 0);
  const std::string request = receiver.requests()[0];
  const auto header = [&](const std::string& name) {
    const auto at = request.find(name + ": ") + name.size() + 2;
    return request.substr(at, request.find("\r\n", at) - at);
  };
  EXPECT_TRUE(crypto::verify_message("0123456789abcdef", header("webhook-id"), header("webhook-timestamp"),
                                     header("webhook-signature"), request.substr(request.find("\r\n\r\n") + 4),
                                     clock.now()));
}

TEST_P(PushTest, AFailureThatPassesHoldsUpTheRestARefusalDoesNot) {
  status = 503;
  const auto first = station("甲");
  const auto second = station("乙");
  EXPECT_EQ(deliver(), 0);
  EXPECT_EQ(deliver(), 0) << "nothing is tried before its time";
  EXPECT_EQ(taken().size(), 1u);
  status = 422;
  clock.advance_seconds(31);
  EXPECT_EQ(deliver(), 2);
  std::string out;
  ASSERT_TRUE(db->read([&](sql::Connection& c) { return pushes->list(c, out); }));
  const Json listed = *Json::parse(out);
  EXPECT_EQ(listed["items"].as_array()[0]["stuck"].as_integer(), 2);
  EXPECT_EQ(listed["stuck"].as_array()[0]["title"].as_string(), "甲");
  status = 200;
  const auto again = [&](const std::string& id) {
    return db->write_now(
        [&](sql::Transaction& t) { return pushes->send_again(t, "town/station/city", std::stoll(id)); });
  };
  EXPECT_TRUE(again(second));
  EXPECT_EQ(deliver(), 1);
  EXPECT_EQ(name_of(taken().back()), "乙");
  EXPECT_EQ(again(second).error().reason, "gateway.push.unknown");
  EXPECT_TRUE(again(first));
}

TEST_P(PushTest, WhatNoLongerFitsIsWithdrawnOnce) {
  const auto id = station("甲");
  EXPECT_EQ(deliver(), 1);
  ASSERT_TRUE(update(clerk(), "town/station", id, Json(Json::Object{{"used", Json(false)}})));
  EXPECT_EQ(deliver(), 1);
  EXPECT_TRUE(taken().back()["gone"].as_bool());
  ASSERT_TRUE(update(clerk(), "town/station", id, Json(Json::Object{{"name", Json("甲二")}})));
  deliver();
  EXPECT_EQ(taken().size(), 2u) << "it is gone already";
  ASSERT_TRUE(update(clerk(), "town/station", id, Json(Json::Object{{"used", Json(true)}})));
  EXPECT_EQ(deliver(), 1);
  EXPECT_FALSE(taken().back()["gone"].as_bool());
  ASSERT_TRUE(remove(clerk(), "town/station", id));
  EXPECT_EQ(deliver(), 1);
  EXPECT_TRUE(taken().back()["gone"].as_bool());
}

TEST_P(PushTest, WhatNobodyToldOfIsFoundByComparing) {
  station("甲");
  deliver();
  ASSERT_TRUE(db->write_now([](sql::Transaction& t) { return t.run_script("DELETE FROM gateway_push"); }));
  EXPECT_EQ(*pushes->reconcile(), 1);
  EXPECT_EQ(*pushes->reconcile(), 0) << "it waits already";
  EXPECT_EQ(deliver(), 1);
  EXPECT_EQ(*pushes->reconcile(), 0);
  ASSERT_TRUE(db->write_now([](sql::Transaction& t) { return t.run_script("UPDATE town_station SET used=0"); }));
  EXPECT_EQ(*pushes->reconcile(), 1) << "it no longer fits";
  EXPECT_EQ(deliver(), 1);
  EXPECT_TRUE(taken().back()["gone"].as_bool());
  EXPECT_EQ(*pushes->reconcile(), 0);
}

}  // namespace
}  // namespace civitas::gateway
