#include "api/puzzle.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace civitas::api {

namespace {

Problem wrong(const char* what, std::string zh, std::string en) {
  return invalid("portal.puzzle." + std::string(what), std::move(zh), std::move(en)).with_field("X-Civitas-Puzzle");
}

bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

int leading_zero_bits(std::string_view digest) {
  int bits = 0;
  for (const char c : digest) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) {
      bits += 8;
      continue;
    }
    for (int mask = 0x80; (byte & mask) == 0; mask >>= 1) ++bits;
    break;
  }
  return bits;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace

Puzzles::Puzzles(const Clock& clock, int bits) : clock_(clock), bits_(bits), key_(crypto::random_bytes(32)) {}

Status Puzzles::create_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS api_puzzle(challenge TEXT PRIMARY KEY,expires_at BIGINT NOT NULL);"
      "CREATE INDEX IF NOT EXISTS api_puzzle_expires ON api_puzzle(expires_at)");
}

std::string Puzzles::signature_of(std::string_view text) const {
  return hex(crypto::hmac(crypto::DigestAlgorithm::sha256, key_, text).substr(0, 16));
}

Challenge Puzzles::make() const {
  const Instant until = clock_.now().plus_seconds(good_for_seconds);
  std::string text = std::to_string(until.micros / 1'000'000) + "." + std::to_string(bits_) + "." + random_hex(12);
  text += "." + signature_of(text);
  return {std::move(text), bits_, until};
}

Result<Solved> Puzzles::check(std::string_view solution) const {
  if (solution.empty())
    return fail(
        wrong("missing", "未登录时要先完成一道验证：取 GET /api/v1/portal/puzzle，把解放在请求头 X-Civitas-Puzzle 中。",
              "Without signing in a puzzle is solved first: take GET /api/v1/portal/puzzle and send its solution in "
              "the header X-Civitas-Puzzle."));
  const auto colon = solution.find(':');
  const std::string_view challenge = solution.substr(0, colon);
  const auto parts = split(challenge, '.');
  if (colon == solution.npos || challenge.size() > 120 || parts.size() != 4 || !is_nonce(solution.substr(colon + 1)))
    return fail(wrong("malformed", "X-Civitas-Puzzle 应为“题目:解”，解是 1 到 40 位字母或数字。",
                      "X-Civitas-Puzzle is “challenge:nonce”; the nonce has 1 to 40 letters or digits."));
  const auto seconds = parse_integer(parts[0]), bits = parse_integer(parts[1]);
  const auto signed_part = challenge.substr(0, challenge.rfind('.'));
  if (!seconds || !bits || !crypto::equal_in_constant_time(signature_of(signed_part), parts[3]))
    return fail(wrong("unknown", "这道验证不是本站出的，或系统重新启动过，请重新获取。",
                      "This puzzle is not of this site, or the site has restarted; take another one."));
  const Instant until{*seconds * 1'000'000};
  if (until.micros < clock_.now().micros)
    return fail(wrong("expired", "验证已过期，请重新获取。", "The puzzle has expired; take another one."));
  if (leading_zero_bits(crypto::sha256(solution)) < *bits)
    return fail(wrong("wrong", "验证的解不对：SHA-256(题目:解) 的前 " + std::to_string(*bits) + " 位应为零。",
                      "The solution is wrong: the first " + std::to_string(*bits) +
                          " bits of SHA-256(challenge:nonce) must be zero."));
  return Solved{std::string(challenge), until};
}

Status Puzzles::use(sql::Transaction& t, const Solved& solved, Instant now) {
  CIVITAS_CHECK(t.execute("DELETE FROM api_puzzle WHERE expires_at<?", {now.micros}));
  CIVITAS_TRY(const auto made,
              t.execute("INSERT INTO api_puzzle(challenge,expires_at) VALUES(?,?) ON CONFLICT(challenge) "
                        "DO NOTHING",
                        {solved.challenge, solved.expires_at.micros}));
  if (made == 0)
    return fail(wrong("used", "这道验证已经用过，请重新获取。", "This puzzle was used before; take another one."));
  return {};
}

}  // namespace civitas::api
