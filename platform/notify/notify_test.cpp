#include "notify/notify.hpp"

#include <gmock/gmock.h>

#include <atomic>

#include "notify/senders.hpp"
#include "outbound/test_receiver.hpp"
#include "sql/test_database.hpp"

namespace civitas::notify {
namespace {

using outbound::TestReceiver;
using testing::HasSubstr;

// What a test says comes of each message; remembers what was sent.
struct TestSender final : Sender {
  explicit TestSender(std::vector<Outgoing>& sent, std::function<Result<Sent>(const Outgoing&)> answer)
      : sent_(sent), answer_(std::move(answer)) {}
  Result<Sent> send(const Outgoing& m) override {
    sent_.push_back(m);
    return answer_(m);
  }
  std::vector<Outgoing>& sent_;
  std::function<Result<Sent>(const Outgoing&)> answer_;
};

Problem passing() { return problem(Kind::unavailable, "test.down", "不通", "down"); }
Problem lasting() { return problem(Kind::unprocessable, "test.refused", "不收", "refused"); }

class NotifyTest : public testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database_.open());
    keys_ = crypto::KeyStore::in_memory(clock_);
    cipher_ = std::make_unique<crypto::FieldCipher>(*keys_);
    notify_ = std::make_unique<Notify>(*database_, clock_, *cipher_);
    ASSERT_TRUE(database_->write_now([](sql::Transaction& t) { return Notify::create_tables(t); }));
  }
  void answer_with(Channel channel, std::function<Result<Sent>(const Outgoing&)> answer) {
    notify_->add_sender(channel, std::make_unique<TestSender>(sent_, std::move(answer)));
  }
  void tell(const Message& m, const Recipient& to, const std::vector<Channel>& by) {
    const Status done = database_->write_now([&](sql::Transaction& t) { return notify_->tell(t, m, to, by); });
    ASSERT_TRUE(done) << done.error().detail;
  }
  std::string state() {
    std::string out;
    EXPECT_TRUE(database_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto found, c.query_text("SELECT state FROM notify_message ORDER BY id DESC LIMIT 1"));
      out = found.value_or("none");
      return {};
    }));
    return out;
  }
  Json shown() {
    std::string out;
    EXPECT_TRUE(database_->read([&](sql::Connection& c) { return notify_->deliveries(c, "", 0, 50, out); }));
    return *Json::parse(out);
  }

  ManualClock clock_{*parse_instant("2026-11-23T09:00:00+08:00")};
  sql::TestDatabase database_{GetParam()};
  std::unique_ptr<crypto::KeyStore> keys_;
  std::unique_ptr<crypto::FieldCipher> cipher_;
  std::unique_ptr<Notify> notify_;
  std::vector<Outgoing> sent_;
  const Message accepted_{{"已受理", "Accepted"},
                          {"您反映的问题已受理。", "Your report was accepted."},
                          "/grid/event/7",
                          "grid/event/7",
                          "accepted"};
};

INSTANTIATE_TEST_SUITE_P(, NotifyTest, sql::each_dialect(), sql::dialect_name);

TEST_P(NotifyTest, InsideThePages) {
  tell(accepted_, {.person = 5}, {Channel::app});
  std::string out;
  ASSERT_TRUE(database_->read([&](sql::Connection& c) { return Notify::notices(c, 5, out); }));
  const Json seen = *Json::parse(out);
  EXPECT_EQ(seen["unread"].as_integer(), 1);
  EXPECT_EQ(seen["items"].as_array()[0]["title"]["zh"].as_string(), "已受理");
  const auto id = seen["items"].as_array()[0]["id"].as_string();
  const auto read = [&](std::int64_t person) {
    return database_->write_now([&](sql::Transaction& t) { return Notify::mark_read(t, person, std::stoll(id)); });
  };
  EXPECT_EQ(read(6).error().kind, Kind::not_found);
  EXPECT_TRUE(read(5));
}

