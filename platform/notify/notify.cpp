#include "notify/notify.hpp"

#include "base/log.hpp"
#include "outbound/client.hpp"

namespace civitas::notify {

namespace {

constexpr int batch = 20;
constexpr std::int64_t day_micros = std::int64_t{24} * 3600 * 1'000'000;

std::string in_language(const Text& text, const std::string& language) {
  return language == "en" && !text.en.empty() ? text.en : text.zh;
}

std::string address_for(Channel channel, const Recipient& to) {
  switch (channel) {
    case Channel::email: return to.email;
    case Channel::sms: return to.phone;
    case Channel::webhook: return to.webhook;
    case Channel::app: break;
  }
  return {};
}

}  // namespace

Notify::Notify(sql::Database& database, const Clock& clock, const crypto::FieldCipher& cipher, DeliveryOptions options)
    : database_(database), clock_(clock), cipher_(cipher), options_(options) {}

void Notify::add_sender(Channel channel, std::unique_ptr<Sender> sender) {
  lanes_[static_cast<std::size_t>(channel)].sender = std::move(sender);
}

crypto::FieldPlace Notify::place(std::string_view field, std::int64_t person) const {
  return {"notify_message", std::string(field), std::to_string(person)};
}

Status Notify::create_tables(sql::Transaction& t) {
  const bool sqlite = t.dialect() == sql::Dialect::sqlite;
  const std::string serial = sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL PRIMARY KEY";
  // Before this room there was, the process told people itself.
  CIVITAS_TRY(const auto former,
              t.query_integer(
                  sqlite ? "SELECT 1 FROM sqlite_master WHERE type='table' AND name='process_notice'"
                         : "SELECT 1 FROM pg_tables WHERE schemaname=current_schema() AND tablename='process_notice'"));
  if (former)
    CIVITAS_CHECK(
        t.run_script("ALTER TABLE process_notice RENAME TO notify_notice;DROP INDEX IF EXISTS process_notice_person"));
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS notify_notice(id " + serial +
      ",person BIGINT NOT NULL,at BIGINT NOT NULL,title_zh TEXT,title_en TEXT,text TEXT,link TEXT,is_read BIGINT NOT "
      "NULL DEFAULT 0);"
      "CREATE INDEX IF NOT EXISTS notify_notice_person ON notify_notice(person,id);"
      "CREATE TABLE IF NOT EXISTS notify_message(id " +
      serial +
      ",at BIGINT NOT NULL,person BIGINT NOT NULL,channel TEXT NOT NULL,address TEXT NOT NULL,title TEXT NOT NULL,text "
      "TEXT NOT NULL,link TEXT NOT NULL,about TEXT NOT NULL,kind TEXT NOT NULL,secret BIGINT NOT NULL,expires_at "
      "BIGINT,state TEXT NOT NULL,attempts BIGINT NOT NULL DEFAULT 0,next_at BIGINT,error TEXT,reference TEXT,done_at "
      "BIGINT);"
      "CREATE INDEX IF NOT EXISTS notify_message_due ON notify_message(channel,next_at,id) WHERE state='waiting';"
      "CREATE INDEX IF NOT EXISTS notify_message_reference ON notify_message(reference) WHERE reference IS NOT NULL;"
      "CREATE INDEX IF NOT EXISTS notify_message_at ON notify_message(at);"
      "CREATE TABLE IF NOT EXISTS notify_receipt(reference TEXT PRIMARY KEY,delivered BIGINT NOT NULL,detail TEXT,at "
      "BIGINT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS notify_preference(person BIGINT PRIMARY KEY,email BIGINT NOT NULL,sms BIGINT NOT "
      "NULL,language TEXT NOT NULL,quiet_from BIGINT,quiet_to BIGINT)");
}

Status Notify::tell(sql::Transaction& t, const Message& m, const Recipient& to, const std::vector<Channel>& by) {
  Preferences wanted;
  if (to.person) {
    CIVITAS_TRY(wanted, preferences_of(t, to.person));
  }
  for (const Channel channel : by) {
    if (channel == Channel::app) {
      if (!to.person) continue;
      CIVITAS_CHECK(write_notice(t, clock_.now(), to.person, m.title, in_language(m.text, wanted.language), m.link));
      continue;
    }
    const std::string address = address_for(channel, to);
    if (address.empty() || (!m.urgent && !wanted.wants(channel))) continue;
    CIVITAS_CHECK(queue(t, m, to.person, channel, address, wanted));
  }
  return {};
}

Status Notify::write_notice(sql::Transaction& t, Instant at, std::int64_t person, const Text& title,
                            std::string_view text, std::string_view link) {
  CIVITAS_CHECK(t.execute("INSERT INTO notify_notice(person,at,title_zh,title_en,text,link) VALUES(?,?,?,?,?,?)",
                          {person, at.micros, title.zh, title.en, text, link}));
  t.touched("notify_notice", person);
  return {};
}

Status Notify::queue(sql::Transaction& t, const Message& m, std::int64_t person, Channel channel,
                     const std::string& address, const Preferences& wanted) {
  const Instant now = clock_.now();
  const QuietHours quiet = wanted.quiet.value_or(options_.quiet);
  const Instant next = channel == Channel::sms && !m.urgent ? quiet.end_after(now) : now;
  const bool on = has(channel);
  const std::string text = in_language(m.text, wanted.language);
  CIVITAS_CHECK(t.execute(
      "INSERT INTO "
      "notify_message(at,person,channel,address,title,text,link,about,kind,secret,expires_at,state,next_at) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
      {now.micros, person, channel_name(channel), cipher_.seal(address, place("address", person)),
       in_language(m.title, wanted.language), m.secret && !on ? "" : cipher_.seal(text, place("text", person)), m.link,
       m.about, m.kind, m.secret, m.expires_at ? sql::Param(m.expires_at->micros) : sql::Param(nullptr),
       on ? "waiting" : "off", on ? sql::Param(next.micros) : sql::Param(nullptr)}));
  if (on) t.after_commit([this, channel] { wake(channel); });
  return {};
}

// --- sending

Result<int> Notify::deliver(Channel channel) {
  struct Due {
    Outgoing message;
    std::int64_t person = 0;
    int attempts = 0;
    bool secret = false, expired = false;
    Status opened;
  };
  Lane& lane = lanes_[static_cast<std::size_t>(channel)];
  if (!lane.sender) return 0;
  const Instant now = clock_.now();
  std::vector<Due> due;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    due.clear();
    return c.query(
        "SELECT id,person,address,title,text,link,about,kind,secret,expires_at,attempts,at FROM notify_message WHERE "
        "channel=? AND state='waiting' AND next_at<=? ORDER BY next_at,id LIMIT " +
            std::to_string(batch),
        {channel_name(channel), now.micros}, [&](const sql::Row& row) {
          Due d;
          d.message.id = row.integer(0);
          d.person = row.integer(1);
          d.message.address = row.text(2);
          d.message.title = row.text(3);
          d.message.text = row.text(4);
          d.message.link = row.text(5);
          d.message.about = row.text(6);
          d.message.kind = row.text(7);
          d.secret = row.integer(8) != 0;
          d.expired = !row.is_null(9) && row.integer(9) <= now.micros;
          d.attempts = static_cast<int>(row.integer(10));
          d.message.made_at_seconds = row.integer(11) / 1'000'000;
          due.push_back(std::move(d));
          return sql::Continue::yes;
        });
  }));
  int done = 0;
  for (auto& d : due) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    Result<Sent> outcome = Sent{};
    if (const auto known = lane.unsettled.find(d.message.id); known != lane.unsettled.end()) {
      outcome = known->second;
    } else if (d.expired) {
      outcome = fail(problem(Kind::unprocessable, "notify.expired", "已过有效时间，未再发送。",
                             "Its time was over; it was not sent."));
    } else {
      auto address = cipher_.open(d.message.address, place("address", d.person));
      auto text = cipher_.open(d.message.text, place("text", d.person));
      if (address && text) {
        d.message.address = std::move(*address);
        d.message.text = std::move(*text);
        outcome = lane.sender->send(d.message);
      } else {
        outcome = fail(address ? text.error() : address.error());
      }
    }
    if (outcome) lane.unsettled[d.message.id] = *outcome;
    CIVITAS_CHECK(settle(d.message.id, d.attempts + 1, d.secret, outcome));
    lane.unsettled.erase(d.message.id);
    ++done;
  }
  return done;
}

