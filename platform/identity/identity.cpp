#include "identity/identity.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"
#include "crypto/totp.hpp"
#include "sql/add_column.hpp"

namespace civitas::identity {

namespace {

constexpr std::int64_t minute = 60'000'000;

Problem refused() {
  return problem(Kind::unauthenticated, "identity.sign_in.refused", "账号或密码不正确。",
                 "The account or the password is wrong.");
}
Problem locked(int minutes) {
  const std::string n = std::to_string(minutes);
  return problem(Kind::exhausted, "identity.sign_in.locked", "登录失败次数过多，请 " + n + " 分钟后再试。",
                 "Too many failed attempts; try again in " + n + " minutes.");
}

struct Account {
  std::int64_t person = 0;
  std::string hash, totp_secret;
  std::int64_t totp_step = -1, failures = 0, locked_until = 0, expires_at = 0;
  bool disabled = false, totp_on = false;
};

Result<std::optional<Account>> find_account(sql::Connection& c, std::string_view account) {
  std::optional<Account> found;
  CIVITAS_CHECK(c.query(
      "SELECT p.id,p.disabled,k.password,k.totp_secret,k.totp_on,k.totp_step,k.failures,k.locked_until,k.expires_at "
      "FROM identity_person p "
      "JOIN identity_credential k ON k.person=p.id WHERE p.account=?",
      {account}, [&](const sql::Row& row) {
        found.emplace();
        found->person = row.integer(0);
        found->disabled = !row.is_null(1) && row.integer(1) != 0;
        found->hash = row.text(2);
        found->totp_secret = row.is_null(3) ? "" : std::string(row.text(3));
        found->totp_on = row.integer(4) != 0;
        found->totp_step = row.integer(5);
        found->failures = row.integer(6);
        found->locked_until = row.integer(7);
        found->expires_at = row.is_null(8) ? 0 : row.integer(8);
        return sql::Continue::no;
      }));
  return found;
}

std::string token_digest(std::string_view token) { return crypto::sha256_hex(token); }

}  // namespace

Identity::Identity(sql::Database& database, const Clock& clock, IdGenerator& ids, const crypto::FieldCipher& cipher,
                   IdentityOptions options)
    : database_(database), clock_(clock), ids_(ids), cipher_(cipher), options_(std::move(options)) {}

Status Identity::create_tables(sql::Transaction& t) {
  CIVITAS_CHECK(
      t.run_script("CREATE TABLE IF NOT EXISTS identity_credential(person BIGINT PRIMARY KEY,password TEXT NOT "
                   "NULL,must_change BIGINT NOT NULL DEFAULT 0,totp_secret TEXT,"
                   "totp_on BIGINT NOT NULL DEFAULT 0,totp_step BIGINT NOT NULL DEFAULT -1,failures BIGINT NOT NULL "
                   "DEFAULT 0,locked_until BIGINT NOT NULL DEFAULT 0,changed_at BIGINT,expires_at BIGINT);"
                   "CREATE TABLE IF NOT EXISTS identity_session(token TEXT PRIMARY KEY,id TEXT NOT NULL,person BIGINT "
                   "NOT NULL,created_at BIGINT NOT NULL,seen_at BIGINT NOT NULL,"
                   "address TEXT,agent TEXT);"
                   "CREATE INDEX IF NOT EXISTS identity_session_person ON identity_session(person)"));
  // Databases made before one-time passwords had an end.
  return sql::add_column(t, "identity_credential", "expires_at", "BIGINT");
}

crypto::FieldPlace Identity::totp_place(std::int64_t person) const {
  return {"identity.credential", "totp_secret", std::to_string(person)};
}

Result<std::optional<std::string>> Identity::totp_secret(std::int64_t person, std::string_view stored) const {
  if (stored.empty()) return std::nullopt;
  CIVITAS_TRY(const std::string text, cipher_.open(stored, totp_place(person)));
  return crypto::from_base32(text);
}

Status Identity::seal_secrets() {
  std::vector<std::pair<std::int64_t, std::string>> plain;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) {
    return c.query("SELECT person,totp_secret FROM identity_credential WHERE totp_secret IS NOT NULL", {},
                   [&](const sql::Row& row) {
                     if (!crypto::FieldCipher::is_sealed(row.text(1))) plain.emplace_back(row.integer(0), row.text(1));
                     return sql::Continue::yes;
                   });
  }));
  if (plain.empty()) return {};
  return database_.write_now([&](sql::Transaction& t) -> Status {
    for (const auto& [person, secret] : plain)
      CIVITAS_CHECK(t.execute("UPDATE identity_credential SET totp_secret=? WHERE person=?",
                              {cipher_.seal(secret, totp_place(person)), person}));
    return {};
  });
}

