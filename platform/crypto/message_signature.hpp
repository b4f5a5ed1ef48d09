// Signed messages between systems, as the Standard Webhooks specification 1.0 says: three header fields beside the
// body,
//   webhook-id         the same for every attempt at one message, so that the receiver takes it once
//   webhook-timestamp  seconds since 1970; older or newer than five minutes is refused
//   webhook-signature  "v1," and the base64 of HMAC-SHA256 over "<id>.<timestamp>.<body>"; several, a space between
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace civitas::crypto {

inline constexpr std::int64_t message_age_seconds = 300;

/// `secret`: the bytes of the key. A secret written as "whsec_<base64>" is what `message_secret` reads.
std::string sign_message(std::string_view secret, std::string_view id, std::int64_t timestamp, std::string_view body);

/// 401 `crypto.message.unsigned` (a field is missing), `crypto.message.age`, `crypto.message.signature`.
Status verify_message(std::string_view secret, std::string_view id, std::string_view timestamp,
                      std::string_view signatures, std::string_view body, Instant now);

/// The bytes of "whsec_<base64>"; any other text stands for itself.
std::string message_secret(std::string_view written);

/// RFC 4648, section 4, with padding.
std::string to_base64(std::string_view bytes);

}  // namespace civitas::crypto
