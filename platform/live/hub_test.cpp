// What listeners are told, and what not, on both databases: the hub with its threads, over streams without a socket.
#include "live/hub.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "entities/test_town.hpp"
#include "http/outlet.hpp"

namespace civitas::live {
namespace {

using namespace entities;
using std::chrono::milliseconds;

constexpr const char* shop_yaml = R"yaml(entity: shop
title: {zh: 店铺, en: Shop}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: size, type: integer, title: {zh: 大小, en: Size}}
  - {name: district, type: ref, to: district, title: {zh: 区, en: District}, scope: division}
  - {name: secret, type: boolean, title: {zh: 保密, en: Secret}, default: false}
list: {columns: [name], sort: [name]}
access:
  - {role: clerk, read: "secret = FALSE", write: "TRUE", create: "TRUE", remove: "TRUE"}
  - {role: chief, read: "TRUE", write: "TRUE", create: "TRUE", remove: "TRUE"}
)yaml";

Json json(std::string_view text) { return Json::parse(text).value(); }

struct Event {
  std::string name, id;
  Json data;
};

/// A listener's end of a stream.
class Ear {
 public:
  Ear() : outlet_(std::make_shared<http::Outlet>()), stream(std::make_shared<http::EventStream>(outlet_)) {}
  /// The next event; fails after some seconds.
  Event next() {
    for (int i = 0; i < 2000; ++i) {
      std::string taken;
      outlet_->take(taken);
      outlet_->wrote(taken.size());
      text_ += taken;
      if (const auto end = text_.find("\n\n"); end != text_.npos) {
        Event out;
        for (const auto line : split(std::string_view(text_).substr(0, end), '\n')) {
          if (line.starts_with("event: ")) out.name = line.substr(7);
          if (line.starts_with("id: ")) out.id = line.substr(4);
          if (line.starts_with("data: ")) out.data = json(line.substr(6));
        }
        text_.erase(0, end + 2);
        if (!out.id.empty()) last = out.id;
        return out;
      }
      std::this_thread::sleep_for(milliseconds(2));
    }
    ADD_FAILURE() << "no event came";
    return {};
  }
  /// Lets some rounds pass; whether nothing came.
  bool hears_nothing() {
    std::this_thread::sleep_for(milliseconds(150));
    std::string taken;
    outlet_->take(taken);
    outlet_->wrote(taken.size());
    text_ += taken;
    return text_.empty();
  }

 private:
  std::shared_ptr<http::Outlet> outlet_;
  std::string text_;

 public:
  std::shared_ptr<http::EventStream> stream;
  std::string last;  // position
};

class HubTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/shop.yaml", shop_yaml);
    TownTest::SetUp();
    chief = clerk;
    chief.who.id = 8;
    chief.who.permissions = {"town.chief"};
    sessions["clerk"] = clerk.who;
    sessions["chief"] = chief.who;
    begin();
  }
  void TearDown() override {
    hub.reset();
    db->watch({});
    TownTest::TearDown();
  }
  void begin(HubOptions options = {}) {
    hub.reset();
    options.pace = options.hint_pace = milliseconds(10);
    options.control = milliseconds(50);
    options.personal = {"inbox"};
    hub = std::make_unique<Hub>(*db.operator->(), clock, *store,
                                [this](const std::string& session) -> std::optional<identity::Principal> {
                                  const std::lock_guard lock(mutex);
                                  const auto found = sessions.find(session);
                                  if (found == sessions.end()) return std::nullopt;
                                  return found->second;
                                },
                                options);
    db->watch([this](std::string_view what, std::int64_t id) { hub->touched(what, id); });
    hub->start();
  }
  Wish shops(const std::string& filter = "", int limit = 20) {
    Wish out;
    out.list = &entity("town/shop");
    out.query.filter = filter;
    out.query.limit = limit;
    out.same = filter;
    return out;
  }
  Wish hint() {
    Wish out;
    out.topics.push_back({"town", {&entity("town/shop")}, {"inbox"}});
    return out;
  }
  Hub::Subscription listen(Ear& ear, const std::string& session, const Wish& wish, const std::string& position = "") {
    auto place = hub->prepare(sessions.at(session), session, wish, position);
    if (!place) {
      ADD_FAILURE() << place.error().message.en << place.error().detail;
      return nullptr;
    }
    hub->open(*place, ear.stream);
    return *place;
  }
  std::string add(const Context& c, const std::string& members) {
    const auto made = create(c, "town/shop", json("{" + members + "}"));
    EXPECT_TRUE(made) << made.error().message.en << made.error().detail;
    return made ? (*made)["id"].as_string() : "";
  }
  void change(const Context& c, const std::string& id, const std::string& members) {
    const auto done = update(c, "town/shop", id, json("{" + members + "}"));
    EXPECT_TRUE(done) << done.error().message.en << done.error().detail;
  }
  void rights(const std::string& session, std::optional<identity::Principal> who) {
    const std::lock_guard lock(mutex);
    sessions.erase(session);
    if (who) sessions[session] = *who;
  }

  Context chief;
  std::mutex mutex;
  std::map<std::string, identity::Principal> sessions;
  std::unique_ptr<Hub> hub;
};

