// Time-based one-time codes, RFC 6238 with HMAC-SHA-1 (what the common authenticator apps speak): 30-second steps,
// 6 digits, one step of tolerance to either side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace civitas::crypto {

constexpr int totp_step_seconds = 30;
constexpr int totp_digits = 6;
constexpr int totp_window = 1;

/// 20 random bytes (the length of the digest, as RFC 4226 recommends).
std::string make_totp_secret();
/// Without padding, upper case, RFC 4648 section 6.
std::string to_base32(std::string_view bytes);
/// Accepts lower case, spaces and missing padding, as people type it; nothing when it is no base32.
std::optional<std::string> from_base32(std::string_view text);

/// The code of one step (`instant.seconds() / 30`), with leading zeros.
std::string totp_code(std::string_view secret, std::int64_t step);

/// The step whose code this is, or nothing. The caller stores that step and passes it next time as `last_used_step`:
/// codes of that step and of earlier ones are refused, so that an overheard code is worthless.
std::optional<std::int64_t> verify_totp(std::string_view secret, std::string_view code, Instant now,
                                        std::int64_t last_used_step = -1);

/// otpauth://totp/Issuer:account?secret=…, for the QR code of the setup page.
std::string otpauth_uri(std::string_view issuer, std::string_view account, std::string_view secret);

}  // namespace civitas::crypto