Result<SessionToken> Identity::sign_in(const SignIn& attempt) {
  const Instant now = clock_.now();
  std::optional<Account> account;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(account, find_account(c, attempt.account));
    return {};
  }));
  if (!account) {
    crypto::verify_dummy(attempt.password);
    return fail(refused());
  }
  if (account->locked_until > now.micros) {
    crypto::verify_dummy(attempt.password);
    return fail(locked(static_cast<int>((account->locked_until - now.micros) / minute) + 1));
  }
  const auto checked = crypto::verify_password(attempt.password, account->hash);
  std::optional<std::int64_t> step;
  const bool totp_missing = checked.matches && account->totp_on && attempt.totp.empty();
  if (checked.matches && account->totp_on && !attempt.totp.empty()) {
    CIVITAS_TRY(const auto secret, totp_secret(account->person, account->totp_secret));
    if (secret) step = crypto::verify_totp(*secret, attempt.totp, now, account->totp_step);
  }
  const bool good = checked.matches && !account->disabled && (!account->totp_on || step);
  if (totp_missing && !account->disabled)
    return fail(problem(Kind::unauthenticated, "identity.totp.needed", "请输入动态验证码。", "Enter the one-time code.")
                    .with_field("totp"));
  if (!good) {
    const std::int64_t failures = account->failures + 1;
    const bool lock = failures >= options_.failures_before_lock;
    CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute("UPDATE identity_credential SET failures=?,locked_until=? WHERE person=?",
                              {lock ? std::int64_t{0} : failures,
                               lock ? now.micros + options_.lock_minutes * minute : std::int64_t{0}, account->person}));
      return {};
    }));
    return fail(lock ? locked(options_.lock_minutes) : refused());
  }
  if (account->expires_at != 0 && account->expires_at <= now.micros)
    return fail(problem(Kind::unauthenticated, "identity.password.expired", "一次性密码已过期，请重新申请。",
                        "The one-time password has expired; ask for a new one."));
  std::optional<SessionToken> made;
  CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(t.execute("UPDATE identity_credential SET failures=0,locked_until=0,totp_step=? WHERE person=?",
                            {step.value_or(account->totp_step), account->person}));
    CIVITAS_TRY(made, begin_session(t, account->person, attempt.address, attempt.agent));
    return {};
  }));
  if (!made) return fail(refused());
  return *made;
}

Result<std::optional<SessionToken>> Identity::begin_session(sql::Transaction& t, std::int64_t person,
                                                            std::string_view address, std::string_view agent) {
  const Instant now = clock_.now();
  CIVITAS_TRY(
      const auto active,
      t.query_integer("SELECT 1 FROM identity_person WHERE id=? AND (disabled IS NULL OR disabled=0)", {person}));
  if (!active) return std::nullopt;
  SessionToken made{crypto::random_token(), person};
  CIVITAS_CHECK(
      t.execute("DELETE FROM identity_session WHERE seen_at<?", {now.micros - options_.longest_hours * 60 * minute}));
  CIVITAS_CHECK(t.execute(
      "INSERT INTO identity_session(token,id,person,created_at,seen_at,address,agent) VALUES(?,?,?,?,?,?,?)",
      {token_digest(made.token), random_hex(8), person, now.micros, now.micros, address, agent.substr(0, 200)}));
  return made;
}

void Identity::sign_out(std::string_view token) {
  const std::string digest = token_digest(token);
  {
    const std::lock_guard lock(mutex_);
    sessions_.erase(digest);
  }
  (void)database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(t.execute("DELETE FROM identity_session WHERE token=?", {digest}));
    return {};
  });
}

