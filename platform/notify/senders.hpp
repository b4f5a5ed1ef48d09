// The ways out of the product, as the configuration describes them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "notify/sender.hpp"
#include "notify/smpp_client.hpp"
#include "outbound/client.hpp"

namespace civitas::notify {

struct EmailOptions {
  outbound::MailServer server;
  std::string from;       // the address
  std::string from_name;  // shown before it
  std::string site;       // named at the end of each mail, so that no mail needs a link
};

/// A gateway that takes one message a call. {phone}, {text}, {id} in address, header values and body are replaced,
/// escaped for where they stand: the address and a form as RFC 3986 says, a body of JSON as JSON.
struct SmsHttpOptions {
  std::string url, method = "POST", body;
  outbound::Headers headers;
  std::string id_pointer;  // JSON pointer to the gateway's number of the message, for receipts; "": no receipts
  std::string ok_pointer;  // JSON pointer to what says that it was taken; "": a status of 200 to 299 does
  std::string ok_value;    // what must stand there
};

struct SmsOptions {
  std::string signature;  // 【…】 before each text, as the operators demand
};

struct WebhookOptions {
  std::string url, secret;
};

/// Whether a text can be a mail address at all: one @, no spaces, controls or brackets.
bool is_mail_address(std::string_view text);
/// The whole mail, RFC 5322 and MIME, lines ended by CRLF.
std::string write_mail(const EmailOptions& options, const Outgoing& message, Instant now);
/// The signature and the text, or the title when there is no text.
std::string short_text(const SmsOptions& options, const Outgoing& message);

std::unique_ptr<Sender> email_sender(outbound::Client& client, const Clock& clock, EmailOptions options);
std::unique_ptr<Sender> sms_http_sender(outbound::Client& client, SmsHttpOptions options, SmsOptions sms);
std::unique_ptr<Sender> sms_smpp_sender(SmppOptions options, SmsOptions sms);
/// `address` of a message is a name in `hooks`.
std::unique_ptr<Sender> webhook_sender(outbound::Client& client, const Clock& clock,
                                       std::map<std::string, WebhookOptions> hooks);

}  // namespace civitas::notify
