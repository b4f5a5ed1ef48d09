#include "crypto/totp.hpp"

#include <botan/mac.h>

#include "base/strings.hpp"
#include "crypto/bytes.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace civitas::crypto {

namespace {
constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != plain.npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}
}  // namespace

std::string make_totp_secret() { return random_bytes(20); }

std::string to_base32(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 5) {
      held -= 5;
      out += base32_digits[(bits >> held) & 31];
    }
  }
  if (held) out += base32_digits[(bits << (5 - held)) & 31];
  return out;
}

std::optional<std::string> from_base32(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (char c : text) {
    if (c == ' ' || c == '-') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const auto digit = base32_digits.find(c);
    if (digit == base32_digits.npos) return std::nullopt;
    bits = (bits << 5) | static_cast<unsigned>(digit);
    held += 5;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 255);
    }
  }
  return out;
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-1)");
  mac->set_key(bytes_of(secret), secret.size());
  for (int shift = 56; shift >= 0; shift -= 8)
    mac->update(static_cast<std::uint8_t>((static_cast<std::uint64_t>(step) >> shift) & 255));
  const auto tag = mac->final();
  const std::size_t at = tag[19] & 15;
  std::uint32_t number = (static_cast<std::uint32_t>(tag[at] & 127) << 24) |
                         (static_cast<std::uint32_t>(tag[at + 1]) << 16) |
                         (static_cast<std::uint32_t>(tag[at + 2]) << 8) | tag[at + 3];
  std::string code(totp_digits, '0');
  for (int i = totp_digits - 1; i >= 0; --i, number /= 10)
    code[static_cast<std::size_t>(i)] = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::int64_t> verify_totp(std::string_view secret, std::string_view code, Instant now,
                                        std::int64_t last_used_step) {
  const std::int64_t current = now.seconds() / totp_step_seconds;
  std::optional<std::int64_t> found;
  // All steps are computed, so that the time taken does not tell which one fitted.
  for (std::int64_t step = current - totp_window; step <= current + totp_window; ++step)
    if (equal_in_constant_time(totp_code(secret, step), code) && step > last_used_step && !found) found = step;
  return found;
}

std::string otpauth_uri(std::string_view issuer, std::string_view account, std::string_view secret) {
  const std::string name = percent_encoded(issuer);
  return "otpauth://totp/" + name + ":" + percent_encoded(account) + "?secret=" + to_base32(secret) +
         "&issuer=" + name + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace civitas::crypto