Status Notify::settle(std::int64_t id, int attempts, bool secret, const Result<Sent>& outcome) {
  const Instant now = clock_.now();
  if (!outcome) log_problem("notify.not_sent", outcome.error());
  return database_.write_now([&](sql::Transaction& t) -> Status {
    const auto erase = [&]() -> Status {
      if (secret) CIVITAS_CHECK(t.execute("UPDATE notify_message SET text='' WHERE id=?", {id}));
      return {};
    };
    if (outcome) {
      CIVITAS_CHECK(t.execute(
          "UPDATE notify_message SET state=?,attempts=?,next_at=NULL,error=NULL,reference=?,done_at=? WHERE id=?",
          {outcome->receipt_follows ? "sent" : "delivered", attempts,
           outcome->reference.empty() ? sql::Param(nullptr) : sql::Param(outcome->reference), now.micros, id}));
      CIVITAS_CHECK(erase());
      if (!outcome->receipt_follows) return {};
      std::optional<Receipt> early;
      CIVITAS_CHECK(t.query("SELECT delivered,detail FROM notify_receipt WHERE reference=?", {outcome->reference},
                            [&](const sql::Row& row) {
                              early = Receipt{outcome->reference, row.integer(0) != 0, std::string(row.text(1))};
                              return sql::Continue::no;
                            }));
      if (!early) return {};
      CIVITAS_CHECK(t.execute("DELETE FROM notify_receipt WHERE reference=?", {outcome->reference}));
      return apply(t, id, *early, now);
    }
    const std::string error = outcome.error().message.zh +
                              (outcome.error().detail.empty() ? "" : " " + outcome.error().detail.substr(0, 300));
    if (outbound::is_passing(outcome.error()) && !options_.backoff.gives_up(attempts)) {
      CIVITAS_CHECK(
          t.execute("UPDATE notify_message SET attempts=?,next_at=?,error=? WHERE id=?",
                    {attempts, now.plus_seconds(options_.backoff.seconds_after(attempts)).micros, error, id}));
      return {};
    }
    CIVITAS_CHECK(
        t.execute("UPDATE notify_message SET state='failed',attempts=?,next_at=NULL,error=?,done_at=? WHERE id=?",
                  {attempts, error, now.micros, id}));
    return erase();
  });
}

