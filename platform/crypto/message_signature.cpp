#include "crypto/message_signature.hpp"

#include <botan/base64.h>
#include <botan/exceptn.h>

#include "base/strings.hpp"
#include "crypto/bytes.hpp"
#include "crypto/digest.hpp"

namespace civitas::crypto {

namespace {

Problem refused(std::string reason, std::string zh, std::string en) {
  return problem(Kind::unauthenticated, std::move(reason), std::move(zh), std::move(en));
}

}  // namespace

std::string to_base64(std::string_view bytes) { return Botan::base64_encode(bytes_of(bytes), bytes.size()); }

std::string sign_message(std::string_view secret, std::string_view id, std::int64_t timestamp, std::string_view body) {
  const std::string signed_text = std::string(id) + "." + std::to_string(timestamp) + "." + std::string(body);
  return "v1," + to_base64(hmac(DigestAlgorithm::sha256, secret, signed_text));
}

Status verify_message(std::string_view secret, std::string_view id, std::string_view timestamp,
                      std::string_view signatures, std::string_view body, Instant now) {
  const auto at = parse_integer(timestamp);
  if (id.empty() || id.size() > 200 || !at || signatures.empty() || signatures.size() > 2000)
    return fail(
        refused("crypto.message.unsigned",
                "请求没有签名：须带请求头 webhook-id、webhook-timestamp 和 webhook-signature（Standard Webhooks）。",
                "The request is not signed: it needs the header fields webhook-id, webhook-timestamp and "
                "webhook-signature (Standard Webhooks)."));
  if (*at < now.seconds() - message_age_seconds || *at > now.seconds() + message_age_seconds)
    return fail(refused("crypto.message.age", "签名时间与当前时间相差超过 5 分钟，请校准时钟后重新签名发送。",
                        "The signature's time is more than five minutes off. Set the clock and sign again."));
  const std::string wanted = sign_message(secret, id, *at, body);
  for (const auto one : split(signatures, ' '))
    if (equal_in_constant_time(one, wanted)) return {};
  return fail(refused("crypto.message.signature", "签名不符：请核对密钥，并对“编号.时间.正文”整体签名。",
                      "The signature does not match: check the secret, and sign the whole of “id.timestamp.body”."));
}

std::string message_secret(std::string_view written) {
  constexpr std::string_view prefix = "whsec_";
  if (!written.starts_with(prefix)) return std::string(written);
  const std::string text(written.substr(prefix.size()));
  try {
    return string_of(Botan::base64_decode(text));
  } catch (const Botan::Exception&) {
    return std::string(written);
  }
}

}  // namespace civitas::crypto