TEST_P(NotifyTest, IsSentAfterTheCommitAndOnlyThen) {
  answer_with(Channel::sms, [](const Outgoing&) { return Sent{}; });
  EXPECT_FALSE(database_->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(notify_->tell(t, accepted_, {.phone = "13800000000"}, {Channel::sms}));
    return fail(lasting());
  }));
  EXPECT_EQ(*notify_->deliver(Channel::sms), 0);
  tell(accepted_, {.phone = "13800000000"}, {Channel::sms, Channel::email});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].address, "13800000000");
  EXPECT_EQ(sent_[0].text, "您反映的问题已受理。");
  EXPECT_EQ(state(), "delivered");
  EXPECT_EQ(*notify_->deliver(Channel::sms), 0);
}

TEST_P(NotifyTest, IsTriedAgainAndGivenUp) {
  bool up = false;
  answer_with(Channel::email, [&](const Outgoing&) -> Result<Sent> {
    if (!up) return fail(passing());
    return Sent{};
  });
  tell(accepted_, {.email = "a@example.cn"}, {Channel::email});
  EXPECT_EQ(*notify_->deliver(Channel::email), 1);
  EXPECT_EQ(state(), "waiting");
  EXPECT_EQ(*notify_->deliver(Channel::email), 0);
  clock_.advance_seconds(31);
  EXPECT_EQ(*notify_->deliver(Channel::email), 1);
  EXPECT_EQ(*notify_->deliver(Channel::email), 0);
  up = true;
  clock_.advance_seconds(61);
  EXPECT_EQ(*notify_->deliver(Channel::email), 1);
  EXPECT_EQ(state(), "delivered");
  up = false;
  tell(accepted_, {.email = "a@example.cn"}, {Channel::email});
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(state(), "waiting") << i;
    EXPECT_EQ(*notify_->deliver(Channel::email), 1) << i;
    clock_.advance_seconds(3601);
  }
  EXPECT_EQ(state(), "failed");
  up = true;
  const auto id = std::stoll(shown()["items"].as_array()[0]["id"].as_string());
  EXPECT_TRUE(database_->write_now([&](sql::Transaction& t) { return notify_->send_again(t, id); }));
  EXPECT_EQ(*notify_->deliver(Channel::email), 1);
  EXPECT_EQ(state(), "delivered");
  EXPECT_EQ(database_->write_now([&](sql::Transaction& t) { return notify_->send_again(t, id); }).error().reason,
            "notify.message.done");
}

TEST_P(NotifyTest, ARefusalIsFinal) {
  answer_with(Channel::sms, [](const Outgoing&) -> Result<Sent> { return fail(lasting()); });
  tell(accepted_, {.phone = "13800000000"}, {Channel::sms});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  EXPECT_EQ(state(), "failed");
  EXPECT_THAT(shown()["items"].as_array()[0]["error"].as_string(), HasSubstr("不收"));
}

TEST_P(NotifyTest, ReceiptsLateAndEarly) {
  int number = 0;
  answer_with(Channel::sms, [&](const Outgoing&) { return Sent{"id-" + std::to_string(++number), true}; });
  tell(accepted_, {.phone = "13800000000"}, {Channel::sms});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  EXPECT_EQ(state(), "sent");
  EXPECT_TRUE(notify_->receive({"id-1", true, ""}));
  EXPECT_EQ(state(), "delivered");
  EXPECT_TRUE(notify_->receive({"id-2", false, "UNDELIV 021"}));  // before the answer to the message is kept
  tell(accepted_, {.phone = "13800000000"}, {Channel::sms});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  EXPECT_EQ(state(), "failed");
  EXPECT_EQ(shown()["items"].as_array()[0]["error"].as_string(), "UNDELIV 021");
}

TEST_P(NotifyTest, QuietHoursHoldBackWhatIsNotUrgent) {
  answer_with(Channel::sms, [](const Outgoing&) { return Sent{}; });
  clock_.set(*parse_instant("2026-11-23T23:30:00+08:00"));
  tell(accepted_, {.phone = "13800000000"}, {Channel::sms});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 0);
  Message urgent = accepted_;
  urgent.urgent = true;
  tell(urgent, {.phone = "13900000000"}, {Channel::sms});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  clock_.set(*parse_instant("2026-11-24T06:59:00+08:00"));
  EXPECT_EQ(*notify_->deliver(Channel::sms), 0);
  clock_.set(*parse_instant("2026-11-24T07:00:00+08:00"));
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
}

