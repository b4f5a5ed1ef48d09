#include "app/messages_configuration.hpp"

#include "base/strings.hpp"

namespace civitas::app {

namespace {

using entities::MapReader;
using entities::Mistakes;

// A secret stands in the file, or in another file that only the service may read.
std::string secret(MapReader& in, const std::string& key) {
  const std::string here = in.text(key), file = in.text(key + "_file");
  if (file.empty()) return here;
  if (!here.empty()) in.wrong(0, key + " 与 " + key + "_file 只写一个", "write either " + key + " or " + key + "_file");
  const auto content = read_file(file);
  if (!content) {
    in.wrong(0, "读不出 " + file, "cannot read " + file);
    return {};
  }
  return std::string(trim(*content));
}

int whole(MapReader& in, const std::string& key, int fallback, int least, int most) {
  const auto number = in.number(key);
  if (!number) return fallback;
  if (*number != static_cast<int>(*number) || *number < least || *number > most) {
    const std::string range = std::to_string(least) + "–" + std::to_string(most);
    in.wrong(0, key + " 应为 " + range + " 之间的整数", key + " must be a whole number, " + range);
    return fallback;
  }
  return static_cast<int>(*number);
}

void check_url(MapReader& in, const std::string& url) {
  if (url.empty()) return;
  if (const auto good = outbound::check_url(url); !good) in.wrong(0, good.error().message.zh, good.error().message.en);
}

void read_email(const YamlNode& node, const std::string& file, Mistakes& mistakes, MessagesConfiguration& out) {
  MapReader e(node, file, mistakes);
  notify::EmailOptions made;
  made.server.url = e.required_text("server");
  if (!made.server.url.starts_with("smtp://") && !made.server.url.starts_with("smtps://"))
    e.wrong(0, "server 应以 smtp:// 或 smtps:// 开头", "server must begin with smtp:// or smtps://");
  made.server.need_tls = e.flag("tls", true);
  made.server.user = e.text("user");
  made.server.password = secret(e, "password");
  made.server.certificate_authority = e.text("certificate_authority");
  made.from = e.required_text("from");
  if (!made.from.empty() && !notify::is_mail_address(made.from))
    e.wrong(0, "from 应为邮箱地址", "from must be a mail address");
  made.from_name = e.text("name");
  e.finish();
  out.email = std::move(made);
}

void read_sms(const YamlNode& node, const std::string& file, Mistakes& mistakes, MessagesConfiguration& out) {
  MapReader s(node, file, mistakes);
  out.sms.signature = s.text("signature");
  if (const YamlNode* http = s.get("http")) {
    MapReader h(*http, file, mistakes);
    notify::SmsHttpOptions made;
    made.url = h.required_text("url");
    made.method = h.choice("method", {"GET", "POST", "PUT"}, "POST");
    made.body = h.text("body");
    if (const YamlNode* headers = h.get("headers"))
      for (const auto& [name, value] : headers->members) made.headers.emplace_back(name.scalar, value.scalar);
    if (const std::string authorization = secret(h, "authorization"); !authorization.empty())
      made.headers.emplace_back("Authorization", authorization);
    made.id_pointer = h.text("id");
    made.ok_pointer = h.text("ok");
    made.ok_value = h.text("is");
    check_url(h, made.url);
    if ((made.url + made.body).find("{phone}") == std::string::npos ||
        (made.url + made.body).find("{text}") == std::string::npos)
      h.wrong(0, "url 或 body 里应有 {phone} 和 {text}", "url or body must hold {phone} and {text}");
    h.finish();
    out.sms_http = std::move(made);
  }
  if (const YamlNode* smpp = s.get("smpp")) {
    MapReader p(*smpp, file, mistakes);
    notify::SmppOptions made;
    made.host = p.required_text("host");
    made.port = whole(p, "port", 2775, 1, 65535);
    made.system_id = p.required_text("system_id");
    made.password = secret(p, "password");
    made.system_type = p.text("system_type");
    made.source = p.text("source");
    if (made.system_id.size() > 15 || made.password.size() > 8 || made.system_type.size() > 12 ||
        made.source.size() > 20)
      p.wrong(0, "SMPP 3.4：system_id 至多 15 字符，password 8，system_type 12，source 20",
              "SMPP 3.4: system_id has at most 15 characters, password 8, system_type 12, source 20");
    p.finish();
    out.smpp = std::move(made);
  }
  if (out.sms_http && out.smpp) s.wrong(0, "http 与 smpp 只写一个", "write either http or smpp");
  s.finish();
}

std::map<std::string, notify::WebhookOptions> read_hooks(MapReader& in, const std::string& key, const std::string& file,
                                                         Mistakes& mistakes) {
  std::map<std::string, notify::WebhookOptions> out;
  const YamlNode* hooks = in.get(key);
  if (!hooks) return out;
  for (const auto& [name, value] : hooks->members) {
    MapReader w(value, file, mistakes);
    notify::WebhookOptions made;
    made.url = w.required_text("url");
    made.secret = secret(w, "secret");
    if (made.secret.size() < 16)
      w.wrong(0, "secret 至少 16 个字符（或 secret_file）", "secret has at least 16 characters (or secret_file)");
    check_url(w, made.url);
    w.finish();
    out.emplace(name.scalar, std::move(made));
  }
  return out;
}

}  // namespace

MessagesConfiguration read_messages(MapReader& in, const std::string& file, Mistakes& mistakes) {
  MessagesConfiguration out;
  if (const YamlNode* node = in.get("outbound")) {
    MapReader o(*node, file, mistakes);
    if (auto allowed = outbound::AllowedHosts::parse(o.words("allow")))
      out.outbound.allowed = std::move(*allowed);
    else
      o.wrong(0, allowed.error().message.zh, allowed.error().message.en);
    out.outbound.certificate_authority = o.text("certificate_authority");
    o.finish();
  }
  if (const YamlNode* node = in.get("notify")) {
    MapReader n(*node, file, mistakes);
    if (const YamlNode* quiet = n.get("quiet")) {
      MapReader q(*quiet, file, mistakes);
      const auto from = notify::QuietHours::parse(q.text("from", "22:00")),
                 to = notify::QuietHours::parse(q.text("to", "07:00"));
      if (!from || !to)
        q.wrong(0, "quiet 的 from、to 应为时刻，如 \"22:00\"",
                "from and to of quiet are times of day such as \"22:00\"");
      else
        out.delivery.quiet = {*from, *to};
      q.finish();
    }
    out.delivery.keep_days = whole(n, "keep_days", out.delivery.keep_days, 1, 3660);
    if (const YamlNode* email = n.get("email")) read_email(*email, file, mistakes, out);
    if (const YamlNode* sms = n.get("sms")) read_sms(*sms, file, mistakes, out);
    out.webhooks = read_hooks(n, "webhooks", file, mistakes);
    n.finish();
  }
  out.push = read_hooks(in, "push", file, mistakes);
  return out;
}

void MessagesConfiguration::add_senders(notify::Notify& notify, outbound::Client& client, const Clock& clock) const {
  using notify::Channel;
  if (email) notify.add_sender(Channel::email, notify::email_sender(client, clock, *email));
  if (sms_http) notify.add_sender(Channel::sms, notify::sms_http_sender(client, *sms_http, sms));
  if (smpp) notify.add_sender(Channel::sms, notify::sms_smpp_sender(*smpp, sms));
  if (!webhooks.empty()) notify.add_sender(Channel::webhook, notify::webhook_sender(client, clock, webhooks));
}

}  // namespace civitas::app