Status Notify::apply(sql::Transaction& t, std::int64_t id, const Receipt& receipt, Instant now) {
  CIVITAS_CHECK(t.execute("UPDATE notify_message SET state=?,error=?,done_at=? WHERE id=?",
                          {receipt.delivered ? "delivered" : "failed",
                           receipt.delivered ? sql::Param(nullptr) : sql::Param(receipt.detail), now.micros, id}));
  return {};
}

Status Notify::receive(const Receipt& receipt) {
  if (receipt.reference.empty() || receipt.reference.size() > 200) return {};
  return database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto id,
                t.query_integer("SELECT id FROM notify_message WHERE reference=? ORDER BY id DESC LIMIT 1",
                                {receipt.reference}));
    if (id) return apply(t, *id, receipt, clock_.now());
    CIVITAS_CHECK(
        t.execute("INSERT INTO notify_receipt(reference,delivered,detail,at) VALUES(?,?,?,?) ON CONFLICT(reference) DO "
                  "UPDATE SET "
                  "delivered=excluded.delivered,detail=excluded.detail,at=excluded.at",
                  {receipt.reference, receipt.delivered, receipt.detail, clock_.now().micros}));
    return {};
  });
}

void Notify::start() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  for (const Channel channel : {Channel::email, Channel::sms, Channel::webhook}) {
    Lane& lane = lanes_[static_cast<std::size_t>(channel)];
    if (!lane.sender || lane.thread.joinable()) continue;
    lane.sender->start([this](const Receipt& receipt) {
      if (const auto kept = receive(receipt); !kept) log_problem("notify.receipt", kept.error());
    });
    lane.thread = std::thread([this, channel] { run(channel); });
  }
}

void Notify::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& lane : lanes_) {
    if (!lane.thread.joinable()) continue;
    lane.sender->stop();
    lane.thread.join();
  }
}

void Notify::wake(Channel channel) {
  {
    const std::lock_guard lock(mutex_);
    lanes_[static_cast<std::size_t>(channel)].look = true;
  }
  wake_.notify_all();
}

// Looks once a second as well: what waits for its time, and a clock that was moved, wake nobody.
void Notify::run(Channel channel) {
  Lane& lane = lanes_[static_cast<std::size_t>(channel)];
  for (;;) {
    const auto done = deliver(channel);
    if (!done) log_problem("notify.deliver", done.error());
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (done && *done == batch) continue;
    wake_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_ || lane.look; });
    lane.look = false;
    if (stopping_) return;
  }
}

Status Notify::remove_old() {
  const std::int64_t before = clock_.now().micros - options_.keep_days * day_micros;
  return database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(t.execute("DELETE FROM notify_message WHERE at<? AND state<>'waiting'", {before}));
    CIVITAS_CHECK(t.execute("DELETE FROM notify_receipt WHERE at<?", {before}));
    return {};
  });
}

}  // namespace civitas::notify
