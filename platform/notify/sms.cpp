#include <algorithm>

#include "base/json_pointer.hpp"
#include "base/strings.hpp"
#include "notify/senders.hpp"

namespace civitas::notify {

namespace {

std::string percent_encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
        c == '_' || c == '~')
      out += static_cast<char>(c);
    else
      out.append({'%', digits[c >> 4], digits[c & 15]});
  }
  return out;
}

std::string json_inside(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out.substr(1, out.size() - 2);
}

std::string as_it_is(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return out;
}

struct Values {
  std::string phone, text, id;
};

// In one pass: what a value holds is never read as a placeholder.
std::string filled(std::string_view form, const Values& values, std::string (*escape)(std::string_view)) {
  std::string out;
  for (std::size_t at = 0; at < form.size();) {
    bool replaced = false;
    for (const auto& [name, value] : {std::pair<std::string_view, const std::string&>{"{phone}", values.phone},
                                      {"{text}", values.text},
                                      {"{id}", values.id}})
      if (form.substr(at).starts_with(name)) {
        out += escape(value);
        at += name.size();
        replaced = true;
        break;
      }
    if (!replaced) out += form[at++];
  }
  return out;
}

// Digits with a + before them, as gateways want it; people write spaces and hyphens.
Result<std::string> phone_number(std::string_view written) {
  std::string out;
  bool good = true;
  for (const char c : written) {
    if ((c >= '0' && c <= '9') || (c == '+' && out.empty()))
      out += c;
    else
      good = good && (c == ' ' || c == '-');
  }
  if (!good || out.size() < 5 || out.size() > 16)
    return fail(problem(Kind::unprocessable, "notify.sms.phone", "电话号码不正确。", "This is no telephone number."));
  return out;
}

class SmsHttpSender final : public Sender {
 public:
  SmsHttpSender(outbound::Client& client, SmsHttpOptions options, SmsOptions sms)
      : client_(client), options_(std::move(options)), sms_(std::move(sms)) {
    json_ = trim(options_.body).starts_with('{') || trim(options_.body).starts_with('[');
  }

  Result<Sent> send(const Outgoing& m) override {
    CIVITAS_TRY(const std::string phone, phone_number(m.address));
    const Values values{phone, short_text(sms_, m), std::to_string(m.id)};
    outbound::Call call;
    call.trusted = true;
    call.method = options_.method;
    call.url = filled(options_.url, values, percent_encoded);
    bool typed = false;
    for (const auto& [name, value] : options_.headers) {
      typed = typed || to_lower_ascii(name) == "content-type";
      call.headers.emplace_back(name, filled(value, values, as_it_is));
    }
    if (!typed && !options_.body.empty())
      call.headers.emplace_back("Content-Type", json_ ? "application/json" : "application/x-www-form-urlencoded");
    call.body = filled(options_.body, values, json_ ? json_inside : percent_encoded);
    CIVITAS_TRY(const auto answer, client_.call(call));
    const std::string said = std::to_string(answer.status) + " " + answer.body.substr(0, 200);
    if (answer.status == 429 || answer.status >= 500)
      return fail(problem(Kind::unavailable, "notify.sms.gateway", "短信网关暂时不收。",
                          "The SMS gateway takes nothing for now.")
                      .with_detail(said));
    const auto refused = [&] {
      return fail(problem(Kind::unprocessable, "notify.sms.refused", "短信网关不收这条短信。",
                          "The SMS gateway refuses this message.")
                      .with_detail(said));
    };
    if (!answer.good()) return refused();
    if (options_.ok_pointer.empty() && options_.id_pointer.empty()) return Sent{};
    const auto body = Json::parse(answer.body);
    if (!body) return refused();
    const auto text_at = [&](const std::string& pointer) -> std::string {
      const Json* found = at_pointer(*body, pointer);
      return !found ? "" : found->is_string() ? found->as_string() : found->dump();
    };
    if (!options_.ok_pointer.empty() && text_at(options_.ok_pointer) != options_.ok_value) return refused();
    if (options_.id_pointer.empty()) return Sent{};
    return Sent{text_at(options_.id_pointer), true};
  }

 private:
  outbound::Client& client_;
  SmsHttpOptions options_;
  SmsOptions sms_;
  bool json_ = false;
};

class SmsSmppSender final : public Sender {
 public:
  SmsSmppSender(SmppOptions options, SmsOptions sms) : client_(std::move(options)), sms_(std::move(sms)) {}
  void start(OnReceipt on_receipt) override { client_.start(std::move(on_receipt)); }
  void stop() override { client_.stop(); }
  Result<Sent> send(const Outgoing& m) override {
    CIVITAS_TRY(const std::string phone, phone_number(m.address));
    CIVITAS_TRY(auto reference, client_.submit(phone, short_text(sms_, m)));
    return Sent{std::move(reference), true};
  }

 private:
  SmppClient client_;
  SmsOptions sms_;
};

}  // namespace

std::string short_text(const SmsOptions& options, const Outgoing& m) {
  return options.signature + (m.text.empty() ? m.title : m.text);
}

std::unique_ptr<Sender> sms_http_sender(outbound::Client& client, SmsHttpOptions options, SmsOptions sms) {
  return std::make_unique<SmsHttpSender>(client, std::move(options), std::move(sms));
}

std::unique_ptr<Sender> sms_smpp_sender(SmppOptions options, SmsOptions sms) {
  return std::make_unique<SmsSmppSender>(std::move(options), std::move(sms));
}

}  // namespace civitas::notify
