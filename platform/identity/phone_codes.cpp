#include "identity/phone_codes.hpp"

#include <cstring>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "text/phone.hpp"

namespace civitas::identity {

namespace {

// Six digits, each value as likely as any other: what would favour the low ones is thrown away.
std::string six_digits() {
  constexpr std::uint32_t values = 1'000'000, most = UINT32_MAX - UINT32_MAX % values;
  for (;;) {
    std::uint32_t n = 0;
    const std::string bytes = crypto::random_bytes(sizeof n);
    std::memcpy(&n, bytes.data(), sizeof n);
    if (n >= most) continue;
    std::string text = std::to_string(n % values);
    return std::string(6 - text.size(), '0') + text;
  }
}

}  // namespace

Status PhoneCodes::create_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS identity_phone_code(phone TEXT PRIMARY KEY,code TEXT NOT NULL,expires_at BIGINT NOT "
      "NULL,tries BIGINT NOT NULL);"
      "CREATE INDEX IF NOT EXISTS identity_phone_code_expires ON identity_phone_code(expires_at);"
      "CREATE TABLE IF NOT EXISTS identity_phone(phone TEXT PRIMARY KEY,person BIGINT NOT NULL)");
}

std::optional<std::string> PhoneCodes::normal(std::string_view typed) {
  auto number = text::phone_number(typed);
  if (!number || !text::is_mobile_number(*number)) return std::nullopt;
  return number;
}

std::string PhoneCodes::digest_of(const std::string& phone, std::string_view code) const {
  return identity_.pseudonym("phone_code", phone + ":" + std::string(code));
}

Result<std::string> PhoneCodes::make(sql::Transaction& t, const std::string& phone) const {
  const Instant now = clock_.now();
  std::string code = six_digits();
  CIVITAS_CHECK(t.execute("DELETE FROM identity_phone_code WHERE expires_at<?", {now.micros}));
  CIVITAS_CHECK(t.execute(
      "INSERT INTO identity_phone_code(phone,code,expires_at,tries) VALUES(?,?,?,0) ON CONFLICT(phone) DO "
      "UPDATE SET code=excluded.code,expires_at=excluded.expires_at,tries=0",
      {identity_.pseudonym("phone", phone), digest_of(phone, code), now.plus_seconds(good_for_seconds).micros}));
  return code;
}

Result<bool> PhoneCodes::take(sql::Transaction& t, const std::string& phone, std::string_view code) const {
  const std::string name = identity_.pseudonym("phone", phone);
  CIVITAS_TRY(const auto row, t.query_row("UPDATE identity_phone_code SET tries=tries+1 WHERE phone=? AND tries<? AND "
                                          "expires_at>? RETURNING code",
                                          {name, most_tries, clock_.now().micros}));
  if (!row || code.size() != 6) return false;
  if (!crypto::equal_in_constant_time(std::get<std::string>((*row)[0]), digest_of(phone, code))) return false;
  CIVITAS_CHECK(t.execute("DELETE FROM identity_phone_code WHERE phone=?", {name}));
  return true;
}

Result<std::optional<std::int64_t>> PhoneCodes::person(sql::Connection& c, const std::string& phone) const {
  for (const auto& name : identity_.pseudonyms("phone", phone)) {
    CIVITAS_TRY(const auto found, c.query_integer("SELECT person FROM identity_phone WHERE phone=?", {name}));
    if (found) return found;
  }
  return std::nullopt;
}

Result<bool> PhoneCodes::is_citizen(sql::Connection& c, std::int64_t person) {
  CIVITAS_TRY(const auto found,
              c.query_integer("SELECT 1 FROM identity_person WHERE id=? AND kind='citizen'", {person}));
  return found.has_value();
}

Status PhoneCodes::remember(sql::Transaction& t, const std::string& phone, std::int64_t person) const {
  CIVITAS_CHECK(t.execute("INSERT INTO identity_phone(phone,person) VALUES(?,?) ON CONFLICT(phone) DO NOTHING",
                          {identity_.pseudonym("phone", phone), person}));
  return {};
}

}  // namespace civitas::identity