TEST_P(NotifyTest, PreferencesOfAPerson) {
  answer_with(Channel::sms, [](const Outgoing&) { return Sent{}; });
  answer_with(Channel::email, [](const Outgoing&) { return Sent{}; });
  const auto set = [&](std::string_view json) {
    return database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(auto p, preferences_of(t, 9));
      CIVITAS_CHECK(p.change(*Json::parse(json)));
      return set_preferences(t, 9, p);
    });
  };
  EXPECT_TRUE(set(R"({"sms": false, "language": "en", "quiet": {"from": "20:00", "to": "08:30"}})"));
  EXPECT_EQ(set(R"({"sms": "no"})").error().field, "sms");
  EXPECT_EQ(set(R"({"language": "fr"})").error().field, "language");
  EXPECT_EQ(set(R"({"quiet": {"from": "25:00", "to": "07:00"}})").error().field, "quiet");
  EXPECT_EQ(set(R"({"fax": true})").error().field, "fax");
  const Recipient to{.person = 9, .phone = "13800000000", .email = "e@example.cn"};
  tell(accepted_, to, {Channel::sms, Channel::email});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 0);
  EXPECT_EQ(*notify_->deliver(Channel::email), 1);
  EXPECT_EQ(sent_.back().text, "Your report was accepted.");
  Message urgent = accepted_;
  urgent.urgent = true;
  tell(urgent, to, {Channel::sms});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  EXPECT_TRUE(set(R"({"sms": true})"));
  clock_.set(*parse_instant("2026-11-23T08:00:00+08:00"));
  tell(accepted_, to, {Channel::sms});
  EXPECT_EQ(*notify_->deliver(Channel::sms), 0);
  clock_.set(*parse_instant("2026-11-23T08:30:00+08:00"));
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
}

TEST_P(NotifyTest, SecretsAreErasedAndExpire) {
  answer_with(Channel::sms, [](const Outgoing&) { return Sent{}; });
  Message code = accepted_;
  code.secret = code.urgent = true;
  code.text = {"验证码 123456", "Code 123456"};
  code.expires_at = clock_.now().plus_seconds(300);
  const auto stored = [&] {
    std::string out;
    EXPECT_TRUE(database_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto text, c.query_text("SELECT text FROM notify_message ORDER BY id DESC LIMIT 1"));
      out = text.value_or("");
      return {};
    }));
    return out;
  };
  tell(code, {.phone = "13800000000"}, {Channel::sms});
  EXPECT_THAT(stored(), testing::StartsWith("cf1:"));
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  EXPECT_EQ(sent_[0].text, "验证码 123456");
  EXPECT_EQ(stored(), "");
  tell(code, {.phone = "13800000000"}, {Channel::sms});
  clock_.advance_seconds(301);
  EXPECT_EQ(*notify_->deliver(Channel::sms), 1);
  EXPECT_EQ(sent_.size(), 1u);
  EXPECT_EQ(state(), "failed");
  EXPECT_EQ(stored(), "");
}

TEST_P(NotifyTest, AChannelThatIsOffKeepsWhatItWouldHaveSaid) {
  tell(accepted_, {.phone = "13812345678"}, {Channel::sms});
  EXPECT_EQ(state(), "off");
  const Json seen = shown();
  EXPECT_EQ(seen["items"].as_array()[0]["address"].as_string(), "138****78");
  EXPECT_EQ(seen["counts"]["off"].as_integer(), 1);
  EXPECT_EQ(seen["channels"].size(), 0u);
}