TEST_P(HubTest, a_list_begins_whole_and_then_tells_each_change) {
  const auto first = add(chief, R"("name":"甲")");
  Ear ear;
  const auto place = listen(ear, "clerk", shops());
  Event e = ear.next();
  EXPECT_EQ(e.name, "snapshot");
  ASSERT_EQ(e.data["items"].size(), 1U);
  EXPECT_TRUE(e.data["next"].is_null());
  // as the list gives it
  EXPECT_EQ(e.data["items"].dump(), (*list(clerk, "town/shop", {}))["items"].dump());

  const auto second = add(chief, R"("name":"乙","size":3)");
  e = ear.next();
  EXPECT_EQ(e.name, "record");
  EXPECT_EQ(e.data["id"].as_string(), second);
  EXPECT_EQ(e.data["size"].as_integer(), 3);
  change(clerk, first, R"("size":9)");
  e = ear.next();
  EXPECT_EQ(e.name, "record");
  EXPECT_EQ(e.data["version"].as_integer(), 2);
  ASSERT_TRUE(remove(clerk, "town/shop", first));
  e = ear.next();
  EXPECT_EQ(e.name, "gone");
  EXPECT_EQ(e.data.dump(), R"({"id":")" + first + "\"}");
  EXPECT_EQ(hub->streams(), 1);
}

TEST_P(HubTest, what_is_not_committed_is_not_told) {
  Ear ear;
  const auto place = listen(ear, "clerk", shops());
  EXPECT_EQ(ear.next().name, "snapshot");
  EXPECT_FALSE(db->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(store->create(t, clerk, entity("town/shop"), json(R"({"name":"无"})")));
    return fail(internal_problem("changed its mind"));
  }));
  EXPECT_TRUE(ear.hears_nothing());
}

TEST_P(HubTest, a_record_that_leaves_the_filter_is_gone_and_one_that_was_not_there_is_not) {
  const auto inside = add(chief, R"("name":"甲","size":1)"), outside = add(chief, R"("name":"乙","size":9)");
  Ear ear;
  const auto place = listen(ear, "clerk", shops("size < 5"));
  EXPECT_EQ(ear.next().data["items"].size(), 1U);
  change(chief, outside, R"("size":8)");
  EXPECT_TRUE(ear.hears_nothing());
  change(chief, inside, R"("size":7)");
  const Event e = ear.next();
  EXPECT_EQ(e.name, "gone");
  EXPECT_EQ(e.data["id"].as_string(), inside);
  change(chief, inside, R"("size":6)");
  EXPECT_TRUE(ear.hears_nothing());
  change(chief, outside, R"("size":2)");
  EXPECT_EQ(ear.next().name, "record");
}

TEST_P(HubTest, what_one_may_not_read_never_comes) {
  const auto open = add(chief, R"("name":"甲")"), secret = add(chief, R"("name":"乙","secret":true)");
  Ear ear;
  const auto place = listen(ear, "clerk", shops());
  EXPECT_EQ(ear.next().data["items"].size(), 1U);
  change(chief, secret, R"("size":1)");
  add(chief, R"("name":"丙","secret":true)");
  ASSERT_TRUE(remove(chief, "town/shop", secret));
  EXPECT_TRUE(ear.hears_nothing());
  change(chief, open, R"("secret":true)");  // was shown
  EXPECT_EQ(ear.next().name, "gone");
}