Identity::Caller Identity::caller(std::string_view token, Use use) {
  if (token.empty() || token.size() > 200) return {};
  const std::string digest = token_digest(token);
  const Instant now = clock_.now();
  const std::uint64_t generation = generation_.load();
  const auto ended = [&](const Cached& s) {
    return now.micros - s.seen.micros > options_.idle_minutes * minute ||
           now.micros - s.created.micros > options_.longest_hours * 60 * minute;
  };
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = sessions_.find(digest); found != sessions_.end() && found->second.generation == generation) {
      Cached& s = found->second;
      if (ended(s)) {
        sessions_.erase(found);
        return {};
      }
      // The stored time of last use may lag by a minute: a write for every read would be absurd. A new day may begin or
      // end somebody's absence.
      const bool same_day = date_in_china(now) == date_in_china(s.read);
      const Instant known = use == Use::yes ? s.seen : s.read;
      if (same_day && now.micros - known.micros < minute) return {s.principal, s.owes_password};
    }
  }
  Cached made;
  bool known = false;
  const Status read = database_.read([&](sql::Connection& c) -> Status {
    std::int64_t person = 0;
    CIVITAS_CHECK(c.query("SELECT person,id,created_at,seen_at FROM identity_session WHERE token=?", {digest},
                          [&](const sql::Row& row) {
                            person = row.integer(0);
                            made.id = row.text(1);
                            made.created = Instant{row.integer(2)};
                            made.seen = Instant{row.integer(3)};
                            known = true;
                            return sql::Continue::no;
                          }));
    if (!known) return {};
    CIVITAS_TRY(made.principal, load_principal(c, options_.dimensions, now, person));
    CIVITAS_TRY(const auto owes,
                c.query_integer("SELECT must_change FROM identity_credential WHERE person=?", {person}));
    made.owes_password = owes.value_or(0) != 0;
    return {};
  });
  if (!read || !known || ended(made) || !made.principal.signed_in()) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(digest);
    return {};
  }
  if (use == Use::yes) made.seen = now;
  made.read = now;
  made.generation = generation;
  const Caller out{made.principal, made.owes_password};
  {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() > 100'000) sessions_.clear();
    sessions_[digest] = std::move(made);
  }
  if (use == Use::no) return out;
  database_.write(
      [digest, now](sql::Transaction& t) -> Status {
        CIVITAS_CHECK(t.execute("UPDATE identity_session SET seen_at=? WHERE token=?", {now.micros, digest}));
        return {};
      },
      [](Status) {});
  return out;
}

Status Identity::set_password(sql::Transaction& t, const Clock& clock, std::int64_t person,
                              std::string_view password_hash, bool must_change, std::optional<Instant> until) {
  CIVITAS_CHECK(
      t.execute("INSERT INTO identity_credential(person,password,must_change,changed_at,expires_at) VALUES(?,?,?,?,?) "
                "ON CONFLICT(person) DO UPDATE SET "
                "password=excluded.password,must_change=excluded.must_change,changed_at=excluded.changed_at,expires_at="
                "excluded.expires_at,failures=0,locked_until=0",
                {person, password_hash, must_change, clock.now().micros,
                 until ? sql::Param(until->micros) : sql::Param(nullptr)}));
  return {};
}

Identity::OneTimePassword Identity::make_one_time_password() const {
  // Twelve characters that are told apart over the telephone, 59 bits, in groups.
  constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const std::string random = crypto::random_bytes(12);
  OneTimePassword made;
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i != 0 && i % 4 == 0) made.text += '-';
    made.text += letters[static_cast<unsigned char>(random[i]) % letters.size()];
  }
  made.hash = crypto::hash_password(made.text);
  made.until = clock_.now().plus_seconds(std::int64_t{options_.one_time_hours} * 3600);
  return made;
}

Status Identity::give(sql::Transaction& t, std::int64_t person, const OneTimePassword& password) {
  CIVITAS_CHECK(set_password(t, clock_, person, password.hash, true, password.until));
  CIVITAS_CHECK(t.execute("DELETE FROM identity_session WHERE person=?", {person}));
  t.after_commit([this, person] { forget_sessions(person); });
  return {};
}

void Identity::forget_sessions(std::int64_t person) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& s) { return s.second.principal.id == person; });
}

Status Identity::change_password(const Principal& who, std::string_view old_password, std::string_view new_password) {
  std::optional<Account> account;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(account, find_account(c, who.account));
    return {};
  }));
  if (!account || !crypto::verify_password(old_password, account->hash).matches)
    return fail(problem(Kind::invalid, "identity.password.wrong", "原密码不正确。", "The old password is wrong.")
                    .with_field("old"));
  if (auto good = crypto::check_password_policy(new_password, who.account); !good)
    return fail(std::move(good.error()).with_field("new"));
  const std::string hash = crypto::hash_password(new_password);
  CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(set_password(t, clock_, who.id, hash, false));
    // Whoever else holds a session of this person is signed out.
    CIVITAS_CHECK(t.execute("DELETE FROM identity_session WHERE person=?", {who.id}));
    return {};
  }));
  forget_sessions(who.id);
  return {};
}