TEST_P(NotifyTest, ItsThreadsSendByThemselves) {
  std::atomic<int> sent = 0;
  answer_with(Channel::sms, [&](const Outgoing&) {
    ++sent;
    return Sent{};
  });
  notify_->start();
  tell(accepted_, {.phone = "13800000000"}, {Channel::sms});
  for (int i = 0; i < 500 && sent == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  notify_->stop();
  EXPECT_EQ(sent, 1);
}

TEST_P(NotifyTest, NoticesOfTheFormerTableAreKept) {
  ASSERT_TRUE(database_->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(
        t.run_script("DROP TABLE notify_notice;CREATE TABLE process_notice(id BIGINT PRIMARY KEY,person BIGINT "
                     "NOT NULL,at BIGINT NOT NULL,title_zh TEXT,title_en TEXT,text TEXT,link TEXT,is_read "
                     "BIGINT NOT NULL DEFAULT 0);CREATE INDEX process_notice_person ON "
                     "process_notice(person,id);INSERT INTO process_notice VALUES(1,5,0,'旧','old','','/x',0)"));
    CIVITAS_CHECK(Notify::create_tables(t));
    return Notify::create_tables(t);
  }));
  std::string out;
  ASSERT_TRUE(database_->read([&](sql::Connection& c) { return Notify::notices(c, 5, out); }));
  EXPECT_THAT(out, HasSubstr("旧"));
}

// --- the ways out

