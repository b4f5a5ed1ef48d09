#include <algorithm>
#include <cstdio>

#include "base/utf8.hpp"
#include "crypto/message_signature.hpp"
#include "notify/senders.hpp"

namespace civitas::notify {

namespace {

// RFC 2047: encoded words of at most 75 characters, none of which cuts a character.
std::string encoded_words(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; }) &&
      text.size() < 70 && text.find("=?") == std::string::npos)
    return text;
  std::string out, piece;
  const auto flush = [&] {
    if (piece.empty()) return;
    out += (out.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + crypto::to_base64(piece) + "?=");
    piece.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    std::string one;
    char32_t c = next_code_point(text, at);
    if (c < 0x20 || c == 0x7f) c = ' ';
    append_utf8(one, c);
    if (piece.size() + one.size() > 42) flush();
    piece += one;
  }
  flush();
  return out;
}

// RFC 5322, 3.3, in China's time.
std::string mail_date(Instant at) {
  static constexpr const char* days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Date day = date_in_china(at);
  const std::int64_t second = (at.micros - start_of_day(day).micros) / 1'000'000;
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%s, %d %s %d %02d:%02d:%02d +0800", days[day.weekday() - 1], day.day(),
                months[day.month() - 1], day.year(), static_cast<int>(second / 3600),
                static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
  return buffer;
}

class EmailSender final : public Sender {
 public:
  EmailSender(outbound::Client& client, const Clock& clock, EmailOptions options)
      : client_(client), clock_(clock), options_(std::move(options)) {}

  Result<Sent> send(const Outgoing& m) override {
    if (!is_mail_address(m.address))
      return fail(problem(Kind::unprocessable, "notify.email.address", "邮箱地址不正确。", "This is no mail address."));
    CIVITAS_CHECK(client_.mail(options_.server, options_.from, {m.address}, write_mail(options_, m, clock_.now())));
    return Sent{};
  }

 private:
  outbound::Client& client_;
  const Clock& clock_;
  EmailOptions options_;
};

}  // namespace

bool is_mail_address(std::string_view text) {
  if (text.size() < 3 || text.size() > 254 || std::count(text.begin(), text.end(), '@') != 1 || text.front() == '@' ||
      text.back() == '@')
    return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != ',' && c != ';' && c != '"' && c != '\\' && c != '(' &&
           c != ')';
  });
}

std::string write_mail(const EmailOptions& o, const Outgoing& m, Instant now) {
  const std::string host = o.from.substr(o.from.find('@') + 1);
  std::string out = "From: " + (o.from_name.empty() ? "" : encoded_words(o.from_name) + " ") + "<" + o.from + ">\r\n";
  out += "To: <" + m.address + ">\r\nSubject: " + encoded_words(m.title) + "\r\nDate: " + mail_date(now) + "\r\n";
  // The same for every attempt, so that a mail handed over twice is shown once.
  out +=
      "Message-ID: <civitas-" + std::to_string(m.id) + "-" + std::to_string(m.made_at_seconds) + "@" + host + ">\r\n";
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  out += "Content-Transfer-Encoding: base64\r\n\r\n";
  std::string text = m.text.empty() ? m.title : m.text;
  if (!o.site.empty()) text += "\n\n-- \n" + o.site + "\n";
  const std::string coded = crypto::to_base64(text);
  for (std::size_t at = 0; at < coded.size(); at += 76) out += coded.substr(at, 76) + "\r\n";
  return out;
}

std::unique_ptr<Sender> email_sender(outbound::Client& client, const Clock& clock, EmailOptions options) {
  return std::make_unique<EmailSender>(client, clock, std::move(options));
}

}  // namespace civitas::notify