Result<Identity::Credential> Identity::credential(std::int64_t person) {
  Credential out;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) {
    return c.query("SELECT must_change,totp_on FROM identity_credential WHERE person=?", {person},
                   [&](const sql::Row& row) {
                     out = {row.integer(0) != 0, row.integer(1) != 0};
                     return sql::Continue::no;
                   });
  }));
  return out;
}

Result<Identity::TotpSetup> Identity::begin_totp(const Principal& who) {
  const std::string secret = crypto::make_totp_secret();
  CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto changed,
                t.execute("UPDATE identity_credential SET totp_secret=?,totp_step=-1 WHERE person=? AND totp_on=0",
                          {cipher_.seal(crypto::to_base32(secret), totp_place(who.id)), who.id}));
    if (changed == 0)
      return fail(
          problem(Kind::conflict, "identity.totp.on", "动态验证码已经启用。", "One-time codes are on already."));
    return {};
  }));
  return TotpSetup{crypto::to_base32(secret), crypto::otpauth_uri("Civitas", who.account, secret)};
}

namespace {
Problem wrong_code() {
  return problem(Kind::invalid, "identity.totp.wrong", "动态验证码不正确。", "The one-time code is wrong.")
      .with_field("code");
}
}  // namespace

Status Identity::confirm_totp(const Principal& who, std::string_view code) {
  return database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto stored,
                t.query_text("SELECT totp_secret FROM identity_credential WHERE person=? AND totp_on=0", {who.id}));
    CIVITAS_TRY(const auto raw, totp_secret(who.id, stored.value_or("")));
    const auto step = raw ? crypto::verify_totp(*raw, code, clock_.now()) : std::nullopt;
    if (!step) return fail(wrong_code());
    CIVITAS_CHECK(t.execute("UPDATE identity_credential SET totp_on=1,totp_step=? WHERE person=?", {*step, who.id}));
    return {};
  });
}

Status Identity::end_totp(const Principal& who, std::string_view code) {
  return database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(
        const auto row,
        t.query_row("SELECT totp_secret,totp_step FROM identity_credential WHERE person=? AND totp_on=1", {who.id}));
    if (!row) return fail(wrong_code());
    CIVITAS_TRY(const auto raw, totp_secret(who.id, std::get<std::string>((*row)[0])));
    const auto step =
        raw ? crypto::verify_totp(*raw, code, clock_.now(), std::get<std::int64_t>((*row)[1])) : std::nullopt;
    if (!step) return fail(wrong_code());
    CIVITAS_CHECK(t.execute("UPDATE identity_credential SET totp_on=0,totp_secret=NULL WHERE person=?", {who.id}));
    return {};
  });
}

Result<std::string> Identity::sessions(std::int64_t person, std::string_view current) {
  const std::string digest = token_digest(current);
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) {
    return c.query(
        "SELECT id,created_at,seen_at,address,agent,token FROM identity_session WHERE person=? ORDER BY seen_at DESC",
        {person}, [&](const sql::Row& row) {
          w.begin_object()
              .key("id")
              .value(row.text(0))
              .key("created_at")
              .value(format_instant({row.integer(1)}))
              .key("last_seen_at")
              .value(format_instant({row.integer(2)}));
          w.key("address")
              .value(row.text(3))
              .key("agent")
              .value(row.text(4))
              .key("current")
              .value(row.text(5) == digest)
              .end_object();
          return sql::Continue::yes;
        });
  }));
  w.end_array().end_object();
  return out;
}

Status Identity::end_session(std::int64_t person, std::string_view session_id) {
  CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto gone,
                t.execute("DELETE FROM identity_session WHERE person=? AND id=?", {person, session_id}));
    if (gone == 0)
      return fail(problem(Kind::not_found, "identity.session.unknown", "没有这个会话，可能已经退出。",
                          "There is no such session; it may have ended."));
    return {};
  }));
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& s) { return s.second.id == session_id; });
  return {};
}

}  // namespace civitas::identity