TEST(Mail, IsWholeAndCannotBeSplit) {
  Outgoing m;
  m.id = 7;
  m.address = "li@example.cn";
  m.title = "您反映的“中山大道路灯不亮”一事已经办结，请您评价我们的工作，谢谢您的支持\r\nBcc: x@evil.example";
  m.text = "已修复。";
  EmailOptions options;
  options.from = "no-reply@example.gov.cn";
  options.from_name = "政通";
  options.site = "https://dm.example.gov.cn";
  const std::string mail = write_mail(options, m, *parse_instant("2026-11-23T09:00:00+08:00"));
  EXPECT_THAT(mail, HasSubstr("To: <li@example.cn>\r\n"));
  EXPECT_THAT(mail, HasSubstr("Date: Mon, 23 Nov 2026 09:00:00 +0800\r\n"));
  EXPECT_THAT(mail, HasSubstr("Subject: =?UTF-8?B?"));
  EXPECT_THAT(mail, testing::Not(HasSubstr("\r\nBcc")));
  for (std::size_t at = 0, end; (end = mail.find("\r\n", at)) != std::string::npos; at = end + 2)
    EXPECT_LE(end - at, 90u);
  for (const char* good : {"a@b.cn", "zhang.san+x@mail.example.com"}) EXPECT_TRUE(is_mail_address(good)) << good;
  for (const char* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nX: y", "<a@b>", "a@b>,c", "张@b.cn"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
}

TEST(SmsHttp, FillsItsFormsAndReadsTheAnswer) {
  std::string status = "200 OK", body = R"({"code":"0","data":{"msgid":"M1"}})";
  TestReceiver receiver([&](const std::string&) { return TestReceiver::answer(status, body); });
  const ManualClock clock({0});
  outbound::Client client(clock, {});
  SmsHttpOptions options;
  options.url = receiver.url("/send?to={phone}");
  options.headers = {{"X-Id", "{id}"}};
  options.body = R"({"phone":"{phone}","text":"{text}"})";
  options.id_pointer = "/data/msgid";
  options.ok_pointer = "/code";
  options.ok_value = "0";
  const auto sender = sms_http_sender(client, options, {"【政通】"});
  Outgoing m;
  m.id = 9;
  m.address = "+86 138-0000 0000";
  m.text = "您说：“{phone}”\n\"好\"";
  const auto sent = sender->send(m);
  ASSERT_TRUE(sent) << sent.error().detail;
  EXPECT_EQ(sent->reference, "M1");
  EXPECT_TRUE(sent->receipt_follows);
  const std::string asked = receiver.requests().back();
  EXPECT_THAT(asked, HasSubstr("POST /send?to=%2B8613800000000 "));
  EXPECT_THAT(asked, HasSubstr("X-Id: 9\r\n"));
  EXPECT_THAT(asked, HasSubstr(R"({"phone":"+8613800000000","text":"【政通】您说：“{phone}”\n\"好\""})"));
  body = R"({"code":"17"})";
  EXPECT_EQ(sender->send(m).error().reason, "notify.sms.refused");
  status = "503 Down";
  EXPECT_EQ(sender->send(m).error().reason, "notify.sms.gateway");
  m.address = "not a number";
  EXPECT_EQ(sender->send(m).error().reason, "notify.sms.phone");
}

TEST(Smpp, UnitsAreTakenWholeOrNotAtAll) {
  smpp::Pdu pdu{smpp::submit_sm, 0, 7, "body"};
  std::string bytes = smpp::write(pdu) + smpp::write(pdu).substr(0, 10);
  smpp::Pdu out;
  EXPECT_EQ(smpp::take(bytes, out), smpp::Framing::whole);
  EXPECT_EQ(out.sequence, 7u);
  EXPECT_EQ(out.body, "body");
  EXPECT_EQ(smpp::take(bytes, out), smpp::Framing::incomplete);
  bytes = std::string("\0\0\0\4xxxx", 8);
  EXPECT_EQ(smpp::take(bytes, out), smpp::Framing::broken);
  bytes = "\xff\xff\xff\xff";
  EXPECT_EQ(smpp::take(bytes, out), smpp::Framing::broken);
}

TEST(Smpp, LongTextsBecomeSeveralMessages) {
  auto parts = smpp::parts_of("hello", 1);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].coding, 0);
  EXPECT_EQ(parts[0].message, "hello");
  std::string chinese;
  for (int i = 0; i < 70; ++i) chinese += "政";
  EXPECT_EQ(smpp::parts_of(chinese, 1).size(), 1u);
  parts = smpp::parts_of(chinese + "通", 3);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].coding, 8);
  EXPECT_EQ(parts[0].message.substr(0, 6), std::string("\5\0\3\3\2\1", 6));
  EXPECT_EQ(parts[1].message.substr(0, 6), std::string("\5\0\3\3\2\2", 6));
  EXPECT_EQ(parts[0].message.size(), 140u);
  EXPECT_EQ(smpp::parts_of(std::string(161, 'a'), 1).size(), 2u);
  EXPECT_EQ(smpp::parts_of(std::string(160, 'a'), 1).size(), 1u);
  EXPECT_EQ(smpp::parts_of("a@b", 1)[0].coding, 8);  // @ is another letter in the GSM alphabet
  EXPECT_EQ(smpp::parts_of("\xF0\xA0\x80\x80", 1)[0].message, "\xD8\x40\xDC" + std::string(1, '\0'));
  EXPECT_EQ(smpp::parts_of(std::string(10'000, 'a'), 1).size(), 10u);
}

std::string delivery(std::uint8_t kind, const std::string& text, const std::string& rest = "") {
  std::string out(1, '\0');
  out += std::string("\1\1", 2) + "13800000000" + std::string(1, '\0') + std::string("\0\1", 2) + "10690000" +
         std::string(1, '\0');
  out += static_cast<char>(kind);
  out += std::string(2, '\0') + std::string(2, '\0') + std::string(4, '\0');
  out += static_cast<char>(text.size());
  return out + text + rest;
}

TEST(Smpp, ReceiptsInTextAndInParameters) {
  const auto receipt = smpp::receipt_of(delivery(
      4, "id:abc123 sub:001 dlvrd:001 submit date:2611230900 done date:2611230901 stat:DELIVRD err:000 text:x"));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "abc123");
  EXPECT_EQ(receipt->state, "DELIVRD");
  EXPECT_TRUE(receipt->is_final());
  const auto parameters = smpp::receipt_of(delivery(4, "", std::string("\0\x1e\0\4xyz\0\4\x27\0\1\5", 13)));
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->id, "xyz");
  EXPECT_EQ(parameters->state, "UNDELIV");
  EXPECT_FALSE(smpp::receipt_of(delivery(0, "a telephone says hello")));
  EXPECT_FALSE(smpp::receipt_of(delivery(4, "nothing of use")));
  EXPECT_FALSE(smpp::receipt_of(""));
  const std::string whole = delivery(4, "id:1 stat:DELIVRD");
  for (std::size_t n = 0; n < whole.size(); ++n) (void)smpp::receipt_of(whole.substr(0, n));
  EXPECT_FALSE(smpp::receipt_of(delivery(4, "id:1 stat:ENROUTE"))->is_final());
}

}  // namespace
}  // namespace civitas::notify