TEST_P(HubTest, rights_are_those_of_the_moment) {
  add(chief, R"("name":"甲","secret":true)");
  const auto shown = add(chief, R"("name":"乙")");
  Ear ear, others;
  const auto place = listen(ear, "chief", shops());
  const auto clerks = listen(others, "clerk", shops());
  EXPECT_EQ(ear.next().data["items"].size(), 2U);
  EXPECT_EQ(others.next().data["items"].size(), 1U);
  auto less = chief.who;
  less.permissions = {"town.clerk"};
  rights("chief", less);
  Event e = ear.next();  // by itself, without any change
  EXPECT_EQ(e.name, "snapshot");
  EXPECT_EQ(e.data["items"].size(), 1U);
  less.permissions = {};
  rights("chief", less);
  e = ear.next();
  EXPECT_EQ(e.name, "end");
  EXPECT_EQ(e.data["reason"].as_string(), "entities.access.forbidden");
  EXPECT_FALSE(ear.stream->open());
  rights("clerk", std::nullopt);
  change(chief, shown, R"("size":1)");
  e = others.next();
  EXPECT_EQ(e.name, "end");
  EXPECT_EQ(e.data["reason"].as_string(), "identity.session.ended");
  EXPECT_FALSE(others.stream->open());
}

TEST_P(HubTest, who_comes_back_gets_what_was_missed) {
  const auto one = add(chief, R"("name":"甲")"), old = add(chief, R"("name":"旧")");
  std::string position;
  {
    Ear ear;
    const auto place = listen(ear, "clerk", shops());
    EXPECT_EQ(ear.next().name, "snapshot");
    position = ear.last;
    hub->close(place);
  }
  const auto two = add(chief, R"("name":"乙")");
  change(chief, one, R"("size":4)");
  change(chief, one, R"("size":5)");
  Ear ear;
  const auto place = listen(ear, "clerk", shops(), position);
  EXPECT_EQ(ear.next().name, "ready");
  std::map<std::string, std::string> came;
  for (int i = 0; i < 2; ++i) {
    const Event e = ear.next();
    came[e.data["id"].as_string()] = e.name;
    if (e.data["id"].as_string() == one) {
      EXPECT_EQ(e.data["size"].as_integer(), 5) << "two changes are one event";
    }
  }
  EXPECT_EQ(came, (std::map<std::string, std::string>{{one, "record"}, {two, "record"}}));
  EXPECT_TRUE(ear.hears_nothing());
  // What the page shows since before is not known here, so what perhaps left it makes all of it new, once.
  ASSERT_TRUE(remove(chief, "town/shop", old));
  EXPECT_EQ(ear.next().name, "snapshot");
  ASSERT_TRUE(remove(chief, "town/shop", one));
  EXPECT_EQ(ear.next().name, "gone");
  ASSERT_TRUE(remove(chief, "town/shop", two));
  EXPECT_EQ(ear.next().name, "gone");
  Ear stranger;
  const auto again = listen(stranger, "clerk", shops("size > 0"), "another-1");
  EXPECT_EQ(stranger.next().name, "snapshot");
}

TEST_P(HubTest, whoever_falls_behind_gets_a_snapshot) {
  HubOptions options;
  options.keep_notes = 8;
  begin(options);
  Ear ear;
  const auto place = listen(ear, "clerk", shops());
  EXPECT_EQ(ear.next().name, "snapshot");
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
    for (int i = 0; i < 30; ++i)
      CIVITAS_CHECK(store->create(t, chief, entity("town/shop"),
                                  json(R"({"name":"店)" + std::to_string(i) + "\"}")));
    return {};
  }));
  Event e = ear.next();
  while (e.name == "record") e = ear.next();  // the first of them, where a round came in between
  EXPECT_EQ(e.name, "snapshot");
  EXPECT_EQ(e.data["items"].size(), 20U);
  EXPECT_FALSE(e.data["next"].is_null());
}

TEST_P(HubTest, many_at_once_are_one_note) {
  Ear ear;
  const auto place = listen(ear, "clerk", shops());
  EXPECT_EQ(ear.next().name, "snapshot");
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
    std::vector<NewRecord> records;
    for (int i = 0; i < 5; ++i) {
      CIVITAS_TRY(auto made, store->prepare(chief, entity("town/shop"), json(R"({"name":"店)" + std::to_string(i) + "\"}")));
      records.push_back(std::move(made));
    }
    return store->create_many(t, chief, entity("town/shop"), records);
  }));
  const Event e = ear.next();
  EXPECT_EQ(e.name, "snapshot");
  EXPECT_EQ(e.data["items"].size(), 5U);
}

TEST_P(HubTest, a_slow_reader_does_not_fill_the_memory) {
  Ear ear;
  const auto place = listen(ear, "clerk", shops());
  EXPECT_EQ(ear.next().name, "snapshot");
  ASSERT_TRUE(ear.stream->send("filling", "\"" + std::string(200'000, 'x') + "\""));
  const auto id = add(chief, R"("name":"甲")");
  for (int i = 0; i < 5; ++i) change(chief, id, R"("size":)" + std::to_string(i));
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_LT(ear.stream->waiting(), 201'000U);
  EXPECT_EQ(ear.next().name, "filling");
  const Event e = ear.next();
  EXPECT_EQ(e.name, "snapshot");
  EXPECT_EQ(e.data["items"].as_array()[0]["size"].as_integer(), 4);
}

TEST_P(HubTest, hints_are_for_whose_concern_it_is) {
  Ear clerks, chiefs;
  const auto one = listen(clerks, "clerk", hint()), two = listen(chiefs, "chief", hint());
  EXPECT_EQ(clerks.next().name, "ready");
  EXPECT_EQ(chiefs.next().name, "ready");
  const auto id = add(chief, R"("name":"甲","secret":true)");
  const Event e = chiefs.next();
  EXPECT_EQ(e.name, "changed");
  EXPECT_EQ(e.data.dump(), R"({"what":"town"})");
  EXPECT_TRUE(clerks.hears_nothing());
  change(chief, id, R"("secret":false)");
  EXPECT_EQ(clerks.next().name, "changed");
  EXPECT_EQ(chiefs.next().name, "changed");
  change(chief, id, R"("secret":true)");  // leaves the clerk's sight: what counts it is to be counted again
  EXPECT_EQ(clerks.next().name, "changed");
  EXPECT_EQ(chiefs.next().name, "changed");
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
    t.touched("inbox", clerk.who.id);
    return {};
  }));
  EXPECT_EQ(clerks.next().name, "changed");
  EXPECT_TRUE(chiefs.hears_nothing());
}

TEST_P(HubTest, whoever_comes_back_too_late_asks_for_all) {
  Ear ear;
  const auto place = listen(ear, "clerk", hint(), "another-5");
  EXPECT_EQ(ear.next().name, "ready");
  EXPECT_EQ(ear.next().name, "changed");
  EXPECT_TRUE(ear.hears_nothing());
}

TEST_P(HubTest, equal_listeners_hear_the_same_and_each_person_has_a_limit) {
  HubOptions options;
  options.most_of_person = 3;
  begin(options);
  Ear ears[3];
  std::vector<Hub::Subscription> places;
  for (Ear& ear : ears) {
    places.push_back(listen(ear, "clerk", shops()));
    EXPECT_EQ(ear.next().name, "snapshot");
  }
  const auto refused = hub->prepare(clerk.who, "clerk", shops(), "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "api.live.too_many");
  const auto id = add(chief, R"("name":"甲")");
  for (Ear& ear : ears) EXPECT_EQ(ear.next().data["id"].as_string(), id);
  for (const auto& place : places) hub->close(place);
  places.clear();
  for (int i = 0; i < 500 && hub->streams() > 0; ++i) std::this_thread::sleep_for(milliseconds(2));  // a round ends
  EXPECT_EQ(hub->streams(), 0);
  EXPECT_TRUE(hub->prepare(clerk.who, "clerk", shops(), ""));
}

TEST_P(HubTest, what_is_wrong_is_said_before_the_stream_opens) {
  auto nothing = clerk.who;
  nothing.permissions = {};
  const auto forbidden = hub->prepare(nothing, "clerk", shops(), "");
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().kind, Kind::forbidden);
  const auto wrong = hub->prepare(clerk.who, "clerk", shops("no_such = 1"), "");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, Kind::invalid);
  EXPECT_EQ(hub->streams(), 0);
  Ear ear;
  const auto place = listen(ear, "clerk", shops());
  hub->stop();
  EXPECT_FALSE(ear.stream->open());
  EXPECT_FALSE(hub->prepare(clerk.who, "clerk", shops(), ""));
}

INSTANTIATE_TEST_SUITE_P(Engines, HubTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::live
